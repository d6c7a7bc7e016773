"""
What a comparison knows of one implementation, and how it is kept in a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST_REASON = 160
_UNREMARKABLE = {Outcome.PASS, Outcome.UNTESTABLE}


@dataclass(frozen=True)
class Rule:
    """
    A clause as a comparison shows it.

    Attributes:
        id: Such as ``SHUT-4``.
        level: How firmly it binds.
        chapter: Where it stands.
        sentence: What it says.
    """

    id: str
    level: Level
    chapter: str
    sentence: str


@dataclass(frozen=True)
class Test:
    """
    A test that did not simply pass.

    Attributes:
        id: What pytest calls it.
        clauses: Ids of the clauses that its end speaks of.
        outcome: What happened.
        reason: Why, in a line.
    """

    __test__ = False  # not a class of tests, whatever pytest thinks of the name

    id: str
    clauses: tuple[str, ...]
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Column:
    """
    One implementation, judged or found impossible to judge.

    Attributes:
        name: Tells it from the others.
        setup: What was installed for it, if the kit did that; empty otherwise.
        problem: Why it could not be judged; empty if it was.
        conditions: What it was judged by: contract, kit, python, level, scope and part.
        verdict: The verdict in a word; empty if it was not judged.
        sentence: The verdict with its reasons.
        outcomes: How each clause came out, by id.
        tests: The tests that did not pass.
        rules: The clauses, by id.
    """

    name: str
    setup: str = ""
    problem: str = ""
    conditions: Mapping[str, str] = field(default_factory=dict)
    verdict: str = ""
    sentence: str = ""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    tests: tuple[Test, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def counts(self, rule: Rule) -> bool:
        """
        Whether a failure of a clause counts at the level that was asked for.
        """
        return rule.level >= Level[self.conditions.get("level", "must").upper()]

    def reasons(self, clause: str) -> list[str]:
        """
        Tell why a clause did not pass, test by test.
        """
        return [
            f"{test.id.rpartition('/')[2]}: {test.outcome}: {test.reason}"
            for test in self.tests
            if clause in test.clauses
        ]


def from_report(report: Mapping[str, Any], name: str = "", setup: str = "") -> Column:
    """
    Take what a comparison needs from a report of format 1.

    Args:
        report: What ``report.json`` holds.
        name: Instead of the name of the distribution.
        setup: What was installed.

    Raises:
        KeyError, TypeError, ValueError: It is no such report.
    """
    implementation, run = report["implementation"], report["run"]
    called = name or implementation["distribution"] or implementation["spec"].partition(":")[0]
    rules = {
        one["id"]: Rule(one["id"], Level[one["level"]], one["chapter"], one["sentence"])
        for one in report["clauses"]
    }
    return Column(
        name=f"{called} {implementation['version']}".strip(),
        setup=setup,
        conditions={
            "contract": str(report["kit"]["contract"]),
            "kit": str(report["kit"]["version"]),
            "python": str(report["environment"]["python"]),
            "level": Level[run["level"].upper()].name.lower(),
            "scope": str(run["scope"]),
            "part": str(run["part"]),
            "waivers": ", ".join(run["waivers"]),
        },
        verdict=str(report["verdict"]["word"]),
        sentence=str(report["verdict"]["sentence"]),
        outcomes={one["id"]: Outcome(one["outcome"]) for one in report["clauses"]},
        tests=tuple(_remarkable(report["tests"])),
        rules=rules,
    )


def _remarkable(tests: Iterable[Mapping[str, Any]]) -> Iterable[Test]:
    for test in tests:
        outcome, reason = Outcome(test["outcome"]), " ".join(test["reason"].split())
        if outcome not in _UNREMARKABLE:
            if len(reason) > _LONGEST_REASON:
                reason = f"{reason[:_LONGEST_REASON]}..."
            yield Test(test["id"], tuple(test["blamed"] or test["clauses"]), outcome, reason)


def to_json(columns: Iterable[Column]) -> dict[str, Any]:
    """
    Put columns into one document, from which a comparison can be shown again.
    """
    kept = list(columns)
    rules = {key: rule for column in kept for key, rule in column.rules.items()}
    return {
        "format": 1,
        "clauses": [
            {"id": r.id, "level": r.level.name, "chapter": r.chapter, "sentence": r.sentence}
            for r in rules.values()
        ],
        "columns": [_column_to_json(column) for column in kept],
    }


def _column_to_json(column: Column) -> dict[str, Any]:
    by_outcome: dict[str, list[str]] = {}
    for clause, outcome in column.outcomes.items():
        by_outcome.setdefault(outcome, []).append(clause)
    return {
        "name": column.name,
        "setup": column.setup,
        "problem": column.problem,
        "conditions": dict(column.conditions),
        "verdict": column.verdict,
        "sentence": column.sentence,
        "outcomes": by_outcome,
        "tests": [[t.id, list(t.clauses), t.outcome, t.reason] for t in column.tests],
    }


def from_json(document: Mapping[str, Any]) -> list[Column]:
    """
    Take the columns out of such a document.

    Raises:
        KeyError, TypeError, ValueError: It is no such document.
    """
    rules = {
        one["id"]: Rule(one["id"], Level[one["level"]], one["chapter"], one["sentence"])
        for one in document["clauses"]
    }
    return [
        Column(
            name=str(one["name"]),
            setup=str(one["setup"]),
            problem=str(one["problem"]),
            conditions={str(key): str(value) for key, value in one["conditions"].items()},
            verdict=str(one["verdict"]),
            sentence=str(one["sentence"]),
            outcomes=(found := _outcomes(one["outcomes"], rules)),
            tests=tuple(
                Test(test, tuple(clauses), Outcome(outcome), reason)
                for test, clauses, outcome, reason in one["tests"]
            ),
            rules={key: rules[key] for key in found},
        )
        for one in document["columns"]
    ]


def _outcomes(
    by_outcome: Mapping[str, Iterable[str]], rules: Mapping[str, Rule]
) -> dict[str, Outcome]:
    found = {
        clause: Outcome(outcome) for outcome, clauses in by_outcome.items() for clause in clauses
    }
    return {clause: found[clause] for clause in rules if clause in found}
