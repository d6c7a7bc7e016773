"""
STARTED is announced by the scheduling thread, perhaps after `start` has returned.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from bgsched._engine import Engine
from bgsched._listeners import ListenerTable
from bgsched.events import EVENT_SCHEDULER_STARTED
from bgsched.schedulers.background import BackgroundScheduler

if TYPE_CHECKING:
    from datetime import datetime
    from logging import Logger

    from bgsched._loop import Loop
    from bgsched._options import Options
    from bgsched.events import SchedulerEvent


class BelatedTable(ListenerTable):
    """
    Keeps STARTED until somebody calls `catch_up`.
    """

    def __init__(self, logger: Logger) -> None:
        super().__init__(logger)
        self._late: list[SchedulerEvent] = []
        self._guard = threading.Lock()

    def dispatch(self, event: SchedulerEvent) -> None:
        """
        Tell the listeners, unless it is about a start.
        """
        if event.code == EVENT_SCHEDULER_STARTED:
            with self._guard:
                self._late.append(event)
        else:
            super().dispatch(event)

    def catch_up(self) -> None:
        """
        Tell what was kept.
        """
        with self._guard:
            late, self._late = self._late, []
        for event in late:
            super().dispatch(event)


class BelatedEngine(Engine):
    """
    Begins each pass with the events kept.
    """

    def __init__(self, host: Any, options: Options) -> None:
        super().__init__(host, options)
        self.late = BelatedTable(options.logger)
        self.listeners = self.late

    def start(self, paused: bool, launch: Any) -> Loop:
        """
        Start, and have a pass done even if paused.
        """
        loop = super().start(paused, launch)
        loop.ring()
        return loop

    def _run_pass(self, loop: Loop) -> datetime | None:
        self.late.catch_up()
        return super()._run_pass(loop)

    def _take_down(self, before: Any, *, wait: bool) -> BaseException | None:
        failure = super()._take_down(before, wait=wait)
        self.late.catch_up()
        return failure


class BelatedScheduler(BackgroundScheduler):
    """
    Has its start announced by the thread that it starts.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine = BelatedEngine(self, self._engine.options)
