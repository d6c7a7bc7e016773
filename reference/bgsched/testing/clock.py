"""
The clock that moves only when told to.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bgsched._run import inside_job_on
from bgsched.errors import ClockInUseError, NotQuietError
from bgsched.testing._alarm import ManualAlarm, Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched._clock import Listeners

__all__ = ["ManualClock"]

MOST_PASSES = 100_000
"""Passes after which a `SteppedScheduler` that always finds more to do is given up."""


class ManualClock:
    """
    A clock that moves only when told to.

    Give it to one or more schedulers, as option ``clock``, and move it to run days of schedule in
    an instant. Alarms are wound to the microsecond: time stops at each run time on the way.

    With a `BackgroundScheduler` the passes happen in the scheduling thread and the jobs wherever
    its executors run them, as ever, and the thread that moves the clock waits for them. With a
    `SteppedScheduler` there are no threads at all.

    Args:
        start: The first reading; aware.
        patience: Real seconds after which a scheduler that is still busy is an error.

    Raises:
        ValueError: *start* is naive.

    .. versionadded:: 0.1
    """

    def __init__(self, start: datetime, *, patience: float = 5.0) -> None:
        self._present = Present(_in_utc("start", start))
        self._patience = patience
        self._moving = False

    def now(self) -> datetime:
        """
        Return the present reading, aware, in UTC. Any thread may ask.
        """
        return self._present.now

    def advance(
        self,
        delta: timedelta = timedelta(),
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        wait_for_jobs: bool = True,
    ) -> None:
        """
        Move forward, stopping at each run time on the way.

        Returns when every scheduler on this clock waits again and every run that it handed over has
        ended, its listeners included. So the effects of all passes and jobs are visible.

        Args:
            delta: How far to move. Zero, the default, does what is due already.
            weeks: The same in other words, like the rest; all parts add up.
            days: Days of 24 hours.
            hours: Hours.
            minutes: Minutes.
            seconds: Seconds.
            wait_for_jobs: Whether to wait for runs in progress, at each stop and at the end. If
                not, those in other threads may find that the clock has moved on, and be missed.

        Raises:
            ValueError: The sum is negative. Time does not go back.
            ClockInUseError: A job or listener tried to, or the clock is being moved already.
            NotQuietError: A scheduler or job was still busy after *patience* real seconds. The
                clock stays where it was then.
        """
        delta += timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        if delta < timedelta():
            raise ValueError(f"time does not go back: the clock cannot be moved by {delta}")
        self._move(self._present.now + delta, wait_for_jobs)

    def advance_to(self, moment: datetime, *, wait_for_jobs: bool = True) -> None:
        """
        Move forward to a moment, as `advance` does.

        Args:
            moment: The reading to end with; aware.
            wait_for_jobs: As for `advance`.

        Raises:
            ValueError: *moment* is naive, or past.
            ClockInUseError: As for `advance`.
            NotQuietError: As for `advance`.
        """
        target = _in_utc("moment", moment)
        if target < self._present.now:
            raise ValueError(
                f"time does not go back: it is {self._present.now} now, after {moment}"
            )
        self._move(target, wait_for_jobs)

    def alarm(self, listeners: Listeners) -> ManualAlarm:
        """
        Return a new alarm for one loop; called by schedulers.

        Args:
            listeners: Of the loop's scheduler.
        """
        return ManualAlarm(self._present, listeners)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._present.now.isoformat()}>"

    def _move(self, target: datetime, wait_for_jobs: bool) -> None:
        present = self._present
        with self._turn():
            while True:
                self._step()
                with present.change:
                    if not present.change.wait_for(
                        lambda: not self._busy(wait_for_jobs), self._patience
                    ):
                        raise NotQuietError(present.now, self._busy(wait_for_jobs))
                    if not all(alarm.idle for alarm in present.alarms):
                        continue  # one that is stepped was rung by another's thread
                    moments = [alarm.until for alarm in present.alarms if alarm.until is not None]
                    first = min(moments, key=lambda moment: moment.timestamp(), default=target)
                    present.now = min(first, target).astimezone(UTC)
                    present.change.notify_all()
                    if first > target or not moments:
                        return

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """
        Make sure that the caller is the only one to move the clock, and not waited for itself.
        """
        here = threading.current_thread()
        with self._present.change:
            inside = any(alarm.busy and alarm.thread is here for alarm in self._present.alarms)
            if self._moving or inside or inside_job_on(self):
                raise ClockInUseError
            self._moving = True
        try:
            yield
        finally:
            self._moving = False

    def _step(self) -> None:
        """
        Do the passes that are due on loops without a thread.
        """
        for _ in range(MOST_PASSES):
            with self._present.change:
                alarms = [each for each in self._present.alarms if each.loop and not each.idle]
            if not alarms:
                return
            alarms[0].step()
        raise NotQuietError(self._present.now, ["a scheduler that always finds more jobs due"])

    def _busy(self, wait_for_jobs: bool) -> list[str]:
        """
        Describe what is not at rest. The caller holds the lock.
        """
        found = []
        for alarm in self._present.alarms:
            if alarm.loop is None and not alarm.idle:
                found.append(f"the scheduler of {alarm.thread}")
            if wait_for_jobs:
                found += [
                    f"job {job_id!r}, due at {time}"
                    for (job_id, time), count in alarm.runs.items()
                    if count > 0
                ]
        return found


def _in_utc(name: str, moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{name} must be aware, not {moment!r}; add tzinfo, such as UTC")
    return moment.astimezone(UTC)
