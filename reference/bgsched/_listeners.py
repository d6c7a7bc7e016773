"""
Who listens to which events, and telling them.
"""

from __future__ import annotations

import functools
import operator
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

    from bgsched.events import SchedulerEvent


Entry: TypeAlias = "tuple[Callable[[SchedulerEvent], object], int]"


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
        self._ordinary: tuple[Entry, ...] = ()
        self._last: tuple[Entry, ...] = ()
        self._entries: tuple[Entry, ...] = ()
        self._lock = threading.Lock()

    def add(
        self, callback: Callable[[SchedulerEvent], object], mask: int, *, last: bool = False
    ) -> None:
        """
        Tell *callback* about events whose code is in *mask*, after all others if *last*.

        Raises:
            TypeError: *callback* cannot be called, or *mask* is no integer.
        """
        if not callable(callback):
            raise TypeError(f"a listener must be callable, not {callback!r}")
        if not isinstance(mask, int):
            raise TypeError(f"the mask of a listener must be one of the event codes, not {mask!r}")
        with self._lock:
            if last:
                self._last = (*self._last, (callback, mask))
            else:
                self._ordinary = (*self._ordinary, (callback, mask))
            self._compose()

    def remove(self, callback: Callable[[SchedulerEvent], object]) -> None:
        """
        Stop telling *callback*, however often it was added. An unknown one is no error.
        """
        with self._lock:
            self._ordinary = tuple(entry for entry in self._ordinary if entry[0] != callback)
            self._last = tuple(entry for entry in self._last if entry[0] != callback)
            self._compose()

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
                    with suppress(Exception):  # nor what a log handler raises
                        self.logger.exception("Error notifying listener %r of %r", callback, event)

    def _compose(self) -> None:
        """
        Put the table together. The caller holds the lock.
        """
        self._entries = self._ordinary + self._last
        self.mask = functools.reduce(operator.or_, (mask for _, mask in self._entries), 0)
