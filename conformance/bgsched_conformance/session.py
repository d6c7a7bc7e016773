"""
The whole run: gather what the tests said, give the verdict, and end on time.
"""

from __future__ import annotations

import atexit
import faulthandler
import os
import sys
import threading
from concurrent.futures import thread as pool
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Callable, Iterable, Sequence

    from bgsched_conformance.options import Options
    from bgsched_conformance.selection import Chosen
    from bgsched_conformance.verdict import Verdict
    from bgsched_conformance.waivers import Waiver

CONTRACT = "aps-3.11"
SEED = "bgsched_seed"
_EXIT_SECONDS = 20
OVERRULED = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)


class Judge:
    """
    Gathers reports in the process that the user started and turns them into the verdict.

    Args:
        config: Of the run.
        chosen: What has to run.
        options: What the user asked for.
        seed: Of the run's random choices.
        waivers: All waivers of the run.

    Attributes:
        verdict: What the run says; None until it has ended.
    """

    def __init__(
        self,
        config: pytest.Config,
        chosen: Chosen,
        options: Options,
        seed: int,
        waivers: Sequence[Waiver],
    ) -> None:
        self._config = config
        self._chosen = chosen
        self._options = options
        self._seed = seed
        self._waivers = waivers
        self._results: dict[str, TestResult] = {}
        self._host_failed = False
        self.verdict: Verdict | None = None
        self._drafted = ""

    @property
    def title(self) -> str:
        """
        What is judged, and how.
        """
        target = self._config.stash[TARGET]
        parts = [
            "bgsched conformance",
            f"{target.spec} {target.version}".rstrip(),
            *([f"adapter {target.adapter}"] if target.adapter else []),
            f"contract {CONTRACT}",
            f"level {self._options.level.name}",
            f"seed {self._seed}",
        ]
        return " · ".join(parts)

    def pytest_report_header(self) -> str:
        """
        Name what is judged before it is.
        """
        return self.title

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """
        Let the workers of pytest-xdist make the same random choices.
        """
        node.workerinput[SEED] = self._seed

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
        entry = self._chosen.entries.get(report.nodeid)
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
        if self._config.option.collectonly or exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        self.verdict = self._judge()
        if self._options.write_waivers is not None:
            path = self._config.invocation_params.dir / self._options.write_waivers
            self._drafted = drafts.write(path, self.verdict, self.title, self._chosen.clauses)
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
            for node_id, entry in self._chosen.entries.items()
        ]
        # A failure may be laid on some of a test's clauses: of the others that test tells nothing.
        silent = {one for entry in self._chosen.entries.values() for one in entry.clauses}
        silent -= {one for test in tests for one in test.clauses}
        return judge(
            Selection(self._options.level, self._chosen.part),
            {
                key: Level[clause.level]
                for key, clause in self._chosen.clauses.items()
                if key not in silent
            },
            tests,
            filter(None, (usage.advice(waiver, self._results) for waiver in self._waivers)),
            self._working(),
        )

    def _working(self) -> Iterable[str]:
        for name in self._config.stash[TARGET].missing:
            result = self._results.get(f"{PREFIX}/{CAPABILITIES[name].probe}")
            if result is not None and result.outcome is Outcome.STALE:
                yield working(name)


class Ending:
    """
    Ends the process in time, whatever threads an implementation has left behind.
    """

    def __init__(self) -> None:
        self._before = set(threading.enumerate())
        self._session: pytest.Session | None = None
        self._at_end: list[Callable[[], None]] = []

    def add(self, at_end: Callable[[], None]) -> None:
        """
        Do something more at the end.
        """
        self._at_end.append(at_end)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """
        Remember the session, for its exit status.
        """
        self._session = session

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """
        Leave without waiting for threads that would keep the process alive.
        """
        for action in self._at_end:
            action()
        # Called before every exit handler registered until now, of which one may never return.
        atexit.unregister(_exit_in_time)
        atexit.register(_exit_in_time)
        left = any(_waited_for(thread) for thread in set(threading.enumerate()) - self._before)
        if left and self._session is not None:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(int(self._session.exitstatus))


def _waited_for(thread: threading.Thread) -> bool:
    # At its exit the interpreter joins the threads of pools, though they may be daemons.
    return not thread.daemon or thread in pool._threads_queues  # noqa: SLF001 - nothing public tells


def _exit_in_time() -> None:
    # Nothing but the C-level watchdog is sure to go on while the interpreter ends.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    faulthandler.dump_traceback_later(_EXIT_SECONDS, exit=True, file=nowhere)


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
