"""
Process pools: what travels, what cannot, and processes that die.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pool_jobs
import pytest

from bgsched.errors import UnsendableError
from bgsched.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
from bgsched.executors.pool import ProcessPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Recorder, SchedulerFactory

    from bgsched import BackgroundScheduler

    Record = Callable[..., Recorder]

ENDED = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED


@pytest.fixture
def scheduler(make_scheduler: SchedulerFactory) -> BackgroundScheduler:
    """
    A started scheduler whose jobs run in one other process.
    """
    made = make_scheduler(executors={"default": {"type": "processpool", "max_workers": "1"}})
    made.start()
    return made


def ends(scheduler: BackgroundScheduler, record: Record, **jobs: Any) -> dict[str, Any]:
    """
    Run jobs, given as callable or as callable and arguments, and return the events of their ends.
    """
    recorder = record(scheduler, ENDED)
    for name, job in jobs.items():
        func, *args = job if isinstance(job, tuple) else (job,)
        scheduler.add_job(func, id=name, args=args)
    return {event.job_id: event for event in (recorder.take() for _ in jobs)}


def test_jobs_run_in_another_process(scheduler: BackgroundScheduler, record: Record) -> None:
    """
    Functions by name, methods and class methods, with their results and errors (EXE-8).
    """
    ended = ends(
        scheduler,
        record,
        pid="os:getpid",
        method=pool_jobs.Heir(7).method,
        class_method=pool_jobs.Heir.class_method,
        error=pool_jobs.fail,
        exit=pool_jobs.leave,
    )

    here = os.getpid()
    assert here != ended["pid"].retval
    assert (7, True) == (ended["method"].retval[0], here != ended["method"].retval[1])
    assert "Heir" == ended["class_method"].retval
    assert "KeyError('no such thing')" == repr(ended["error"].exception)
    assert "in fail" in ended["error"].traceback
    assert "SystemExit(3)" == repr(ended["exit"].exception)
    assert {ended["pid"].retval} == {ended["method"].retval[1]}


def test_what_cannot_travel_is_an_error_of_its_own_job(
    scheduler: BackgroundScheduler, record: Record
) -> None:
    """
    What cannot be pickled or unpickled, there or back, fails; the process and other jobs do not.
    """
    ended = ends(
        scheduler,
        record,
        before="os:getpid",
        function=lambda: None,
        argument=(pool_jobs.give, pool_jobs.Explosive()),
        result=pool_jobs.unpicklable,
        fatal_result=pool_jobs.give_explosive,
        error=pool_jobs.betray,
        after="os:getpid",
    )

    assert ended["before"].retval == ended["after"].retval
    assert {EVENT_JOB_ERROR} == {
        event.code for name, event in ended.items() if name not in {"before", "after"}
    }
    assert "use a module-level function" in str(ended["function"].exception)
    assert "SystemExit('boom')" == repr(ended["argument"].exception)
    for name, words in {
        "result": "returned an object of type lock",
        "fatal_result": "returned an object of type Explosive",
        "error": "raised pool_jobs.TreacherousError: result: lost",
    }.items():
        error = ended[name].exception
        assert isinstance(error, UnsendableError)
        assert (name, words) == (error.job_id, error.described)
    assert "in betray" in ended["error"].traceback


def test_a_process_that_dies_costs_its_run_only(
    scheduler: BackgroundScheduler, record: Record
) -> None:
    """
    The run ends in an error; the next one gets a new pool (EXE-10).
    """
    (died,) = ends(scheduler, record, dies=pool_jobs.die).values()
    (lived,) = ends(scheduler, record, lives="os:getpid").values()

    assert "BrokenProcessPool" == type(died.exception).__name__
    assert EVENT_JOB_EXECUTED == lived.code


def test_each_run_time_has_its_own_end(scheduler: BackgroundScheduler, record: Record) -> None:
    """
    Of several run times handed over at once, each tells how it ended.
    """
    recorder = record(scheduler, ENDED)
    scheduler.add_job(
        pool_jobs.fail,
        "interval",
        seconds=1,
        start_date="2020-01-01",
        end_date="2020-01-01 00:00:02",
        next_run_time="2020-01-01",
        coalesce=False,
        misfire_grace_time=None,
    )

    times = [recorder.take().scheduled_run_time for _ in range(3)]

    assert ["00:00:00", "00:00:01", "00:00:02"] == [f"{time:%H:%M:%S}" for time in times]


def test_late_runs_are_missed(scheduler: BackgroundScheduler, record: Record) -> None:
    """
    Lateness is judged where the job would run.
    """
    recorder = record(scheduler, ENDED)
    past = "2020-01-01"
    scheduler.add_job("os:getpid", run_date=past, next_run_time=past, misfire_grace_time=1)

    assert EVENT_JOB_MISSED == recorder.take().code


def test_a_new_pool_has_the_settings_of_the_old_one(
    make_scheduler: SchedulerFactory, record: Record
) -> None:
    """
    Every process is initialized as asked for: at the start, after a death and after a restart.
    """
    kwargs = {"initializer": pool_jobs.remember, "initargs": ("this",)}
    scheduler = make_scheduler(executors={"default": ProcessPoolExecutor(1, kwargs)})
    scheduler.start()
    (first,) = ends(scheduler, record, first=pool_jobs.remembered).values()
    ends(scheduler, record, dies=pool_jobs.die)
    (second,) = ends(scheduler, record, second=pool_jobs.remembered).values()
    scheduler.shutdown()
    scheduler.start()
    (third,) = ends(scheduler, record, third=pool_jobs.remembered).values()

    assert [["this"]] * 3 == [first.retval, second.retval, third.retval]
    assert ["initargs", "initializer"] == sorted(kwargs)


def test_a_listener_may_shut_down(scheduler: BackgroundScheduler) -> None:
    """
    One that is told of the end of a run in the pool cannot wait for the pool, and need not.
    """
    returned = threading.Event()

    def stop(_: object) -> None:
        scheduler.shutdown()
        returned.set()

    scheduler.add_listener(stop, ENDED)
    scheduler.add_job("os:getpid")

    assert returned.wait(20)


@pytest.mark.parametrize("count", [0, -1, "none"])
def test_impossible_sizes(count: Any) -> None:
    """
    A pool needs a positive number of processes.
    """
    with pytest.raises(ValueError, match=repr(count)):
        ProcessPoolExecutor(count)
