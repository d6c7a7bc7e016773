"""
Jobs that the tests schedule: they record their runs, and gates hold theirs until opened.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.patience import Patience


@dataclass(frozen=True)
class Run:
    """
    One call of a job.

    Attributes:
        at: The frozen clock when the call began, aware, in UTC.
        thread: Identity of the thread that made the call.
        arguments: Positional arguments of the call.
        keywords: Keyword arguments of the call.
    """

    at: datetime
    thread: int
    arguments: tuple[object, ...]
    keywords: dict[str, object]


class Tick:
    """
    A job that records each run and then does what it was told to.

    Pass `func` to ``add_job``. Safe to use from any thread.

    Args:
        name: Name of the callable, shown in the list of what was done.
        patience: Budget for waiting.
        action: Called in each run; what it returns or raises is the outcome of the run.
    """

    def __init__(
        self, name: str, patience: Patience, action: Callable[[], object] = lambda: None
    ) -> None:
        self.name = name
        self._patience = patience
        self._action = action
        self._condition = threading.Condition()
        self._begun: list[Run] = []
        self._ended = 0

        def func(*arguments: object, **keywords: object) -> object:
            return self._run(arguments, keywords)

        func.__name__ = func.__qualname__ = name
        self.func: Callable[..., object] = func

    def _run(self, arguments: tuple[object, ...], keywords: dict[str, object]) -> object:
        # The clock is the test's, frozen; this module is outside the rule for the library.
        at = datetime.now(UTC)  # noqa: TID251
        with self._condition:
            self._begun.append(Run(at, threading.get_ident(), arguments, keywords))
            self._condition.notify_all()
        try:
            return self._action()
        finally:
            with self._condition:
                self._ended += 1
                self._condition.notify_all()

    @property
    def runs(self) -> list[Run]:
        """
        The runs that have begun, in order.
        """
        with self._condition:
            return list(self._begun)

    @property
    def ended(self) -> int:
        """
        How many runs have ended.
        """
        with self._condition:
            return self._ended

    @property
    def held(self) -> int:
        """
        How many runs have begun and not ended.
        """
        with self._condition:
            return len(self._begun) - self._ended

    def wait_begun(self, count: int = 1) -> None:
        """
        Wait until *count* runs have begun.

        Raises:
            Stalled: They have not begun in time.
        """
        self._patience.wait(
            self._condition,
            lambda: len(self._begun) >= count,
            f"job {self.name} to begin {count} run(s)",
            lambda: f"{len(self._begun)} begun",
        )

    def wait_ended(self, count: int = 1, *, hurry: bool = True) -> None:
        """
        Wait until *count* runs have ended.

        Args:
            count: How many.
            hurry: As for `Patience.wait`.

        Raises:
            Stalled: They have not ended in time.
        """
        self._patience.wait(
            self._condition,
            lambda: self._ended >= count,
            f"job {self.name} to end {count} run(s)",
            lambda: f"{len(self._begun)} begun, {self._ended} ended",
            hurry=hurry,
        )


class Gate(Tick):
    """
    A job whose runs last until the gate is opened; then it does what it was told to.
    """

    def __init__(
        self, name: str, patience: Patience, action: Callable[[], object] = lambda: None
    ) -> None:
        self._opened = threading.Event()

        def held() -> object:
            self._opened.wait()
            return action()

        super().__init__(name, patience, held)

    @property
    def opened(self) -> bool:
        """
        Whether its runs may go on.
        """
        return self._opened.is_set()

    @property
    def held(self) -> int:
        """
        How many runs the gate holds; none once it is open.
        """
        return 0 if self.opened else super().held

    def open(self) -> None:
        """
        Let all runs go on, those to come too.
        """
        self._opened.set()
