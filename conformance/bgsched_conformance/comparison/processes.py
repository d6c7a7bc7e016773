"""
Programs run for a while, with all that they start.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Processes:
    """
    Runs programs on several threads, and can end them all.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(
        self,
        command: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        seconds: float,
    ) -> tuple[int, str]:
        """
        Run a program to its end and return its exit status and what it printed, on either stream.

        Raises:
            TimeoutError: It did not end in time.
            OSError: It cannot be run.
        """
        with subprocess.Popen(  # noqa: S603 - the user names what to install and judge
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",
        ) as process:
            with self._lock:
                self._running.add(process)
                stopped = self._stopped
            try:
                if stopped:
                    _end(process)
                printed, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                raise TimeoutError(f"it did not end within {seconds:g} s") from None
            finally:
                # Also what it has left behind, which may hold the pipe open.
                _end(process)
                with self._lock:
                    self._running.discard(process)
        return process.returncode, printed.decode("utf-8", "replace")

    def stop(self) -> None:
        """
        Kill all that run, and whatever would be run from now on.
        """
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
