"""
The executor that runs jobs where they are handed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bgsched.executors.base import BaseExecutor, run_job

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched.job import Job

__all__ = ["DebugExecutor"]


class DebugExecutor(BaseExecutor):
    """
    Runs each job in the scheduling thread, which does nothing else meanwhile.

    For debugging and simulation. Plugin alias: ``debug``.
    """

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        self._run_job_success(job.id, run_job(job, job.jobstore, run_times, self._logger.name))
