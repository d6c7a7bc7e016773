"""
A job store and an executor that are derived from nothing, by the documented methods alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from bgsched.executors.base import MaxInstancesReachedError, run_job

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched.job import Job


class PlainJobStore:
    """
    Keeps jobs in a dict, and lets the errors of the dict tell what is wrong.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[Job, float | None]] = {}

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Do nothing.
        """

    def shutdown(self) -> None:
        """
        Do nothing.
        """

    def lookup_job(self, job_id: str) -> Job | None:
        """
        Return a job or None.
        """
        return self.jobs[job_id][0] if job_id in self.jobs else None

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """
        Return the jobs that are due.
        """
        limit = now.timestamp()
        return [job for job, moment in self._sorted() if moment is not None and moment <= limit]

    def get_next_run_time(self) -> datetime | None:
        """
        Return the earliest run time.
        """
        return next((job.next_run_time for job, _ in self._sorted()), None)

    def get_all_jobs(self) -> list[Job]:
        """
        Return all jobs.
        """
        return [job for job, _ in self._sorted()]

    def add_job(self, job: Job) -> None:
        """
        Keep a job.
        """
        if job.id in self.jobs:
            raise KeyError(job.id)
        self._put(job)

    def update_job(self, job: Job) -> None:
        """
        Keep a job in the place of another.
        """
        del self.jobs[job.id]
        self._put(job)

    def remove_job(self, job_id: str) -> None:
        """
        Forget a job.
        """
        del self.jobs[job_id]

    def remove_all_jobs(self) -> None:
        """
        Forget all jobs.
        """
        self.jobs.clear()

    def _put(self, job: Job) -> None:
        moment = job.next_run_time
        self.jobs[job.id] = job, None if moment is None else moment.timestamp()

    def _sorted(self) -> list[tuple[Job, float | None]]:
        return sorted(self.jobs.values(), key=lambda pair: (pair[1] is None, pair[1] or 0))


class PlainExecutor:
    """
    Runs jobs in a pool of its own, one instance of each at once.
    """

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        self.busy: set[str] = set()

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Make a pool.
        """
        self.dispatch = scheduler.listeners.dispatch
        self.name = f"acme.{alias}"
        self.pool = ThreadPoolExecutor(self.workers)

    def shutdown(self, wait: bool) -> None:
        """
        Shut the pool down.
        """
        self.pool.shutdown(wait)

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        """
        Run a job.
        """
        if job.id in self.busy:
            raise MaxInstancesReachedError(job)
        self.busy.add(job.id)
        self.pool.submit(self._run, job, run_times)

    def _run(self, job: Job, run_times: list[datetime]) -> None:
        events = run_job(job, job.jobstore, run_times, self.name)
        self.busy.discard(job.id)
        for event in events:
            self.dispatch(event)
