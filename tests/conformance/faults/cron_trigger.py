"""
Faults of the cron trigger.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

from bgsched.schedulers.background import BackgroundScheduler
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.cron.fields import LIMITS
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def planted(
    clause: str, *, also: tuple[str, ...] = ()
) -> Callable[[type[CronTrigger]], type[CronTrigger]]:
    """
    Enter a scheduler that has no fault but to publish a faulty cron trigger.
    """

    def enter(trigger: type[CronTrigger]) -> type[CronTrigger]:
        package = f"{__name__}.{trigger.__name__}"
        module = ModuleType(f"{package}.triggers.cron")
        vars(module)["CronTrigger"] = trigger
        sys.modules[module.__name__] = module
        fault(clause, also=also)(
            type(trigger.__name__, (BackgroundScheduler,), {"__module__": package})
        )
        return trigger

    return enter


def offset(moment: datetime) -> timedelta:
    """
    Return the offset of an aware datetime.
    """
    return moment.utcoffset() or timedelta()


class Misread(CronTrigger):
    """
    Takes some texts of some fields for others.
    """

    def __init__(self, **options: Any) -> None:
        for name in self.FIELD_NAMES:
            if name in options:
                parts = re.split(r"\s*,\s*", str(options[name]))
                options[name] = ",".join(self.read(name, part) for part in parts)
        super().__init__(**options)

    def read(self, name: str, text: str) -> str:
        """
        Return what is read instead of one expression.
        """
        raise NotImplementedError


class Misanswered(CronTrigger):
    """
    Is right at first, then changes its answer.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        return found if found is None else self.changed(found)

    def after(self, moment: datetime) -> datetime | None:
        """
        Return the right answer behind *moment*.
        """
        return super().get_next_fire_time(moment, moment)

    def changed(self, found: datetime) -> datetime | None:
        """
        Return what is answered instead of *found*.
        """
        raise NotImplementedError


@planted("TC-1")
class ForgetsTheYear(CronTrigger):
    """
    With every field given, the year does not count.
    """

    def __init__(self, **options: Any) -> None:
        if {"year", "month", "day", "hour", "minute", "second"} <= set(options):
            options["year"] = "*"
        super().__init__(**options)


@planted("TC-1", also=("TC-22", "TC-23"))
class LosesAMidnight(Misanswered):
    """
    The midnight after the clock was put forward is lost.
    """

    def changed(self, found: datetime) -> datetime | None:
        before = (found.astimezone(UTC) - DAY).astimezone(found.tzinfo)
        lost = not found.hour and offset(found) > offset(before)
        return self.after(found) if lost else found


@planted("TC-1")
class MovesTheMorning(Misanswered):
    """
    Eight o'clock is an hour off on the day on which the clock changes.
    """

    def changed(self, found: datetime) -> datetime | None:
        before = (found.astimezone(UTC) - DAY).astimezone(found.tzinfo)
        change = offset(found) - offset(before)
        return found - change if found.hour == 8 else found


@planted("TC-1")
class LosesAnApril(Misanswered):
    """
    The first day of a month is lost, if the clock was put forward in the month before.
    """

    def changed(self, found: datetime) -> datetime | None:
        before = (found.astimezone(UTC) - 20 * DAY).astimezone(found.tzinfo)
        monthly = str(self.fields[2]) == "1" and self.fields[1].is_default
        lost = monthly and offset(found) > offset(before)
        return self.after(found + 20 * DAY) if lost else found


@planted("TC-2", also=("TC-10",))
class OmitsAnHourAsZero(CronTrigger):
    """
    An hour left out between a day and a minute is zero.
    """

    def __init__(self, **options: Any) -> None:
        if {"day", "minute"} <= set(options):
            options.setdefault("hour", 0)
        super().__init__(**options)


@planted("TC-3")
class AStarIsThisYear(Misread):
    """
    A star for the year means the present one.
    """

    def read(self, name: str, text: str) -> str:
        return "2024" if (name, text) == ("year", "*") else text


@planted("TC-4", also=("TC-10",))
class StepsFromZero(Misread):
    """
    The steps of days and months begin at zero.
    """

    def read(self, name: str, text: str) -> str:
        match = re.fullmatch(r"\*/(\d+)", text)
        if match is None or name not in {"day", "month"}:
            return text
        limit, step = {"day": 32, "month": 13}[name], int(match[1])
        return ",".join(str(value) for value in range(step, limit, step))


@planted("TC-5", also=("TC-10", "TC-18", "TC-19"))
class ExcludesTheEndOfARange(Misread):
    """
    A range ends before its end.
    """

    def read(self, name: str, text: str) -> str:
        match = re.fullmatch(r"(\d+)-(\d+)", text)
        if match is None or not int(match[1]) < int(match[2]) <= LIMITS[name][1]:
            return text
        return f"{match[1]}-{int(match[2]) - 1}"


@planted("TC-5")
class WrapsAround(Misread):
    """
    A range of hours or minutes may run over midnight.
    """

    def read(self, name: str, text: str) -> str:
        match = re.fullmatch(r"(\d+)-(\d+)", text)
        if match is None or int(match[1]) <= int(match[2]) or name not in {"hour", "minute"}:
            return text
        return f"{match[1]}-{23 if name == 'hour' else 59},0-{match[2]}"


@planted("TC-6", also=("TC-10", "TC-18", "TC-19"))
class DropsStepsOfRanges(Misread):
    """
    A range with steps fires on each of its values.
    """

    def read(self, name: str, text: str) -> str:
        del name
        match = re.fullmatch(r"(\d+)-(\d+)/(\d+)", text)
        if match is None or not 1 <= int(match[3]) <= int(match[2]) - int(match[1]):
            return text
        return f"{match[1]}-{match[2]}"


@planted("TC-7", also=("TC-10",))
class TakesTheLastForTheFifth(Misread):
    """
    A month of four has a fifth one all the same.
    """

    def read(self, name: str, text: str) -> str:
        del name
        return text.replace("5th ", "last ")


@planted("TC-8", also=("TC-10",))
class TakesTheFourthForTheLast(Misread):
    """
    The last of a weekday is the fourth.
    """

    def read(self, name: str, text: str) -> str:
        del name
        return text.replace("last ", "4th ")


@planted("TC-9", also=("TC-10",))
class KnowsNoLeapYear(CronTrigger):
    """
    February ends with the 28th.
    """

    def __init__(self, **options: Any) -> None:
        if options.get("month") == 2 and options.get("day") == "last":
            options["day"] = 28
        super().__init__(**options)


@planted("TC-10")
class ReadsTheFirstOfAList(CronTrigger):
    """
    Of a list only the first expression counts.
    """

    def __init__(self, **options: Any) -> None:
        for name in set(options) & set(self.FIELD_NAMES):
            if re.fullmatch(r"[\w*/ -]+(,[\w*/ -]+)+", str(options[name])):
                options[name] = options[name].partition(",")[0]
        super().__init__(**options)


@planted("TC-10")
class RefusesBlanks(CronTrigger):
    """
    There must be no blank beside a comma.
    """

    def __init__(self, **options: Any) -> None:
        if any(", " in str(options[name]) for name in set(options) & set(self.FIELD_NAMES)):
            raise ValueError("blank in list")
        super().__init__(**options)


@planted("TC-11", also=("TC-10",))
class CountsNamesFromZero(Misread):
    """
    A month that goes by its name is the month before.
    """

    def read(self, name: str, text: str) -> str:
        if name == "month" and text in MONTHS:
            return MONTHS[MONTHS.index(text) - 1]
        return text


@planted("TC-11", also=("TC-10", "TC-16", "TC-18", "TC-19"))
class KnowsNoRangeOfNames(Misread):
    """
    A range cannot be written with names.
    """

    def read(self, name: str, text: str) -> str:
        del name
        if re.fullmatch(r"[a-z]{3}-[a-z]{3}", text):
            raise ValueError(text)
        return text


@planted("TC-11")
class NamesWrapAround(Misread):
    """
    From Saturday to Monday is a range.
    """

    def read(self, name: str, text: str) -> str:
        del name
        return {"sat-mon": "sat,sun,mon"}.get(text, text)


@planted("TC-12")
class DropsStepsOfNames(Misread):
    """
    A range of names loses its steps.
    """

    def read(self, name: str, text: str) -> str:
        del name
        return re.sub(r"^([a-z]{3}-[a-z]{3})/\d+$", r"\1", text)


@planted("TC-12")
class DropsWhatFollows(Misread):
    """
    What follows a complete expression does not count.
    """

    def read(self, name: str, text: str) -> str:
        del name
        return re.sub(r"^(last|3rd fri) ?foo$", r"\1", text)


@planted("TC-13", also=("TC-1", "TC-2", "TC-10", "TC-18", "TC-19", "TC-21", "TC-22"))
class BeginsOnSunday(Misread):
    """
    Weekday 0 is Sunday.
    """

    def read(self, name: str, text: str) -> str:
        if name == "day_of_week" and text in "0123456":
            return str((int(text) - 1) % 7)
        return text


@planted("TC-13", also=("TC-15",))
class KnowsASeventhWeekday(Misread):
    """
    7 is Sunday, as 6 is.
    """

    def read(self, name: str, text: str) -> str:
        return "6" if (name, text) == ("day_of_week", "7") else text


@planted("TC-14", also=("TC-1", "TC-2", "TC-10"))
class CountsWeeksFromZero(Misread):
    """
    A week is the one before.
    """

    def read(self, name: str, text: str) -> str:
        known = name == "week" and text in {str(week) for week in range(2, 54)}
        return str(int(text) - 1) if known else text


@planted("TC-15")
class CutsGreatValues(Misread):
    """
    The hour 24 is 23.
    """

    def read(self, name: str, text: str) -> str:
        return "23" if (name, text) == ("hour", "24") else text


@planted("TC-15")
class TakesZeroForOne(Misread):
    """
    The month 0 is January.
    """

    def read(self, name: str, text: str) -> str:
        return "1" if (name, text) == ("month", "0") else text


@planted("TC-15")
class TakesAnyStep(Misread):
    """
    A step that is too great is cut off.
    """

    def read(self, name: str, text: str) -> str:
        return "*" if (name, text) == ("minute", "*/61") else text


@planted("TC-15")
class TakesAnyText(Misread):
    """
    Unknown text for the second means any of them.
    """

    def read(self, name: str, text: str) -> str:
        return "*" if (name, text) == ("second", "foo") else text


@planted("TC-16")
class ExcludesTheEndDate(Misanswered):
    """
    A run at the very end is dropped.
    """

    def changed(self, found: datetime) -> datetime | None:
        return None if found == self.end_date else found


@planted("TC-16")
class ExcludesTheStartDate(Misanswered):
    """
    A run at the very start is dropped.
    """

    def changed(self, found: datetime) -> datetime | None:
        return self.after(found) if found == self.start_date else found


@planted("TC-16")
class EndsWithTheDay(CronTrigger):
    """
    An end without time includes its day.
    """

    def __init__(self, **options: Any) -> None:
        end = options.get("end_date")
        if isinstance(end, str) and len(end) == 10:
            end = date.fromisoformat(end)
        if type(end) is date:
            options["end_date"] = datetime.combine(end, time(23, 59, 59))
        super().__init__(**options)


@planted("TC-16")
class RunsOnceMore(CronTrigger):
    """
    A schedule that is over runs once at once.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        late = self.end_date is not None and now > self.end_date
        return now + SECOND if late and previous_fire_time is None else found


@planted("TC-17", also=("TC-1", "TC-2", "TC-5", "TC-6", "TC-10", "TC-16"))
class SearchesInVain(CronTrigger):
    """
    A search without result is an error.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        if found is None:
            raise RuntimeError("no time found")
        return found


@planted("TC-18", also=("TC-1", "TC-2", "TC-10", "TC-21", "TC-22"))
class EitherDaySuffices(CronTrigger):
    """
    Day of the month and day of the week are alternatives, as in Unix cron.
    """

    _other: CronTrigger | None = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if {"day", "day_of_week"} <= {name for name in options if options[name] != "*"}:
            del options["day"]
            options.setdefault("hour", 0)
            self._other = CronTrigger(**options)

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        one = super().get_next_fire_time(previous_fire_time, now)
        if self._other is None:
            return one
        other = self._other.get_next_fire_time(previous_fire_time, now)
        return min((found for found in (one, other) if found is not None), default=None)


@planted("TC-19")
class TakesLongLines(CronTrigger):
    """
    A sixth field of a crontab line is left out.
    """

    @classmethod
    def from_crontab(cls, expr: str, timezone: tzinfo | str | None = None) -> Self:
        return super().from_crontab(" ".join(expr.split()[:5]), timezone)


@planted("TC-19", also=("TC-20",))
class ReadsHoursFirst(CronTrigger):
    """
    A crontab line begins with the hour.
    """

    @classmethod
    def from_crontab(cls, expr: str, timezone: tzinfo | str | None = None) -> Self:
        first, second, *rest = [*expr.split(), "", ""][: max(2, len(expr.split()))]
        return super().from_crontab(" ".join((second, first, *rest)), timezone)


@planted("TC-19")
class SundayIsZeroInALine(CronTrigger):
    """
    Weekday 0 of a crontab line is Sunday.
    """

    @classmethod
    def from_crontab(cls, expr: str, timezone: tzinfo | str | None = None) -> Self:
        return super().from_crontab(re.sub(r" 0$", " 6", expr), timezone)


@planted("TC-20")
class StaysInUtc(CronTrigger):
    """
    A trigger without zone takes UTC, whatever its scheduler.
    """

    def anchor(self, now: datetime, timezone: tzinfo) -> None:
        del timezone
        super().anchor(now, UTC)


@planted("TC-20")
class GivesUpItsZone(CronTrigger):
    """
    The scheduler's zone replaces the trigger's own.
    """

    def anchor(self, now: datetime, timezone: tzinfo) -> None:
        del now
        self._settle(timezone)


@fault("TC-20")
class GivesTheLocalZone(BackgroundScheduler):
    """
    A cron trigger given by name is in UTC.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "cron":
            options.setdefault("timezone", UTC)
        return super().add_job(func, trigger, **options)


@fault("TC-20")
class GivesTheLocalZoneLater(BackgroundScheduler):
    """
    A cron trigger that a job gets later is in UTC.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Any:
        if isinstance(changes.get("trigger"), CronTrigger):
            changes["trigger"].anchor(self.clock.now(), UTC)
        return super().modify_job(job_id, jobstore, **changes)


@planted("TC-21", also=("TC-23",))
class FiresOnceInTheRepeatedHour(Misanswered):
    """
    A repeated wall time fires the first time only.
    """

    def changed(self, found: datetime) -> datetime | None:
        return self.after(found) if found.fold else found


def jump_at(found: datetime) -> timedelta:
    """
    Return by how much the clock is put back over a repeated time.
    """
    return offset(found.replace(fold=0)) - offset(found.replace(fold=1))


@planted("TC-21")
class StepsOverTwoHours(Misanswered):
    """
    Where two hours are repeated, the second time does not fire.
    """

    def changed(self, found: datetime) -> datetime | None:
        over = found.fold and jump_at(found) > HOUR and not self.fields[5].is_default
        return self.after(found) if over else found


@planted("TC-22", also=("TC-1", "TC-23"))
class FiresBehindTheSkip(CronTrigger):
    """
    A skipped wall time fires behind the skip.
    """

    def _first_existing(self, moment: datetime, zone: tzinfo) -> datetime | None:
        found = super()._first_existing(moment, zone)
        wall = self._timetable.at_or_after(moment.astimezone(zone), zone)
        if wall is None:
            return found
        landed = wall.astimezone(UTC).astimezone(zone)
        exists = landed.replace(tzinfo=None) == wall.replace(tzinfo=None)
        return found if exists else landed


@planted("TC-23")
class RestsBehindASkip(Misanswered):
    """
    Every so many minutes rests for one of them when the clock was put forward.
    """

    def changed(self, found: datetime) -> datetime | None:
        before = (found.astimezone(UTC) - HOUR).astimezone(found.tzinfo)
        forward = offset(found) > offset(before)
        return self.after(found) if forward and self.fields[5].is_default else found


@planted("TC-23")
class RestsForAnHour(Misanswered):
    """
    Every so many minutes rests while an hour is repeated.
    """

    def changed(self, found: datetime) -> datetime | None:
        while found.fold and self.fields[5].is_default:
            later = self.after(found)
            assert later is not None
            found = later
        return found


@planted("TC-23")
class RestsForTwoHours(Misanswered):
    """
    Every so many minutes rests while two hours are repeated.
    """

    def changed(self, found: datetime) -> datetime | None:
        while found.fold and jump_at(found) > HOUR and self.fields[5].is_default:
            later = self.after(found)
            assert later is not None
            found = later
        return found


@planted("TC-24")
class JittersByMinutes(CronTrigger):
    """
    The jitter is taken for minutes.
    """

    def __init__(self, jitter: int | None = None, **options: Any) -> None:
        super().__init__(jitter=jitter and 60 * jitter, **options)


@planted("TC-25")
class JittersBeyondTheEnd(CronTrigger):
    """
    The jitter comes after the look at the end.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        late = found is not None and self.jitter and self.end_date is not None
        return found + DAY if found is not None and late else found


@planted("TC-26")
class RoundsDown(CronTrigger):
    """
    The present is rounded down.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        return super().get_next_fire_time(previous_fire_time, now.replace(microsecond=0))


@planted("TC-26")
class KeepsTheFraction(CronTrigger):
    """
    A fire time has the fraction of a second that the present has.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        often = str(self.fields[-1]) == "*"
        return found and (found.replace(microsecond=now.microsecond) if often else found)


@planted("TC-27")
class TakesAnyField(CronTrigger):
    """
    A field that does not exist is left out.
    """

    def __init__(self, **options: Any) -> None:
        known = {"start_date", "end_date", "timezone", "jitter", *self.FIELD_NAMES}
        super().__init__(**{name: options[name] for name in options if name in known})
