"""
Listeners are called on a thread of their own, behind the events.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from bgsched._listeners import ListenerTable
from bgsched.schedulers.background import BackgroundScheduler

if TYPE_CHECKING:
    from logging import Logger

    from bgsched.events import SchedulerEvent


class Dispatcher(ListenerTable):
    """
    Tells the listeners on its own thread, between `open` and `close`.
    """

    def __init__(self, logger: Logger) -> None:
        super().__init__(logger)
        self._mail: SimpleQueue[SchedulerEvent | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def dispatch(self, event: SchedulerEvent) -> None:
        """
        Post an event; without a thread, tell the listeners here.
        """
        with self._guard:
            posted = self._thread is not None
            if posted:
                self._mail.put(event)
        if not posted:
            super().dispatch(event)

    def open(self) -> None:
        """
        Begin to use the thread.
        """
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._deliver, name="post", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """
        Let the thread end once it has told all it was given, and wait for that.
        """
        with self._guard:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._mail.put(None)
        if thread not in {None, threading.current_thread()}:
            assert thread is not None
            thread.join()

    def _deliver(self) -> None:
        while (event := self._mail.get()) is not None:
            super().dispatch(event)


class DispatchedScheduler(BackgroundScheduler):
    """
    Everything has been told when `shutdown` returns; `start` does not wait for that.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._post = Dispatcher(self._engine.options.logger)
        self._engine.listeners = self._post

    def _launch(self, loop: Any) -> None:
        super()._launch(loop)
        self._post.open()

    def shutdown(self, wait: bool = True) -> None:
        """
        Shut down, then tell what is left to tell.
        """
        was_running = self.running
        try:
            super().shutdown(wait)
        finally:
            if was_running and not self.running:
                self._post.close()
