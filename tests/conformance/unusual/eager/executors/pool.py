"""
A pool of threads that are made at once.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from bgsched.executors.base import BaseExecutor, run_job

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched.job import Job

PERIOD = 0.02  # seconds


class ThreadPoolExecutor(BaseExecutor):
    """
    Has ten workers, however little there is to do.
    """

    runs_inline = False

    def __init__(self, max_workers: int = 10) -> None:
        super().__init__()
        self._size = max_workers
        self._tasks: SimpleQueue[Any] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Make the workers.
        """
        super().start(scheduler, alias)
        daemon = scheduler._engine.options.daemon
        self._tasks = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, args=(self._tasks, daemon), daemon=False)
            for _ in range(self._size)
        ]
        for thread in self._threads:
            thread.start()

    def shutdown(self, wait: bool = True) -> None:
        """
        Let the workers go, after all that was handed over.
        """
        threads, self._threads = self._threads, []
        for _ in threads:
            self._tasks.put(None)
        for thread in threads:
            if wait and thread is not threading.current_thread():
                thread.join()

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        if not self._threads:
            raise RuntimeError("this executor has been shut down")
        self._tasks.put((job, run_times))

    def _serve(self, tasks: SimpleQueue[Any], leaves: bool) -> None:
        while not leaves or threading.main_thread().is_alive():
            try:
                task = tasks.get(timeout=PERIOD)
            except Empty:
                continue
            if task is None:
                return
            job, run_times = task
            self._run_job_success(job.id, run_job(job, job.jobstore, run_times, self._logger.name))
