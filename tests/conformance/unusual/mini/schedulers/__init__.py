"""
The two state errors.
"""

from __future__ import annotations


class SchedulerAlreadyRunningError(Exception):
    """
    It runs.
    """


class SchedulerNotRunningError(Exception):
    """
    It does not.
    """
