"""
A comparison as a Markdown page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bgsched_conformance.comparison import words
from bgsched_conformance.comparison.table import Change
from bgsched_conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bgsched_conformance.comparison.table import Cell, Row, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#&])")


def lines(table: Table, rows: Sequence[Row], title: str) -> Iterator[str]:
    """
    Yield the page, line by line.

    Args:
        table: What to show.
        rows: Those of its rows to show.
        title: Heading of the page.
    """
    yield f"# {_escaped(title)}"
    yield ""
    for told in (*words.verdicts(table.columns), *table.notes()):
        yield f"- {_escaped(told)}"
    yield ""
    headings = [_escaped(name) for name in words.headings(table.columns)]
    yield _row(["Clause", "Level", *headings])
    yield _row(["---"] * (2 + len(headings)))
    for level in sorted(Level, reverse=True):
        yield _row(["passed", level.name, *table.passed(level)])
    for row in rows:
        cells = [_shown(cell) for cell in row.cells]
        yield _row([_escaped(row.rule.id), row.rule.level.name, *cells])
    yield ""
    yield words.LEGEND
    worse = list(words.worse(table))
    if worse:
        yield ""
    for one in worse:
        yield f"- {_escaped(one)}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(cell: Cell) -> str:
    word = words.word(cell)
    return f"**{word}**" if cell.change is Change.REGRESSION else word


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", words.plain(text))
