"""
Jobs and values that a job store must be able to find again by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bgsched.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from datetime import datetime


def returned(*args: object, **kwargs: object) -> tuple[tuple[object, ...], dict[str, object]]:
    """
    Return the arguments.
    """
    return args, kwargs


@dataclass(frozen=True)
class Greeter:
    """
    Something picklable, with methods.
    """

    greeting: str

    def greet(self, name: str) -> str:
        """
        Return a greeting.
        """
        return f"{self.greeting} {name}"

    def __call__(self) -> str:
        """
        Return the greeting alone.
        """
        return self.greeting


class Once(BaseTrigger):
    """
    A custom trigger: fires at once, and never again.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return now, or None after the first time.
        """
        return now if previous_fire_time is None else None
