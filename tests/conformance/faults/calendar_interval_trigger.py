"""
Faults of the calendar interval trigger.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bgsched import BackgroundScheduler
from bgsched.triggers.calendarinterval import CalendarIntervalTrigger
from bgsched.triggers.stride import Stride
from faults import fault
from faults._published import faulty


@faulty("TCI-1", also=("TCI-5", "TCI-8", "TCI-4"))
class AddsDaysFirst(CalendarIntervalTrigger):
    """
    Adds days before months.
    """

    def _settle(self) -> None:
        super()._settle()
        self._stride = DaysFirst(self._stride.months, self._stride.days)


class DaysFirst(Stride):
    """
    Steps that begin with the days.
    """

    def following(self, day: date) -> date | None:
        then = Stride(0, self.days).following(day) if self.days else day
        return Stride(self.months, 0).following(then) if then and self.months else then

    def latest(self, start: date, limit: date) -> date:
        return self._walk(start, limit)


@faulty("TCI-1", also=("TCI-3", "TCI-4"))
class KeepsTheOffset(CalendarIntervalTrigger):
    """
    Fires at the same time of day in UTC as on the start date.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        if found is None or self.start_date is None:
            return found
        start = datetime.combine(self.start_date, self._time, tzinfo=self.timezone)
        shift = (found.utcoffset() or timedelta()) - (start.utcoffset() or timedelta())
        return (found.astimezone(UTC) + shift).astimezone(self.timezone)


@fault("TCI-1", also=("TCI-4", "TCI-6"))
class ForgetsItsZone(BackgroundScheduler):
    """
    Jobs are in a zone of their own, whatever that of the scheduler.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "calendarinterval":
            options.setdefault("timezone", "Pacific/Chatham")
        return super().add_job(func, trigger, **options)


@faulty("TCI-2", also=("TCI-1", "TCI-4", "TCI-5", "TCI-8"))
class ClipsTheDay(CalendarIntervalTrigger):
    """
    Takes the last day of a month that lacks the day.
    """

    def _settle(self) -> None:
        super()._settle()
        self._stride = Clipping(self._stride.months, self._stride.days)


class Clipping(Stride):
    """
    Steps that end with the month.
    """

    def following(self, day: date) -> date | None:
        year, month = divmod(12 * day.year + day.month - 1 + self.months, 12)
        for number in range(day.day, 0, -1):
            try:
                return date(year, month + 1, number) + timedelta(self.days)
            except ValueError:
                continue
        return None

    def latest(self, start: date, limit: date) -> date:
        return self._walk(start, limit)


@faulty("TCI-3")
class MovesSkippedTimes(CalendarIntervalTrigger):
    """
    Fires later on a day on which the clock skips the time.
    """

    def _moment(self, day: date, zone: Any) -> datetime | None:
        return datetime.combine(day, self._time, tzinfo=zone).astimezone(UTC)


@faulty("TCI-3")
class TakesTheLaterTime(CalendarIntervalTrigger):
    """
    Fires at the later of two equal times of day.
    """

    def _moment(self, day: date, zone: Any) -> datetime | None:
        moment = super()._moment(day, zone)
        wall = datetime.combine(day, self._time, tzinfo=zone)
        return moment and wall.replace(fold=1).astimezone(UTC)


@faulty("TCI-4")
class BeginsInThePast(CalendarIntervalTrigger):
    """
    Fires first on its start date, if it was given one.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        if previous_fire_time is None and self.start_date is not None:
            start = datetime.combine(self.start_date, time(), tzinfo=self.timezone)
            now = min(now, start)
        return super().get_next_fire_time(previous_fire_time, now)


@faulty("TCI-4")
class LosesItsRhythm(CalendarIntervalTrigger):
    """
    After a past start it counts from now.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        today = now.astimezone(self.timezone).date()
        if previous_fire_time is None and self.start_date and self.start_date < today:
            return super().get_next_fire_time(now, now)
        return super().get_next_fire_time(previous_fire_time, now)


@faulty("TCI-4")
class DoesNotFireNow(CalendarIntervalTrigger):
    """
    Takes a time that is exactly now for past.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        if previous_fire_time is None and found == now:
            return super().get_next_fire_time(found, now)
        return found


@fault("TCI-4")
class IsOverdue(BackgroundScheduler):
    """
    A job's first run time is on the day on which it is added, be it past.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "calendarinterval" and "start_date" not in options and "days" in options:
            now = self._engine.options.clock.now()
            options["next_run_time"] = now.replace(hour=options.get("hour", 0), minute=0)
        return super().add_job(func, trigger, **options)


@faulty("TCI-4", also=("TCI-1", "TCI-2", "TCI-3", "TCI-5", "TCI-6", "TCI-9"))
class WaitsFirst(CalendarIntervalTrigger):
    """
    Fires for the first time one interval after a start date to come.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        if previous_fire_time is None and found and found.date() == self.start_date:
            return super().get_next_fire_time(found, now)
        return found


@faulty("TCI-5")
class StopsShort(CalendarIntervalTrigger):
    """
    Does not fire on its end date.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        return None if found and found.date() == self.end_date else found


@faulty("TCI-5")
class IgnoresTheEnd(CalendarIntervalTrigger):
    """
    Goes on behind its end date.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        self.end_date = None
        return super().get_next_fire_time(previous_fire_time, now)


@fault("TCI-6", also=("TCI-4",))
class BeginsTomorrow(BackgroundScheduler):
    """
    A job without start date begins a day late.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "calendarinterval":
            now = self._engine.options.clock.now().astimezone(self.timezone)
            options.setdefault("start_date", now.date() + 2 * timedelta(days=1))
        return super().add_job(func, trigger, **options)


@faulty("TCI-6")
class BeginsAtSix(CalendarIntervalTrigger):
    """
    Fires at six in the morning unless told otherwise.
    """

    def __init__(self, *, hour: int = 6, **options: Any) -> None:
        super().__init__(hour=hour, **options)


@faulty("TCI-7")
class TakesAnything(CalendarIntervalTrigger):
    """
    Refuses nothing.
    """

    def __init__(self, **options: Any) -> None:
        if not {"years", "months", "weeks", "days"} & set(options):
            options["days"] = 1
        super().__init__(**options)


@faulty("TCI-7")
class TakesPositions(CalendarIntervalTrigger):
    """
    Takes its options by position, too.
    """

    def __init__(self, years: int = 0, months: int = 0, **options: Any) -> None:
        super().__init__(years=years, months=months, **options)


@faulty("TCI-8")
class ForgetsThePast(CalendarIntervalTrigger):
    """
    Gives no fire time that is past, whatever ran before.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        if found is not None and found < now:
            return super().get_next_fire_time(None, now)
        return found


@faulty("TCI-9")
class HurriesAtTimes(CalendarIntervalTrigger):
    """
    Jitter may put a run forward.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        return found - timedelta(seconds=self.jitter / 2) if found and self.jitter else found


@faulty("TCI-9")
class IsNeverLate(CalendarIntervalTrigger):
    """
    Jitter is ignored.
    """

    def __init__(self, *, jitter: float | None = None, **options: Any) -> None:
        del jitter
        super().__init__(**options)
