"""
Two traces side by side, as text.
"""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bgsched_conformance.against.sight import Observation

_STEP, _SIDE = 44, 34
_MARK = "<- differs"
_ALWAYS = {"runs", "ends"}  # told though they are the same, unless there are none


def lines(
    steps: Sequence[object],
    traces: tuple[Sequence[Observation], Sequence[Observation]],
    names: tuple[str, str],
) -> Iterator[str]:
    """
    Yield the steps up to the first that led to something else, and what each led to.

    Args:
        steps: All of them; each is written as its text.
        traces: What was seen after each, on the left and on the right.
        names: What the two sides are called.
    """
    yield from _row("step", *(name.replace(":", ": ") for name in names))
    for number, (step, left, right) in enumerate(zip(steps, *traces, strict=False), 1):
        label = f"{number:<3}{step}"
        found = False
        for aspect in (one for one in left if one in right):
            told = left[aspect], right[aspect]
            differs = told[0] != told[1]
            found |= differs
            if differs or aspect == "result" or (aspect in _ALWAYS and any(told)):
                prefix = "" if aspect == "result" else f"{aspect}: "
                one, other = (f"{prefix}{text or 'none'}" for text in told)
                yield from _row(label, one, other, _MARK if differs else "")
                label = ""
        if found:
            return


def _row(step: str, left: str, right: str, mark: str = "") -> Iterator[str]:
    cells = [
        textwrap.wrap(step, _STEP, subsequent_indent="     "),
        textwrap.wrap(left, _SIDE, subsequent_indent="  "),
        textwrap.wrap(right, _SIDE, subsequent_indent="  "),
        [mark],
    ]
    for a, b, c, d in zip_longest(*cells, fillvalue=""):
        yield f"{a:<{_STEP}}  {b:<{_SIDE}}  {c:<{_SIDE}}  {d}".rstrip()
