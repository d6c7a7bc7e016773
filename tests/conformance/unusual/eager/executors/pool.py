"""
A pool of threads that are made at once.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from bgsched.executors.base import BaseExecutor, run_job

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched.job import Job


class ThreadPoolExecutor(BaseExecutor):
    """
    Has ten workers, however little there is to do.
    """

    runs_inline = False

    def __init__(self, max_workers: int | str = 10) -> None:
        super().__init__()
        self._size = int(max_workers)
        self._tasks: SimpleQueue[Any] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Make the workers.
        """
        super().start(scheduler, alias)
        self._tasks = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, args=(self._tasks,), daemon=False)
            for _ in range(self._size)
        ]
        for thread in self._threads:
            thread.start()
        if scheduler._engine.options.daemon:
            # As `concurrent.futures` does it: called before threads are waited for at exit.
            register = vars(threading)["_register_atexit"]
            register(self.shutdown, wait=False)

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

    def _serve(self, tasks: SimpleQueue[Any]) -> None:
        while (task := tasks.get()) is not None:
            job, run_times = task
            self._run_job_success(job.id, run_job(job, job.jobstore, run_times, self._logger.name))
