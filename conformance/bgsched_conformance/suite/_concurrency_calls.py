"""
Jobs that call the scheduler which runs them.

The other half of the chapter is `concurrency`, which takes these tests in.
"""

from __future__ import annotations

import io
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bgsched_conformance.marks import clause
from bgsched_conformance.suite._shutdown_scenes import (
    error_of,
    held_job,
    nothing,
    shutting_down,
)
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


@clause("CONC-2")
def test_a_job_may_add_the_next_one(world: World) -> None:
    """
    In a chain of three jobs, each added by the one before, all run.
    """
    scheduler = world.scheduler()
    last = world.tick("last")
    second = world.tick(
        "second", lambda: scheduler.add_job(last.func, id="last", misfire_grace_time=None)
    )
    first = world.tick(
        "first", lambda: scheduler.add_job(second.func, id="second", misfire_grace_time=None)
    )
    scheduler.start()

    scheduler.add_job(first.func, id="first", misfire_grace_time=None)

    last.wait_ended()
    world.settle(scheduler)
    assert [1, 1, 1] == [len(tick.runs) for tick in (first, second, last)]


@clause("CONC-2")
def test_a_job_may_reschedule_itself(world: World) -> None:
    """
    A job that puts itself off to a minute later, each time, runs each minute and not each hour.
    """
    scheduler = world.scheduler()

    def put_off() -> None:
        scheduler.reschedule_job("job", trigger="interval", minutes=1)

    tick = world.tick("job", put_off)
    scheduler.start()
    scheduler.add_job(
        tick.func, "interval", hours=1, next_run_time=START, id="job", misfire_grace_time=None
    )
    world.settle(scheduler)

    for _ in range(2):
        world.advance(scheduler, minutes=1)

    assert [START + timedelta(minutes=number) for number in range(3)] == [
        run.at for run in tick.runs
    ]


@clause("CONC-2")
def test_a_job_may_make_any_other_call(world: World) -> None:
    """
    Calls of all kinds, made by one job, return and raise nothing.
    """
    scheduler = world.scheduler()
    calls = _calls_about(scheduler, "other")
    calls |= {
        "list": scheduler.get_jobs,
        "pause": scheduler.pause,
        "resume": scheduler.resume,
        "wake": scheduler.wakeup,
        "hear": lambda: scheduler.add_listener(nothing, 0),
        "remove": lambda: scheduler.remove_job("other"),
    }
    errors: dict[str, Exception | None] = {}

    def make_all() -> None:
        for name, call in calls.items():
            errors[name] = error_of(call)

    caller = world.tick("caller", make_all)
    scheduler.start()
    scheduler.add_job(nothing, "interval", hours=1, id="other")

    scheduler.add_job(caller.func, id="caller", misfire_grace_time=None)

    caller.wait_ended()
    assert dict.fromkeys(calls) == errors
    assert scheduler.running


def _calls_about(scheduler: Subject, job_id: str) -> dict[str, Callable[[], object]]:
    return {
        "look up": lambda: scheduler.get_job(job_id),
        "change": lambda: scheduler.modify_job(job_id, name="changed"),
        "pause job": lambda: scheduler.pause_job(job_id),
        "resume job": lambda: scheduler.resume_job(job_id),
        "reschedule": lambda: scheduler.reschedule_job(job_id, trigger="interval", hours=2),
        "print": lambda: scheduler.print_jobs(out=io.StringIO()),
    }


@clause("CONC-3")
def test_shutdown_and_the_calls_of_running_jobs_all_end(world: World) -> None:
    """
    Running jobs that look up, change, pause and print jobs during shutdown(wait=True) end.
    """
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(nothing, "interval", hours=1, id="ahead")
    gates = [
        held_job(world, scheduler, name, action=partial(error_of, call))
        for name, call in _calls_about(scheduler, "ahead").items()
    ]
    stopping = shutting_down(world, scheduler)

    for gate in gates:
        gate.open()

    stopping.result()
    for gate in gates:
        gate.wait_ended()


@clause("CONC-5")
def test_a_job_may_remove_itself(world: World) -> None:
    """
    The call returns to the job, which goes on, and it is not run again.
    """
    scheduler = world.scheduler()
    outcome: list[Exception | None] = []
    tick = world.tick("job", lambda: outcome.append(error_of(lambda: scheduler.remove_job("job"))))
    scheduler.start()

    scheduler.add_job(
        tick.func, "interval", minutes=1, next_run_time=START, id="job", misfire_grace_time=None
    )
    tick.wait_ended()
    world.advance(scheduler, minutes=5)

    assert [None] == outcome
    assert 1 == len(tick.runs)
