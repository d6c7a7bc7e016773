"""
How runs end: with a value, with an exception, or not for a long time.

The other half of the chapter is `running_jobs`, which takes these tests in.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.world import World


class NoException(BaseException):
    """
    A kind of exception of the user's own, outside of `Exception`.
    """


@clause("MISF-9")
def test_an_exception_of_a_job_is_announced_and_does_no_harm(world: World) -> None:
    """
    A job that raises is run again, each time with JOB_ERROR; another job runs as well.
    """
    _raises_and_goes_on(world, [ValueError("raised by the test")])


@clause("MISF-10")
def test_exceptions_outside_of_exception_do_no_harm_either(world: World) -> None:
    """
    Four jobs that raise such are run again, each time with JOB_ERROR; another job runs as well.
    """
    _raises_and_goes_on(
        world, [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), NoException("own")]
    )


def _raises_and_goes_on(world: World, errors: list[BaseException]) -> None:
    healthy = world.tick("healthy")
    scheduler = world.scheduler()
    scheduler.start()
    jobs = {f"bad{number}": error for number, error in enumerate(errors)}
    ticks = {name: world.tick(name, _raising(error)) for name, error in jobs.items()}
    for tick in (*ticks.values(), healthy):
        scheduler.add_job(tick.func, "interval", minutes=1, id=tick.name, misfire_grace_time=None)

    for count in (1, 2):
        world.move(minutes=1)
        scheduler.wakeup()
        for name, error in jobs.items():
            event = world.events(scheduler).wait("JOB_ERROR", name, count)
            if event.raw.exception is not error:
                raise Broken(f"JOB_ERROR with {error!r}", f"with {event.raw.exception!r}")
        healthy.wait_ended(count)
        world.settle(scheduler)

    assert [2] * len(jobs) == [len(tick.runs) for tick in ticks.values()]
    assert {*jobs, "healthy"} == {job.id for job in scheduler.get_jobs()}
    assert scheduler.running


@clause("MISF-11")
def test_an_exception_of_a_job_is_logged(world: World) -> None:
    """
    A record that reaches the logger `apscheduler` carries the exception or its text.
    """
    error = ValueError("the exception that is to be found")
    seen = world.event("the exception to be logged")

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            carried = record.exc_info and record.exc_info[1] is error
            if carried or str(error) in f"{record.getMessage()}{record.exc_text}":
                seen.set()

    logger, ear = logging.getLogger("apscheduler"), Ear()
    logger.addHandler(ear)
    try:
        scheduler = world.scheduler()
        scheduler.start()
        scheduler.add_job(world.tick("bad", _raising(error)).func, misfire_grace_time=None)

        seen.wait()
    finally:
        logger.removeHandler(ear)


@clause("MISF-12")
def test_the_value_of_a_run_is_announced(world: World) -> None:
    """
    `retval` of JOB_EXECUTED is the very object that the job returned.
    """
    scheduler = world.scheduler()
    scheduler.start()

    for number, value in enumerate((object(), None, 0, ["mutable"], ValueError("a mere value"))):
        tick = world.tick(f"job{number}", _returning(value))
        scheduler.add_job(tick.func, id=tick.name, misfire_grace_time=None)

        event = world.events(scheduler).wait("JOB_EXECUTED", tick.name)
        if event.raw.retval is not value:
            raise Broken(f"retval {value!r}", repr(event.raw.retval))


@clause("MISF-13")
def test_a_run_time_at_the_end_of_time_does_no_harm(world: World) -> None:
    """
    A scheduler that has nothing to do before the year 9999 runs a job that is added then.
    """
    end_of_time = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    tick = world.tick()
    scheduler = world.scheduler(timezone="UTC")
    scheduler.add_job(tick.func, "date", run_date=end_of_time, id="far")

    scheduler.start()
    world.give_way()
    scheduler.add_job(tick.func, misfire_grace_time=None)
    tick.wait_ended()
    world.settle(scheduler)

    assert [] == world.thread_errors
    assert [end_of_time] == [job.next_run_time for job in scheduler.get_jobs()]


def _raising(error: BaseException) -> Callable[[], object]:
    def action() -> object:
        raise error

    return action


def _returning(value: object) -> Callable[[], object]:
    return lambda: value
