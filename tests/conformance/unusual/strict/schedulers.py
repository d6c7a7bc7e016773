"""
The two state errors, with other bases than usual.
"""

from __future__ import annotations


class SchedulerAlreadyRunningError(RuntimeError):
    """
    It runs.
    """


class SchedulerNotRunningError(RuntimeError, ValueError):
    """
    It does not run.
    """
