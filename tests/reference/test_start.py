"""
Starting: what it takes, what it refuses, and what is left when it fails.
"""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from kept_store import KeptStore

from bgsched.errors import UnknownAliasError
from bgsched.events import (
    EVENT_EXECUTOR_ADDED,
    EVENT_JOB_ADDED,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
    EVENT_JOBSTORE_ADDED,
    EVENT_SCHEDULER_STARTED,
)
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.schedulers import SchedulerAlreadyRunningError, SchedulerNotRunningError
from bgsched.schedulers.base import STATE_PAUSED, STATE_RUNNING, STATE_STOPPED
from bgsched.testing import ManualClock, SteppedScheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import (
        Background,
        Recorder,
        SchedulerFactory,
        StandingClock,
    )

    from bgsched import BackgroundScheduler

    Record = Callable[[BackgroundScheduler], Recorder]

PATIENCE = 20


def nothing() -> None:
    """
    Do nothing.
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
    assert before >= set(threading.enumerate())


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
    after = (scheduler.running, job.pending, set(threading.enumerate()) - before)
    scheduler.start()

    assert (False, True, set()) == after
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


def test_configured_parts_are_announced(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    Who listens to a scheduler hears which parts a configuration gives it (EVT-9).
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)

    scheduler.configure(
        executors={"workers": {"type": "threadpool"}}, jobstores={"jobs": {"type": "memory"}}
    )

    assert [EVENT_EXECUTOR_ADDED, EVENT_JOBSTORE_ADDED] == recorder.codes
    assert ["workers", "jobs"] == [getattr(event, "alias", None) for event in recorder.seen]


def test_a_resume_does_not_overtake_the_start(in_background: type[Background]) -> None:
    """
    If another thread resumes while the jobs of a paused start are announced, no run comes before.
    """
    clock = ManualClock(datetime(2030, 1, 1, tzinfo=UTC))
    scheduler = SteppedScheduler(clock=clock, timezone="UTC")
    announcing, go_on = threading.Event(), threading.Event()
    codes: list[int] = []

    def listen(event: Any) -> None:
        codes.append(event.code)
        if EVENT_JOB_ADDED == event.code and not announcing.is_set():
            announcing.set()
            assert go_on.wait(PATIENCE)

    scheduler.add_listener(listen, EVENT_JOB_ADDED | EVENT_JOB_SUBMITTED)
    for _ in range(2):
        scheduler.add_job(nothing)
    start = in_background(lambda: scheduler.start(paused=True))
    assert announcing.wait(PATIENCE)

    scheduler.resume()
    scheduler.advance()
    go_on.set()
    assert start.wait() is None
    scheduler.advance()

    assert [EVENT_JOB_ADDED] * 2 + [EVENT_JOB_SUBMITTED] * 2 == codes


def test_a_part_that_is_added_during_a_restart_serves_the_new_life(
    make_scheduler: SchedulerFactory, in_background: type[Background]
) -> None:
    """
    Nobody shuts down what the start of another thread has taken over.
    """
    begin, go_on = threading.Event(), threading.Event()

    class SlowPool(ThreadPoolExecutor):
        def start(self, scheduler: Any, alias: str) -> None:
            super().start(scheduler, alias)
            if not begin.is_set():
                begin.set()
                assert go_on.wait(PATIENCE)

    scheduler, ran = make_scheduler(), threading.Event()
    scheduler.start()
    adding = in_background(lambda: scheduler.add_executor(SlowPool(), "slow"))
    assert begin.wait(PATIENCE)
    scheduler.shutdown()
    scheduler.start()
    go_on.set()
    assert adding.wait() is None

    scheduler.add_job(ran.set, executor="slow")

    assert ran.wait(PATIENCE)
