"""
Executors that run jobs in a pool of threads or of processes.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor as FuturePool
from functools import partial
from typing import TYPE_CHECKING, Any

from bgsched._run import failed_runs, run
from bgsched.executors._crew import Crew
from bgsched.executors.base import BaseExecutor
from bgsched.executors.futures import FuturesExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from datetime import datetime

    from bgsched._clock import Clock
    from bgsched._listeners import ListenerTable
    from bgsched.executors.base import ExecutorHost
    from bgsched.job import Job

__all__ = ["BasePoolExecutor", "PoolExecutor", "ProcessPoolExecutor", "ThreadPoolExecutor"]


class ThreadPoolExecutor(BaseExecutor):
    """
    Runs jobs in threads, which are made on demand and kept.

    Runs that find no free thread wait for one. Can be started again after a shutdown. Plugin alias:
    ``threadpool``.

    Args:
        max_workers: Most threads at once; text is taken too.
        pool_kwargs: Any of ``thread_name_prefix``, ``initializer`` and ``initargs``, as in
            `concurrent.futures.ThreadPoolExecutor`.

    Raises:
        ValueError: *max_workers* is not a positive number.
        TypeError: *pool_kwargs* has another key.
    """

    runs_inline = False

    # Of the scheduler, asked for once per life and not for each run.
    _clock: Clock
    _listeners: ListenerTable

    def __init__(
        self, max_workers: int | str = 10, pool_kwargs: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self._max_workers = _worker_count(max_workers)
        self._pool_kwargs = dict(pool_kwargs or {})
        self._crew = self._closed_crew()
        # Of earlier lives, those that had not ended when the present one began.
        self._former: list[Crew] = []

    def start(self, scheduler: ExecutorHost, alias: str) -> None:
        """
        Get ready to run jobs.
        """
        super().start(scheduler, alias)
        self._clock, self._listeners = scheduler.clock, scheduler.listeners
        # A new crew for each life: the old one may still be busy with runs nobody waited for.
        old, self._crew = self._crew, Crew(self._max_workers, self._run, **self._pool_kwargs)
        old.close(wait=False)  # there may have been no shutdown
        self._former = [crew for crew in (*self._former, old) if not crew.ended]

    def prepare(self) -> None:
        """
        Make all threads now, while they can be made.
        """
        self._crew.fill()

    def shutdown(self, wait: bool = True) -> None:
        """
        Take no more jobs; runs in progress and those that wait for a thread still end.

        Args:
            wait: Whether to return only after they have ended, and those left of earlier lives.
        """
        for crew in (self._crew, *self._former):
            crew.close(wait)

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        self._crew.submit((job, run_times))

    def _run(self, job: Job, run_times: list[datetime]) -> None:
        try:
            events = run(job, job.jobstore, run_times, self._logger, self._clock, self._listeners)
        except BaseException as error:  # noqa: BLE001 - a log handler may raise; a worker survives
            events = failed_runs(job, job.jobstore, run_times, error)
        self._run_job_success(job.id, events)

    def _closed_crew(self) -> Crew:
        crew = Crew(self._max_workers, self._run, **self._pool_kwargs)
        crew.close(wait=False)
        return crew


PoolExecutor = (
    ThreadPoolExecutor  # the name that APScheduler's page gives the default executor (V24)
)


class BasePoolExecutor(FuturesExecutor):
    """
    Base of executors that bring a pool of `concurrent.futures`, which is shut down with them.

    Args:
        pool: The pool. To be able to start again after a shutdown, give a function that makes it.
    """

    def __init__(self, pool: Executor | Callable[[], Executor]) -> None:
        super().__init__(pool if callable(pool) else lambda: pool)


class ProcessPoolExecutor(BasePoolExecutor):
    """
    Runs jobs in other processes.

    Their callables must be reachable by name, their arguments and results picklable; a job for
    which that fails ends in an error event. Lateness is judged by the clock of the other process.
    If a process dies, the runs in progress end in error events, and the next run gets a new pool.
    Can be started again after a shutdown. Plugin alias: ``processpool``.

    Args:
        max_workers: Most processes at once; text is taken too.
        pool_kwargs: Further arguments of `concurrent.futures.ProcessPoolExecutor`. Processes are
            spawned, not forked, unless it holds another ``mp_context``.

    Raises:
        ValueError: *max_workers* is not a positive number.
    """

    runs_inline = False

    def __init__(
        self, max_workers: int | str = 10, pool_kwargs: Mapping[str, Any] | None = None
    ) -> None:
        spawning = {"mp_context": multiprocessing.get_context("spawn")}
        super().__init__(
            partial(FuturePool, _worker_count(max_workers), **(spawning | dict(pool_kwargs or {})))
        )


def _worker_count(value: int | str) -> int:
    count = int(value)
    if count <= 0:
        raise ValueError(f"max_workers must be positive, not {value!r}")
    return count
