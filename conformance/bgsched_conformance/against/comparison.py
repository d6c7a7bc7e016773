"""
Play the same steps on two implementations and find the first difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bgsched_conformance.against import table
from bgsched_conformance.against.player import STUCK, Player
from bgsched_conformance.findings import Inconclusive
from bgsched_conformance.patience import FULL, Patience
from bgsched_conformance.world import World

if TYPE_CHECKING:
    from bgsched_conformance.against.sight import Observation
    from bgsched_conformance.against.steps import Step
    from bgsched_conformance.target import Target

Traces = tuple[list["Observation"], list["Observation"]]
# Sequences at whose end something hangs, of which each takes seconds: then no others are tried.
_MOST_STUCK = 6


class Different(AssertionError):  # noqa: N818 - a finding, no error of ours
    """
    Two implementations differ; the text is the sequence, with both traces side by side.
    """


class Comparison:
    """
    Compares two implementations in one test.

    Args:
        targets: The two; what is said of the first stands on the left.
        patience: Of the run.

    Attributes:
        compared: How many sequences led to the same on both, or to a difference.
        unsteady: How many did not lead to the same difference twice.
    """

    def __init__(self, targets: tuple[Target, Target], patience: Patience) -> None:
        self.compared = self.unsteady = 0
        self._targets = targets
        self._names = targets[0].spec, targets[1].spec
        self._patience = patience
        # Expires first, so that a step which comes to no rest is told from a call that hangs.
        self._waits = Patience(FULL // 2)
        self._known: dict[str, str] = {}
        self._stuck = 0

    def check(self, steps: tuple[Step, ...]) -> None:
        """
        Play *steps* on both.

        A difference counts if it shows itself twice; one that a race makes is none to build on.

        Raises:
            Different: They do not lead to the same.
        """
        difference = self._known.get(repr(steps)) or self._difference(steps)
        if difference is not None:
            raise Different(difference)

    def _difference(self, steps: tuple[Step, ...]) -> str | None:
        if self._stuck >= _MOST_STUCK:
            return None
        traces = self._play(steps)
        if traces is None:
            return None
        self.compared += 1
        where = first_difference(*traces)
        if where is None:
            return None
        again = self._play(steps)
        if again is None or first_difference(*again) != where:
            self.unsteady += 1
            return None
        told = "\n".join(table.lines(steps, traces, where[0], self._names))
        self._known[repr(steps)] = told
        return told

    def _play(self, steps: tuple[Step, ...]) -> Traces | None:
        traces = []
        for target in self._targets:
            try:
                with World(target, self._waits) as world:
                    traces.append(Player(world, self._patience).play(steps))
            except Inconclusive:
                return None
        self._stuck += any(STUCK in trace[-1].values() for trace in traces if trace)
        return traces[0], traces[1]


def first_difference(
    left: list[Observation], right: list[Observation]
) -> tuple[int, list[str]] | None:
    """
    Return the number of the first step that led to something else, and the aspects that differ.

    An aspect that is not seen on both sides, such as a state that is not published, is no matter.
    """
    for number, (one, other) in enumerate(zip(left, right, strict=False)):
        aspects = [aspect for aspect in one if aspect in other and one[aspect] != other[aspect]]
        if aspects:
            return number, aspects
    return None
