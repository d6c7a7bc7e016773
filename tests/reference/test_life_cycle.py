"""
One life after another, pauses within a life, and what is left behind.
"""

from __future__ import annotations

import gc
import pickle
import threading
import weakref
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest
from kept_store import KeptStore

from bgsched import BackgroundScheduler
from bgsched.events import (
    EVENT_JOB_ADDED,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_SUBMITTED,
    EVENT_SCHEDULER_SHUTDOWN,
    EVENT_SCHEDULER_STARTED,
)
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.jobstores.memory import MemoryJobStore

if TYPE_CHECKING:
    from collections.abc import Callable

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
    assert before >= set(threading.enumerate())


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
    scheduler.add_job(nothing, id="held")
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
    counts: list[int] = []
    for life in range(200):
        scheduler = BackgroundScheduler(timezone="UTC")
        done = threading.Event()
        scheduler.add_job(done.set)
        scheduler.start()
        assert done.wait(PATIENCE)
        scheduler.shutdown()
        if len(counts) < 2 or life == 199:
            gc.collect()
            counts.append(len(gc.get_objects()))

    assert before >= set(threading.enumerate())
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


class SlowToStart:
    """
    A part each of whose starts takes until it is let.
    """

    def __init__(self) -> None:
        super().__init__()
        self.entered: SimpleQueue[threading.Event] = SimpleQueue()

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Tell, and wait.
        """
        go_on = threading.Event()
        self.entered.put(go_on)
        assert go_on.wait(PATIENCE)
        super().start(scheduler, alias)  # type: ignore[misc]


class SlowPool(SlowToStart, ThreadPoolExecutor):
    """
    Such a pool.
    """


class SlowStore(SlowToStart, MemoryJobStore):
    """
    Such a store.
    """


@pytest.mark.parametrize("first_first", [True, False])
@pytest.mark.parametrize("kind", ["executor", "jobstore"])
def test_a_restart_takes_over_a_part_that_is_being_added(
    make_scheduler: SchedulerFactory,
    in_background: type[Background],
    record: Record,
    kind: str,
    first_first: bool,
) -> None:
    """
    Whichever of the two has started it first, the part serves the new life.
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    scheduler.start()
    part: Any = {"executor": SlowPool, "jobstore": SlowStore}[kind]()
    place: dict[str, Any] = {kind: "x"}
    adding = in_background(lambda: getattr(scheduler, f"add_{kind}")(part, "x"))
    by_adding = part.entered.get(timeout=PATIENCE)
    scheduler.shutdown()
    starting = in_background(scheduler.start)
    by_starting = part.entered.get(timeout=PATIENCE)

    steps = [(by_adding, adding), (by_starting, starting)]
    for go_on, call in steps if first_first else reversed(steps):
        go_on.set()
        assert call.wait() is None
        if call is starting:
            scheduler.add_job(nothing, "interval", hours=1, id="kept", **place)

    scheduler.add_job(nothing, id="run", **place)
    assert "run" == recorder.wait_for(EVENT_JOB_EXECUTED, "run").job_id
    assert scheduler.get_job("kept") is not None
