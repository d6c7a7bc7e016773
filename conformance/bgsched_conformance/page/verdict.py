"""
The top of the page, which says how it came out, and its end, which says how it was run.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bgsched_conformance.page.failures import command
from bgsched_conformance.page.markup import element, joined
from bgsched_conformance.page.outcomes import WORST_FIRST, symbol
from bgsched_conformance.page.texts import duration
from bgsched_conformance.verdict import Outcome, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bgsched_conformance.page.markup import Html

_SIGNS = {Word.CONFORMANT: ("✓", "good"), Word.INCOMPLETE: ("?", "doubt")}


def section(document: Mapping[str, Any]) -> Html:
    """
    Write the verdict with its reasons, on what, and the counts.
    """
    implementation, verdict = document["implementation"], document["verdict"]
    sign, tone = _SIGNS.get(verdict["word"], ("✗", "bad"))
    return element(
        "section",
        element(
            "h1",
            joined(re.split(r"(?<=[.:])", implementation["spec"]), element("wbr")),
            " ",
            element("span", implementation["version"], class_="version"),
            id="verdict",
        ),
        element(
            "div",
            element("p", element("span", sign, aria_hidden="true"), " ", verdict["word"]),
            *_reasons(document),
            class_=f"verdict {tone}",
        ),
        element(
            "div",
            _definitions(_facts(document)),
            _counts(document["counts"]) if document["clauses"] else None,
            class_="overview",
        ),
        aria_labelledby="verdict",
    )


def about(document: Mapping[str, Any]) -> Html:
    """
    Write how the run was made, for who wants to repeat it.
    """
    implementation, environment = document["implementation"], document["environment"]
    capabilities = implementation["capabilities"].items()
    run = document["run"]
    rows = {
        "Distribution": implementation["distribution"] or "",
        "Adapter": implementation["adapter"] or "",
        "Capabilities": ", ".join(f"{name}: {'yes' if on else 'no'}" for name, on in capabilities),
        "Part": run["part"],
        "Effort": run["effort"],
        "Workers": str(run["workers"] or ""),
        "Waivers": ", ".join(run["waivers"]),
        "Platform": environment["platform"],
        "Packages": ", ".join(f"{name} {of}" for name, of in environment["packages"].items()),
        "Kit": document["kit"]["version"],
        "Contract": document["kit"]["contract"],
    }
    return element(
        "section",
        element("h2", "About this run", id="about"),
        _definitions(rows.items()),
        command("Command", run["command"]),
        _waivers(document["waivers"]) if document["waivers"] else None,
        element("button", "Save as report.json", type="button", id="save", hidden=True),
        aria_labelledby="about",
        class_="about",
    )


def _reasons(document: Mapping[str, Any]) -> Iterator[Html]:
    verdict, known = document["verdict"], {clause["id"] for clause in document["clauses"]}
    # The sentence begins with the word, which is told already.
    sentence = verdict["sentence"].removeprefix(verdict["word"]).strip()
    if sentence.startswith("(") and sentence.endswith(")"):
        sentence = sentence[1:-1]
    if sentence:
        yield element(
            "p",
            *(
                element("a", part, href=f"#{part}") if part in known else part
                for part in re.split(r"([A-Z]+-\w+)", sentence)
            ),
        )
    if verdict["word"] == Word.CONFORMANT:
        waived = sum(clause["outcome"] == Outcome.WAIVED for clause in document["clauses"])
        but = f", but for {waived} that {'is' if waived == 1 else 'are'} waived" if waived else ""
        level = document["run"]["level"].upper()
        yield element("p", f"No clause that counts at level {level} fails{but}.")
    if verdict["interrupted"]:
        yield element("p", "The run was interrupted, so it says nothing about the rest.")
    if document["stale"]:
        yield element("ul", *(element("li", text) for text in document["stale"]))


def _facts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    run, environment = document["run"], document["environment"]
    started = datetime.fromisoformat(run["started"])
    yield "Level", run["level"].upper()
    yield "Scope", {"all": "everything", "page": "the page"}.get(run["scope"], run["scope"])
    yield "Seed", str(run["seed"])
    yield "Started", element("time", f"{started:%Y-%m-%d %H:%M} UTC", datetime=run["started"])
    yield "Took", duration(run["seconds"])
    yield "Python", f"{environment['runtime']} {environment['python']}"


def _definitions(rows: Iterable[tuple[str, str]]) -> Html:
    return element(
        "dl",
        *(element("div", element("dt", name), element("dd", of)) for name, of in rows if of),
        class_="facts",
    )


def _counts(counts: Mapping[str, Mapping[str, int]]) -> Html:
    levels = [level for level, of_level in counts.items() if of_level]
    rows = [
        element(
            "tr",
            element("th", symbol(outcome), f" {outcome}", scope="row"),
            *(_number(level, outcome, counts[level].get(outcome, 0)) for level in levels),
        )
        for outcome in WORST_FIRST
        if any(counts[level].get(outcome) for level in levels)
    ]
    heads = (element("th", level, scope="col") for level in levels)
    return element(
        "table",
        element("thead", element("tr", element("th", "Clauses", scope="col"), *heads)),
        element("tbody", *rows),
        class_="counts",
    )


def _number(level: str, outcome: str, number: int) -> Html:
    if not number:
        return element("td", "·", class_="zero")
    state = urlencode({"show": outcome, "level": level})
    return element("td", element("a", str(number), href=f"#{state}"))


def _waivers(waivers: Sequence[Mapping[str, Any]]) -> Html:
    rows = (
        element(
            "li",
            element("strong", waiver["status"]),
            " ",
            element("code", waiver["subject"]),
            f" {waiver['reason']} ",
            element("small", joined(_terms(waiver), " · ")),
        )
        for waiver in waivers
    )
    return element("details", element("summary", f"Waivers: {len(waivers)}"), element("ul", *rows))


def _terms(waiver: Mapping[str, Any]) -> Iterator[str]:
    yield waiver["origin"]
    if waiver["deviation"]:
        yield waiver["deviation"]
    if waiver["match"]:
        yield f"must match {waiver['match']}"
    if waiver["until"]:
        yield f"until {waiver['until']}"
    if waiver["intermittent"]:
        yield "intermittent"
