"""
The scheduler under test, with a note taken of each call a test makes on it.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Subject:
    """
    Stands in for a scheduler: every attribute is the scheduler's own, every call is noted first.

    Attributes:
        raw: The scheduler itself.

    Args:
        name: Of the scheduler, in notes.
        note: Takes a line about each call.
        permit: Called with the name of a member before it is used; with its arguments, too, before
            it is called. May raise.
    """

    def __init__(
        self, raw: Any, name: str, note: Callable[[str], None], permit: Callable[..., None]
    ) -> None:
        self.raw = raw
        self._name = name
        self._note = note
        self._permit = permit

    def __getattr__(self, attribute: str) -> Any:
        """
        Return the scheduler's attribute; a method comes wrapped.
        """
        self._permit(attribute)
        value = getattr(self.raw, attribute)
        if not callable(value):
            return value

        def noted(*arguments: Any, **keywords: Any) -> Any:
            self._permit(attribute, arguments, keywords)
            self._note(f"{self._name}.{attribute}({written(arguments, keywords)})")
            return value(*arguments, **keywords)

        noted.__name__ = attribute
        return noted


def written(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str:
    """
    Write arguments as they would stand in source code, short.
    """
    parts = [_written(value) for value in arguments]
    parts += [f"{name}={_written(value)}" for name, value in keywords.items()]
    return ", ".join(parts)


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_written(item)}" for key, item in value.items()) + "}"
    name = getattr(value, "__name__", None)
    if name is not None:
        return str(name)
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a foreign repr is no reason to fail
        return f"<{type(value).__name__}>"
    return f"<{type(value).__name__}>" if text.startswith("<") else text


def in_thread(text: str, home: int) -> str:
    """
    Say so if the call is not made by the thread *home*, the test's own.
    """
    return text if threading.get_ident() == home else f"{text}  # in another thread"
