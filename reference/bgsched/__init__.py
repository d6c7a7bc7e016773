"""
Run functions later or again and again, in the background of a program.
"""

from __future__ import annotations

from bgsched.schedulers.background import BackgroundScheduler
from bgsched.schedulers.blocking import BlockingScheduler

__all__ = ["BackgroundScheduler", "BlockingScheduler", "__version__"]

__version__ = "0.1.0"
