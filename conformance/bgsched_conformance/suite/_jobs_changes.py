"""
Changing jobs, rescheduling them, and what jobs do to themselves.

A part of the chapter `jobs`, which takes these tests in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bgsched_conformance.jobs import Tick
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


def trigger_of(world: World, kind: str, **arguments: Any) -> Any:
    """
    Return a trigger object: that of a job which is never run.
    """
    return world.bare_scheduler().add_job(world.tick().func, kind, **arguments).trigger


def hourly_job(scheduler: Subject, tick: Tick, **options: Any) -> Any:
    """
    Add a job that is due in an hour.
    """
    return scheduler.add_job(
        tick.func, "interval", hours=1, id="job", misfire_grace_time=None, **options
    )


@clause("JOB-2")
def test_each_setting_can_be_changed(world: World) -> None:
    """
    Each attribute takes a new value, through the job and the scheduler; both return the job.
    """
    scheduler = world.bare_scheduler()
    scheduler.add_executor("threadpool", "spare")
    scheduler.start(paused=True)
    job = hourly_job(scheduler, world.tick())
    changes: dict[str, Any] = {
        "name": "Anew",
        "func": world.tick("other").func,
        "args": (1, 2),
        "kwargs": {"key": 3},
        "coalesce": False,
        "trigger": trigger_of(world, "cron", minute=7, timezone="UTC"),
        "executor": "spare",
        "misfire_grace_time": 77,
        "max_instances": 5,
        "next_run_time": world.now() + timedelta(days=3),
    }

    def comparable(name: str, value: Any) -> Any:
        if name == "trigger":  # may be a copy
            return value.get_next_fire_time(None, world.now())
        return tuple(value) if name == "args" else value

    for name, value in changes.items():
        returned = job.modify(**{name: value})
        found = getattr(scheduler.get_job("job"), name)
        assert returned is job
        assert comparable(name, value) == comparable(name, found)
    for flag in (True, False):
        assert "job" == scheduler.modify_job("job", "default", coalesce=flag, args=[]).id
        assert (flag, []) == (
            scheduler.get_job("job").coalesce,
            list(scheduler.get_job("job").args),
        )


@clause("JOB-2")
def test_a_changed_job_runs_as_changed(world: World) -> None:
    """
    A change that was made while running counts from the next run on.
    """
    old, new = world.tick("old"), world.tick("new")
    scheduler = world.scheduler()
    scheduler.start()
    job = hourly_job(scheduler, old, args=["old"])
    world.settle(scheduler)
    world.advance(scheduler, hours=1)

    job.modify(func=new.func, args=["new"], kwargs={"key": "value"})
    world.advance(scheduler, hours=1)

    assert [("old",)] == [run.arguments for run in old.runs]
    assert [(("new",), {"key": "value"})] == [(run.arguments, run.keywords) for run in new.runs]


@clause("JOB-3")
def test_the_id_cannot_be_changed(world: World) -> None:
    """
    `modify(id=...)` raises, pending or stored, and the job keeps its id and all else.
    """
    scheduler = world.bare_scheduler()
    job = hourly_job(scheduler, world.tick(), name="Before")

    for _ in ("before the start", "after the start"):
        for change in (job.modify, lambda **changes: scheduler.modify_job("job", **changes)):
            error = world.call(change, id="other", name="After").error()
            if not isinstance(error, Exception):
                raise Broken("a change of the id to be refused", "it was accepted")
        assert [("job", "Before")] == [(each.id, each.name) for each in scheduler.get_jobs()]
        if not scheduler.running:
            scheduler.start(paused=True)


@clause("JOB-4")
def test_an_unknown_setting_is_refused_with_all_others(world: World) -> None:
    """
    Of changes that cannot all be made none is made, in whatever order they come.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    job = hourly_job(scheduler, world.tick(), name="Before", max_instances=2, args=[1])
    next_run_time = job.next_run_time
    good = {"name": "After", "max_instances": 6, "args": [2], "next_run_time": None}

    for bad in ({"colour": "red"}, {"max_instance": 1}):
        for changes in ({**good, **bad}, {**bad, **good}):
            error = world.call(scheduler.modify_job, "job", **changes).error()
            if not isinstance(error, Exception):
                raise Broken(f"modify_job(**{bad}) to be refused", "it was accepted")

    found = scheduler.get_job("job")
    assert ("Before", 2, [1]) == (found.name, found.max_instances, list(found.args))
    assert next_run_time == found.next_run_time


@clause("JOB-5")
def test_a_job_whose_run_time_is_moved_runs_then(world: World) -> None:
    """
    With a run time of now it runs at once, without a further call; with a later one, then.
    """
    sooner, later = world.tick("sooner"), world.tick("later")
    scheduler = world.scheduler()
    scheduler.start()
    for tick in (sooner, later):
        scheduler.add_job(
            tick.func, "interval", hours=1, id=tick.name, misfire_grace_time=None, max_instances=9
        )
    world.settle(scheduler)

    scheduler.modify_job("later", next_run_time=world.now() + timedelta(hours=2))
    world.settle(scheduler)
    scheduler.modify_job("sooner", next_run_time=world.now())
    sooner.wait_begun()
    world.advance(scheduler, hours=1)
    in_between = len(later.runs)
    world.advance(scheduler, hours=1)

    assert (0, 1) == (in_between, len(later.runs))


@clause("JOB-6")
def test_a_trigger_that_is_changed_leaves_the_next_run_time(world: World) -> None:
    """
    The run that was planned takes place; the ones after it are those of the new trigger.
    """
    tick, begin = world.tick(), world.now()
    scheduler = world.scheduler()
    scheduler.start()
    hourly_job(scheduler, tick)

    scheduler.modify_job("job", trigger=trigger_of(world, "cron", minute=20, timezone="UTC"))
    changed = scheduler.get_job("job").next_run_time
    world.settle(scheduler)
    world.advance(scheduler, minutes=20)
    early = len(tick.runs)
    world.advance(scheduler, minutes=40)
    following = scheduler.get_job("job").next_run_time

    assert begin + timedelta(hours=1) == changed
    assert (0, 1) == (early, len(tick.runs))
    assert begin + timedelta(minutes=80) == following


@clause("JOB-7")
def test_a_rescheduled_job_has_the_run_time_of_its_new_trigger(world: World) -> None:
    """
    Through the job and the scheduler, with a trigger by name and as an object; the job is returned.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    job = hourly_job(scheduler, world.tick())
    world.move(minutes=20)

    def next_run_time() -> timedelta:
        moment: datetime = scheduler.get_job("job").next_run_time
        return moment - world.now()

    assert job is job.reschedule("interval", minutes=5)
    assert timedelta(minutes=5) == next_run_time()
    assert job is job.reschedule(trigger_of(world, "cron", minute=30, timezone="UTC"))
    assert timedelta(minutes=10) == next_run_time()
    assert "job" == scheduler.reschedule_job("job", trigger="interval", hours=2).id
    assert timedelta(hours=2) == next_run_time()
    assert "job" == scheduler.reschedule_job("job", "default", "cron", minute=25, timezone="UTC").id
    assert timedelta(minutes=5) == next_run_time()


@clause("JOB-7")
def test_a_rescheduled_job_runs_at_its_new_time(world: World) -> None:
    """
    A time that is now leads to a run at once; the old time, which comes later, to none.
    """
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    hourly_job(scheduler, tick)
    world.settle(scheduler)

    scheduler.reschedule_job("job", trigger="date", run_date=world.now())
    tick.wait_begun()
    world.advance(scheduler, hours=1)

    assert 1 == len(tick.runs)


@clause("JOB-21")
def test_a_job_is_removed_after_its_last_run(world: World) -> None:
    """
    Once its trigger has no further time, a job has run and is gone, which REMOVED announces.
    """
    ticks = {kind: world.tick(kind) for kind in ("date", "interval", "cron")}
    begin = world.now()
    end = {"end_date": begin + timedelta(hours=2), "misfire_grace_time": None}
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(
        ticks["date"].func,
        "date",
        run_date=begin + timedelta(hours=2),
        id="date",
        misfire_grace_time=None,
    )
    scheduler.add_job(ticks["interval"].func, "interval", hours=1, id="interval", **end)
    scheduler.add_job(ticks["cron"].func, "cron", minute=30, timezone="UTC", id="cron", **end)

    for _ in range(3):
        world.advance(scheduler, minutes=30)
    before = {job.id for job in scheduler.get_jobs()}
    world.advance(scheduler, minutes=30)
    for kind in ticks:
        world.events(scheduler).wait("JOB_REMOVED", kind)

    assert {"date", "interval"} == before
    assert [] == scheduler.get_jobs()
    assert {"date": 1, "interval": 2, "cron": 2} == {k: len(t.runs) for k, t in ticks.items()}


@clause("JOB-22")
def test_a_job_may_change_itself(world: World) -> None:
    """
    A run may remove, pause or change its own job; what it did holds for the next run.
    """
    scheduler = world.scheduler()
    actions: dict[str, Callable[[], object]] = {
        "remove": lambda: scheduler.remove_job("remove"),
        "pause": lambda: scheduler.pause_job("pause"),
        "modify": lambda: scheduler.modify_job("modify", args=["anew"]),
    }
    ticks = {name: world.tick(name, action) for name, action in actions.items()}
    scheduler.start()
    for name, tick in ticks.items():
        scheduler.add_job(tick.func, "interval", hours=1, id=name, misfire_grace_time=None)
    world.settle(scheduler)

    world.advance(scheduler, hours=1)
    jobs = {job.id: job.next_run_time is None for job in scheduler.get_jobs()}
    world.advance(scheduler, hours=1)

    assert {"pause": True, "modify": False} == jobs
    assert {"remove": 1, "pause": 1, "modify": 2} == {n: len(t.runs) for n, t in ticks.items()}
    assert [(), ("anew",)] == [run.arguments for run in ticks["modify"].runs]


@clause("JOB-22", informational=True)
def test_a_job_that_runs_in_line_may_remove_itself(world: World) -> None:
    """
    After that, other jobs run as before.
    """
    in_line = world.target.symbol("executors.debug", "DebugExecutor")
    scheduler = world.scheduler(executors={"default": in_line()})
    removing = world.tick("removing", lambda: scheduler.remove_job("job"))
    other = world.tick("other")
    scheduler.start()
    hourly_job(scheduler, removing, next_run_time=world.now())
    removing.wait_ended()

    scheduler.add_job(other.func, misfire_grace_time=None)

    other.wait_ended()
