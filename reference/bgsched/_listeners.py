"""
Who listens to which events, and telling them.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

    from bgsched.events import SchedulerEvent


class ListenerTable:
    """
    The listeners of one scheduler.

    The table is an immutable tuple, replaced and never edited, so telling needs no lock.

    Args:
        logger: Gets the errors that listeners raise.

    Attributes:
        mask: Every event code that somebody listens to. An event outside it need not be built.
    """

    def __init__(self, logger: Logger) -> None:
        self.logger = logger
        self.mask = 0
        self._entries: tuple[tuple[Callable[[SchedulerEvent], object], int], ...] = ()
        self._lock = threading.Lock()

    def add(self, callback: Callable[[SchedulerEvent], object], mask: int) -> None:
        """
        Tell *callback* about events whose code is in *mask*.
        """
        with self._lock:
            self._entries = (*self._entries, (callback, mask))
            self.mask |= mask

    def remove(self, callback: Callable[[SchedulerEvent], object]) -> None:
        """
        Stop telling *callback*, however often it was added. An unknown one is no error.
        """
        with self._lock:
            self._entries = tuple(entry for entry in self._entries if entry[0] != callback)
            mask = 0
            for _, each in self._entries:
                mask |= each
            self.mask = mask

    def dispatch(self, event: SchedulerEvent) -> None:
        """
        Tell the listeners, in the calling thread. The caller holds no lock.
        """
        code = event.code
        for callback, mask in self._entries:
            if code & mask:
                try:
                    callback(event)
                except BaseException:  # THREAD-7: nothing a listener raises may end the loop
                    self.logger.exception("Error notifying listener %r of %r", callback, event)
