"""
Reports in format 1 about the real catalogue, with outcomes of a test's choice.
"""

from __future__ import annotations

import functools
import importlib
import json
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from judging import suite

from bgsched_conformance.reports import schema
from bgsched_conformance.verdict import Level, Outcome, Selection, TestResult, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bgsched_conformance.catalogue import Entry

SPEC = "acme.scheduling:BackgroundScheduler"
STORIES = {Outcome.FAIL, Outcome.WAIVED, Outcome.NOTED, Outcome.INCONCLUSIVE}
PROGRAM = '''\
"""START-2: `start()` returns once the scheduling thread runs."""

from acme.scheduling import BackgroundScheduler

scheduler = BackgroundScheduler()
scheduler.start()
print("expected  True\\nactual   ", scheduler.running)
raise SystemExit(not scheduler.running)
'''


@functools.cache
def validator() -> Draft202012Validator:
    """
    Return what holds a report to the published schema.
    """
    published: dict[str, Any] = json.loads(schema.text())
    Draft202012Validator.check_schema(published)
    return Draft202012Validator(published, format_checker=Draft202012Validator.FORMAT_CHECKER)


def document(
    outcomes: Mapping[str, Outcome] | None = None,
    *,
    chapters: Iterable[str] | None = None,
    level: Level = Level.MUST,
    **failure: Any,
) -> dict[str, Any]:
    """
    Make a report.

    Args:
        outcomes: Of tests, by the ids of clauses that they judge; what is not named passes, or is
            untestable.
        chapters: The chapters that were judged; None for all.
        level: Failures of clauses below it do not count.
        failure: Fields of each failure that shall differ from what is made up here.
    """
    wanted = set(suite().modules if chapters is None else chapters)
    clauses = {key: of for key, of in suite().clauses.items() if of.chapter in wanted}
    entries = [entry for entry in suite().entries.values() if entry.chapter in wanted]
    results = [_result(entry, outcomes or {}) for entry in entries]
    verdict = judge(
        Selection(level, "" if chapters is None else f"{len(clauses)} clauses selected"),
        {key: Level[of.level] for key, of in clauses.items()},
        results,
    )
    return {
        "format": 1,
        "verdict": {
            "word": str(verdict.word),
            "sentence": verdict.sentence,
            "exit_code": verdict.exit_code,
            "interrupted": False,
        },
        "implementation": {
            "spec": SPEC,
            "distribution": "acme-scheduling",
            "version": "4.2.0",
            "adapter": None,
            "capabilities": {"processes": True, "persistence": False},
        },
        "kit": {"version": "0.1.0", "contract": "aps-3.11"},
        "environment": {
            "python": "3.13.2",
            "runtime": "CPython",
            "platform": "Linux-6.1-x86_64",
            "packages": {"pytest": "9.2.0", "hypothesis": "6.170.17", "freezegun": "1.5.5"},
        },
        "run": {
            "started": "2030-01-02T03:04:05+00:00",
            "seconds": 41.7,
            "seed": 1385222350,
            "effort": "default",
            "level": level.name.lower(),
            "scope": "all",
            "part": verdict.selection.part,
            "waivers": [],
            "workers": 2,
            "command": f"pytest --bgsched-impl={SPEC} --bgsched-report=report -n 2",
        },
        "counts": {
            of.name: {str(outcome): number for outcome, number in verdict.counts(of).items()}
            for of in sorted(Level, reverse=True)
        },
        "clauses": [_clause(verdict, result.clause, level) for result in verdict.clauses],
        "tests": [
            _test(entry, result, failure) for entry, result in zip(entries, results, strict=True)
        ],
        "waivers": [],
        "stale": [],
        "digests": {
            "implementation": {"acme/scheduling.py": "0" * 64},
            "kit": "1" * 64,
            "contract": "2" * 64,
            "waivers": {},
        },
    }


def _result(entry: Entry, outcomes: Mapping[str, Outcome]) -> TestResult:
    usual = Outcome.UNTESTABLE if entry.untestable else Outcome.PASS
    # A test that judges many clauses goes by its first.
    outcome = outcomes.get(entry.clauses[0], usual)
    reason = entry.untestable or ("" if outcome is Outcome.PASS else f"made up to be {outcome}")
    judged = entry.clauses[:1] if outcome is Outcome.FAIL else entry.clauses
    return TestResult(entry.node_id, judged, outcome, reason)


def _clause(verdict: Verdict, key: str, level: Level) -> dict[str, Any]:
    clause = suite().clauses[key]
    result = next(result for result in verdict.clauses if result.clause == key)
    return {
        "id": key,
        "chapter": clause.chapter,
        "level": clause.level,
        "sentence": clause.sentence,
        "source": clause.source,
        "hint": clause.hint,
        "outcome": str(result.outcome),
        "counted": result.level >= level,
        "seconds": 0.04 * len(result.tests),
        "tests": [test.node_id for test in result.tests],
    }


def _test(entry: Entry, result: TestResult, failure: Mapping[str, Any]) -> dict[str, Any]:
    module = suite().modules[entry.chapter]
    test = getattr(importlib.import_module(module), entry.name, None) if module else None
    lines = (test.__doc__ or "").strip().splitlines() if test else [entry.untestable]
    return {
        "id": entry.node_id,
        "title": lines[0],
        "clauses": list(entry.clauses),
        "blamed": list(entry.clauses[:1]) if result.outcome is Outcome.FAIL else [],
        "outcome": str(result.outcome),
        "reason": result.reason,
        "seconds": 0.04,
        "failure": {**_failure(entry), **failure} if result.outcome in STORIES else None,
    }


def _failure(entry: Entry) -> dict[str, Any]:
    return {
        "expected": "'2030-01-01 01:20'",
        "actual": "'2030-01-01 01:00'",
        "did": [
            "s = BackgroundScheduler()",
            "s.add_job(tick, 'interval', hours=1, id='job', misfire_grace_time=None)",
            "clock moves to 2030-01-01 00:20:00",
            "s.start()  # in another thread",
        ],
        "example": ["hours=1", "zone='Europe/Berlin'"],
        "advice": "",
        "error": "AssertionError: assert '2030-01-01 01:20' == '2030-01-01 01:00'",
        "traceback": f"suite/{entry.chapter}.py:175: in {entry.name}\nE   AssertionError",
        "seed": 1385222350,
        "rerun": f"pytest --bgsched-impl={SPEC} --bgsched-seed=1385222350 {entry.node_id}",
        "script": f"scripts/{entry.clauses[0]}-1.py",
        "program": PROGRAM,
    }
