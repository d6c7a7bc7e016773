"""
The states.
"""

from __future__ import annotations

STATE_STOPPED = "at rest"
STATE_RUNNING = "at work"
STATE_PAUSED = "on leave"
