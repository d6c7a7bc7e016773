"""
What the reader of a failure gets: the clause, what was done, expected and seen, where to look.
"""

from __future__ import annotations

import os
import shlex
import textwrap
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from _pytest._code.code import Traceback

from bgsched_conformance import catalogue
from bgsched_conformance.naming import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pytest

    from bgsched_conformance.clauses import Clause

_LONGEST_STORY = 25
_WIDEST_VALUE = 300
# Frames of these say nothing about the implementation.
_MACHINERY = {
    "_hypothesis_pytestplugin",
    "_pytest",
    "bgsched_conformance",
    "contextlib",
    "freezegun",
    "hypothesis",
    "pluggy",
    "pytest",
    "threading",
}


@dataclass(frozen=True)
class Comparison:
    """
    A comparison that did not hold, of an ``assert`` in the suite: expected value first.
    """

    operator: str
    left: str
    right: str

    @classmethod
    def of(cls, operator: str, left: object, right: object) -> Comparison:
        """
        Take the values as texts, for they may change or go away.
        """
        return cls(operator, shown(left), shown(right))

    @property
    def expected(self) -> str:
        """
        What the suite asked for.
        """
        return self.left if self.operator == "==" else f"{self.left} {self.operator} {self.right}"

    @property
    def actual(self) -> str:
        """
        What it got.
        """
        return self.right if self.operator == "==" else "this does not hold"


@dataclass(frozen=True)
class Story:
    """
    All that is told about one failure.

    Attributes:
        clauses: The clauses that the test judges.
        verb: ``FAIL``, or what kind of failure it is.
        error: What was raised.
        comparison: The assertion that failed, if it was one that compares.
        did: What the test did, a line for each step.
        example: The smallest choices that lead to it, if it takes any.
        advice: Remarks, such as a waiver that did not apply.
        seed: Repeats the random choices; None for a test that makes none.
        rerun: The command that repeats it.
        program: Source of a program that shows it; None if there is none.
        script: Path of that program in the directory of the report.
    """

    clauses: Sequence[Clause]
    verb: str
    error: BaseException
    comparison: Comparison | None
    did: Sequence[str]
    example: Sequence[str]
    advice: str
    seed: int | None
    rerun: str
    program: str | None = None
    script: str | None = None

    def lines(self, directory: str = "") -> Iterator[str]:
        """
        Yield the text, line by line.

        Args:
            directory: Where the report is going to be.
        """
        for clause in self.clauses:
            yield f'{self.verb} {clause.id} ({clause.level})  "{clause.sentence}"'
            yield from _field("source", clause.source)
        yield from _steps("did", self.did)
        yield from _steps("example", self.example)
        expected, actual = expected_and_actual(self.error, self.comparison)
        if expected:
            yield from _field("expected", expected)
        yield from _field("actual", actual)
        for hint in dict.fromkeys(clause.hint for clause in self.clauses):
            yield from _field("look at", hint)
        if self.advice:
            yield from _field("but", self.advice)
        yield f"  {'rerun':<10}{self.rerun}"
        if self.script:
            yield f"  {'script':<10}{os.path.join(directory, self.script)}"  # noqa: PTH118 - as given


def expected_and_actual(error: BaseException, comparison: Comparison | None) -> tuple[str, str]:
    """
    Tell what a failed test asked for, empty if it does not say so, and what it got.
    """
    expected, actual = getattr(error, "expected", None), getattr(error, "actual", None)
    if isinstance(expected, str) and isinstance(actual, str):
        return expected, actual
    if isinstance(error, AssertionError) and comparison is not None:
        return comparison.expected, comparison.actual
    return "", one_line(error)


def in_a_line(error: BaseException, comparison: Comparison | None) -> str:
    """
    Tell the same in a line.
    """
    expected, actual = expected_and_actual(error, comparison)
    return f"expected {expected}; actual: {actual}" if expected else actual


def rerun_command(node_id: str, target: Sequence[str], *, seed: int | None) -> str:
    """
    Write the command that runs one test again.

    Args:
        node_id: The test.
        target: The options that name the implementation.
        seed: Of its random choices, if it makes any.
    """
    words = [*target, *([f"--bgsched-seed={seed}"] if seed is not None else [])]
    return shlex.join(["pytest", *words, node_id])


def shortened(excinfo: pytest.ExceptionInfo[BaseException]) -> Traceback:
    """
    Leave the frames of the suite and of the implementation in a traceback.
    """
    kept = excinfo.traceback.filter(lambda entry: _telling(entry.frame.f_globals))
    return kept or Traceback(excinfo.traceback[-1:])


def traceback_of(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """
    Write where an error was raised, shortened likewise.
    """
    return str(excinfo.getrepr(style="short", tbfilter=shortened))


def _telling(module: dict[str, Any]) -> bool:
    name = str(module.get("__name__", ""))
    return name.startswith(f"{catalogue.SUITE}.") or name.partition(".")[0] not in _MACHINERY


def _steps(label: str, lines: Sequence[str]) -> Iterator[str]:
    left_out = len(lines) - _LONGEST_STORY
    if left_out > 0:
        lines = [f"... {left_out} steps before", *lines[-_LONGEST_STORY:]]
    for line in lines:
        yield f"  {label:<10}{line}"
        label = ""


def _field(label: str, text: str) -> Iterable[str]:
    return textwrap.wrap(
        text,
        width=110,
        initial_indent=f"  {label:<10}",
        subsequent_indent=" " * 12,
        break_long_words=False,
        break_on_hyphens=False,
    )


def shown(value: object) -> str:
    """
    Write a value for people, cut if it is long.
    """
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if type(value) is list:
        return f"[{', '.join(map(shown, value))}]"
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a foreign repr is no reason to fail
        text = f"<{type(value).__name__} whose repr raised {type(error).__name__}>"
    return text if len(text) <= _WIDEST_VALUE else f"{text[:_WIDEST_VALUE]}..."
