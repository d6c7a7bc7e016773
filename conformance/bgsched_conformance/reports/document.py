"""
The report of a run as one JSON document, of which everything else is rendered.

Its form is told in ``report.schema.json``. A change of that form gets a new `FORMAT`.
"""

from __future__ import annotations

import platform
import shlex
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from bgsched_conformance.record import PROGRAM
from bgsched_conformance.session import CONTRACT
from bgsched_conformance.target import TARGET
from bgsched_conformance.texts import fit
from bgsched_conformance.verdict import Level
from bgsched_conformance.waivers import usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bgsched_conformance.plan import Plan
    from bgsched_conformance.verdict import ClauseResult, TestResult, Verdict
    from bgsched_conformance.waivers import Waiver

FORMAT = 1
_PACKAGES = ("pytest", "hypothesis", "freezegun", "pytest-xdist")


@dataclass(frozen=True)
class Course:
    """
    How a run went.

    Attributes:
        workers: Number of worker processes; 0 if the run had one process.
        started: When it began, aware.
        seconds: How long it took.
        interrupted: It was ended before everything had run.
        durations: Seconds that each test took, by node id.
        digests: Of what was judged and of what judged it, see `digests.gather`.
    """

    workers: int
    started: datetime
    seconds: float
    interrupted: bool
    durations: Mapping[str, float]
    digests: Mapping[str, Any]


def build(verdict: Verdict, plan: Plan, course: Course) -> dict[str, Any]:
    """
    Write the document. Each failure in it still has its program.
    """
    target, options = plan.config.stash[TARGET], plan.options
    distribution = target.distribution
    document: dict[str, Any] = {
        "format": FORMAT,
        "verdict": {
            "word": str(verdict.word),
            "sentence": verdict.sentence,
            "exit_code": verdict.exit_code,
            "interrupted": course.interrupted,
        },
        "implementation": {
            "spec": target.spec,
            "distribution": distribution.name if distribution is not None else None,
            "version": target.version,
            "adapter": target.adapter,
            "capabilities": dict(target.capabilities),
        },
        "kit": {"version": dict(_versions(["bgsched"])).get("bgsched", ""), "contract": CONTRACT},
        "environment": {
            "python": platform.python_version(),
            "runtime": platform.python_implementation(),
            "platform": platform.platform(),
            "packages": dict(_versions(_PACKAGES)),
        },
        "run": {
            "started": course.started.isoformat(timespec="seconds"),
            "seconds": round(course.seconds, 3),
            "seed": plan.seed,
            "effort": options.effort,
            "level": options.level.name.lower(),
            "scope": options.scope,
            "part": verdict.selection.part,
            "waivers": list(options.waivers),
            "workers": course.workers,
            "command": shlex.join(["pytest", *map(str, plan.config.invocation_params.args)]),
        },
        "counts": {
            level.name: {str(outcome): n for outcome, n in verdict.counts(level).items()}
            for level in sorted(Level, reverse=True)
        },
        "clauses": [_clause(result, plan, course) for result in verdict.clauses],
        "tests": [_test(result, plan, course) for result in verdict.tests],
        "waivers": [_waiver(waiver, verdict) for waiver in plan.waivers],
        "stale": [*verdict.stale, *verdict.working],
        "digests": dict(course.digests),
    }
    fitting: dict[str, Any] = fit(document)
    return fitting


def published(document: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the document as the schema tells it, without programs.
    """
    return {**document, "tests": [_without_program(test) for test in document["tests"]]}


def scripts(document: Mapping[str, Any]) -> dict[str, str]:
    """
    Return the programs, by the paths of the scripts they go to.
    """
    failures = [test["failure"] for test in document["tests"] if test["failure"] is not None]
    return {one["script"]: one[PROGRAM] for one in failures if one.get(PROGRAM) is not None}


def _without_program(test: Mapping[str, Any]) -> dict[str, Any]:
    failure = test["failure"]
    if failure is not None:
        failure = {key: value for key, value in failure.items() if key != PROGRAM}
    return {**test, "failure": failure}


def _versions(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue


def _clause(result: ClauseResult, plan: Plan, course: Course) -> dict[str, Any]:
    clause = plan.chosen.clauses[result.clause]
    tests = [test.node_id for test in result.tests]
    return {
        "id": clause.id,
        "chapter": clause.chapter,
        "level": clause.level,
        "sentence": clause.sentence,
        "source": clause.source,
        "hint": clause.hint,
        "outcome": str(result.outcome),
        "counted": result.level >= plan.options.level,
        "seconds": round(sum(course.durations.get(test, 0.0) for test in tests), 3),
        "tests": tests,
    }


def _test(result: TestResult, plan: Plan, course: Course) -> dict[str, Any]:
    entry = plan.chosen.entries[result.node_id]
    laid_on = result.clauses if result.failure is not None else ()
    return {
        "id": result.node_id,
        "title": entry.title,
        "clauses": [one for one in entry.clauses if one in plan.chosen.clauses],
        "blamed": [one for one in laid_on if one in plan.chosen.clauses],
        "outcome": str(result.outcome),
        "reason": result.reason,
        "seconds": round(course.durations.get(result.node_id, 0.0), 3),
        "failure": None if result.failure is None else dict(result.failure),
    }


def _waiver(waiver: Waiver, verdict: Verdict) -> dict[str, Any]:
    return {
        "subject": waiver.subject,
        "origin": waiver.origin,
        "tests": sorted(waiver.tests),
        "reason": waiver.reason,
        "match": waiver.match.pattern if waiver.match is not None else None,
        "deviation": waiver.deviation,
        "until": waiver.until.isoformat() if waiver.until is not None else None,
        "intermittent": waiver.intermittent,
        "status": str(usage.status(waiver, {test.node_id: test for test in verdict.tests})),
    }
