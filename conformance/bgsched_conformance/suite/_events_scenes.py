"""
A life in which every event occurs; for the tests of events.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bgsched_conformance.jobs import Gate
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World

# The documented class of each event's object; the codes are the kit's names for them.
CLASSES = {
    "SCHEDULER_STARTED": "SchedulerEvent",
    "SCHEDULER_SHUTDOWN": "SchedulerEvent",
    "SCHEDULER_PAUSED": "SchedulerEvent",
    "SCHEDULER_RESUMED": "SchedulerEvent",
    "EXECUTOR_ADDED": "SchedulerEvent",
    "EXECUTOR_REMOVED": "SchedulerEvent",
    "JOBSTORE_ADDED": "SchedulerEvent",
    "JOBSTORE_REMOVED": "SchedulerEvent",
    "ALL_JOBS_REMOVED": "SchedulerEvent",
    "JOB_ADDED": "JobEvent",
    "JOB_REMOVED": "JobEvent",
    "JOB_MODIFIED": "JobEvent",
    "JOB_SUBMITTED": "JobSubmissionEvent",
    "JOB_MAX_INSTANCES": "JobSubmissionEvent",
    "JOB_EXECUTED": "JobExecutionEvent",
    "JOB_ERROR": "JobExecutionEvent",
    "JOB_MISSED": "JobExecutionEvent",
}


class JobFailure(Exception):  # noqa: N818 - named for what it stands for
    """
    What the jobs of these tests raise.
    """


def fail() -> None:
    """
    Raise `JobFailure`; a job.
    """
    raise JobFailure("on purpose")


def live_through(world: World, scheduler: Subject) -> None:
    """
    Start *scheduler* and let every event but its shutdown be announced; no run goes on afterwards.
    """
    events = world.events(scheduler)
    scheduler.start()
    scheduler.pause()
    scheduler.resume()
    scheduler.add_executor("threadpool", "further")
    scheduler.remove_executor("further")
    scheduler.add_jobstore("memory", "further")
    scheduler.remove_jobstore("further")
    run_and_fail_and_miss(world, scheduler)
    overrun(world, scheduler).open()
    events.wait("JOB_EXECUTED", "held")
    scheduler.modify_job("held", name="anew")
    scheduler.remove_job("held")
    scheduler.remove_all_jobs()


def run_and_fail_and_miss(world: World, scheduler: Subject) -> None:
    """
    Let one job of a running *scheduler* succeed, one raise and one be too late.
    """
    events = world.events(scheduler)
    scheduler.add_job(world.tick().func, id="executed", misfire_grace_time=None)
    scheduler.add_job(fail, id="failed", misfire_grace_time=None)
    long_ago = world.now() - timedelta(hours=2)
    scheduler.add_job(
        world.tick().func, "date", run_date=long_ago, id="missed", misfire_grace_time=60
    )
    events.wait("JOB_EXECUTED", "executed")
    events.wait("JOB_ERROR", "failed")
    events.wait("JOB_MISSED", "missed")


def overrun(world: World, scheduler: Subject) -> Gate:
    """
    Let a run of the job "held" fall due while its first one, held at the returned gate, goes on.
    """
    gate = world.gate("held")
    scheduler.add_job(
        gate.func,
        "interval",
        minutes=10,
        next_run_time=world.now(),
        id="held",
        misfire_grace_time=None,
        max_instances=1,
    )
    gate.wait_begun()
    world.move(minutes=10)
    scheduler.wakeup()
    world.events(scheduler).wait("JOB_MAX_INSTANCES", "held")
    return gate


def events_of_further_parts(world: World, scheduler: Subject, name: str) -> list[Any]:
    """
    Wait for such events about an executor or job store, and return them.

    The default parts, which the start supplies, may be announced as well; they are left out.
    """
    events = world.events(scheduler)

    def found() -> list[Any]:
        return [event.raw for event in events.of(name) if event.alias != "default"]

    world.wait_until(lambda: bool(found()), f"{name} to be announced")
    return found()
