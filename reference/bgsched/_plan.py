"""
Which runs of a job are due, and when it runs next: arithmetic only.

All comparisons are made on timestamps. Two datetimes of one zone compare by the wall clock, which
runs backwards once a year.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, TypeAlias

from bgsched import _timezones
from bgsched._interrupts import is_for_main_thread
from bgsched.triggers.base import last_fire_time_of

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched._arguments import Trigger
    from bgsched.job import Job

LONGEST_WALK = 4096
"""How many run times of a coalescing job are passed over before others get their turn."""


Plan: TypeAlias = "tuple[list[datetime], datetime | None, Exception | None]"
"""
What to do about a job that is due: the run times to hand over, earliest first (none while a long
backlog is being passed over); the next run time to commit, None if the schedule is over; what the
trigger raised, if it did, in which case the job should be paused.
"""


class StuckTriggerError(RuntimeError):
    """
    A trigger gave a run time that is not later than the one before.
    """

    def __init__(self, trigger: object, previous: datetime, following: datetime) -> None:
        super().__init__(trigger, previous, following)

    def __str__(self) -> str:
        trigger, previous, following = self.args
        return f"trigger {trigger} gave {following}, which is not later than {previous}"


class TriggerExitError(RuntimeError):
    """
    A trigger raised what is to end a program, a thread or a task, such as `SystemExit`.
    """

    def __init__(self, trigger: object, cause: BaseException) -> None:
        super().__init__(trigger, cause)
        self.__cause__ = cause

    def __str__(self) -> str:
        trigger, cause = self.args
        return f"trigger {trigger} raised {cause!r}"


def plan(job: Job, now: datetime, limit: float) -> Plan:
    """
    Plan the runs of a job whose next run time has come.

    Args:
        job: A job with a next run time not later than *now*.
        now: The present moment in the scheduler's zone, given to the trigger.
        limit: The same as a timestamp.
    """
    due = job.next_run_time
    assert due is not None, f"job {job.id!r} is paused"  # get_due_jobs gave it
    run_times = [due]
    trigger = job.trigger
    try:
        following = fire_time(trigger, due, now)
        if following is None or following.timestamp() > limit:
            return run_times, following, None
        _check_progress(trigger, due, following)
        if job.coalesce:
            return _coalesce(trigger, following, now, limit)
        while following is not None and following.timestamp() <= limit:
            run_times.append(following)
            following = _after(trigger, following, now)
    except Exception as failure:  # noqa: BLE001 - triggers are user code; the pass reports it
        return run_times, None, failure
    except BaseException as failure:  # THREAD-7: a trigger must not end the loop
        if is_for_main_thread(failure):
            raise
        return run_times, None, TriggerExitError(trigger, failure)
    return run_times, following, None


def fire_time(trigger: Trigger, previous: datetime | None, now: datetime) -> datetime | None:
    """
    Return the next time to fire at, made aware if it is not: triggers are user code.

    Args:
        trigger: Is asked.
        previous: The last run time; None before the first.
        now: The present moment in the scheduler's zone, which is that of a naive answer.

    Raises:
        TypeError: The trigger gave something else.
        ValueError: The trigger gave text that is no date.
    """
    following = trigger.get_next_fire_time(previous, now)
    if following is None or getattr(following, "tzinfo", None) is not None:
        return following
    return _timezones.as_datetime(following, now.tzinfo or UTC, f"run time of {trigger}")


def first_run_time(trigger: Trigger, now: datetime) -> datetime | None:
    """
    Return the first run time that is not past, or None.

    A trigger may answer with a moment long past, such as the date of a job that has had its run.
    """
    following = fire_time(trigger, None, now)
    while following is not None and following.timestamp() < now.timestamp():
        following = _after(trigger, following, now)
    return following


def _after(trigger: Trigger, previous: datetime, now: datetime) -> datetime | None:
    following = fire_time(trigger, previous, now)
    if following is not None:
        _check_progress(trigger, previous, following)
    return following


def _check_progress(trigger: Trigger, previous: datetime, following: datetime) -> None:
    if following.timestamp() <= previous.timestamp():
        raise StuckTriggerError(trigger, previous, following)


def _coalesce(trigger: Trigger, reached: datetime, now: datetime, limit: float) -> Plan:
    """
    Pass over the backlog from the due run time *reached* to the latest one.
    """
    latest = last_fire_time_of(trigger)
    if latest is not None:
        reached = latest(reached, now) or reached
    for _ in range(LONGEST_WALK):
        following = _after(trigger, reached, now)
        if following is None or following.timestamp() > limit:
            return [reached], following, None
        reached = following
    # Nobody waits for this job's history: commit how far it got, and go on in the next batch.
    return [], reached, None
