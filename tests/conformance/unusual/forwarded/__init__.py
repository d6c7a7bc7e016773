"""
Runs go through one more queue on their way to the pool.
"""

from __future__ import annotations

from typing import Any

from bgsched._engine import Engine
from bgsched.events import EVENT_EXECUTOR_ADDED, SchedulerEvent
from bgsched.schedulers.background import BackgroundScheduler

from .executors.pool import ThreadPoolExecutor


class ForwardedEngine(Engine):
    """
    Supplies another default executor.
    """

    def _supply_defaults(self) -> list[SchedulerEvent]:
        supplied = []
        if self.executors.get("default") is None:
            self.executors.supply("default", ThreadPoolExecutor())
            supplied.append(SchedulerEvent(EVENT_EXECUTOR_ADDED, "default"))
        return [*supplied, *super()._supply_defaults()]


class ForwardedScheduler(BackgroundScheduler):
    """
    Begins each job a little later than it could.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine = ForwardedEngine(self, self._engine.options)
