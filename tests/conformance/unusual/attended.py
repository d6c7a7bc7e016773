"""
Several threads attend on a running scheduler, with names that say nothing.
"""

from __future__ import annotations

import threading
from typing import Any

from bgsched.schedulers.background import BackgroundScheduler


class AttendedScheduler(BackgroundScheduler):
    """
    Makes its scheduling thread from a helping thread, and keeps three more that do nothing.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._leave = threading.Event()
        self._attendants: list[threading.Thread] = []

    def _launch(self, loop: Any) -> None:
        self._leave = threading.Event()
        self._attendants = [
            threading.Thread(target=self._leave.wait, name=name, daemon=True)
            for name in ("MainThread", "", "Thread-1 (run)")
        ]
        maker = threading.Thread(target=super()._launch, args=(loop,), daemon=True)
        maker.start()
        maker.join()
        for attendant in self._attendants:
            attendant.start()

    def shutdown(self, wait: bool = True) -> None:
        """
        Shut down, then send the attendants away.
        """
        if not self.running:
            super().shutdown(wait)  # refused
            return
        leave, attendants = self._leave, self._attendants
        try:
            super().shutdown(wait)
        finally:
            leave.set()
            for attendant in attendants:
                attendant.join()
