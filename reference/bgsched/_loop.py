"""
The scheduling loop: a pass, a wait, and so on, from the start of a scheduler to its shutdown.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from bgsched._interrupts import is_for_main_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bgsched._clock import Alarm
    from bgsched._options import Options


class Loop:
    """
    One life of a scheduler's loop. A restart makes a new one, so an old loop can never come back.

    Args:
        options: The scheduler's options.
        lock: The scheduler's lock.
        alarm: What the loop waits on.
        run_pass: Does one pass for this loop; returns when the next is due, or None.

    Attributes:
        alarm: What the loop waits on.
        announced: Whether the start has been; until then the loop stays paused.
        halted: Set at shutdown, for ever, under the scheduler's lock.
        paused: Whether passes do nothing. Set under the scheduler's lock; a new loop is paused.
        deadline: Timestamp of the next pass, infinite for none. Set under the scheduler's lock.
        over: Set when the shutdown that halted the loop has done all that it does.
    """

    def __init__(
        self,
        options: Options,
        lock: threading.RLock,
        alarm: Alarm,
        run_pass: Callable[[Loop], datetime | None],
    ) -> None:
        self._options = options
        self._lock = lock
        self.alarm = alarm
        self._run_pass = run_pass
        self._thread: threading.Thread | None = None
        self._owns_thread = False
        self._ended = threading.Event()
        self.announced = False
        self.halted = False
        self.paused = True
        self.deadline = inf
        self.over = threading.Event()

    @property
    def active(self) -> bool:
        """
        Whether passes may plan runs.
        """
        return not (self.halted or self.paused)

    def run_in(self, thread: threading.Thread, *, owned: bool) -> None:
        """
        Say which thread is going to call `run`.

        Args:
            thread: The thread.
            owned: Whether it does nothing else, and ends with the loop.
        """
        self._thread = thread
        self._owns_thread = owned

    def run(self) -> None:
        """
        Run until halted.
        """
        try:
            self.alarm.wait(None)  # a new loop is paused, and is rung when that changes
            while not self.halted:
                self.alarm.wait(self.step())
        finally:
            self.alarm.close()
            self._ended.set()

    def step(self) -> datetime | None:
        """
        Do one pass, whatever it meets, and return when the next is due, or None.
        """
        try:
            return self._run_pass(self)
        except (Exception, SystemExit) as error:
            if is_for_main_thread(error):
                raise
            # THREAD-7: a store or trigger broke its promises in a way no pass looks out for, or a
            # log handler did, which had better not have the last word either.
            with suppress(Exception):
                self._options.logger.exception("Error in the scheduling pass")
            retry = self._options.retry_moment()
            with self._lock:
                self.deadline = retry.timestamp()  # ADD-20: what was left here tells of the past
            return retry

    def ring(self) -> None:
        """
        Have a pass done soon.
        """
        self.alarm.ring()

    def join(self) -> None:
        """
        Wait until the halted loop has ended, if a thread runs it; it does not wait for itself.
        """
        if self._thread in {None, threading.current_thread()}:
            return
        if self._owns_thread and self._thread is not None:
            # THREAD-3: gone, not just about to go. In a forked child it never was: no wait there.
            self._thread.join()
        else:
            self._ended.wait()


def check_threads() -> None:
    """
    Refuse to go on where no thread could be started.

    Raises:
        RuntimeError: There are no threads under this uWSGI.
    """
    uwsgi = sys.modules.get("uwsgi")
    if not getattr(uwsgi, "has_threads", True):  # ERR-8
        raise RuntimeError("uWSGI runs with threads disabled; start it with --enable-threads")
