"""
The recorder tells when all that was submitted has come to an end.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bgsched import BackgroundScheduler
from bgsched.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED, JobExecutionEvent
from bgsched_conformance.findings import Stalled
from bgsched_conformance.patience import Patience
from bgsched_conformance.recorder import Recorder
from bgsched_conformance.target import Target


def heard(code: int) -> Recorder:
    """
    Return a recorder that has heard of one end of a run, and of no submission.
    """
    target = Target(BackgroundScheduler, "bgsched:BackgroundScheduler")
    recorder = Recorder(target, Patience(full=1))
    recorder(JobExecutionEvent(code, "job", "default", datetime(2030, 1, 1, tzinfo=UTC)))
    return recorder


def test_a_run_may_be_missed_without_having_been_submitted() -> None:
    """
    It may be the scheduler who finds a run time too old, and hands nothing over.
    """
    heard(EVENT_JOB_MISSED).wait_quiet(held=lambda: 0)


def test_a_run_that_was_executed_is_still_to_be_announced_as_submitted() -> None:
    """
    The two events may come in either order; until both have, it is not quiet.
    """
    with pytest.raises(Stalled):
        heard(EVENT_JOB_EXECUTED).wait_quiet(held=lambda: 0)
