"""
The events that one scheduler announced, and questions about them.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bgsched_conformance.patience import Patience
    from bgsched_conformance.target import Target

FENCE = "~fence-"
_ENDED = ("JOB_EXECUTED", "JOB_ERROR", "JOB_MISSED")
_OF_RUNS = ("JOB_SUBMITTED", *_ENDED)


@dataclass(frozen=True)
class Event:
    """
    One announced event.

    Attributes:
        name: Documented name without its prefix, such as ``JOB_ADDED``.
        job_id: The job's id, or None for events that are not about a job.
        alias: Alias of the executor or job store, or None.
        raw: The implementation's own event object.
        thread: Identity of the thread that the listener was called in.
    """

    name: str
    job_id: str | None
    alias: str | None
    raw: Any
    thread: int


class Recorder:
    """
    A listener that keeps what it hears, fences of the kit aside. Safe to use from any thread.

    Args:
        target: Knows the numbers of events.
        patience: Budget for waiting.
        need: Called with "events" before an event is asked for that is not about a run; may raise.
    """

    def __init__(
        self, target: Target, patience: Patience, need: Callable[[str], None] = lambda _: None
    ) -> None:
        self._need = need
        self._names = target.event_names()
        self._patience = patience
        self._condition = threading.Condition()
        self._events: list[Event] = []
        self._fences: set[str] = set()
        self._open: Counter[tuple[str | None, datetime]] = Counter()
        self._unrun: Counter[tuple[str | None, datetime]] = Counter()

    def __call__(self, raw: Any) -> None:
        """
        Take one event; this is the listener.
        """
        event = Event(
            self._names.get(raw.code, f"code {raw.code}"),
            getattr(raw, "job_id", None),
            getattr(raw, "alias", None),
            raw,
            threading.get_ident(),
        )
        with self._condition:
            self._count(event)
            if event.job_id is None or not str(event.job_id).startswith(FENCE):
                self._events.append(event)
            elif event.name == "JOB_SUBMITTED":
                self._fences.add(event.job_id)
            self._condition.notify_all()

    def _count(self, event: Event) -> None:
        if event.name == "JOB_SUBMITTED":
            for run_time in event.raw.scheduled_run_times:
                self._open[event.job_id, run_time] += 1
        elif event.name in _ENDED:
            # May come before JOB_SUBMITTED: their order is not documented, hence a difference.
            run = event.job_id, event.raw.scheduled_run_time
            self._open[run] -= 1
            self._unrun[run] += event.name != "JOB_EXECUTED"

    def _quiet(self, held: int) -> bool:
        # What is executed must have been submitted. What is missed, or fails, need not be: it may
        # be the scheduler who finds a run time too old, or nobody to hand it over to.
        return sum(max(0, n) for n in self._open.values()) <= held and all(
            n + self._unrun[run] >= 0 for run, n in self._open.items()
        )

    @property
    def names(self) -> list[str]:
        """
        Names of all events so far, in the order heard.
        """
        self._need("events")
        with self._condition:
            return [event.name for event in self._events]

    @property
    def events(self) -> list[Event]:
        """
        All events so far, in the order heard.
        """
        with self._condition:
            return list(self._events)

    def of(self, name: str, job_id: str | None = None) -> list[Event]:
        """
        Return the events of this name, of one job if given, in the order heard.
        """
        self._permit(name)
        with self._condition:
            return self._of(name, job_id)

    def _of(self, name: str, job_id: str | None) -> list[Event]:
        return [
            event
            for event in self._events
            if event.name == name and (job_id is None or event.job_id == job_id)
        ]

    def _permit(self, name: str) -> None:
        # Those of runs are heard from every adapter: the kit cannot do without.
        if name not in _OF_RUNS:
            self._need("events")

    def wait(self, name: str, job_id: str | None = None, count: int = 1) -> Event:
        """
        Wait until this event has been heard *count* times and return the last of those.

        Raises:
            Stalled: It has not been heard in time.
        """
        self._permit(name)
        of_job = "" if job_id is None else f" of job {job_id!r}"
        self._patience.wait(
            self._condition,
            lambda: len(self._of(name, job_id)) >= count,
            f"event {name}{of_job} to be announced {count} time(s)",
            lambda: f"announced {[event.name for event in self._events]}",
        )
        return self.of(name, job_id)[count - 1]

    def wait_fence(self, job_id: str) -> None:
        """
        Wait until the fence job *job_id* has been submitted.
        """
        self._patience.wait(
            self._condition,
            lambda: job_id in self._fences,
            "a job due now to be submitted (JOB_SUBMITTED)",
            lambda: f"announced {[event.name for event in self._events]}",
        )

    def wait_quiet(self, held: Callable[[], int]) -> None:
        """
        Wait until every submitted run has ended, but for as many as the test itself holds.

        Args:
            held: Tells how many that are; a run that was submitted may have yet to begin.
        """
        self._patience.wait(
            self._condition,
            lambda: self._quiet(held()),
            "each submitted run to end (JOB_EXECUTED, JOB_ERROR or JOB_MISSED)",
            lambda: f"still open: {sorted(str(key) for key, n in self._open.items() if n > 0)}",
        )
