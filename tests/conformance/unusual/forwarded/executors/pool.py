"""
A pool with a post office in front.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from bgsched.executors import pool

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched.job import Job


class ThreadPoolExecutor(pool.ThreadPoolExecutor):
    """
    Has a thread that carries runs to the pool, one at a time.
    """

    def __init__(self, max_workers: int = 10) -> None:
        super().__init__(max_workers)
        self._mail: SimpleQueue[Any] = SimpleQueue()
        self._carrier: threading.Thread | None = None

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Get ready to run jobs.
        """
        super().start(scheduler, alias)
        self._carrier = threading.Thread(target=self._carry, name="", daemon=True)
        self._carrier.start()

    def shutdown(self, wait: bool = True) -> None:
        """
        Take no more runs; those taken are still carried over.
        """
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            self._mail.put(None)
            if carrier is not threading.current_thread():
                carrier.join()
        super().shutdown(wait)

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        if self._carrier is None:
            raise RuntimeError("this executor has been shut down")
        self._mail.put((job, run_times))

    def _carry(self) -> None:
        while (letter := self._mail.get()) is not None:
            threading.Event().wait(0.002)
            super()._do_submit_job(*letter)
