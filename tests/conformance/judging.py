"""
Run single tests of the suite on a class, in this process and without pytest.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from typing import TYPE_CHECKING, Any

from bgsched_conformance import catalogue, effort, runner
from bgsched_conformance.findings import Inconclusive, Unsupported
from bgsched_conformance.world import World

if TYPE_CHECKING:
    from bgsched_conformance.catalogue import Catalogue, Entry
    from bgsched_conformance.patience import Patience
    from bgsched_conformance.target import Target


@functools.cache
def suite() -> Catalogue:
    """
    Load the suite, once.
    """
    # A property test keeps the settings that are in force when its module is imported.
    with effort.applied("quick", 0):
        return catalogue.load()


def judged(entry: Entry) -> bool:
    """
    Whether an entry is a test that counts.
    """
    return not entry.untestable and not entry.informational


def verdict(entry: Entry, target: Target, patience: Patience) -> str:
    """
    Run one test of the suite on *target* and say how it ended.

    Returns:
        ``passed``, or one of ``unsupported``, ``inconclusive`` and ``failed`` with the reason.
    """
    test = getattr(importlib.import_module(suite().modules[entry.chapter] or ""), entry.name)

    def make() -> World:
        return World(target, patience)

    offered: dict[str, Any] = {"world": make, "worlds": lambda: make, "target": lambda: target}
    wanted = {name: offered[name]() for name in inspect.signature(test).parameters}
    try:
        with effort.applied("quick", 0):
            runner.run(test, wanted, patience)
    except Unsupported as error:
        return f"unsupported: {error}"
    except Inconclusive as error:
        return f"inconclusive: {error}"
    except BaseException as error:  # noqa: BLE001 - any end but a return is a failure
        return f"failed: {type(error).__name__}: {error}"
    return "passed"
