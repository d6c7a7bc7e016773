"""
A failure's script shows the fault where it is, and is content where it is not, without the kit.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import os
import pkgutil
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import faults
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import BOUND, failing, judged, suite

from bgsched_conformance.cron_oracle import FIELDS
from bgsched_conformance.examples import Example
from bgsched_conformance.findings import blamed
from bgsched_conformance.patience import Patience
from bgsched_conformance.reproduction.literals import Literals
from bgsched_conformance.reproduction.modules import Unbundled
from bgsched_conformance.reproduction.scopes import free_names
from bgsched_conformance.reproduction.script import script_of
from bgsched_conformance.schedules import Hourly, Interval
from bgsched_conformance.suite._cron_trigger_scenes import Case
from bgsched_conformance.target import Target

if TYPE_CHECKING:
    from pathlib import Path

    from faults import Fault

    from bgsched_conformance.catalogue import Entry

# A faulty scheduler may lose its thread to an exception; the tests of the suite see to that.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

for module in pkgutil.iter_modules(faults.__path__):
    importlib.import_module(f"faults.{module.name}")

FIRST = {planted.clause: planted for planted in reversed(faults.FAULTS)}
GOOD = "bgsched:BackgroundScheduler"
# Clauses of all chapters and kinds of tests; where it matters which of their tests, how it begins.
SHOWN = {
    "START-2": "",
    "PAUSE-6": "",
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """
    An environment in which pytest, hypothesis and the kit cannot be imported.
    """
    hidden = tmp_path_factory.mktemp("hidden")
    for name in ("pytest", "_pytest", "hypothesis", "bgsched_conformance"):
        (hidden / f"{name}.py").write_text(f"raise ImportError('{name} is hidden')\n")
    path = os.pathsep.join([str(hidden), *filter(None, sys.path)])
    return os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}


def run(script: Path, environment: dict[str, str], *words: str) -> tuple[int, str]:
    """
    Run a script as a user would, warnings being errors; return how it ends and what it says last.
    """
    ended = subprocess.run(
        [sys.executable, "-W", "error", *words[1:], script, *words[:1]],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=BOUND,
        check=False,
    )
    lines = ended.stdout.splitlines()
    return ended.returncode, lines[-1] if lines else ended.stderr


def written(planted: Fault, beginning: str = "") -> str | None:
    """
    Write the script of the first test that fails on a faulty scheduler.
    """
    target = Target(planted.scheduler, planted.spec)
    patience = Patience()
    patience.hurried = True
    for entry in suite().entries.values():
        if planted.clause in entry.clauses and entry.name.startswith(beginning) and judged(entry):
            example = Example()
            error = failing(entry, target, patience, example)
            if error is not None:
                clauses = [suite().clauses[one] for one in blamed(error) or entry.clauses]
                return script_of(test_of(entry), clauses, planted.spec, example, "script.py")
    return None


def test_of(entry: Entry) -> Any:
    """
    Return the function of a test of the suite.
    """
    return getattr(importlib.import_module(suite().modules[entry.chapter] or ""), entry.name)


@pytest.mark.parametrize("clause", SHOWN)
def test_a_script_fails_on_the_faulty_scheduler_and_on_no_other(
    clause: str, bare: dict[str, str], tmp_path: Path
) -> None:
    """
    It shows the planted fault, and the reference is without it.
    """
    planted = FIRST[clause]
    text = written(planted, SHOWN[clause])
    assert text is not None
    script = tmp_path / "script.py"
    script.write_text(text, encoding="utf-8")

    faulty, good = run(script, bare), run(script, bare, GOOD)

    assert (1, "FAILED") == (faulty[0], faulty[1].partition(" ")[0]), faulty
    assert (0, "FIXED") == (good[0], good[1].partition(" ")[0]), good
