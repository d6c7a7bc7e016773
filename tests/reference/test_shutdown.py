"""
Shutting down, from wherever it is asked for.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kept_store import KeptStore

from bgsched.errors import ShutdownInsideJobError
from bgsched.events import (
    EVENT_JOB_ADDED,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_REMOVED,
    EVENT_JOB_SUBMITTED,
    EVENT_SCHEDULER_SHUTDOWN,
    EVENT_SCHEDULER_STARTED,
)
from bgsched.executors.debug import DebugExecutor
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.schedulers import SchedulerAlreadyRunningError, SchedulerNotRunningError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.reference.conftest import (
        Background,
        Gate,
        Recorder,
        SchedulerFactory,
        StandingClock,
    )

    from bgsched import BackgroundScheduler
    from bgsched.executors.base import BaseExecutor

    Record = Callable[[BackgroundScheduler], Recorder]

PATIENCE = 20


def nothing() -> None:
    """
    Do nothing.
    """


@pytest.fixture
def thread_errors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """
    What threads died of.
    """
    errors: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", errors.append)
    yield errors
    assert [] == errors


def test_shutdown_waits_while_the_job_calls_back(
    make_scheduler: SchedulerFactory, in_background: type[Background], gate: Gate
) -> None:
    """
    A job may use every method of the scheduler while shutdown waits for that job (V1).
    """
    scheduler = make_scheduler()
    seen: list[Any] = []

    def body() -> None:
        gate()
        seen.append(scheduler.running)
        seen.append(scheduler.get_jobs())
        seen.append(scheduler.add_job(nothing, id="for the next life").pending)
        seen.append(scheduler.get_job("nobody"))
        scheduler.remove_all_jobs("default")

    scheduler.add_job(body)
    scheduler.start()
    gate.wait_entered()
    shutdown = in_background(scheduler.shutdown)
    while scheduler.running:
        assert shutdown.busy
    gate.open()

    assert shutdown.wait() is None
    assert [False, [], True, None] == seen


def test_shutdown_waits_for_all_executors(
    make_scheduler: SchedulerFactory,
    in_background: type[Background],
    gates: Callable[[], Gate],
) -> None:
    """
    With wait, shutdown returns after the last of several jobs on several executors (SHUT-5).
    """
    scheduler = make_scheduler(executors={"default": {"type": "threadpool"}, "b": DebugPool()})
    held = [gates() for _ in range(3)]
    for each, executor in zip(held, ["default", "default", "b"], strict=True):
        scheduler.add_job(each, executor=executor)
    scheduler.start()
    for each in held:
        each.wait_entered()

    shutdown = in_background(scheduler.shutdown)
    for each in held[:2]:
        each.open()
        assert each.finished.wait(PATIENCE)
    waiting = shutdown.busy
    held[2].open()

    assert waiting
    assert shutdown.wait() is None
    assert held[2].finished.is_set()


class DebugPool(ThreadPoolExecutor):
    """
    A pool of one.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=1)


def test_shutdown_without_waiting(
    make_scheduler: SchedulerFactory, gate: Gate, record: Record
) -> None:
    """
    Without wait, shutdown returns during a run, which still ends and is announced (SHUT-7).
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    scheduler.add_job(gate, id="x")
    scheduler.start()
    gate.wait_entered()

    scheduler.shutdown(wait=False)
    early = gate.finished.is_set()
    gate.open()

    assert not early
    assert "x" == recorder.wait_for(EVENT_JOB_EXECUTED).job_id


def test_a_second_shutdown_during_the_first(
    make_scheduler: SchedulerFactory, in_background: type[Background], gate: Gate, record: Record
) -> None:
    """
    Exactly one of two shutdowns succeeds, and it is announced once.
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    scheduler.add_job(gate)
    scheduler.start()
    gate.wait_entered()
    first = in_background(scheduler.shutdown)
    while scheduler.running:
        assert first.busy

    with pytest.raises(SchedulerNotRunningError):
        scheduler.shutdown()
    with pytest.raises(SchedulerAlreadyRunningError, match="still shutting down"):
        scheduler.start()
    gate.open()

    assert first.wait() is None
    assert 1 == recorder.codes.count(EVENT_SCHEDULER_SHUTDOWN)


def test_events_of_awaited_jobs_come_before_the_shutdown_event(
    make_scheduler: SchedulerFactory, in_background: type[Background], gate: Gate, record: Record
) -> None:
    """
    EXECUTED of an awaited job precedes SHUTDOWN (SHUT-12).
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    scheduler.add_job(gate)
    scheduler.start()
    gate.wait_entered()
    shutdown = in_background(scheduler.shutdown)
    gate.open()
    shutdown.wait()

    codes = recorder.codes  # the job's REMOVED may come before EXECUTED or after it
    assert EVENT_JOB_EXECUTED in codes
    assert [EVENT_SCHEDULER_SHUTDOWN] == codes[-1:]


@pytest.mark.parametrize("executor", [ThreadPoolExecutor, DebugExecutor])
@pytest.mark.parametrize("wait", [True, False])
def test_shutdown_from_inside_a_job(
    make_scheduler: SchedulerFactory,
    record: Record,
    executor: type[BaseExecutor],
    wait: bool,
) -> None:
    """
    A job can shut its scheduler down; only its wish to wait for itself is refused (V8).
    """
    scheduler = make_scheduler(executors={"default": executor()})
    recorder = record(scheduler)
    outcome: list[type[BaseException] | None] = []

    def body() -> None:
        try:
            scheduler.shutdown(wait=wait)
        except ShutdownInsideJobError as error:
            outcome.append(type(error))
        else:
            outcome.append(None)

    scheduler.add_job(body, id="x")
    scheduler.start()

    recorder.wait_for(EVENT_SCHEDULER_SHUTDOWN)
    recorder.wait_for(EVENT_JOB_EXECUTED, "x")
    assert [ShutdownInsideJobError if wait else None] == outcome
    assert not scheduler.running
    scheduler.start()
    scheduler.shutdown()


def test_a_job_that_shuts_down_waits_for_no_other(
    make_scheduler: SchedulerFactory, gate: Gate
) -> None:
    """
    The refused wish to wait is refused as a whole: other runs in progress are not waited for.
    """
    scheduler = make_scheduler()
    returned = threading.Event()

    def body() -> None:
        gate.wait_entered()
        with pytest.raises(ShutdownInsideJobError, match="wait=False"):
            scheduler.shutdown(wait=True)
        returned.set()

    scheduler.add_job(gate)
    scheduler.add_job(body)
    scheduler.start()

    assert returned.wait(PATIENCE)
    assert not gate.finished.is_set()


def test_an_inline_job_that_shuts_down_is_the_last_to_run(
    make_scheduler: SchedulerFactory, record: Record
) -> None:
    """
    What is due after it stays in the store, to be run in the next life (SHUT-22).
    """
    store = KeptStore()
    scheduler = make_scheduler(executors={"default": DebugExecutor()}, jobstores={"default": store})
    recorder = record(scheduler)
    scheduler.start(paused=True)
    scheduler.add_job(scheduler.shutdown, kwargs={"wait": False}, id="1")
    scheduler.add_job(nothing, id="2")

    scheduler.resume()

    recorder.wait_for(EVENT_JOB_REMOVED, "1")
    assert [EVENT_JOB_ADDED] == recorder.of("2")
    assert store.lookup_job("2") is not None


@pytest.mark.parametrize(
    "code",
    [EVENT_SCHEDULER_STARTED, EVENT_JOB_ADDED, EVENT_JOB_SUBMITTED, EVENT_JOB_EXECUTED],
)
@pytest.mark.parametrize("wait", [True, False])
def test_shutdown_from_a_listener(
    make_scheduler: SchedulerFactory, record: Record, code: int, wait: bool
) -> None:
    """
    A listener can shut the scheduler down, in whichever thread it is called (V9, SHUT-16).
    """
    scheduler = make_scheduler()
    errors: list[BaseException] = []

    def listener(_: object) -> None:
        try:
            scheduler.shutdown(wait=wait)
        except BaseException as error:  # noqa: BLE001 - whatever it is
            errors.append(error)

    scheduler.add_listener(listener, code)
    recorder = record(scheduler)
    scheduler.add_job(nothing)
    scheduler.start()

    recorder.wait_for(EVENT_SCHEDULER_SHUTDOWN)
    assert [] == errors
    assert not scheduler.running


def test_shutdown_while_the_start_is_announced(
    make_scheduler: SchedulerFactory, in_background: type[Background], gate: Gate
) -> None:
    """
    Another thread may shut down as soon as it sees the scheduler run (V9).
    """
    scheduler = make_scheduler()
    scheduler.add_listener(lambda _: gate(), EVENT_SCHEDULER_STARTED)
    start = in_background(scheduler.start)
    gate.wait_entered()
    running = scheduler.running

    scheduler.shutdown()
    gate.open()

    assert running
    assert start.wait() is None
    assert not scheduler.running


@pytest.mark.parametrize("paused", [True, False])
def test_shutdown_consumes_nothing(
    make_scheduler: SchedulerFactory, clock: StandingClock, paused: bool, record: Record
) -> None:
    """
    Jobs that are due when a paused scheduler, or a pausing one, is shut down stay as they are (V4).
    """
    store = KeptStore()
    scheduler = make_scheduler(clock=clock, jobstores={"default": store})
    recorder = record(scheduler)
    scheduler.start(paused=paused)
    scheduler.add_job(nothing, "interval", hours=1, id="every")
    scheduler.add_job(nothing, "date", run_date=clock.now() + timedelta(minutes=5), id="once")
    due = {job.id: job.next_run_time for job in scheduler.get_jobs()}
    scheduler.pause()
    clock.advance(hours=3)

    scheduler.wakeup()
    scheduler.shutdown()

    assert due == {job.id: job.next_run_time for job in store.get_all_jobs()}
    assert EVENT_JOB_SUBMITTED not in recorder.codes


def test_a_job_due_while_shutdown_waits_is_kept(
    make_scheduler: SchedulerFactory,
    in_background: type[Background],
    clock: StandingClock,
    gate: Gate,
) -> None:
    """
    What falls due during the wait is neither run nor used up (V5).
    """
    store = KeptStore()
    scheduler = make_scheduler(clock=clock, jobstores={"default": store})
    scheduler.add_job(gate)
    job = scheduler.add_job(nothing, "interval", minutes=1)
    scheduler.start()
    gate.wait_entered()
    due = job.next_run_time
    shutdown = in_background(scheduler.shutdown)
    while scheduler.running:
        assert shutdown.busy

    clock.advance(hours=1)
    scheduler.wakeup()
    gate.open()
    shutdown.wait()

    assert due == job.next_run_time


def test_shutdown_right_after_a_one_shot_job_has_begun(
    make_scheduler: SchedulerFactory, thread_errors: list[Any], record: Record
) -> None:
    """
    A hundred times: no thread dies, each job is announced in full and leaves the store (V6, V7).
    """
    for _ in range(100):
        store = KeptStore()
        scheduler = make_scheduler(jobstores={"default": store})
        recorder = record(scheduler)
        begun = threading.Event()
        scheduler.add_job(begun.set, id="x")
        scheduler.start()
        assert begun.wait(PATIENCE)

        scheduler.shutdown()

        expected = {EVENT_JOB_ADDED, EVENT_JOB_SUBMITTED, EVENT_JOB_EXECUTED, EVENT_JOB_REMOVED}
        assert expected == set(recorder.of("x"))
        assert [] == store.get_all_jobs()
    assert [] == thread_errors
