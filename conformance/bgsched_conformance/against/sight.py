"""
What is seen of a scheduler after a step, written down so that it can be compared.

Left out is what the contract leaves open: docs/spec/index.md, "What a fair kit never demands", and
what the clauses of events and of running jobs leave open besides.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any

from bgsched_conformance.against.steps import PAUSED, RUNNING, STOPPED
from bgsched_conformance.recorder import FENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bgsched_conformance.against.steps import Course, Step
    from bgsched_conformance.jobs import Tick
    from bgsched_conformance.recorder import Event, Recorder
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World

Observation = dict[str, str]

_ENDS = {"JOB_EXECUTED": "executed", "JOB_ERROR": "failed", "JOB_MISSED": "missed"}
# By how many events a backlog is told, and whether missed runs are submitted, is left open.
_UNTOLD = {*_ENDS, "JOB_SUBMITTED"}
_WITH_ALIAS = {"EXECUTOR_ADDED", "EXECUTOR_REMOVED", "JOBSTORE_ADDED", "JOBSTORE_REMOVED"}
_PENDING_SETTINGS = ("args", "kwargs", "executor")
_SETTINGS = (*_PENDING_SETTINGS, "coalesce", "misfire_grace_time", "max_instances")


class Sight:
    """
    Looks at one scheduler, and at what its jobs and listeners were told.

    Args:
        world: Where the scheduler lives.
        scheduler: Made by the world.

    Attributes:
        work: What the jobs call.
        labels: What jobs are called here, by id; generated ids differ.
    """

    def __init__(self, world: World, scheduler: Subject) -> None:
        self._world = world
        self._scheduler = scheduler
        self._recorder = world.events(scheduler)
        self._listeners: list[tuple[Recorder, tuple[str, ...], int]] = []
        self._heard: Counter[Recorder] = Counter()
        self._begun: Counter[Tick] = Counter()
        self._named: set[str | None] = set()
        self._coalescing: set[str | None] = set()
        self._stores = ["default"]
        self.work: list[Tick] = []
        self.labels: dict[Any, str] = {}

    def label(self, job_id: Any) -> str:
        """
        Return what a job is called here.
        """
        return self.labels.get(job_id, str(job_id))

    def expect(self, step: Step, label: str | None) -> None:
        """
        Note what a step asks for, of which more can be compared then.
        """
        if step.keywords.get("coalesce"):
            self._coalescing.add(label)
        if "name" in step.keywords:
            self._named.add(label)
        if step.verb == "add_jobstore":
            self._stores.append(step.arguments[1])

    def listen(self, listener: Recorder, names: tuple[str, ...]) -> None:
        """
        Look at what one more listener hears.
        """
        self._listeners.append((listener, names, len(self._recorder.events)))

    def wait_quiet(self) -> None:
        """
        Wait for the end of every run that no gate holds.
        """
        self._recorder.wait_quiet(self._world.held)

    def look(self, step: Step, course: Course, *, changed: bool) -> Observation:
        """
        Return what is seen, by aspect.

        Args:
            step: The one that has just been taken.
            course: What the steps should have led to.
            changed: Whether this one should have changed the state.
        """
        told = self._new(self._recorder)
        seen = self._state() | {
            "runs": _listed(self._runs()),
            "ends": _listed(self._ends(told)),
            "events": _listed(self._events(told, step, changed=changed)),
        }
        for number, (listener, names, since) in enumerate(self._listeners):
            expected = sum(event.name in names for event in self._recorder.events[since:])
            self._world.linger(lambda: len(listener.events) >= expected)  # noqa: B023 - called here
            heard = self._events(self._new(listener), step, changed=changed)
            seen[f"f{number + 1} hears"] = _listed(heard)
        return seen | self._jobs(pending=course.state == STOPPED, over=course.over)

    def _new(self, recorder: Recorder) -> list[Event]:
        events = recorder.events[self._heard[recorder] :]
        self._heard[recorder] += len(events)
        return events

    def _state(self) -> Observation:
        raw, state = self._scheduler.raw, self._world.target.state
        names = [name for name in (STOPPED, RUNNING, PAUSED) if state(name) == raw.state]
        seen = {"running": str(raw.running)}
        # Where no states are published, each equals whatever it is compared with.
        return seen if len(names) > 1 else seen | {"state": "".join(names)}

    def _runs(self) -> Iterator[str]:
        for work in self.work:
            runs = work.runs
            for run in runs[self._begun[work] :]:
                arguments = "".join(f" {value}" for value in (run.arguments, run.keywords) if value)
                yield f"{work.name} at {in_utc(run.at)}{arguments}"
            self._begun[work] = len(runs)

    def _ends(self, told: Iterable[Event]) -> Iterator[str]:
        lost = set()
        for event in told:
            if event.name in _ENDS:
                label = self.label(event.job_id)
                text = f"{label} {_ENDS[event.name]}"
                if label not in self._coalescing:
                    yield f"{text} (due {in_utc(event.raw.scheduled_run_time)})"
                elif event.name != "JOB_MISSED":
                    yield text  # which of the run times it is told for is left open
                else:
                    lost.add(text)
        yield from lost

    def _events(self, told: Iterable[Event], step: Step, *, changed: bool) -> Iterator[str]:
        refused = set()
        for event in told:
            if event.name == "JOB_MAX_INSTANCES":
                refused.add(f"{event.name} {self.label(event.job_id)}")
            elif event.name not in _UNTOLD and not _is_open(event.name, step, changed=changed):
                alias = f" {event.alias}" if event.name in _WITH_ALIAS else ""
                job = "" if event.job_id is None else f" {self.label(event.job_id)}"
                yield f"{event.name}{job}{alias}"
        yield from refused

    def _jobs(self, *, pending: bool, over: bool) -> Observation:
        listed, order, settings = [], [], []
        for store in ("default",) if over else self._stores:
            jobs = [
                job
                for job in self._scheduler.raw.get_jobs(store)
                if not str(job.id).startswith(FENCE)
            ]
            times = ["pending" if pending else _next(job) for job in jobs]
            order.append(f"{store}: {', '.join(times)}" if times else "")
            where = "" if store == "default" else f" in {store}"
            for job, time in zip(jobs, times, strict=True):
                label = self.label(job.id)
                listed.append(f"{label}{where} {time}")
                names = _PENDING_SETTINGS if pending else _SETTINGS
                named = ("name",) if label in self._named else ()
                values = {name: getattr(job, name) for name in (*names, *named)}
                values["args"] = list(values["args"])
                told = ", ".join(f"{name} {value!r}" for name, value in values.items())
                settings.append(f"{label}{where}: {told}")
        return {
            "jobs": _listed(listed),
            "order": "" if pending else "; ".join(filter(None, order)),
            "settings": _listed(settings),
        }


def in_utc(moment: datetime) -> str:
    """
    Write a moment down, shortly.
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _is_open(name: str, step: Step, *, changed: bool) -> bool:
    if name == "JOB_MODIFIED":
        return step.verb not in {"modify_job", "add_job"}
    if name in {"SCHEDULER_PAUSED", "SCHEDULER_RESUMED"}:
        return not changed or step.verb == "start"
    return False


def _next(job: Any) -> str:
    time = job.next_run_time
    return "paused" if time is None else f"next {in_utc(time)}"


def _listed(parts: Iterable[str]) -> str:
    counted = Counter(parts)
    return "; ".join(
        f"{part} ({number} times)" if number > 1 else part
        for part, number in sorted(counted.items())
    )
