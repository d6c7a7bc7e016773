"""
Starting, shutting down and starting again, from wherever it is asked for.
"""

from __future__ import annotations

import gc
import pickle
import sys
import threading
import weakref
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from bgsched import BackgroundScheduler
from bgsched.errors import ShutdownInsideJobError, UnknownAliasError
from bgsched.events import (
    EVENT_JOB_ADDED,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    EVENT_JOB_REMOVED,
    EVENT_JOB_SUBMITTED,
    EVENT_SCHEDULER_SHUTDOWN,
    EVENT_SCHEDULER_STARTED,
)
from bgsched.executors.base import BaseExecutor
from bgsched.executors.debug import DebugExecutor
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.schedulers import SchedulerAlreadyRunningError, SchedulerNotRunningError
from bgsched.schedulers.base import STATE_PAUSED, STATE_RUNNING, STATE_STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.reference.conftest import (
        Background,
        Gate,
        Recorder,
        SchedulerFactory,
        StandingClock,
    )

    Record = Callable[[BackgroundScheduler], Recorder]

PATIENCE = 20


def nothing() -> None:
    """
    Do nothing.
    """


class KeptStore(MemoryJobStore):
    """
    A memory store that outlives its scheduler, as a persistent one does.
    """

    def shutdown(self) -> None:
        """
        Keep all jobs.
        """


class SlowExecutor(ThreadPoolExecutor):
    """
    A pool whose start takes until it is let.
    """

    def __init__(self) -> None:
        super().__init__()
        self.starting = threading.Event()
        self.go_on = threading.Event()

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Tell, and wait.
        """
        self.starting.set()
        assert self.go_on.wait(PATIENCE)
        super().start(scheduler, alias)


@pytest.fixture
def thread_errors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """
    What threads died of.
    """
    errors: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", errors.append)
    yield errors
    assert [] == errors


def test_the_states_of_a_life(make_scheduler: SchedulerFactory) -> None:
    """
    Stopped, paused, running, paused and stopped are told apart, and running covers the middle.
    """
    scheduler = make_scheduler()
    states = [(scheduler.state, scheduler.running)]

    scheduler.start(paused=True)
    states.append((scheduler.state, scheduler.running))
    scheduler.resume()
    states.append((scheduler.state, scheduler.running))
    scheduler.pause()
    states.append((scheduler.state, scheduler.running))
    scheduler.shutdown()
    states.append((scheduler.state, scheduler.running))

    stopped, running, paused = (STATE_STOPPED, False), (STATE_RUNNING, True), (STATE_PAUSED, True)
    assert [stopped, paused, running, paused, stopped] == states


def test_one_thread_that_is_gone_after_shutdown(make_scheduler: SchedulerFactory) -> None:
    """
    A start makes exactly one thread, and none is left when shutdown returns.
    """
    before = set(threading.enumerate())
    scheduler = make_scheduler()

    scheduler.start()
    made = set(threading.enumerate()) - before
    scheduler.shutdown()

    assert [True] == [thread.daemon for thread in made]
    assert before == set(threading.enumerate())


@pytest.mark.parametrize("daemon", [True, False])
def test_the_daemon_option_reaches_the_thread(
    make_scheduler: SchedulerFactory, daemon: bool
) -> None:
    """
    The scheduling thread has the daemon flag it was configured to have.
    """
    before = set(threading.enumerate())

    make_scheduler(daemon=str(daemon)).start(paused=True)

    assert [daemon] == [thread.daemon for thread in set(threading.enumerate()) - before]


def test_wakeup_is_harmless_in_any_state(make_scheduler: SchedulerFactory) -> None:
    """
    wakeup() may be called before start, while paused and after shutdown.
    """
    scheduler = make_scheduler()

    scheduler.wakeup()
    scheduler.start(paused=True)
    scheduler.wakeup()
    scheduler.shutdown()
    scheduler.wakeup()

    assert not scheduler.running


@pytest.mark.parametrize("call", ["shutdown", "pause", "resume"])
def test_what_a_stopped_scheduler_refuses(make_scheduler: SchedulerFactory, call: str) -> None:
    """
    shutdown, pause and resume need a scheduler that runs.
    """
    scheduler = make_scheduler()

    with pytest.raises(SchedulerNotRunningError):
        getattr(scheduler, call)()

    assert not scheduler.running


@pytest.mark.parametrize("paused", [True, False])
def test_a_second_start_is_refused(make_scheduler: SchedulerFactory, paused: bool) -> None:
    """
    A second start changes nothing, not even the state.
    """
    scheduler = make_scheduler()
    scheduler.start(paused=paused)

    with pytest.raises(SchedulerAlreadyRunningError):
        scheduler.start(paused=not paused)

    assert (STATE_PAUSED if paused else STATE_RUNNING) == scheduler.state


@pytest.mark.parametrize("call", ["start", "shutdown"])
def test_unknown_arguments_change_nothing(make_scheduler: SchedulerFactory, call: str) -> None:
    """
    Start and shutdown refuse unknown keywords before they do anything.
    """
    scheduler = make_scheduler()
    if call == "shutdown":
        scheduler.start()

    with pytest.raises(TypeError):
        getattr(scheduler, call)(foo=1)

    assert (call == "shutdown") is scheduler.running


def test_uwsgi_without_threads(
    make_scheduler: SchedulerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Under uWSGI without threads nothing is started; with threads it is.
    """
    uwsgi = ModuleType("uwsgi")
    monkeypatch.setitem(sys.modules, "uwsgi", uwsgi)
    scheduler = make_scheduler()

    uwsgi.has_threads = False  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="enable-threads"):
        scheduler.start()
    refused = scheduler.state
    uwsgi.has_threads = True  # type: ignore[attr-defined]
    scheduler.start()

    assert (STATE_STOPPED, STATE_RUNNING) == (refused, scheduler.state)


def test_of_two_starts_one_succeeds(
    make_scheduler: SchedulerFactory, in_background: type[Background], record: Record
) -> None:
    """
    A start that meets another in progress is refused, and only one thread and event result (V10).
    """
    executor = SlowExecutor()
    scheduler = make_scheduler(executors={"default": executor})
    recorder = record(scheduler)
    first = in_background(scheduler.start)
    assert executor.starting.wait(PATIENCE)

    with pytest.raises(SchedulerAlreadyRunningError):
        scheduler.start()
    executor.go_on.set()

    assert first.wait() is None
    assert 1 == recorder.codes.count(EVENT_SCHEDULER_STARTED)
    assert scheduler.running


def test_a_job_added_during_the_start_is_not_lost(
    make_scheduler: SchedulerFactory, in_background: type[Background], record: Record
) -> None:
    """
    A job added by another thread while executors are being started is scheduled.
    """
    executor = SlowExecutor()
    scheduler = make_scheduler(executors={"default": executor})
    recorder = record(scheduler)
    start = in_background(scheduler.start)
    assert executor.starting.wait(PATIENCE)

    job = scheduler.add_job(nothing, id="late")
    executor.go_on.set()

    assert start.wait() is None
    assert EVENT_JOB_EXECUTED == recorder.wait_for(EVENT_JOB_EXECUTED, "late").code
    assert not job.pending


def test_parts_added_during_the_start_are_started(
    make_scheduler: SchedulerFactory, in_background: type[Background], record: Record
) -> None:
    """
    An executor added while others are being started is started before jobs are run.
    """
    slow = SlowExecutor()
    scheduler = make_scheduler(executors={"default": slow})
    recorder = record(scheduler)
    start = in_background(scheduler.start)
    assert slow.starting.wait(PATIENCE)

    scheduler.add_executor("threadpool", "more")
    scheduler.add_job(nothing, id="x", executor="more")
    slow.go_on.set()

    assert start.wait() is None
    assert EVENT_JOB_EXECUTED == recorder.wait_for(EVENT_JOB_EXECUTED, "x").code


class FailingOnce(ThreadPoolExecutor):
    """
    A pool whose first start fails.
    """

    failed = False

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Fail, but only once.
        """
        if not self.failed:
            self.failed = True
            raise OSError("no resources")
        super().start(scheduler, alias)


def test_a_failed_start_can_be_repeated(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    An executor that cannot start leaves a stopped scheduler, its jobs, and no thread (START-14).
    """
    scheduler = make_scheduler(executors={"default": FailingOnce()})
    recorder = record(scheduler)
    job = scheduler.add_job(nothing, id="x")
    before = set(threading.enumerate())

    with pytest.raises(OSError, match="no resources"):
        scheduler.start()
    after = (scheduler.running, job.pending, set(threading.enumerate()))
    scheduler.start()

    assert (False, True, before) == after
    assert "x" == recorder.wait_for(EVENT_JOB_EXECUTED).job_id
    assert 1 == recorder.codes.count(EVENT_SCHEDULER_STARTED)


def test_a_bad_job_does_not_spoil_the_start_for_ever(make_scheduler: SchedulerFactory) -> None:
    """
    Once the job without a store is removed, the others are scheduled as if nothing was (V12).
    """
    scheduler = make_scheduler()
    scheduler.add_job(nothing, "interval", hours=1, id="good")
    scheduler.add_job(nothing, "interval", hours=1, id="bad", jobstore="nowhere")

    with pytest.raises(UnknownAliasError, match="nowhere"):
        scheduler.start()
    scheduler.remove_job("bad")
    scheduler.start()

    assert ["good"] == [job.id for job in scheduler.get_jobs()]


def test_jobs_that_were_stored_before_the_start_failed_are_taken_back(
    make_scheduler: SchedulerFactory,
) -> None:
    """
    A conflict in a kept store undoes the jobs stored before it, and leaves them as they were.
    """
    store = KeptStore()
    first = make_scheduler(jobstores={"default": store})
    first.add_job(nothing, "interval", hours=1, id="taken")
    first.start(paused=True)
    first.shutdown()
    second = make_scheduler(jobstores={"default": store})
    job = second.add_job(nothing, "interval", hours=1, id="new")
    second.add_job(nothing, "interval", hours=2, id="taken")

    with pytest.raises(KeyError, match="taken"):
        second.start()
    undone = (job.pending, hasattr(job, "next_run_time"), store.lookup_job("new"))
    second.remove_job("taken")
    second.start(paused=True)

    assert (True, False, None) == undone
    assert {"new", "taken"} == {job.id for job in second.get_jobs()}


def test_no_thread_to_be_had(
    make_scheduler: SchedulerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    If the scheduling thread cannot be made, the start fails and may be repeated.
    """
    scheduler = make_scheduler()
    job = scheduler.add_job(nothing, "interval", hours=1)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            scheduler.start()
    failed = (scheduler.running, job.pending)
    scheduler.start()

    assert (False, True) == failed
    assert [job] == scheduler.get_jobs()


def test_first_run_times_count_from_the_start(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record
) -> None:
    """
    Jobs added an hour before the start begin to count at the start (V11).
    """
    scheduler = make_scheduler(clock=clock)
    recorder = record(scheduler)
    interval = scheduler.add_job(nothing, "interval", minutes=10)
    scheduler.add_job(nothing, id="at once")
    clock.advance(hours=1)

    scheduler.start()

    assert datetime(2030, 1, 1, 1, 10, tzinfo=UTC) == interval.next_run_time
    assert EVENT_JOB_EXECUTED == recorder.wait_for(EVENT_JOB_EXECUTED, "at once").code
    assert EVENT_JOB_MISSED not in recorder.codes


def test_an_overdue_date_is_missed_and_removed(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record
) -> None:
    """
    A run date beyond its grace time at the start is announced as missed (START-16).
    """
    scheduler = make_scheduler(clock=clock)
    recorder = record(scheduler)
    date = clock.now() - timedelta(hours=1)
    scheduler.add_job(nothing, "date", run_date=date, id="old", misfire_grace_time=60)

    scheduler.start()

    assert date == recorder.wait_for(EVENT_JOB_MISSED, "old").scheduled_run_time
    assert scheduler.get_job("old") is None


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
    with pytest.raises(SchedulerAlreadyRunningError):
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

    assert [EVENT_JOB_EXECUTED, EVENT_SCHEDULER_SHUTDOWN] == recorder.codes[-2:]


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
    scheduler.add_job(nothing, id="2", misfire_grace_time=None)

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


def test_a_restart_runs_jobs(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    Default executor and store serve again after a restart; listeners are still there (V3).
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_job(nothing, "interval", hours=1)
    scheduler.shutdown()
    left = scheduler.get_jobs()
    job = scheduler.add_job(nothing, id="second life")
    pending = job.pending

    scheduler.start()

    assert ([], True) == (left, pending)
    assert "second life" == recorder.wait_for(EVENT_JOB_EXECUTED).job_id
    assert 2 == recorder.codes.count(EVENT_SCHEDULER_STARTED)


def test_a_kept_store_serves_the_next_scheduler(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record
) -> None:
    """
    Jobs of a store that keeps them belong to, and are run by, the next scheduler.
    """
    store = KeptStore()
    first = make_scheduler(clock=clock, jobstores={"default": store})
    first.start(paused=True)
    job = first.add_job(nothing, "interval", minutes=1, id="x", misfire_grace_time=None)
    first.shutdown()
    clock.advance(hours=1)
    second = make_scheduler(clock=clock, jobstores={"default": store})
    recorder = record(second)

    second.start()

    times = recorder.wait_for(EVENT_JOB_SUBMITTED, "x").scheduled_run_times
    assert [datetime(2030, 1, 1, 1, 0, tzinfo=UTC)] == times
    assert second is job.scheduler


class BadAtShutdown(ThreadPoolExecutor):
    """
    A pool that fails after it has been shut down.
    """

    def shutdown(self, wait: bool = True) -> None:
        """
        Shut down, and fail.
        """
        super().shutdown(wait)
        raise OSError("cannot close")


def test_a_part_that_fails_at_shutdown(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    Everything else is shut down all the same, and then the error is raised (SHUT-23).
    """
    store = MemoryJobStore()
    scheduler = make_scheduler(executors={"default": BadAtShutdown()}, jobstores={"default": store})
    recorder = record(scheduler)
    before = set(threading.enumerate())
    scheduler.start()
    scheduler.add_job(nothing, "interval", hours=1)

    with pytest.raises(OSError, match="cannot close"):
        scheduler.shutdown()

    assert not scheduler.running
    assert [] == store.get_all_jobs()
    assert EVENT_SCHEDULER_SHUTDOWN in recorder.codes
    assert before == set(threading.enumerate())


def test_pause_holds_back_and_resume_lets_go(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record, gate: Gate
) -> None:
    """
    A pause leaves runs in progress alone and starts none, wakeup() or not.
    """
    scheduler = make_scheduler(clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_job(gate, id="running")
    gate.wait_entered()
    scheduler.pause()
    scheduler.add_job(nothing, id="held", misfire_grace_time=None)
    scheduler.wakeup()
    gate.open()
    recorder.wait_for(EVENT_JOB_EXECUTED, "running")
    held = recorder.of("held")

    scheduler.resume()

    assert [EVENT_JOB_ADDED] == held
    assert EVENT_JOB_EXECUTED == recorder.wait_for(EVENT_JOB_EXECUTED, "held").code


def test_a_scheduler_is_collected_after_shutdown(make_scheduler: SchedulerFactory) -> None:
    """
    Nothing keeps a scheduler alive once it is shut down and forgotten.
    """
    del make_scheduler
    scheduler = BackgroundScheduler(timezone="UTC")
    done = threading.Event()
    scheduler.add_job(done.set)
    scheduler.start()
    assert done.wait(PATIENCE)
    scheduler.shutdown()
    ghost = weakref.ref(scheduler)

    del scheduler
    gc.collect()

    assert ghost() is None


def test_many_lives_leave_nothing_behind() -> None:
    """
    Two hundred lives, each with a job, leave no thread and no growing number of objects.
    """
    before = set(threading.enumerate())
    counts = []
    for _ in range(200):
        scheduler = BackgroundScheduler(timezone="UTC")
        done = threading.Event()
        scheduler.add_job(done.set)
        scheduler.start()
        assert done.wait(PATIENCE)
        scheduler.shutdown()
        if len(counts) < 2 or _ == 199:
            gc.collect()
            counts.append(len(gc.get_objects()))

    assert before == set(threading.enumerate())
    assert counts[-1] - counts[1] < 200


def test_schedulers_are_not_pickled(make_scheduler: SchedulerFactory) -> None:
    """
    Pickling a scheduler is a TypeError that says so (CTOR-6).
    """
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(make_scheduler())


def test_two_schedulers_do_not_disturb_each_other(
    make_scheduler: SchedulerFactory, record: Record
) -> None:
    """
    One goes on when the other is shut down.
    """
    one, other = make_scheduler(), make_scheduler()
    one.start()
    other.start()
    recorder = record(other)

    one.shutdown()
    other.add_job(nothing, id="x")

    assert "x" == recorder.wait_for(EVENT_JOB_EXECUTED).job_id
