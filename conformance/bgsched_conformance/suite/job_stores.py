"""
Job stores: adding and removing them; memory and persistent stores.
"""

from __future__ import annotations

import sys
import threading
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bgsched_conformance.calls import raises
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._job_stores_scenes import database
from bgsched_conformance.suite._reachable import Visitor, key_of, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.stubs import Log
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World


def ids(scheduler: Subject, alias: str | None = None) -> list[str]:
    """
    Return the ids of the jobs of one store, or of all, sorted.
    """
    return sorted(job.id for job in scheduler.get_jobs(alias))


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

        tick.wait_ended()
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
