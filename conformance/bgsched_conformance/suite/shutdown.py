"""
Shutdown: `shutdown()`, with and without waiting (docs/spec/shutdown.md).
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bgsched_conformance.calls import Call
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.jobs import Gate
    from bgsched_conformance.stubs import Log
    from bgsched_conformance.subject import Subject
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
    stopping = _shutting_down(world, scheduler)

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
    gate = _held_job(world, scheduler, action=last_step.set)
    stopping = _shutting_down(world, scheduler)

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
    gate = _held_job(world, scheduler, action=last_step.set)
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
    scheduler.add_executor("threadpool", "second")
    scheduler.start()
    gates = [
        _held_job(world, scheduler, name, executor=executor)
        for name, executor in (("a", "default"), ("b", "default"), ("c", "second"))
    ]
    stopping = _shutting_down(world, scheduler)

    returned = []
    for gate in gates:
        world.give_way()
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
    gate = _held_job(world, scheduler)

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
    _held_job(world, scheduler)

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

        world.events(scheduler).wait("SCHEDULER_SHUTDOWN")
        world.give_way()
        assert 1 == len(world.events(scheduler).of("SCHEDULER_SHUTDOWN"))


@clause("SHUT-12")
def test_the_last_outcomes_are_announced_before_the_shutdown(world: World) -> None:
    """
    When shutdown() returns, the outcomes of its last jobs have been heard, and before SHUTDOWN.
    """
    scheduler = world.scheduler()
    scheduler.start()
    good = _held_job(world, scheduler, "good")
    bad = _held_job(world, scheduler, "bad", action=_fail)
    stopping = _shutting_down(world, scheduler)

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
    gate = _held_job(world, scheduler)
    scheduler.pause()
    stopping = _shutting_down(world, scheduler)

    early = stopping.ended
    gate.open()
    stopping.result()

    assert (False, False) == (early, scheduler.running)
    world.wait_gone(world.new_threads())


@clause("SHUT-14")
def test_a_job_that_shuts_down_and_waits_neither_hangs_nor_gets_a_runtime_error(
    world: World,
) -> None:
    """
    shutdown() called by a job returns or raises an error of its own class; the scheduler stops.
    """
    scheduler = world.scheduler()
    outcome: list[BaseException | None] = []
    job = world.tick("ends_it_all", lambda: outcome.append(_error_of(scheduler.shutdown)))
    scheduler.start()

    scheduler.add_job(job.func, misfire_grace_time=None)

    job.wait_ended()
    if type(outcome[0]) is RuntimeError:
        raise Broken("shutdown() to return or raise an error of its own", f"{outcome[0]!r}")
    world.linger(lambda: not scheduler.running)
    assert not scheduler.running


@clause("SHUT-15")
def test_a_job_can_shut_down_without_waiting(world: World) -> None:
    """
    shutdown(wait=False) called by a job returns, is announced, and ends the scheduling thread.
    """
    scheduler = world.scheduler()
    outcome: list[BaseException | None] = []
    job = world.tick(
        "ends_it_all", lambda: outcome.append(_error_of(lambda: scheduler.shutdown(wait=False)))
    )
    scheduler.start(paused=True)
    threads = world.new_threads()
    scheduler.add_job(job.func, misfire_grace_time=None)

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
        world, scheduler, "JOB_ADDED", lambda: scheduler.add_job(_nothing, misfire_grace_time=None)
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
        lambda: scheduler.add_job(_nothing, misfire_grace_time=None),
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
        lambda: scheduler.add_job(_nothing, misfire_grace_time=None),
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
    if _comes_true(world, lambda: scheduler.running):
        stopping = world.call(scheduler.shutdown)
        world.linger(lambda: stopping.ended)
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
    scheduler.add_job(_nothing, "interval", hours=1, id="ahead")
    calls: dict[str, Callable[[], object]] = {
        "lists": scheduler.get_jobs,
        "adds": lambda: scheduler.add_job(_nothing, "interval", hours=1),
        "removes": lambda: scheduler.remove_job("ahead"),
    }
    gates = [
        _held_job(world, scheduler, name, action=partial(_error_of, call))
        for name, call in calls.items()
    ]
    stopping = _shutting_down(world, scheduler)

    for gate in gates:
        gate.open()

    stopping.result()
    assert [1, 1, 1] == [gate.ended for gate in gates]


@clause("SHUT-19", informational=True)
def test_other_threads_can_read_while_shutdown_waits(world: World) -> None:
    """
    get_jobs() on another thread ends while shutdown(wait=True) still waits for a job.
    """
    scheduler = world.scheduler()
    scheduler.start()
    _held_job(world, scheduler)
    stopping = _shutting_down(world, scheduler)

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
        scheduler.add_job, _nothing, world.trigger(now_and_never_again), misfire_grace_time=None
    )
    last_question.wait_begun()
    stopping = _shutting_down(world, scheduler)

    last_question.open()
    stopping.result()

    world.give_way()
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
    stopping = _shutting_down(world, first)
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
    gate = _held_job(world, first)
    stopping = _shutting_down(world, first)
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
    broken, _ = world.executor({"shutdown": _fail})
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
    gate = _held_job(world, scheduler)
    calls = [_shutting_down(world, scheduler), world.call(scheduler.shutdown)]
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


@clause("SHUT-25")
def test_wait_can_be_given_by_position_and_by_name(world: World) -> None:
    """
    shutdown(False) and shutdown(wait=False) both return while a job still runs.
    """
    gates = []
    for arguments, keywords in (((False,), {}), ((), {"wait": False})):
        scheduler = world.scheduler()
        scheduler.start()
        gates.append(_held_job(world, scheduler))

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


def _held_job(
    world: World,
    scheduler: Subject,
    name: str = "gate",
    *,
    action: Callable[[], object] = lambda: None,
    executor: str = "default",
) -> Gate:
    # Settled, so that the pass which handed the job over does not meet the shutdown: SHUT-20.
    gate = world.gate(name, action)
    scheduler.add_job(gate.func, id=name, executor=executor, misfire_grace_time=None)
    gate.wait_begun()
    world.settle(scheduler)
    return gate


def _shutting_down(world: World, scheduler: Subject) -> Call:
    stopping = world.call(scheduler.shutdown)
    # It may turn false at the beginning or at the end of the call: both are right.
    _comes_true(world, lambda: stopping.ended or not scheduler.running)
    world.give_way()
    return stopping


def _comes_true(world: World, question: Callable[[], bool]) -> bool:
    # Asked in a thread of its own, since even `running` may block while another call is under way.
    answer = world.call(lambda: world.linger(question))
    world.linger(lambda: answer.ended)
    return answer.ended and question()


def _shut_down_by_listener(
    world: World, scheduler: Subject, event: str, cause: Callable[[], object]
) -> None:
    ended = world.event(f"shutdown() in a listener of {event} to end")

    def listener(_event: object) -> None:
        _error_of(scheduler.shutdown)
        ended.set()

    scheduler.add_listener(listener, world.target.event(event))

    causing = world.call(cause)

    ended.wait()
    causing.wait()
    world.linger(lambda: not scheduler.running)
    assert not scheduler.running


def _told_to_wait(log: Log) -> set[bool]:
    # Waiting is the documented default of an executor's shutdown().
    told = [request.value(0, "wait") for request in log.of("shutdown")]
    return {True if wait is None else bool(wait) for wait in told}


def _error_of(call: Callable[[], object]) -> Exception | None:
    try:
        call()
    except Exception as error:  # noqa: BLE001 - what is raised is for the test to judge
        return error
    return None


def _fail(*_: object) -> None:
    raise ValueError("raised by the test")


def _nothing() -> None:
    pass
