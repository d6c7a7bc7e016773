"""
The form that narrows the clauses down; the page's script shows it and puts it to work.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bgsched_conformance.page.markup import element, joined
from bgsched_conformance.page.outcomes import WORST_FIRST, needs_attention, symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bgsched_conformance.page.markup import Html

_LEVELS = ("MUST", "SHOULD", "MAY")


def form(clauses: Sequence[Mapping[str, Any]]) -> Html:
    """
    Write the search box and the filters; what needs attention is shown first, if anything does.
    """
    outcomes = Counter(clause["outcome"] for clause in clauses)
    levels = Counter(clause["level"] for clause in clauses)
    attention = sum(map(needs_attention, clauses))
    shown = [
        *([("attention", element("span", "Needs attention"), attention)] if attention else []),
        ("all", element("span", "All"), len(clauses)),
        *(
            (outcome.value, joined([symbol(outcome), f" {outcome}"]), outcomes[outcome])
            for outcome in WORST_FIRST
            if outcomes[outcome]
        ),
    ]
    return element(
        "div",
        element(
            "div",
            element("label", "Search", for_="search"),
            element(
                "input",
                id="search",
                type="search",
                autocomplete="off",
                spellcheck="false",
                placeholder="Clause, sentence, test or text of a failure",
                aria_keyshortcuts="/",
            ),
            element("kbd", "/", aria_hidden="true"),
            class_="search",
        ),
        _choice("show", "Show", shown),
        _choice(
            "level",
            "Level",
            [
                ("any", "Any", len(clauses)),
                *((level, level, levels[level]) for level in _LEVELS if levels[level]),
            ],
        ),
        element(
            "div",
            element("p", role="status", id="matches"),
            element("button", "Open all", type="button", id="open-all"),
            class_="matches",
        ),
        class_="filters",
        id="filters",
        role="search",
        aria_label="Clauses",
        hidden=True,
    )


def _choice(name: str, legend: str, values: Iterable[tuple[str, str, int]]) -> Html:
    return element(
        "fieldset",
        element("legend", legend),
        *(
            element(
                "label",
                element("input", type="radio", name=name, value=value, checked=place == 0),
                element("span", label, " ", element("span", str(number), class_="number")),
            )
            for place, (value, label, number) in enumerate(values)
        ),
    )
