"""
Play a sequence of steps on one implementation.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bgsched_conformance.against.sight import Sight
from bgsched_conformance.against.steps import RUNNING, STOPPED, Course
from bgsched_conformance.calls import Call
from bgsched_conformance.findings import Stalled
from bgsched_conformance.job_table import DEFAULTS
from bgsched_conformance.jobs import Gate
from bgsched_conformance.patience import give_way
from bgsched_conformance.recorder import Recorder
from bgsched_conformance.runner import far_from_threading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bgsched_conformance.against.sight import Observation
    from bgsched_conformance.against.steps import Step
    from bgsched_conformance.world import World

STUCK = "did not return"
QUIET = "all is quiet"
RESTLESS = "no job is handed over, or one does not end"

_DOCUMENTED = {
    "SchedulerAlreadyRunningError",
    "SchedulerNotRunningError",
    "JobLookupError",
    "ConflictingIdError",
}
# What these return is documented; whether the others return the job or nothing is not.
_TELLING = {"add_job", "get_job", "modify_job", "resume_job"}
_ROUNDS = 30  # enough for a pass and a worker to have their turn, and quick


class Player:
    """
    Plays steps on a fresh scheduler and tells after each what it has led to.

    Args:
        world: Where; entered by the caller.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._scheduler = world.scheduler(timezone="UTC", job_defaults=DEFAULTS)
        self._course = Course()
        self._handles: dict[str | None, Any] = {}
        self._sight = Sight(world, self._scheduler)

    def play(self, steps: Iterable[Step]) -> list[Observation]:
        """
        Return what is seen after each step; after one that leads to a hang there are no more.

        Raises:
            Inconclusive: The machine was too slow to see anything.
        """
        trace: list[Observation] = []
        for step in steps:
            seen: Observation = {}
            inside = partial(far_from_threading, partial(self._play, step, seen))
            try:
                Call(str(step), inside, self._world.patience).result()
            except Stalled:
                trace.append({**seen, "then": RESTLESS} if seen else {"result": STUCK})
                break
            trace.append(seen)
        return trace

    def _play(self, step: Step, seen: Observation) -> None:
        before = self._course.state
        self._course.take(step)
        seen["result"] = self._outcome(step)
        changed = before != self._course.state
        try:
            self._come_to_rest()
            seen |= {"then": QUIET} | self._sight.look(step, self._course, changed=changed)
        except Exception:  # noqa: BLE001 - whatever an implementation raises
            seen["then"] = "it raises an error when asked for its jobs, or given one"

    def _outcome(self, step: Step) -> str:
        try:
            value = self._call(step)
        except Exception as error:  # noqa: BLE001 - whatever an implementation raises
            names = {base.__name__ for base in type(error).__mro__} & _DOCUMENTED
            return f"raised {min(names, default='an error')}"
        if step.verb not in _TELLING:
            return "returned"
        return f"returned {'None' if value is None else f'job {self._sight.label(value.id)}'}"

    def _call(self, step: Step) -> Any:
        own = getattr(self, f"_{step.verb}", None)
        if own is not None:
            return own(step)
        self._sight.expect(step, step.job_id)
        if step.handle:
            method = getattr(self._handles[step.job_id], step.verb.removesuffix("_job"))
            return method(*step.arguments[1:], **step.keywords)
        return getattr(self._scheduler.raw, step.verb)(*step.arguments, **step.keywords)

    def _move(self, step: Step) -> None:
        self._world.move(seconds=step.arguments[0])
        if self._course.state != STOPPED:
            self._scheduler.raw.wakeup()

    def _release(self, _step: Step) -> None:
        for gate in self._sight.work:
            if isinstance(gate, Gate):
                gate.open()

    def _listen(self, step: Step) -> None:
        listener = Recorder(self._world.target, self._world.patience)
        mask = sum(self._world.target.event(name) for name in step.arguments[0])
        self._scheduler.raw.add_listener(listener, mask)
        self._sight.listen(listener, step.arguments[0])

    def _add_job(self, step: Step) -> Any:
        label = step.job_id or f"#{len(self._sight.work) + 1}"
        make = self._world.gate if step.arguments[0] == "held" else self._world.tick
        work = make(label, _fail) if step.arguments[0] == "fails" else make(label)
        self._sight.work.append(work)
        self._sight.expect(step, label)
        job = self._scheduler.raw.add_job(work.func, *step.arguments[1:], **step.keywords)
        self._sight.labels[job.id] = label
        self._handles[label] = job
        return job

    def _come_to_rest(self) -> None:
        if self._course.state == RUNNING and self._scheduler.raw.running:
            self._world.settle(self._scheduler)
        else:
            give_way(_ROUNDS)  # a scheduler that goes on all the same may show it
            self._sight.wait_quiet()


def _fail() -> None:
    raise ArithmeticError
