"""
What became of a waiver in a run: whether a failure needed it, and if not, what to do about it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bgsched_conformance.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bgsched_conformance.verdict import TestResult
    from bgsched_conformance.waivers import Waiver

_PASSED = {Outcome.PASS, Outcome.STALE}
_FAILED = {Outcome.FAIL, Outcome.NOTED, Outcome.WAIVED}


class Status(StrEnum):
    """
    What became of a waiver.
    """

    USED = "used"
    UNUSED = "unused"
    STALE = "stale"
    EXPIRED = "expired"
    MISMATCHED = "mismatched"


def status(waiver: Waiver, results: Mapping[str, TestResult]) -> Status:
    """
    Tell what became of a waiver.

    Args:
        waiver: The waiver.
        results: How the tests of the run ended, by node id.
    """
    ended = [results[test] for test in waiver.tests if test in results]
    passed = [test for test in ended if test.outcome in _PASSED]
    failed = [test for test in ended if test.outcome in _FAILED and _concerns(test, waiver)]
    if waiver.expired and (failed or (passed and waiver.intermittent)):
        return Status.EXPIRED
    if any(waiver.origin in test.waived_by for test in failed):
        return Status.USED
    if any(not waiver.intermittent or not test.waived_by for test in failed):
        return Status.MISMATCHED
    if len(passed) == len(waiver.tests) and not waiver.intermittent:
        return Status.STALE
    return Status.UNUSED


def advice(waiver: Waiver, results: Mapping[str, TestResult]) -> str:
    """
    Say in a line what to delete or change; empty if the waiver may stay as it is.
    """
    match status(waiver, results):
        case Status.STALE:
            return waiver.stale
        case Status.EXPIRED:
            what = f"delete the entry for {waiver.subject}, or give it a later date"
            return f"expired waiver: {what} than {waiver.until} ({waiver.origin})"
        case Status.MISMATCHED:
            what = f"delete the entry for {waiver.subject}, or change its match"
            return f"mismatching waiver: {what}, for it fails otherwise ({waiver.origin})"
    return ""


def _concerns(test: TestResult, waiver: Waiver) -> bool:
    # A failure that was laid on other clauses of its test says nothing about a waived one.
    return waiver.clause is None or waiver.clause in test.clauses or waiver.origin in test.waived_by
