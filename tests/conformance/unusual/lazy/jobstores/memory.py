"""
A memory store that does not hurry to forget.
"""

from __future__ import annotations

from typing import Any

from bgsched.jobstores import memory


class MemoryJobStore(memory.MemoryJobStore):
    """
    Forgets its jobs at the start that follows a shutdown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stale = False

    def start(self, scheduler: Any, alias: str) -> None:
        """
        Get ready; now what was to be forgotten is.
        """
        if self._stale:
            self.remove_all_jobs()
            self._stale = False
        super().start(scheduler, alias)

    def shutdown(self) -> None:
        """
        Remember to forget.
        """
        self._stale = True
