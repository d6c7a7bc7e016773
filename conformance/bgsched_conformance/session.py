"""
The whole run: gather what the tests said, and give the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import summary
from bgsched_conformance.capabilities import CAPABILITIES
from bgsched_conformance.catalogue import PREFIX
from bgsched_conformance.judgement import working
from bgsched_conformance.record import RECORD
from bgsched_conformance.target import TARGET
from bgsched_conformance.verdict import Level, Outcome, Selection, TestResult, judge
from bgsched_conformance.waivers import drafts, usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bgsched_conformance.plan import Plan
    from bgsched_conformance.verdict import Verdict

CONTRACT = "aps-3.11"
OVERRULED = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)


class Judge:
    """
    Gathers reports in the process that the user started and turns them into the verdict.

    Args:
        plan: Of the run.

    Attributes:
        verdict: What the run says; None until it has ended.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._results: dict[str, TestResult] = {}
        self._host_failed = False
        self.verdict: Verdict | None = None
        self._drafted = ""

    @property
    def title(self) -> str:
        """
        What is judged, and how.
        """
        target = self._plan.config.stash[TARGET]
        parts = [
            "bgsched conformance",
            f"{target.spec} {target.version}".rstrip(),
            *([f"adapter {target.adapter}"] if target.adapter else []),
            f"contract {CONTRACT}",
            f"level {self._plan.options.level.name}",
            f"seed {self._plan.seed}",
        ]
        return " · ".join(parts)

    def pytest_report_header(self) -> str:
        """
        Name what is judged before it is.
        """
        return self.title

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """
        Notice what of the host's could not be collected.
        """
        if report.failed and not report.nodeid.startswith(f"{PREFIX}/"):
            self._host_failed = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Take one report, of this process or of a worker.
        """
        entry = self._plan.chosen.entries.get(report.nodeid)
        if entry is None:
            self._host_failed |= report.failed
            return
        result = _result(report, entry.clauses)
        known = self._results.get(report.nodeid)
        if result and (known is None or result.outcome.rank > known.outcome.rank):
            self._results[report.nodeid] = result

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """
        Give the verdict and let the exit status follow from it.
        """
        if self._plan.config.option.collectonly or exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        self.verdict = self._judge()
        if self._plan.options.write_waivers is not None:
            path = self._plan.config.invocation_params.dir / self._plan.options.write_waivers
            self._drafted = drafts.write(path, self.verdict, self.title, self._plan.chosen.clauses)
        if exitstatus in OVERRULED:
            code = self.verdict.exit_code
            failed = pytest.ExitCode.TESTS_FAILED
            session.exitstatus = failed if self._host_failed else code

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Print the verdict.
        """
        if self.verdict is None:
            return
        terminalreporter.ensure_newline()
        terminalreporter.section("bgsched conformance")
        for line in summary.lines(self.verdict, self.title, self._drafted):
            terminalreporter.write_line(line)

    def _judge(self) -> Verdict:
        tests = [
            self._results.get(node_id, TestResult(node_id, entry.clauses, Outcome.NOT_RUN))
            for node_id, entry in self._plan.chosen.entries.items()
        ]
        # A failure may be laid on some of a test's clauses: of the others that test tells nothing.
        silent = {one for entry in self._plan.chosen.entries.values() for one in entry.clauses}
        silent -= {one for test in tests for one in test.clauses}
        return judge(
            Selection(self._plan.options.level, self._plan.chosen.part),
            {
                key: Level[clause.level]
                for key, clause in self._plan.chosen.clauses.items()
                if key not in silent
            },
            tests,
            filter(None, (usage.advice(waiver, self._results) for waiver in self._plan.waivers)),
            self._working(),
        )

    def _working(self) -> Iterable[str]:
        for name in self._plan.config.stash[TARGET].missing:
            result = self._results.get(f"{PREFIX}/{CAPABILITIES[name].probe}")
            if result is not None and result.outcome is Outcome.STALE:
                yield working(name)


def _result(report: pytest.TestReport, clauses: tuple[str, ...]) -> TestResult | None:
    record = vars(report).get(RECORD)
    if record is not None:
        return TestResult(
            report.nodeid,
            tuple(record["clauses"]),
            Outcome(record["outcome"]),
            record["reason"],
            record["failure"],
            tuple(record["waived_by"]),
        )
    if report.failed:
        crashed = "the process that ran it has died"
        return TestResult(report.nodeid, clauses, Outcome.NOT_RUN, crashed)
    return None
