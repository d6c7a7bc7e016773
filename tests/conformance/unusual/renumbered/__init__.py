"""
Events have other numbers and other classes; their names are found in this package alone.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bgsched import events as originals
from bgsched.schedulers.background import BackgroundScheduler

from . import events

if TYPE_CHECKING:
    from collections.abc import Callable

_NEW_CODES = {
    getattr(originals, name): code
    for name, code in vars(events).items()
    if name.startswith("EVENT_") and name != "EVENT_ALL"
}


class RenumberedScheduler(BackgroundScheduler):
    """
    Hands plain objects to its listeners, instead of instances of documented classes.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._translated: dict[Any, Any] = {}

    def add_listener(self, callback: Callable[[Any], object], mask: int = events.EVENT_ALL) -> None:
        """
        Call *callback* with each event whose code is in *mask*.
        """

        def translate(event: originals.SchedulerEvent) -> None:
            callback(SimpleNamespace(**{**vars(event), "code": _NEW_CODES[event.code]}))

        self._translated[callback] = translate
        old_mask = sum(old for old, new in _NEW_CODES.items() if new & mask)
        super().add_listener(translate, old_mask)

    def remove_listener(self, callback: Callable[[Any], object]) -> None:
        """
        Undo `add_listener`.
        """
        super().remove_listener(self._translated.pop(callback, callback))
