"""
Texts of foreign origin, made fit to travel: through processes, files, pages and terminals.
"""

from __future__ import annotations

import re
from typing import Any

# Controls but tab and newline, halves of surrogate pairs, marks that reorder text, no characters.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def fit(value: Any) -> Any:
    """
    Return JSON data with everything in its texts escaped that some reader could stumble over.
    """
    if isinstance(value, str):
        # A text may be of a class of its own, which nobody can load elsewhere.
        return _UNFIT.sub(_escaped, str.__str__(value))
    if isinstance(value, dict):
        return {fit(key): fit(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        kind = tuple if isinstance(value, tuple) else list
        return kind(fit(item) for item in value)
    return value


def cut(text: str, longest: int) -> str:
    """
    Return a text, or its beginning and how much was left out.
    """
    rest = len(text) - longest
    return text if rest <= 0 else f"{text[:longest]}... ({rest} characters more)"


def last(lines: list[str], most: int, longest: int) -> list[str]:
    """
    Return the last lines, each cut, and how many were left out before them.
    """
    rest = len(lines) - most
    kept = [cut(line, longest) for line in lines[-most:]]
    return [f"... {rest} before", *kept] if rest > 0 else kept


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")
