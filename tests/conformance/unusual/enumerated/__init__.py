"""
States are members of an enum of texts, published where they are documented.
"""

from __future__ import annotations

from typing import Any

from bgsched.schedulers import base as originals
from bgsched.schedulers.background import BackgroundScheduler

from .schedulers.base import STATE_PAUSED, STATE_RUNNING, STATE_STOPPED

_STATES = {
    originals.STATE_STOPPED: STATE_STOPPED,
    originals.STATE_RUNNING: STATE_RUNNING,
    originals.STATE_PAUSED: STATE_PAUSED,
}


class EnumeratedScheduler(BackgroundScheduler):
    """
    Its `state` is no number.
    """

    @property
    def state(self) -> Any:
        """
        The state, as a member of the enum.
        """
        return _STATES[super().state]

    @property
    def running(self) -> bool:
        """
        Whether the state is another than stopped.
        """
        return self.state is not STATE_STOPPED
