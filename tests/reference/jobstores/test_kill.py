"""
SIGKILL at any moment loses no job, and repeats at most what was in flight.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

LIVES = 50
PROCESSES = 4
PROGRAM = Path(__file__).parent.parent / "modules" / "killed_lives.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """
    Of 200 lives that end by SIGKILL, on four SQLite files, the jobs are all there afterwards.

    Every one-shot job that was added has run to its end; one whose run was cut off ran again, at
    most once in each life. Recurring jobs are still scheduled, and no run time of theirs was used
    twice.
    """
    folders = [tmp_path / str(number) for number in range(PROCESSES)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    running = []
    for seed, folder in enumerate(folders):
        folder.mkdir()
        command = [sys.executable, str(PROGRAM), str(folder), str(LIVES), str(seed)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, env=environment))

    for process, folder in zip(running, folders, strict=True):
        output, _ = process.communicate(timeout=100)
        assert 0 == process.returncode
        story = json.loads(output)
        lives = [Counter(life.splitlines()) for life in (folder / "log").read_text().split("kill ")]
        total = sum(lives, Counter())

        assert LIVES == len(lives) - 1
        assert ("ok", 0) == (story["intact"], story["kept"])
        assert {"often-0", "often-1", "often-2"} == set(story["jobs"])
        assert [] == [name for name in story["added"] if not total[f"end {name}"]]
        taken_twice = [line for line, count in total.items() if count > 1 and "take often" in line]
        assert [] == taken_twice
        for life in lives:
            assert [] == [line for line, n in life.items() if n > 1 and "begin once" in line]
