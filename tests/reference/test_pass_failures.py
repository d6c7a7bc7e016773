"""
A scheduling pass outlives whatever its triggers, stores, executors and listeners do.
"""

from __future__ import annotations

import logging
from asyncio import CancelledError
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.events import (
    EVENT_JOB_ADDED,
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MODIFIED,
    EVENT_JOB_REMOVED,
    EVENT_JOB_SUBMITTED,
    JobExecutionEvent,
)
from bgsched.executors.base import BaseExecutor
from bgsched.executors.debug import DebugExecutor
from bgsched.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Recorder, SchedulerFactory, StandingClock

    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)


def nothing() -> None:
    """
    Do nothing.
    """


class RaisingTrigger(BaseTrigger):
    """
    A trigger that raises when asked for the second time.
    """

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """
        Return now, or raise.
        """
        if previous_fire_time is None:
            return now
        raise self.error


class StuckTrigger(BaseTrigger):
    """
    A trigger that always gives the same moment.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """
        Return the same moment.
        """
        return previous_fire_time or now


class TalkingTrigger(BaseTrigger):
    """
    A trigger that gives mere words when asked for the second time.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> Any:
        """
        Return now, or words.
        """
        return now if previous_fire_time is None else "soon"


@pytest.mark.parametrize(
    "trigger",
    [
        RaisingTrigger(ValueError("no idea")),
        RaisingTrigger(SystemExit("no more")),
        RaisingTrigger(KeyboardInterrupt()),
        RaisingTrigger(CancelledError()),
        StuckTrigger(),
        TalkingTrigger(),
    ],
)
def test_a_failing_trigger_pauses_its_job(
    make_scheduler: SchedulerFactory, record: Record, trigger: BaseTrigger
) -> None:
    """
    What was due is run, the job is paused, and other jobs go on (THREAD-7).
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    scheduler.start()

    job = scheduler.add_job(nothing, trigger, id="bad")
    recorder.wait_for(EVENT_JOB_MODIFIED, "bad")
    recorder.after_pass(scheduler)

    assert job.next_run_time is None
    assert 1 == recorder.of("bad").count(EVENT_JOB_SUBMITTED)


class NaiveTrigger(BaseTrigger):
    """
    A trigger that knows no time zone.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """
        Return now at first, later a naive moment.
        """
        return now if previous_fire_time is None else datetime(2040, 1, 1)  # noqa: DTZ001


def test_a_naive_run_time_is_in_the_zone_of_the_scheduler(
    make_scheduler: SchedulerFactory, record: Record
) -> None:
    """
    No run time without a zone gets into a job store, where it could not be compared (TZ-1, TZ-2).
    """
    scheduler = make_scheduler(timezone="Asia/Tokyo")
    recorder = record(scheduler)
    scheduler.start()

    job = scheduler.add_job(nothing, NaiveTrigger())
    recorder.wait_for(EVENT_JOB_EXECUTED)
    recorder.after_pass(scheduler)

    assert datetime(2039, 12, 31, 15, tzinfo=UTC) == job.next_run_time


class RefusingExecutor(BaseExecutor):
    """
    An executor that takes no job.
    """

    def _do_submit_job(self, *_: object) -> None:
        raise OSError("not today")


def test_a_failing_executor_stops_nobody_else(
    make_scheduler: SchedulerFactory, record: Record
) -> None:
    """
    The run is lost, logged and announced; other jobs go on.
    """
    refusing = RefusingExecutor()
    scheduler = make_scheduler(executors={"refusing": refusing})
    recorder = record(scheduler)
    scheduler.start()

    scheduler.add_job(nothing, id="x", executor="refusing")
    recorder.wait_for(EVENT_JOB_REMOVED, "x")
    recorder.after_pass(scheduler)

    assert [EVENT_JOB_ADDED, EVENT_JOB_ERROR, EVENT_JOB_REMOVED] == recorder.of("x")
    event = next(
        event
        for event in recorder.seen
        if isinstance(event, JobExecutionEvent) and event.job_id == "x"
    )
    assert "OSError('not today')" == repr(event.exception)
    assert "_do_submit_job" in str(event.traceback)


def test_a_missing_executor_costs_the_run_only(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record
) -> None:
    """
    A job whose executor is not there fails, and runs once the executor is added.
    """
    scheduler = make_scheduler(clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_job(nothing, "interval", seconds=10, id="x", executor="later")
    clock.advance(seconds=10)
    recorder.after_pass(scheduler)
    before = recorder.of("x")

    scheduler.add_executor(DebugExecutor(), "later")
    clock.advance(seconds=10)

    assert [EVENT_JOB_ADDED, EVENT_JOB_ERROR] == before
    event = recorder.wait_for(EVENT_JOB_EXECUTED, "x")
    assert T0 + timedelta(seconds=20) == event.scheduled_run_time


def test_a_raising_listener_stops_nobody_else(
    make_scheduler: SchedulerFactory, record: Record
) -> None:
    """
    Not even a listener that raises SystemExit keeps events from others (EVT-4).
    """
    scheduler = make_scheduler()

    def raising(_: object) -> None:
        raise SystemExit

    scheduler.add_listener(raising)
    recorder = record(scheduler)
    scheduler.start()

    for name in ("one", "two"):
        scheduler.add_job(nothing, id=name)
        assert name == recorder.wait_for(EVENT_JOB_EXECUTED).job_id


class FailingHandler(logging.Handler):
    """
    A log handler that raises.
    """

    def emit(self, _: logging.LogRecord) -> None:
        """
        Raise.
        """
        raise OSError("disk full")


@pytest.mark.parametrize("kind", ["threadpool", "debug", "processpool"])
def test_a_raising_log_handler_stops_nobody(
    make_scheduler: SchedulerFactory, record: Record, kind: str
) -> None:
    """
    Neither the scheduling thread nor a worker ends of it, and every run has its end (THREAD-7).
    """
    loggers = [logging.getLogger("tests.mine"), logging.getLogger("apscheduler.executors.default")]
    scheduler = make_scheduler(executors={"default": {"type": kind}}, logger=loggers[0])
    recorder = record(scheduler, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
    handler = FailingHandler()

    def raising(_: object) -> None:
        raise ValueError("and nobody hears of it")

    scheduler.start()
    scheduler.add_listener(raising, EVENT_JOB_ADDED | EVENT_JOB_SUBMITTED)
    for logger in loggers:
        logger.addHandler(handler)
    try:
        for name, executor, divisor in (
            ("fails", "default", 0),
            ("nowhere", "nowhere", 1),
            ("works", "default", 1),
        ):
            args = [1, divisor]
            scheduler.add_job(divmod, id=name, args=args, executor=executor)
            assert name == recorder.take().job_id
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
