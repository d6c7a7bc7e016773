"""
Background thread: where scheduling happens.
"""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from bgsched_conformance.world import World


class Hourly:
    """
    Run times for `World.trigger`: now, and then each hour.

    Attributes:
        threads: Those that asked for a run time that follows another, hence scheduled.
    """

    def __init__(self) -> None:
        self.threads: set[threading.Thread] = set()

    def __call__(self, previous: datetime | None, now: datetime) -> datetime:
        """
        Answer the scheduler.
        """
        if previous is None:
            return now
        self.threads.add(threading.current_thread())
        return previous + timedelta(hours=1)


@clause("THREAD-1")
def test_scheduling_is_done_on_another_thread(world: World) -> None:
    """
    The thread that asks for the run time after a run is not the one that called `start()`.
    """
    hourly = Hourly()
    scheduler = world.scheduler()
    scheduler.add_job(world.tick().func, world.trigger(hourly), misfire_grace_time=None)

    scheduler.start()
    world.settle(scheduler)
    world.advance(scheduler, hours=1)

    assert set() != hourly.threads
    assert threading.current_thread() not in hourly.threads


@clause("THREAD-2")
def test_jobs_run_in_the_process_of_the_caller(world: World) -> None:
    """
    A job of the default executor changes an object of the caller, in the caller's process.
    """
    seen: list[int] = []
    job = world.tick(action=lambda: seen.append(os.getpid()))
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.add_job(job.func, misfire_grace_time=None)
    world.settle(scheduler)

    assert [os.getpid()] == seen


@clause("THREAD-3")
def test_start_adds_a_thread(world: World) -> None:
    """
    `start()` adds at least one thread.
    """
    scheduler = world.bare_scheduler()

    scheduler.start()

    assert [] != world.new_threads()


@clause("THREAD-3")
def test_the_scheduling_thread_has_ended_after_shutdown(world: World) -> None:
    """
    No thread that scheduled is alive once `shutdown()` has returned.
    """
    hourly = Hourly()
    scheduler = world.scheduler()
    scheduler.add_job(world.tick().func, world.trigger(hourly), misfire_grace_time=None)
    scheduler.start()
    world.settle(scheduler)

    scheduler.shutdown()

    assert set() != hourly.threads
    assert set() == hourly.threads & set(world.new_threads())


@clause("THREAD-3")
def test_the_scheduling_thread_has_ended_after_shutdown_without_waiting(world: World) -> None:
    """
    `shutdown(wait=False)` leaves a busy worker behind, but never the scheduling thread.
    """
    hourly = Hourly()
    busy = world.gate("busy")
    scheduler = world.scheduler()
    scheduler.add_job(busy.func, world.trigger(hourly), misfire_grace_time=None)
    scheduler.start()
    busy.wait_begun()
    world.settle(scheduler)

    world.call(scheduler.shutdown, wait=False).result()

    assert set() != hourly.threads
    assert set() == hourly.threads & set(world.new_threads())


@clause("THREAD-3")
def test_shutdown_outlasts_the_pass_in_progress(world: World) -> None:
    """
    `shutdown()` does not return while the scheduling thread is still held in a pass.
    """
    asked = world.event("the trigger to be asked for its second run time")
    answer = world.event("the test to let the trigger answer")

    def slow(previous: datetime | None, now: datetime) -> datetime | None:
        if previous is None:
            return now
        asked.set()
        answer.wait()
        return None

    scheduler = world.bare_scheduler()
    scheduler.add_job(world.tick().func, world.trigger(slow), misfire_grace_time=None)
    scheduler.start()
    asked.wait()

    call = world.call(scheduler.shutdown, wait=False)
    world.linger(lambda: call.ended, rounds=5)
    returned = call.ended
    answer.set()
    call.wait()

    assert not returned


@clause("THREAD-4")
def test_two_starts_at_once_make_one_scheduling_thread(world: World) -> None:
    """
    Two calls of `start()` at the same time add as many threads as one call.
    """
    in_line = world.target.symbol("executors.debug", "DebugExecutor")

    def threads(starts: int) -> int:
        entered, released = world.event("an executor to be started"), world.event("its release")

        def hold(*_: object) -> None:
            entered.set()
            released.wait()

        slow, log = world.executor({"start": hold})
        scheduler = world.scheduler(executors={"default": in_line(), "slow": slow})
        before = world.new_threads()
        calls = [world.call(scheduler.start)]
        entered.wait()
        calls += [world.call(scheduler.start) for _ in range(starts - 1)]
        # As in ERR-6: refused by now, or as far as the first, or waiting for a lock.
        world.linger(
            lambda: log.count("start") + sum(call.ended for call in calls) == starts, rounds=40
        )
        released.set()
        for call in calls:
            call.wait()
        # Jobs run in-line, so that no worker blurs the count of threads.
        world.settle(scheduler)
        return len(set(world.new_threads()) - set(before))

    one, both = threads(starts=1), threads(starts=2)
    if one != both:
        raise Broken(f"as many threads as after one start, {one}", f"{both} after two at once")


@clause("THREAD-5")
def test_one_thread_may_start_and_another_shut_down(world: World) -> None:
    """
    A scheduler started by one thread runs jobs and can be shut down by another.
    """
    job = world.tick()
    scheduler = world.scheduler()

    world.call(scheduler.start).result()
    scheduler.add_job(job.func, misfire_grace_time=None)
    world.settle(scheduler)
    world.call(scheduler.shutdown).result()

    assert 1 == len(job.runs)
    assert not scheduler.running


@clause("THREAD-7")
def test_a_failing_job_store_does_not_stop_the_others(world: World) -> None:
    """
    While a job store cannot tell its due jobs, jobs of another run; its own run after the retry.
    """
    failing = True

    def fail(*_: object) -> None:
        if failing:
            raise OSError("no connection")

    store, log = world.store({"get_due_jobs": fail})
    of_failing, of_other = world.tick("of_failing"), world.tick("of_other")
    scheduler = world.scheduler(jobstores={"failing": store})
    scheduler.add_job(of_failing.func, jobstore="failing", misfire_grace_time=None)

    scheduler.start()
    world.settle(scheduler)
    scheduler.add_job(of_other.func, misfire_grace_time=None)
    world.settle(scheduler)
    while_failing = log.count("get_due_jobs"), len(of_failing.runs), len(of_other.runs)
    failing = False
    world.advance(scheduler, hours=1)

    assert while_failing[0] >= 1
    assert (0, 1) == while_failing[1:]
    assert 1 == len(of_failing.runs)


@clause("THREAD-7", informational=True)
def test_a_raising_trigger_does_not_stop_the_other_jobs(world: World) -> None:
    """
    A trigger that raises when asked for its second run time costs no other job a run.
    """
    raised = world.event("the trigger to be asked for its second run time")

    def broken(previous: datetime | None, now: datetime) -> datetime:
        if previous is None:
            return now
        raised.set()
        raise ArithmeticError("no second run time")

    healthy = world.tick("healthy")
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.add_job(world.tick("poor").func, world.trigger(broken), misfire_grace_time=None)
    raised.wait()
    world.linger(lambda: world.thread_errors, rounds=5)
    if world.thread_errors:
        raise Broken("the scheduling thread to go on", f"ended by {world.thread_errors[0]!r}")
    scheduler.add_job(healthy.func, misfire_grace_time=None)
    world.settle(scheduler)

    assert 1 == len(healthy.runs)
