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
from bgsched_conformance.texts import fit
from bgsched_conformance.verdict import Level
from bgsched_conformance.waivers import usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bgsched_conformance.options import Options
    from bgsched_conformance.selection import Chosen
    from bgsched_conformance.target import Target
    from bgsched_conformance.verdict import ClauseResult, TestResult, Verdict
    from bgsched_conformance.waivers import Waiver

FORMAT = 1
_PACKAGES = ("pytest", "hypothesis", "freezegun", "pytest-xdist")


@dataclass(frozen=True)
class Run:
    """
    What was asked for, and how it went.

    Attributes:
        target: What was judged.
        options: What the user asked for.
        chosen: The part of the suite to run.
        waivers: All waivers of the run.
        seed: Of the random choices.
        command: The words of the command that started the run.
        workers: Number of worker processes; 0 if the run had one process.
        started: When it began, aware.
        seconds: How long it took.
        interrupted: It was ended before everything had run.
        durations: Seconds that each test took, by node id.
        digests: Of what was judged and of what judged it, see `digests.gather`.
    """

    target: Target
    options: Options
    chosen: Chosen
    waivers: Sequence[Waiver]
    seed: int
    command: Sequence[str]
    workers: int
    started: datetime
    seconds: float
    interrupted: bool
    durations: Mapping[str, float]
    digests: Mapping[str, Any]


def build(verdict: Verdict, run: Run) -> dict[str, Any]:
    """
    Write the document. Each failure in it still has its program.
    """
    distribution = run.target.distribution
    document: dict[str, Any] = {
        "format": FORMAT,
        "verdict": {
            "word": str(verdict.word),
            "sentence": verdict.sentence,
            "exit_code": verdict.exit_code,
            "interrupted": run.interrupted,
        },
        "implementation": {
            "spec": run.target.spec,
            "distribution": distribution.name if distribution is not None else None,
            "version": run.target.version,
            "adapter": run.target.adapter,
            "capabilities": dict(run.target.capabilities),
        },
        "kit": {"version": dict(_versions(["bgsched"])).get("bgsched", ""), "contract": CONTRACT},
        "environment": {
            "python": platform.python_version(),
            "runtime": platform.python_implementation(),
            "platform": platform.platform(),
            "packages": dict(_versions(_PACKAGES)),
        },
        "run": {
            "started": run.started.isoformat(timespec="seconds"),
            "seconds": round(run.seconds, 3),
            "seed": run.seed,
            "effort": run.options.effort,
            "level": run.options.level.name.lower(),
            "scope": run.options.scope,
            "part": verdict.selection.part,
            "waivers": list(run.options.waivers),
            "workers": run.workers,
            "command": shlex.join(["pytest", *run.command]),
        },
        "counts": {
            level.name: {str(outcome): n for outcome, n in verdict.counts(level).items()}
            for level in sorted(Level, reverse=True)
        },
        "clauses": [_clause(result, verdict, run) for result in verdict.clauses],
        "tests": [_test(result, run) for result in verdict.tests],
        "waivers": [_waiver(waiver, verdict) for waiver in run.waivers],
        "stale": [*verdict.stale, *verdict.working],
        "digests": dict(run.digests),
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


def _clause(result: ClauseResult, verdict: Verdict, run: Run) -> dict[str, Any]:
    clause = run.chosen.clauses[result.clause]
    tests = [test.node_id for test in result.tests]
    return {
        "id": clause.id,
        "chapter": clause.chapter,
        "level": clause.level,
        "sentence": clause.sentence,
        "source": clause.source,
        "hint": clause.hint,
        "outcome": str(result.outcome),
        "counted": result.level >= verdict.selection.level,
        "seconds": round(sum(run.durations.get(test, 0.0) for test in tests), 3),
        "tests": tests,
    }


def _test(result: TestResult, run: Run) -> dict[str, Any]:
    entry = run.chosen.entries[result.node_id]
    laid_on = result.clauses if result.failure is not None else ()
    return {
        "id": result.node_id,
        "title": entry.title,
        "clauses": [one for one in entry.clauses if one in run.chosen.clauses],
        "blamed": [one for one in laid_on if one in run.chosen.clauses],
        "outcome": str(result.outcome),
        "reason": result.reason,
        "seconds": round(run.durations.get(result.node_id, 0.0), 3),
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
