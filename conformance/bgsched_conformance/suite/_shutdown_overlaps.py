"""
Shutdown while others are at it: jobs, listeners, a start, a pass, a second shutdown.

The other half of the chapter is `shutdown`, which takes these tests in.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._shutdown_scenes import (
    comes_true,
    error_of,
    fail,
    held_job,
    nothing,
    shutting_down,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


@clause("SHUT-14")
def test_a_job_that_shuts_down_and_waits_neither_hangs_nor_gets_a_runtime_error(
    world: World,
) -> None:
    """
    shutdown() called by a job returns or raises an error of its own class; the scheduler stops.
    """
    scheduler = world.scheduler()
    outcome: list[BaseException | None] = []
    job = world.tick("ends_it_all", lambda: outcome.append(error_of(scheduler.shutdown)))
    scheduler.start()

    scheduler.add_job(job.func, misfire_grace_time=None)

    job.wait_ended()
    if type(outcome[0]) is RuntimeError:
        raise Broken("shutdown() to return or raise an error of its own", f"{outcome[0]!r}")
    world.wait_until(lambda: not scheduler.running, "running to turn false")


@clause("SHUT-15")
def test_a_job_can_shut_down_without_waiting(world: World) -> None:
    """
    shutdown(wait=False) called by a job returns, is announced, and ends the scheduling thread.
    """
    scheduler = world.scheduler()
    outcome: list[BaseException | None] = []
    job = world.tick(
        "ends_it_all", lambda: outcome.append(error_of(lambda: scheduler.shutdown(wait=False)))
    )
    paused = {"paused": True} if world.offers("pause") else {}
    scheduler.start(**paused)
    threads = world.new_threads()
    scheduler.add_job(job.func, misfire_grace_time=None)

    if paused:
        scheduler.resume()

    job.wait_ended()
    assert [None] == outcome
    world.events(scheduler).wait("SCHEDULER_SHUTDOWN")
    world.wait_gone(threads)


@clause("SHUT-16")
def test_a_listener_of_the_start_can_shut_down(world: World) -> None:
    """
    shutdown() called by a listener of SCHEDULER_STARTED does not hang, and the scheduler stops.
    """
    scheduler = world.scheduler()

    _shut_down_by_listener(world, scheduler, "SCHEDULER_STARTED", scheduler.start)


@clause("SHUT-16")
def test_a_listener_of_an_added_job_can_shut_down(world: World) -> None:
    """
    shutdown() called by a listener of JOB_ADDED does not hang, and the scheduler stops.
    """
    scheduler = world.scheduler()
    scheduler.start()
    world.settle(scheduler)
    world.give_way()

    _shut_down_by_listener(
        world, scheduler, "JOB_ADDED", lambda: scheduler.add_job(nothing, misfire_grace_time=None)
    )


@clause("SHUT-16")
def test_a_listener_of_a_submitted_job_can_shut_down(world: World) -> None:
    """
    shutdown() called by a listener of JOB_SUBMITTED does not hang, and the scheduler stops.
    """
    scheduler = world.scheduler()
    scheduler.start()

    _shut_down_by_listener(
        world,
        scheduler,
        "JOB_SUBMITTED",
        lambda: scheduler.add_job(nothing, misfire_grace_time=None),
    )


@clause("SHUT-16")
def test_a_listener_of_an_executed_job_can_shut_down(world: World) -> None:
    """
    shutdown() called by a listener of JOB_EXECUTED does not hang, and the scheduler stops.
    """
    scheduler = world.scheduler()
    scheduler.start()

    _shut_down_by_listener(
        world,
        scheduler,
        "JOB_EXECUTED",
        lambda: scheduler.add_job(nothing, misfire_grace_time=None),
    )


@clause("SHUT-17")
def test_shutdown_works_while_start_has_yet_to_return(world: World) -> None:
    """
    As soon as running is true another thread can shut down, though a listener still holds start().
    """
    scheduler, listener = world.scheduler(), world.gate("listener")
    scheduler.add_listener(listener.func, world.target.event("SCHEDULER_STARTED"))
    starting = world.call(scheduler.start)
    listener.wait_begun()

    stopping = None
    if comes_true(world, lambda: scheduler.running):
        stopping = world.call(scheduler.shutdown)
        world.linger(lambda: stopping.ended, rounds=100)
    listener.open()

    starting.wait()
    (stopping or world.call(scheduler.shutdown)).result()
    assert not scheduler.running


@clause("SHUT-18")
def test_shutdown_completes_though_the_jobs_waited_for_call_the_scheduler(world: World) -> None:
    """
    Running jobs that list, add and remove jobs during shutdown(wait=True) end, and so does it.
    """
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(nothing, "interval", hours=1, id="ahead")
    calls: dict[str, Callable[[], object]] = {
        "lists": scheduler.get_jobs,
        "adds": lambda: scheduler.add_job(nothing, "interval", hours=1),
        "removes": lambda: scheduler.remove_job("ahead"),
    }
    gates = [
        held_job(world, scheduler, name, action=partial(error_of, call))
        for name, call in calls.items()
    ]
    stopping = shutting_down(world, scheduler)

    for gate in gates:
        gate.open()

    stopping.result()
    for gate in gates:
        gate.wait_ended()


@clause("SHUT-19", informational=True)
def test_other_threads_can_read_while_shutdown_waits(world: World) -> None:
    """
    get_jobs() on another thread ends while shutdown(wait=True) still waits for a job.
    """
    scheduler = world.scheduler()
    scheduler.start()
    held_job(world, scheduler)
    stopping = shutting_down(world, scheduler)

    world.call(scheduler.get_jobs).wait()

    assert not stopping.ended


@clause("SHUT-20")
def test_a_shutdown_during_the_pass_of_a_last_run_raises_nothing_in_the_thread(
    world: World,
) -> None:
    """
    The scheduling thread survives a shutdown that comes while it hands over a job's last run.
    """
    scheduler, last_question = world.scheduler(), world.gate("last_question")

    def now_and_never_again(previous: datetime | None, _now: datetime) -> datetime | None:
        if previous is None:
            return world.now()
        last_question.func()
        return None

    scheduler.start()
    world.call(
        scheduler.add_job, nothing, world.trigger(now_and_never_again), misfire_grace_time=None
    )
    last_question.wait_begun()
    stopping = shutting_down(world, scheduler)

    last_question.open()
    stopping.result()

    world.linger(lambda: world.thread_errors)
    assert [] == world.thread_errors


@clause("SHUT-21")
def test_a_one_shot_job_that_has_begun_does_not_run_again_after_the_next_start(
    world: World,
) -> None:
    """
    A persistent one-shot job runs once, though the scheduler is shut down as soon as it has begun.
    """
    (store, _), (executor, log) = world.store(kept=True), world.executor()
    first = world.scheduler(jobstores={"kept": store}, executors={"default": executor})
    job, last_question = world.tick("once"), world.gate("last_question")

    def now_and_never_again(previous: datetime | None, _now: datetime) -> datetime | None:
        if previous is None:
            return world.now()
        if log.count("submit_job"):  # handed over, and perhaps still in the store
            last_question.func()
        return None

    first.start()
    first.add_job(
        job.func, world.trigger(now_and_never_again), jobstore="kept", misfire_grace_time=None
    )
    job.wait_begun()
    stopping = shutting_down(world, first)
    last_question.open()
    stopping.result()

    second = world.scheduler(jobstores={"kept": store})
    second.start()
    world.settle(second)

    assert 1 == len(job.runs)


@clause("SHUT-22")
def test_a_run_time_that_comes_while_shutdown_waits_is_not_lost(world: World) -> None:
    """
    A persistent job that falls due during shutdown(wait=True) runs then or after the next start.
    """
    store, _ = world.store(kept=True)
    first = world.scheduler(jobstores={"kept": store})
    first.start()
    job = world.tick("every_minute")
    first.add_job(job.func, "interval", minutes=1, jobstore="kept", misfire_grace_time=None)
    gate = held_job(world, first)
    stopping = shutting_down(world, first)
    world.move(minutes=1)
    gate.open()
    stopping.result()

    second = world.scheduler(jobstores={"kept": store})
    second.start()
    world.settle(second)

    assert 1 == len(job.runs)


@clause("SHUT-23", informational=True)
def test_a_part_that_raises_does_not_keep_the_others_from_being_shut_down(world: World) -> None:
    """
    When an executor raises in its shutdown, the other parts are shut down and the thread ends.
    """
    broken, _ = world.executor({"shutdown": fail})
    (executor, executor_log), (store, store_log) = world.executor(), world.store()
    scheduler = world.scheduler(
        executors={"default": broken, "second": executor}, jobstores={"default": store}
    )
    scheduler.start()
    world.settle(scheduler)
    # Threads of the broken executor itself may go on: nothing could shut it down.
    scheduling = {request.thread for request in store_log.of("get_due_jobs")}

    with suppress(Exception):
        scheduler.shutdown()

    assert (1, 1) == (executor_log.count("shutdown"), store_log.count("shutdown"))
    world.wait_gone([thread for thread in world.new_threads() if thread.ident in scheduling])


@clause("SHUT-24")
def test_a_second_shutdown_does_not_disturb_one_that_waits(world: World) -> None:
    """
    Of two overlapping calls one completes; the other waits too, or is told it is not running.
    """
    scheduler = world.scheduler()
    scheduler.start()
    gate = held_job(world, scheduler)
    calls = [shutting_down(world, scheduler), world.call(scheduler.shutdown)]
    world.linger(lambda: any(call.ended for call in calls), rounds=5)

    early = [call for call in calls if call.ended]
    gate.open()

    refused = [call for call in calls if call.error() is not None]
    for call in refused:
        with raises("SchedulerNotRunningError"):
            call.result()
    assert (True, False) == (len(refused) < len(calls), scheduler.running)
    if any(call not in refused for call in early):
        raise Broken("both calls to wait or be refused", "one returned while the job still ran")


def _shut_down_by_listener(
    world: World, scheduler: Subject, event: str, cause: Callable[[], object]
) -> None:
    ended = world.event(f"shutdown() in a listener of {event} to end")

    def listener(_event: object) -> None:
        error_of(scheduler.shutdown)
        ended.set()

    scheduler.add_listener(listener, world.target.event(event))

    causing = world.call(cause)

    ended.wait()
    causing.wait()
    world.wait_until(lambda: not scheduler.running, "running to turn false")
