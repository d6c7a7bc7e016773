"""
A comparison as text for the terminal.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bgsched_conformance.comparison import words
from bgsched_conformance.comparison.table import Change
from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bgsched_conformance.comparison.table import Cell, Row, Table

_NARROWEST = 8  # the longest word of a cell
_LABEL = 17
_SENTENCE = 24  # what is left must show so much of a sentence, to be worth it
_RED, _GREEN, _YELLOW, _BOLD, _END = "\033[31m", "\033[32m", "\033[33m", "\033[1m", "\033[0m"
_COLOURS = {Outcome.FAIL: _RED, Outcome.PASS: _GREEN}


def lines(table: Table, rows: Sequence[Row], width: int, *, colour: bool) -> Iterator[str]:
    """
    Yield the comparison, line by line; columns that do not fit stand in further blocks.

    Args:
        table: What to show.
        rows: Those of its rows to show.
        width: Of the terminal, in characters.
        colour: Whether it shows colours.
    """
    for told in (*words.verdicts(table.columns), *table.notes()):
        yield from textwrap.wrap(words.plain(told), max(width, 20), subsequent_indent="    ")
    yield ""
    headings = [heading.split() or [""] for heading in words.headings(table.columns)]
    for numbers in _blocks([_wide(heading) for heading in headings], width):
        yield from _block(table, rows, numbers, headings, width, colour=colour)
        yield ""
    if not rows:
        yield "Every clause passes everywhere, so no row is shown; --all shows them all."
    yield from textwrap.wrap(words.LEGEND, max(width, 20))
    for told in words.worse(table):
        yield from textwrap.wrap(told, max(width, 20), subsequent_indent="    ")


def _blocks(widths: list[int], width: int) -> Iterator[range]:
    begin, used = 0, _LABEL
    for number, wide in enumerate(widths):
        if number > begin and used + wide > width:
            yield range(begin, number)
            begin, used = number, _LABEL
        used += wide
    yield range(begin, len(widths))


def _block(
    table: Table,
    rows: Sequence[Row],
    numbers: range,
    headings: list[list[str]],
    width: int,
    *,
    colour: bool,
) -> Iterator[str]:
    widths = [_wide(headings[number]) for number in numbers]
    rest = width - _LABEL - sum(widths)
    height = max((len(headings[number]) for number in numbers), default=1)
    for line in range(height):
        parts = [headings[number] for number in numbers]
        shown = [
            part[line - height + len(part)] if line >= height - len(part) else "" for part in parts
        ]
        yield _line("", shown, widths, colours=[_BOLD] * len(shown) if colour else None)
    for row in rows:
        cells = [row.cells[number] for number in numbers]
        label = f"{row.rule.id} {row.rule.level.name}"
        yield _line(
            words.plain(label),
            [words.word(cell) for cell in cells],
            widths,
            colours=[_colour(cell) for cell in cells] if colour else None,
            sentence=textwrap.shorten(words.plain(row.rule.sentence), rest, placeholder="...")
            if rest >= _SENTENCE
            else "",
        )
    for level in sorted(Level, reverse=True):
        passed = table.passed(level)
        yield _line(f"{level.name} passed", [passed[number] for number in numbers], widths)


def _line(
    label: str,
    words_: Sequence[str],
    widths: Sequence[int],
    colours: Sequence[str] | None = None,
    sentence: str = "",
) -> str:
    cells = [word.ljust(wide - 1) for word, wide in zip(words_, widths, strict=True)]
    if colours is not None:
        cells = [
            f"{one}{cell}{_END}" if one else cell for one, cell in zip(colours, cells, strict=True)
        ]
    return " ".join([label.ljust(_LABEL - 1), *cells, sentence]).rstrip()


def _wide(heading: Sequence[str]) -> int:
    return max([_NARROWEST, *(len(word) for word in heading)]) + 1


def _colour(cell: Cell) -> str:
    if cell.change is Change.LOST:
        return _YELLOW
    return _COLOURS.get(cell.outcome, _YELLOW) if cell.outcome is not None else ""
