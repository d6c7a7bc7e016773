"""
The page of a report shows all of it, safely, and lets its reader find what matters.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from reporting import document

from bgsched_conformance.page import page, shell
from bgsched_conformance.page.markup import element, escaped, inline
from bgsched_conformance.reports import schema
from bgsched_conformance.reports.document import published
from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

MIXED = {
    "START-2": Outcome.FAIL,
    "START-7": Outcome.NOT_RUN,
    "SHUT-4": Outcome.INCONCLUSIVE,
    "SHUT-18": Outcome.WAIVED,
    "SHUT-19": Outcome.NOTED,
    "RESTART-2": Outcome.UNSUPPORTED,
    "ERR-1": Outcome.STALE,
}
DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "conformant": document,
    "mixed": lambda: document(MIXED),
    "empty": lambda: document(chapters=[]),
}
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>--></pre></details><b>",
    "\" onfocus=alert(1) autofocus x='",
    "line\u2028separator\u2029and &lt; &amp;amp;",
    "`<i>` *<u>* ``` `",
    "$title ${body} $$",
    "\n\nbegins with empty lines",
    "שלום \u202egnol a",
]
VOID = {"input", "link", "meta", "wbr"}


class Outline(HTMLParser):
    """
    What a page consists of.

    Attributes:
        tags: Names of the elements, in order.
        attributes: Name and value of each attribute, in order.
        texts: The texts, in order, each with the name of the element that it stands in.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert [] == self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Take an element down, with its attributes.
        """
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """
        Insist on that it ends the element that began last.
        """
        assert tag == self._open.pop()

    def handle_data(self, data: str) -> None:
        """
        Take a text down.
        """
        self.texts.append((self._open[-1] if self._open else "", data))

    def values(self, *names: str) -> list[str]:
        """
        Return the values of some attributes.
        """
        return [value or "" for name, value in self.attributes if name in names]

    @property
    def words(self) -> str:
        """
        All that is there to be read.
        """
        return "".join(text for tag, text in self.texts if tag not in {"script", "style"})


@pytest.fixture(params=DOCUMENTS)
def report(request: pytest.FixtureRequest) -> dict[str, Any]:
    """
    One report of each kind.
    """
    return DOCUMENTS[request.param]()


def test_the_reports_of_these_tests_are_valid(report: dict[str, Any]) -> None:
    """
    What is made up for tests has the form of real reports.
    """
    assert not schema.mistake(published(report))


def test_every_clause_stands_there_once(report: dict[str, Any]) -> None:
    """
    Each clause has its row, with its id as the anchor, in the order of the report.
    """
    known = {clause["id"] for clause in report["clauses"]}

    anchors = Outline(page(report)).values("id")

    assert [clause["id"] for clause in report["clauses"]] == [a for a in anchors if a in known]


def test_anchors_are_unique_and_links_lead_to_them(report: dict[str, Any]) -> None:
    """
    Elements are well nested, ids occur once, and references have an end.
    """
    outline = Outline(page(report))
    anchors = outline.values("id")

    links = {link[1:] for link in outline.values("href") if link.startswith("#")}
    references = {*outline.values("for", "aria-labelledby")}

    assert len(set(anchors)) == len(anchors)
    assert set() == {link for link in links | references if "=" not in link} - set(anchors)


def test_nothing_is_loaded(report: dict[str, Any]) -> None:
    """
    The only addresses are those of places on the page itself; the policy forbids all others.
    """
    outline = Outline(page(report))

    assert [] == outline.values("src", "srcset", "action", "data", "poster", "style")
    assert {"data:,"} == {link for link in outline.values("href") if not link.startswith("#")}
    assert any("default-src 'none'" in value for value in outline.values("content"))


def test_all_of_a_failure_is_told() -> None:
    """
    The story of a failure has each of its parts, below the clause that it is laid on.
    """
    report = document({"START-2": Outcome.FAIL})
    test = next(test for test in report["tests"] if test["failure"])
    test["failure"]["advice"] = "its waiver expired"

    words = Outline(page(report)).words

    failure = test["failure"]
    for part in ("expected", "actual", "advice", "traceback", "rerun", "program"):
        assert failure[part] in words, part
    for line in (*failure["did"], *failure["example"]):
        assert line in words


def test_a_failure_is_told_once_and_referred_to_from_the_other_clauses() -> None:
    """
    A test that judges many clauses does not repeat its story under each of them.
    """
    report = document({"START-2": Outcome.FAIL})
    test = next(test for test in report["tests"] if test["failure"])
    test["blamed"] = ["START-3"]
    test["clauses"] = ["START-2", "START-3"]
    test["failure"]["actual"] = "a most telling value"
    for clause in report["clauses"]:
        clause["tests"] = [test["id"]] if clause["id"] in test["clauses"] else []

    text = page(report).split('type="application/json"')[0]

    assert 1 == text.count("a most telling value")
    assert text.index('id="START-3"') < text.index("a most telling value")
    assert 'It is told at <a href="#START-3">START-3</a>.' in text


def test_a_script_that_is_not_at_hand_is_named() -> None:
    """
    Without the text of a script the page tells where it lies.
    """
    report = document({"START-2": Outcome.FAIL}, program=None)

    assert "python scripts/START-2-1.py" in Outline(page(report)).words


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_stays_text(text: str) -> None:
    """
    Whatever texts an implementation brings along, the elements of the page are the same.
    """
    tame, wild = (
        document(MIXED, chapters=["start", "shutdown"]),
        document(MIXED, chapters=["start", "shutdown"]),
    )

    for report, foreign in (tame, "text"), (wild, text):
        report["implementation"] |= {"version": foreign, "distribution": foreign}
        report["verdict"]["sentence"] = f"INCOMPLETE ({foreign})"
        report["run"]["command"] = foreign
        report["environment"]["platform"] = foreign
        report["stale"] = [foreign]
        for test in report["tests"]:
            test["reason"] = foreign
            for name, value in (test["failure"] or {}).items():
                test["failure"][name] = [foreign] if isinstance(value, list) else foreign
    expected, found = Outline(page(tame)), Outline(page(wild))

    assert expected.tags == found.tags
    assert [name for name, _ in expected.attributes] == [name for name, _ in found.attributes]
    assert text.strip() in found.words


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_carries_the_report(text: str) -> None:
    """
    The report can be read back from the page, and cannot end its element.
    """
    report = document({"START-2": Outcome.FAIL}, chapters=["start"], actual=text)

    *_, carried, _ = (of for tag, of in Outline(page(report)).texts if tag == "script")

    assert published(report) == json.loads(carried)
    assert not {"<", ">", "&", "\u2028"} & set(carried)


def test_a_page_can_be_written_whatever_is_in_it() -> None:
    """
    Characters that no file or no HTML can have are shown as what they are.
    """
    text = page(document({"START-2": Outcome.FAIL}, actual="\ud800 \x00 \x1b[31m \r"))

    text.encode()

    assert "\\ud800 ␀ ␛[31m ␍" in text


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("plain", "plain"),
        ("`start()` and *now*", "<code>start()</code> and <em>now</em>"),
        ("`**options` is 2 * 3 * 4", "<code>**options</code> is 2 * 3 * 4"),
        ("`a < b`", "<code>a &lt; b</code>"),
        ("one ` only", "one ` only"),
    ],
)
def test_sentences_may_have_code_and_emphasis(source: str, html: str) -> None:
    """
    Backticks and emphasis of the contract are shown as such.
    """
    assert html == inline(source)


def test_what_needs_attention_is_open_if_it_is_little() -> None:
    """
    A few reasons for the verdict are open at once; many would hide each other.
    """
    few = document(dict.fromkeys(["START-2", "SHUT-5", "SHUT-21"], Outcome.FAIL))
    many = document(dict.fromkeys([f"START-{n}" for n in range(2, 8)], Outcome.FAIL))

    assert 2 == page(few).count("<details open>")  # SHUT-21 is no MUST
    assert 0 == page(many).count("<details open>")


def test_what_does_not_count_needs_no_attention() -> None:
    """
    A failure below the run's level is shown as one, and said not to count.
    """
    ignored = page(document({"SHUT-21": Outcome.FAIL}))
    counted = page(document({"SHUT-21": Outcome.FAIL}, level=Level.MAY))

    assert "Needs attention" not in ignored
    assert "not counted at level must" in ignored
    assert "Needs attention" in counted


def test_other_pages_may_have_the_same_shell() -> None:
    """
    The shell takes any content, style and script.
    """
    content = element("p", "a < b")

    text = shell("matrix", "Releases & forks", content, style="p { margin: 1px }", script="1 < 2;")

    assert "<title>Releases &amp; forks</title>" in text
    assert "<p>a &lt; b</p>" in text
    assert "p { margin: 1px }</style>" in text
    assert "1 < 2;</script>" in text
    assert escaped(content) is content
