"""
What the job stores that outlive the program have in common.
"""

from __future__ import annotations

import pickle
import threading
from abc import abstractmethod
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
    JobSubmissionEvent,
)
from bgsched.jobstores._records import job_in, record_of
from bgsched.jobstores.base import BaseJobStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from bgsched.job import Job
    from bgsched.jobstores.base import StoreHost

__all__ = ["PersistentJobStore"]

LastRun = tuple[str, float]
"""The last run of a job: its id, and its run time as a timestamp."""

_RUN_IS_OVER = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES


class PersistentJobStore(BaseJobStore):
    """
    Writes jobs down as records.

    A record that cannot be read, because the function was renamed, say, is left where it is and
    logged once. Its job does not run and is not listed, but can be replaced and removed.

    The job of a last run is kept in secret until that run is over, and comes back if the program
    was killed before: a one-shot job is not lost. An orderly shutdown forgets it.

    Subclasses keep, for each job, its id, its record and the timestamp of its next run time. They
    call `record` and `restore`, and `retired` when they retire a job.

    Args:
        pickle_protocol: For what cannot be written as text; see `pickle`.
    """

    def __init__(self, pickle_protocol: int = pickle.HIGHEST_PROTOCOL) -> None:
        super().__init__()
        self.pickle_protocol = pickle_protocol
        # Records that could not be read, so as not to fail, and log, at each pass.
        self._unreadable: dict[str, bytes | None] = {}
        self._last_runs: set[LastRun] = set()
        self._over: deque[LastRun] = deque()
        self._forgetting = threading.Lock()
        self._recovered = False

    def start(self, scheduler: StoreHost, alias: str) -> None:
        """
        Get ready; records that could not be read are tried again.
        """
        super().start(scheduler, alias)
        self._unreadable.clear()
        self._recovered = False
        scheduler.add_listener(self._note_end, _RUN_IS_OVER)

    def shutdown(self) -> None:
        """
        Forget the last runs that have been handed over: a run that has begun is not repeated.
        """
        if self._scheduler is not None:
            self._scheduler.remove_listener(self._note_end)
        with self._forgetting:
            if self._last_runs:
                self._forget_last_runs(self._last_runs)
                self._last_runs.clear()
            self._over.clear()

    def record(self, job: Job) -> bytes:
        """
        Return what to write down for a job.

        Raises:
            ValueError: The job's callable cannot be found by name.
            UnserializableJobError: An argument or the trigger cannot be pickled.
        """
        return record_of(job, self.pickle_protocol)

    def restore(self, job_id: str, record: bytes | None, timestamp: float | None) -> Job | None:
        """
        Return the job of a record; None, and it is logged once, if it cannot be read.

        Args:
            job_id: Its id.
            record: What `record` returned, or what APScheduler wrote; None if it is missing.
            timestamp: Its next run time; None if it is paused. This counts, not what the record
                says, so that it can be changed by hand.
        """
        try:
            if record is None:
                raise ValueError("the record is missing")  # noqa: TRY301 - as for bad records
            job = job_in(record)
            if job.id != job_id:
                raise ValueError(f"the record is that of job {job.id!r}")  # noqa: TRY301 - same
        # SystemExit: from the module of the function, say. Nothing in a record may end the loop.
        except (Exception, SystemExit):
            if self.is_readable(job_id, record):
                self._unreadable[job_id] = record
                self._logger.exception(
                    "Unable to restore job %r. It stays in the job store but does not run; repair "
                    "the cause and start anew, or replace or remove the job",
                    job_id,
                )
            return None
        self._unreadable.pop(job_id, None)
        moment = job.next_run_time
        if timestamp is None:
            job.next_run_time = None
        elif moment is None or moment.timestamp() != timestamp:
            zone = moment.tzinfo if moment is not None else self._zone
            job.next_run_time = datetime.fromtimestamp(timestamp, zone)
        job.bind(self._scheduler, self._alias)
        return job

    def is_readable(self, job_id: str, record: bytes | None) -> bool:
        """
        Tell whether a record may be read, as far as is known: false if that has failed before.
        """
        return job_id not in self._unreadable or self._unreadable[job_id] != record

    def retired(self, job: Job, run_time: datetime) -> LastRun:
        """
        Note that the last run of a job is about to be handed over, and return its key.

        `_forget_last_runs` is called with that key when the run is over.
        """
        key = (job.id, run_time.timestamp())
        self._last_runs.add(key)
        return key

    def recover(self) -> None:
        """
        Bring back the jobs whose last runs were cut off, once after each start.

        To be called where due jobs are looked for: a scheduler that is paused, as in a program that
        only looks into the store, must not repeat what another one runs just now.
        """
        if not self._recovered:
            for job_id in self._bring_back_jobs():
                self._logger.warning(
                    "The program ended before the last run of job %r had; the job is due again",
                    job_id,
                )
            self._recovered = True

    @abstractmethod
    def _forget_last_runs(self, keys: Iterable[LastRun]) -> None:
        """
        Forget jobs that were kept for their last runs. Called in any thread, without a lock.
        """

    @abstractmethod
    def _bring_back_jobs(self) -> list[str]:
        """
        Have all jobs that were kept for their last runs scheduled again, and return their ids.

        A job whose id has been taken meanwhile is dropped. Those of `_runs_in_progress` stay.
        """

    def _runs_in_progress(self) -> frozenset[LastRun]:
        """
        Return the last runs that are still going on, as they may when a store is attached again.

        To be asked for before what was kept is read: a run that ends is forgotten there first.
        """
        return frozenset(self._last_runs)

    @property
    def _zone(self) -> tzinfo:
        return UTC if self._scheduler is None else self._scheduler.timezone

    def _note_end(self, event: JobExecutionEvent | JobSubmissionEvent) -> None:
        if event.jobstore != self._alias:
            return
        if isinstance(event, JobSubmissionEvent):
            moment = event.scheduled_run_times[-1]
        else:
            moment = event.scheduled_run_time
        key = (event.job_id, moment.timestamp())
        if key not in self._last_runs:
            return
        self._over.append(key)
        # The worker that gets the lock forgets what all have appended: one transaction for many.
        # One that does not get it may go: the other looks again after it has let go of the lock.
        while self._over and self._forgetting.acquire(blocking=False):
            try:
                self._forget_what_is_over()
            finally:
                self._forgetting.release()

    def _forget_what_is_over(self) -> None:
        keys = list(self._over)
        self._forget_last_runs(keys)
        for key in keys:
            self._over.popleft()
            self._last_runs.discard(key)
