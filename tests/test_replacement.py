"""
What is made for APScheduler works over bgsched, by the recipe in the documentation.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "how-to" / "replace-apscheduler.md"

EXTENSION = """\
import io

import apscheduler.events
from apscheduler.executors.debug import DebugExecutor
from apscheduler.job import Job
from apscheduler.jobstores.base import ConflictingIdError, JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_RUNNING
from apscheduler.triggers.cron import CronTrigger


class Extension:
    def __init__(self):
        self.heard = []
        self.scheduler = BackgroundScheduler(
            {"apscheduler.executors": {"default": {"class": DebugExecutor}}}, timezone="UTC"
        )
        self.scheduler.add_jobstore(MemoryJobStore(), "other")
        self.scheduler.add_listener(self.heard.append, apscheduler.events.EVENT_JOB_ADDED)

    def described(self, job):
        assert isinstance(job, Job)
        assert isinstance(job.trigger, CronTrigger)
        return {field.name: str(field) for field in job.trigger.fields if not field.is_default}
"""

PROGRAM = """\
import first

import bgsched
from extension import ConflictingIdError, Extension, STATE_RUNNING

extension = Extension()
scheduler = extension.scheduler
assert isinstance(scheduler, bgsched.BackgroundScheduler)
scheduler.start(paused=True)
assert STATE_RUNNING + 1 == scheduler.state
job = scheduler.add_job("os:getpid", "cron", hour="*/2", id="x", jobstore="other")
assert {"hour": "*/2"} == extension.described(job)
assert ["x"] == [event.job_id for event in extension.heard]
try:
    scheduler.add_job("os:getpid", id="x", jobstore="other")
except bgsched.errors.ConflictingIdError as error:
    assert isinstance(error, ConflictingIdError)
scheduler.shutdown()
"""


def recipe() -> str:
    """
    Return the module that the page shows.
    """
    section = PAGE.read_text(encoding="utf-8").partition("## Use extensions")[2]
    found = re.search(r"^```python\n(.*?)^```\n", section, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def run(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """
    Run a program that finds the recipe as the module ``first``, and an extension.
    """
    (folder / "first.py").write_text(recipe(), encoding="utf-8")
    (folder / "extension.py").write_text(EXTENSION, encoding="utf-8")
    paths = [str(folder), *filter(None, sys.path)]
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        timeout=60,
    )


def test_an_extension_made_for_apscheduler_gets_bgsched(tmp_path: Path) -> None:
    """
    Whatever it imports is of bgsched, and is the very same class by either name.
    """
    done = run(tmp_path, PROGRAM)

    assert ("", "", 0) == (done.stdout, done.stderr, done.returncode)


@pytest.mark.parametrize("name", ["apscheduler.util", "apscheduler.schedulers.asyncio"])
def test_what_is_not_there_is_not_taken_from_apscheduler(tmp_path: Path, name: str) -> None:
    """
    A module that bgsched does not have is missing, even if APScheduler is installed.
    """
    done = run(tmp_path, f"import first, {name}")

    assert f"No module named '{name}'" in done.stderr


def test_the_recipe_has_to_come_first(tmp_path: Path) -> None:
    """
    Too late is an error, since some modules would be of one library and some of the other.
    """
    pytest.importorskip("apscheduler")

    done = run(tmp_path, "import apscheduler.events, first")

    assert "import this module first" in done.stderr
