"""
Adding jobs: `add_job()` and `scheduled_job()`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bgsched_conformance.marks import clause
from bgsched_conformance.suite._adding_jobs_arguments import *  # noqa: F403 - more of the chapter
from bgsched_conformance.suite._adding_jobs_ids import *  # noqa: F403 - more of the chapter

if TYPE_CHECKING:
    from bgsched_conformance.world import World

HOUR = timedelta(hours=1)


@clause("ADD-1")
def test_every_option_can_be_given_by_name(world: World) -> None:
    """
    A job has the settings that `add_job()` was given as keywords, trigger arguments among them.
    """
    at = world.now() + timedelta(minutes=5)
    scheduler = world.scheduler()
    scheduler.add_executor("threadpool", "spare")
    scheduler.add_jobstore("memory", "shelf")
    scheduler.start(paused=True)
    settings: dict[str, Any] = {
        "func": world.tick().func,
        "kwargs": {"key": "value"},
        "id": "job",
        "name": "Report",
        "misfire_grace_time": 30,
        "coalesce": False,
        "max_instances": 4,
        "next_run_time": at,
        "executor": "spare",
    }

    scheduler.add_job(
        trigger="interval",
        args=["first"],
        jobstore="shelf",
        replace_existing=False,
        hours=1,
        **settings,
    )

    (job,) = scheduler.get_jobs("shelf")
    assert settings == {name: getattr(job, name) for name in settings}
    assert ["first"] == list(job.args)
    assert at + HOUR == job.trigger.get_next_fire_time(at, at)


@clause("ADD-1")
def test_every_option_can_be_given_by_position(world: World) -> None:
    """
    The order of the documented parameters is part of the signature, up to `replace_existing`.
    """
    at = world.now() + timedelta(minutes=5)
    scheduler = world.scheduler()
    scheduler.add_executor("threadpool", "spare")
    scheduler.add_jobstore("memory", "shelf")
    scheduler.start(paused=True)
    func = world.tick().func

    def add(name: str, *replace_existing: bool) -> None:
        options = (["first"], {"key": "value"}, "job", name, 30, False, 4, at, "shelf", "spare")
        scheduler.add_job(func, "interval", *options, *replace_existing, hours=1)

    add("Draft")
    add("Report", True)

    (job,) = scheduler.get_jobs("shelf")
    assert (func, ["first"], {"key": "value"}) == (job.func, list(job.args), job.kwargs)
    assert ("job", "Report", "spare", at) == (job.id, job.name, job.executor, job.next_run_time)
    assert (30, False, 4) == (job.misfire_grace_time, job.coalesce, job.max_instances)


@clause("ADD-1")
def test_the_new_job_is_returned(world: World) -> None:
    """
    What `add_job()` returns, before the start and after it, is the job of that id.
    """
    scheduler = world.scheduler()
    func = world.tick().func

    early = scheduler.add_job(func, "interval", hours=1, id="early", name="Early")
    scheduler.start(paused=True)
    late = scheduler.add_job(func, "interval", hours=1, id="late", name="Late")

    for job, name in ((early, "Early"), (late, "Late")):
        assert name == job.name
        assert name == scheduler.get_job(job.id).name


@clause("ADD-4")
def test_a_trigger_may_be_named_given_or_left_out(world: World) -> None:
    """
    A trigger given as an object, and the same by its type and arguments, lead to the same time.
    """
    scheduler = world.scheduler()
    scheduler.start(paused=True)
    arguments: dict[str, dict[str, Any]] = {
        "date": {"run_date": world.now() + timedelta(minutes=7)},
        "interval": {"minutes": 11, "start_date": world.now() + timedelta(minutes=5)},
        "cron": {"minute": 23, "timezone": "UTC"},
    }
    func = world.tick().func

    named = [scheduler.add_job(func, kind, **arguments[kind]) for kind in arguments]
    given = [scheduler.add_job(func, job.trigger) for job in named]
    left_out = scheduler.add_job(func)

    times = [world.now() + timedelta(minutes=minutes) for minutes in (7, 5, 23)]
    assert times == [job.next_run_time for job in named]
    assert times == [job.next_run_time for job in given]
    assert world.now() == left_out.next_run_time


@clause("ADD-4")
def test_a_job_without_trigger_runs_once(world: World) -> None:
    """
    It runs when it is added, and never again.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.add_job(job.func, misfire_grace_time=None)
    world.settle(scheduler)
    world.advance(scheduler, days=400)

    assert 1 == len(job.runs)


@clause("ADD-5")
def test_a_job_without_trigger_runs_immediately(world: World) -> None:
    """
    A running scheduler runs it at once, with no further call.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.add_job(job.func, misfire_grace_time=None)

    job.wait_ended()


@clause("ADD-15")
def test_the_first_run_time_may_be_given(world: World) -> None:
    """
    The first run is at `next_run_time`, before or after the trigger's own; the next are its own.
    """
    midnight, tick = world.now(), world.tick()
    first = {"early": midnight + timedelta(minutes=40), "late": midnight + timedelta(minutes=140)}
    scheduler = world.scheduler()
    scheduler.start()
    world.move(minutes=20)

    for name, at in first.items():
        scheduler.add_job(
            tick.func,
            "cron",
            minute=0,
            timezone="UTC",
            id=name,
            next_run_time=at,
            misfire_grace_time=None,
        )
    for _ in range(11):
        world.advance(scheduler, minutes=20)

    def minutes(name: str) -> list[float]:
        executed = world.events(scheduler).of("JOB_EXECUTED", name)
        times = sorted(event.raw.scheduled_run_time for event in executed)
        return [(time - midnight) / timedelta(minutes=1) for time in times]

    assert [40, 60, 120, 180, 240] == minutes("early")
    assert [140, 180, 240] == minutes("late")


@clause("ADD-16")
def test_a_job_may_be_added_paused(world: World) -> None:
    """
    With `next_run_time` None it is listed without a run time, and runs only once it is resumed.
    """
    triggers: dict[str, dict[str, Any]] = {
        "date": {"run_date": world.now() + 36 * HOUR},
        "interval": {"hours": 1},
        "cron": {"minute": 0, "timezone": "UTC"},
    }
    ticks = {}
    scheduler = world.scheduler()
    for when in ("before the start", "after the start"):
        for kind, arguments in triggers.items():
            ticks[f"{kind} {when}"] = tick = world.tick(kind)
            options = {"id": f"{kind} {when}", "next_run_time": None, "misfire_grace_time": None}
            scheduler.add_job(tick.func, kind, **options, **arguments)
        if not scheduler.running:
            scheduler.start()
    world.settle(scheduler)
    world.advance(scheduler, days=1)
    listed = {job.id: job.next_run_time for job in scheduler.get_jobs()}
    early = {name: len(tick.runs) for name, tick in ticks.items()}

    for name in ticks:
        scheduler.resume_job(name)
    world.advance(scheduler, hours=12)

    assert dict.fromkeys(ticks) == listed
    assert dict.fromkeys(ticks, 0) == early
    assert all(tick.runs for tick in ticks.values())


@clause("ADD-17")
def test_the_job_store_and_the_executor_are_chosen_by_alias(world: World) -> None:
    """
    A job goes to the store of its alias and runs on the executor of its alias, default or not.
    """
    logs = {}
    parts: dict[str, dict[str, Any]] = {"executors": {}, "jobstores": {}}
    for alias in ("default", "other"):
        parts["executors"][alias], logs["executor", alias] = world.executor()
        parts["jobstores"][alias], logs["store", alias] = world.store()
    scheduler = world.scheduler(**parts)
    scheduler.start(paused=True)
    job = world.tick().func

    scheduler.add_job(job, id="usual", misfire_grace_time=None)
    scheduler.add_job(job, id="other store", jobstore="other", misfire_grace_time=None)
    scheduler.add_job(job, id="other executor", executor="other", misfire_grace_time=None)
    scheduler.resume()
    for name in ("usual", "other store", "other executor"):
        world.events(scheduler).wait("JOB_EXECUTED", name)

    def given(part: str, alias: str, method: str) -> set[str]:
        return {request.value(0, "job").id for request in logs[part, alias].of(method)}

    assert {"usual", "other executor"} == given("store", "default", "add_job")
    assert {"other store"} == given("store", "other", "add_job")
    assert {"usual", "other store"} == given("executor", "default", "submit_job")
    assert {"other executor"} == given("executor", "other", "submit_job")


@clause("ADD-18")
def test_a_job_without_executor_does_not_hold_up_the_others(world: World) -> None:
    """
    A job that names an executor which is not there is due; a job due with it, and later ones, run.
    """
    together, later = world.tick("together"), world.tick("later")
    at = world.now() + HOUR
    scheduler = world.scheduler()
    scheduler.start()
    error = world.call(
        scheduler.add_job, world.tick("stranded").func, "date", run_date=at, executor="nowhere"
    ).error()
    scheduler.add_job(together.func, "date", run_date=at, misfire_grace_time=None)

    world.advance(scheduler, hours=1)
    scheduler.add_job(later.func, misfire_grace_time=None)
    world.settle(scheduler)

    assert error is None or isinstance(error, Exception)
    assert (1, 1) == (len(together.runs), len(later.runs))


@clause("ADD-20")
def test_a_running_scheduler_is_woken(world: World) -> None:
    """
    A job that is due runs at once, though the scheduler had nothing to do for a day.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(world.tick("far").func, "interval", days=1)
    world.settle(scheduler)

    scheduler.add_job(job.func, "date", run_date=world.now(), misfire_grace_time=None)

    job.wait_ended()


@clause("ADD-21")
def test_the_decorator_adds_the_function_and_returns_it(world: World) -> None:
    """
    The decorated name is still the function itself, and its job has the options given.
    """
    job, begin = world.tick(), world.now()
    scheduler = world.scheduler()
    scheduler.start()

    decorated = scheduler.scheduled_job(
        "interval", id="job", name="Report", args=[1], hours=1, misfire_grace_time=None
    )(job.func)
    added = scheduler.get_job("job")
    name, first = added.name, added.next_run_time
    world.settle(scheduler)
    world.advance(scheduler, hours=1)

    assert decorated is job.func
    assert ("Report", begin + HOUR) == (name, first)
    assert [(1,)] == [run.arguments for run in job.runs]


@clause("ADD-21")
def test_the_decorator_replaces_a_job(world: World) -> None:
    """
    Of two functions with one id the second has it, before the start and after it.
    """
    scheduler = world.bare_scheduler()

    def decorate(number: int) -> None:
        tick = world.tick(f"tick_{number}")
        scheduler.scheduled_job("interval", id="job", args=[number], hours=1)(tick.func)

    decorate(1)
    decorate(2)
    scheduler.start(paused=True)
    early = [list(job.args) for job in scheduler.get_jobs()]
    decorate(3)
    late = [list(job.args) for job in scheduler.get_jobs()]

    assert ([[2]], [[3]]) == (early, late)


@clause("ADD-22")
def test_a_job_is_pending_until_it_is_stored(world: World) -> None:
    """
    `pending` is true before the start; false after it, and at once on a started scheduler.
    """
    scheduler = world.scheduler()

    early = scheduler.add_job(world.tick().func, "interval", hours=1)
    before = early.pending
    scheduler.start(paused=True)
    late = scheduler.add_job(world.tick().func, "interval", hours=1)

    assert (True, False, False) == (before, early.pending, late.pending)


@clause("ADD-23")
def test_a_trigger_without_run_time_makes_no_job_run(world: World) -> None:
    """
    A job whose trigger has no run time to give never runs, whatever else becomes of it.
    """
    jobs = {kind: world.tick(kind) for kind in ("past", "empty")}
    scheduler = world.scheduler()
    scheduler.start()

    for job, trigger, arguments in (
        (jobs["past"], "cron", {"year": 2000}),
        (jobs["empty"], world.trigger(lambda _previous, _now: None), {}),
    ):
        world.call(
            scheduler.add_job, job.func, trigger, misfire_grace_time=None, **arguments
        ).wait()
    world.settle(scheduler)
    world.advance(scheduler, days=400)

    assert [[], []] == [job.runs for job in jobs.values()]
