"""
Jobs that can be reached by name, for what keeps jobs without keeping their functions.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from bgsched_conformance.jobs import Tick

_ticks: WeakValueDictionary[str, Tick] = WeakValueDictionary()
_numbers = itertools.count(1)


def key_of(tick: Tick) -> str:
    """
    Return a text by which `run` finds *tick* as long as somebody holds it.
    """
    key = f"{tick.name}-{next(_numbers)}"
    _ticks[key] = tick
    return key


def run(key: str, *arguments: object, **keywords: object) -> object:
    """
    Run the job that has this key; what it records are the other arguments.
    """
    return _ticks[key].func(*arguments, **keywords)


class Visitor:
    """
    An object that can be pickled and has a method to be scheduled.

    Args:
        key: Key of the job that the method runs.
    """

    def __init__(self, key: str) -> None:
        self.key = key

    def visit(self) -> None:
        """
        Run the job.
        """
        run(self.key, "visited")
