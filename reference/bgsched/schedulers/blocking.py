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
        """
        Run the loop, and return when the shutdown that has ended it is over.

        A shutdown made in this thread, by a job in line or a listener, is over when the loop ends;
        one made elsewhere may go on, but waits for no more than the end of the loop.
        """
        loop.run()
        loop.over.wait()
