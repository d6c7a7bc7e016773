"""
Find the reports that a comparison is about.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bgsched_conformance.comparison import column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bgsched_conformance.comparison.column import Column

_FORMAT = 1


class InputError(ValueError):
    """
    What the user gave cannot be used; the message is one line.
    """


def read(places: Iterable[str]) -> list[Column]:
    """
    Read reports, and what ``matrix`` has kept of several, in the order given.

    Args:
        places: Files, or directories with a ``report.json``.

    Raises:
        InputError: There is nothing to read, or it is something else.
    """
    found = [(one, place) for place in places for one in _columns(place)]
    # Two runs on one version, before and after a change, differ in their files alone.
    often = Counter(one.name for one, _ in found)
    named = [
        replace(one, name=f"{one.name} ({place})") if often[one.name] > 1 else one
        for one, place in found
    ]
    twice = [name for name, times in Counter(one.name for one in named).items() if times > 1]
    if twice:
        raise InputError(f"{twice[0]} is given more than once")
    return named


def _columns(place: str) -> list[Column]:
    path = Path(place)
    if path.is_dir():
        path /= "report.json"
    document = _document(path)
    if not isinstance(document, dict) or not {"clauses"} <= document.keys():
        raise InputError(f"{path}: not a report of the kit; --bgsched-report=DIR writes one")
    if document.get("format") != _FORMAT:
        raise InputError(
            f"{path}: a report of format {document.get('format')!r}; this kit reads {_FORMAT}"
        )
    try:
        if "columns" in document:
            return column.from_json(document)
        return [column.from_report(document)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: not a complete report: {type(error).__name__}: {error}"
        ) from error


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON: {type(error).__name__}: {error}") from error
