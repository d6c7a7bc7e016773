"""
How a run of comparisons came out, in the process that the user started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bgsched_conformance.against.comparing import (
    COMPARED,
    DIFFERENT,
    ENDED,
    SAME,
    UNSTEADY,
)
from bgsched_conformance.session import OVERRULED
from bgsched_conformance.verdict import EXIT_CODES, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from bgsched_conformance.plan import Plan
    from bgsched_conformance.target import Target


class Score:
    """
    Gathers the ends of all comparisons.

    Args:
        plan: Of the run.
        targets: The two implementations.
    """

    def __init__(self, plan: Plan, targets: tuple[Target, Target]) -> None:
        self._config = plan.config
        self._ends = dict.fromkeys(plan.chosen.entries, "not run")
        self._counts = {COMPARED: 0, UNSTEADY: 0}
        self._host_failed = False
        names = [f"{each.spec} {each.version}".rstrip() for each in targets]
        self._title = f"bgsched comparison · {' · against '.join(names)} · seed {plan.seed}"

    def pytest_report_header(self) -> str:
        """
        Name what is compared before it is.
        """
        return self._title

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Take one report, of this process or of a worker.
        """
        if report.nodeid not in self._ends:
            self._host_failed |= report.failed
            return
        told = dict(report.user_properties)
        if ENDED in told:
            self._ends[report.nodeid] = str(told[ENDED])
            for name in self._counts:
                self._counts[name] += int(str(told[name]))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """
        Let the exit status follow from the comparisons.
        """
        if exitstatus in OVERRULED and not self._config.option.collectonly:
            failed = self._host_failed or DIFFERENT in self._ends.values()
            complete = set(self._ends.values()) <= {SAME}
            word = Word.CONFORMANT if complete else Word.INCOMPLETE
            session.exitstatus = EXIT_CODES[Word.NOT_CONFORMANT if failed else word]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Print how they came out.
        """
        if self._config.option.collectonly:
            return
        terminalreporter.ensure_newline()
        terminalreporter.section("bgsched comparison")
        for line in self._lines():
            terminalreporter.write_line(line)

    def _lines(self) -> Iterator[str]:
        yield self._title
        for node_id, end in self._ends.items():
            yield f"  {end:<10} {node_id}"
        if self._counts[UNSTEADY]:
            yield f"  {self._counts[UNSTEADY]} sequences led to a difference once and not again"
        ends = list(self._ends.values())
        if DIFFERENT in ends:
            yield f"result  DIFFERENT ({ends.count(DIFFERENT)} of {len(ends)} comparisons)"
        elif set(ends) <= {SAME}:
            yield f"result  SAME (no difference in {self._counts[COMPARED]} sequences)"
        else:
            left = len(ends) - ends.count(SAME)
            yield f"result  INCOMPLETE ({left} of {len(ends)} comparisons undecided or not run)"
