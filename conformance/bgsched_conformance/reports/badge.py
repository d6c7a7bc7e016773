"""
The verdict as a badge: for shields.io, which fetches the file, and drawn by the kit itself.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABEL = "bgsched conformance"
_COLORS = {
    "CONFORMANT": ("brightgreen", "#2f7d32"),
    "INCOMPLETE": ("yellow", "#8a6100"),
    "NOT CONFORMANT": ("red", "#b3261e"),
}
_CHARACTER = 6.6  # pixels, of an average one at 11 px
_PADDING = 10


def endpoint(document: Mapping[str, Any]) -> str:
    """
    Write what the endpoint badge of shields.io reads.
    """
    color, _ = _COLORS[document["verdict"]["word"]]
    told = {"schemaVersion": 1, "label": _LABEL, "message": message(document), "color": color}
    return json.dumps(told, indent=1) + "\n"


def picture(document: Mapping[str, Any]) -> str:
    """
    Draw a badge as SVG, which needs no network.
    """
    text = message(document)
    _, color = _COLORS[document["verdict"]["word"]]
    left, right = _width(_LABEL), _width(text)
    title = escape(f"{_LABEL}: {text}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" \
aria-label="{title}">
<title>{title}</title>
<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
</g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
{_text(_LABEL, left / 2, left)}
{_text(text, left + right / 2, right)}
</g>
</svg>
"""


def message(document: Mapping[str, Any]) -> str:
    """
    Tell the verdict and on how many of the clauses that count, of those that were judged, it rests.
    """
    counted = [clause for clause in document["clauses"] if clause["counted"]]
    passed = sum(clause["outcome"] == "pass" for clause in counted)
    level = document["run"]["level"].upper()
    levels = level if level == "MUST" else f"{level} and above"
    part = ", part of the contract" if document["run"]["part"] else ""
    word = document["verdict"]["word"].lower()
    return f"{word} ({passed} of {len(counted)} {levels}{part})"


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER) + 2 * _PADDING


def _text(text: str, middle: float, width: int) -> str:
    length = width - 2 * _PADDING
    return f'<text x="{middle:g}" y="14" textLength="{length}">{escape(text)}</text>'
