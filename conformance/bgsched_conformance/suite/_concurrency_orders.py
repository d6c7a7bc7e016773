"""
Two threads at once, in each order that one change of turns can make.

The other half of the chapter is `concurrency`, which takes these tests in.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bgsched_conformance.calls import raises
from bgsched_conformance.marks import clause
from bgsched_conformance.preemption import at_each_line
from bgsched_conformance.suite._shutdown_scenes import nothing
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.jobs import Tick
    from bgsched_conformance.preemption import Preemption
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


def both(
    world: World, stop: Preemption, first: Callable[[], object], second: Callable[[], object]
) -> list[BaseException | None]:
    """
    Make two calls, the second while the first is stopped; return what each raised.
    """
    one = stop.call(world, first)
    two = world.call(second)
    stop.release_after(two)
    return [one.error(), two.error()]


def during_a_pass(
    world: World, stop: Preemption, act: Callable[[Subject], object]
) -> tuple[Subject, Tick]:
    """
    Call *act* while the scheduling thread is stopped in the pass that runs a job for each minute.

    Returns:
        The scheduler, which *act* was given, and the job, a minute after the start.
    """
    scheduler, tick = world.scheduler(), world.tick("job")
    with stop.new_threads():
        scheduler.start()
    scheduler.add_job(tick.func, "interval", minutes=1, id="job", misfire_grace_time=None)
    world.turn(scheduler)
    world.move(minutes=1)
    stop.stop_one(scheduler.wakeup)
    acting = world.call(act, scheduler)
    stop.release_after(acting)
    acting.result()
    return scheduler, tick


@clause("CONC-1")
def test_of_two_threads_that_remove_a_job_one_does(worlds: Worlds) -> None:
    """
    The other gets JobLookupError, wherever the first is when the second comes.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler = world.bare_scheduler()
        scheduler.start()
        scheduler.add_job(nothing, "interval", hours=1, id="job")

        errors = both(world, stop, *[partial(scheduler.remove_job, "job")] * 2)

        _one_succeeded(errors, "JobLookupError")
        assert [] == scheduler.get_jobs()

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_of_two_threads_that_add_an_id_one_does(worlds: Worlds) -> None:
    """
    The other gets ConflictingIdError, wherever the first is when the second comes.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler = world.bare_scheduler()
        scheduler.start()
        add = partial(scheduler.add_job, nothing, "interval", hours=1, id="job")

        errors = both(world, stop, add, add)

        _one_succeeded(errors, "ConflictingIdError")
        assert ["job"] == [job.id for job in scheduler.get_jobs()]

    at_each_line(worlds, scene)


def _one_succeeded(errors: list[BaseException | None], error: str) -> None:
    assert 1 == errors.count(None)
    for raised in filter(None, errors):
        with raises(error):
            raise raised


@clause("CONC-1")
def test_two_changes_of_a_job_both_last(worlds: Worlds) -> None:
    """
    Neither thread undoes what the other has changed, wherever the first is.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler = world.bare_scheduler()
        scheduler.start()
        scheduler.add_job(nothing, "interval", hours=1, id="job")

        errors = both(
            world,
            stop,
            partial(scheduler.modify_job, "job", name="new"),
            partial(scheduler.modify_job, "job", max_instances=7),
        )

        assert [None, None] == errors
        job = scheduler.get_job("job")
        assert ("new", 7) == (job.name, job.max_instances)

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_a_job_removed_during_a_change_is_gone(worlds: Worlds) -> None:
    """
    The change does not bring it back, wherever it is; it may come too late.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler = world.bare_scheduler()
        scheduler.start()
        scheduler.add_job(nothing, "interval", hours=1, id="job")

        changed, removed = both(
            world,
            stop,
            partial(scheduler.modify_job, "job", name="new"),
            partial(scheduler.remove_job, "job"),
        )

        assert None is removed
        if changed is not None:
            with raises("JobLookupError"):
                raise changed
        assert [] == scheduler.get_jobs()

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_a_job_added_during_start_is_run(worlds: Worlds) -> None:
    """
    A job added by another thread is neither lost nor doubled, wherever start() is.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler, tick = world.scheduler(), world.tick("added")
        add = partial(scheduler.add_job, tick.func, misfire_grace_time=None)

        assert [None, None] == both(world, stop, scheduler.start, add)

        tick.wait_ended()
        world.settle(scheduler)
        assert 1 == len(tick.runs)

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_a_job_added_during_a_pass_is_run(worlds: Worlds) -> None:
    """
    A job that is due when it is added is run, wherever the scheduling thread is.
    """

    def scene(world: World, stop: Preemption) -> None:
        late = world.tick("late")

        scheduler, tick = during_a_pass(
            world, stop, lambda s: s.add_job(late.func, misfire_grace_time=None)
        )

        late.wait_ended()
        world.settle(scheduler)
        assert (1, 1) == (len(late.runs), len(tick.runs))

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_a_job_paused_during_its_pass_stays_paused(worlds: Worlds) -> None:
    """
    The pass may run it once, but does not undo the pause.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler, tick = during_a_pass(world, stop, lambda s: s.pause_job("job"))

        world.advance(scheduler, minutes=5)
        assert None is scheduler.get_job("job").next_run_time
        assert len(tick.runs) <= 1

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_a_job_removed_during_its_pass_is_gone(worlds: Worlds) -> None:
    """
    The pass may run it once, but does not bring it back.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler, tick = during_a_pass(world, stop, lambda s: s.remove_job("job"))

        world.advance(scheduler, minutes=5)
        assert [] == scheduler.get_jobs()
        assert len(tick.runs) <= 1

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_a_job_changed_during_its_pass_is_changed_and_run(worlds: Worlds) -> None:
    """
    Neither the change nor the run is lost.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler, tick = during_a_pass(world, stop, lambda s: s.modify_job("job", name="new"))

        world.settle(scheduler)
        job = scheduler.get_job("job")
        assert ("new", START + timedelta(minutes=2)) == (job.name, job.next_run_time)
        assert 1 == len(tick.runs)

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_a_job_rescheduled_during_its_pass_keeps_its_new_schedule(worlds: Worlds) -> None:
    """
    The pass may run it once, but does not go back to the old schedule.
    """

    def scene(world: World, stop: Preemption) -> None:
        scheduler, tick = during_a_pass(
            world, stop, lambda s: s.reschedule_job("job", trigger="interval", hours=2)
        )

        world.settle(scheduler)
        assert world.now() + timedelta(hours=2) == scheduler.get_job("job").next_run_time
        assert len(tick.runs) <= 1

    at_each_line(worlds, scene)


@clause("CONC-1")
def test_a_wakeup_during_a_pass_is_not_lost(worlds: Worlds) -> None:
    """
    What became due while the scheduling thread was at work is run by the time it rests again.
    """

    def scene(world: World, stop: Preemption) -> None:
        def go_on(scheduler: Subject) -> None:
            world.move(minutes=1)
            scheduler.wakeup()

        scheduler, _ = during_a_pass(world, stop, go_on)

        world.wait_until(
            lambda: scheduler.get_job("job").next_run_time == START + timedelta(minutes=3),
            "the run time of the second minute to be dealt with",
        )

    at_each_line(worlds, scene)
