"""
What every job store promises.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from bgsched.errors import ConflictingIdError, JobLookupError, TransientJobError
from bgsched.events import EVENT_ALL
from bgsched.job import JobOwner

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from bgsched.job import Job

__all__ = ["BaseJobStore", "ConflictingIdError", "JobLookupError", "TransientJobError"]


class StoreHost(JobOwner, Protocol):
    """
    What a job store may ask of its scheduler.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int = EVENT_ALL) -> None: ...

    def remove_listener(self, callback: Callable[[Any], object]) -> None: ...


class BaseJobStore(ABC):
    """
    Keeps jobs.

    The scheduler calls `start` and `shutdown` without holding its lock, and all else with it: those
    methods must not wait for other threads. Jobs that a store gives out must be bound to its
    scheduler and its alias (`Job.bind`).

    Attributes:
        transactional: Whether the changes made within one `transaction` are kept together, or none
            of them. Such a store gives out a new object for a job each time.
    """

    transactional = False

    _scheduler: StoreHost | None = None
    _alias: str | None = None
    _logger = logging.getLogger("apscheduler.jobstores")

    def start(self, scheduler: StoreHost, alias: str) -> None:
        """
        Get ready. Called when the scheduler starts, or at once if it runs already.

        Args:
            scheduler: The scheduler that starts this job store.
            alias: The job store's alias in it.
        """
        self._scheduler = scheduler
        self._alias = alias
        self._logger = logging.getLogger(f"apscheduler.jobstores.{alias}")

    def shutdown(self) -> None:  # noqa: B027 - optional by design
        """
        Free all resources.
        """

    @abstractmethod
    def lookup_job(self, job_id: str) -> Job | None:
        """
        Return the job of this id, or None.
        """

    @abstractmethod
    def get_due_jobs(self, now: datetime) -> list[Job]:
        """
        Return the jobs whose next run time is not later than *now*, earliest first.
        """

    @abstractmethod
    def get_next_run_time(self) -> datetime | None:
        """
        Return the earliest run time of all jobs, or None if all are paused.
        """

    @abstractmethod
    def get_all_jobs(self) -> list[Job]:
        """
        Return all jobs, ordered by next run time, the paused ones last.
        """

    @abstractmethod
    def add_job(self, job: Job) -> None:
        """
        Keep a new job.

        Raises:
            ConflictingIdError: There is a job of this id.
        """

    @abstractmethod
    def update_job(self, job: Job) -> None:
        """
        Keep this job in place of the one of the same id.

        Raises:
            JobLookupError: There is no job of this id.
        """

    @abstractmethod
    def remove_job(self, job_id: str) -> None:
        """
        Forget a job.

        Raises:
            JobLookupError: There is no job of this id.
        """

    @abstractmethod
    def remove_all_jobs(self) -> None:
        """
        Forget all jobs.
        """

    def transaction(self) -> AbstractContextManager[object]:
        """
        Return a context in which the scheduler makes several changes, to be kept at its end.

        By default nothing special: each change is kept when it is made.
        """
        return nullcontext()

    def retire_job(self, job: Job, run_time: datetime) -> None:
        """
        Forget a job whose schedule is over, right before its last run is handed over.

        Args:
            job: The job.
            run_time: The last of its run times. A store that can tell when that run is over may
                keep the job in secret until then, for the case that the program is killed.

        Raises:
            JobLookupError: There is no such job.
        """
        del run_time
        self.remove_job(job.id)

    def _fix_paused_jobs_sorting(self, jobs: list[Job]) -> None:
        """
        Move the paused jobs behind the others, for stores whose order puts them first.
        """
        jobs.sort(key=lambda job: job.next_run_time is None)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
