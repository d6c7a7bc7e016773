"""
What every executor promises, and the counting of instances that all share.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Protocol

from bgsched._run import run_job
from bgsched.errors import MaxInstancesReachedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from types import TracebackType

    from bgsched._clock import Clock
    from bgsched._listeners import ListenerTable
    from bgsched.events import SchedulerEvent
    from bgsched.job import Job

__all__ = ["BaseExecutor", "MaxInstancesReachedError", "run_job"]


class ExecutorHost(Protocol):
    """
    What an executor may ask of its scheduler.
    """

    @property
    def clock(self) -> Clock:
        """
        The clock by which lateness is judged.
        """

    @property
    def listeners(self) -> ListenerTable:
        """
        Who listens to events.
        """


class BaseExecutor(ABC):
    """
    Runs jobs.

    Subclasses implement `_do_submit_job` and, when a run is over, call `_run_job_success` or
    `_run_job_error`. The scheduler calls all public methods without holding its lock.

    Attributes:
        runs_inline: Whether a job may run before `submit_job` returns. If so, the scheduler hands
            over one job at a time, and looks at the schedule again after each.
    """

    runs_inline = True

    _scheduler: ExecutorHost | None = None
    _logger = logging.getLogger("apscheduler.executors")

    def __init__(self) -> None:
        # Only `submit_job` counts. A worker just says whose run is over, which takes no lock: a
        # lock here is one that all workers and the scheduling thread would queue up for.
        self._instances: dict[str, int] = {}
        self._over: deque[str] = deque()
        # A leaf: nothing else is called or locked while it is held.
        self._lock = threading.Lock()

    def start(self, scheduler: ExecutorHost, alias: str) -> None:
        """
        Get ready to run jobs. Called when the scheduler starts, or at once if it runs already.

        Args:
            scheduler: The scheduler that starts this executor.
            alias: The executor's alias in it.
        """
        self._scheduler = scheduler
        self._logger = logging.getLogger(f"apscheduler.executors.{alias}")

    def prepare(self) -> None:  # noqa: B027 - optional by design
        """
        Make what cannot be made any more once the main thread has ended.

        Called after `start` by schedulers that go on after that (EXIT-4).
        """

    def shutdown(self, wait: bool = True) -> None:  # noqa: B027 - optional by design
        """
        Stop taking jobs.

        Args:
            wait: Whether to return only after all jobs in progress have ended.
        """

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        """
        Run a job for the given run times.

        Args:
            job: The job to run.
            run_times: The run times, earliest first.

        Raises:
            MaxInstancesReachedError: As many runs of the job are in progress as it allows.
        """
        job_id = job.id
        instances = self._instances
        with self._lock:
            if self._over:
                self._count_down()
            running = instances.get(job_id, 0)
            if running >= job.max_instances:
                raise MaxInstancesReachedError(job)
            # Counted before it is handed over: the run may be over before this method returns.
            instances[job_id] = running + 1
        try:
            self._do_submit_job(job, run_times)
        except BaseException:
            self._over.append(job_id)
            raise

    @abstractmethod
    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        """
        Have `run_job` called for this job, here or elsewhere.
        """

    def _run_job_success(self, job_id: str, events: Iterable[SchedulerEvent]) -> None:
        """
        Free the job's instance and dispatch what `run_job` returned.
        """
        self._over.append(job_id)
        if events and self._scheduler is not None:
            dispatch = self._scheduler.listeners.dispatch
            for event in events:
                dispatch(event)

    def _run_job_error(
        self, job_id: str, exc: BaseException, traceback: TracebackType | None = None
    ) -> None:
        """
        Free the instance of a job for which `run_job` itself failed, and log why.
        """
        self._over.append(job_id)
        self._logger.error("Error running job %s", job_id, exc_info=(type(exc), exc, traceback))

    def _count_down(self) -> None:
        """
        Take the runs that are over off the count. The caller holds the lock.
        """
        instances, over = self._instances, self._over
        # Only lock holders take away, so what is there now stays; what comes meanwhile, waits.
        for _ in range(len(over)):
            job_id = over.popleft()
            running = instances.get(job_id, 0)
            if running > 1:
                instances[job_id] = running - 1
            else:
                instances.pop(job_id, None)
