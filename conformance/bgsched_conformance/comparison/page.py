"""
A comparison as a page of HTML: one file that needs no network, and no script to be read.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from bgsched_conformance.comparison import words
from bgsched_conformance.comparison.table import Change
from bgsched_conformance.page.markup import element, escaped, joined
from bgsched_conformance.page.shell import shell
from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bgsched_conformance.comparison.column import Column
    from bgsched_conformance.comparison.table import Cell, Row, Table
    from bgsched_conformance.page.markup import Html

_OPENED = 6  # longer lists would hide the table from the reader
_TONES = {Outcome.PASS: "good", Outcome.FAIL: "bad", None: "none", Outcome.UNTESTABLE: "none"}


def document(table: Table, title: str) -> str:
    """
    Write the page, with all rows; its script can leave out those in which nothing differs.

    Args:
        table: What to show.
        title: Of the page.
    """
    return shell(
        "bgsched conformance, side by side",
        title,
        joined(
            [
                element("h1", title),
                _listed("Verdicts", "columns", map(_verdict, table.columns)),
                _listed("Not the same", "notes", map(escaped, table.notes())),
                _listed("Worse than before", "changes", map(escaped, words.worse(table))),
                element("p", element("small", words.LEGEND)),
                _controls(),
                element(
                    "div",
                    _table(table),
                    class_="matrix",
                    tabindex="0",
                    role="region",
                    aria_label="Clauses by implementation",
                ),
                element(
                    "section",
                    element("button", "Close", type="button"),
                    element("h2"),
                    element("p"),
                    id="reason",
                    hidden=True,
                    aria_live="polite",
                ),
            ],
            "\n",
        ),
        style=_resource("page.css"),
        script=_resource("page.js"),
    )


def _listed(title: str, kind: str, items: Iterable[Html]) -> Html | None:
    found = [element("li", item) for item in items]
    return (
        element(
            "details",
            element("summary", f"{title} ({len(found)})"),
            element("ul", *found, class_=kind),
            class_="folded",
            open=len(found) <= _OPENED,
        )
        if found
        else None
    )


def _verdict(column: Column) -> Html:
    told = f"not judged: {column.problem}" if column.problem else column.sentence
    python = column.conditions.get("python")
    by = f"Python {python}" if python else ""
    setup = f"installed: {column.setup}" if column.setup else ""
    return joined(
        [
            element("strong", column.name),
            f" {told} ",
            element("span", " · ".join(filter(None, [by, setup]))),
        ]
    )


def _controls() -> Html:
    return element(
        "div",
        element("label", "Search ", element("input", id="search", type="search")),
        element(
            "label",
            element("input", id="differing", type="checkbox", checked=True),
            " only clauses that do not pass everywhere",
        ),
        element("span", id="matches", role="status"),
        id="controls",
        class_="controls",
        hidden=True,
    )


def _table(table: Table) -> Html:
    heads = (
        element("th", *(element("span", word) for word in heading.split()), scope="col")
        for heading in words.headings(table.columns)
    )
    return element(
        "table",
        element("caption", "Outcomes of clauses", class_="unseen"),
        element("thead", element("tr", element("th", "Clause", scope="col"), *heads)),
        element("tbody", *_sums(table), *(_row(row) for row in table.rows)),
    )


def _sums(table: Table) -> Iterator[Html]:
    for level in sorted(Level, reverse=True):
        yield element(
            "tr",
            element("th", f"{level.name} passed", scope="row"),
            *(element("td", passed) for passed in table.passed(level)),
            class_="sum",
        )


def _row(row: Row) -> Html:
    rule = row.rule
    return element(
        "tr",
        element(
            "th",
            element("button", rule.id, type="button", title=rule.sentence),
            " ",
            element("small", rule.level.name),
            scope="row",
        ),
        *(_cell(cell) for cell in row.cells),
        data_clause=rule.id,
        data_search=f"{rule.id} {rule.chapter} {rule.level.name} {rule.sentence}".lower(),
        data_differs=row.remarkable,
    )


def _cell(cell: Cell) -> Html:
    tone = _TONES.get(cell.outcome, "doubt")
    word = words.word(cell)
    change = f"{cell.change} against {cell.before}" if cell.change is not Change.NONE else ""
    reasons = "\n".join(filter(None, [change, *cell.reasons]))
    return element(
        "td",
        element("button", word, type="button", title=reasons) if reasons else word,
        class_=f"{tone} worse" if cell.change is Change.REGRESSION else tone,
    )


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
