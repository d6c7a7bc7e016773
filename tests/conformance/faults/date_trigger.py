"""
Faults of the date trigger.
"""

from __future__ import annotations

import datetime as dt
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bgsched import BackgroundScheduler
from bgsched.triggers.date import DateTrigger
from faults import fault
from faults._published import faulty


@faulty("TD-1", also=("TD-3", "TD-5"))
class ComesAgain(DateTrigger):
    """
    Fires at its date, whatever ran before.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        del previous_fire_time
        return super().get_next_fire_time(None, now)


@faulty("TD-1")
class DoesNotFireLate(DateTrigger):
    """
    Answers a question about the past: after its date it fires again, if asked before it.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        date = super().get_next_fire_time(None, now)
        assert date is not None
        return date if previous_fire_time is None or now < date else None


@fault("TD-1", also=("TD-3", "TD-5"))
class KeepsFinishedJobs(BackgroundScheduler):
    """
    A job that has run stays.
    """

    def get_job(self, job_id: str, jobstore: str | None = None) -> Any:
        return super().get_job(job_id, jobstore) or object()


@fault("TD-1")
class RunsDatesEarly(BackgroundScheduler):
    """
    A job given a date is run at once.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "date" and self.running and "run_date" in options:
            run_date = options["run_date"]
            if isinstance(run_date, datetime) and run_date.tzinfo is UTC:
                options["run_date"] = min(run_date, self._engine.options.clock.now())
        return super().add_job(func, trigger, **options)


@faulty("TD-2", also=("TD-4",))
class ReadsEverythingInUTC(DateTrigger):
    """
    Takes naive run dates for UTC.
    """

    def __init__(self, run_date: Any = None, timezone: Any = None) -> None:
        super().__init__(run_date, "UTC" if run_date is not None else timezone)


@faulty("TD-2")
class BeginsAtNoon(DateTrigger):
    """
    Takes a date for its noon.
    """

    def __init__(self, run_date: Any = None, timezone: Any = None) -> None:
        if isinstance(run_date, dt.date) and not isinstance(run_date, datetime):
            run_date = datetime.combine(run_date, dt.time(12))
        super().__init__(run_date, timezone)


@faulty("TD-2")
class ReplacesTheZone(DateTrigger):
    """
    Puts its own zone on aware run dates, too.
    """

    def __init__(self, run_date: Any = None, timezone: Any = None) -> None:
        if isinstance(run_date, datetime) and run_date.utcoffset() and timezone:
            run_date = run_date.astimezone(ZoneInfo(str(timezone)))
        super().__init__(run_date, timezone)


@fault("TD-2")
class ForgetsItsZone(BackgroundScheduler):
    """
    Dates given to `add_job()` are in UTC, whatever the zone of the scheduler.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "date":
            options.setdefault("timezone", "UTC")
        return super().add_job(func, trigger, **options)


@faulty("TD-3")
class HesitatesWithoutADate(DateTrigger):
    """
    Fires a minute after now if it has no run date.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        late = timedelta(minutes=self.run_date is None)
        found = super().get_next_fire_time(previous_fire_time, now)
        return None if found is None else found + late


@fault("TD-3")
class NeedsADate(BackgroundScheduler):
    """
    `add_job(f, "date")` is accepted, and never runs.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if trigger == "date" and "run_date" not in options:
            options["next_run_time"] = None
        return super().add_job(func, trigger, **options)


@faulty("TD-4")
class DropsFractions(DateTrigger):
    """
    Reads no fraction of a second.
    """

    def __init__(self, run_date: Any = None, timezone: Any = None) -> None:
        super().__init__(run_date, timezone)
        if isinstance(run_date, str) and self.run_date is not None:
            self.run_date = self.run_date.replace(microsecond=0)


@fault("TD-5")
class ForgetsPastDates(BackgroundScheduler):
    """
    A job whose date is past is dropped without a word.
    """

    def add_job(self, func: Any, trigger: Any = None, **options: Any) -> Any:  # type: ignore[override]
        job = super().add_job(func, trigger, **options)
        run_date = options.get("run_date")
        if isinstance(run_date, datetime) and run_date < self._engine.options.clock.now():
            super().remove_job(job.id)
        return job
