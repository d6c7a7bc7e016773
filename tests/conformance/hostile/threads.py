"""
Schedulers whose threads go astray.
"""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from bgsched.schedulers.background import BackgroundScheduler


class DyingThread(BackgroundScheduler):
    """
    Raises in its scheduling thread.
    """

    def _launch(self, loop: Any) -> None:
        def die() -> None:
            loop._ended.set()
            raise ArithmeticError("died in the thread")

        thread = threading.Thread(target=die, daemon=True)
        loop.run_in(thread, owned=True)
        thread.start()


class ExitingThread(BackgroundScheduler):
    """
    Raises SystemExit in its scheduling thread.
    """

    def _launch(self, loop: Any) -> None:
        def leave() -> None:
            loop._ended.set()
            raise SystemExit(0)

        thread = threading.Thread(target=leave, daemon=True)
        loop.run_in(thread, owned=True)
        thread.start()


class Leaking(BackgroundScheduler):
    """
    Leaves a thread behind with each start, which never ends and would keep the process.
    """

    def start(self, paused: bool = False) -> None:
        """
        Start, and leave a thread behind.
        """
        super().start(paused)
        threading.Thread(target=threading.Event().wait, daemon=False).start()


class LateDying(BackgroundScheduler):
    """
    Starts nothing but a thread, which dies much later, in the middle of another test.
    """

    def start(self, paused: bool = False) -> None:
        """
        Leave a thread behind.
        """
        del paused

        def die() -> None:
            threading.Event().wait(0.3)
            raise ArithmeticError("died late")

        threading.Thread(target=die, daemon=False).start()


class Looping(BackgroundScheduler):
    """
    Loops for ever in its scheduling thread, hoards memory there, and so cannot be shut down.
    """

    hoard: ClassVar[list[object]] = []

    def start(self, paused: bool = False) -> None:
        """
        Loop.
        """
        self._looping = threading.Thread(target=self._loop, name="looping", daemon=True)
        self._looping.start()
        super().start(paused)

    def _loop(self) -> None:
        while True:
            self.hoard.append(object())

    def shutdown(self, wait: bool = True) -> None:
        """
        Wait for the end of the loop.
        """
        self._looping.join()
        super().shutdown(wait)
