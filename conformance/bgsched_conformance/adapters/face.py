"""
What a translated scheduler needs besides the translation: listeners, handles, two errors.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bgsched_conformance.target import EVENT_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Function = Callable[..., Any]

_ALL = sum(EVENT_NUMBERS.values())


class SchedulerAlreadyRunningError(Exception):
    """
    For what a scheduler raises when it is started and runs already.
    """


class SchedulerNotRunningError(Exception):
    """
    For what a scheduler raises when it is shut down and does not run.
    """


@dataclass(frozen=True)
class JobHandle:
    """
    A job as it stood when it was asked for.

    Attributes:
        scheduler: The face that it was asked of.
        id: Its id.
        next_run_time: Aware; None if there is none.
    """

    scheduler: Any = field(repr=False)
    id: str
    next_run_time: datetime | None
    pending: bool = False

    def remove(self) -> None:
        """
        Remove the job.
        """
        self.scheduler.remove_job(self.id)


class Face:
    """
    Base class of translated schedulers.

    It builds what the face of ``BackgroundScheduler`` has in several forms upon the one form that a
    subclass translates: `add_job`, `get_jobs`, `remove_job`.

    Args:
        scheduler: What the face is that of.
    """

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler
        self._listeners: list[tuple[Callable[[Any], object], int]] = []

    def add_job(self, func: Function, trigger: str | None = None, **options: Any) -> JobHandle:
        """
        Add a job.
        """
        raise NotImplementedError

    def __reduce__(self) -> tuple[Any, ...]:
        # Whether it can be pickled is for the scheduler to say.
        return Face, (self._scheduler,)

    def get_jobs(self) -> list[JobHandle]:
        """
        Return all jobs.
        """
        raise NotImplementedError

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        """
        Remove a job.
        """
        raise NotImplementedError

    def get_job(self, job_id: str, jobstore: str | None = None) -> JobHandle | None:  # noqa: ARG002 - of the face
        """
        Return the job with this id, or None.
        """
        return next((job for job in self.get_jobs() if job.id == job_id), None)

    def remove_all_jobs(self, jobstore: str | None = None) -> None:  # noqa: ARG002 - of the face
        """
        Remove each job.
        """
        for job in self.get_jobs():
            job.remove()

    def print_jobs(self, jobstore: str | None = None, out: Any = None) -> None:  # noqa: ARG002 - of the face
        """
        Write a line for each job.
        """
        for job in self.get_jobs():
            print(job.id, job.next_run_time, file=out or sys.stdout)

    def scheduled_job(self, trigger: str, **options: Any) -> Callable[[Function], Function]:
        """
        Add the decorated function.
        """

        def add(func: Function) -> Function:
            self.add_job(func, trigger, **options)
            return func

        return add

    def add_listener(self, callback: Callable[[Any], object], mask: int = _ALL) -> None:
        """
        Let *callback* hear what is announced and is in *mask*.
        """
        self._listeners.append((callback, mask))

    def remove_listener(self, callback: Callable[[Any], object]) -> None:
        """
        Let *callback* hear no more.
        """
        self._listeners = [known for known in self._listeners if known[0] != callback]

    @contextmanager
    def run_announced(self, job_id: str, run_time: datetime) -> Iterator[None]:
        """
        Announce what the kit must hear of a run around the call of its function.
        """
        self.announce("JOB_SUBMITTED", job_id=job_id, scheduled_run_times=[run_time])
        try:
            yield
        except BaseException:
            self.announce("JOB_ERROR", job_id=job_id, scheduled_run_time=run_time)
            raise
        self.announce("JOB_EXECUTED", job_id=job_id, scheduled_run_time=run_time)

    def announce(self, name: str, **attributes: Any) -> None:
        """
        Tell all listeners of an event.

        The kit waits for JOB_SUBMITTED, with ``job_id`` and ``scheduled_run_times``, of each run,
        and for JOB_EXECUTED, JOB_ERROR or JOB_MISSED, with ``job_id`` and ``scheduled_run_time``,
        at its end: also where events are declared off.
        """
        code = EVENT_NUMBERS[name]
        for callback, mask in list(self._listeners):
            if mask & code:
                callback(SimpleNamespace(code=code, **attributes))


def moment(value: Any) -> datetime:
    """
    Read a time as ``run_date`` and its like are given: aware or in local time, or as ISO text.
    """
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    aware: datetime = read if read.tzinfo else read.astimezone()
    return aware


def first_run(every: timedelta, options: dict[str, Any]) -> datetime:
    """
    Return when an interval job first runs: on the steps from its start date, if it has one.
    """
    now = datetime.now(UTC)  # noqa: TID251 - the clock is the test's
    if options.get("next_run_time") is not None:
        return moment(options["next_run_time"])
    start = moment(options["start_date"]) if options.get("start_date") else now + every
    return start if start >= now else start + -((start - now) // every) * every


def interval(options: dict[str, Any]) -> timedelta:
    """
    Take the keywords of an interval out of the options of a job.
    """
    units = ("weeks", "days", "hours", "minutes", "seconds")
    return timedelta(**{unit: options.pop(unit) for unit in units if unit in options})
