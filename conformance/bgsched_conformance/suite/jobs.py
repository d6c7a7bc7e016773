"""
Jobs: the handle, and looking them up, changing, pausing, resuming and removing them.
"""

from __future__ import annotations

import weakref
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis.stateful import run_state_machine_as_test

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Broken
from bgsched_conformance.job_table import JobTable
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._jobs_changes import *  # noqa: F403 - more of the chapter
from bgsched_conformance.suite._jobs_listing import *  # noqa: F403 - more of the chapter
from bgsched_conformance.suite._jobs_pending import *  # noqa: F403 - more of the chapter

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.world import World

HOUR = timedelta(hours=1)


@clause("JOB-1")
def test_a_job_shows_its_settings(world: World) -> None:
    """
    A stored job has all the documented attributes, those with default values too.
    """
    defaults = {"coalesce": False, "misfire_grace_time": 77, "max_instances": 5}
    tick = world.tick()
    scheduler = world.bare_scheduler(job_defaults=defaults)
    scheduler.start(paused=True)

    scheduler.add_job(tick.func, "interval", [1], {"key": 2}, id="job", name="Report", hours=1)

    job = scheduler.get_job("job")
    next_run_time = world.now() + HOUR
    assert ("job", "Report", "default") == (job.id, job.name, job.executor)
    assert (tick.func, [1], {"key": 2}) == (job.func, list(job.args), job.kwargs)
    assert defaults == {name: getattr(job, name) for name in defaults}
    assert next_run_time == job.next_run_time
    assert next_run_time == job.trigger.get_next_fire_time(None, world.now())


@clause("JOB-8")
def test_a_paused_job_does_not_run(world: World) -> None:
    """
    Paused by itself or through the scheduler, it has no run time and lets its times pass.
    """
    ticks = {name: world.tick(name) for name in ("by itself", "by the scheduler")}
    scheduler = world.scheduler()
    scheduler.start()
    for name, tick in ticks.items():
        scheduler.add_job(tick.func, "interval", hours=1, id=name, misfire_grace_time=None)
    world.advance(scheduler, hours=1)

    scheduler.get_job("by itself").pause()
    scheduler.pause_job("by the scheduler")
    world.settle(scheduler)
    world.advance(scheduler, days=2)

    assert dict.fromkeys(ticks, 1) == {name: len(tick.runs) for name, tick in ticks.items()}
    assert dict.fromkeys(ticks) == {job.id: job.next_run_time for job in scheduler.get_jobs()}


@clause("JOB-9")
def test_a_resumed_job_goes_on_from_now(world: World) -> None:
    """
    The next run is the trigger's next from now; what the pause held back is not made up.
    """
    ticks = {name: world.tick(name) for name in ("by itself", "by the scheduler")}
    scheduler = world.scheduler()
    scheduler.start()
    for name, tick in ticks.items():
        options = {"misfire_grace_time": None, "coalesce": False, "max_instances": 9}
        scheduler.add_job(
            tick.func, "cron", minute=0, timezone="UTC", id=name, next_run_time=None, **options
        )
    world.settle(scheduler)
    world.advance(scheduler, minutes=150)

    scheduler.get_job("by itself").resume()
    scheduler.resume_job("by the scheduler")
    times = [job.next_run_time for job in scheduler.get_jobs()]
    world.settle(scheduler)
    early = [len(tick.runs) for tick in ticks.values()]
    world.advance(scheduler, minutes=30)

    assert [world.now()] * 2 == times
    assert [0, 0] == early
    assert [1, 1] == [len(tick.runs) for tick in ticks.values()]


@clause("JOB-10")
def test_a_job_whose_schedule_is_over_is_removed_when_resumed(world: World) -> None:
    """
    `resume_job()` returns None and the job is gone once its trigger's end has passed.
    """
    end = {"end_date": world.now() + 3 * HOUR, "timezone": "UTC"}
    triggers: dict[str, dict[str, Any]] = {"interval": {"hours": 2}, "cron": {"minute": 30}}
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    for kind, arguments in triggers.items():
        for way in ("by itself", "by the scheduler"):
            job_id = f"{kind} {way}"
            scheduler.add_job(
                world.tick().func, kind, id=job_id, next_run_time=None, **arguments, **end
            )
    world.move(days=1)

    for kind in triggers:
        scheduler.get_job(f"{kind} by itself").resume()
    returned = [scheduler.resume_job(f"{kind} by the scheduler") for kind in triggers]

    assert [None, None] == returned
    assert [] == scheduler.get_jobs()


@clause("JOB-10")
def test_a_job_whose_date_is_past_is_removed_when_resumed(world: World) -> None:
    """
    The same for a job that was to run once, at a time that has passed in the pause.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    at = world.now() + HOUR
    scheduler.add_job(world.tick().func, "date", run_date=at, id="job", next_run_time=None)
    world.move(hours=2)

    returned = scheduler.resume_job("job")

    if returned is not None:
        raise Broken("resume_job() to return None", f"it returned {returned}")
    assert [] == scheduler.get_jobs()


@clause("JOB-11")
def test_a_removed_job_does_not_run(world: World) -> None:
    """
    Removed by itself or through the scheduler, a job is gone and never runs; another one stays.
    """
    names = ("by itself", "by the scheduler", "with its store", "kept")
    ticks = {name: world.tick(name) for name in names}
    scheduler = world.scheduler()
    scheduler.start()
    at = world.now() + HOUR
    for name, tick in ticks.items():
        scheduler.add_job(tick.func, "date", run_date=at, id=name, misfire_grace_time=None)

    scheduler.get_job("by itself").remove()
    scheduler.remove_job("by the scheduler")
    scheduler.remove_job("with its store", "default")
    left = [job.id for job in scheduler.get_jobs()]
    world.settle(scheduler)
    world.advance(scheduler, hours=1)

    assert ["kept"] == left
    assert [0, 0, 0, 1] == [len(tick.runs) for tick in ticks.values()]


@clause("JOB-11")
def test_a_job_of_the_same_id_in_another_store_stays(world: World) -> None:
    """
    Only the job of the store that is named is removed; through the job, only that job.
    """
    scheduler = world.bare_scheduler()
    scheduler.add_jobstore("memory", "shelf")
    scheduler.start(paused=True)
    func = world.tick().func
    for alias in ("default", "shelf"):
        scheduler.add_job(func, "interval", hours=1, id="by the scheduler", jobstore=alias)
    jobs = [
        scheduler.add_job(func, "interval", hours=1, id="by itself", jobstore=alias)
        for alias in ("default", "shelf")
    ]

    scheduler.remove_job("by the scheduler", "default")
    jobs[1].remove()

    assert ["by itself"] == [job.id for job in scheduler.get_jobs("default")]
    assert ["by the scheduler"] == [job.id for job in scheduler.get_jobs("shelf")]


@clause("JOB-12")
def test_what_is_not_there_cannot_be_removed(world: World) -> None:
    """
    An unknown id, one that was removed, and the id of a job in another store raise JobLookupError.
    """
    scheduler = world.bare_scheduler()
    scheduler.add_jobstore("memory", "shelf")

    for _ in ("before the start", "after the start"):
        scheduler.add_job(world.tick().func, "interval", hours=1, id="job", jobstore="shelf")
        scheduler.add_job(world.tick().func, "interval", hours=1, id="removed")
        scheduler.remove_job("removed")
        for arguments in (("unknown",), ("removed",), ("job", "default")):
            with raises("JobLookupError"):
                scheduler.remove_job(*arguments)
        assert ["job"] == [job.id for job in scheduler.get_jobs()]
        if not scheduler.running:
            scheduler.start(paused=True)
            scheduler.remove_job("job", "shelf")


@clause("JOB-12")
def test_the_error_is_the_published_one(world: World) -> None:
    """
    The error can be caught by the class that the module of the job store base has.
    """
    job_lookup = world.target.symbol("jobstores.base", "JobLookupError")
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)

    error = world.call(scheduler.remove_job, "unknown").error()

    assert isinstance(error, job_lookup)


@clause("JOB-13")
def test_what_is_not_there_cannot_be_changed(world: World) -> None:
    """
    Changing, rescheduling, pausing and resuming raise JobLookupError as well.
    """
    scheduler = world.bare_scheduler()
    scheduler.add_jobstore("memory", "shelf")

    for _ in ("before the start", "after the start"):
        places = [("unknown",), ("unknown", "default")]
        if scheduler.running:
            scheduler.add_job(world.tick().func, "interval", hours=1, id="job", jobstore="shelf")
            places.append(("job", "default"))
        for place in places:
            with raises("JobLookupError"):
                scheduler.modify_job(*place, name="Anew")
            with raises("JobLookupError"):
                scheduler.reschedule_job(*place, trigger="interval", hours=1)
            with raises("JobLookupError"):
                scheduler.pause_job(*place)
            with raises("JobLookupError"):
                scheduler.resume_job(*place)
        if not scheduler.running:
            scheduler.start(paused=True)


@clause("JOB-23")
def test_a_job_can_be_weakly_referenced(world: World) -> None:
    """
    `weakref.ref()` takes a job, and leads to it.
    """
    scheduler = world.bare_scheduler()
    job = scheduler.add_job(world.tick().func, "interval", hours=1)

    assert job is weakref.ref(job)()


@clause("JOB-23")
def test_a_job_is_found_among_the_jobs(world: World) -> None:
    """
    `job in scheduler.get_jobs()` holds as long as it is there.
    """
    scheduler = world.bare_scheduler()
    job = scheduler.add_job(world.tick().func, "interval", hours=1)
    other = scheduler.add_job(world.tick().func, "interval", hours=1)

    pending = job in scheduler.get_jobs()
    scheduler.start(paused=True)
    stored = job in scheduler.get_jobs()
    job.remove()
    jobs = scheduler.get_jobs()

    assert (True, True) == (pending, stored)
    assert (False, True) == (job in jobs, other in jobs)


@clause("JOB-24")
def test_changes_are_kept_by_a_persistent_store(world: World) -> None:
    """
    Another scheduler finds the jobs of a database as they were changed, paused, resumed and left.
    """
    store = world.target.symbol("jobstores.sqlalchemy", "SQLAlchemyJobStore")
    changes = {"name": "Anew", "max_instances": 7, "coalesce": False, "misfire_grace_time": 90}
    at = world.now() + timedelta(minutes=17)
    names = ("changed", "paused", "rescheduled", "resumed", "removed")
    with TemporaryDirectory(prefix="bgsched-kit-") as directory:
        url = f"sqlite:///{directory}/jobs.sqlite"
        first = world.bare_scheduler(jobstores={"default": store(url=url)})
        first.start(paused=True)
        for name in names:
            paused = {"next_run_time": None} if name == "resumed" else {}
            first.add_job("builtins:print", "interval", hours=1, id=name, **paused)

        first.modify_job("changed", args=[1], kwargs={"sep": ""}, next_run_time=at, **changes)
        first.get_job("paused").pause()
        first.reschedule_job("rescheduled", trigger="interval", hours=5)
        first.get_job("resumed").resume()
        first.remove_job("removed")
        first.shutdown()
        second = world.bare_scheduler(jobstores={"default": store(url=url)})
        second.start(paused=True)
        jobs = {job.id: job for job in second.get_jobs()}
        second.shutdown()

    times = {"changed": at, "resumed": world.now() + HOUR, "rescheduled": world.now() + 5 * HOUR}
    assert times | {"paused": None} == {name: job.next_run_time for name, job in jobs.items()}
    assert changes == {name: getattr(jobs["changed"], name) for name in changes}
    assert ([1], {"sep": ""}) == (list(jobs["changed"].args), jobs["changed"].kwargs)


@clause("JOB-25")
def test_a_handle_is_of_no_use_after_the_shutdown(world: World) -> None:
    """
    Changing and removing a job of a scheduler that was shut down raise.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    job = scheduler.add_job(world.tick().func, "interval", hours=1)
    scheduler.shutdown()

    for verb, keywords in (("modify", {"name": "Anew"}), ("remove", {})):
        error = world.call(getattr(job, verb), **keywords).error()
        if not isinstance(error, Exception):
            raise Broken(f"{verb}() to be refused", f"{error!r} came of it")


@clause(
    "ADD-10",
    "ADD-11",
    "ADD-14",
    "ADD-15",
    "ADD-16",
    *(f"JOB-{number}" for number in (1, 2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 25)),
)
def test_any_order_of_calls_leads_to_the_table_of_a_plain_dict(worlds: Worlds) -> None:
    """
    Whatever is called in whatever order, the jobs and refusals are those of the model.
    """
    run_state_machine_as_test(lambda: JobTable(worlds))  # type: ignore[arg-type]
