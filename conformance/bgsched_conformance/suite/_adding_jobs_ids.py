"""
Ids and names of jobs, ids that are taken, and replacing.

A part of the chapter `adding_jobs`, which takes these tests in.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from bgsched_conformance.world import World


@clause("ADD-8")
def test_a_given_id_is_used(world: World) -> None:
    """
    Any text is an id, and finds its job.
    """
    ids = ["a", "A", "1", "1.0", "a b", " ", "a/b?c=%20", "ÄÖ", "\N{SNOWMAN}", "x" * 190]
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)

    returned = [
        scheduler.add_job(world.tick().func, "interval", hours=1, id=own, args=[own]).id
        for own in ids
    ]

    assert ids == returned
    assert [[own] for own in ids] == [list(scheduler.get_job(own).args) for own in ids]


@clause("ADD-8")
def test_an_id_is_made_up(world: World) -> None:
    """
    Jobs added without an id, before the start and after it, get one each, and are found by it.
    """
    scheduler = world.bare_scheduler()
    func = world.tick().func

    jobs = [scheduler.add_job(func, "interval", hours=1, args=[number]) for number in range(20)]
    scheduler.start(paused=True)
    jobs += [scheduler.add_job(func, "interval", hours=1, args=[number]) for number in range(20)]

    assert 40 == len({job.id for job in jobs})
    assert {str} == {type(job.id) for job in jobs}
    assert [list(job.args) for job in jobs] == [
        list(scheduler.get_job(job.id).args) for job in jobs
    ]


@clause("ADD-9")
def test_a_given_name_is_kept(world: World) -> None:
    """
    A job has the name that it was given, whatever its function is called; names need not differ.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    names = ["Nightly report", "x", "Ä \N{SNOWMAN}", "x"]

    jobs = [
        scheduler.add_job(world.tick().func, "interval", hours=1, name=name).id for name in names
    ]

    assert names == [scheduler.get_job(own).name for own in jobs]


@clause("ADD-9")
def test_a_job_has_a_name_by_default(world: World) -> None:
    """
    Without a name a job gets one, text that is not empty, whatever kind of callable it has.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    callables: list[Any] = [world.tick().func, print, "-".join, str, "math:factorial"]

    jobs = [
        scheduler.add_job(func, "interval", hours=1, args=[""] * (func is not print))
        for func in callables
    ]

    assert [str] * len(callables) == [type(job.name) for job in jobs]
    assert all(job.name for job in jobs)


@clause("ADD-10")
def test_an_id_that_is_taken_is_refused(world: World) -> None:
    """
    A second job of the id raises ConflictingIdError; the first one stays as it was and runs.
    """
    first, second = world.tick("first"), world.tick("second")
    at = world.now() + timedelta(hours=1)
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(
        first.func, "date", run_date=at, id="job", name="First", misfire_grace_time=None
    )

    with raises("ConflictingIdError"):
        scheduler.add_job(second.func, id="job", name="Second", misfire_grace_time=None)
    jobs = [(job.id, job.name, job.next_run_time) for job in scheduler.get_jobs()]
    world.settle(scheduler)
    world.advance(scheduler, hours=1)

    assert [("job", "First", at)] == jobs
    assert (1, 0) == (len(first.runs), len(second.runs))


@clause("ADD-10")
def test_the_error_is_published(world: World) -> None:
    """
    The error can be caught by the class that the module of the job store base has.
    """
    conflicting_id = world.target.symbol("jobstores.base", "ConflictingIdError")
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    scheduler.add_job(world.tick().func, id="job")

    error = world.call(scheduler.add_job, world.tick().func, id="job").error()

    assert isinstance(error, conflicting_id)


@clause("ADD-11")
def test_a_new_definition_takes_the_place_of_the_old(world: World) -> None:
    """
    With `replace_existing` one job of the id is left, the new one, and only that one runs.
    """
    first, second = world.tick("first"), world.tick("second")
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(
        first.func, "interval", minutes=20, id="job", args=[1], misfire_grace_time=None
    )

    scheduler.add_job(
        second.func,
        "cron",
        minute=30,
        timezone="UTC",
        id="job",
        name="Second",
        kwargs={"number": 2},
        max_instances=7,
        misfire_grace_time=None,
        replace_existing=True,
    )
    (job,) = scheduler.get_jobs()
    world.settle(scheduler)
    world.advance(scheduler, minutes=20)
    world.advance(scheduler, minutes=10)

    assert ("job", "Second", 7) == (job.id, job.name, job.max_instances)
    assert (second.func, [], {"number": 2}) == (job.func, list(job.args), job.kwargs)
    assert [] == first.runs
    assert [{"number": 2}] == [run.keywords for run in second.runs]


@clause("ADD-11")
def test_an_id_that_is_free_needs_no_replacing(world: World) -> None:
    """
    `replace_existing` with an id that no job has adds the job.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)

    for own in ("a", "b"):
        scheduler.add_job(world.tick().func, "interval", hours=1, id=own, replace_existing=True)

    assert {"a", "b"} == {job.id for job in scheduler.get_jobs()}


@clause("ADD-12")
def test_an_id_given_twice_before_the_start_is_noticed(world: World) -> None:
    """
    Either the second `add_job()` is refused or the start.
    """
    scheduler = world.scheduler()
    func = world.tick().func
    scheduler.add_job(func, "interval", hours=1, id="job")

    of_second = world.call(scheduler.add_job, func, "interval", hours=2, id="job").error()
    of_start = world.call(scheduler.start).error()

    if of_second is None and of_start is None:
        raise Broken("the second add_job() or start() to be refused", "both returned")


@clause("ADD-12", informational=True)
def test_a_start_works_after_the_duplicate_was_removed(world: World) -> None:
    """
    Once one of two jobs of an id has been removed again, the scheduler can be started.
    """
    scheduler = world.scheduler()
    func = world.tick().func
    scheduler.add_job(func, "interval", hours=1, id="job")

    with suppress(Exception):
        scheduler.add_job(func, "interval", hours=2, id="job")
        scheduler.start()
    if not scheduler.running:
        scheduler.remove_job("job")
        scheduler.start()

    assert scheduler.running


@clause("ADD-13")
def test_the_last_definition_before_the_start_wins(world: World) -> None:
    """
    Of the pending jobs of an id, added with `replace_existing`, the last is there after the start.
    """
    definitions = [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("a", 5), ("c", 6)]
    scheduler = world.bare_scheduler()
    for own, number in definitions:
        scheduler.add_job(
            world.tick().func,
            "interval",
            hours=number,
            id=own,
            name=f"n{number}",
            args=[number],
            replace_existing=True,
        )

    scheduler.start(paused=True)

    jobs = sorted((job.id, job.name, list(job.args)) for job in scheduler.get_jobs())
    assert [("a", "n5", [5]), ("b", "n2", [2]), ("c", "n6", [6])] == jobs


@clause("ADD-14")
def test_two_stores_may_have_jobs_of_one_id(world: World) -> None:
    """
    The same id is accepted for another store, before the start and after it; both jobs are kept.
    """
    scheduler = world.bare_scheduler()
    scheduler.add_jobstore("memory", "shelf")

    def add(own: str) -> None:
        for alias in ("default", "shelf"):
            scheduler.add_job(
                world.tick().func, "interval", hours=1, id=own, args=[alias], jobstore=alias
            )

    add("early")
    scheduler.start(paused=True)
    add("late")

    for alias in ("default", "shelf"):
        jobs = {job.id: list(job.args) for job in scheduler.get_jobs(alias)}
        assert {"early": [alias], "late": [alias]} == jobs
