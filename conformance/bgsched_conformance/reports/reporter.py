"""
Gather what a report says beyond the verdict, and write it when the run has ended, however it did.
"""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bgsched_conformance.patience import Real
from bgsched_conformance.reports import digests, directory, document
from bgsched_conformance.session import OVERRULED
from bgsched_conformance.target import TARGET

if TYPE_CHECKING:
    from bgsched_conformance.plan import Plan
    from bgsched_conformance.session import Judge


class Reporter:
    """
    Writes the report, in the process that the user started.

    Args:
        plan: Of the run, which asks for a report.
        judge: Gives the verdict.

    Raises:
        pytest.UsageError: The report cannot be written where it was asked for.
    """

    def __init__(self, plan: Plan, judge: Judge) -> None:
        asked = plan.options.report
        assert asked is not None
        here = plan.config.invocation_params.dir
        self._directory = here / asked
        try:
            directory.prepare(self._directory)
        except directory.UnfitError as error:
            raise pytest.UsageError(f"--bgsched-report={asked}: {error}") from error
        self._plan = plan
        self._asked = asked
        self._judge = judge
        self._digests = digests.gather(plan.config.stash[TARGET].cls, plan.options.waivers, here)
        self._durations: defaultdict[str, float] = defaultdict(float)
        self._workers = 0
        self._started = datetime.now(UTC)  # noqa: TID251 - when the run began, for its reader
        self._begun = Real.seconds()
        self._told = ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """
        Learn how many workers pytest-xdist has.
        """
        self._workers = node.workerinput["workercount"]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Take the time of one test.
        """
        if report.when == "call" and report.nodeid in self._plan.chosen.entries:
            self._durations[report.nodeid] += report.duration

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """
        Write the report, if there is a verdict.
        """
        verdict = self._judge.verdict
        if verdict is None:
            return
        early = session.shouldstop or session.shouldfail or exitstatus not in OVERRULED
        course = document.Course(
            workers=self._workers,
            started=self._started,
            seconds=Real.seconds() - self._begun,
            interrupted=bool(early and verdict.missing),
            durations=self._durations,
            digests=self._digests,
        )
        try:
            directory.write(self._directory, document.build(verdict, self._plan, course))
        except OSError as error:
            why = error.strerror or str(error)
            self._told = f"report   not written to {self._asked}: {why}"
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.USAGE_ERROR
        else:
            page = os.path.join(self._asked, "report.html")  # noqa: PTH118 - as given
            self._told = f"report   {page}"

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Tell where the report is, below the verdict.
        """
        if self._told:
            terminalreporter.write_line(self._told)
