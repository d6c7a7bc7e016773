"""
The clauses, chapter by chapter; each opens to show its tests.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from bgsched_conformance.page.failures import story
from bgsched_conformance.page.markup import element, inline, joined
from bgsched_conformance.page.outcomes import badge, needs_attention
from bgsched_conformance.page.texts import duration, plural
from bgsched_conformance.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bgsched_conformance.page.markup import Html

_OPENED = 3  # more stories at once would hide from the reader how many there are


def section(document: Mapping[str, Any]) -> Html:
    """
    Write all clauses; those that need attention are open if they are few.
    """
    clauses = document["clauses"]
    listing = _Listing(document)
    chapters = [
        (chapter, list(of_it)) for chapter, of_it in groupby(clauses, lambda of: of["chapter"])
    ]
    return element(
        "section",
        element("h2", "Clauses", id="clauses", class_="unseen"),
        element(
            "p",
            "No clause here. ",
            element("button", "Show all clauses", type="button", id="show-all"),
            id="none",
            hidden=True,
        ),
        element(
            "nav",
            element("ul", *(_link(chapter, len(of_it)) for chapter, of_it in chapters)),
            aria_label="Chapters",
        ),
        element(
            "div",
            *(_chapter(chapter, map(listing.row, of_it)) for chapter, of_it in chapters),
            class_="chapters",
        ),
        aria_labelledby="clauses",
        class_="clauses",
    )


class _Listing:
    """
    Writes the rows of clauses.

    Args:
        document: The report.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._level = document["run"]["level"]
        self._known = {clause["id"] for clause in document["clauses"]}
        self._tests = {test["id"]: test for test in document["tests"]}
        self._opened = sum(map(needs_attention, document["clauses"])) <= _OPENED

    def row(self, clause: Mapping[str, Any]) -> Html:
        """
        Write one clause.
        """
        attention = needs_attention(clause)
        tests = sorted(
            (self._tests[test] for test in clause["tests"] if test in self._tests),
            key=lambda test: -Outcome(test["outcome"]).rank,
        )
        return element(
            "li",
            element(
                "details",
                element("summary", *_heading(clause), id=clause["id"]),
                self._body(clause, tests),
                open=attention and self._opened,
            ),
            class_="clause",
            data_outcome=clause["outcome"],
            data_level=clause["level"],
            data_attention=attention,
        )

    def _body(self, clause: Mapping[str, Any], tests: Sequence[Mapping[str, Any]]) -> Html:
        ignored = f"not counted at level {self._level} · " if not clause["counted"] else ""
        return element(
            "div",
            element(
                "p",
                element("a", f"#{clause['id']}", href=f"#{clause['id']}"),
                f" · {ignored}source: ",
                inline(clause["source"]),
                class_="source",
            ),
            element("ul", *(self._test(test, clause) for test in tests), class_="tests")
            if tests
            else element("p", "No test judged it."),
            class_="body",
        )

    def _test(self, test: Mapping[str, Any], clause: Mapping[str, Any]) -> Html:
        others = [other for other in test["clauses"] if other != clause["id"]]
        return element(
            "li",
            element(
                "h4",
                badge(test["outcome"], counted=clause["counted"]),
                " ",
                inline(test["title"]),
            ),
            element(
                "p",
                element("code", test["id"]),
                f" · {duration(test['seconds'])}",
                joined([" · judges also ", joined(map(self._reference, others), ", ")])
                if others
                else None,
                class_="node",
            ),
            *self._told(test, clause),
        )

    def _told(self, test: Mapping[str, Any], clause: Mapping[str, Any]) -> Iterator[Html]:
        failure = test["failure"]
        # The story of a failure says it all; only other outcomes have a reason of their own.
        if test["reason"] and not (failure and test["outcome"] == Outcome.FAIL):
            yield element("p", test["reason"])
        if not failure:
            return
        # A test may judge many clauses; it is told in full at the first of those it blames.
        home = next(
            of for of in (*test["blamed"], *test["clauses"], clause["id"]) if of in self._known
        )
        if home == clause["id"]:
            yield story(failure, clause["hint"])
        else:
            yield element("p", "It is told at ", self._reference(home), ".")

    def _reference(self, clause: str) -> Html:
        known = clause in self._known
        return element("a" if known else "span", clause, href=f"#{clause}" if known else None)


def _link(chapter: str, clauses: int) -> Html:
    number = element("span", str(clauses), class_="number")
    return element("li", element("a", _title(chapter), " ", number, href=f"#chapter-{chapter}"))


def _chapter(chapter: str, rows: Iterable[Html]) -> Html:
    return element(
        "section",
        element("h3", _title(chapter), id=f"chapter-{chapter}"),
        element("ul", *rows),
        aria_labelledby=f"chapter-{chapter}",
        class_="chapter",
    )


def _heading(clause: Mapping[str, Any]) -> Iterator[Html]:
    yield badge(clause["outcome"], counted=clause["counted"])
    yield element("span", clause["id"], class_="id")
    yield element("span", inline(clause["sentence"]), class_="sentence")
    yield element("span", clause["level"], class_="level")
    cost = f"{plural(len(clause['tests']), 'test')}, {duration(clause['seconds'])}"
    yield element("span", cost, class_="cost")


def _title(chapter: str) -> str:
    return chapter.replace("-", " ").capitalize()
