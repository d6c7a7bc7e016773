"""
Events: what is announced, as what, and what listeners may do about it.

The other half of the chapter is `events`, which takes these tests in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._events_scenes import (
    CLASSES,
    events_of_further_parts,
    fail,
    live_through,
    run_and_fail_and_miss,
)

if TYPE_CHECKING:
    from bgsched_conformance.world import World


@clause("EVT-9")
def test_the_life_of_the_scheduler_is_announced(world: World) -> None:
    """
    Start, pause, resumption and shutdown are announced once each.
    """
    scheduler = world.scheduler()
    events = world.events(scheduler)

    scheduler.start()
    scheduler.pause()
    scheduler.resume()
    scheduler.shutdown()

    for name in ("STARTED", "PAUSED", "RESUMED", "SHUTDOWN"):
        events.wait(f"SCHEDULER_{name}")
        assert 1 == len(events.of(f"SCHEDULER_{name}"))


@clause("EVT-9")
def test_attaching_and_detaching_is_announced(world: World) -> None:
    """
    Executors and job stores, added to and removed from a running scheduler, are announced.
    """
    scheduler = world.scheduler()
    scheduler.start(paused=True)

    scheduler.add_executor("threadpool", "further")
    scheduler.add_jobstore("memory", "further")
    scheduler.remove_executor("further")
    scheduler.remove_jobstore("further")

    for name in ("EXECUTOR_ADDED", "JOBSTORE_ADDED", "EXECUTOR_REMOVED", "JOBSTORE_REMOVED"):
        assert 1 == len(events_of_further_parts(world, scheduler, name))


@clause("EVT-9")
def test_changes_of_jobs_are_announced(world: World) -> None:
    """
    A job added, one modified, one removed and all jobs removed: each is announced once.
    """
    scheduler = world.scheduler()
    events = world.events(scheduler)
    scheduler.start(paused=True)

    scheduler.add_job(fail, "interval", hours=1, id="mine")
    scheduler.modify_job("mine", name="anew")
    scheduler.remove_job("mine")
    scheduler.remove_all_jobs()

    for name in ("JOB_ADDED", "JOB_MODIFIED", "JOB_REMOVED", "ALL_JOBS_REMOVED"):
        events.wait(name)
        assert 1 == len(events.of(name))


@clause("EVT-9")
def test_a_job_that_was_waiting_is_announced_by_the_start(world: World) -> None:
    """
    A job added before the start is announced as added by the time the start has been.
    """
    scheduler = world.scheduler()
    scheduler.add_job(fail, "interval", hours=1, id="waiting")

    scheduler.start(paused=True)

    world.events(scheduler).wait("JOB_ADDED", "waiting")


@clause("EVT-9")
def test_runs_and_their_outcomes_are_announced(world: World) -> None:
    """
    Jobs that succeed, fail and come too late are announced as submitted, and so are their ends.
    """
    scheduler = world.scheduler()
    events = world.events(scheduler)
    scheduler.start()

    run_and_fail_and_miss(world, scheduler)

    for job_id in ("executed", "failed", "missed"):
        events.wait("JOB_SUBMITTED", job_id)
        events.wait("JOB_REMOVED", job_id)
    ends = {"executed": "JOB_EXECUTED", "failed": "JOB_ERROR", "missed": "JOB_MISSED"}
    for job_id, end in ends.items():
        assert [end] == [name for name in ends.values() for _ in events.of(name, job_id)]


@clause("EVT-10")
def test_each_event_is_of_its_documented_class(world: World) -> None:
    """
    In a life in which every event occurs, each is an instance of the class documented for its code.
    """
    classes = {name: world.target.symbol("events", name) for name in set(CLASSES.values())}
    scheduler = world.scheduler()
    events = world.events(scheduler)

    live_through(world, scheduler)
    scheduler.shutdown()

    for name, class_name in CLASSES.items():
        events.wait(name)
        for event in events.of(name):
            if not isinstance(event.raw, classes[class_name]):
                raise Broken(f"{name} to be a {class_name}", f"it is a {type(event.raw).__name__}")


@clause("EVT-11")
def test_a_listener_may_add_and_list_jobs_at_any_event(world: World) -> None:
    """
    A listener that adds a job and lists all jobs at every event is answered each time.
    """
    scheduler = world.scheduler()
    names = world.target.event_names()
    answered: set[str] = set()

    def call_back(event: Any) -> None:
        if not str(getattr(event, "job_id", "")).startswith("added at "):
            name = f"added at {names[event.code]} by {id(event)}"
            scheduler.raw.add_job(fail, "interval", hours=1, id=name)
            scheduler.raw.get_jobs()
            answered.add(names[event.code])

    scheduler.add_listener(call_back)
    live_through(world, scheduler)

    world.wait_until(
        lambda: answered >= set(CLASSES) - {"SCHEDULER_SHUTDOWN"},
        "what a listener asks to be answered at each event",
        lambda: f"answered at {sorted(answered)}",
    )


@clause("EVT-11")
def test_a_listener_may_start_the_next_job_when_one_has_ended(world: World) -> None:
    """
    Each job of a chain is added by a listener that heard of the end of the one before it, and runs.
    """
    scheduler = world.scheduler()
    ticks = [world.tick(f"link{number}") for number in range(4)]

    def go_on(event: Any) -> None:
        following = int(event.job_id) + 1
        if following < len(ticks):
            scheduler.raw.add_job(ticks[following].func, id=str(following), misfire_grace_time=None)

    scheduler.add_listener(go_on, world.target.event("JOB_EXECUTED"))
    scheduler.start()
    scheduler.add_job(ticks[0].func, id="0", misfire_grace_time=None)

    for tick in ticks:
        tick.wait_ended()


@clause("EVT-11")
def test_a_listener_may_change_and_remove_the_job_it_hears_of(world: World) -> None:
    """
    A listener renames each job when it is added and removes it when that is announced.
    """
    scheduler = world.scheduler()
    events = world.events(scheduler)
    added, modified = world.target.event("JOB_ADDED"), world.target.event("JOB_MODIFIED")

    def meddle(event: Any) -> None:
        if event.code == added:
            scheduler.raw.modify_job(event.job_id, name="anew")
        else:
            scheduler.raw.remove_job(event.job_id)

    scheduler.add_listener(meddle, added | modified)
    scheduler.start(paused=True)
    scheduler.add_job(fail, "interval", hours=1, id="mine")

    events.wait("JOB_REMOVED", "mine")
    world.wait_until(
        lambda: not scheduler.raw.get_jobs(), "the job that a listener removed to be gone"
    )
