"""
What is kept of the end of one test: plain data, bounded, which travels between processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgsched_conformance.failure import expected_and_actual
from bgsched_conformance.naming import text_of
from bgsched_conformance.texts import cut, fit, last
from bgsched_conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bgsched_conformance.clauses import Clause
    from bgsched_conformance.failure import Story
    from bgsched_conformance.judgement import Judgement

RECORD = "bgsched"
"""
The attribute of a pytest report that holds the record.
"""

PROGRAM = "program"
"""
The key of a failure's program, which a report keeps in a file of its own.
"""

_MOST_LINES = 200
_LONGEST_LINE = 1_000
_LONGEST_TEXT = 4_000
_LONGEST_TRACEBACK = 20_000


def of_end(
    judged: Judgement, clauses: Sequence[str], failure: dict[str, Any] | None
) -> dict[str, Any]:
    """
    Record how a test ended.

    Args:
        judged: What the end means.
        clauses: Ids of the clauses that it is laid on.
        failure: See `of_failure`; None for a test that raised nothing.
    """
    return {
        "outcome": str(judged.outcome),
        "reason": cut(fit(judged.reason), _LONGEST_TEXT),
        "clauses": list(clauses),
        "waived_by": list(judged.waived_by),
        "failure": failure,
    }


def of_failure(story: Story, traceback: str) -> dict[str, Any]:
    """
    Record what is told about a failure.

    Args:
        story: The same for the terminal.
        traceback: Where it was raised.
    """
    expected, actual = expected_and_actual(story.error, story.comparison)
    error = f"{type(story.error).__name__}: {text_of(story.error)}"
    told = {
        "expected": cut(expected, _LONGEST_TEXT),
        "actual": cut(actual, _LONGEST_TEXT),
        "did": last(list(story.did), _MOST_LINES, _LONGEST_LINE),
        "example": last(list(story.example), _MOST_LINES, _LONGEST_LINE),
        "advice": cut(story.advice, _LONGEST_TEXT),
        "error": cut(error, _LONGEST_TEXT),
        "traceback": traceback[-_LONGEST_TRACEBACK:],
        "seed": story.seed,
        "rerun": story.rerun,
        "script": story.script,
        PROGRAM: story.program,
    }
    return {key: fit(value) for key, value in told.items()}


def properties_of(
    judged: Judgement, clauses: Sequence[Clause], story: Story | None
) -> list[tuple[str, object]]:
    """
    Return what a JUnit file says about a test.

    Args:
        judged: What its end means.
        clauses: Those that it is laid on.
        story: What is told about a failure; None for a test that raised nothing.
    """
    told = {
        "bgsched_clauses": " ".join(clause.id for clause in clauses),
        "bgsched_level": max(Level[clause.level] for clause in clauses).name if clauses else "",
        "bgsched_outcome": judged.outcome,
        "bgsched_rerun": story and story.rerun,
        "bgsched_script": story and story.script,
    }
    return [(name, str(value)) for name, value in told.items() if value]
