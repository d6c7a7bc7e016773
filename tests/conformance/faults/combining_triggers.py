"""
Faults of the triggers made of triggers, and of how triggers of the user's own are treated.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bgsched import BackgroundScheduler
from bgsched.triggers.combining import AndTrigger, OrTrigger
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.date import DateTrigger
from bgsched.triggers.interval import IntervalTrigger
from faults import fault
from faults._published import faulty

NEVER = datetime.max.replace(tzinfo=UTC)


class Asking(OrTrigger):
    """
    Asks all members the same question.
    """

    def answers(self, previous: datetime | None, now: datetime) -> list[datetime | None]:
        """
        Return what each member says.
        """
        return [trigger.get_next_fire_time(previous, now) for trigger in self.triggers]


@faulty("TX-1", also=("TX-5", "TX-6", "TX-7"))
class FiresAtTheLatest(Asking):
    """
    Gives the latest of its members' times.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = [time for time in self.answers(previous_fire_time, now) if time]
        return max(found, default=None)


@faulty("TX-1", also=("TX-6",))
class PassesOneDateOn(Asking):
    """
    Tells each member of the run of any other, as if it had been its own.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = [time for time in self.answers(previous_fire_time, now) if time]
        return min(found, default=None)


@faulty("TX-1", also=("TX-7",))
class EndsWithTheFirst(OrTrigger):
    """
    Is finished when any member is.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        for trigger in self.triggers:
            if isinstance(trigger, CronTrigger) and not trigger.get_next_fire_time(None, now):
                return None
        return super().get_next_fire_time(previous_fire_time, now)


@faulty("TX-2", also=("TX-3", "TX-4", "TX-7"))
class HangsAtTheSecondTime(AndTrigger):
    """
    Finds no second time, and does not stop looking for it.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        while previous_fire_time is not None and now > datetime(2000, 1, 1, tzinfo=UTC):
            if any(trigger.get_next_fire_time(None, now) is None for trigger in self.triggers):
                break
            if not all(isinstance(trigger, CronTrigger) for trigger in self.triggers):
                break
        return super().get_next_fire_time(previous_fire_time, now)


@faulty("TX-2", also=("TX-5", "TX-6", "TX-7", "TX-8"))
class FollowsTheFirst(AndTrigger):
    """
    Asks its first member only.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        if not all(isinstance(trigger, CronTrigger) for trigger in self.triggers):
            return super().get_next_fire_time(previous_fire_time, now)
        if previous_fire_time is not None or now.second:
            return super().get_next_fire_time(previous_fire_time, now)
        return self.triggers[0].get_next_fire_time(None, now)


@faulty("TX-3")
class HangsOverCalendars(AndTrigger):
    """
    Does not get on where a member is no cron trigger and no date.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        while any(hasattr(trigger, "months") for trigger in self.triggers):
            now = max(now, NEVER)
        return super().get_next_fire_time(previous_fire_time, now)


@faulty("TX-4")
class OutlivesItsMembers(AndTrigger):
    """
    Goes on with the members that are left.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        if found is None and all(
            isinstance(trigger, CronTrigger | DateTrigger) for trigger in self.triggers
        ):
            times = [t.get_next_fire_time(previous_fire_time, now) for t in self.triggers]
            return max((time for time in times if time), default=None)
        return found


@fault("TX-5")
class DoesNotKnowOr(BackgroundScheduler):
    """
    `or` is not known by name.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "or":
            raise LookupError("or")
        return super().add_job(func, trigger, **options)


@fault("TX-5")
class TakesAndForOr(BackgroundScheduler):
    """
    `and` makes an `or`.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return super().add_job(func, "or" if trigger == "and" else trigger, **options)


@faulty("TX-6")
class HurriesAtTimes(OrTrigger):
    """
    Jitter may put a run forward.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        return found - timedelta(seconds=self.jitter / 2) if found and self.jitter else found


@faulty("TX-6")
class IsNeverLate(AndTrigger):
    """
    Jitter is ignored.
    """

    def __init__(self, triggers: Any, jitter: float | None = None) -> None:
        del jitter
        super().__init__(triggers)


@fault("TX-7")
class RunsOnceOnly(BackgroundScheduler):
    """
    A job with a trigger of the user's own is run at the first time it gives, and no more.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if type(trigger).__name__ == "ScriptedTrigger":
            now = self._engine.options.clock.now()
            trigger = DateTrigger(trigger.get_next_fire_time(None, now))
        return super().add_job(func, trigger, **options)


@fault("TX-7")
class KnowsABuiltInOne(BackgroundScheduler):
    """
    Whatever is derived from an interval trigger is an interval.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if isinstance(trigger, IntervalTrigger):
            seconds = trigger.interval.total_seconds()
            trigger = IntervalTrigger(seconds=seconds, start_date=trigger.start_date)
        return super().add_job(func, trigger, **options)


@faulty("TX-7")
class TakesItsOwnOnly(AndTrigger):
    """
    Refuses members that are not built in.
    """

    def __init__(self, triggers: Any, jitter: float | None = None) -> None:
        if any(type(trigger).__name__ == "ScriptedTrigger" for trigger in triggers):
            raise TypeError("not one of ours")
        super().__init__(triggers, jitter)


@faulty("TX-8")
class RemembersItsRun(DateTrigger):
    """
    Gives its date once, whoever asks.
    """

    given = False

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        if self.given:
            return None
        self.given = True
        return super().get_next_fire_time(previous_fire_time, now)


@faulty("TX-8")
class LosesAMember(AndTrigger):
    """
    The pickled form lacks the last member.
    """

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        self.triggers = self.triggers[:1]
