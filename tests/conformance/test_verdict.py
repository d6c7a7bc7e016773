"""
The verdict follows from the tests by fixed rules, and so does the exit status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.verdict import (
    Level,
    Outcome,
    Selection,
    TestResult,
    Verdict,
    Word,
    judge,
    worst,
)

if TYPE_CHECKING:
    from conftest import Toy

pytest_plugins = ["pytester"]

CLAUSES = {"A-1": Level.MUST, "A-2": Level.SHOULD}


def verdict(must: Outcome, should: Outcome = Outcome.PASS, level: Level = Level.MUST) -> Verdict:
    """
    Judge two clauses with a test each.
    """
    tests = [TestResult("a", ("A-1",), must), TestResult("b", ("A-2",), should)]
    return judge(Selection(level), CLAUSES, tests)


@pytest.mark.parametrize(
    ("outcome", "word", "code"),
    [
        (Outcome.PASS, Word.CONFORMANT, 0),
        (Outcome.UNTESTABLE, Word.CONFORMANT, 0),
        (Outcome.NOTED, Word.CONFORMANT, 0),
        (Outcome.UNSUPPORTED, Word.CONFORMANT, 0),
        (Outcome.WAIVED, Word.CONFORMANT, 0),
        (Outcome.INCONCLUSIVE, Word.INCOMPLETE, 6),
        (Outcome.NOT_RUN, Word.INCOMPLETE, 6),
        (Outcome.FAIL, Word.NOT_CONFORMANT, 1),
    ],
)
def test_one_outcome_decides(outcome: Outcome, word: Word, code: int) -> None:
    """
    Each outcome of a MUST leads to its word and its exit status.
    """
    found = verdict(outcome)

    assert (word, code) == (found.word, found.exit_code)


@pytest.mark.parametrize(
    ("outcome", "level", "word"),
    [
        (Outcome.FAIL, Level.MUST, Word.CONFORMANT),
        (Outcome.FAIL, Level.SHOULD, Word.NOT_CONFORMANT),
        (Outcome.INCONCLUSIVE, Level.MUST, Word.CONFORMANT),
        (Outcome.INCONCLUSIVE, Level.MAY, Word.INCOMPLETE),
        (Outcome.NOT_RUN, Level.MUST, Word.INCOMPLETE),
    ],
)
def test_below_the_level_only_running_counts(outcome: Outcome, level: Level, word: Word) -> None:
    """
    A clause below the level may fail or stay undecided, but its tests have to run.
    """
    assert word == verdict(Outcome.PASS, outcome, level).word


def test_failing_outweighs_missing() -> None:
    """
    A failure is told even if other tests did not run.
    """
    assert (
        "NOT CONFORMANT (1 MUST and 1 SHOULD clauses fail: A-1, A-2)"
        == verdict(Outcome.FAIL, Outcome.FAIL, Level.SHOULD).sentence
    )
    assert (
        "NOT CONFORMANT (1 MUST clause fails: A-1; 1 of 2 tests not run)"
        == verdict(Outcome.FAIL, Outcome.NOT_RUN).sentence
    )


def test_a_clause_is_as_bad_as_its_worst_test() -> None:
    """
    One failing test among passing ones fails its clause, and a passing one redeems nothing.
    """
    tests = [
        TestResult("a", ("A-1",), Outcome.PASS),
        TestResult("b", ("A-1", "A-2"), Outcome.FAIL),
        TestResult("c", ("A-2", "elsewhere"), Outcome.PASS),
    ]

    found = judge(Selection(), CLAUSES, tests)

    assert [Outcome.FAIL, Outcome.FAIL] == [clause.outcome for clause in found.clauses]
    assert [2, 2] == [len(clause.tests) for clause in found.clauses]


def test_nothing_is_never_green() -> None:
    """
    No test for a clause, or no clause at all, is not conformance.
    """
    assert Outcome.NOT_RUN == worst(())
    assert "INCOMPLETE (no clause was selected)" == judge(Selection(), {}, ()).sentence
    assert (
        "INCOMPLETE (2 clauses without a test: A-1, A-2)"
        == judge(Selection(), CLAUSES, ()).sentence
    )


def test_a_stale_waiver_fails() -> None:
    """
    A waiver that no failure needs is a failure, whatever the tests say.
    """
    found = judge(
        Selection(part="1 clause selected"),
        {"A-1": Level.MUST},
        [TestResult("a", ("A-1",), Outcome.PASS)],
        ["delete it"],
    )

    assert (1, "NOT CONFORMANT on the 1 clause selected (1 waiver to delete or change)") == (
        found.exit_code,
        found.sentence,
    )


@pytest.mark.parametrize(
    ("cls", "arguments", "code", "sentence"),
    [
        ("Good", [], 0, "CONFORMANT (1 clause unsupported: START-3)"),
        ("Good", ["--bgsched-clause=START-1"], 0, "CONFORMANT on the 1 clause selected"),
        ("Good", ["--bgsched-clause=START-1,JOB-*"], 0, "CONFORMANT on the 3 clauses selected"),
        ("Good", ["bgsched-kit/start::test_word"], 0, "CONFORMANT on the 1 test selected"),
        ("Good", ["-k", "word"], 6, "INCOMPLETE (8 of 9 tests not run)"),
        ("Good", ["-k", "nothing"], 6, "INCOMPLETE (9 of 9 tests not run)"),
        ("Good", ["-k", "word", "--bgsched-clause=START-2"], 6, "INCOMPLETE on the 1 clause*"),
        ("Starved", [], 6, "INCOMPLETE (1 clause undecided: START-1)"),
        ("Wrong", ["-x"], 1, "NOT CONFORMANT (1 MUST clause fails: START-1; 8 of 9 tests not run)"),
        ("Wrong", ["--bgsched-clause=JOB"], 0, "CONFORMANT on the 2 clauses selected"),
        ("Rude", [], 0, "CONFORMANT *"),
        ("Rude", ["--bgsched-level=should"], 1, "NOT CONFORMANT (1 SHOULD clause fails: START-2)"),
    ],
)
def test_runs_end_with_their_verdict(
    toy: Toy, cls: str, arguments: list[str], code: int, sentence: str
) -> None:
    """
    The last word of a run and its exit status are those of the verdict.
    """
    result = toy.run(cls, *arguments)

    assert code == result.ret
    result.stdout.fnmatch_lines([f"verdict  {sentence}"])


def test_a_dead_worker_leaves_the_run_incomplete(toy: Toy) -> None:
    """
    A test whose process died was not run: no verdict against the implementation, and none for it.
    """
    result = toy.spawn("Crashing", "-n1")

    assert result.ret == 6
    result.stdout.fnmatch_lines(
        [
            "  not run * bgsched-kit/start::test_answer  the process that ran it has died",
            "verdict  INCOMPLETE (*of 9 tests not run)",
        ]
    )


def test_collecting_alone_gives_no_verdict(toy: Toy) -> None:
    """
    ``--collect-only`` is no run.
    """
    result = toy.run("Wrong", "--collect-only")

    assert result.ret == 0
    result.stdout.no_fnmatch_line("verdict*")
