"""
The pool is complete from the start, and its threads are no daemons.
"""

from __future__ import annotations

from unusual.pooled import PooledScheduler

from .executors.pool import ThreadPoolExecutor


class EagerScheduler(PooledScheduler):
    """
    Has idle workers, which leave when the program wants to end.
    """

    pool = ThreadPoolExecutor
