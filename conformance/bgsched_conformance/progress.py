"""
What a long run is at: a line below the output of pytest, or in a log, a line for each long test.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.patience import Real
from bgsched_conformance.record import RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.plan import Plan

_EVERY = 0.5  # seconds
_DRAWN_AFTER = 1.0
_TOLD_AFTER = 20.0  # and again after three times as long
_MOST_CLAUSES = 4


class Progress:
    """
    Shows on a terminal which test is running, once it takes a while; other output gets a line.

    Everything is written from the main thread of the process that the user started, between two
    lines of pytest's own; a worker of pytest-xdist has no terminal and writes nothing.

    Args:
        plan: Of the run.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._begun = Real.seconds()
        self._running: dict[str, tuple[float, float]] = {}
        self._ended: set[str] = set()
        self._failed: list[str] = []
        self._looked = 0.0
        self._drawn = False

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """
        Take note that a test begins, here or in a worker.
        """
        self._running[nodeid] = Real.seconds(), _TOLD_AFTER

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Make room for pytest, and count.
        """
        self._clear()
        if report.failed:
            record = vars(report).get(RECORD) or {"clauses": []}
            self._failed += [one for one in record["clauses"] if one not in self._failed]

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """
        Take note that a test has ended; it is also an occasion to tell of others.
        """
        self._running.pop(nodeid, None)
        self._ended.add(nodeid)
        self._tell_of_long_ones()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """
        Leave nothing behind, also when the user interrupts a test.
        """
        self._clear()

    def look(self) -> None:
        """
        Show how things stand, if it is time to; called while a test is running.
        """
        now = Real.seconds()
        reporter = self._reporter
        if reporter is None or not self._running or now - self._looked < _EVERY:
            return
        self._looked = now
        nodeid, (begun, limit) = next(iter(self._running.items()))
        if self._live(reporter):
            if now - begun > _DRAWN_AFTER:
                with self._uncaptured():
                    self._drawn = True
                    self._write_below(reporter, self._line(nodeid, now - self._begun))
        elif now - begun > limit:
            with self._uncaptured():
                self._tell_of_long_ones()

    @contextmanager
    def _uncaptured(self) -> Iterator[None]:
        """
        Let pytest write to where it does between tests, and nobody else.
        """
        # To let go of the streams and to take them again, pytest replaces them. What the running
        # test must not close stays shielded all the same: see `shield`.
        shielded = sys.stdout, sys.stderr
        capture = self._plan.config.pluginmanager.get_plugin("capturemanager")
        try:
            with nullcontext() if capture is None else capture.global_and_fixture_disabled():
                sys.stdout, sys.stderr = shielded
                yield
        finally:
            sys.stdout, sys.stderr = shielded

    @property
    def _reporter(self) -> pytest.TerminalReporter | None:
        return self._plan.config.pluginmanager.get_plugin("terminalreporter")

    def _live(self, reporter: pytest.TerminalReporter) -> bool:
        # Without capture, what a test prints would come into the way.
        captured = self._plan.config.getoption("capture", "no") != "no"
        isatty: object = reporter.isatty
        terminal = isatty() if callable(isatty) else isatty  # in pytest 8.3 it is a bool
        return bool(terminal) and reporter.hasmarkup and captured and reporter.verbosity >= 0

    def _line(self, nodeid: str, seconds: float) -> str:
        minutes, rest = divmod(int(seconds), 60)
        parts = [
            f"{minutes}:{rest:02}",
            f"{len(self._ended) + 1} of {len(self._plan.chosen.entries)}",
        ]
        if self._failed:
            more = "..." if len(self._failed) > _MOST_CLAUSES else ""
            parts.append(f"failed: {', '.join(self._failed[:_MOST_CLAUSES])}{more}")
        parts.append(nodeid.partition("/")[2])
        if self._plan.patience.examples > 1:
            parts.append(f"example {self._plan.patience.examples}")
        return " · ".join(parts)

    def _tell_of_long_ones(self) -> None:
        reporter = self._reporter
        if reporter is None or reporter.verbosity < 0:
            return
        for nodeid, (begun, limit) in self._running.items():
            seconds = Real.seconds() - begun
            if seconds > limit:
                self._running[nodeid] = begun, 3 * limit
                tried = self._plan.patience.examples
                examples = f", at example {tried}" if tried > 1 else ""
                reporter.ensure_newline()
                reporter.write_line(f"still running after {seconds:.0f} s: {nodeid}{examples}")

    def _clear(self) -> None:
        reporter = self._reporter
        if self._drawn and reporter is not None:
            self._drawn = False
            self._write_below(reporter, "")

    @staticmethod
    def _write_below(reporter: pytest.TerminalReporter, text: str) -> None:
        """
        Write a line below the one that pytest is writing, and return to where it was.
        """
        writer = reporter._tw  # noqa: SLF001 - what is public would move its idea of the column
        column = writer.width_of_current_line + 1
        shown = text[: shutil.get_terminal_size().columns - 1]
        writer._file.write(f"\n\r{shown}\x1b[K\x1b[A\x1b[{column}G")  # noqa: SLF001
        writer._file.flush()  # noqa: SLF001
