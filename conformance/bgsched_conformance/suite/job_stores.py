"""
Job stores: adding and removing them; memory and persistent stores.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from bgsched_conformance.calls import raises
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._job_stores_persistent import *  # noqa: F403 - the rest of the chapter
from bgsched_conformance.suite._job_stores_scenes import ids
from bgsched_conformance.suite._reachable import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.stubs import Log
    from bgsched_conformance.world import World


@clause("STO-1")
def test_jobs_are_kept_in_the_store_they_choose(world: World) -> None:
    """
    Of two stores, the one added under an alias keeps the job that names it, the other one the rest.
    """
    chosen, chosen_log = world.store()
    default, default_log = world.store()
    scheduler = world.scheduler()
    scheduler.add_jobstore(default)
    scheduler.add_jobstore(chosen, "chosen")
    scheduler.add_jobstore("memory", "by name")
    scheduler.start(paused=True)

    scheduler.add_job(run, "interval", hours=1, args=["none"], id="a", jobstore="chosen")
    seen = chosen_log.count("add_job"), default_log.count("add_job")
    scheduler.add_job(run, "interval", hours=1, args=["none"], id="b")
    scheduler.add_job(run, "interval", hours=1, args=["none"], id="c", jobstore="by name")

    assert (1, 0) == seen
    assert (1, 1) == (chosen_log.count("add_job"), default_log.count("add_job"))
    assert [["a"], ["b"], ["c"]] == [
        ids(scheduler, alias) for alias in ("chosen", "default", "by name")
    ]


@clause("STO-1")
def test_a_taken_alias_is_refused(world: World) -> None:
    """
    A second store of one alias is refused before and after the start, and the first keeps its jobs.
    """
    first, first_log = world.store()
    second, second_log = world.store()
    scheduler = world.scheduler()
    scheduler.add_jobstore(first, "taken")

    with raises("ValueError"):
        scheduler.add_jobstore(second, "taken")
    scheduler.start(paused=True)
    scheduler.add_job(run, "interval", hours=1, args=["none"], id="a", jobstore="taken")
    with raises("ValueError"):
        scheduler.add_jobstore(second, "taken")
    with raises("ValueError"):
        scheduler.add_jobstore("memory", "taken")

    assert ["a"] == ids(scheduler, "taken")
    assert (1, []) == (first_log.count("add_job"), second_log.requests)


@clause("STO-2")
def test_a_store_added_later_is_started_at_once(world: World) -> None:
    """
    A store added to a running and one added to a paused scheduler are started by that call, once.
    """
    for paused in (False, True):
        store, log = world.store()
        scheduler = world.scheduler()
        scheduler.start(paused=paused)

        scheduler.add_jobstore(store, "late")

        assert ["late"] == [request.value(1, "alias") for request in log.of("start")]


@clause("STO-2")
def test_due_jobs_of_an_added_store_run_without_a_further_call(world: World) -> None:
    """
    A job that fell due while its store was detached runs once the store is added again.
    """
    store, _ = world.store()
    scheduler = world.scheduler()
    tick = world.tick()
    scheduler.start()
    scheduler.add_jobstore(store, "shelf")
    scheduler.add_job(
        tick.func,
        "date",
        run_date=world.now() + timedelta(hours=1),
        jobstore="shelf",
        misfire_grace_time=None,
    )
    scheduler.remove_jobstore("shelf", shutdown=False)
    world.advance(scheduler, hours=2)

    scheduler.add_jobstore(store, "shelf")

    tick.wait_ended()


@clause("STO-3")
def test_jobs_of_a_removed_store_are_not_listed_and_do_not_run(world: World) -> None:
    """
    A job that falls due after its store was removed does not run, though the store still has it.
    """
    for shutdown in (False, True):
        store, log = world.store(kept=True)
        scheduler = world.scheduler()
        tick, other = world.tick("removed"), world.tick("other")
        scheduler.add_jobstore(store, "shelf")
        scheduler.start()
        due = world.now() + timedelta(hours=1)
        for func, alias in ((tick.func, "shelf"), (other.func, "default")):
            scheduler.add_job(
                func, "date", run_date=due, id=alias, jobstore=alias, misfire_grace_time=None
            )

        scheduler.remove_jobstore("shelf", shutdown=shutdown)
        listed = ids(scheduler)
        world.advance(scheduler, hours=2)
        scheduler.add_jobstore("memory", "shelf")

        assert ["default"] == listed
        assert (0, 1) == (len(tick.runs), len(other.runs))
        assert int(shutdown) == log.count("shutdown")


@clause("STO-3")
def test_a_removed_store_is_shut_down_unless_told_otherwise(world: World) -> None:
    """
    By default a removed store is shut down, once.
    """
    store, log = world.store()
    scheduler = world.scheduler()
    scheduler.add_jobstore(store, "shelf")
    scheduler.start(paused=True)

    scheduler.remove_jobstore("shelf")

    assert 1 == log.count("shutdown")


@clause("STO-4")
def test_adding_and_removing_is_announced_with_the_alias(world: World) -> None:
    """
    Both events tell the alias, on a stopped, a paused and a running scheduler.
    """
    alias = "any alias: \xe9/1"
    for start in (lambda _: None, lambda s: s.start(paused=True), lambda s: s.start()):
        scheduler = world.scheduler()
        events = world.events(scheduler)
        start(scheduler)

        scheduler.add_jobstore("memory", alias)
        scheduler.remove_jobstore(alias)

        events.wait("JOBSTORE_REMOVED")
        assert [alias] == [event.alias for event in events.of("JOBSTORE_REMOVED")]
        added = [event.alias for event in events.of("JOBSTORE_ADDED")]
        assert [alias] == [each for each in added if each != "default"]


@clause("STO-5")
def test_a_memory_store_keeps_what_cannot_be_serialized(world: World) -> None:
    """
    A lambda gets the very lock that it was scheduled with.
    """
    lock = threading.Lock()
    got: list[object] = []
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.add_job(
        lambda *given, **named: got.extend((*given, *named.values())),
        args=[lock],
        kwargs={"named": lock},
        misfire_grace_time=None,
    )

    world.wait_until(lambda: len(got) == 2, "the lambda to run")
    assert all(each is lock for each in got)


@clause("STO-5")
def test_changes_to_an_argument_are_there_at_the_next_run(world: World) -> None:
    """
    A list that is an argument grows with each run, and is the list of the user.
    """
    box: list[int] = []
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(
        lambda given: given.append(len(given)),
        "interval",
        minutes=1,
        next_run_time=world.now(),
        args=[box],
        id="grows",
        misfire_grace_time=None,
    )

    for count in (1, 2, 3):
        world.events(scheduler).wait("JOB_EXECUTED", "grows", count)
        world.move(minutes=1)
        scheduler.wakeup()

    world.events(scheduler).wait("JOB_EXECUTED", "grows", 4)
    assert [0, 1, 2, 3] == box


@clause("STO-11")
def test_a_failing_store_does_not_stop_the_jobs_of_others(world: World) -> None:
    """
    A due job runs although the store before or behind its own raises whenever it is asked.
    """

    def fail(*_: object) -> None:
        raise OSError("the database is down, on purpose")

    for order in (("broken", "sound"), ("sound", "broken")):
        broken, log = world.store({"get_due_jobs": fail})
        sound, _ = world.store()
        stores = {"broken": broken, "sound": sound}
        tick = world.tick()
        scheduler = world.scheduler(jobstores={alias: stores[alias] for alias in order})
        scheduler.start()

        scheduler.add_job(tick.func, jobstore="sound", misfire_grace_time=None)

        tick.wait_ended()
        world.wait_until(_is_asked(log), "the failing store to be asked for due jobs")


def _is_asked(log: Log) -> Callable[[], bool]:
    return lambda: log.count("get_due_jobs") > 0
