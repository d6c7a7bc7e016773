"""
Executors: adding and removing them; the pools; runs on other executors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bgsched_conformance.calls import raises
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._executors_pools import *  # noqa: F403 - the rest of the chapter
from bgsched_conformance.suite._executors_processes import *  # noqa: F403 - see above
from bgsched_conformance.suite._executors_scenes import direct_executor

if TYPE_CHECKING:
    from bgsched_conformance.world import World


@clause("EXE-1")
def test_jobs_go_to_the_executor_they_choose(world: World) -> None:
    """
    Of two executors, the one added under an alias gets the job that names it and no other.
    """
    chosen, chosen_log = world.executor()
    default, default_log = world.executor()
    scheduler = world.scheduler()
    scheduler.add_executor(default)
    scheduler.add_executor(chosen, "chosen")
    tick = world.tick()
    scheduler.start()

    scheduler.add_job(tick.func, executor="chosen", misfire_grace_time=None)
    tick.wait_ended()
    seen = chosen_log.count("submit_job"), default_log.count("submit_job")
    scheduler.add_job(tick.func, misfire_grace_time=None)
    tick.wait_ended(2)

    assert (1, 0) == seen
    assert (1, 1) == (chosen_log.count("submit_job"), default_log.count("submit_job"))


@clause("EXE-1")
def test_an_executor_can_be_added_by_name_with_options(world: World) -> None:
    """
    A thread pool added by name for one worker runs a second job only after the first.
    """
    scheduler = world.scheduler()
    scheduler.add_executor("threadpool", "narrow", max_workers=1)
    gate, tick = world.gate(), world.tick()
    scheduler.start()

    for func in (gate.func, tick.func):
        scheduler.add_job(func, executor="narrow", misfire_grace_time=None)
        gate.wait_begun()
    world.turn(scheduler)
    world.linger(lambda: tick.runs, rounds=3)
    early = len(tick.runs)
    gate.open()

    tick.wait_ended()
    assert 0 == early


@clause("EXE-2")
def test_a_taken_alias_is_refused(world: World) -> None:
    """
    A second executor of one alias is refused before and after the start; the first gets the job.
    """
    first, first_log = world.executor()
    second, second_log = world.executor()
    scheduler = world.scheduler()
    scheduler.add_executor(first, "taken")
    tick = world.tick()

    with raises("ValueError"):
        scheduler.add_executor(second, "taken")
    scheduler.start()
    with raises("ValueError"):
        scheduler.add_executor(second, "taken")
    with raises("ValueError"):
        scheduler.add_executor("threadpool", "taken")

    scheduler.add_job(tick.func, executor="taken", misfire_grace_time=None)
    tick.wait_ended()
    assert (1, []) == (first_log.count("submit_job"), second_log.requests)


@clause("EXE-3")
def test_an_executor_is_started_with_the_scheduler(world: World) -> None:
    """
    An executor added to a stopped scheduler is started by start() and not before, with its alias.
    """
    executor, log = world.executor()
    scheduler = world.scheduler()
    scheduler.add_executor(executor, "early")

    before = log.count("start")
    scheduler.start(paused=True)

    assert 0 == before
    assert ["early"] == [request.value(1, "alias") for request in log.of("start")]


@clause("EXE-3")
def test_an_executor_added_later_is_started_at_once(world: World) -> None:
    """
    An executor added to a running and one added to a paused scheduler are started by that call.
    """
    for paused in (False, True):
        executor, log = world.executor()
        scheduler = world.scheduler()
        scheduler.start(paused=paused)

        scheduler.add_executor(executor, "late")

        assert ["late"] == [request.value(1, "alias") for request in log.of("start")]


@clause("EXE-4")
def test_a_removed_executor_is_shut_down_and_replaced(world: World) -> None:
    """
    A removed executor is shut down; another takes its alias, and the next run of a job goes there.
    """
    first, first_log = world.executor()
    second, second_log = world.executor()
    scheduler = world.scheduler()
    scheduler.add_executor(first, "worker")
    tick = world.tick()
    scheduler.start()
    scheduler.add_job(
        tick.func,
        "interval",
        minutes=1,
        next_run_time=world.now(),
        executor="worker",
        misfire_grace_time=None,
    )
    tick.wait_ended()

    scheduler.remove_executor("worker")
    shut_down = first_log.count("shutdown")
    scheduler.add_executor(second, "worker")
    world.move(minutes=1)
    scheduler.wakeup()

    tick.wait_ended(2)
    assert 1 == shut_down
    assert (1, 1) == (first_log.count("submit_job"), second_log.count("submit_job"))


@clause("EXE-4")
def test_an_executor_can_be_removed_and_left_working(world: World) -> None:
    """
    With shutdown=False a removed executor is not shut down, and the job it runs goes on.
    """
    executor, log = world.executor()
    scheduler = world.scheduler()
    scheduler.add_executor(executor, "worker")
    gate = world.gate()
    scheduler.start()
    scheduler.add_job(gate.func, executor="worker", misfire_grace_time=None)
    gate.wait_begun()

    world.call(scheduler.remove_executor, "worker", shutdown=False).result()
    shut_down = log.count("shutdown")
    gate.open()
    gate.wait_ended()
    executor.shutdown()

    assert 0 == shut_down


@clause("EXE-5")
def test_adding_and_removing_is_announced_with_the_alias(world: World) -> None:
    """
    Both events tell the alias, on a stopped, a paused and a running scheduler.
    """
    for start in (lambda _: None, lambda s: s.start(paused=True), lambda s: s.start()):
        scheduler = world.scheduler()
        events = world.events(scheduler)
        start(scheduler)

        scheduler.add_executor("threadpool", "any alias: \xe9/1")
        scheduler.remove_executor("any alias: \xe9/1")

        events.wait("EXECUTOR_REMOVED")
        assert ["any alias: \xe9/1"] == [event.alias for event in events.of("EXECUTOR_REMOVED")]
        added = [event.alias for event in events.of("EXECUTOR_ADDED")]
        assert ["any alias: \xe9/1"] == [alias for alias in added if alias != "default"]


@clause("EXE-6")
def test_what_is_no_executor_is_refused(world: World) -> None:
    """
    A number, a class and an unknown name are refused, and their alias can be taken afterwards.
    """
    scheduler = world.scheduler()
    for wrong in (42, object, "no such executor"):
        with raises("Exception"):
            scheduler.add_executor(wrong, "worker")

    scheduler.add_executor("threadpool", "worker")
    scheduler.start()
    with raises("Exception"):
        scheduler.add_executor(42, "another")
    scheduler.add_executor("threadpool", "another")


@clause("EXE-6", informational=True)
def test_the_errors_tell_a_wrong_type_from_an_unknown_name(world: World) -> None:
    """
    A number gives TypeError, an unknown name LookupError.
    """
    scheduler = world.scheduler()

    with raises("TypeError"):
        scheduler.add_executor(42, "worker")
    with raises("LookupError"):
        scheduler.add_executor("no such executor", "worker")


@clause("EXE-13", informational=True)
def test_an_executor_of_the_users_own_runs_jobs(world: World) -> None:
    """
    A subclass that runs the job when it is submitted and reports the events announces the run.
    """
    executor = direct_executor(world.target)
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.add_executor(executor, "own")
    scheduler.start()

    scheduler.add_job(tick.func, executor="own", misfire_grace_time=None, id="own")

    tick.wait_ended()
    world.events(scheduler).wait("JOB_EXECUTED", "own")
