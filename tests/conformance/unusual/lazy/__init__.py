"""
The memory store is emptied when somebody next looks into it; stores start before executors.
"""

from __future__ import annotations

from typing import Any

from bgsched._engine import Engine
from bgsched.events import EVENT_JOBSTORE_ADDED, SchedulerEvent
from bgsched.schedulers.background import BackgroundScheduler

from .jobstores.memory import MemoryJobStore


class LazyEngine(Engine):
    """
    Supplies another default store, and starts all stores first.
    """

    def _supply_defaults(self) -> list[SchedulerEvent]:
        supplied = []
        if self.jobstores.get("default") is None:
            self.jobstores.supply("default", MemoryJobStore())
            supplied.append(SchedulerEvent(EVENT_JOBSTORE_ADDED, "default"))
        return [*supplied, *super()._supply_defaults()]

    def _start_part(self, directory: Any, alias: str, part: Any, loop: Any) -> bool:
        if directory is self.executors and loop is None:
            with self.lock:
                stores = self.jobstores.waiting()
            for name, store in stores:
                super()._start_part(self.jobstores, name, store, None)
        if directory.running.get(alias) is part:
            return True
        return super()._start_part(directory, alias, part, loop)


class LazyScheduler(BackgroundScheduler):
    """
    Starts its parts in another order, and puts off what it can.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine = LazyEngine(self, self._engine.options)
