"""
However hostile a scheduler is, the run ends by itself, in time, and with a verdict.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from judging import run_kit

if TYPE_CHECKING:
    from pathlib import Path

SOME = "START-1,SHUT-2"
OTHERS = {"calls:Swallowing": "ERR-9", "threads:Leaking": "SHUT-1"}  # seen by these alone
HOSTILE = [
    "calls:Bare",
    "calls:Deaf",
    "calls:Exiting",
    "calls:Hanging",
    "calls:HangingShutdown",
    "calls:HangingStart",
    "calls:Interrupting",
    "calls:Raising",
    "calls:RaisingUnprintably",
    "calls:Swallowing",
    "process:BlockingExit",
    "process:ClosingOutput",
    "process:Meddling",
    "process:RedirectingOutput",
    "process:Replacing",
    "threads:DyingThread",
    "threads:ExitingThread",
    "threads:Leaking",
    "threads:LateDying",
    "threads:Looping",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_scheduler_gets_its_verdict(name: str, tmp_path: Path) -> None:
    """
    The run fails in an orderly way: NOT CONFORMANT, and no traceback outside its reports.
    """
    ended = run_kit(f"hostile.{name}", tmp_path, f"--bgsched-clause={OTHERS.get(name, SOME)}")

    told = ended.stdout + ended.stderr
    assert 1 == ended.returncode, told
    assert re.search(r"^verdict +NOT CONFORMANT", ended.stdout, re.MULTILINE), told
    assert "INTERNALERROR" not in told
    assert "" == ended.stderr


@pytest.mark.parametrize("name", ["calls:RefusingToBeBuilt", "calls:ExitingWhenBuilt"])
def test_a_scheduler_that_cannot_be_built_is_refused(name: str, tmp_path: Path) -> None:
    """
    The run ends before it begins, with one line that names the class.
    """
    ended = run_kit(f"hostile.{name}", tmp_path)

    assert pytest.ExitCode.USAGE_ERROR == ended.returncode
    assert [f"ERROR: --bgsched-impl=hostile.{name}"] == [
        line[: len(f"ERROR: --bgsched-impl=hostile.{name}")]
        for line in ended.stderr.splitlines()
        if line
    ]


def test_a_scheduler_that_hangs_in_all_it_does_is_soon_judged(tmp_path: Path) -> None:
    """
    A long run against it ends by itself: not every test takes the time that the first ones took.
    """
    chapters = "construction,errors"
    ended = run_kit(
        "hostile.calls:Hanging", tmp_path, f"--bgsched-clause={chapters}", "--tb=no", "-q"
    )

    assert 1 == ended.returncode, ended.stdout + ended.stderr
    assert re.search(r"^verdict +NOT CONFORMANT", ended.stdout, re.MULTILINE), ended.stdout
