"""
Executors that run jobs in a pool of threads or of processes.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Future
from concurrent.futures import ProcessPoolExecutor as FuturePool
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from bgsched._run import run
from bgsched.events import EVENT_JOB_ERROR, JobExecutionEvent
from bgsched.executors._crew import Crew
from bgsched.executors.base import BaseExecutor, run_job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bgsched._clock import Clock
    from bgsched._listeners import ListenerTable
    from bgsched.executors.base import ExecutorHost
    from bgsched.job import Job

__all__ = ["ProcessPoolExecutor", "ThreadPoolExecutor"]


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

    def start(self, scheduler: ExecutorHost, alias: str) -> None:
        """
        Get ready to run jobs.
        """
        super().start(scheduler, alias)
        self._clock, self._listeners = scheduler.clock, scheduler.listeners
        # A new crew for each life: the old one may still be busy with runs nobody waited for.
        self._crew = Crew(self._max_workers, self._run, **self._pool_kwargs)

    def prepare(self) -> None:
        """
        Make all threads now, while they can be made.
        """
        self._crew.fill()

    def shutdown(self, wait: bool = True) -> None:
        """
        Take no more jobs; runs in progress and those that wait for a thread still end.

        Args:
            wait: Whether to return only after they have ended.
        """
        self._crew.close(wait)

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        self._crew.submit((job, run_times))

    def _run(self, job: Job, run_times: list[datetime]) -> None:
        try:
            events = run(
                job, job.jobstore, run_times, self._logger, self._clock, self._listeners.mask
            )
        except BaseException as error:  # noqa: BLE001 - a log handler may raise; a worker survives
            self._run_job_error(job.id, error, error.__traceback__)
        else:
            self._run_job_success(job.id, events)

    def _closed_crew(self) -> Crew:
        crew = Crew(self._max_workers, self._run, **self._pool_kwargs)
        crew.close(wait=False)
        return crew


class ProcessPoolExecutor(BaseExecutor):
    """
    Runs jobs in other processes.

    Their callables must be reachable by name, their arguments and results picklable; a job for
    which that fails ends in an error event. Lateness is judged by the clock of the other process.
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
        super().__init__()
        self._max_workers = _worker_count(max_workers)
        self._pool_kwargs = dict(pool_kwargs or {})
        self._pool_kwargs.setdefault("mp_context", multiprocessing.get_context("spawn"))
        self._pool: FuturePool | None = None

    def start(self, scheduler: ExecutorHost, alias: str) -> None:
        """
        Get ready to run jobs.
        """
        super().start(scheduler, alias)
        self._pool = self._new_pool()

    def shutdown(self, wait: bool = True) -> None:
        """
        Take no more jobs; runs in progress and those that wait for a process still end.

        Args:
            wait: Whether to return only after they have ended.
        """
        if self._pool is not None:
            self._pool.shutdown(wait)

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        try:
            future = self._submit(job, run_times)
        except BrokenProcessPool:
            self._logger.warning("Process pool is broken; replacing it with a new one")
            self._pool = self._new_pool()
            future = self._submit(job, run_times)

        def finish(done: Future[list[JobExecutionEvent]]) -> None:
            error = done.exception()
            if error is None:
                self._run_job_success(job.id, done.result())
                return
            # EXE-9: the job, or its result, could not travel, or its process died.
            self._logger.error('Job "%s" failed in the process pool', job, exc_info=error)
            self._run_job_success(
                job.id,
                [
                    JobExecutionEvent(
                        EVENT_JOB_ERROR,
                        job.id,
                        job.jobstore,
                        run_time,
                        exception=error,
                        traceback="",
                    )
                    for run_time in run_times
                ],
            )

        future.add_done_callback(finish)

    def _submit(self, job: Job, run_times: list[datetime]) -> Future[list[JobExecutionEvent]]:
        if self._pool is None:
            raise RuntimeError("the process pool has not been started")
        return self._pool.submit(run_job, job, job.jobstore, run_times, self._logger.name)

    def _new_pool(self) -> FuturePool:
        return FuturePool(self._max_workers, **self._pool_kwargs)


def _worker_count(value: int | str) -> int:
    count = int(value)
    if count <= 0:
        raise ValueError(f"max_workers must be positive, not {value!r}")
    return count
