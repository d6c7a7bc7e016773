"""
A comparison says the same in the terminal, as Markdown and as a page, whatever is in it.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from reporting import document

from bgsched_conformance import __main__
from bgsched_conformance.comparison import column, markdown, page, terminal, words
from bgsched_conformance.comparison.table import Table
from bgsched_conformance.verdict import Outcome

HOSTILE = "a|`*_<b>&</script>\\\n\n# x | y\n\x1b[31m\u202e"
TITLE = "Side by side"


def compared(*outcomes: dict[str, Outcome], name: str = "") -> Table:
    """
    Make a table of as many reports on the chapter of starts.
    """
    columns = []
    for number, one in enumerate(outcomes, 1):
        made = document(one, chapters=["start"])
        made["implementation"]["version"] = f"{number}.0"
        columns.append(column.from_report(made, name))
    return Table(tuple(columns))


def of_terminal(table: Table, width: int = 100, *, colour: bool = False) -> list[str]:
    """
    Render for a terminal.
    """
    rows = [row for row in table.rows if row.remarkable]
    return list(terminal.lines(table, rows, width, colour=colour))


def of_markdown(table: Table) -> list[str]:
    """
    Render as Markdown.
    """
    return list(markdown.lines(table, [row for row in table.rows if row.remarkable], TITLE))


class Cells(HTMLParser):
    """
    Reads the rows of a page's table.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.reasons: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Begin a row or a cell, or take the reason that a button tells.
        """
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
            self._inside = True
        elif tag == "button" and self._inside:
            self.reasons.append(dict(attrs).get("title") or "")

    def handle_endtag(self, tag: str) -> None:
        """
        End a cell.
        """
        if tag in {"td", "th"}:
            self._inside = False

    def handle_data(self, data: str) -> None:
        """
        Take the text of a cell.
        """
        if self._inside:
            self.rows[-1][-1] += data


BROKEN: tuple[dict[str, Outcome], ...] = (
    {},
    {"START-2": Outcome.FAIL, "START-3": Outcome.INCONCLUSIVE},
    {},
)


def test_the_terminal_shows_what_differs() -> None:
    """
    A row has the clause, a word for each column, and what the clause says; then come the sums.
    """
    lines = of_terminal(compared(*BROKEN))

    (row,) = [line for line in lines if line.startswith("START-2 ")]
    assert ["START-2", "MUST", "pass", "fail!", "pass+"] == row.split()[:5]
    assert "Scheduling goes on after" in row
    (other,) = [line for line in lines if line.startswith("START-3 ")]
    assert ["START-3", "MUST", "pass", "unclear?", "pass"] == other.split()[:5]
    (told,) = [line for line in lines if line.startswith("regression: START-2 (MUST) fails")]
    assert "passed in acme-scheduling" in " ".join(lines)
    assert told
    assert [] == [line for line in lines if line.startswith("START-1 ")]


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_the_terminal_is_not_overrun(width: int) -> None:
    """
    No line is wider than asked for, and each of many columns is in one block.
    """
    table = compared(*[{"START-2": Outcome.FAIL}, {}] * 9)

    lines = of_terminal(table, width)

    assert max(map(len, lines)) <= width
    shown = " ".join(line for line in lines if line.startswith("START-2 "))
    assert 18 == len(re.findall(r"\b(?:fail|pass)\b", shown))


def test_colours_are_for_terminals_alone(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What goes into a pipe has none, and a terminal has none if NO_COLOR says so.
    """
    assert "\033[31mfail!" in "".join(of_terminal(compared(*BROKEN), colour=True))
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document({"START-2": Outcome.FAIL})))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for value, coloured in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", value)
        assert 0 == __main__.main(["compare", str(path)])
        assert coloured == ("\033[" in capsys.readouterr().out)


def test_markdown_has_a_table_of_the_same() -> None:
    """
    Each row has as many cells as the heading, and a regression stands out.
    """
    lines = [line for line in of_markdown(compared(*BROKEN)) if line.startswith("|")]

    assert {6} == {line.count("|") for line in lines}
    assert "| START-2 | MUST | pass | **fail!** | pass+ |" in lines


def test_a_page_has_all_rows_and_the_reasons() -> None:
    """
    Of each clause there is a row; cells that did not simply pass say why.
    """
    table = compared(*BROKEN)

    found = Cells(page.document(table, TITLE))

    assert len(table.rows) == len([row for row in found.rows if row[0].startswith("START-")])
    (row,) = [row for row in found.rows if row[0].startswith("START-2 ")]
    assert ["pass", "fail!", "pass+"] == row[1:]
    (reason,) = [one for one in found.reasons if one.startswith("regression against")]
    assert "made up to be fail" in reason


def test_no_text_gets_out_of_its_place() -> None:
    """
    Whatever an implementation calls itself, it is shown, and neither breaks nor controls anything.
    """
    table = compared({"START-2": Outcome.FAIL}, {}, name=HOSTILE)

    for line in of_terminal(table):
        assert line.isprintable(), line
    tables = [line for line in of_markdown(table) if line.startswith("|")]
    assert {5} == {len(re.findall(r"(?<!\\)\|", line)) for line in tables}
    assert not re.search(r"(?<!\\)[<`]", "".join(of_markdown(table)))
    text = page.document(table, HOSTILE)
    assert "<b>" not in text
    assert 1 == text.count("</script>")


def test_names_that_are_all_alike_are_left_out() -> None:
    """
    Releases of one distribution are headed by their versions alone.
    """
    assert ["1.0", "2.0"] == words.headings(compared({}, {}).columns)
    assert ["acme-scheduling 1.0"] == words.headings(compared({}).columns)


def test_what_could_not_be_judged_has_a_column_that_says_so() -> None:
    """
    No cell of it is empty or green, and the reason is told in a line.
    """
    table = compared({})
    lost = column.Column("fork 2", problem="cannot be imported")
    table = Table((*table.columns, lost))

    lines = of_terminal(table)

    assert "fork 2: not judged: cannot be imported" in lines
    (row,) = [line for line in lines if line.startswith("START-2 ")]
    assert ["START-2", "MUST", "pass", "-?"] == row.split()[:4]
    assert "| START-2 | MUST | pass | -? |" in of_markdown(table)
