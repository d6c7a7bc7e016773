"""
Run one job for its run times, in whatever thread or process, and tell what became of each.
"""

from __future__ import annotations

import logging
import threading
import traceback
from typing import TYPE_CHECKING

from bgsched._clock import SystemClock
from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched._clock import Clock
    from bgsched._listeners import ListenerTable
    from bgsched.job import Job, JobOwner


class _Here(threading.local):
    """
    The schedulers whose jobs this thread is inside of.
    """

    owners: tuple[JobOwner | None, ...] = ()


_here = _Here()


def inside_job_of(scheduler: object) -> bool:
    """
    Tell whether the calling thread is running a job of this scheduler.
    """
    return any(owner is scheduler for owner in _here.owners)


def inside_job_on(clock: Clock) -> bool:
    """
    Tell whether the calling thread is running a job of a scheduler with this clock.
    """
    return any(owner is not None and owner.clock is clock for owner in _here.owners)


def run_job(
    job: Job, jobstore_alias: str | None, run_times: list[datetime], logger_name: str
) -> list[JobExecutionEvent]:
    """
    Run a job; for executors, which dispatch the events that this returns.

    Args:
        job: The job to run.
        jobstore_alias: Alias of its job store, for the events.
        run_times: The run times, earliest first.
        logger_name: Name of the executor's logger.
    """
    owner = job.scheduler
    clock = SystemClock() if owner is None else owner.clock
    return run(job, jobstore_alias, run_times, logging.getLogger(logger_name), clock, None)


def run(
    job: Job,
    jobstore_alias: str | None,
    run_times: list[datetime],
    logger: logging.Logger,
    clock: Clock,
    listeners: ListenerTable | None,
) -> list[JobExecutionEvent]:
    """
    Run a job once for each of its run times that is not missed.

    Args:
        job: The job to run.
        jobstore_alias: Alias of its job store, for the events.
        run_times: The run times, earliest first.
        logger: Logger of the executor.
        clock: By which lateness is judged, when the run would begin.
        listeners: Who listens when an event would be made; one that nobody listens to is not made.
            None to make all.
    """
    events: list[JobExecutionEvent] = []
    grace = job.misfire_grace_time
    talkative = logger.isEnabledFor(logging.INFO)
    outside = _here.owners
    _here.owners = (*outside, job.scheduler)
    try:
        for run_time in run_times:
            if grace is not None:
                late = clock.now() - run_time
                if late.total_seconds() > grace:
                    logger.warning('Run time of job "%s" was missed by %s', job, late)
                    if listeners is None or listeners.mask & EVENT_JOB_MISSED:
                        events.append(
                            JobExecutionEvent(EVENT_JOB_MISSED, job.id, jobstore_alias, run_time)
                        )
                    continue
            if talkative:
                logger.info('Running job "%s" (scheduled at %s)', job, run_time)
            func, args, kwargs = job.call
            try:
                result = func(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - MISF-10: a worker survives any job
                events.append(_error_event(job, jobstore_alias, run_time, error, logger))
            else:
                if listeners is None or listeners.mask & EVENT_JOB_EXECUTED:
                    events.append(
                        JobExecutionEvent(
                            EVENT_JOB_EXECUTED, job.id, jobstore_alias, run_time, retval=result
                        )
                    )
                result = None  # the next run may take long; let go of this one's result
                if talkative:
                    logger.info('Job "%s" executed successfully', job)
    finally:
        _here.owners = outside
    return events


def _error_event(
    job: Job,
    jobstore_alias: str | None,
    run_time: datetime,
    error: BaseException,
    logger: logging.Logger,
) -> JobExecutionEvent:
    logger.error('Job "%s" raised an exception', job, exc_info=error)
    # Leave our own frame out: it would refer to the event, and the event to it (a cycle), and
    # empty those of the job, so that its local objects die now and not at some collection.
    error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
    text = "".join(traceback.format_tb(error.__traceback__))
    traceback.clear_frames(error.__traceback__)
    return JobExecutionEvent(
        EVENT_JOB_ERROR,
        job.id,
        jobstore_alias,
        run_time,
        exception=error,
        traceback=text,
    )


def failed_runs(
    job: Job, jobstore_alias: str | None, run_times: list[datetime], error: BaseException
) -> list[JobExecutionEvent]:
    """
    Tell of runs that were lost on the way to the job or back.

    Args:
        job: The job that was to run.
        jobstore_alias: Alias of its job store.
        run_times: The run times that were lost.
        error: What happened.
    """
    text = "".join(traceback.format_tb(error.__traceback__))
    return [
        JobExecutionEvent(
            EVENT_JOB_ERROR, job.id, jobstore_alias, run_time, exception=error, traceback=text
        )
        for run_time in run_times
    ]
