"""
A run with ``--bgsched-against``: the comparisons instead of the suite, and how they came out.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import effort, plan, selection, target
from bgsched_conformance.against.comparing import Comparing
from bgsched_conformance.against.score import Score
from bgsched_conformance.catalogue import PREFIX, Catalogue, Entry
from bgsched_conformance.progress import Progress
from bgsched_conformance.selection import Chosen

if TYPE_CHECKING:
    from bgsched_conformance.options import Options

_CHAPTER = "against"
_MODULE = "bgsched_conformance.against.same"
_OPTION = "--bgsched-against"


def configure(config: pytest.Config, asked: Options) -> None:
    """
    Check what was asked for and register the hooks of a comparison.

    Raises:
        pytest.UsageError: Something asked for is wrong; the message is one line.
    """
    assert asked.against is not None
    if asked.impl is None:
        raise _wrong(asked.against, "name the class to compare it with by --bgsched-impl")
    given = {
        "--bgsched-clause": asked.clauses,
        "--bgsched-waivers": asked.waivers,
        "--bgsched-write-waivers": asked.write_waivers,
        "--bgsched-report": asked.report,
        "--bgsched-adapter": asked.adapter,
    }
    useless = [option for option, value in given.items() if value]
    if useless:
        raise _wrong(
            asked.against,
            f"a comparison has no use for {' and '.join(useless)}: leave that out",
        )
    catalogue = _catalogue(asked)
    chosen = _choose(catalogue, config)
    targets = target.load(asked.impl, config), target.load(asked.against, config, _OPTION)
    config.stash[target.TARGET] = targets[0]
    if plan.leads(config):
        target.try_out(targets[0])
        target.try_out(targets[1], _OPTION)

    run = plan.Plan.draw(config, asked, chosen)
    progress = Progress(run)
    hooks: list[object] = [Comparing(run, progress.look, targets), progress]
    if plan.leads(config):
        hooks.append(Score(run, targets))
    run.register(catalogue.modules, hooks)


def _catalogue(asked: Options) -> Catalogue:
    # Its tests take the settings that are in force when it is imported.
    with effort.applied(asked.effort, 0):
        names = [name for name in vars(importlib.import_module(_MODULE)) if name[:5] == "test_"]
    ids = {f"{PREFIX}/{_CHAPTER}::{name}": name for name in names}
    entries = {node_id: Entry(node_id, _CHAPTER, name, ()) for node_id, name in ids.items()}
    return Catalogue({}, {_CHAPTER: _MODULE}, entries)


def _choose(catalogue: Catalogue, config: pytest.Config) -> Chosen:
    matched = selection.by_id(selection.take_ids(config), catalogue) or catalogue.entries
    return Chosen(
        {}, {key: catalogue.entries[key] for key in catalogue.entries if key in matched}, ""
    )


def _wrong(spec: str, what: str) -> pytest.UsageError:
    return pytest.UsageError(f"{_OPTION}={spec}: {what}")
