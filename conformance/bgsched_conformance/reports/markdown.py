"""
The report as Markdown, short enough for the summary of a job on GitHub.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bgsched_conformance.texts import cut
from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_LONGEST_CELL = 300
_MOST_BYTES = 900_000  # GitHub takes 1 MiB from each step
_MOST_FOLDED = 50
_MARKS = {"CONFORMANT": "✅", "INCOMPLETE": "⚠️", "NOT CONFORMANT": "❌"}
# What could begin markup; an underscore inside a word does not.
_SPECIAL = re.compile(r"[&<>|`*\[\]\\~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_FOLDED = (
    (Outcome.WAIVED, "Waived: failures that are expected"),
    (Outcome.INCONCLUSIVE, "Undecided: the machine was too slow to tell"),
    (Outcome.NOTED, "Noted: no documented sentence is broken"),
    (Outcome.UNSUPPORTED, "Unsupported: the implementation does not offer this"),
    (Outcome.NOT_RUN, "Not run"),
)


def summary(document: Mapping[str, Any]) -> str:
    """
    Write the summary.
    """
    clauses = {clause["id"]: clause for clause in document["clauses"]}
    failed = [test for test in document["tests"] if test["outcome"] == Outcome.FAIL]
    counted = [test for test in failed if _counted(test, clauses)]
    rest = [test for test in failed if not _counted(test, clauses)]
    lines = [*_head(document), *_stale(document["stale"])]
    lines += _failures(document, counted, clauses)
    if rest:
        lines += _folded(f"Failures below the level that counts ({len(rest)})", rest, clauses)
    for outcome, title in _FOLDED:
        tests = [test for test in document["tests"] if test["outcome"] == outcome]
        if tests:
            lines += _folded_reasons(f"{title} ({len(tests)})", tests)
    return _bounded(lines)


def _head(document: Mapping[str, Any]) -> Iterator[str]:
    verdict, run, kit = document["verdict"], document["run"], document["kit"]
    implementation, environment = document["implementation"], document["environment"]
    yield f"## {_MARKS[verdict['word']]} {_text(verdict['sentence'], longest=2_000)}"
    yield ""
    if verdict["interrupted"]:
        yield "The run was interrupted."
        yield ""
    told = [
        f"<code>{_text(implementation['spec'])}</code> {_text(implementation['version'])}".rstrip(),
        f"contract {kit['contract']}",
        f"kit {kit['version']}".rstrip(),
        f"level {run['level'].upper()}",
        f"{environment['runtime']} {environment['python']}",
        f"seed {run['seed']}",
        f"{run['seconds']:.0f} s",
    ]
    yield " · ".join(told)
    yield ""
    yield from _counts(document["counts"])


def _counts(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    shown = [outcome for outcome in Outcome if any(outcome in level for level in counts.values())]
    if not shown:
        return
    yield f"| Clauses | {' | '.join(shown)} | all |"
    yield f"| --- |{' ---: |' * (len(shown) + 1)}"
    for level in sorted(Level, reverse=True):
        numbers = [counts[level.name].get(outcome, 0) for outcome in shown]
        if sum(numbers):
            cells = [*(str(number) if number else "" for number in numbers), str(sum(numbers))]
            yield f"| {level.name} | {' | '.join(cells)} |"
    yield ""


def _stale(stale: Sequence[str]) -> Iterator[str]:
    if stale:
        yield "### Waivers to delete or change"
        yield ""
        yield from (f"- {_text(text)}" for text in stale)
        yield ""


def _failures(
    document: Mapping[str, Any],
    tests: Sequence[Mapping[str, Any]],
    clauses: Mapping[str, Mapping[str, Any]],
) -> Iterator[str]:
    if not tests:
        return
    spec, seed = document["implementation"]["spec"], document["run"]["seed"]
    yield "### Failures"
    yield ""
    yield from _table(tests, clauses)
    yield ""
    command = f"pytest --bgsched-impl={spec} --bgsched-seed={seed} TEST"
    yield f"To run one of them again: {_code(command)}"
    yield ""


def _table(
    tests: Iterable[Mapping[str, Any]], clauses: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    yield "| Clause | Rule | Expected | Actual | Test |"
    yield "| --- | --- | --- | --- | --- |"
    for test in tests:
        failure = test["failure"]
        known = [clauses[one] for one in test["blamed"] if one in clauses]
        cells = [
            "<br>".join(f"{clause['id']} ({clause['level']})" for clause in known),
            "<br>".join(clause["sentence"].replace("|", "\\|") for clause in known),
            _code(failure["expected"]),
            _code(failure["actual"]),
            "<br>".join(_code(one) for one in (test["id"], failure["script"]) if one),
        ]
        yield f"| {' | '.join(cells)} |"


def _folded(
    title: str, tests: Sequence[Mapping[str, Any]], clauses: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from _table(tests, clauses)
    yield ""
    yield "</details>"
    yield ""


def _folded_reasons(title: str, tests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    for test in tests[:_MOST_FOLDED]:
        reason = test["reason"].removeprefix(f"{test['outcome']}: ")
        concerned = ", ".join(test["blamed"] or test["clauses"])
        yield f"- {concerned} {_code(test['id'])} {_text(reason)}".rstrip()
    if len(tests) > _MOST_FOLDED:
        yield f"- and {len(tests) - _MOST_FOLDED} more"
    yield ""
    yield "</details>"
    yield ""


def _counted(test: Mapping[str, Any], clauses: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(clauses[one]["counted"] for one in test["blamed"] if one in clauses)


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>" if text else ""


def _text(text: str, longest: int = _LONGEST_CELL) -> str:
    escaped = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", cut(text.strip(), longest))
    return "<br>".join(escaped.split("\n"))


def _bounded(lines: Iterable[str]) -> str:
    kept, size = [], 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > _MOST_BYTES:
            kept += ["", "This is not all; report.json has the rest."]
            break
        kept.append(line)
    return "\n".join(kept).rstrip() + "\n"
