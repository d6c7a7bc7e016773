"""
What the scheduler is made of: jobs, pools of threads, and the life between start and shutdown.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from queue import SimpleQueue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

WORKERS = 10


class Job(SimpleNamespace):
    """
    The settings of a job, and where it stands.
    """

    next_run_time: datetime | None
    date: datetime | None
    step: timedelta | None

    def settle(self, now: datetime, defaults: dict[str, Any]) -> None:
        """
        Fill in what was left open.
        """
        given, self.pending = dict(self.given), False
        given.setdefault("next_run_time", self.first(now))
        for name, value in {**defaults, **given}.items():
            setattr(self, name, value)

    def first(self, now: datetime) -> datetime:
        """
        Compute the first run time.
        """
        return self.date or now + (self.step or timedelta())

    def take(self, now: datetime) -> list[datetime]:
        """
        Move on, and return the run times passed.
        """
        passed = []
        while self.next_run_time is not None and self.next_run_time <= now:
            passed.append(self.next_run_time)
            self.next_run_time = self.next_run_time + self.step if self.step else None
        return passed[-1:] if self.coalesce else passed


class Pool:
    """
    Ten threads and a queue.
    """

    def __init__(self, work: Callable[[Any], None], *, daemon: bool) -> None:
        self.tasks: SimpleQueue[Any] = SimpleQueue()

        def serve() -> None:
            while (task := self.tasks.get()) is not None:
                work(task)

        self._threads = [
            threading.Thread(target=serve, name=f"🐜{n}", daemon=daemon) for n in range(WORKERS)
        ]
        for thread in self._threads:
            thread.start()

    def close(self, *, wait: bool) -> None:
        """
        Let the threads end after all that was queued; not even a worker waits for itself.
        """
        for _ in self._threads:
            self.tasks.put(None)
        for thread in self._threads:
            if wait and thread is not threading.current_thread():
                thread.join()


class Life:
    """
    What there is from a start to a shutdown.
    """

    def __init__(self) -> None:
        self.announced = self.over = False
        self.pools: dict[str, Pool] = {}
        self.thread = threading.current_thread()
