"""
Shutdown: `shutdown()`, with and without waiting (docs/spec/shutdown.md).
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.marks import clause
from bgsched_conformance.suite._shutdown_overlaps import *  # noqa: F403 - the rest of the chapter
from bgsched_conformance.suite._shutdown_scenes import fail, held_job, shutting_down

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.stubs import Log
    from bgsched_conformance.world import World


@clause("SHUT-1")
def test_after_shutdown_the_scheduler_is_stopped_and_its_thread_gone(world: World) -> None:
    """
    Once shutdown() has returned, both attributes say stopped and no thread is left.
    """
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.shutdown()

    assert (False, world.target.state("STOPPED")) == (scheduler.running, scheduler.state)
    world.wait_gone(world.new_threads())


@clause("SHUT-1")
def test_shutdown_returns_only_after_the_scheduling_thread_has_ended(world: World) -> None:
    """
    While the scheduling thread is held in the middle of a pass, shutdown() does not return.
    """
    a_pass = world.gate("a_pass")
    store, _ = world.store({"get_due_jobs": a_pass.func})
    scheduler = world.scheduler(jobstores={"default": store})
    scheduler.start()
    a_pass.wait_begun()
    stopping = shutting_down(world, scheduler)

    early = stopping.ended
    a_pass.open()

    stopping.result()
    assert not early


@clause("SHUT-2")
@given(configured=st.integers(0, 2), added=st.integers(0, 2), wait=st.booleans())
def test_every_executor_is_shut_down_and_told_whether_to_wait(
    worlds: Worlds, configured: int, added: int, wait: bool
) -> None:
    """
    However many executors were configured and added, shutdown() passes the value of wait to each.
    """
    with worlds() as world:
        executors = [world.executor() for _ in range(configured + added)]
        named = [(executor, f"e{number}") for number, (executor, _) in enumerate(executors)]
        scheduler = world.bare_scheduler(
            executors={alias: executor for executor, alias in named[:configured]}
        )
        scheduler.start()
        for executor, alias in named[configured:]:
            scheduler.add_executor(executor, alias)

        scheduler.shutdown(wait=wait)

        assert [{wait}] * len(executors) == [_told_to_wait(log) for _, log in executors]


@clause("SHUT-2")
def test_a_removed_executor_is_left_alone(world: World) -> None:
    """
    shutdown() asks nothing of an executor that was removed before.
    """
    executor, log = world.executor()
    scheduler = world.scheduler(executors={"removed": executor})
    scheduler.start()
    scheduler.remove_executor("removed")
    before = len(log.requests)

    scheduler.shutdown()

    assert before == len(log.requests)


@clause("SHUT-3")
@given(configured=st.integers(0, 2), added=st.integers(0, 2), wait=st.booleans())
def test_every_job_store_is_shut_down_once(
    worlds: Worlds, configured: int, added: int, wait: bool
) -> None:
    """
    However many job stores were configured and added, shutdown() shuts down each of them once.
    """
    with worlds() as world:
        stores = [world.store() for _ in range(configured + added)]
        named = [(store, f"s{number}") for number, (store, _) in enumerate(stores)]
        scheduler = world.bare_scheduler(
            jobstores={alias: store for store, alias in named[:configured]}
        )
        scheduler.start()
        for store, alias in named[configured:]:
            scheduler.add_jobstore(store, alias)

        scheduler.shutdown(wait=wait)

        assert [1] * len(stores) == [log.count("shutdown") for _, log in stores]


@clause("SHUT-4")
def test_a_job_waited_for_runs_to_its_end(world: World) -> None:
    """
    A job that was running when shutdown() was called does what it has left to do.
    """
    scheduler, last_step = world.scheduler(), threading.Event()
    scheduler.start()
    gate = held_job(world, scheduler, action=last_step.set)
    stopping = shutting_down(world, scheduler)

    gate.open()

    stopping.wait()
    gate.wait_ended()
    assert last_step.is_set()


@clause("SHUT-4", "SHUT-7")
def test_a_job_not_waited_for_runs_to_its_end(world: World) -> None:
    """
    A job let go after shutdown(wait=False) has returned does what it has left to do.
    """
    scheduler, last_step = world.scheduler(), threading.Event()
    scheduler.start()
    gate = held_job(world, scheduler, action=last_step.set)
    world.call(scheduler.shutdown, wait=False).wait()

    gate.open()

    gate.wait_ended()
    assert last_step.is_set()


@clause("SHUT-5")
def test_shutdown_waits_for_every_running_job_on_every_executor(world: World) -> None:
    """
    With three jobs on two executors, shutdown() returns after the last of them and not before.
    """
    scheduler = world.scheduler()
    second = "second" if world.offers("executors") else "default"
    if second != "default":
        scheduler.add_executor("threadpool", second)
    scheduler.start()
    gates = [
        held_job(world, scheduler, name, executor=executor)
        for name, executor in (("a", "default"), ("b", "default"), ("c", second))
    ]
    stopping = shutting_down(world, scheduler)

    returned = []
    for gate in gates:
        world.linger(lambda: stopping.ended)
        returned.append(stopping.ended)
        gate.open()
        gate.wait_ended()
    stopping.result()

    assert [False, False, False] == returned


@clause("SHUT-6")
def test_shutdown_without_waiting_returns_while_a_job_runs(world: World) -> None:
    """
    With wait=False, shutdown() returns though a job is still held.
    """
    scheduler = world.scheduler()
    scheduler.start()
    gate = held_job(world, scheduler)

    world.call(scheduler.shutdown, wait=False).result()

    assert 1 == gate.held


@clause("SHUT-8")
def test_shutdown_without_waiting_closes_executors_and_job_stores(world: World) -> None:
    """
    With wait=False, executors and job stores are shut down as well, while a job still runs.
    """
    (executor, executor_log), (store, store_log) = world.executor(), world.store()
    scheduler = world.scheduler(executors={"default": executor}, jobstores={"default": store})
    scheduler.start()
    held_job(world, scheduler)

    world.call(scheduler.shutdown, wait=False).result()

    assert ({False}, True) == (_told_to_wait(executor_log), store_log.count("shutdown") > 0)


@clause("SHUT-9")
def test_a_run_time_after_the_shutdown_leads_to_no_run(world: World) -> None:
    """
    A job whose time comes after shutdown() has returned does not run, not even when woken.
    """
    scheduler, ahead = world.scheduler(), world.tick("ahead")
    scheduler.start()
    scheduler.add_job(ahead.func, "interval", minutes=1, misfire_grace_time=None)
    world.settle(scheduler)
    scheduler.shutdown()

    world.move(minutes=1)
    with suppress(Exception):
        scheduler.wakeup()

    world.linger(lambda: ahead.runs, rounds=5)
    assert [] == ahead.runs


@clause("SHUT-11")
def test_each_shutdown_is_announced_once(world: World) -> None:
    """
    shutdown() announces SCHEDULER_SHUTDOWN once, whether it waits or not.
    """
    for wait in (True, False):
        scheduler = world.scheduler()
        scheduler.start()

        scheduler.shutdown(wait=wait)

        announced = world.events(scheduler)
        announced.wait("SCHEDULER_SHUTDOWN")
        world.linger(lambda: len(announced.of("SCHEDULER_SHUTDOWN")) > 1)  # noqa: B023 - called here
        assert 1 == len(announced.of("SCHEDULER_SHUTDOWN"))


@clause("SHUT-12")
def test_the_last_outcomes_are_announced_before_the_shutdown(world: World) -> None:
    """
    When shutdown() returns, the outcomes of its last jobs have been heard, and before SHUTDOWN.
    """
    scheduler = world.scheduler()
    scheduler.start()
    good = held_job(world, scheduler, "good")
    bad = held_job(world, scheduler, "bad", action=fail)
    stopping = shutting_down(world, scheduler)

    good.open()
    bad.open()
    stopping.result()

    events = world.events(scheduler)
    assert (1, 1) == (len(events.of("JOB_EXECUTED", "good")), len(events.of("JOB_ERROR", "bad")))
    events.wait("SCHEDULER_SHUTDOWN")
    assert {"JOB_EXECUTED", "JOB_ERROR"}.isdisjoint(
        events.names[events.names.index("SCHEDULER_SHUTDOWN") :]
    )


@clause("SHUT-13")
def test_a_paused_scheduler_shuts_down_and_waits_for_its_running_jobs(world: World) -> None:
    """
    On a paused scheduler shutdown() waits for the job that ran before the pause, and stops.
    """
    scheduler = world.scheduler()
    scheduler.start()
    gate = held_job(world, scheduler)
    scheduler.pause()
    stopping = shutting_down(world, scheduler)

    early = stopping.ended
    gate.open()
    stopping.result()

    assert (False, False) == (early, scheduler.running)
    world.wait_gone(world.new_threads())


@clause("SHUT-25")
def test_wait_can_be_given_by_position_and_by_name(world: World) -> None:
    """
    shutdown(False) and shutdown(wait=False) both return while a job still runs.
    """
    gates = []
    for arguments, keywords in (((False,), {}), ((), {"wait": False})):
        scheduler = world.scheduler()
        scheduler.start()
        gates.append(held_job(world, scheduler))

        world.call(scheduler.shutdown, *arguments, **keywords).result()

    assert [1, 1] == [gate.held for gate in gates]


@clause("SHUT-26")
def test_shutdown_returns_none(world: World) -> None:
    """
    shutdown() has no result, whether it waits or not.
    """
    for wait in (True, False):
        scheduler = world.scheduler()
        scheduler.start()

        assert None is scheduler.shutdown(wait=wait)


def _told_to_wait(log: Log) -> set[bool]:
    # Waiting is the documented default of an executor's shutdown().
    told = [request.value(0, "wait") for request in log.of("shutdown")]
    return {True if wait is None else bool(wait) for wait in told}
