"""
What the published matrix of releases must show: the faults that are known from elsewhere.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bgsched_conformance import catalogue
from bgsched_conformance.comparison.column import from_json
from bgsched_conformance.verdict import Outcome

MATRIX = Path(__file__).parents[2] / "docs" / "matrix"
PAGE = MATRIX / "index.md"
FAULTS: list[dict[str, Any]] = tomllib.loads((MATRIX / "faults.toml").read_text("utf-8"))["fault"]
SHOWN = {Outcome.FAIL, Outcome.NOTED}


@functools.cache
def failures() -> dict[str, dict[str, str]]:
    """
    Return, for each release of APScheduler in the matrix, why each test failed that did.
    """
    columns = from_json(json.loads((MATRIX / "matrix.json").read_text("utf-8")))
    return {
        release(column.name.partition(" ")[2]): {
            test.id: test.reason for test in column.tests if test.outcome in SHOWN
        }
        for column in columns
        if column.name.startswith("apscheduler ") and not column.problem
    }


def release(version: str) -> str:
    """
    Return a version without what tells a repaired upload of the same release.
    """
    return version.partition(".post")[0]


def within(ranges: str) -> set[str]:
    """
    Return the releases in ranges such as ``3.0.0-3.1.0, 3.5.0``.
    """
    order = list(failures())
    found: set[str] = set()
    for part in filter(None, ranges.split(", ")):
        first, _, last = part.partition("-")
        found.update(order[order.index(first) : order.index(last or first) + 1])
    return found


def shown(fault: dict[str, Any]) -> set[str]:
    """
    Return the releases in which a test for the fault fails as it must.
    """
    pattern = re.compile(fault.get("match", ""))
    return {
        version
        for version, reasons in failures().items()
        for test in fault["tests"]
        if (reason := reasons.get(f"{catalogue.PREFIX}/{test}")) is not None
        and pattern.search(reason)
    }


@pytest.mark.parametrize(
    "fault", [one for one in FAULTS if "tests" in one], ids=lambda one: str(one["id"])
)
def test_a_known_fault_shows_in_its_releases_and_in_no_other(fault: dict[str, Any]) -> None:
    """
    The releases in which a fault is known are those in which a test of the kit fails for it.
    """
    known, judged = within(fault["bug"]), set(failures()) - within(fault.get("absent", ""))
    seen = shown(fault) & judged
    if "also" in fault:
        seen &= known

    assert known == seen


def test_every_known_fault_is_shown_or_explained() -> None:
    """
    There is a test for each fault, or the reason why none can be fair; and the page tells both.
    """
    page = PAGE.read_text("utf-8")

    assert all(("tests" in fault) != ("outside" in fault) for fault in FAULTS)
    assert [] == [line for line in rows() if line not in page]


def rows() -> list[str]:
    """
    Return the rows of the page's table of faults.
    """
    clauses = {entry.node_id: entry.clauses for entry in catalogue.load().entries.values()}
    lines = []
    for fault in FAULTS:
        ids = [f"{catalogue.PREFIX}/{test}" for test in fault.get("tests", [])]
        told = [f"{', '.join(clauses[key])} `{key.partition('/')[2]}`" for key in ids]
        told += [fault[key] for key in ("also", "outside") if key in fault]
        ranges = fault["bug"].replace("-", " to ")
        lines.append(f"| {fault['id']} | {fault['symptom']} | {ranges} | {'; '.join(told)} |")
    return lines
