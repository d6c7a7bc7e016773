"""
Runs go through one more queue on their way to the pool.
"""

from __future__ import annotations

from unusual.pooled import PooledScheduler

from .executors.pool import ThreadPoolExecutor


class ForwardedScheduler(PooledScheduler):
    """
    Begins each job a little later than it could.
    """

    pool = ThreadPoolExecutor
