"""
What every job store promises.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from bgsched.errors import ConflictingIdError, JobLookupError, TransientJobError

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched.job import Job, JobOwner

__all__ = ["BaseJobStore", "ConflictingIdError", "JobLookupError", "TransientJobError"]


class BaseJobStore(ABC):
    """
    Keeps jobs.

    The scheduler calls `start` and `shutdown` without holding its lock, and all else with it: those
    methods must not wait for other threads. Jobs that a store gives out must be bound to its
    scheduler and its alias (`Job.bind`).
    """

    _scheduler: JobOwner | None = None
    _alias: str | None = None
    _logger = logging.getLogger("apscheduler.jobstores")

    def start(self, scheduler: JobOwner, alias: str) -> None:
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

    def _fix_paused_jobs_sorting(self, jobs: list[Job]) -> None:
        """
        Move the paused jobs behind the others, for stores whose order puts them first.
        """
        jobs.sort(key=lambda job: job.next_run_time is None)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
