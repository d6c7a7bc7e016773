"""
Run the comparisons: bounded as all tests of the kit are, each end told in its report.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.against.comparison import Comparison, Different
from bgsched_conformance.collection import is_ours
from bgsched_conformance.execution import Execution
from bgsched_conformance.fixtures import PATIENCE
from bgsched_conformance.naming import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bgsched_conformance.plan import Plan
    from bgsched_conformance.target import Target


SAME, DIFFERENT, UNDECIDED = "same", "different", "undecided"
ENDED, COMPARED, UNSTEADY = "bgsched_ended", "bgsched_compared", "bgsched_unsteady"
_COMPARISON = pytest.StashKey[Comparison]()


class Comparing(Execution):
    """
    The hooks around the run of one comparison, in the process that runs it.

    Args:
        plan: Of the run.
        look: Called now and then while a comparison runs.
        targets: The two implementations.
    """

    def __init__(
        self, plan: Plan, look: Callable[[], object], targets: tuple[Target, Target]
    ) -> None:
        super().__init__(plan, look)
        self._targets = targets

    @pytest.fixture
    def comparison(self, request: pytest.FixtureRequest) -> Comparison:
        """
        What a test compares the two with.
        """
        comparison = Comparison(self._targets, request.config.stash[PATIENCE])
        request.node.stash[_COMPARISON] = comparison
        return comparison

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """
        Tell the end of a comparison in its report, which travels between processes.
        """
        report = yield
        comparison = item.stash.get(_COMPARISON, None)
        if not is_ours(item) or call.when != "call" or comparison is None:
            return report
        error = None if call.excinfo is None else call.excinfo.value
        ended = DIFFERENT if isinstance(error, Different) else UNDECIDED
        if ended == DIFFERENT:
            report.sections.clear()  # of all sequences tried, which only hides the one shown
            report.longrepr = f"{error}\n\nrerun  {self._rerun(item.nodeid)}"
        elif error is None and comparison.compared:
            ended = SAME
        else:
            reason = one_line(error) if error else "the machine was too slow to compare anything"
            report.outcome = "skipped"
            report.longrepr = (
                *item.location[:1],
                (item.location[1] or 0) + 1,
                f"Skipped: {reason}",
            )
        told = {ENDED: ended, COMPARED: comparison.compared, UNSTEADY: comparison.unsteady}
        report.user_properties += told.items()
        return report

    def _rerun(self, node_id: str) -> str:
        one, other = self._targets
        words = [f"--bgsched-impl={one.spec}", f"--bgsched-against={other.spec}"]
        words += [
            f"--bgsched-effort={self._plan.options.effort}",
            f"--bgsched-seed={self._plan.seed}",
        ]
        return shlex.join(["pytest", *words, node_id])
