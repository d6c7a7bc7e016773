"""
How outcomes are shown: each by a word, a symbol and a colour, never by a colour alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgsched_conformance.page.markup import element
from bgsched_conformance.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bgsched_conformance.page.markup import Html

WORST_FIRST = tuple(reversed(Outcome))

_SYMBOLS = {
    Outcome.PASS: "✓",
    Outcome.UNTESTABLE: "—",
    Outcome.NOTED: "•",
    Outcome.UNSUPPORTED: "∅",
    Outcome.WAIVED: "~",
    Outcome.INCONCLUSIVE: "?",
    Outcome.NOT_RUN: "○",
    Outcome.STALE: "!",
    Outcome.FAIL: "✗",
}
_TONES = {
    Outcome.PASS: "good",
    Outcome.FAIL: "bad",
    Outcome.STALE: "bad",
    Outcome.NOT_RUN: "doubt",
    Outcome.INCONCLUSIVE: "doubt",
}


def badge(outcome: str, *, counted: bool = True) -> Html:
    """
    Write an outcome.

    Args:
        outcome: The outcome of a test or a clause.
        counted: Whether it has a say in the verdict.
    """
    kind = Outcome(outcome)
    tone = _TONES.get(kind, "calm") if counted or kind is Outcome.PASS else "calm"
    return element("span", symbol(kind), f" {kind}", class_=f"badge {tone}")


def symbol(outcome: Outcome) -> Html:
    """
    Write the symbol of an outcome, for the eye only.
    """
    return element("span", _SYMBOLS[outcome], aria_hidden="true")


def needs_attention(clause: Mapping[str, Any]) -> bool:
    """
    Whether a clause is a reason for a verdict other than CONFORMANT.
    """
    outcome = Outcome(clause["outcome"])
    if outcome in {Outcome.STALE, Outcome.NOT_RUN}:
        return True
    return outcome in {Outcome.FAIL, Outcome.INCONCLUSIVE} and clause["counted"]
