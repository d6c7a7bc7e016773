"""
Time at your command: for tests of programs that schedule jobs.
"""

from __future__ import annotations

from bgsched.errors import ClockInUseError, NotQuietError
from bgsched.testing.clock import ManualClock
from bgsched.testing.stepped import SteppedScheduler

__all__ = ["ClockInUseError", "ManualClock", "NotQuietError", "SteppedScheduler"]
