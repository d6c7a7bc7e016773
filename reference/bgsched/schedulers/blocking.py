"""
The scheduler that takes the thread it is started in.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bgsched.schedulers.base import BaseScheduler

if TYPE_CHECKING:
    from bgsched._loop import Loop

__all__ = ["BlockingScheduler"]


class BlockingScheduler(BaseScheduler):
    """
    A scheduler whose `start` returns only after its `shutdown`.
    """

    def _launch(self, loop: Loop) -> None:
        loop.run_in(threading.current_thread(), owned=False)

    def _attend(self, loop: Loop) -> None:
        loop.run()
