"""
What a script does besides its test: find the class, run the test, tell how it ended.

Bundled into each script; nothing here may need pytest or hypothesis.
"""

from __future__ import annotations

import importlib
import operator
import os
import sys
import traceback
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from bgsched_conformance.failure import shown
from bgsched_conformance.findings import Broken, Inconclusive, Stalled, Unsupported
from bgsched_conformance.naming import one_line
from bgsched_conformance.patience import Patience
from bgsched_conformance.runner import bounded
from bgsched_conformance.target import Target
from bgsched_conformance.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMPARISONS: dict[str, Callable[[Any, Any], object]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda item, container: item in container,
    "not in": lambda item, container: item not in container,
}


def check(expected: object, comparison: str, actual: object) -> None:
    """
    Compare two values, the expected one first.

    Raises:
        Broken: The comparison does not hold.
    """
    if not _COMPARISONS[comparison](expected, actual):
        if comparison == "==":
            raise Broken(shown(expected), shown(actual))
        raise Broken(f"{shown(expected)} {comparison} {shown(actual)}", "this does not hold")


class Drawn:
    """
    Stands in for hypothesis' `data`: gives what was drawn when the test failed.

    Args:
        values: In the order drawn.
    """

    def __init__(self, *values: Any) -> None:
        self._values = iter(values)

    def draw(self, *_strategy: object, **_label: object) -> Any:
        """
        Give the next value.
        """
        return next(self._values)


@contextmanager
def steps(machine: Any, *invariants: Callable[[], None]) -> Iterator[Callable[..., None]]:
    """
    Give what takes one step of a state machine and checks its invariants; tear it down at the end.
    """

    def step(rule: Callable[..., object], **arguments: object) -> None:
        rule(**arguments)
        for invariant in invariants:
            invariant()

    try:
        yield step
    finally:
        machine.teardown()


class Stage:
    """
    What a test of a script takes its arguments from.

    Attributes:
        target: The implementation.
        patience: Budget for waiting.
        did: What was done so far in the newest world, line by line.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.patience = Patience()
        self.did: list[str] = []

    def world(self) -> World:
        """
        Make a world, whose steps are told in the end.
        """
        world = World(self.target, self.patience)
        self.did = world.did
        return world


def main(reproduce: Callable[[Stage], object], spec: str) -> NoReturn:
    """
    Run the script, whose one argument is another class, and end the process.

    Args:
        reproduce: Runs the test.
        spec: ``module:Class`` of the class that failed, for want of another.
    """
    spec = sys.argv[1] if len(sys.argv) > 1 else spec
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if not __debug__:
        _leave("ERROR", "run it without -O: its assertions are what it consists of")
    _say(f"{__doc__}".strip().partition("\n\n")[0], f"  {'on':<10}{spec}")
    try:
        stage = Stage(_load(spec))
    except BaseException as error:  # noqa: BLE001 - whatever an import may raise
        _leave("ERROR", f"cannot import {spec}: {one_line(error)}")
    try:
        found = bounded(partial(reproduce, stage), stage.patience)
    except (Stalled, Inconclusive) as hang:
        found = hang
    except KeyboardInterrupt:
        _leave("ERROR", "interrupted")
    if found is None:
        _leave("FIXED", "all is as it should be")
    if isinstance(found, Inconclusive | Unsupported):
        _leave("ERROR", f"cannot tell: {found}")
    _leave("FAILED", _told(found, stage.did))


def _load(spec: str) -> Target:
    sys.path += [str(Path.cwd()), str(Path("src").resolve())]
    module, _, path = spec.partition(":")
    return Target(operator.attrgetter(path)(importlib.import_module(module)), spec)


def _told(error: BaseException, did: list[str]) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    tests = [number for number, frame in enumerate(frames) if frame.name.startswith("test_")]
    frames = traceback.StackSummary.from_list(frames[tests[0] :] if tests else frames)
    expected, actual = getattr(error, "expected", ""), getattr(error, "actual", one_line(error))
    if type(error) is AssertionError and not str(error):
        expected, actual = f"{frames[-1].line}".removeprefix("assert "), "this does not hold"
    for label, lines in (
        ("did", did),
        ("expected", [expected] * bool(expected)),
        ("actual", [actual]),
        ("in", [f"line {frames[0].lineno}: {frames[0].line}"]),
    ):
        _say(*(f"  {'' if number else label:<10}{line}" for number, line in enumerate(lines)))
    if not isinstance(error, Broken | Stalled):
        _say("".join(frames.format()).rstrip())
    return f"expected {expected}; actual: {actual}" if expected else f"{actual}"


def _say(*lines: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads, or the implementation has closed it
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()


def _leave(word: str, reason: str) -> NoReturn:
    _say(f"{word:<7} {' '.join(reason.split())}")
    if "multiprocessing" in sys.modules:
        for process in sys.modules["multiprocessing"].active_children():
            process.kill()  # a pool would do so in the end, which does not come
    os._exit({"FIXED": 0, "FAILED": 1, "ERROR": 2}[word])  # whatever threads are left
