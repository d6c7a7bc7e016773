"""
Do the same on two implementations and find the first difference in what comes of it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bgsched_conformance.against import table
from bgsched_conformance.against.player import RESTLESS, STUCK, Player
from bgsched_conformance.against.questions import Question
from bgsched_conformance.against.steps import defined
from bgsched_conformance.calls import Call
from bgsched_conformance.findings import Inconclusive, Stalled
from bgsched_conformance.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bgsched_conformance.against.sight import Observation
    from bgsched_conformance.against.steps import Step
    from bgsched_conformance.patience import Patience
    from bgsched_conformance.target import Target

    Trace = list[Observation]
    Traces = tuple[Trace, Trace]
    Difference = tuple[int, tuple[str, ...]]

# Traces that end in a hang take a while; after so many no other sequences are tried.
_MOST_STUCK = 20
_HANGS = {STUCK, RESTLESS}


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
        self.patience = patience
        self._known: dict[str, Traces] = {}
        self._stuck = 0

    def check(self, steps: tuple[Step, ...]) -> None:
        """
        Play *steps* on both.

        Raises:
            Different: They lead to a difference, twice; one that a race makes is nothing to go by.
        """
        # Hypothesis tries its smallest example once more; what it shrinks are choices, not steps.
        last = repr(steps) in self._known
        traces = self._compare(steps)
        if traces is not None:
            raise self._told(*(self._shortest(steps, traces) if last else (steps, traces)))

    def ask(self, question: Question) -> None:
        """
        Put *question* to both.

        Raises:
            Different: They answer differently.
        """
        traces = self._compare(question)
        if traces is not None:
            raise self._told((question,), traces)

    def _told(self, steps: Sequence[object], traces: Traces) -> Different:
        names = self._targets[0].spec, self._targets[1].spec
        return Different("\n".join(table.lines(steps, traces, names)))

    def _shortest(self, steps: tuple[Step, ...], traces: Traces) -> tuple[tuple[Step, ...], Traces]:
        self._stuck = 0  # the search for the smallest choices may have used it up
        waiting = steps != defined(steps)
        for gap in reversed(range(len(steps))):
            shorter = defined((*steps[:gap], *steps[gap + 1 :]), waiting=waiting)
            differing = self._compare(shorter)
            if differing is not None:
                steps, traces = shorter, differing
        return steps, traces

    def _compare(self, played: tuple[Step, ...] | Question) -> Traces | None:
        key = repr(played)
        if key not in self._known:
            traces = self._differing(played)
            if traces is None:
                return None
            self._known[key] = traces
        return self._known[key]

    def _differing(self, played: tuple[Step, ...] | Question) -> Traces | None:
        differences: set[Difference | None] = set()
        traces: Traces = [], []
        for _ in range(2):
            if self._stuck >= _MOST_STUCK:
                return None
            try:
                traces = self._trace(played, 0), self._trace(played, 1)
            except Inconclusive:
                return None
            ends = [seen for trace in traces for seen in trace[-1:]]
            self._stuck += sum(bool(_HANGS & set(seen.values())) for seen in ends)
            self.patience.hurried |= bool(self._stuck)  # it is seen again and again
            self.compared += not differences
            differences.add(first_difference(*traces))
            if None in differences:
                break
        self.unsteady += len(differences) > 1
        return traces if len(differences) == 1 and None not in differences else None

    def _trace(self, played: tuple[Step, ...] | Question, side: int) -> Trace:
        target = self._targets[side]
        if isinstance(played, Question):
            return self._answer(played, target)
        with World(target, self.patience) as world:
            return Player(world).play(played)

    def _answer(self, question: Question, target: Target) -> Trace:
        try:
            told = Call(str(question), partial(question.ask, target), self.patience).result()
        except Stalled:
            told = STUCK
        except Exception:  # noqa: BLE001 - of what class is left open
            told = "raised an error"
        return [{"result": told}]


def first_difference(left: Trace, right: Trace) -> Difference | None:
    """
    Return the number of the first step that led to something else, and the aspects that differ.

    An aspect that is not seen on both sides, such as a state that is not published, is no matter.
    """
    for number, (one, other) in enumerate(zip(left, right, strict=False)):
        aspects = tuple(name for name in one if name in other and one[name] != other[name])
        if aspects:
            return number, aspects
    return None
