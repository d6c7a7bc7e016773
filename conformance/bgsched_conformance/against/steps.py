"""
Sequences of calls, as plain data, and which of them the contract gives a meaning to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bgsched_conformance.subject import written

if TYPE_CHECKING:
    from collections.abc import Iterable

STOPPED, RUNNING, PAUSED = "STOPPED", "RUNNING", "PAUSED"
# These ring no bell that a refused start could lose.
_SILENT = {"start", "pause", "resume", "shutdown", "listen", "add_executor", "get_job"}
_MOST_HELD = 4


@dataclass(frozen=True)
class Step:
    """
    One call on a scheduler, or on the handle of a job, or a move of the clock.

    Attributes:
        verb: The method; or one of ``move``, ``release`` and ``listen``.
        arguments: Positional ones; in place of a callable stands ``tick``, whose runs return,
            ``fails``, whose runs raise, or ``held``, whose runs last until they are released.
        keywords: The others.
        handle: Whether the method is called on the job that ``add_job`` returned, whose id is the
            first argument.
    """

    verb: str
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    handle: bool = False

    def __str__(self) -> str:
        arguments = written(self.arguments[self.handle :], self.keywords)
        if self.verb == "move":
            return f"clock moves by {self.arguments[0]} s"
        if self.verb == "release":
            return "the jobs held may go on"
        if self.verb == "listen":
            return f"s.add_listener(f, {' | '.join(self.arguments[0])})"
        if self.verb == "add_job":
            arguments = arguments.replace(repr(self.arguments[0]), self.arguments[0], 1)
        if self.handle:
            return f"job {self.arguments[0]!r}.{self.verb.removesuffix('_job')}({arguments})"
        return f"s.{self.verb}({arguments})"

    @property
    def job_id(self) -> str | None:
        """
        Id of the job that the call is about, if it is about one.
        """
        if self.verb == "add_job":
            return self.keywords.get("id")
        return self.arguments[0] if self.verb.endswith("_job") else None


class Course:
    """
    What is known of a scheduler from the calls alone.

    Attributes:
        state: What the calls have led to.
        over: The scheduler was shut down and not started since.
    """

    def __init__(self) -> None:
        self.state = STOPPED
        self.over = False
        self._aliases = {"default"}
        self._added: set[str] = set()
        self._paused: set[str] = set()
        self._held = 0
        self._rung = False

    def take(self, step: Step) -> bool:
        """
        Follow one step; False, and nothing is changed, if the contract leaves open what it does.
        """
        if not self._is_defined(step):
            return False
        taken = getattr(self, f"_{step.verb}", None)
        if taken is not None:
            taken(step)
        self._rung |= self.state == PAUSED and step.verb not in _SILENT
        return True

    def _is_defined(self, step: Step) -> bool:
        named = {step.keywords[name] for name in ("jobstore", "executor") if name in step.keywords}
        if named - self._aliases or (step.handle and step.job_id not in self._added):
            return False
        answer = True
        match step.verb:
            case "add_jobstore" | "add_executor":
                # Their life over a shutdown is nowhere told, and an alias serves once.
                answer = not self.over and step.arguments[1] not in self._aliases
            case "start":
                # A refused start may lose a wake-up on its way: ERR-7.
                answer = not (self.state == PAUSED and self._rung)
            case "wakeup":
                answer = self.state != STOPPED
            case "release":
                answer = self.is_holding
            case "add_job":
                answer = self.state != STOPPED or step.job_id not in self._added
                # Else the runs held take up a whole pool, whose size is another matter.
                answer &= step.arguments[0] != "held" or self._held < _MOST_HELD
            case "reschedule_job":
                answer = step.job_id not in self._paused  # whether it stays so is left open
        return answer

    def _start(self, step: Step) -> None:
        if self.state == STOPPED:
            self.state = PAUSED if step.keywords.get("paused") else RUNNING
            self.over = self._rung = False

    def _pause(self, _step: Step) -> None:
        if self.state == RUNNING:
            self.state, self._rung = PAUSED, False

    def _resume(self, _step: Step) -> None:
        if self.state == PAUSED:
            self.state = RUNNING

    def _shutdown(self, _step: Step) -> None:
        if self.state != STOPPED:
            self.state, self.over = STOPPED, True
            self._added.clear()
            self._paused.clear()

    def _add_jobstore(self, step: Step) -> None:
        self._aliases.add(step.arguments[1])

    _add_executor = _add_jobstore

    def _add_job(self, step: Step) -> None:
        self._held += step.arguments[0] == "held"
        if step.job_id is not None:
            self._added.add(step.job_id)
        self._modify_job(step)

    def _modify_job(self, step: Step) -> None:
        if step.job_id is not None and step.keywords.get("next_run_time", "") is None:
            self._paused.add(step.job_id)

    def _pause_job(self, step: Step) -> None:
        self._paused.add(str(step.job_id))

    def _remove_job(self, step: Step) -> None:
        self._added.discard(str(step.job_id))

    def _remove_all_jobs(self, _step: Step) -> None:
        self._added.clear()

    def _release(self, _step: Step) -> None:
        self._held = 0

    @property
    def is_holding(self) -> bool:
        """
        Whether a job may be running that waits for its release.
        """
        return bool(self._held)


def defined(steps: Iterable[Step], *, waiting: bool = False) -> tuple[Step, ...]:
    """
    Leave out the steps whose outcome the contract leaves open; release jobs before a shutdown.

    Args:
        steps: Any steps.
        waiting: Whether the clock may move while the scheduler is stopped.
    """
    course = Course()
    kept = []
    for step in steps:
        if step.verb == "move" and course.state == STOPPED and not waiting:
            continue
        if step.verb == "shutdown" and course.is_holding:
            kept.append(Step("release"))
            course.take(kept[-1])
        if course.take(step):
            kept.append(step)
    return tuple(kept)
