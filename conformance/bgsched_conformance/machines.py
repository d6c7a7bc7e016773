"""
State machines whose steps are taken note of, so that they can be done again without hypothesis.
"""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any

from hypothesis import stateful

from bgsched_conformance.example import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

_INVARIANT = "bgsched_invariant"


def rule(**strategies: SearchStrategy[Any]) -> Callable[[Any], Any]:
    """
    Declare a rule; see `hypothesis.stateful.rule`.
    """
    declare: Any = stateful.rule  # whose overloads are about bundles
    return lambda method: declare(**strategies)(_noted(method))


def initialize(**strategies: SearchStrategy[Any]) -> Callable[[Any], Any]:
    """
    Declare a rule that comes first; see `hypothesis.stateful.initialize`.
    """
    declare: Any = stateful.initialize
    return lambda method: declare(**strategies)(_noted(method))


def invariant() -> Callable[[Any], Any]:
    """
    Declare what holds after each step; see `hypothesis.stateful.invariant`.
    """

    def mark(method: Callable[..., object]) -> Callable[..., object]:
        checked = stateful.invariant()(method)
        setattr(checked, _INVARIANT, True)
        return checked

    return mark


def invariants(machine: type) -> list[str]:
    """
    Return the names of the invariants of a class of machines, in the order they are checked.
    """
    return [name for name, method in inspect.getmembers(machine) if hasattr(method, _INVARIANT)]


def _noted(method: Callable[..., object]) -> Callable[..., object]:
    @wraps(method)
    def call(machine: object, *arguments: object, **keywords: object) -> object:
        example = current()
        if example is None:
            return method(machine, *arguments, **keywords)
        with example.step(machine, method.__name__, keywords):
            return method(machine, *arguments, **keywords)

    return call
