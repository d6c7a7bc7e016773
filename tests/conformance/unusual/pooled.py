"""
A scheduler whose default executor is one of its own; a base for some of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bgsched._engine import Engine
from bgsched.events import EVENT_EXECUTOR_ADDED, SchedulerEvent
from bgsched.schedulers.background import BackgroundScheduler

if TYPE_CHECKING:
    from bgsched.executors.base import BaseExecutor


class _PooledEngine(Engine):
    pool: type[BaseExecutor]

    def _supply_defaults(self) -> list[SchedulerEvent]:
        supplied = []
        if self.executors.get("default") is None:
            self.executors.supply("default", self.pool())
            supplied.append(SchedulerEvent(EVENT_EXECUTOR_ADDED, "default"))
        return [*supplied, *super()._supply_defaults()]


class PooledScheduler(BackgroundScheduler):
    """
    Supplies an executor of class `pool`.
    """

    pool: ClassVar[type[BaseExecutor]]

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine = _PooledEngine(self, self._engine.options)
        self._engine.pool = self.pool
