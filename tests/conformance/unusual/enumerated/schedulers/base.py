"""
The documented names of the states.
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """
    The states, none of which is false.
    """

    STOPPED = "stopped"
    RUNNING = "running"
    PAUSED = "paused"


STATE_STOPPED = State.STOPPED
STATE_RUNNING = State.RUNNING
STATE_PAUSED = State.PAUSED
