"""
The verdict as text for the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.verdict import TestResult, Verdict

_EXPLAINED = (
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.WAIVED,
    Outcome.NOTED,
    Outcome.UNSUPPORTED,
)
_NOT_RUN_SHOWN = 3
_WIDEST_REASON = 140


def lines(verdict: Verdict, title: str, drafted: str = "") -> Iterator[str]:
    """
    Yield the summary of a run, line by line.

    Args:
        verdict: What to tell.
        title: Says what was judged, and how.
        drafted: What became of a draft of waivers; empty if none was asked for.
    """
    yield title
    for level in sorted(Level, reverse=True):
        counts = verdict.counts(level)
        if counts:
            numbers = "  ".join(f"{outcome} {number}" for outcome, number in counts.items())
            yield f"  {level.name:<6} {sum(counts.values()):>4}: {numbers}"
    for outcome in _EXPLAINED:
        for test in verdict.tests_of(outcome):
            yield f"  {outcome:<12} {', '.join(test.clauses)}  {test.node_id}{_reason(test)}"
    untestable = [clause.clause for clause in verdict.clauses_of(Outcome.UNTESTABLE)]
    if untestable:
        yield f"  {Outcome.UNTESTABLE:<12} {', '.join(untestable)}"
    yield from _not_run(verdict.missing)
    for stale in (*verdict.stale, *verdict.working):
        yield f"  {Outcome.STALE:<12} {stale}"
    if drafted:
        yield f"waivers  {drafted}"
    yield f"verdict  {verdict.sentence}"


def _not_run(missing: tuple[TestResult, ...]) -> Iterator[str]:
    for test in missing[:_NOT_RUN_SHOWN]:
        yield f"  {Outcome.NOT_RUN:<12} {', '.join(test.clauses)}  {test.node_id}{_reason(test)}"
    rest = len(missing) - _NOT_RUN_SHOWN
    if rest > 0:
        yield f"  {Outcome.NOT_RUN:<12} and {rest} more"


def _reason(test: TestResult) -> str:
    text = test.reason.removeprefix(f"{test.outcome}: ")
    if len(text) > _WIDEST_REASON:
        text = f"{text[:_WIDEST_REASON]}..."
    return f"  {text}" if text else ""
