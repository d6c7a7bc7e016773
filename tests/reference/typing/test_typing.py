"""
What a type checker says about the programs of users.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def test_mistakes_are_found_and_nothing_else(tmp_path: Path) -> None:
    """
    Strict mypy accepts a program, and each of its comments about a mistake is needed.
    """
    pytest.importorskip("mypy")
    here = Path(__file__).parent
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--no-error-summary"),
            *("--config-file=", f"--cache-dir={tmp_path}", "--follow-imports=silent"),
            str(here / "user_program.py"),
        ],
        capture_output=True,
        check=False,
        cwd=here.parents[2] / "reference",
        encoding="utf-8",
        timeout=300,
    )
    assert ("", "", 0) == (checked.stdout, checked.stderr, checked.returncode)
