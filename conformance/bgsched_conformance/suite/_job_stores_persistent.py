"""
Job stores: those that outlive their scheduler.

The other half of the chapter is `job_stores`, which takes these tests in.
"""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bgsched_conformance.calls import raises
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._job_stores_scenes import database, ids
from bgsched_conformance.suite._reachable import Visitor, key_of, run

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.target import Target


@clause("STO-6")
def test_a_persistent_store_refuses_what_cannot_be_reached_by_name(
    target: Target, worlds: Worlds
) -> None:
    """
    A lambda and a nested function are refused with ValueError by add_job(), and nothing is stored.
    """

    def nested() -> None:
        pass

    with database(target) as file, worlds() as world:
        scheduler = file.life(world)
        scheduler.start(paused=True)

        for func in (lambda: None, nested):
            with raises("ValueError"):
                scheduler.add_job(func, "interval", hours=1)

        assert [] == ids(scheduler)


@clause("STO-6")
def test_a_persistent_store_refuses_arguments_that_cannot_be_serialized(
    target: Target, worlds: Worlds
) -> None:
    """
    A job with a lock among its arguments is refused by add_job(), and nothing is stored.
    """
    with database(target) as file, worlds() as world:
        scheduler = file.life(world)
        scheduler.start(paused=True)

        for arguments in ({"args": [threading.Lock()]}, {"kwargs": {"key": threading.Lock()}}):
            with raises("Exception"):
                scheduler.add_job(run, "interval", hours=1, **{"args": ["none"], **arguments})

        assert [] == ids(scheduler)


@clause("STO-7")
def test_a_method_can_be_kept_by_a_persistent_store(target: Target, worlds: Worlds) -> None:
    """
    A method of an object, scheduled in one life of the store, runs in the next.
    """
    with database(target) as file, worlds() as world:
        tick = world.tick()
        first = file.life(world)
        first.start(paused=True)
        first.add_job(
            Visitor(key_of(tick)).visit, "date", run_date=world.now(), misfire_grace_time=None
        )
        first.shutdown()

        second = file.life(world)
        second.start()

        tick.wait_ended()
        assert [("visited",)] == [each.arguments for each in tick.runs]
        second.shutdown()


@clause("STO-8")
def test_a_database_must_be_named(target: Target, worlds: Worlds) -> None:
    """
    Without url and engine, the class and its plugin name give ValueError.
    """
    with database(target) as file, worlds() as world:
        scheduler = world.scheduler()

        with raises("ValueError"):
            file.cls()
        with raises("ValueError"):
            scheduler.add_jobstore("sqlalchemy", "shelf")


@clause("STO-8")
def test_jobs_outlive_their_scheduler(target: Target, worlds: Worlds) -> None:
    """
    A job has the same settings in a second scheduler on the same file, and runs there.
    """

    def settings(job: Any) -> list[object]:
        return [
            job.id,
            job.name,
            tuple(job.args),
            dict(job.kwargs),
            job.next_run_time,
            job.misfire_grace_time,
            job.coalesce,
            job.max_instances,
        ]

    with database(target) as file, worlds() as world:
        tick = world.tick()
        first = file.life(world)
        first.start(paused=True)
        first.add_job(
            run,
            "interval",
            hours=1,
            args=[key_of(tick), 1],
            kwargs={"word": "x"},
            id="kept",
            name="a job",
            misfire_grace_time=36000,
            coalesce=False,
            max_instances=7,
        )
        before = settings(first.get_job("kept"))
        first.shutdown()

        second = file.life(world)
        second.start()
        after = settings(second.get_job("kept"))
        world.move(hours=1)
        second.wakeup()
        tick.wait_ended()
        second.shutdown()

        assert before == after
        assert [((1,), {"word": "x"})] == [(each.arguments, each.keywords) for each in tick.runs]


@clause("STO-8")
def test_tables_of_one_database_are_apart(target: Target, worlds: Worlds) -> None:
    """
    Two stores, added by name for two tables of one file, keep jobs of the same id each.
    """
    with database(target) as file, worlds() as world:
        for _life in range(2):
            scheduler = world.scheduler()
            scheduler.add_jobstore("sqlalchemy", "left", url=file.url, tablename="left_jobs")
            scheduler.add_jobstore("sqlalchemy", "right", url=file.url, tablename="right_jobs")
            scheduler.start(paused=True)
            for alias in ("left", "right"):
                scheduler.add_job(
                    run,
                    "interval",
                    hours=1,
                    args=["none"],
                    id="same",
                    name=alias,
                    jobstore=alias,
                    replace_existing=True,
                )
            names = {
                alias: [job.name for job in scheduler.get_jobs(alias)]
                for alias in ("left", "right")
            }
            scheduler.shutdown()

            assert {"left": ["left"], "right": ["right"]} == names


@clause("STO-8")
def test_a_store_can_use_an_engine_of_the_users(target: Target, worlds: Worlds) -> None:
    """
    What a store on an engine has kept is found by a store on the url of the same file.
    """
    with database(target) as file, worlds() as world:
        engine = file.engine()
        first = world.scheduler(jobstores={"default": file.cls(engine=engine)})
        first.start(paused=True)
        first.add_job(run, "interval", hours=1, args=["none"], id="kept")
        first.shutdown()
        engine.dispose()

        second = file.life(world)
        second.start(paused=True)
        found = ids(second)
        second.shutdown()

        assert ["kept"] == found


@clause("STO-9", informational=True)
def test_a_job_that_cannot_be_restored_does_not_stop_the_others(
    target: Target, worlds: Worlds
) -> None:
    """
    Of two due jobs one has lost its module: the other one runs in the next life of the store.
    """
    module = ModuleType("bgsched_kit_lost_module")
    vars(module)["run"] = run
    with database(target) as file, worlds() as world:
        tick = world.tick()
        first = file.life(world)
        first.start(paused=True)
        sys.modules[module.__name__] = module
        try:
            for func in (f"{module.__name__}:run", run):
                first.add_job(
                    func,
                    "date",
                    run_date=world.now(),
                    args=[key_of(tick)],
                    misfire_grace_time=None,
                )
        finally:
            del sys.modules[module.__name__]
        first.shutdown()

        second = file.life(world)
        second.start()

        tick.wait_ended(hurry=False)  # a disk may be slow
        second.shutdown()


@clause("STO-10")
def test_a_job_that_replaces_itself_is_there_once(target: Target, worlds: Worlds) -> None:
    """
    A job added in each of three lives, with its id and replace_existing, is in the store once.
    """
    with database(target) as file, worlds() as world:
        kept = [_live_and_add(file.life(world), id="mine", replace_existing=True) for _ in range(3)]

        assert [["mine"]] * 3 == kept


@clause("STO-10")
def test_a_job_without_an_id_is_there_once_more_after_each_start(
    target: Target, worlds: Worlds
) -> None:
    """
    A job added in each of three lives, with no id, is in the store one, two and three times.
    """
    with database(target) as file, worlds() as world:
        kept = [_live_and_add(file.life(world)) for _ in range(3)]

        assert [1, 2, 3] == [len(jobs) for jobs in kept]


def _live_and_add(scheduler: Subject, **options: Any) -> list[str]:
    scheduler.add_job(run, "interval", hours=1, args=["none"], **options)
    scheduler.start(paused=True)
    kept = ids(scheduler)
    scheduler.shutdown()
    return kept
