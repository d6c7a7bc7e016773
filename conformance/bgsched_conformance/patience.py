"""
Bounded waits, measured in the machine's progress and not in seconds alone.

A wait is cut into short slices. On a busy machine each slice takes longer, for the waiter starves
like everybody else; so a budget of slices stretches with the load. When it is used up and the
slices took much longer than they should have, the machine is blamed (`Inconclusive`), not the
implementation.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from bgsched_conformance.findings import Inconclusive, Stalled

if TYPE_CHECKING:
    from collections.abc import Callable

SLICE = 0.05
FULL = 100  # slices: five seconds on a machine with time to spare
SHORT = 20  # once MANY waits have expired in one run, so that a dead implementation ends soon
MANY = 4
BUSY = 1.05  # slices that take this many times their length tell of other work on the machine
SLOW = 2.0  # and these of a machine too starved to judge anything


class _Real:
    # A class attribute: freezegun replaces the names of modules, and this one has to stay real.
    seconds = staticmethod(time.perf_counter)


class Patience:
    """
    The budget of one run for waiting, shared by all its tests. Safe to use from any thread.

    Args:
        full: Slices that a wait may take.

    Attributes:
        beats: Grows with each sign of life of the running test; the runner's guard watches it.
        hurried: Whether waits are short: the running test is expected to fail, or only noted.
    """

    def __init__(self, full: int = FULL) -> None:
        self.beats = 0
        self.hurried = False
        self._full = full
        self._expired = 0

    def beat(self) -> None:
        """
        Tell the guard that the test goes on.
        """
        self.beats += 1

    def wait(
        self,
        condition: threading.Condition,
        reached: Callable[[], bool],
        expected: str,
        actual: Callable[[], str] = lambda: "it did not happen",
        *,
        hurry: bool = True,
    ) -> None:
        """
        Wait until *reached* holds; *condition* is notified whenever that may have changed.

        Args:
            condition: Guards what *reached* reads; must not be held by the caller.
            reached: Called with *condition* held.
            expected: What is waited for, in words, for the failure.
            actual: Says how things stand when the wait expires; called with *condition* held.
            hurry: Whether the wait may be short where the run has reason to.

        Raises:
            Stalled: It did not happen although the machine had time for it.
            Inconclusive: It did not happen and the machine was too slow to tell.
        """
        with condition:
            elapsed = self._spend(lambda: condition.wait_for(reached, SLICE), hurry=hurry)
            found = actual() if elapsed is not None else ""
        if elapsed is not None:
            self._expire(elapsed, expected, found)

    def wait_event(self, event: threading.Event, expected: str) -> None:
        """
        Wait until *event* is set; raises as `wait` does.
        """
        elapsed = self._spend(lambda: event.wait(SLICE), hurry=True)
        if elapsed is not None:
            self._expire(elapsed, expected, "it did not happen")

    def _spend(self, wait_a_slice: Callable[[], bool], *, hurry: bool) -> float | None:
        """
        Wait slice by slice; return the seconds that were spent in vain, None if they were not.
        """
        self.beat()
        short = SHORT if hurry and (self.hurried or self._expired >= MANY) else self._full
        begun = _Real.seconds()
        elapsed = 0.0
        for slices in range(1, self._full + 1):
            if wait_a_slice():
                self.beat()
                return None
            elapsed = _Real.seconds() - begun
            # A short wait is for machines with time to spare; a busy one gets the whole budget.
            if slices >= short and elapsed < BUSY * slices * SLICE:
                break
        return elapsed

    def _expire(self, elapsed: float, expected: str, actual: str) -> None:
        if elapsed > SLOW * self._full * SLICE:
            raise Inconclusive(f"the machine was too slow to see whether {expected}")
        self._expired += not self.hurried
        raise Stalled(expected, f"{actual} within {elapsed:.1f} s")


def give_way(rounds: int = 200) -> None:
    """
    Let every other runnable thread have its turn: pass a token between two threads, *rounds* times.

    For proofs of absence. It can only make a fault more likely to show itself, never raise an
    alarm: what must not happen still must not have happened afterwards.
    """
    there, back = threading.Semaphore(0), threading.Semaphore(0)

    def echo() -> None:
        for _ in range(rounds):
            there.acquire()
            back.release()

    partner = threading.Thread(target=echo, name="bgsched-kit-echo", daemon=True)
    partner.start()
    for _ in range(rounds):
        there.release()
        back.acquire()
    partner.join()
