"""
The scheduler that works in a thread of its own.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bgsched.schedulers.blocking import BlockingScheduler

if TYPE_CHECKING:
    from bgsched._loop import Loop

__all__ = ["BackgroundScheduler"]


class BackgroundScheduler(BlockingScheduler):
    """
    A scheduler whose `start` returns at once; jobs run while the program goes on.

    One more option than those of `BaseScheduler`:

    ``daemon``
        Whether the scheduling thread is a daemon, true by default. If so, the program ends when its
        main thread does, whatever is scheduled; only runs in progress are waited for. If not, it
        stays up and jobs go on being run until `shutdown`.
    """

    def _launch(self, loop: Loop) -> None:
        thread = threading.Thread(
            target=loop.run, name="bgsched-scheduler", daemon=self._engine.options.daemon
        )
        loop.run_in(thread, owned=True)
        thread.start()

    def _attend(self, loop: Loop) -> None:
        """
        Leave the loop to its thread.
        """
