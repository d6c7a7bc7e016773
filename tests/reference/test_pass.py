"""
What a scheduling pass does to jobs, stores, executors and listeners; and what they can do to it.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.events import (
    EVENT_JOB_ADDED,
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    EVENT_JOB_REMOVED,
    EVENT_JOB_SUBMITTED,
)
from bgsched.executors.base import BaseExecutor, run_job
from bgsched.executors.debug import DebugExecutor
from bgsched.executors.pool import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Gate, Recorder, SchedulerFactory, StandingClock

    from bgsched.job import Job

    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)


def nothing() -> None:
    """
    Do nothing.
    """


@pytest.mark.parametrize(
    ("coalesce", "grace", "ran", "missed"),
    [
        (True, None, [30], []),
        (False, None, [0, 10, 20, 30], []),
        (False, 1, [30], [0, 10, 20]),
        (True, 1, [30], []),
    ],
)
def test_a_backlog(
    make_scheduler: SchedulerFactory,
    clock: StandingClock,
    record: Record,
    coalesce: bool,
    grace: int | None,
    ran: list[int],
    missed: list[int],
) -> None:
    """
    Each of four late run times is run, missed or coalesced; the next is at 40 seconds (MISF-4).
    """
    scheduler = make_scheduler(clock=clock)
    recorder = record(scheduler)
    scheduler.start(paused=True)
    job = scheduler.add_job(
        nothing,
        "interval",
        seconds=10,
        start_date=T0,
        id="x",
        coalesce=coalesce,
        misfire_grace_time=grace,
    )
    clock.advance(seconds=30)

    scheduler.resume()

    for code, seconds in ((EVENT_JOB_MISSED, missed), (EVENT_JOB_EXECUTED, ran)):
        for each in seconds:
            event = recorder.wait_for(code, "x")
            assert T0 + timedelta(seconds=each) == event.scheduled_run_time
    recorder.after_pass(scheduler)
    assert T0 + timedelta(seconds=40) == job.next_run_time
    assert 1 == recorder.of("x").count(EVENT_JOB_SUBMITTED)


def test_max_instances(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record, gate: Gate
) -> None:
    """
    A run beyond the limit is announced and left out, and the schedule goes on (MISF-8).
    """
    scheduler = make_scheduler(clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_job(gate, "interval", seconds=10, id="x", max_instances=2)

    for _ in range(2):
        clock.advance(seconds=10)
        gate.wait_entered()
    clock.advance(seconds=10)
    skipped = recorder.wait_for(EVENT_JOB_MAX_INSTANCES, "x")
    gate.open()
    for _ in range(2):
        recorder.wait_for(EVENT_JOB_EXECUTED, "x")
    clock.advance(seconds=10)

    assert [T0 + timedelta(seconds=30)] == skipped.scheduled_run_times
    event = recorder.wait_for(EVENT_JOB_EXECUTED, "x")
    assert T0 + timedelta(seconds=40) == event.scheduled_run_time


def test_events_of_a_one_shot_job_come_in_causal_order(
    make_scheduler: SchedulerFactory, record: Record
) -> None:
    """
    ADDED comes before SUBMITTED, and that before REMOVED.
    """
    scheduler = make_scheduler()
    codes = EVENT_JOB_ADDED | EVENT_JOB_SUBMITTED | EVENT_JOB_REMOVED
    recorder = record(scheduler, codes)
    scheduler.add_job(nothing, id="x")

    scheduler.start()

    recorder.wait_for(EVENT_JOB_REMOVED)
    assert [EVENT_JOB_ADDED, EVENT_JOB_SUBMITTED, EVENT_JOB_REMOVED] == recorder.codes


def test_no_listener_is_called_with_the_lock_held(make_scheduler: SchedulerFactory) -> None:
    """
    During every event of a whole life, another thread can use the scheduler.
    """
    scheduler = make_scheduler(executors={"default": DebugExecutor()})
    free: list[bool] = []
    done = threading.Event()

    def listener(event: Any) -> None:
        asker = threading.Thread(target=scheduler.get_jobs, daemon=True)
        asker.start()
        asker.join(20)
        free.append(not asker.is_alive())
        if event.code == EVENT_JOB_REMOVED:
            done.set()

    scheduler.add_listener(listener)
    scheduler.add_job(nothing, "interval", hours=1, id="kept")
    scheduler.start()
    scheduler.pause_job("kept")
    scheduler.resume_job("kept")
    scheduler.reschedule_job("kept", trigger="interval", hours=2)
    scheduler.add_jobstore("memory", "second")
    scheduler.add_job(nothing)
    assert done.wait(20)
    scheduler.pause()
    scheduler.resume()
    scheduler.remove_all_jobs()
    scheduler.shutdown()

    assert all(free)
    assert 15 == len(free)


class InlineExecutor(BaseExecutor):
    """
    An executor as others write them: it runs jobs on the spot.
    """

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        events = run_job(job, job.jobstore, run_times, self._logger.name)
        self._run_job_success(job.id, events)


@pytest.mark.parametrize("executor", [InlineExecutor, DebugExecutor, ThreadPoolExecutor])
def test_a_job_that_removes_itself_and_the_next(
    make_scheduler: SchedulerFactory, record: Record, executor: type[BaseExecutor]
) -> None:
    """
    A job may remove itself in the middle of a pass (JOB-22); inline, what follows obeys at once.
    """
    scheduler = make_scheduler(executors={"default": executor()})
    recorder = record(scheduler)
    scheduler.start(paused=True)

    def body() -> None:
        scheduler.remove_job("self")
        scheduler.pause_job("victim")

    common: dict[str, Any] = {"hours": 1, "misfire_grace_time": None, "trigger": "interval"}
    scheduler.add_job(body, id="self", next_run_time=datetime(2020, 1, 1), **common)  # noqa: DTZ001
    scheduler.add_job(nothing, id="victim", next_run_time=datetime(2020, 1, 2), **common)  # noqa: DTZ001

    scheduler.resume()

    recorder.wait_for(EVENT_JOB_EXECUTED, "self")
    recorder.after_pass(scheduler)
    if executor is not ThreadPoolExecutor:
        assert EVENT_JOB_SUBMITTED not in recorder.of("victim")
    assert ["victim"] == [job.id for job in scheduler.get_jobs()]


def test_a_thousand_jobs_from_eight_threads_run_exactly_once(
    make_scheduler: SchedulerFactory,
) -> None:
    """
    None is lost and none is doubled.
    """
    scheduler = make_scheduler()
    ran: list[int] = []
    all_in = threading.Barrier(9)
    done = threading.Event()

    def body(number: int) -> None:
        ran.append(number)
        if len(ran) >= 1000:
            done.set()

    def add(first: int) -> None:
        all_in.wait()
        for number in range(first, first + 125):
            scheduler.add_job(body, args=[number])

    threads = [threading.Thread(target=add, args=[125 * n]) for n in range(8)]
    for thread in threads:
        thread.start()
    all_in.wait()
    scheduler.start()
    for thread in threads:
        thread.join()

    assert done.wait(20)
    scheduler.shutdown()
    assert list(range(1000)) == sorted(ran)


def test_more_jobs_than_a_batch(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record
) -> None:
    """
    A thousand jobs that fall due together are each handed over once, earliest first.
    """
    scheduler = make_scheduler(clock=clock)
    recorder = record(scheduler, EVENT_JOB_SUBMITTED)
    scheduler.start(paused=True)
    for number in range(1000):
        scheduler.add_job(
            nothing, "date", run_date=T0 + timedelta(seconds=number), id=f"{number:04}"
        )
    scheduler.add_job(nothing, "date", run_date=T0 + timedelta(seconds=1000), id="last")
    clock.advance(seconds=1000)

    scheduler.resume()

    recorder.wait_for(EVENT_JOB_SUBMITTED, "last")
    names = [event.job_id for event in recorder.seen]  # type: ignore[attr-defined]
    assert [f"{number:04}" for number in range(1000)] == names[:-1]


class Meddler(ThreadPoolExecutor):
    """
    A thread pool that does something else first when it gets its first job.
    """

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__()
        self.meddle: Callable[[], object] | None = meddle

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        """
        Meddle once.
        """
        if self.meddle is not None:
            self.meddle()
            self.meddle = None
        super().submit_job(job, run_times)


def test_what_changes_between_two_batches_is_obeyed(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record
) -> None:
    """
    Jobs that were due with others, but were removed, paused or moved meanwhile, are not run.
    """

    def meddle() -> None:
        scheduler.remove_job("0990")
        scheduler.pause_job("0991")
        scheduler.modify_job("0992", next_run_time=T0 + timedelta(days=1))
        scheduler.add_job(nothing, "date", run_date=late, id="0993", replace_existing=True)

    late = T0 + timedelta(days=2)
    scheduler = make_scheduler(clock=clock, executors={"default": Meddler(meddle)})
    recorder = record(scheduler, EVENT_JOB_SUBMITTED | EVENT_JOB_REMOVED)
    scheduler.start(paused=True)
    for number in range(1000):
        run_date = T0 + timedelta(seconds=number)
        scheduler.add_job(nothing, "date", run_date=run_date, id=f"{number:04}")
    clock.advance(seconds=1000)

    scheduler.resume()

    recorder.after_pass(scheduler)
    kept = {"0991", "0992", "0993"}
    assert kept == {job.id for job in scheduler.get_jobs()}
    assert [] == [each for each in (*kept, "0990") if EVENT_JOB_SUBMITTED in recorder.of(each)]
    assert [EVENT_JOB_SUBMITTED, EVENT_JOB_REMOVED] == recorder.of("0999")


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_whatever_a_job_raises_is_announced(
    make_scheduler: SchedulerFactory, record: Record, error: type[BaseException]
) -> None:
    """
    The error event carries the exception and a traceback of the job alone (MISF-10).
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)

    def body() -> None:
        raise error("on purpose")

    scheduler.add_job(body)
    scheduler.start()

    event = recorder.wait_for(EVENT_JOB_ERROR)
    assert error is type(event.exception)
    assert 1 == event.traceback.count("File ")
    assert "in body" in event.traceback


def test_far_away_run_times(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    A job in the year 9999 does not keep others from running (MISF-13).
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    scheduler.start()

    scheduler.add_job(nothing, "date", run_date=datetime(9999, 12, 31, tzinfo=UTC))
    recorder.after_pass(scheduler)

    assert 1 == len(scheduler.get_jobs())
