"""
Run the kit on a class: single tests in this process and without pytest, or all of it.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from hypothesis import settings

from bgsched_conformance import catalogue, effort, runner
from bgsched_conformance.findings import Inconclusive, Unsupported
from bgsched_conformance.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bgsched_conformance.catalogue import Catalogue, Entry
    from bgsched_conformance.example import Example
    from bgsched_conformance.patience import Patience
    from bgsched_conformance.target import Target


BOUND = 300  # seconds; only a run that would never end gets there


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


def run_kit(spec: str, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """
    Run the kit on a class, in a process of its own that has an empty directory to itself.
    """
    command = [sys.executable, "-m", "pytest", "-p", "bgsched_conformance.plugin"]
    return subprocess.run(
        [*command, f"--bgsched-impl={spec}", "--bgsched-seed=1", *arguments],
        cwd=directory,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the kit may be installed, or on the path only
        },
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )


def verdict(entry: Entry, target: Target, patience: Patience, *, glance: bool = False) -> str:
    """
    Run one test of the suite on *target* and say how it ended.

    Args:
        entry: The test.
        target: The implementation.
        patience: Budget for waiting.
        glance: A property test tries a single example, and few orders of threads.

    Returns:
        ``passed``, or one of ``unsupported``, ``inconclusive`` and ``failed`` with the reason.
    """
    with _glancing(function_of(entry), patience) if glance else nullcontext():
        error = raised(entry, target, patience)
    if error is None:
        return "passed"
    if isinstance(error, Unsupported):
        return f"unsupported: {error}"
    if isinstance(error, Inconclusive):
        return f"inconclusive: {error}"
    return f"failed: {type(error).__name__}: {error}"


def raised(
    entry: Entry, target: Target, patience: Patience, example: Example | None = None
) -> BaseException | None:
    """
    Run one test of the suite on *target* and return what it raised.

    Args:
        entry: The test.
        target: The implementation.
        patience: Budget for waiting.
        example: Takes note of what a property test tries.
    """
    test = function_of(entry)

    def make() -> World:
        return World(target, patience)

    offered: dict[str, Any] = {"world": make, "worlds": lambda: make, "target": lambda: target}
    wanted = {name: offered[name]() for name in inspect.signature(test).parameters}
    try:
        with effort.applied("quick", 0):
            runner.run(test, wanted, patience, example=example)
    except BaseException as error:  # noqa: BLE001 - any end but a return tells something
        return error
    return None


def function_of(entry: Entry) -> Any:
    """
    Return the function of a test.
    """
    return getattr(importlib.import_module(suite().modules[entry.chapter] or ""), entry.name)


@contextmanager
def _glancing(test: Any, patience: Patience) -> Iterator[None]:
    patience.stride = 20
    # Hypothesis offers no way to change the settings of a test that has been decorated.
    own = vars(test).get("_hypothesis_internal_use_settings")
    if own is not None:
        test._hypothesis_internal_use_settings = settings(own, max_examples=1)
    try:
        yield
    finally:
        patience.stride = 1
        if own is not None:
            test._hypothesis_internal_use_settings = own
