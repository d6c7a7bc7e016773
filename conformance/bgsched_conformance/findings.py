"""
What a test body can end with besides returning: the kit's own exceptions.

`Stalled` and `Inconclusive` are not `Exception`s: an implementation's ``except Exception`` cannot
swallow a wait that has expired, nor a property test repeat it in search of a smaller example.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from _pytest.outcomes import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def blaming(*clauses: str) -> Iterator[None]:
    """
    Say which clauses are broken if the block fails; for a test that judges several.
    """
    try:
        yield
    except BaseException as error:
        if not blamed(error):
            error.bgsched_clauses = clauses  # type: ignore[attr-defined]
        raise


def blamed(error: BaseException) -> tuple[str, ...]:
    """
    Return the clauses that a failure was laid on; none if it speaks for all of its test.
    """
    clauses: tuple[str, ...] = getattr(error, "bgsched_clauses", ())
    return clauses


class Broken(AssertionError):  # noqa: N818 - a finding about the implementation, no error of ours
    """
    The implementation did something else than the clause asks.

    Attributes:
        expected: What the clause asks for, in words.
        actual: What was seen, in words.
    """

    def __init__(self, expected: str, actual: str) -> None:
        super().__init__(f"expected {expected}; actual: {actual}")
        self.expected = expected
        self.actual = actual


class Stalled(BaseException):
    """
    Something that the clause asks for had not happened when a bounded wait expired.

    Attributes:
        expected: What was waited for, in words.
        actual: What the world looked like when the wait expired.
    """

    def __init__(self, expected: str, actual: str = "it did not happen") -> None:
        super().__init__(f"expected {expected}; actual: {actual}")
        self.expected = expected
        self.actual = actual


class Inconclusive(BaseException):
    """
    The machine was too slow for a verdict; never held against the implementation.
    """


class Unsupported(Skipped):
    """
    The implementation declares, by lacking it, that it does not offer what the clause is about.
    """


class DeclaredOff(Unsupported):
    """
    The adapter declares that the implementation does not offer what the test needs.

    Attributes:
        capability: What the test needs.
    """

    def __init__(self, capability: str) -> None:
        super().__init__(f"declared off: {capability}")
        self.capability = capability
