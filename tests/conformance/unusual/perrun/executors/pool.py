"""
An executor without a pool.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from bgsched.executors.base import BaseExecutor, run_job

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched.job import Job

Task = tuple[Any, Any]


class ThreadPoolExecutor(BaseExecutor):
    """
    Makes a thread for each run; those beyond the limit wait until one has ended.
    """

    def __init__(self, max_workers: int | str = 10) -> None:
        super().__init__()
        self._limit = int(max_workers)
        self._changed = threading.Condition()
        self._waiting: deque[Task] = deque()
        self._busy: set[threading.Thread] = set()
        self._closed = True

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Take runs.
        """
        super().start(scheduler, alias)
        self._closed = False

    def shutdown(self, wait: bool = True) -> None:
        """
        Take no more runs; drop those that have not begun.
        """
        with self._changed:
            self._closed = True
            self._waiting.clear()
            # A listener is told of the end of a run on the thread of that run.
            while wait and self._busy - {threading.current_thread()}:
                self._changed.wait()

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        with self._changed:
            if self._closed:
                raise RuntimeError("this executor has been shut down")
            self._waiting.append((job, run_times))
        self._hire()

    def _hire(self) -> None:
        while True:
            with self._changed:
                if not self._waiting or len(self._busy) >= self._limit:
                    return
                task = self._waiting.popleft()
                thread = threading.Thread(target=self._run, args=task, name="run", daemon=True)
                self._busy.add(thread)
            try:
                thread.start()
            except RuntimeError:  # Python 3.12 and later, once the main thread has ended
                self._busy.discard(thread)
                self._run(*task)

    def _run(self, job: Job, run_times: list[datetime]) -> None:
        events = run_job(job, job.jobstore, run_times, self._logger.name)
        self._run_job_success(job.id, events)
        with self._changed:
            self._busy.discard(threading.current_thread())
            self._changed.notify_all()
        self._hire()
