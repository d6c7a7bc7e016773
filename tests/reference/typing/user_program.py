"""
A user's program. Never run: a type checker must accept it, and find each line that is marked wrong.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, assert_type

from bgsched import BackgroundScheduler
from bgsched.job import Job, undefined
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Mapping


class Hourly:
    """
    A trigger that is derived from nothing.
    """

    def get_next_fire_time(self, previous: datetime | None, moment: datetime) -> datetime | None:
        """
        Return nothing.
        """


class Inline:
    """
    An executor that is derived from nothing.
    """

    def start(self, scheduler: BackgroundScheduler, alias: str) -> None:
        """
        Do nothing.
        """

    def shutdown(self, wait: bool) -> None:
        """
        Do nothing.
        """

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        """
        Run a job.
        """


def report(title: str, copies: int = 1) -> str:
    """
    Return a report.
    """
    return title * copies


scheduler = BackgroundScheduler({"apscheduler.timezone": "UTC"}, daemon=False)


def good() -> None:
    """
    Call as the documentation shows.
    """
    assert_type(scheduler.add_job(report, args=["now"]), Job)
    scheduler.add_job("acme:report", "date", ["x"], {"copies": 2}, run_date=date(2030, 1, 1))
    scheduler.add_job(report, None, run_date="2030-01-01", timezone=UTC)
    scheduler.add_job(report, "interval", ("x",), hours=1, minutes=0.5, jitter=3, id="a")
    scheduler.add_job(report, "interval", days=1, start_date="2030-01-01", replace_existing=True)
    scheduler.add_job(report, trigger="cron", hour="*/2", day_of_week="mon-fri", second=5)
    scheduler.add_job(report, "calendarinterval", months=1, hour=9, end_date=date(2040, 1, 1))
    scheduler.add_job(report, "or", triggers=[CronTrigger(hour=1), IntervalTrigger(hours=5)])
    scheduler.add_job(report, CronTrigger.from_crontab("0 0 * * *"), coalesce=False, jobstore="m")
    scheduler.add_executor(Inline(), "inline")
    scheduler.add_job(report, Hourly(), misfire_grace_time=None, next_run_time=undefined)


def dynamic(kind: Any, settings: Mapping[str, Any]) -> None:
    """
    Call with what is known only when the program runs.
    """
    scheduler.add_job(report, kind, **settings)
    scheduler.add_job(report, "interval", **settings)


@scheduler.scheduled_job("interval", seconds=5, id="tick")
@scheduler.scheduled_job("cron", ["x"], hour=3, max_instances=2)
@scheduler.scheduled_job(Hourly())
def decorated(count: int, *, loud: bool = False) -> str:
    """
    Return a word.
    """
    return "TICK" if loud else "tick" * count


def the_decorator_keeps_the_type() -> None:
    """
    Call a decorated function.
    """
    assert_type(decorated(2, loud=True), str)
    decorated("2")  # type: ignore[arg-type]


def changes(job: Job) -> None:
    """
    Change jobs.
    """
    assert_type(scheduler.modify_job("a", max_instances=2, next_run_time=None), Job)
    assert_type(job.modify(name="x", func="acme:report").reschedule("cron", hour=1), Job)
    job.reschedule("interval", hours=1).reschedule("date", run_date="2030-01-01")
    job.reschedule(CronTrigger(hour=1)).reschedule("and", triggers=[Hourly()]).pause()
    scheduler.reschedule_job("a", trigger="interval", hours=2)
    scheduler.reschedule_job("a", "default", "cron", hour="5")
    scheduler.reschedule_job("a", trigger=Hourly())
    assert_type(scheduler.resume_job("a"), Job | None)


def wrong(job: Job) -> None:
    """
    Make mistakes.
    """
    scheduler.add_jobstore(Inline(), "inline")  # type: ignore[arg-type]
    scheduler.add_job(report, "interval", hour=1)  # type: ignore[call-overload]
    scheduler.add_job(report, "cron", hours=1)  # type: ignore[call-overload]
    scheduler.add_job(report, "interval", hours="1")  # type: ignore[call-overload]
    scheduler.add_job(report, "intervall", hours=1)  # type: ignore[call-overload]
    scheduler.add_job(report, hours=1)  # type: ignore[call-overload]
    scheduler.add_job(report, "or")  # type: ignore[call-overload]
    scheduler.add_job(report, CronTrigger(), hour=1)  # type: ignore[call-overload]
    scheduler.add_job(report, "date", misfire_grace_time=0.5)  # type: ignore[call-overload]
    scheduler.add_job(5, "date")  # type: ignore[call-overload]
    scheduler.scheduled_job("cron", seconds=1)  # type: ignore[call-overload]
    scheduler.modify_job("a", id="b")  # type: ignore[call-arg]
    job.modify(trigger="cron")  # type: ignore[arg-type]
    job.modify(max_instances="2")  # type: ignore[arg-type]
    job.reschedule("cron", hours=1)  # type: ignore[call-overload]
    scheduler.reschedule_job("a", trigger="cron", hours=1)  # type: ignore[call-overload]
