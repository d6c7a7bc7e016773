"""
A failure as its reader needs it: what was done, expected and seen, and how to see it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgsched_conformance.page.markup import element, escaped, inline, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bgsched_conformance.page.markup import Html


def story(failure: Mapping[str, Any], hint: str) -> Html:
    """
    Tell a failure.

    Args:
        failure: Its record.
        hint: Where to look in an implementation that breaks the clause.
    """
    return element("div", *_parts(failure, hint), class_="story")


def command(title: str, text: str) -> Html:
    """
    Write a line for the shell, which the page offers to copy.
    """
    return element("div", element("p", title), _pre(text), class_="block", data_copy=title.lower())


def _parts(failure: Mapping[str, Any], hint: str) -> Iterator[Html]:
    told = {
        "Did": _pre("\n".join(failure["did"])),
        "Expected": _pre(failure["expected"]),
        "Actual": _pre(failure["actual"]),
        "Example": _pre("\n".join(failure["example"])),
        "Look at": inline(hint),
        "But": escaped(failure["advice"]),
    }
    yield element(
        "dl",
        *(
            element("div", element("dt", name), element("dd", text), class_=name.lower())
            for name, text in told.items()
            if text
        ),
    )
    if failure["traceback"]:
        yield _folded("Traceback", failure["traceback"])
    yield command("Rerun", failure["rerun"])
    if failure.get("program"):
        title = joined(["Script ", element("code", failure["script"])])
        yield element("div", _folded(title, failure["program"]), class_="block", data_copy="script")
    elif failure["script"]:
        yield command("Script", f"python {failure['script']}")


def _folded(title: str, text: str) -> Html:
    return element("details", element("summary", title), _pre(text), class_="folded")


def _pre(text: str) -> Html | None:
    # The parser leaves out a line break that directly follows the tag.
    return element("pre", "\n", text) if text else None
