"""
The end of the process, in time, whatever an implementation has left behind.
"""

from __future__ import annotations

import atexit
import faulthandler
import os
import sys
import threading
from concurrent.futures import thread as pool
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_EXIT_SECONDS = 20


class Ending:
    """
    Ends the process in time, whatever threads an implementation has left behind.
    """

    def __init__(self) -> None:
        self._before = set(threading.enumerate())
        self._session: pytest.Session | None = None
        self._at_end: list[Callable[[], None]] = []

    def add(self, at_end: Callable[[], None]) -> None:
        """
        Do something more at the end.
        """
        self._at_end.append(at_end)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """
        Remember the session, for its exit status.
        """
        self._session = session

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """
        Leave without waiting for threads that would keep the process alive.
        """
        for action in self._at_end:
            action()
        # Called before every exit handler registered until now, of which one may never return.
        atexit.unregister(_exit_in_time)
        atexit.register(_exit_in_time)
        left = any(_waited_for(thread) for thread in set(threading.enumerate()) - self._before)
        if left and self._session is not None:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(int(self._session.exitstatus))


def _waited_for(thread: threading.Thread) -> bool:
    # At its exit the interpreter joins the threads of pools, though they may be daemons.
    return not thread.daemon or thread in pool._threads_queues  # noqa: SLF001 - nothing public tells


def _exit_in_time() -> None:
    # Nothing but the C-level watchdog is sure to go on while the interpreter ends.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    faulthandler.dump_traceback_later(_EXIT_SECONDS, exit=True, file=nowhere)
