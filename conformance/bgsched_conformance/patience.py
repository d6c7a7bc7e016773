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
from typing import TYPE_CHECKING, NoReturn

from bgsched_conformance.findings import Inconclusive, Stalled

if TYPE_CHECKING:
    from collections.abc import Callable

SLICE = 0.05
FULL = 100  # slices: five seconds on a machine with time to spare
SHORT = 6  # for what is expected to fail
WEARY = 20  # once MANY waits have expired in one run, so that a dead implementation ends soon
MANY = 6
BUSY = 1.05  # slices that take this many times their length tell of other work on the machine
SLOW = 2.0  # and these of a machine too starved to judge anything


class Real:
    """
    Time that is never frozen: freezegun replaces the names of modules, not those of classes.
    """

    seconds = staticmethod(time.perf_counter)


class Budget:
    """
    The slices that one wait may take.

    Args:
        full: Slices of a wait that runs its whole length.
        short: Slices that are enough on a machine with time to spare.

    Attributes:
        seconds: How long the slices spent so far have taken.
    """

    def __init__(self, full: int, short: int) -> None:
        self._full = full
        self._short = min(short, full)
        self._begun = Real.seconds()
        self._slices = 0
        self.seconds = 0.0

    def spend(self) -> bool:
        """
        Take note that a slice has passed in vain; False if it was the last one.
        """
        self._slices += 1
        self.seconds = Real.seconds() - self._begun
        # A short wait is for machines with time to spare; a busy one gets the whole budget.
        idle = self.seconds < BUSY * self._slices * SLICE
        return self._slices < (self._short if idle else self._full)

    @property
    def starved(self) -> bool:
        """
        Whether the slices took so long that they tell nothing.
        """
        return self.seconds > SLOW * self._slices * SLICE


class Patience:
    """
    How long a run waits, shared by all its tests. Safe to use from any thread.

    Args:
        full: Slices that a wait may take.

    Attributes:
        beats: Grows with each sign of life of the running test; the runner's guard watches it.
        hurried: Whether waits are short: the running test is expected to fail, or only noted.
        examples: How many examples the running test has begun, if its choices are random.
        stride: Of the lines at which a thread can be stopped, every how-manieth is tried.
    """

    def __init__(self, full: int = FULL) -> None:
        self.beats = 0
        self.hurried = False
        self.examples = 0
        self.stride = 1
        self._full = full
        self._expired = 0

    def beat(self) -> None:
        """
        Tell the guard that the test goes on.
        """
        self.beats += 1

    def budget(self, *, hurry: bool = True) -> Budget:
        """
        Return a fresh budget, for one wait.

        Args:
            hurry: Whether the wait may be short where the run has reason to.
        """
        if not hurry:
            return Budget(self._full, self._full)
        if self.hurried:
            return Budget(self._full, SHORT)
        return Budget(self._full, WEARY if self._expired >= MANY else self._full)

    def guard(self) -> Budget:
        """
        Return a fresh budget for a body that gives no sign of life.

        Haste does not shorten it: the body may be about something slow.
        """
        return Budget(self._full, WEARY if self._expired >= MANY else self._full)

    def expire(self, budget: Budget, expected: str, actual: str) -> NoReturn:
        """
        Raise what a budget used up in vain comes to.

        Raises:
            Stalled: It did not happen although the machine had time for it.
            Inconclusive: It did not happen and the machine was too slow to tell.
        """
        if budget.starved:
            raise Inconclusive(f"the machine was too slow to see whether {expected}")
        self._expired += not self.hurried
        raise Stalled(expected, f"{actual} within {budget.seconds:.1f} s")

    def wait(
        self,
        condition: threading.Condition,
        reached: Callable[[], bool],
        expected: str,
        actual: Callable[[], str] = lambda: "it did not happen",
        *,
        hurry: bool = True,
        slices: int | None = None,
    ) -> None:
        """
        Wait until *reached* holds; *condition* is notified whenever that may have changed.

        Args:
            condition: Guards what *reached* reads; must not be held by the caller.
            reached: Called with *condition* held.
            expected: What is waited for, in words, for the failure.
            actual: Says how things stand when the wait expires; called with *condition* held.
            hurry: Whether the wait may be short where the run has reason to.
            slices: For what takes its own time, whatever the run's budget.

        Raises:
            Stalled: It did not happen although the machine had time for it.
            Inconclusive: It did not happen and the machine was too slow to tell.
        """
        budget = Budget(slices, slices) if slices else self.budget(hurry=hurry)
        with condition:
            while not condition.wait_for(reached, SLICE):
                self.beat()
                if not budget.spend():
                    break
            else:
                return
            found = actual()
        self.expire(budget, expected, found)

    def wait_event(self, event: threading.Event, expected: str) -> None:
        """
        Wait until *event* is set; raises as `wait` does.
        """
        budget = self.budget()
        while not event.wait(SLICE):
            self.beat()
            if not budget.spend():
                self.expire(budget, expected, "it did not happen")


def give_way(rounds: int = 100) -> None:
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
