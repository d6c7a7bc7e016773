"""
Jobs as text and as pickles, and back.
"""

from __future__ import annotations

import functools
import io
import json
import pickle
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.errors import ConflictingIdError
from bgsched.events import EVENT_JOB_EXECUTED
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
    Export and import need a scheduler that runs; import also free ids.
    """
    scheduler = make_scheduler()
    out = io.StringIO()
    with pytest.raises(RuntimeError):  # APScheduler's error
        scheduler.export_jobs(out)
    with pytest.raises(SchedulerNotRunningError):
        scheduler.import_jobs(out)
    scheduler.start(paused=True)
    scheduler.add_job(nothing, "interval", hours=1, id="x")
    scheduler.export_jobs(out)

    with pytest.raises(ConflictingIdError):
        scheduler.import_jobs(io.StringIO(out.getvalue()))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no JSON"),
        ("null", "format 1"),
        ('{"version": 2}', "format 1 .* not 2"),
        ('{"version": 1}', "a list .* not None"),
        ('{"version": 1, "jobs": [5]}', "job 5"),
    ],
)
def test_import_refuses_what_is_something_else(
    make_scheduler: SchedulerFactory, text: str, message: str
) -> None:
    """
    Any other text is refused in words that tell what was expected.
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)

    with pytest.raises(ValueError, match=message):
        scheduler.import_jobs(io.StringIO(text))


@pytest.mark.parametrize(
    "edit",
    [
        {"id": 5},
        {"func": "no_such_module:x"},
        {"args": "text"},
        {"kwargs": {"nobody": "asked"}, "func": "os:getpid"},
        {"trigger": {"class": "another library's"}},
        {"next_run_time": "soon"},
        {"max_instances": 0},
        {"name": None},
        {"args": [{"__bgsched_pickle__": "!"}]},
    ],
)
def test_import_checks_each_job(make_scheduler: SchedulerFactory, edit: dict[str, object]) -> None:
    """
    What add_job would refuse, import_jobs refuses too; the job is named, and none is added.
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)
    scheduler.add_job(nothing, "interval", hours=1, id="x")
    out = io.StringIO()
    scheduler.export_jobs(out)
    document = json.loads(out.getvalue())
    (state,) = document["jobs"]
    document["jobs"] = [{**state, "id": "good"}, {**state, "id": "bad", **edit}]

    with pytest.raises(ValueError, match=f"job {edit.get('id', 'bad')!r} cannot be imported"):
        scheduler.import_jobs(io.StringIO(json.dumps(document)))

    assert ["x"] == [job.id for job in scheduler.get_jobs()]


def test_import_adds_all_or_none(make_scheduler: SchedulerFactory) -> None:
    """
    If the id of a later job is taken, the jobs before it are not added either (XPORT-6).
    """
    one, other = make_scheduler(), make_scheduler()
    for scheduler in (one, other):
        scheduler.start(paused=True)
        scheduler.add_job(nothing, "interval", hours=2, id="taken")
    one.add_job(nothing, "interval", hours=1, id="free")
    out = io.StringIO()
    one.export_jobs(out)
    out.seek(0)

    with pytest.raises(ConflictingIdError, match="taken"):
        other.import_jobs(out)

    assert ["taken"] == [job.id for job in other.get_jobs()]


@pytest.mark.parametrize(
    ("func", "argument", "error"),
    [(lambda _: None, 1, ValueError), (nothing, threading.Lock(), TypeError)],
)
def test_a_failed_export_leaves_the_file(
    make_scheduler: SchedulerFactory,
    tmp_path: Path,
    func: Any,
    argument: object,
    error: type[Exception],
) -> None:
    """
    A job that cannot be written is named, and the file keeps what it held (XPORT-7).
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)
    scheduler.add_job(func, "interval", [argument], hours=1, id="odd")
    file = tmp_path / "jobs.json"
    file.write_text("precious", encoding="utf-8")

    with pytest.raises(error, match="'odd'"):
        scheduler.export_jobs(file)

    assert "precious" == file.read_text(encoding="utf-8")
