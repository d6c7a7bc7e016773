"""
The smallest example of a property test that fails, as hypothesis tells it in notes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BEGIN = re.compile(r"(Falsifying example|Failing test case):")
_END = "Explanation:"
_ARGUMENT = re.compile(r" {4}(\w+)=")


def example_of(error: BaseException, fixtures: Collection[str]) -> list[str]:
    """
    Return the lines that tell the example; none for a test that makes no choices.

    Args:
        error: What the test raised.
        fixtures: Names of arguments that are no choices of hypothesis.
    """
    lines = [line for note in getattr(error, "__notes__", ()) for line in str(note).splitlines()]
    begin = next((i for i, line in enumerate(lines) if _BEGIN.match(line)), None)
    if begin is None:
        return []
    told = lines[begin + 1 :]
    if _END in told:
        told = told[: told.index(_END)]
    return list(_chosen(told, fixtures))


def _chosen(lines: list[str], fixtures: Collection[str]) -> Iterator[str]:
    left_out = False
    for line in lines:
        argument = _ARGUMENT.match(line)
        if argument:
            left_out = argument[1] in fixtures or line.endswith("=data(...),")
        elif not line.startswith(" "):
            left_out = line == ")"
        if not left_out:
            yield line.removeprefix("    ").rstrip(",")
