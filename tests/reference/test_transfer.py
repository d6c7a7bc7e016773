"""
Jobs as text and as pickles, and back.
"""

from __future__ import annotations

import functools
import io
import json
import pickle
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.errors import (
    ConflictingIdError,
)
from bgsched.events import (
    EVENT_JOB_EXECUTED,
)
from bgsched.schedulers import SchedulerNotRunningError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.reference.conftest import Recorder, SchedulerFactory

    from bgsched.job import Job

    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)


def nothing(*args: object, **kwargs: object) -> None:
    """
    Do nothing with anything.
    """


def _called(job: Job) -> object:
    func, args, kwargs = job.call
    return func(*args, **kwargs)


class Greeter:
    """
    Something with a method.
    """

    def __init__(self, greeting: str) -> None:
        self.greeting = greeting

    def greet(self) -> str:
        """
        Return the greeting.
        """
        return self.greeting


@pytest.mark.parametrize("func", ["os:getpid", nothing, Greeter("hello").greet])
def test_a_pickled_job_does_the_same(make_scheduler: SchedulerFactory, func: Any) -> None:
    """
    A job survives pickling, the instance of a bound method included.
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)
    job = scheduler.add_job(func, "interval", hours=1)

    copy: Job = pickle.loads(pickle.dumps(job))  # noqa: S301 - its own

    assert _called(job) == _called(copy)
    assert (job.id, job.name, job.next_run_time) == (copy.id, copy.name, copy.next_run_time)
    assert (None, None) == (copy.scheduler, copy.jobstore)


@pytest.mark.parametrize("func", [lambda: None, functools.partial(nothing, 1)])
def test_what_has_no_name_is_not_pickled(make_scheduler: SchedulerFactory, func: Any) -> None:
    """
    A callable that cannot be found again by name is refused, with advice.
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)

    with pytest.raises(ValueError, match="module-level function"):
        pickle.dumps(scheduler.add_job(func, "interval", hours=1))


def test_export_and_import(
    make_scheduler: SchedulerFactory, record: Record, tmp_path: Path
) -> None:
    """
    Exported jobs come back with all settings, belong to their new scheduler, and run (XPORT-5).
    """
    one, other = make_scheduler(), make_scheduler()
    one.start(paused=True)
    job = one.add_job(
        nothing,
        "cron",
        hour=5,
        args=[1, "a"],
        kwargs={"b": None},
        id="x",
        max_instances=3,
        coalesce=False,
    )
    one.add_job(nothing, id="due", misfire_grace_time=None)
    one.export_jobs(tmp_path / "jobs.json")
    other.start()
    recorder = record(other)

    other.import_jobs(str(tmp_path / "jobs.json"))

    recorder.wait_for(EVENT_JOB_EXECUTED, "due")
    copy = other.get_job("x")
    assert copy is not None
    assert job.__getstate__().keys() == copy.__getstate__().keys()
    assert (job.call, job.next_run_time, str(job.trigger)) == (
        copy.call,
        copy.next_run_time,
        str(copy.trigger),
    )
    assert "renamed" == copy.modify(name="renamed").name


def test_what_import_refuses(make_scheduler: SchedulerFactory) -> None:
    """
    Export and import need a scheduler that runs; import also the right format and free ids.
    """
    scheduler = make_scheduler()
    out = io.StringIO()
    with pytest.raises(SchedulerNotRunningError):
        scheduler.export_jobs(out)
    with pytest.raises(SchedulerNotRunningError):
        scheduler.import_jobs(out)
    scheduler.start(paused=True)
    scheduler.add_job(nothing, "interval", hours=1, id="x")
    scheduler.export_jobs(out)

    with pytest.raises(ValueError, match="format 1"):
        scheduler.import_jobs(io.StringIO(json.dumps({"version": 2})))
    foreign = json.loads(out.getvalue())
    foreign["jobs"][0]["trigger"] = {"class": "another library's"}
    with pytest.raises(ValueError, match="no usable trigger"):
        scheduler.import_jobs(io.StringIO(json.dumps(foreign)))
    with pytest.raises(ConflictingIdError):
        scheduler.import_jobs(io.StringIO(out.getvalue()))
