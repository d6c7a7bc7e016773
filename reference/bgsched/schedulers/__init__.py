"""
Schedulers, and the errors about their state.
"""

from __future__ import annotations

from bgsched.errors import (
    SchedulerAlreadyRunningError,
    SchedulerNotRunningError,
    ShutdownInsideJobError,
)

__all__ = [
    "SchedulerAlreadyRunningError",
    "SchedulerNotRunningError",
    "ShutdownInsideJobError",
]
