"""
Jobs in a Dask cluster: a real one, of one worker process on this machine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pool_jobs
import pytest

from bgsched.errors import UnsendableError
from bgsched.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED
from bgsched.executors.futures import FuturesExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.reference.conftest import Recorder, SchedulerFactory

    Record = Callable[..., Recorder]

dask = pytest.importorskip("dask", reason="Dask is not installed: bgsched[dask]")
distributed = pytest.importorskip("distributed", reason="Dask is not installed: bgsched[dask]")

ENDED = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """
    A client of a cluster that gives a run up as soon as its worker dies. Takes seconds to start.
    """
    settings = {"distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",  # any free port, for several may run side by side
        ) as cluster,
        distributed.Client(cluster) as made,
    ):
        yield made


@pytest.mark.parametrize("way", ["client", "executor"])
def test_jobs_run_in_the_cluster(
    make_scheduler: SchedulerFactory, record: Record, client: Any, way: str
) -> None:
    """
    Results and errors come back; what cannot travel is an error of its own job.
    """
    given = FuturesExecutor(client) if way == "client" else client.get_executor()
    scheduler = make_scheduler(executors={"default": given})
    recorder = record(scheduler, ENDED)
    scheduler.start()
    jobs: dict[str, tuple[Any, ...]] = {
        "pid": ("os:getpid",),
        "again": ("os:getpid",),
        "lambda": (lambda: None,),
        "argument": (pool_jobs.give, pool_jobs.Explosive()),
        "result": (pool_jobs.give_explosive,),
        "error": (pool_jobs.betray,),
    }
    for name, (func, *args) in jobs.items():
        scheduler.add_job(func, id=name, args=args)
    ended = {event.job_id: event for event in (recorder.take() for _ in jobs)}
    scheduler.shutdown()

    assert os.getpid() != ended["pid"].retval == ended["again"].retval
    assert "use a module-level function" in str(ended["lambda"].exception.__cause__)
    assert "SystemExit('boom')" == repr(ended["argument"].exception)
    assert isinstance(ended["result"].exception, UnsendableError)
    assert "raised pool_jobs.TreacherousError: result: lost" in str(ended["error"].exception)
    assert "in betray" in ended["error"].traceback


def test_a_worker_that_dies_costs_its_run_only(
    make_scheduler: SchedulerFactory, record: Record, client: Any, tmp_path: Path
) -> None:
    """
    The run ends in an error; those that ended before are not repeated, later ones go on.
    """
    scheduler = make_scheduler(executors={"default": FuturesExecutor(client)})
    recorder = record(scheduler, ENDED)
    scheduler.start()
    mark = tmp_path / "mark"
    jobs: list[tuple[Any, ...]] = [
        (pool_jobs.note, str(mark)),
        (pool_jobs.die,),
        ("os:getpid",),
    ]
    codes = []
    for func, *args in jobs:
        scheduler.add_job(func, args=args)
        codes.append(recorder.take().code)

    assert [EVENT_JOB_EXECUTED, EVENT_JOB_ERROR, EVENT_JOB_EXECUTED] == codes
    assert "x" == mark.read_text(encoding="utf-8")
