"""
Columns put side by side: which clauses differ, what got worse, and what is not comparable.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bgsched_conformance.comparison.column import Column, Rule


class Change(StrEnum):
    """
    What became of a clause that was decided in the columns before.
    """

    NONE = ""
    FIXED = "fixed"
    LOST = "lost"
    REGRESSION = "regression"


# What says nothing about the implementation, so that a pass before must not be taken for one here.
UNDECIDED = frozenset({Outcome.INCONCLUSIVE, Outcome.NOT_RUN, Outcome.UNSUPPORTED, None})


@dataclass(frozen=True)
class Cell:
    """
    One clause of one implementation.

    Attributes:
        outcome: How it came out; None if the run was not about it.
        change: Against the nearest column before that was decided, or the baseline.
        counted: Whether a failure counts at the level that was asked for.
        before: Name of the column that it is compared with; empty if there is none.
        reasons: Why it did not pass.
    """

    outcome: Outcome | None
    change: Change
    counted: bool
    before: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """
    One clause of all implementations.
    """

    rule: Rule
    cells: tuple[Cell, ...]

    @property
    def remarkable(self) -> bool:
        """
        Whether there is more to see than that everybody passes, or that nobody can be judged.
        """
        outcomes = {cell.outcome for cell in self.cells}
        return len(outcomes) > 1 or not outcomes <= {Outcome.PASS, Outcome.UNTESTABLE}


@dataclass(frozen=True)
class Table:
    """
    The whole comparison.

    Attributes:
        columns: The implementations, in the order given.
        baseline: Whether the first column is what all others are held against.
    """

    columns: tuple[Column, ...]
    baseline: bool = False

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """
        One row for each clause that any column knows, in the order of the contract.
        """
        rules = {key: rule for one in reversed(self.columns) for key, rule in one.rules.items()}
        known = _merged([list(column.rules) for column in self.columns])
        return tuple(Row(rules[key], tuple(self._cells(rules[key]))) for key in known)

    def changes(self, change: Change) -> Iterator[tuple[Row, Column, Cell]]:
        """
        Yield each cell that changed so, with its row and column.
        """
        for row in self.rows:
            for column, cell in zip(self.columns, row.cells, strict=True):
                if cell.change is change:
                    yield row, column, cell

    def passed(self, level: Level) -> list[str]:
        """
        Tell for each column how many clauses of a level pass, of those that were looked at.
        """
        told = []
        for number in range(len(self.columns)):
            found = Counter(
                row.cells[number].outcome for row in self.rows if row.rule.level is level
            )
            looked_at = sum(found.values()) - found[None] - found[Outcome.UNTESTABLE]
            told.append(f"{found[Outcome.PASS]}/{looked_at}" if looked_at else "-")
        return told

    def notes(self) -> Iterator[str]:
        """
        Tell what else than the implementation differs between the columns.
        """
        judged = [column for column in self.columns if not column.problem]
        for condition in ("contract", "kit", "python", "level", "scope", "part", "waivers"):
            by_value: dict[str, list[str]] = {}
            for column in judged:
                value = column.conditions.get(condition, "") or "none given"
                by_value.setdefault(value, []).append(column.name)
            if len(by_value) > 1:
                told = "; ".join(f"{value}: {_some(names)}" for value, names in by_value.items())
                yield f"not the same {condition}: {told}"

    @property
    def exit_code(self) -> int:
        """
        Status for a gate: 1 for a regression that counts, 6 for a pass that is no longer known.
        """
        if any(cell.counted for _, _, cell in self.changes(Change.REGRESSION)):
            return 1
        unknown = any(cell.counted for _, _, cell in self.changes(Change.LOST))
        return 6 if unknown or not self.rows else 0

    def _cells(self, rule: Rule) -> Iterator[Cell]:
        before, decided = "", None
        for number, column in enumerate(self.columns):
            outcome = column.outcomes.get(rule.id)
            yield Cell(
                outcome,
                _change(decided, outcome),
                column.counts(rule),
                before,
                tuple(column.reasons(rule.id)),
            )
            if outcome not in UNDECIDED and not (self.baseline and number):
                before, decided = column.name, outcome


def _change(before: Outcome | None, after: Outcome | None) -> Change:
    if before is Outcome.PASS:
        if after is Outcome.FAIL:
            return Change.REGRESSION
        return Change.LOST if after in UNDECIDED else Change.NONE
    if before is Outcome.FAIL and after is Outcome.PASS:
        return Change.FIXED
    return Change.NONE


def _merged(orders: Iterable[Sequence[str]]) -> list[str]:
    """
    Return all keys, each after those that it follows in the first order that knows it.
    """
    merged: list[str] = []
    for order in orders:
        place = 0
        for key in order:
            if key in merged:
                place = merged.index(key) + 1
            else:
                merged.insert(place, key)
                place += 1
    return merged


def _some(names: list[str]) -> str:
    most = 3
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
