"""
`running` turns false at the end of a shutdown, and a second shutdown waits for the first.
"""

from __future__ import annotations

import threading
from typing import Any

from bgsched._engine import Phase
from bgsched._run import inside_job_of
from bgsched.errors import SchedulerNotRunningError
from bgsched.schedulers.background import BackgroundScheduler
from bgsched.schedulers.base import STATE_RUNNING


class FlippedScheduler(BackgroundScheduler):
    """
    Looks as if it were running as long as its shutdown takes.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._one_by_one = threading.Lock()

    @property
    def state(self) -> int:
        """
        The state; stopping counts as running.
        """
        return STATE_RUNNING if self._engine.phase is Phase.STOPPING else super().state

    @property
    def running(self) -> bool:
        """
        Whether the shutdown is not over.
        """
        return self._engine.phase is Phase.STOPPING or super().running

    def shutdown(self, wait: bool = True) -> None:
        """
        Shut down, one call after the other; a job cannot wait for the shutdown that waits for it.
        """
        if not self._one_by_one.acquire(blocking=not inside_job_of(self)):
            raise SchedulerNotRunningError
        try:
            super().shutdown(wait)
        finally:
            self._one_by_one.release()
