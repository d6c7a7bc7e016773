"""
What the loop of a scheduler on a manual clock waits on.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
    JobExecutionEvent,
    JobSubmissionEvent,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched._clock import Listeners
    from bgsched._loop import Loop

_BEGIN_OR_END = EVENT_JOB_SUBMITTED | EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED


class Present:
    """
    What a clock shares with its alarms.

    Attributes:
        now: The reading of the clock, in UTC.
        alarms: The alarms of loops that have not ended.
        change: Guards all this and the alarms; notified when any of it changes. A leaf, re-entrant
            because a signal handler may ring.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.alarms: list[ManualAlarm] = []
        self.change = threading.Condition()


class ManualAlarm:
    """
    An alarm that knows whether its loop is at rest, and which runs are in progress.

    Attributes:
        until: The moment for which the loop waits, if there is one.
        loop: The loop, if it has no thread and is to be stepped.
        thread: The thread that has waited last.
        busy: Whether that thread is at work.
        runs: Runs in progress, by job id and run time. One that ended before its hand-over was
            announced counts less than zero.
    """

    def __init__(self, present: Present, listeners: Listeners) -> None:
        self._present = present
        self._listeners = listeners
        self._rung = False
        self.until: datetime | None = None
        self.loop: Loop | None = None
        self.thread: threading.Thread | None = None
        self.busy = False
        self.runs: Counter[tuple[str, datetime]] = Counter()
        with present.change:
            present.alarms.append(self)

    @property
    def idle(self) -> bool:
        """
        Whether nothing is left to do before time goes on.
        """
        due = self.until is not None and self.until <= self._present.now
        return not (self.busy or self._rung or due)

    def wait(self, until: datetime | None) -> None:
        """
        Block until the clock is moved to *until*, or until rung; None: until rung.
        """
        with self._present.change:
            if self.thread is None:
                # Last of all listeners: a run is over when everybody knows.
                self._listeners.add(self._count, _BEGIN_OR_END, last=True)
            # This thread has announced all that it has handed over. What still counts less than
            # zero could not be: it ended in an error, and will never begin.
            self.runs = +self.runs
            self.thread = threading.current_thread()
            self.until, self.busy = until, False
            self._present.change.notify_all()
            self._present.change.wait_for(lambda: not self.idle)
            self.until, self.busy, self._rung = None, True, False

    def ring(self) -> None:
        """
        Wake the waiting loop. Sticky: a ring before the wait is not lost. Any thread may call it.
        """
        with self._present.change:
            self._rung = True
            self._present.change.notify_all()

    def close(self) -> None:
        """
        Take note that the loop has ended.
        """
        self._listeners.remove(self._count)
        with self._present.change:
            self._present.alarms.remove(self)
            self._present.change.notify_all()

    def step(self) -> None:
        """
        Do a pass of the loop, which has no thread, in this one.
        """
        assert self.loop is not None  # or nobody would call this
        if self.loop.halted:
            self.close()
        else:
            self._rung = False  # before the pass, which may ring
            self.until = self.loop.step()

    def _count(self, event: JobSubmissionEvent | JobExecutionEvent) -> None:
        with self._present.change:
            if isinstance(event, JobSubmissionEvent):
                times, change = event.scheduled_run_times, 1
            else:
                times, change = [event.scheduled_run_time], -1
            for time in times:
                run = (event.job_id, time)
                self.runs[run] += change
                if not self.runs[run]:
                    del self.runs[run]
            self._present.change.notify_all()
