"""
Each run has a thread of its own, at most ten at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgsched._engine import Engine
from bgsched.events import EVENT_EXECUTOR_ADDED, SchedulerEvent
from bgsched.schedulers.background import BackgroundScheduler

from .executors.pool import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Iterable


class PerRunEngine(Engine):
    """
    Supplies another default executor.
    """

    def _supply_defaults(self) -> list[SchedulerEvent]:
        supplied = []
        if self.executors.get("default") is None:
            self.executors.supply("default", ThreadPoolExecutor())
            supplied.append(SchedulerEvent(EVENT_EXECUTOR_ADDED, "default"))
        others: Iterable[SchedulerEvent] = super()._supply_defaults()
        return [*supplied, *others]


class PerRunScheduler(BackgroundScheduler):
    """
    Has no worker that waits for work.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine = PerRunEngine(self, self._engine.options)
