"""
Run our items: bounded, under our own hypothesis settings, each end of a test judged.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import capabilities, effort, judgement, record, runner
from bgsched_conformance.collection import is_ours
from bgsched_conformance.example import Example
from bgsched_conformance.failure import (
    Comparison,
    Story,
    in_a_line,
    rerun_command,
    shortened,
    traceback_of,
)
from bgsched_conformance.findings import Broken, DeclaredOff, blamed
from bgsched_conformance.fixtures import DID, EXAMPLE, PATIENCE, PROBES
from bgsched_conformance.judgement import Judgement, Shown
from bgsched_conformance.naming import one_line
from bgsched_conformance.program import SCRIPTS, program_of
from bgsched_conformance.shield import output_shielded
from bgsched_conformance.target import TARGET
from bgsched_conformance.texts import fit
from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from bgsched_conformance.plan import Plan
    from bgsched_conformance.waivers import Waiver


# Outcomes of tests that have raised something, and of those whose failure a program can show.
_TOLD = {Outcome.FAIL, Outcome.WAIVED, Outcome.NOTED, Outcome.INCONCLUSIVE}
_SCRIPTED = {Outcome.FAIL, Outcome.WAIVED}


class Execution:
    """
    The hooks around the run of one item, in the process that runs it.

    Args:
        plan: Of the run.
        look: Called now and then while an item runs.
    """

    def __init__(self, plan: Plan, look: Callable[[], object]) -> None:
        self._plan = plan
        self._look = look
        self._comparison: Comparison | None = None
        self._excepthook = threading.excepthook

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """
        Prepare the process for one of our items, and for one of the host's again.
        """
        with ExitStack() as stack:
            if is_ours(item):
                self._comparison = None
                self._plan.patience.examples = 0
                probed = capabilities.of_probe(item.nodeid)
                if probed in item.config.stash[TARGET].missing:
                    item.stash[PROBES] = probed
                item.config.stash[PATIENCE] = self._plan.patience
                self._plan.patience.hurried = bool(
                    self._plan.chosen.entries[item.nodeid].informational
                    or self._waivers_of(item)
                    or PROBES in item.stash
                )
                # Left in place until an item of the host comes: threads end late. What they raise
                # is the business of the `World` they were born in, not of the item that runs then.
                threading.excepthook = _ignore
                stack.enter_context(effort.applied(self._plan.options.effort, self._plan.seed))
            elif threading.excepthook is _ignore:
                threading.excepthook = self._excepthook
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """
        Run the body where it can do no harm.
        """
        if not is_ours(pyfuncitem):
            return None
        if PROBES not in pyfuncitem.stash:
            lacking = capabilities.of_clauses(
                self._plan.chosen.entries[pyfuncitem.nodeid].clauses,
                pyfuncitem.config.stash[TARGET].missing,
            )
            if lacking is not None:
                raise DeclaredOff(lacking)
        names = pyfuncitem._fixtureinfo.argnames  # noqa: SLF001 - nothing public tells
        arguments = {name: pyfuncitem.funcargs[name] for name in names}
        example = pyfuncitem.stash[EXAMPLE] = Example()
        body = _contained(pyfuncitem.obj)
        with output_shielded():
            runner.run(body, arguments, self._plan.patience, self._look, example)
        return True

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """
        Keep what an assertion compared.
        """
        self._comparison = Comparison.of(op, left, right)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """
        Judge the end of an item and tell it in the report, which travels between processes.
        """
        report = yield
        if not is_ours(item) or (call.excinfo is None and call.when != "call"):
            return report
        concerned = self._concerned(item, call.excinfo)
        judged = self._judge(item, call)
        story = None
        if call.excinfo is not None and judged.outcome in _TOLD:
            story = self._story(item, call.excinfo, judged, concerned)
        self._show(report, item, call.excinfo, judged, story)
        failure = None
        if story is not None and call.excinfo is not None:
            asked = self._plan.options.report is not None
            failure = record.of_failure(story, traceback_of(call.excinfo) if asked else "")
        vars(report)[record.RECORD] = record.of_end(judged, concerned, failure)
        clauses = [self._plan.chosen.clauses[one] for one in concerned]
        properties = record.properties_of(judged, clauses, story)
        report.user_properties.extend(properties)
        item.user_properties.extend(properties)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> Generator[None, object, object]:
        """
        Make one of our reports fit to travel, for a text that is not would end the worker.
        """
        data = yield
        return fit(data) if report.nodeid in self._plan.chosen.entries else data

    def _judge(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Judgement:
        if PROBES in item.stash:
            return judgement.of_probe(item.stash[PROBES], works=call.excinfo is None)
        waivers = self._waivers_of(item)
        if call.excinfo is None:
            return judgement.of_pass(waivers)
        entry = self._plan.chosen.entries[item.nodeid]
        levels = [
            Level[self._plan.chosen.clauses[clause].level]
            for clause in self._concerned(item, call.excinfo)
        ]
        error = call.excinfo.value
        reason = in_a_line(error, self._comparison)
        return judgement.of_failure(entry, error, levels, self._plan.options.level, waivers, reason)

    def _concerned(
        self, item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException] | None
    ) -> list[str]:
        """
        Return the selected clauses that the end of a test says something about.
        """
        clauses = self._plan.chosen.entries[item.nodeid].clauses
        laid_on = blamed(excinfo.value) if excinfo is not None else ()
        if excinfo is not None and isinstance(excinfo.value, DeclaredOff):
            about = capabilities.CAPABILITIES[excinfo.value.capability]
            laid_on = tuple(clause for clause in clauses if about.concerns(clause))
        return [
            clause
            for clause in clauses
            if clause in self._plan.chosen.clauses and (not laid_on or clause in laid_on)
        ]

    def _waivers_of(self, item: pytest.Item) -> list[Waiver]:
        return [waiver for waiver in self._plan.waivers if item.nodeid in waiver.tests]

    def _story(
        self,
        item: pytest.Item,
        excinfo: pytest.ExceptionInfo[BaseException],
        judged: Judgement,
        concerned: Sequence[str],
    ) -> Story:
        example = item.stash.get(EXAMPLE, Example())
        random = hasattr(getattr(item, "obj", None), "hypothesis") or bool(example.steps)
        did: list[str] = item.stash.get(DID, [])
        seed = self._plan.seed if random else None
        story = Story(
            clauses=[self._plan.chosen.clauses[one] for one in concerned],
            verb="FAIL",
            error=excinfo.value,
            comparison=self._comparison,
            did=did,
            example=example.lines(),
            advice=judged.advice,
            seed=seed,
            rerun=rerun_command(item.nodeid, item.config.stash[TARGET].words, seed=seed),
        )
        if self._plan.options.report is None or judged.outcome not in _SCRIPTED:
            return story
        clause = concerned[0] if concerned else self._plan.chosen.entries[item.nodeid].clauses[0]
        name = f"{clause}-{self._plan.chosen.place(item.nodeid, clause)}.py"
        program = program_of(item, story, name)
        if program is None:
            return story
        return replace(story, program=program, script=f"{SCRIPTS}/{name}")

    def _show(
        self,
        report: pytest.TestReport,
        item: pytest.Item,
        excinfo: pytest.ExceptionInfo[BaseException] | None,
        judged: Judgement,
        story: Story | None,
    ) -> None:
        """
        Make pytest show what the end means, which is not always what it was.
        """
        if judged.shown is Shown.FAILED and excinfo is not None and story is not None:
            if item.config.getoption("fulltrace"):
                longrepr = excinfo.getrepr(tbfilter=False)
            else:
                longrepr = excinfo.getrepr(style="short", tbfilter=shortened)
            told = fit("\n".join(story.lines(self._plan.options.report or "")))
            longrepr.addsection("bgsched", told)
            report.longrepr = longrepr
        elif judged.shown is Shown.FAILED:
            report.outcome = "failed"
            report.longrepr = judged.reason
        elif judged.shown is Shown.XFAILED:
            report.outcome = "skipped"
            report.wasxfail = judged.reason
        elif judged.shown is Shown.SKIPPED:
            report.outcome = "skipped"
            path, line, _ = item.location
            report.longrepr = (path, (line or 0) + 1, f"Skipped: {judged.reason}")


def _contained(body: Callable[..., object]) -> Callable[..., object]:
    # An implementation that ends the process, or pretends that the user did, fails its test alone.
    @wraps(body)
    def call(**arguments: object) -> object:
        try:
            return body(**arguments)
        except (SystemExit, KeyboardInterrupt, pytest.exit.Exception) as error:
            raise Broken("the process to be left alone", f"raised {one_line(error)}") from error

    return call


def _ignore(_args: threading.ExceptHookArgs) -> None:
    pass
