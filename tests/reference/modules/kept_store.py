"""
A job store for several lives.
"""

from __future__ import annotations

from bgsched.jobstores.memory import MemoryJobStore


class KeptStore(MemoryJobStore):
    """
    A memory store that outlives its scheduler, as a persistent one does.
    """

    def shutdown(self) -> None:
        """
        Keep all jobs.
        """
