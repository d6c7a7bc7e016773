"""
Faults of time zones.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bgsched._clock import SystemAlarm, SystemClock
from bgsched.schedulers.background import BackgroundScheduler
from bgsched.triggers.cron import CronTrigger
from faults import fault
from faults.cron_trigger import planted

if TYPE_CHECKING:
    from bgsched.job import Job


@fault("TZ-1")
class ListsNaiveTimes(BackgroundScheduler):
    """
    The next run time is told without its zone.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        jobs: list[Any] = []
        for job in super().get_jobs(jobstore, pending):
            # In this machine's zone, so that who does not look sees the right moment.
            naive = job.next_run_time and job.next_run_time.astimezone().replace(tzinfo=None)
            jobs.append(SimpleNamespace(id=job.id, next_run_time=naive))
        return jobs


@fault("TZ-2")
class TakesNaiveForUtc(BackgroundScheduler):
    """
    A naive date is in UTC, whatever the zones.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        for name in ("run_date", "start_date"):
            date = keywords.get(name)
            if "timezone" not in keywords and isinstance(date, datetime) and date.year < 2036:
                keywords[name] = date.replace(tzinfo=date.tzinfo or UTC)
        return super().add_job(*arguments, **keywords)


@fault("TZ-2")
class PutsTheSchedulerFirst(BackgroundScheduler):
    """
    A naive date is in the scheduler's zone, even if the trigger has its own.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        date = keywords.get("run_date")
        if isinstance(date, datetime) and date.tzinfo is None and self.timezone != UTC:
            keywords["run_date"] = date.replace(tzinfo=self.timezone)
        return super().add_job(*arguments, **keywords)


@planted("TZ-2", also=("TZ-3",))  # whose child process cannot import this scheduler
class EndsInUtc(CronTrigger):
    """
    A naive end is in UTC.
    """

    def __init__(self, end_date: Any = None, **options: Any) -> None:
        if isinstance(end_date, datetime):
            end_date = end_date.replace(tzinfo=end_date.tzinfo or UTC)
        super().__init__(end_date=end_date, **options)


class WallAlarm(SystemAlarm):
    """
    An alarm that goes by the difference of wall times.
    """

    def wait(self, until: datetime | None) -> None:
        if until is not None:
            # The offset of the present, which is another one behind a jump.
            now = datetime.now(UTC).astimezone(until.tzinfo)  # noqa: TID251 - a clock of its own
            until = until.replace(tzinfo=UTC) - (now.utcoffset() or now - now)
        super().wait(until)


class WallClock(SystemClock):
    """
    A clock with such alarms.
    """

    def alarm(self, listeners: object) -> WallAlarm:
        del listeners
        return WallAlarm(self)


@fault("TZ-3")
class WaitsByTheWall(BackgroundScheduler):
    """
    The wait is the difference of two wall times.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **{"clock": WallClock(), **options})


@fault("TZ-4")
class TakesNamesOnly(BackgroundScheduler):
    """
    A zone that is an object is refused.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        if isinstance(options.get("timezone"), ZoneInfo) and str(options["timezone"]) == "UTC":
            raise TypeError("write the name of the zone")
        super().__init__(gconfig, **options)
