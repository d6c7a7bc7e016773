"""
The words that all renderings of a comparison use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bgsched_conformance.comparison.table import Change
from bgsched_conformance.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bgsched_conformance.comparison.column import Column
    from bgsched_conformance.comparison.table import Cell, Table

LEGEND = (
    "fail! is a regression, pass+ a repair, ? what passed before and is not known now; "
    "- was not judged. N/M: N clauses pass, of M that were looked at."
)
_SHORT = {
    Outcome.UNTESTABLE: "untest.",
    Outcome.UNSUPPORTED: "unsupp.",
    Outcome.INCONCLUSIVE: "unclear",
}
_MARKS = {Change.REGRESSION: "!", Change.FIXED: "+", Change.LOST: "?", Change.NONE: ""}


def word(cell: Cell) -> str:
    """
    Return what stands in a cell: at most eight characters, which tell without any colour.
    """
    outcome = "-" if cell.outcome is None else _SHORT.get(cell.outcome, cell.outcome)
    return f"{outcome}{_MARKS[cell.change]}"


def plain(text: str) -> str:
    """
    Return a text on one line and without characters that could control a terminal.
    """
    return "".join(one if one.isprintable() else " " for one in text).strip()


def headings(columns: Sequence[Column]) -> list[str]:
    """
    Return what tells the columns apart, shortly: the versions alone, if the names are all alike.
    """
    names = [plain(column.name) for column in columns]
    firsts = {name.partition(" ")[0] for name in names}
    rests = [name.partition(" ")[2] for name in names]
    return rests if len(firsts) == 1 < len(names) and all(rests) else names


def verdicts(columns: Sequence[Column]) -> Iterator[str]:
    """
    Tell the verdict on each column, or why there is none.
    """
    for column in columns:
        told = f"not judged: {column.problem}" if column.problem else column.sentence
        python = column.conditions.get("python")
        setup = f"; installed: {column.setup}" if column.setup else ""
        yield plain(f"{column.name}: {told}" + (f" [Python {python}{setup}]" if python else ""))


def worse(table: Table) -> Iterator[str]:
    """
    Tell each regression, and how many clauses are no longer known to pass.
    """
    for row, column, cell in table.changes(Change.REGRESSION):
        note = "" if cell.counted else f", not counted at level {column.conditions['level']}"
        why = f": {cell.reasons[0]}" if cell.reasons else ""
        yield plain(
            f"regression: {row.rule.id} ({row.rule.level.name}{note}) fails in {column.name} "
            f"and passed in {cell.before}{why}"
        )
    for column in table.columns:
        lost = [row for row, one, _ in table.changes(Change.LOST) if one is column]
        if lost:
            ids = ", ".join(row.rule.id for row in lost[:5])
            rest = f" and {len(lost) - 5} more" if len(lost) > 5 else ""  # noqa: PLR2004 - as above
            yield plain(
                f"not known: {column.name} was not decided on {ids}{rest}, which passed before"
            )
