"""
Aliases of executors and job stores, and which of those run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from bgsched.errors import UnknownAliasError
from bgsched.executors.base import BaseExecutor
from bgsched.jobstores.base import BaseJobStore

if TYPE_CHECKING:
    from datetime import datetime

Part = TypeVar("Part", BaseExecutor, BaseJobStore)


class Directory(Generic[Part]):
    """
    The executors, or the job stores, that are attached to a scheduler.

    The caller holds the scheduler's lock.

    Args:
        kind: What the parts are called in error messages.

    Attributes:
        running: Those that have been started and not been shut down.
        edits: Counts what was done to the contents behind the back of a pass (jobs that were
            changed or removed, parts that were detached): whoever sees the same number after giving
            up the lock for a while may go on with what was read before.
        resting: Until when passes leave those of the running alone that have failed.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._parts: dict[str, Part] = {}
        self._configured: set[str] = set()
        self._supplied: set[str] = set()
        self.running: dict[str, Part] = {}
        self.edits = 0
        self.resting: dict[str, datetime] = {}

    def add(self, alias: str, part: Part) -> None:
        """
        Attach a part.

        Raises:
            ValueError: The alias is taken.
            TypeError: The alias is no text.
        """
        if not isinstance(alias, str):
            raise TypeError(f"the {self._kind} needs an alias that is text, not {alias!r}")
        if alias in self._parts:
            raise ValueError(
                f"the scheduler already has the {self._kind} {alias!r}; remove it first"
            )
        self._parts[alias] = part

    def supply(self, alias: str, part: Part) -> None:
        """
        Attach a part that the user did not ask for.
        """
        self.add(alias, part)
        self._supplied.add(alias)

    def withdraw_supplied(self) -> None:
        """
        Detach what the user did not ask for.
        """
        for alias in self._supplied:
            self._parts.pop(alias, None)
        self._supplied.clear()

    def discard(self, alias: str, part: Part) -> None:
        """
        Detach a part, if it is still the one of this alias.
        """
        if self._parts.get(alias) is part:
            self.remove(alias)

    def reconfigure(self, parts: dict[str, Part]) -> None:
        """
        Replace what configurations attached before. What the user added stays (CONF-16).
        """
        self.withdraw_supplied()
        for alias in self._configured:
            self._parts.pop(alias, None)
        self._parts.update(parts)
        self._configured = set(parts)

    def get(self, alias: str) -> Part | None:
        """
        Return the part of this alias, or None.
        """
        return self._parts.get(alias)

    def remove(self, alias: str) -> Part:
        """
        Detach a part and return it.

        Raises:
            UnknownAliasError: There is none of this alias.
        """
        if alias not in self._parts:
            raise UnknownAliasError(self._kind, alias)
        self.edits += 1
        self.running.pop(alias, None)
        self.resting.pop(alias, None)
        self._configured.discard(alias)
        self._supplied.discard(alias)
        return self._parts.pop(alias)

    def waiting(self) -> list[tuple[str, Part]]:
        """
        Return the parts that have not been started.
        """
        return [item for item in self._parts.items() if item[0] not in self.running]

    def mark_running(self, alias: str, part: Part) -> bool:
        """
        Note that a part has been started; False if it was detached meanwhile.
        """
        if self._parts.get(alias) is not part:
            return False
        self.running[alias] = part
        return True

    def stop_all(self) -> list[Part]:
        """
        Note that none is to run any more, and return those that did.
        """
        parts = list(self.running.values())
        self.running.clear()
        self.resting.clear()
        return parts
