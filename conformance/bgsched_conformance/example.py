"""
What a property test tries: the arguments, the draws and the steps of its latest example.

When hypothesis has found the smallest example that fails, it runs that one once more, so in the end
it is the latest.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from hypothesis.strategies import DataObject

from bgsched_conformance.reproduction.literals import Literals
from bgsched_conformance.reproduction.modules import Unbundled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hypothesis.strategies import SearchStrategy

    from bgsched_conformance.patience import Patience


@dataclass(frozen=True)
class Step:
    """
    One step of a state machine.

    Attributes:
        rule: Name of the rule.
        arguments: What it was called with.
    """

    rule: str
    arguments: dict[str, object]

    @property
    def line(self) -> str:
        """
        The call as it would stand in source.
        """
        words = [f"{name}={_written(value)}" for name, value in self.arguments.items()]
        return f"{self.rule}({', '.join(words)})"


class Example:
    """
    The example that a property test has failed with; nothing of it for a plain test.

    Attributes:
        arguments: By name, what was generated alone.
        draws: What was drawn in the test, by name of the argument it was drawn from.
        machine: The state machine that was run, if the test is about one.
        steps: What was done with it.
    """

    def __init__(self) -> None:
        self.arguments: dict[str, object] = {}
        self.draws: dict[str, list[object]] = {}
        self.machine: object = None
        self.steps: list[Step] = []
        self._stepping = False

    def lines(self) -> list[str]:
        """
        Write the example as it would stand in source, a line for each argument, draw or step.
        """
        arguments = [f"{name}={_written(value)}" for name, value in self.arguments.items()]
        draws = [
            f"{name}.draw() -> {_written(value)}"
            for name, values in self.draws.items()
            for value in values
        ]
        return arguments + draws + [step.line for step in self.steps]

    @contextmanager
    def step(self, machine: object, rule: str, arguments: Mapping[str, object]) -> Iterator[None]:
        """
        Take note of a step; a rule that another one calls is none of its own.
        """
        if self._stepping:
            yield
            return
        if machine is not self.machine:
            self.machine, self.steps = machine, []
        self.steps.append(Step(rule, dict(arguments)))
        self._stepping = True
        try:
            yield
        finally:
            self._stepping = False


def _written(value: object) -> str:
    try:
        return Literals().write(value)
    except Unbundled:
        return repr(value)


_current: ContextVar[Example | None] = ContextVar("example", default=None)


def current() -> Example | None:
    """
    Return the example of the test that runs in this thread.
    """
    return _current.get()


@contextmanager
def watched(
    body: Callable[..., object],
    fixtures: Mapping[str, object],
    patience: Patience,
    example: Example,
) -> Iterator[None]:
    """
    Take note of what *body*, run in this thread, is called with; each example is a sign of life.

    Args:
        body: The test.
        fixtures: What it is given besides.
        patience: Told the signs of life.
        example: Takes the notes.
    """
    token = _current.set(example)
    handle: Any = getattr(body, "hypothesis", None)
    inner = handle and handle.inner_test

    def noting(*arguments: object, **keywords: object) -> object:
        patience.beat()
        patience.examples += 1
        draws = {
            name: _Drawing(value)
            for name, value in keywords.items()
            if isinstance(value, DataObject)
        }
        try:
            return inner(*arguments, **keywords | draws)
        except BaseException:
            example.arguments = {
                name: value
                for name, value in keywords.items()
                if name not in fixtures and name not in draws
            }
            example.draws = {name: drawing.drawn for name, drawing in draws.items()}
            raise

    if inner is not None:
        handle.inner_test = wraps(inner)(noting)
    try:
        yield
    finally:
        if inner is not None:
            handle.inner_test = inner
        _current.reset(token)


class _Drawing:
    """
    Stands in for hypothesis' `data` and keeps what was drawn.
    """

    def __init__(self, data: DataObject) -> None:
        self._data = data
        self.drawn: list[object] = []

    def draw(self, strategy: SearchStrategy[Any], label: Any = None) -> Any:
        """
        Draw a value.
        """
        value = self._data.draw(strategy, label)
        self.drawn.append(value)
        return value
