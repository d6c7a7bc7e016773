"""
What a run makes of each waiver follows from how the tests that it covers ended.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from bgsched_conformance.verdict import Outcome, TestResult
from bgsched_conformance.waivers import Waiver, usage

if TYPE_CHECKING:
    from conftest import Toy

pytest_plugins = ["pytester"]

PAST = date(2020, 1, 31)
ONE = Waiver("a", frozenset({"a"}), "why", re.compile("x"), None, None, False, None, "own.toml:1")
BOTH = replace(ONE, subject="A-1", tests=frozenset({"a", "b"}), clause="A-1")


def result(test: str, outcome: Outcome, **told: Any) -> TestResult:
    """
    Return the result of a test of clause A-1.
    """
    return replace(TestResult(test, ("A-1",), outcome), **told)


WAIVED = result("a", Outcome.WAIVED, waived_by=("own.toml:1",))
BY_ANOTHER = result("a", Outcome.WAIVED, waived_by=("own.toml:9",))
LAID_ELSEWHERE = result("a", Outcome.FAIL, clauses=("A-2",))


@pytest.mark.parametrize(
    ("waiver", "results", "expected"),
    [
        (ONE, [], "unused"),
        (ONE, [WAIVED], "used"),
        (ONE, [result("a", Outcome.PASS)], "stale"),
        (ONE, [result("a", Outcome.STALE)], "stale"),
        (ONE, [result("a", Outcome.FAIL)], "mismatched"),
        (ONE, [result("a", Outcome.NOTED)], "mismatched"),
        (ONE, [BY_ANOTHER], "mismatched"),
        (ONE, [result("a", Outcome.INCONCLUSIVE)], "unused"),
        (ONE, [result("a", Outcome.NOT_RUN)], "unused"),
        (ONE, [result("a", Outcome.UNSUPPORTED)], "unused"),
        (replace(ONE, until=PAST), [], "unused"),
        (replace(ONE, until=PAST), [result("a", Outcome.FAIL)], "expired"),
        (replace(ONE, until=PAST), [result("a", Outcome.NOTED)], "expired"),
        (replace(ONE, until=PAST), [BY_ANOTHER], "expired"),
        (replace(ONE, until=PAST), [result("a", Outcome.PASS)], "stale"),
        (replace(ONE, intermittent=True), [result("a", Outcome.PASS)], "unused"),
        (replace(ONE, intermittent=True), [BY_ANOTHER], "unused"),
        (replace(ONE, intermittent=True), [result("a", Outcome.FAIL)], "mismatched"),
        (replace(ONE, intermittent=True, until=PAST), [result("a", Outcome.PASS)], "expired"),
        (BOTH, [result("a", Outcome.PASS)], "unused"),
        (BOTH, [result("a", Outcome.PASS), result("b", Outcome.PASS)], "stale"),
        (BOTH, [WAIVED, result("b", Outcome.PASS)], "used"),
        (BOTH, [WAIVED, result("b", Outcome.FAIL)], "used"),
        (BOTH, [LAID_ELSEWHERE], "unused"),
        (ONE, [LAID_ELSEWHERE], "mismatched"),
    ],
)
def test_the_status_of_a_waiver(waiver: Waiver, results: list[TestResult], expected: str) -> None:
    """
    A waiver is used, or it tells why it should go; what did not run tells nothing.
    """
    assert expected == usage.status(waiver, {one.node_id: one for one in results})


def entry(subject: str, more: str = "") -> str:
    """
    Write a waiver as it stands in a file.
    """
    return f'[[waiver]]\n{subject}\nreason = "ticket 812"\n{more}\n'


EXTRA = 'test = "start::test_extra"'
WORD = 'test = "start::test_word"'


@pytest.mark.parametrize(
    ("cls", "text", "code", "shown"),
    [
        # Of what is only noted, and of what does not count at the level of the run.
        ("Rude", entry(EXTRA), 0, "  waived * ticket 812"),
        ("Good", entry(EXTRA), 1, "  stale *(own.toml:1, waiver 1)"),
        ("Rude", entry(EXTRA, 'match = "no"'), 1, "*mismatching waiver: delete * or change its *"),
        (
            "Rude",
            entry(WORD, "until = 2020-01-31"),
            1,
            "*expired waiver: delete * than 2020-01-31*",
        ),
        # Two for one test: each must hold.
        (
            "Wrong",
            entry('clause = "START-1"') + entry('test = "start::test_answer"'),
            0,
            "verdict*",
        ),
        (
            "Wrong",
            entry('test = "start::test_answer"') + entry('clause = "START-1"\nmatch = "no"'),
            1,
            "*mismatching waiver: delete the entry for START-1*(own.toml:5, waiver 2)",
        ),
        # Files as other programs write them.
        ("Wrong", "\ufeff" + entry('clause = "START-1"').replace("\n", "\r\n"), 0, "verdict*"),
        ("Good", "", 0, "verdict*"),
        (
            "Good",
            '# [[waiver]]\nwaiver = [{clause="START-1", reason="r"}]',
            1,
            "*(own.toml*, waiver 1)",
        ),
    ],
)
def test_runs_with_waivers(toy: Toy, cls: str, text: str, code: int, shown: str) -> None:
    """
    An entry that does not hold fails the run, though its test would not, and says what to do.
    """
    toy.pytester.path.joinpath("own.toml").write_bytes(text.encode())

    ended = toy.run(cls, "--bgsched-waivers=own.toml")

    assert code == ended.ret
    ended.stdout.fnmatch_lines([shown])


def test_a_waiver_of_one_clause_does_not_cover_another_of_the_same_test() -> None:
    """
    A failure that was laid on another clause is refused, and the refusal names the clause.
    """
    assert "the waiver is about A-1 (own.toml:1)" == BOTH.refusal("x", ["A-2"])
    assert "" == BOTH.refusal("x", ["A-2", "A-1"])
    assert "" == BOTH.refusal("x")
