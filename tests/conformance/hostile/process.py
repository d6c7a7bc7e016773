"""
Schedulers that change the process around them for good.
"""

from __future__ import annotations

import atexit
import io
import os
import signal
import sys
import threading
import time
from typing import Any

from bgsched.schedulers.background import BackgroundScheduler


class ClosingOutput(BackgroundScheduler):
    """
    Closes standard output and standard error, and forgets to start.
    """

    def start(self, paused: bool = False) -> None:
        """
        Close both.
        """
        del paused
        sys.stdout.close()
        sys.stderr.close()


class RedirectingOutput(BackgroundScheduler):
    """
    Sends all output elsewhere, and forgets to start.
    """

    def start(self, paused: bool = False) -> None:
        """
        Redirect both.
        """
        del paused
        sys.stdout = io.StringIO()
        sys.stderr = io.StringIO()


class Replacing(BackgroundScheduler):
    """
    Replaces hooks and clocks that others rely upon, and forgets to start.
    """

    def start(self, paused: bool = False) -> None:
        """
        Replace them.
        """
        del paused

        def broken(*_: Any) -> Any:
            raise ArithmeticError("replaced")

        threading.excepthook = broken
        sys.excepthook = broken
        for name in ("time", "monotonic", "perf_counter", "sleep"):
            setattr(time, name, broken)


class BlockingExit(BackgroundScheduler):
    """
    Registers an exit handler that never returns, and forgets to start.
    """

    def start(self, paused: bool = False) -> None:
        """
        Register it.
        """
        del paused
        atexit.register(threading.Event().wait)


class Meddling(BackgroundScheduler):
    """
    Goes to another directory, ignores signals, empties the environment, and forgets to start.
    """

    def start(self, paused: bool = False) -> None:
        """
        Meddle.
        """
        del paused
        os.chdir("/")
        os.environ.clear()
        sys.setrecursionlimit(200)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
