"""
The report as a page: one file that needs no network, and no script to be read.

All content is written here, in Python; the script of the page only filters, copies and opens. So a
viewer that forbids scripts, as those of many CI services do, still shows all of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bgsched_conformance.page import clauses, filters, verdict
from bgsched_conformance.page.markup import Html, element, joined
from bgsched_conformance.page.shell import resource, shell
from bgsched_conformance.reports.document import published

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["page", "shell"]


def page(document: Mapping[str, Any]) -> str:
    """
    Write a report as a self-contained page of HTML, which carries the report as JSON, too.

    Args:
        document: The report, with the programs of its failures if they are at hand.
    """
    spec = document["implementation"]["spec"]
    return shell(
        "bgsched conformance report",
        f"{document['verdict']['word']} · {spec}",
        joined(
            [
                verdict.section(document),
                filters.form(document["clauses"]),
                clauses.section(document),
                verdict.about(document),
                element("p", role="status", id="said", class_="unseen"),
                _data(published(document)),
            ],
            "\n",
        ),
        script=resource("report.js"),
    )


def _data(document: dict[str, Any]) -> Html:
    # A script element ends at its end tag whatever stands around it, so no tag may occur inside.
    text = json.dumps(document).translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&"})
    return element("script", Html(text), type="application/json", id="report")
