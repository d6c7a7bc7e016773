"""
The job store that keeps jobs in memory.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from operator import itemgetter
from typing import TYPE_CHECKING

from bgsched.jobstores.base import BaseJobStore, ConflictingIdError, JobLookupError

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched.job import Job
    from bgsched.jobstores.base import StoreHost

__all__ = ["MemoryJobStore"]

# Run time as a timestamp, infinite for a paused job; a number that breaks ties; the job. Timestamps
# because datetimes of one zone compare by the wall clock, which runs backwards once a year.
_Entry = tuple[float, int, "Job"]

_MANY_DUE = 128


class MemoryJobStore(BaseJobStore):
    """
    Keeps the job objects themselves, until the scheduler is shut down.

    Plugin alias: ``memory``.
    """

    def __init__(self) -> None:
        super().__init__()
        # An entry is live as long as the index holds it. The heap keeps dead ones until they come
        # to its top, or outnumber the living.
        self._index: dict[str, _Entry] = {}
        self._heap: list[_Entry] = []
        self._ticket = count().__next__
        self._ordered: list[Job] | None = None

    def start(self, scheduler: StoreHost, alias: str) -> None:
        """
        Get ready; jobs kept from an earlier life now belong to this scheduler.
        """
        super().start(scheduler, alias)
        for _, _, job in self._index.values():
            job.bind(scheduler, alias)

    def shutdown(self) -> None:
        """
        Forget all jobs.
        """
        self.remove_all_jobs()

    def lookup_job(self, job_id: str) -> Job | None:
        """
        Return the job of this id, or None.
        """
        entry = self._index.get(job_id)
        return None if entry is None else entry[2]

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """
        Return the jobs whose next run time is not later than *now*, earliest first.
        """
        limit = now.timestamp()
        heap, index = self._heap, self._index
        size = len(heap)
        due: list[_Entry] = []
        # What lies under an entry of a heap is not earlier, so this visits due entries only.
        places = [0]
        while places:
            if len(due) > _MANY_DUE:
                heap.sort()  # a sorted list is a heap, and C sorts faster than Python walks
                end = bisect_right(heap, limit, key=itemgetter(0))
                return [e[2] for e in heap[:end] if index.get(e[2].id) is e]
            place = places.pop()
            if place < size:
                entry = heap[place]
                if entry[0] <= limit:
                    if index.get(entry[2].id) is entry:
                        due.append(entry)
                    places += (2 * place + 1, 2 * place + 2)
        due.sort()
        return [entry[2] for entry in due]

    def get_next_run_time(self) -> datetime | None:
        """
        Return the earliest run time of all jobs, or None if all are paused.
        """
        heap, index = self._heap, self._index
        while heap:
            entry = heap[0]
            if index.get(entry[2].id) is entry:
                return None if entry[0] == inf else entry[2].next_run_time
            heappop(heap)
        return None

    def get_all_jobs(self) -> list[Job]:
        """
        Return all jobs, ordered by next run time, the paused ones last.
        """
        if self._ordered is None:
            index = self._index
            self._heap.sort()  # a sorted list is a heap, and nearly sorted the next time
            self._ordered = [e[2] for e in self._heap if index.get(e[2].id) is e]
        return self._ordered.copy()

    def add_job(self, job: Job) -> None:
        """
        Keep a new job.

        Raises:
            ConflictingIdError: There is a job of this id.
        """
        if job.id in self._index:
            raise ConflictingIdError(job.id)
        moment = job.next_run_time
        self._put(job, inf if moment is None else moment.timestamp())

    def update_job(self, job: Job) -> None:
        """
        Keep this job in place of the one of the same id.

        Raises:
            JobLookupError: There is no job of this id.
        """
        entry = self._index.get(job.id)
        if entry is None:
            raise JobLookupError(job.id, self._alias)
        moment = job.next_run_time
        timestamp = inf if moment is None else moment.timestamp()
        if entry[2] is not job or entry[0] != timestamp:
            self._put(job, timestamp)
            if len(self._heap) >= 2 * len(self._index):
                self._bury()

    def remove_job(self, job_id: str) -> None:
        """
        Forget a job.

        Raises:
            JobLookupError: There is no job of this id.
        """
        if self._index.pop(job_id, None) is None:
            raise JobLookupError(job_id, self._alias)
        self._ordered = None
        if len(self._heap) >= 2 * len(self._index):
            self._bury()

    def remove_all_jobs(self) -> None:
        """
        Forget all jobs.
        """
        self._index.clear()
        self._heap.clear()
        self._ordered = None

    def _put(self, job: Job, timestamp: float) -> None:
        entry = (timestamp, self._ticket(), job)
        self._index[job.id] = entry
        heappush(self._heap, entry)
        self._ordered = None

    def _bury(self) -> None:
        self._heap = list(self._index.values())
        heapify(self._heap)
