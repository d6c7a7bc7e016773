"""
From the outcomes of tests to the verdict on an implementation: plain data, nothing of pytest.

Every report is rendered from a `Verdict`, so all of them say the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Level(IntEnum):
    """
    How firmly a clause binds.
    """

    MAY = 0
    SHOULD = 1
    MUST = 2


class Outcome(StrEnum):
    """
    How a test or a clause came out, from the best to the worst.
    """

    PASS = "pass"  # noqa: S105 - no password
    UNTESTABLE = "untestable"
    NOTED = "noted"
    UNSUPPORTED = "unsupported"
    WAIVED = "waived"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"
    STALE = "stale"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """
        Place in the order of badness.
        """
        return list(Outcome).index(self)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """
    Return the worst of some outcomes; of none, that nothing was run.
    """
    return max(outcomes, key=lambda outcome: outcome.rank, default=Outcome.NOT_RUN)


class Word(StrEnum):
    """
    The verdict in a word.
    """

    CONFORMANT = "CONFORMANT"
    INCOMPLETE = "INCOMPLETE"
    NOT_CONFORMANT = "NOT CONFORMANT"


EXIT_CODES = {Word.CONFORMANT: 0, Word.NOT_CONFORMANT: 1, Word.INCOMPLETE: 6}


@dataclass(frozen=True)
class TestResult:
    """
    How one test came out.

    Attributes:
        node_id: Where pytest finds it.
        clauses: Ids of the clauses that it judges.
        outcome: What happened.
        reason: Why, in a line; empty for a pass.
        failure: What it raised, as `record.of_failure` tells it; None if nothing of interest.
        waived_by: Origins of the waivers that accept its failure.
    """

    __test__ = False  # not a class of tests, whatever pytest thinks of the name

    node_id: str
    clauses: tuple[str, ...]
    outcome: Outcome
    reason: str = ""
    failure: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    waived_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClauseResult:
    """
    How one clause came out: as badly as the worst of its tests.

    Attributes:
        clause: Its id.
        level: How firmly it binds.
        outcome: The worst outcome of its tests.
        tests: The tests that judged it.
    """

    clause: str
    level: Level
    outcome: Outcome
    tests: tuple[TestResult, ...]


@dataclass(frozen=True)
class Selection:
    """
    What the user asked for.

    Attributes:
        level: Failures of clauses below it do not count.
        part: What the run was narrowed to, such as ``3 clauses selected``; empty for everything.
    """

    level: Level = Level.MUST
    part: str = ""


@dataclass(frozen=True)
class Verdict:
    """
    What a run says about an implementation.

    Attributes:
        selection: What was asked for.
        clauses: One result for each clause selected, in the order of the catalogue.
        tests: One result for each test selected.
        stale: What to do about each waiver that is stale, has expired or expects another failure.
        working: What to do about each capability that is declared off and works.
    """

    selection: Selection
    clauses: tuple[ClauseResult, ...]
    tests: tuple[TestResult, ...]
    stale: tuple[str, ...] = ()
    working: tuple[str, ...] = ()

    @cached_property
    def failing(self) -> tuple[ClauseResult, ...]:
        """
        The clauses that fail and count.
        """
        return self._counted(Outcome.FAIL)

    @cached_property
    def undecided(self) -> tuple[ClauseResult, ...]:
        """
        The clauses that count and that the run could not decide.
        """
        return self._counted(Outcome.INCONCLUSIVE)

    @cached_property
    def missing(self) -> tuple[TestResult, ...]:
        """
        The tests that were selected and did not run.
        """
        return self.tests_of(Outcome.NOT_RUN)

    @cached_property
    def word(self) -> Word:
        """
        The verdict: what was not run is never conformant.
        """
        if self.failing or self.stale or self.working:
            return Word.NOT_CONFORMANT
        if self.missing or self.undecided or self._unjudged or not self.clauses:
            return Word.INCOMPLETE
        return Word.CONFORMANT

    @property
    def exit_code(self) -> int:
        """
        The exit status that a run with this verdict ends with.
        """
        return EXIT_CODES[self.word]

    @property
    def sentence(self) -> str:
        """
        The verdict with its reasons, in a line.
        """
        scope = f" on the {self.selection.part}" if self.selection.part else ""
        reasons = "; ".join(self._reasons())
        return f"{self.word}{scope}" + (f" ({reasons})" if reasons else "")

    def counts(self, level: Level) -> dict[Outcome, int]:
        """
        Count the clauses of one level by outcome, leaving out the outcomes that did not occur.
        """
        found = Counter(clause.outcome for clause in self.clauses if clause.level is level)
        return {outcome: found[outcome] for outcome in _AS_SHOWN if found[outcome]}

    def tests_of(self, outcome: Outcome) -> tuple[TestResult, ...]:
        """
        Return the tests that came out so.
        """
        return tuple(test for test in self.tests if test.outcome is outcome)

    def clauses_of(self, outcome: Outcome) -> tuple[ClauseResult, ...]:
        """
        Return the clauses that came out so.
        """
        return tuple(clause for clause in self.clauses if clause.outcome is outcome)

    @cached_property
    def _unjudged(self) -> tuple[ClauseResult, ...]:
        return tuple(clause for clause in self.clauses_of(Outcome.NOT_RUN) if not clause.tests)

    def _counted(self, outcome: Outcome) -> tuple[ClauseResult, ...]:
        return tuple(
            clause for clause in self.clauses_of(outcome) if clause.level >= self.selection.level
        )

    def _reasons(self) -> Iterable[str]:
        if self.word is Word.CONFORMANT:
            unsupported = self.clauses_of(Outcome.UNSUPPORTED)
            if unsupported:
                yield f"{_clauses(len(unsupported))} unsupported: {_ids(unsupported)}"
            return
        if self.failing:
            levels = Counter(clause.level.name for clause in self.failing)
            named = " and ".join(f"{number} {level}" for level, number in levels.items())
            verb = "clause fails" if len(self.failing) == 1 else "clauses fail"
            yield f"{named} {verb}: {_ids(self.failing)}"
        if self.stale:
            plural = "s" if len(self.stale) > 1 else ""
            yield f"{len(self.stale)} waiver{plural} to delete or change"
        if self.working:
            number = len(self.working)
            yield f"{number} capabilit{'y' if number == 1 else 'ies'} declared off and working"
        if self.missing:
            yield f"{len(self.missing)} of {len(self.tests)} tests not run"
        if self.undecided:
            yield f"{_clauses(len(self.undecided))} undecided: {_ids(self.undecided)}"
        if self._unjudged:
            yield f"{_clauses(len(self._unjudged))} without a test: {_ids(self._unjudged)}"
        if not self.clauses:
            yield "no clause was selected"


_AS_SHOWN = (
    Outcome.PASS,
    Outcome.FAIL,
    *sorted(set(Outcome) - {Outcome.PASS, Outcome.FAIL}, key=lambda outcome: -outcome.rank),
)
_SHOWN_IDS = 24


def judge(
    selection: Selection,
    clauses: Mapping[str, Level],
    tests: Iterable[TestResult],
    stale: Iterable[str] = (),
    working: Iterable[str] = (),
) -> Verdict:
    """
    Put the results of tests together.

    Args:
        selection: What was asked for.
        clauses: Level of each clause selected, by id, in the order to show them.
        tests: A result for each test selected, those that did not run included.
        stale: What to do about waivers that do not hold.
        working: Capabilities that are declared off and work.
    """
    results = tuple(tests)
    judged: dict[str, list[TestResult]] = {clause: [] for clause in clauses}
    for result in results:
        for clause in result.clauses:
            if clause in judged:
                judged[clause].append(result)
    return Verdict(
        selection,
        tuple(
            ClauseResult(
                clause, level, worst(test.outcome for test in judged[clause]), tuple(judged[clause])
            )
            for clause, level in clauses.items()
        ),
        results,
        tuple(stale),
        tuple(working),
    )


def _clauses(number: int) -> str:
    return "1 clause" if number == 1 else f"{number} clauses"


def _ids(clauses: tuple[ClauseResult, ...]) -> str:
    ids = [clause.clause for clause in clauses]
    rest = len(ids) - _SHOWN_IDS
    return ", ".join(ids[:_SHOWN_IDS]) + (f" and {rest} more" if rest > 0 else "")
