"""
Each run has a thread of its own, at most ten at a time.
"""

from __future__ import annotations

from unusual.pooled import PooledScheduler

from .executors.pool import ThreadPoolExecutor


class PerRunScheduler(PooledScheduler):
    """
    Has no worker that waits for work.
    """

    pool = ThreadPoolExecutor
