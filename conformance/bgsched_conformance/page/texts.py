"""
Numbers as a reader wants them.
"""

from __future__ import annotations

_MINUTE = 60


def duration(seconds: float) -> str:
    """
    Write a time that something took, as exactly as a reader cares.
    """
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s"


def plural(number: int, noun: str) -> str:
    """
    Write a number of things, such as ``1 clause`` and ``2 clauses``.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
