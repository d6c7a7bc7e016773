"""
Faults of the interval trigger.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from bgsched.triggers.interval import IntervalTrigger
from faults import fault
from faults._published import faulty

if TYPE_CHECKING:
    from bgsched._loop import Loop

_NOTHING = timedelta()


@faulty("TI-1")
class ForgetsWeeks(IntervalTrigger):
    """
    Leaves weeks out of the sum, unless there is nothing else.
    """

    def __init__(self, weeks: float = 0, **options: Any) -> None:
        others = {"days", "hours", "minutes", "seconds"} & set(options)
        super().__init__(weeks=0 if others else weeks, **options)


@fault("TI-1")
class RunsIntervalsOnce(BackgroundScheduler):
    """
    An interval job is over after its first run.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "interval" and not {"start_date", "end_date"} & set(options):
            now = self._engine.options.clock.now()
            options = {"run_date": now + timedelta(**_parts_of(options))} | options
            trigger = "date"
        return super().add_job(func, trigger, **options)


def _parts_of(options: dict[str, Any]) -> dict[str, float]:
    parts = ("weeks", "days", "hours", "minutes", "seconds")
    return {part: options.pop(part) for part in parts if part in options}


@faulty("TI-2", also=("TI-1", "TI-4"))
class BeginsAtOnce(IntervalTrigger):
    """
    Takes now for the start if none is given.
    """

    def anchor(self, now: datetime, timezone: Any) -> None:
        given = self.start_date is not None
        super().anchor(now, timezone)
        if not given and self._start is not None:
            self._start -= self.interval


@faulty("TI-2")
class BeginsOnTheMachinesClock(IntervalTrigger):
    """
    Takes the time that the machine's clock shows for that of the zone, if no start is given.
    """

    def anchor(self, now: datetime, timezone: Any) -> None:
        super().anchor(now.astimezone().replace(tzinfo=self.timezone or timezone), timezone)


@faulty("TI-2", also=("TI-1", "TI-4", "TI-5", "TI-6", "TI-9"))
class WaitsFirst(IntervalTrigger):
    """
    Fires for the first time one interval after a start date to come.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        if previous_fire_time is None and found == self.start_date and found and found > now:
            return super().get_next_fire_time(found, now)
        return found


@faulty("TI-3", also=("TI-8",))
class LosesItsRhythm(IntervalTrigger):
    """
    After a past start it counts from now.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        if previous_fire_time is None and self._start is not None and self._start < now:
            return now + self.interval
        return super().get_next_fire_time(previous_fire_time, now)


@fault("TI-3")
class MakesUpForThePast(BackgroundScheduler):
    """
    A job whose start date is past has the start date for its first run time.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        start = options.get("start_date")
        if trigger == "interval" and isinstance(start, datetime):
            options["next_run_time"] = start
        return super().add_job(func, trigger, **options)


@faulty("TI-4", also=("TI-5",))
class StopsShort(IntervalTrigger):
    """
    Does not fire exactly at its end date.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        return None if found is not None and found == self.end_date else found


@fault("TI-4")
class IgnoresTheEnd(BackgroundScheduler):
    """
    The end date of a job is lost.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        options.pop("end_date", None)
        return super().add_job(func, trigger, **options)


@faulty("TI-5")
class EndsWithTheDay(IntervalTrigger):
    """
    Takes an end date without time for the last moment of that day.
    """

    def __init__(self, end_date: Any = None, **options: Any) -> None:
        if isinstance(end_date, date) and not isinstance(end_date, datetime):
            end_date = datetime.combine(end_date, datetime.max.time())
        super().__init__(end_date=end_date, **options)


@faulty("TI-5")
class StartsInUTC(IntervalTrigger):
    """
    Takes a start date given as text for UTC.
    """

    def __init__(self, start_date: Any = None, **options: Any) -> None:
        if isinstance(start_date, str):
            start_date = datetime.fromisoformat(start_date).replace(tzinfo=UTC)
        super().__init__(start_date=start_date, **options)


@faulty("TI-6")
class HurriesAtTimes(IntervalTrigger):
    """
    Jitter may put a run forward.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        return found - timedelta(seconds=self.jitter / 2) if found and self.jitter else found


@faulty("TI-6")
class IsNeverLate(IntervalTrigger):
    """
    Jitter is ignored.
    """

    def __init__(self, jitter: float | None = None, **options: Any) -> None:
        del jitter
        super().__init__(**options)


@faulty("TI-8", also=("TI-3", "TI-4", "TI-6"))
class CountsOnTheWall(IntervalTrigger):
    """
    Adds the interval to the wall clock.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        found = super().get_next_fire_time(previous_fire_time, now)
        if previous_fire_time is None or found is None or self.jitter:
            return found
        return previous_fire_time + self.interval if found != self.end_date else found


@fault("TI-9")
class SleepsThroughTheGap(BackgroundScheduler):
    """
    Takes the difference of two wall times for the time to wait.
    """

    def _launch(self, loop: Loop) -> None:
        wait = loop.alarm.wait

        def wait_on_the_wall(until: datetime | None) -> None:
            if until is not None:
                now = self._engine.options.clock.now().astimezone(self.timezone)
                skipped = (until.astimezone(self.timezone).utcoffset() or _NOTHING) - (
                    now.utcoffset() or _NOTHING
                )
                until += skipped
            wait(until)

        vars(loop.alarm)["wait"] = wait_on_the_wall
        super()._launch(loop)
