"""
What the end of one test means: the rules for waivers, levels and what is only noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.findings import Inconclusive, blamed
from bgsched_conformance.naming import text_of
from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bgsched_conformance.catalogue import Entry
    from bgsched_conformance.waivers import Waiver


class Shown(Enum):
    """
    What pytest shows a test as.
    """

    PASSED = auto()
    FAILED = auto()
    SKIPPED = auto()
    XFAILED = auto()


@dataclass(frozen=True)
class Judgement:
    """
    What one test says.

    Attributes:
        outcome: How it came out.
        shown: What pytest shows it as.
        reason: Why, in a line; empty for a pass.
        advice: What else the reader of a failure should know, such as a waiver that did not apply.
        waived_by: Origins of the waivers that accept the failure.
    """

    outcome: Outcome
    shown: Shown
    reason: str = ""
    advice: str = ""
    waived_by: tuple[str, ...] = ()


def of_pass(waivers: Sequence[Waiver]) -> Judgement:
    """
    Judge a test that passed.

    Args:
        waivers: Those that cover the test.
    """
    for waiver in waivers:
        # One that covers several tests can be found stale only when all of them are known.
        if not waiver.intermittent and len(waiver.tests) == 1:
            return Judgement(Outcome.STALE, Shown.FAILED, waiver.stale)
    return Judgement(Outcome.PASS, Shown.PASSED)


def of_probe(capability: str, *, works: bool) -> Judgement:
    """
    Judge a test that probes a capability which is declared off.

    Args:
        capability: Its name.
        works: Whether the test passed all the same.
    """
    if works:
        return Judgement(Outcome.STALE, Shown.FAILED, working(capability))
    return Judgement(Outcome.UNSUPPORTED, Shown.SKIPPED, f"declared off: {capability}")


def working(capability: str) -> str:
    """
    Tell what to do about a capability that is declared off and works.
    """
    return f"{capability} is declared off and works: delete that from the adapter"


def of_skip(entry: Entry, error: BaseException) -> Judgement:
    """
    Judge a test that was skipped.
    """
    outcome = Outcome.UNTESTABLE if entry.untestable else Outcome.UNSUPPORTED
    return Judgement(outcome, Shown.SKIPPED, str(error))


def of_failure(
    entry: Entry,
    error: BaseException,
    levels: Sequence[Level],
    counted: Level,
    waivers: Sequence[Waiver],
    reason: str,
) -> Judgement:
    """
    Judge a test that raised.

    Args:
        entry: The test.
        error: What it raised.
        levels: Levels of the clauses that the failure is laid on; none if none was selected.
        counted: Failures of clauses below this level do not fail the run.
        waivers: Those that cover the test.
        reason: What it raised, told in a line.
    """
    if isinstance(error, Inconclusive):
        return Judgement(Outcome.INCONCLUSIVE, Shown.SKIPPED, f"inconclusive: {error}")
    if isinstance(error, pytest.skip.Exception):
        return of_skip(entry, error)
    failure = failure_text(error)
    refusals = [waiver.refusal(failure, blamed(error)) for waiver in waivers]
    accepting = [waiver for waiver, no in zip(waivers, refusals, strict=True) if not no]
    if accepting:
        return Judgement(
            Outcome.WAIVED,
            Shown.XFAILED,
            f"waived: {accepting[0].reason}",
            waived_by=tuple(waiver.origin for waiver in accepting),
        )
    advice = "; ".join(refusals)
    if entry.informational or not levels:
        return Judgement(Outcome.NOTED, Shown.XFAILED, f"noted: {reason}", advice)
    if max(levels) < counted:
        return Judgement(
            Outcome.FAIL,
            Shown.XFAILED,
            f"{max(levels).name}, not counted at level {counted.name.lower()}: {reason}",
            advice,
        )
    return Judgement(Outcome.FAIL, Shown.FAILED, reason, advice)


def failure_text(error: BaseException) -> str:
    """
    Write a failure for a waiver to match: class, message and notes.
    """
    notes = getattr(error, "__notes__", ())
    return "\n".join((f"{type(error).__name__}: {text_of(error)}", *map(str, notes)))
