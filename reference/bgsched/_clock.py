"""
The clock seam: the only module that reads time or waits for it.

A clock tells the time and hands out alarms; a scheduling loop blocks on its alarm and nowhere else.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Listeners(Protocol):
    """
    The listeners of one scheduler, as a clock may see them.
    """

    def add(self, callback: Callable[[Any], object], mask: int, *, last: bool = False) -> None:
        """
        Tell *callback* about events whose code is in *mask*, after all others if *last*.
        """

    def remove(self, callback: Callable[[Any], object]) -> None:
        """
        Stop telling *callback*.
        """


class Alarm(Protocol):
    """
    What one scheduling loop waits on.
    """

    def wait(self, until: datetime | None) -> None:
        """
        Block until the moment *until*, or until rung; None: until rung.
        """

    def ring(self) -> None:
        """
        Wake the waiting loop. Sticky: a ring before the wait is not lost. Any thread may call it.
        """

    def close(self) -> None:
        """
        Take note that the loop has ended and waits no more.
        """


class Clock(Protocol):
    """
    A source of time and alarms.
    """

    def now(self) -> datetime:
        """
        Return the present moment, aware, in UTC.
        """

    def alarm(self, listeners: Listeners) -> Alarm:
        """
        Return a new alarm for one loop.

        Args:
            listeners: Of the loop's scheduler, for a clock that wants to know what is going on.
        """


class SystemClock:
    """
    The time of the operating system.
    """

    def now(self) -> datetime:
        """
        Return the present moment, aware, in UTC.
        """
        # Read through the module-level name each time: test tools freeze time by replacing it.
        return datetime.now(UTC)  # noqa: TID251 - the one reader

    def alarm(self, listeners: Listeners) -> Alarm:
        """
        Return a new alarm for one loop.

        Args:
            listeners: Of the loop's scheduler, for a clock that wants to know what is going on.
        """
        del listeners
        return SystemAlarm(self)


class SystemAlarm:
    """
    An alarm on the operating system's clock.
    """

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        # Locked: not rung. A bare lock wakes its waiter sooner than an Event, and ringing it takes
        # no further lock, so a signal handler may ring while the same thread is ringing.
        self._silence = threading.Lock()
        self._silence.acquire()

    def wait(self, until: datetime | None) -> None:
        """
        Block until the moment *until*, or until rung; None: until rung.
        """
        if until is None:
            self._silence.acquire()
        else:
            seconds = (until - self._clock.now()).total_seconds()
            # MISF-13: a thread cannot wait for millennia; waking too early is only one more pass.
            self._silence.acquire(timeout=min(max(seconds, 0.0), threading.TIMEOUT_MAX))

    def ring(self) -> None:
        """
        Wake the waiting loop. Sticky: a ring before the wait is not lost. Any thread may call it.
        """
        try:
            self._silence.release()
        except RuntimeError:
            return  # not locked: it has been rung already

    def close(self) -> None:
        """
        Take note that the loop has ended; this changes nothing here.
        """
