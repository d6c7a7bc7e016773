"""
Put the kit together for one run.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import options

if TYPE_CHECKING:
    from bgsched_conformance.catalogue import Catalogue
    from bgsched_conformance.options import Options

_EXTRA = ("hypothesis", "freezegun")


def configure(config: pytest.Config) -> None:
    """
    Check what was asked for and register the kit's hooks.

    Raises:
        pytest.UsageError: Something asked for is wrong; the message is one line.
    """
    asked = options.read(config)
    if asked.against is not None:
        _need_extra()
        from bgsched_conformance.against import contest  # noqa: PLC0415 - heavy

        contest.configure(config, asked)
        return
    assert asked.impl is not None
    catalogue = _catalogue(asked)
    # These import hypothesis and freezegun, which may be missing until `_catalogue` has looked.
    from bgsched_conformance import plan, selection, target, waivers  # noqa: PLC0415
    from bgsched_conformance.execution import Execution  # noqa: PLC0415
    from bgsched_conformance.progress import Progress  # noqa: PLC0415
    from bgsched_conformance.session import Judge  # noqa: PLC0415
    from bgsched_conformance.waivers import drafts  # noqa: PLC0415

    chosen = selection.choose(catalogue, asked, selection.take_ids(config))
    waived = waivers.load(asked.waivers, catalogue, config)
    named = target.load(asked.impl, config)
    config.stash[target.TARGET] = target.adapted(named, asked.adapter, config)
    if plan.leads(config):
        target.try_out(config.stash[target.TARGET])
        if asked.write_waivers is not None:
            name = asked.write_waivers
            drafts.check(name, config.invocation_params.dir / name)

    run = plan.Plan.draw(config, asked, chosen, waived)
    progress = Progress(run)
    hooks: list[object] = [Execution(run, progress.look), progress]
    if plan.leads(config):
        judge = Judge(run)
        hooks.append(judge)
        if asked.report is not None and not config.option.collectonly:
            from bgsched_conformance.reports.reporter import Reporter  # noqa: PLC0415 - if asked

            hooks.append(Reporter(run, judge))
    run.register(catalogue.modules, hooks)


def print_clauses(config: pytest.Config) -> int:
    """
    Print the clauses selected, with their tests.

    Raises:
        pytest.UsageError: Something asked for is wrong; the message is one line.
    """
    asked = options.read(config)
    catalogue = _catalogue(asked)
    from bgsched_conformance import selection  # noqa: PLC0415 - see `configure`

    for clause in selection.choose(catalogue, asked, ()).clauses.values():
        sys.stdout.write(f"{clause.id}  {clause.level}  {clause.sentence}\n")
        for entry in catalogue.of_clause(clause.id):
            told = f"untestable: {entry.untestable}" if entry.untestable else entry.node_id
            sys.stdout.write(f"    {told}\n")
    return pytest.ExitCode.OK


def _need_extra() -> None:
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise pytest.UsageError(
            f"the conformance suite needs {' and '.join(missing)}: "
            'pip install "bgsched[conformance]"'
        )


def _catalogue(asked: Options) -> Catalogue:
    _need_extra()
    from bgsched_conformance import catalogue, effort  # noqa: PLC0415 - see `configure`

    # Settings of the suite's own take what they do not give from the profile at import.
    with effort.applied(asked.effort, 0):
        return catalogue.load()
