"""
Schedulers with one planted fault each: the proof that every clause's test can fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Faulty = TypeVar("Faulty", bound=type)


@dataclass(frozen=True)
class Fault:
    """
    One planted fault.

    Attributes:
        scheduler: The faulty class.
        clause: The clause it breaks.
        also: Other clauses that cannot but break with it.
    """

    scheduler: type[Any]
    clause: str
    also: tuple[str, ...]

    @property
    def spec(self) -> str:
        """
        What ``--bgsched-impl`` takes to judge it.
        """
        return f"{self.scheduler.__module__}:{self.scheduler.__qualname__}"


FAULTS: list[Fault] = []


def fault(clause: str, *, also: tuple[str, ...] = ()) -> Callable[[Faulty], Faulty]:
    """
    Enter a faulty scheduler in the register.
    """

    def enter(scheduler: Faulty) -> Faulty:
        FAULTS.append(Fault(scheduler, clause, also))
        return scheduler

    return enter
