"""
Concurrency: many threads at once; robustness.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.marks import clause
from bgsched_conformance.suite._concurrency_calls import *  # noqa: F403 - calls made by jobs
from bgsched_conformance.suite._concurrency_orders import *  # noqa: F403 - orders of two threads
from bgsched_conformance.suite._shutdown_scenes import fail, nothing
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World

MANY = 3  # threads
CALLS = ("add", "change", "pause", "resume", "remove", "look up", "list")


class Owner:
    """
    One thread's jobs: what it does to them, and what must be left of them.

    Attributes:
        left: The name of each job by its id, and whether it is paused.
    """

    def __init__(self, scheduler: Any, name: str) -> None:
        self._scheduler = scheduler
        self._name = name
        self.left: dict[str, tuple[str, bool]] = {}

    def make(self, calls: list[str]) -> None:
        """
        Make calls, each about the newest job; those that need one are left out while there is none.
        """
        for number, call in enumerate(calls):
            if call == "add":
                job_id = f"{self._name}-{number}"
                self._scheduler.add_job(nothing, "interval", hours=1, id=job_id, name="new")
                self.left[job_id] = "new", False
            elif self.left:
                self._call(call, list(self.left)[-1], f"changed {number}")

    def _call(self, call: str, job_id: str, name: str) -> None:
        if call == "change":
            self._scheduler.modify_job(job_id, name=name)
            self.left[job_id] = name, self.left[job_id][1]
        elif call == "pause":
            self._scheduler.pause_job(job_id)
            self.left[job_id] = self.left[job_id][0], True
        elif call == "resume":
            self._scheduler.resume_job(job_id)
            self.left[job_id] = self.left[job_id][0], False
        elif call == "remove":
            self._scheduler.remove_job(job_id)
            del self.left[job_id]
        elif call == "look up":
            assert job_id == self._scheduler.get_job(job_id).id
        else:
            assert set(self.left) <= {job.id for job in self._scheduler.get_jobs()}


def all_at_once(world: World, acts: Sequence[Callable[[], object]]) -> list[BaseException | None]:
    """
    Let a thread for each act wait for the others, then act; return what each raised.
    """
    go = threading.Barrier(len(acts))

    def begin(act: Callable[[], object]) -> None:
        go.wait()
        act()

    return [call.error() for call in [world.call(begin, act) for act in acts]]


@clause("CONC-1")
@given(plans=st.lists(st.lists(st.sampled_from(CALLS), max_size=5), min_size=2, max_size=MANY))
def test_calls_of_many_threads_have_their_effects(worlds: Worlds, plans: list[list[str]]) -> None:
    """
    Whatever several threads do to their jobs at once, those left are the ones of a plain model.
    """
    with worlds() as world:
        scheduler = world.bare_scheduler()
        scheduler.start()
        assert callable(scheduler.modify_job)  # the owners go past the adapter's declarations
        owners = [Owner(scheduler.raw, f"thread{number}") for number in range(len(plans))]
        acts = [partial(owner.make, plan) for owner, plan in zip(owners, plans, strict=True)]

        errors = all_at_once(world, acts)

        assert [None] * len(plans) == errors
        expected: dict[str, tuple[str, bool]] = {}
        for owner in owners:
            expected |= owner.left
        assert expected == {
            job.id: (job.name, job.next_run_time is None) for job in scheduler.get_jobs()
        }


@clause("CONC-4")
def test_a_fast_job_starves_no_other(world: World) -> None:
    """
    While the clock goes on at the pace of a job that is always due, three others run.
    """
    scheduler = world.scheduler()
    fast, others = world.tick("fast"), [world.tick(f"other{number}") for number in range(3)]
    scheduler.start()
    scheduler.add_job(
        fast.func, "interval", seconds=1, next_run_time=START, misfire_grace_time=None
    )
    for number, other in enumerate(others):
        due = START + timedelta(seconds=2 * (number + 1))
        scheduler.add_job(other.func, "date", run_date=due, misfire_grace_time=None)
    fast.wait_ended()

    def ran_a_step_later() -> bool:
        world.move(seconds=1)
        scheduler.wakeup()
        return all(other.runs for other in others)

    world.wait_until(ran_a_step_later, "three jobs to run beside a fast one")


@clause("CONC-5")
def test_removing_a_job_does_not_interrupt_its_run(world: World) -> None:
    """
    A job that is removed while it is held does what it has left to do, and is not run again.
    """
    scheduler, last_step = world.scheduler(), threading.Event()
    gate = world.gate("job", last_step.set)
    scheduler.start()
    scheduler.add_job(
        gate.func, "interval", minutes=1, next_run_time=START, id="job", misfire_grace_time=None
    )
    gate.wait_begun()

    scheduler.remove_job("job")
    gate.open()

    gate.wait_ended()
    assert last_step.is_set()
    world.advance(scheduler, minutes=5)
    assert 1 == len(gate.runs)


@clause("CONC-6")
def test_listeners_and_jobs_that_raise_do_no_harm(world: World) -> None:
    """
    With a listener that raises at each event and a job that raises, others are added and run.
    """
    scheduler = world.scheduler()
    scheduler.add_listener(fail)
    good, bad = world.tick("good"), world.tick("bad", fail)

    scheduler.start()
    for tick in (bad, good):
        scheduler.add_job(tick.func, "interval", minutes=1, misfire_grace_time=None)
    for count in (1, 2):
        world.move(minutes=1)
        scheduler.wakeup()
        for tick in (bad, good):
            tick.wait_ended(count)
        world.settle(scheduler)

    assert scheduler.running
    assert [] == world.thread_errors
    assert None is world.call(scheduler.shutdown).error()


@clause("CONC-6", informational=True)
def test_a_trigger_that_raises_does_no_harm(world: World) -> None:
    """
    When a trigger fails to give a second run time, other jobs run.
    """

    def give_one(previous: datetime | None, now: datetime) -> datetime:
        if previous is not None:
            raise ArithmeticError("no second run time")
        return now

    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(nothing, world.trigger(give_one), misfire_grace_time=None)

    _another_runs(world, scheduler)


@clause("CONC-6", informational=True)
def test_a_store_that_cannot_save_does_no_harm(world: World) -> None:
    """
    When a job store fails to save a job's next run time, jobs of another store run.
    """
    failed = world.event("the store to be asked to save")

    def refuse(*_: object) -> None:
        failed.set()
        raise OSError("disk full")

    store, _ = world.store({"update_job": refuse})
    scheduler = world.scheduler(jobstores={"bad": store})
    scheduler.start()
    scheduler.add_job(
        nothing, "interval", minutes=1, next_run_time=START, jobstore="bad", misfire_grace_time=None
    )
    failed.wait()

    _another_runs(world, scheduler)


def _another_runs(world: World, scheduler: Subject) -> None:
    world.linger(lambda: world.thread_errors, rounds=5)
    assert [] == world.thread_errors
    tick = world.tick()
    scheduler.add_job(tick.func, misfire_grace_time=None)
    tick.wait_ended()
