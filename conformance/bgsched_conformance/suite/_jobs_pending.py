"""
Changing, pausing, resuming and removing jobs before the start.

A part of the chapter `jobs`, which takes these tests in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from bgsched_conformance.world import World

HOUR = timedelta(hours=1)


@clause("JOB-18")
def test_a_pending_job_can_be_removed(world: World) -> None:
    """
    Removed before the start, by itself or through the scheduler, a job never comes to its store.
    """
    scheduler = world.bare_scheduler()
    jobs = {
        name: scheduler.add_job(world.tick().func, "interval", hours=1, id=name)
        for name in ("by itself", "by the scheduler", "kept")
    }

    jobs["by itself"].remove()
    scheduler.remove_job("by the scheduler")
    before = [job.id for job in scheduler.get_jobs()]
    scheduler.start(paused=True)

    assert ["kept"] == before
    assert ["kept"] == [job.id for job in scheduler.get_jobs()]


@clause("JOB-18")
def test_a_pending_job_can_be_paused_and_resumed(world: World) -> None:
    """
    A job paused before the start is paused after it; one that was resumed again is not.
    """
    scheduler = world.bare_scheduler()
    names = ("paused by itself", "paused", "resumed by itself", "resumed")
    jobs = {
        name: scheduler.add_job(world.tick().func, "interval", hours=1, id=name) for name in names
    }

    jobs["paused by itself"].pause()
    scheduler.pause_job("paused")
    jobs["resumed by itself"].pause().resume()
    scheduler.pause_job("resumed")
    scheduler.resume_job("resumed")
    scheduler.start(paused=True)

    times = {name: scheduler.get_job(name).next_run_time for name in names}
    expected = [None, None, world.now() + HOUR, world.now() + HOUR]
    assert dict(zip(names, expected, strict=True)) == times


@clause("JOB-18")
def test_a_pending_job_can_be_changed(world: World) -> None:
    """
    After the start a job has the settings and the trigger that it was given while pending.
    """
    scheduler = world.bare_scheduler()
    names = ("changed by itself", "changed", "rescheduled by itself", "rescheduled")
    jobs = {
        name: scheduler.add_job(world.tick().func, "interval", hours=1, id=name) for name in names
    }

    jobs["changed by itself"].modify(name="Anew", args=[1])
    scheduler.modify_job("changed", name="Anew", args=[1])
    jobs["rescheduled by itself"].reschedule("interval", hours=2)
    scheduler.reschedule_job("rescheduled", trigger="interval", hours=2)
    scheduler.start(paused=True)

    changed = [scheduler.get_job(name) for name in names[:2]]
    assert [("Anew", [1])] * 2 == [(job.name, list(job.args)) for job in changed]
    assert [world.now() + HOUR] * 2 == [job.next_run_time for job in changed]
    rescheduled = [scheduler.get_job(name) for name in names[2:]]
    assert [world.now() + 2 * HOUR] * 2 == [job.next_run_time for job in rescheduled]
