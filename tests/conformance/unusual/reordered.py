"""
SUBMITTED is announced always before the run is handed over, or always after it has ended.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from bgsched._listeners import ListenerTable
from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
)
from bgsched.schedulers.background import BackgroundScheduler

if TYPE_CHECKING:
    from logging import Logger


ENDS = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED
PATIENCE = 0.05  # seconds


class AfterwardsTable(ListenerTable):
    """
    Holds SUBMITTED back until the run has ended, but for a blink at most.
    """

    def __init__(self, logger: Logger) -> None:
        super().__init__(logger)
        self._changed = threading.Condition()
        self._ended: set[tuple[str, Any]] = set()

    def dispatch(self, event: Any) -> None:
        """
        Tell the listeners; of a submission when its first run has been told of.
        """
        if event.code == EVENT_JOB_SUBMITTED:
            run = (event.job_id, event.scheduled_run_times[0])
            with self._changed:
                self._changed.wait_for(lambda: run in self._ended, PATIENCE)
                self._ended.discard(run)
        super().dispatch(event)
        if event.code & ENDS:
            with self._changed:
                self._ended.add((event.job_id, event.scheduled_run_time))
                self._changed.notify_all()


class AfterwardsScheduler(BackgroundScheduler):
    """
    Tells of a submission when there is nothing left to submit.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine.listeners = AfterwardsTable(self._engine.options.logger)


class BeforehandTable(ListenerTable):
    """
    Holds the end of a run back until its submission has been told of, but for a blink at most.
    """

    def __init__(self, logger: Logger) -> None:
        super().__init__(logger)
        self._changed = threading.Condition()
        self._submitted: set[tuple[str, Any]] = set()

    def dispatch(self, event: Any) -> None:
        """
        Tell the listeners.
        """
        if event.code & ENDS:
            run = (event.job_id, event.scheduled_run_time)
            with self._changed:
                self._changed.wait_for(lambda: run in self._submitted, PATIENCE)
                self._submitted.discard(run)
        super().dispatch(event)
        if event.code == EVENT_JOB_SUBMITTED:
            with self._changed:
                self._submitted.update((event.job_id, at) for at in event.scheduled_run_times)
                self._changed.notify_all()


class BeforehandScheduler(BackgroundScheduler):
    """
    Tells of no end before it has told of the submission.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine.listeners = BeforehandTable(self._engine.options.logger)
