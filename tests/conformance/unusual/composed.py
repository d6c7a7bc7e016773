"""
A scheduler that has another one inside and derives from nothing.
"""

from __future__ import annotations

from typing import Any, NoReturn

from bgsched.schedulers.background import BackgroundScheduler as Inner


class ComposedScheduler:
    """
    Gives up BASE-1, and publishes neither executors nor job stores, triggers and events.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        self._inner = Inner(gconfig, **options)

    def __getattr__(self, name: str) -> Any:
        """
        Pass on whatever is not defined here.
        """
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a scheduler cannot be pickled")

    def start(self, paused: bool = False) -> None:
        """
        Start the one inside.
        """
        self._inner.start(paused)

    def shutdown(self, wait: bool = True) -> None:
        """
        Shut down the one inside.
        """
        self._inner.shutdown(wait)
