"""
Do the same on two implementations and find the first difference in what comes of it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bgsched_conformance.against import table
from bgsched_conformance.against.player import STUCK, Player
from bgsched_conformance.calls import Call
from bgsched_conformance.findings import Inconclusive, Stalled
from bgsched_conformance.patience import FULL, Patience
from bgsched_conformance.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.against.questions import Question
    from bgsched_conformance.against.sight import Observation
    from bgsched_conformance.against.steps import Step
    from bgsched_conformance.target import Target

    Trace = list[Observation]

# Sequences that end in a hang, each of which takes seconds; after so many no others are tried.
_MOST_STUCK = 6


class Different(AssertionError):  # noqa: N818 - a finding, no error of ours
    """
    Two implementations differ; the text tells where, with both traces side by side.
    """


class Comparison:
    """
    Compares two implementations in one test.

    Args:
        targets: The two; what is seen of the first stands on the left.
        patience: Of the run.

    Attributes:
        compared: How many sequences were played on both.
        unsteady: How many of these led to a difference once and not again.
    """

    def __init__(self, targets: tuple[Target, Target], patience: Patience) -> None:
        self.compared = self.unsteady = 0
        self._targets = targets
        self._patience = patience
        # Expires first, so that a step which comes to no rest is told from a call that hangs.
        self._waits = Patience(FULL // 2)
        self._known: dict[str, str] = {}
        self._stuck = 0

    def check(self, steps: tuple[Step, ...]) -> None:
        """
        Play *steps* on both.

        Raises:
            Different: They lead to a difference, twice; one that a race makes is nothing to go by.
        """
        self._check(steps, partial(self._play, steps))

    def ask(self, question: Question) -> None:
        """
        Put *question* to both.

        Raises:
            Different: They answer differently.
        """
        self._check((question,), partial(self._answer, question))

    def _check(
        self, steps: tuple[Step, ...] | tuple[Question], trace: Callable[[Target], Trace]
    ) -> None:
        key = repr(steps)
        if key not in self._known:
            traces = self._differing(trace)
            if traces is None:
                return
            names = self._targets[0].spec, self._targets[1].spec
            self._known[key] = "\n".join(table.lines(steps, traces, names))
        raise Different(self._known[key])

    def _differing(self, trace: Callable[[Target], Trace]) -> tuple[Trace, Trace] | None:
        differences = set()
        for _ in range(2):
            if self._stuck >= _MOST_STUCK:
                return None
            try:
                left, right = map(trace, self._targets)
            except Inconclusive:
                return None
            self._stuck += any(STUCK in seen.values() for seen in (*left[-1:], *right[-1:]))
            self.compared += not differences
            differences.add(first_difference(left, right))
            if None in differences:
                break
        self.unsteady += len(differences) > 1
        return (left, right) if None not in differences else None

    def _play(self, steps: tuple[Step, ...], target: Target) -> Trace:
        with World(target, self._waits) as world:
            return Player(world, self._patience).play(steps)

    def _answer(self, question: Question, target: Target) -> Trace:
        try:
            told = Call(str(question), partial(question.ask, target), self._patience).result()
        except Stalled:
            told = STUCK
        except Exception:  # noqa: BLE001 - of what class is left open
            told = "raised an error"
        return [{"result": told}]


def first_difference(left: Trace, right: Trace) -> tuple[int, tuple[str, ...]] | None:
    """
    Return the number of the first step that led to something else, and the aspects that differ.

    An aspect that is not seen on both sides, such as a state that is not published, is no matter.
    """
    for number, (one, other) in enumerate(zip(left, right, strict=False)):
        aspects = tuple(name for name in one if name in other and one[name] != other[name])
        if aspects:
            return number, aspects
    return None
