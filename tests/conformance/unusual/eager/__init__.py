"""
The pool is complete from the start, and its threads are no daemons.
"""

from __future__ import annotations

from typing import Any

from bgsched._engine import Engine
from bgsched.events import EVENT_EXECUTOR_ADDED, SchedulerEvent
from bgsched.schedulers.background import BackgroundScheduler

from .executors.pool import ThreadPoolExecutor


class EagerEngine(Engine):
    """
    Supplies another default executor.
    """

    def _supply_defaults(self) -> list[SchedulerEvent]:
        supplied = []
        if self.executors.get("default") is None:
            self.executors.supply("default", ThreadPoolExecutor())
            supplied.append(SchedulerEvent(EVENT_EXECUTOR_ADDED, "default"))
        return [*supplied, *super()._supply_defaults()]


class EagerScheduler(BackgroundScheduler):
    """
    Has idle workers, which leave when the program wants to end.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine = EagerEngine(self, self._engine.options)
