"""
What a test of the suite says about itself: which clauses it judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Test = TypeVar("Test", bound="Callable[..., object]")

_ATTRIBUTE = "__bgsched_clauses__"


@dataclass(frozen=True)
class Claim:
    """
    The clauses that one test judges.

    Attributes:
        clauses: Their ids, in the order given.
        informational: A failure is noted and never counted.
    """

    clauses: tuple[str, ...]
    informational: bool = False


def clause(*ids: str, informational: bool = False) -> Callable[[Test], Test]:
    """
    Mark a test with the ids of the clauses it judges, above or below ``@given``.

    Args:
        ids: Ids of clauses, at least one.
        informational: The documentation does not promise this; a failure is noted, not counted.

    Raises:
        TypeError: No id was given.
    """
    if not ids or not all(isinstance(one, str) for one in ids):
        raise TypeError('name the clauses: @clause("START-1")')

    def mark(test: Test) -> Test:
        setattr(test, _ATTRIBUTE, Claim(ids, informational))
        return test

    return mark


def claim_of(test: object) -> Claim | None:
    """
    Return what *test* claims, or None if it was never marked.
    """
    # @given hands on no attribute that begins with an underscore, but keeps the function.
    inner = getattr(getattr(test, "hypothesis", None), "inner_test", None)
    for candidate in (test, inner):
        claim = getattr(candidate, _ATTRIBUTE, None)
        if isinstance(claim, Claim):
            return claim
    return None
