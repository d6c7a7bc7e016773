"""
Job stores and executors that are derived from no class of ours, by whatever door they come in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.executors.debug import DebugExecutor
from apscheduler.executors.pool import ProcessPoolExecutor, ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from foreign_parts import PlainExecutor, PlainJobStore

from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
    EVENT_SCHEDULER_SHUTDOWN,
    JobExecutionEvent,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.reference.conftest import (
        Background,
        Gate,
        Recorder,
        SchedulerFactory,
        StandingClock,
    )

    Record = Callable[..., Recorder]

RUN_ENDS = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED
POOLS = [ThreadPoolExecutor, PlainExecutor]
EXECUTORS = [*POOLS, DebugExecutor, ProcessPoolExecutor]


def refused(expected: str) -> Any:
    """
    Expect a TypeError of this text.
    """
    return pytest.raises(TypeError, match=expected)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_events_tell_what_became_of_runs(
    make_scheduler: SchedulerFactory, record: Record, executor: Callable[[], Any]
) -> None:
    """
    A run is submitted, and ends as executed, failed or missed, in an event of our own class.
    """
    scheduler = make_scheduler(executors={"default": executor()})
    recorder = record(scheduler, RUN_ENDS | EVENT_JOB_SUBMITTED)
    scheduler.add_job("operator:add", args=(1, 2), id="good")
    scheduler.add_job("operator:truediv", args=(1, 0), id="bad")
    scheduler.add_job("os:getpid", run_date="2020-01-01", id="late", misfire_grace_time=1)

    scheduler.start()

    ends: dict[str, JobExecutionEvent] = {}
    while len(ends) < 3 or recorder.codes.count(EVENT_JOB_SUBMITTED) < 3:
        event = recorder.take()
        if isinstance(event, JobExecutionEvent):
            ends[event.job_id] = event
    codes = {"good": EVENT_JOB_EXECUTED, "bad": EVENT_JOB_ERROR, "late": EVENT_JOB_MISSED}
    assert codes == {job_id: event.code for job_id, event in ends.items()}
    assert ("default", 3) == (ends["good"].jobstore, ends["good"].retval)
    assert isinstance(ends["bad"].exception, ZeroDivisionError)


@pytest.mark.parametrize("executor", POOLS)
def test_no_more_runs_at_once_than_allowed(
    make_scheduler: SchedulerFactory,
    record: Record,
    clock: StandingClock,
    gate: Gate,
    executor: Callable[[], Any],
) -> None:
    """
    What the executor says of instances is understood, and the job runs again later.
    """
    scheduler = make_scheduler(executors={"default": executor()}, clock=clock)
    recorder = record(scheduler, EVENT_JOB_MAX_INSTANCES | EVENT_JOB_EXECUTED)
    scheduler.add_job(gate, "interval", seconds=5, id="a", misfire_grace_time=None)
    scheduler.start()

    clock.advance(seconds=5)
    gate.wait_entered()
    clock.advance(seconds=5)
    skipped = recorder.take()
    gate.open()
    recorder.wait_for(EVENT_JOB_EXECUTED)
    clock.advance(seconds=5)
    gate.wait_entered()

    assert EVENT_JOB_MAX_INSTANCES == skipped.code
    assert [clock.now() - timedelta(seconds=5)] == skipped.scheduled_run_times


@pytest.mark.parametrize("executor", POOLS)
def test_a_shutdown_waits_for_runs(
    make_scheduler: SchedulerFactory,
    record: Record,
    gate: Gate,
    in_background: type[Background],
    executor: Callable[[], Any],
) -> None:
    """
    If asked to, a shutdown ends after the runs in progress.
    """
    scheduler = make_scheduler(executors={"default": executor()})
    recorder = record(scheduler, EVENT_SCHEDULER_SHUTDOWN | EVENT_JOB_EXECUTED)
    scheduler.add_job(gate)
    scheduler.start()
    gate.wait_entered()

    shutdown = in_background(scheduler.shutdown)
    gate.open()

    assert shutdown.wait() is None
    assert [EVENT_JOB_EXECUTED, EVENT_SCHEDULER_SHUTDOWN] == recorder.codes


@pytest.mark.parametrize("executor", POOLS)
def test_a_shutdown_need_not_wait(
    make_scheduler: SchedulerFactory, gate: Gate, executor: Callable[[], Any]
) -> None:
    """
    If told not to, a shutdown leaves the runs in progress alone.
    """
    scheduler = make_scheduler(executors={"default": executor()})
    scheduler.add_job(gate)
    scheduler.start()
    gate.wait_entered()

    scheduler.shutdown(wait=False)

    assert not gate.finished.is_set()


def test_a_pool_of_one_life(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    Runs that APScheduler's pool refuses in a second life end in events that tell why.
    """
    scheduler = make_scheduler(executors={"default": ThreadPoolExecutor()})
    recorder = record(scheduler, RUN_ENDS)
    scheduler.start()
    scheduler.shutdown()

    scheduler.start()
    scheduler.add_job(int)

    event = recorder.take()
    assert EVENT_JOB_ERROR == event.code
    assert "after shutdown" in str(event.exception)


def test_stored_jobs_run_in_every_life(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    What a foreign store keeps, runs after a restart, unless it is paused.
    """
    store = PlainJobStore()
    scheduler = make_scheduler(executors={"default": PlainExecutor()}, jobstores={"default": store})
    recorder = record(scheduler, RUN_ENDS)
    for job_id in "a", "b":
        scheduler.add_job("os:getpid", "interval", hours=1, id=job_id)
    scheduler.start()
    scheduler.pause_job("a")
    scheduler.shutdown()

    scheduler.start(paused=True)
    scheduler.modify_job("b", next_run_time="2030-01-01")
    scheduler.modify_job("b", next_run_time="2020-01-01")
    scheduler.resume()

    assert ["b", "a"] == [job.id for job in scheduler.get_jobs()]
    assert "b" == recorder.take().job_id
    assert [scheduler] * 2 == [job.scheduler for job, _ in store.jobs.values()]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("jobstore", PlainJobStore),
        ("jobstore", MemoryJobStore),
        ("executor", PlainExecutor),
        ("executor", DebugExecutor),
    ],
)
def test_every_door(
    make_scheduler: SchedulerFactory,
    record: Record,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    part: type[Any],
) -> None:
    """
    An instance, a class, the reference of a class and a name are all taken, and serve.
    """
    reference = f"{part.__module__}:{part.__name__}"
    name = f"{part.__module__}.{part.__name__}"
    folder = tmp_path / "acme-1.dist-info"
    folder.mkdir()
    folder.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    folder.joinpath("entry_points.txt").write_text(f"[bgsched.{kind}s]\n{name} = {reference}\n")
    monkeypatch.syspath_prepend(tmp_path)
    described: dict[str, Any] = {
        "instance": part(),
        "class": {"class": part},
        "reference": {"class": reference},
        "name": {"type": name},
    }
    scheduler = make_scheduler(**{f"{kind}s": described})
    add_part = getattr(scheduler, f"add_{kind}")
    add_part(part(), "added instance")
    add_part(name, "added name")
    aliases = [*described, "added instance", "added name"]
    recorder = record(scheduler, RUN_ENDS)

    scheduler.start()
    for alias in aliases:
        options: dict[str, Any] = {kind: alias}
        scheduler.add_job(int, id=alias, **options)

    ends = [recorder.take() for _ in aliases]
    assert {(alias, EVENT_JOB_EXECUTED) for alias in aliases} == {
        (event.job_id, event.code) for event in ends
    }


class HalfAStore(PlainJobStore):
    """
    A job store that lacks methods.
    """

    update_job = None  # type: ignore[assignment]
    get_due_jobs = None  # type: ignore[assignment]


def test_what_lacks_methods_is_refused(make_scheduler: SchedulerFactory) -> None:
    """
    The error names the methods that are missing, or that an instance was expected.
    """
    scheduler = make_scheduler()

    with refused(r"must be an instance.*HalfAStore.* has no get_due_jobs, update_job$"):
        scheduler.add_jobstore(HalfAStore())  # type: ignore[arg-type]
    with refused(r"'x' must be an instance or a dict, not \[\], which has no .*submit_job"):
        make_scheduler(executors={"x": []})
    with refused(r"that <class '.*HalfAStore'> makes must be an instance.*update_job$"):
        make_scheduler(jobstores={"x": {"class": HalfAStore}})
    with refused("must be an instance.*, not the class .*PlainExecutor"):
        scheduler.add_executor(PlainExecutor)  # type: ignore[arg-type]


def test_a_part_that_needs_another_scheduler(make_scheduler: SchedulerFactory) -> None:
    """
    An executor that asks for the event loop of its scheduler is told that there is none.
    """
    scheduler = make_scheduler(executors={"default": AsyncIOExecutor()})

    with pytest.raises(AttributeError, match="bgsched has no '_eventloop'"):
        scheduler.start()

    assert not scheduler.running


def test_a_job_of_another_class(make_scheduler: SchedulerFactory) -> None:
    """
    What a store gives out that is no job is an error, not a job.
    """
    store: Any = PlainJobStore()
    store.jobs = {"a": ("no job", None)}
    scheduler = make_scheduler(jobstores={"default": store})
    scheduler.start(paused=True)

    with refused("PlainJobStore.* gave 'no job', which is no job"):
        scheduler.get_job("a")
