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
    from bgsched_conformance.against.steps import Step

_STEP, _SIDE = 44, 32
_MARK = "<- differs"


def lines(
    steps: Sequence[Step],
    traces: tuple[Sequence[Observation], Sequence[Observation]],
    last: int,
    names: tuple[str, str],
) -> Iterator[str]:
    """
    Yield the steps up to the first that led to something else, and what each led to.

    Args:
        steps: All of them.
        traces: What was seen after each, on the left and on the right.
        last: Number of the step to end with, counted from zero.
        names: What the two sides are called.
    """
    yield from _row("step", *names)
    for number, step in enumerate(steps[: last + 1]):
        left, right = traces[0][number], traces[1][number]
        label = f"{number + 1:<3}{step}"
        for aspect in (one for one in left if one in right):
            told = left[aspect], right[aspect]
            differs = told[0] != told[1]
            if differs or aspect == "result" or (aspect in {"runs", "ends"} and any(told)):
                prefix = "" if aspect == "result" else f"{aspect}: "
                yield from _row(
                    label, *(f"{prefix}{text or 'none'}" for text in told), _MARK * differs
                )
                label = ""


def _row(step: str, left: str, right: str, mark: str = "") -> Iterator[str]:
    cells = [
        textwrap.wrap(step, _STEP, subsequent_indent="     "),
        textwrap.wrap(left, _SIDE, subsequent_indent="  "),
        textwrap.wrap(right, _SIDE, subsequent_indent="  "),
        [mark],
    ]
    for a, b, c, d in zip_longest(*cells, fillvalue=""):
        yield f"{a:<{_STEP}}  {b:<{_SIDE}}  {c:<{_SIDE}}  {d}".rstrip()
