"""
Job stores and executors that were written for APScheduler, or for nobody: duck types.

Each is wrapped once, where it comes in. So the rest of the library deals with its own base classes
only, and what a foreign part expects of its scheduler beyond the public methods is found here.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from bgsched.errors import ConflictingIdError, JobLookupError, MaxInstancesReachedError
from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
    SchedulerEvent,
)
from bgsched.executors.base import BaseExecutor
from bgsched.job import Job
from bgsched.jobstores.base import BaseJobStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bgsched.executors.base import ExecutorHost
    from bgsched.jobstores.base import StoreHost

_RUN_ENDS = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED


class JobStoreLike(Protocol):
    """
    Whatever can keep jobs; it need not be derived from `BaseJobStore`, which tells about each.
    """

    def start(self, scheduler: Any, alias: str, /) -> object: ...

    def shutdown(self) -> object: ...

    def lookup_job(self, job_id: str, /) -> Any: ...

    def get_due_jobs(self, now: datetime, /) -> Iterable[Any]: ...

    def get_next_run_time(self) -> datetime | None: ...

    def get_all_jobs(self) -> Iterable[Any]: ...

    def add_job(self, job: Any, /) -> object: ...

    def update_job(self, job: Any, /) -> object: ...

    def remove_job(self, job_id: str, /) -> object: ...

    def remove_all_jobs(self) -> object: ...


class ExecutorLike(Protocol):
    """
    Whatever can run jobs; it need not be derived from `BaseExecutor`.
    """

    def start(self, scheduler: Any, alias: str, /) -> object: ...

    def shutdown(self, wait: bool, /) -> object: ...

    def submit_job(self, job: Any, run_times: list[datetime], /) -> object: ...


class ForeignJobStore(BaseJobStore):
    """
    A job store that is not derived from `BaseJobStore`.

    Args:
        part: The job store.
    """

    def __init__(self, part: JobStoreLike) -> None:
        super().__init__()
        self._part = part

    def start(self, scheduler: StoreHost, alias: str) -> None:
        """
        Start it.
        """
        super().start(scheduler, alias)
        self._part.start(_SchedulerView(scheduler), alias)

    def shutdown(self) -> None:
        """
        Shut it down.
        """
        self._part.shutdown()

    def lookup_job(self, job_id: str) -> Job | None:
        """
        Return the job of this id, or None.
        """
        job = self._part.lookup_job(job_id)
        return None if job is None else self._bound(job)

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """
        Return the jobs whose next run time is not later than *now*, earliest first.
        """
        return [self._bound(job) for job in self._part.get_due_jobs(now)]

    def get_next_run_time(self) -> datetime | None:
        """
        Return the earliest run time of all jobs, or None if all are paused.
        """
        return self._part.get_next_run_time()

    def get_all_jobs(self) -> list[Job]:
        """
        Return all jobs, ordered by next run time, the paused ones last.
        """
        return [self._bound(job) for job in self._part.get_all_jobs()]

    def add_job(self, job: Job) -> None:
        """
        Keep a new job.

        Raises:
            ConflictingIdError: There is a job of this id.
        """
        with _translating(ConflictingIdError(job.id), job.id):
            self._part.add_job(job)

    def update_job(self, job: Job) -> None:
        """
        Keep this job in place of the one of the same id.

        Raises:
            JobLookupError: There is no job of this id.
        """
        with _translating(JobLookupError(job.id, self._alias), job.id):
            self._part.update_job(job)

    def remove_job(self, job_id: str) -> None:
        """
        Forget a job.

        Raises:
            JobLookupError: There is no job of this id.
        """
        with _translating(JobLookupError(job_id, self._alias), job_id):
            self._part.remove_job(job_id)

    def remove_all_jobs(self) -> None:
        """
        Forget all jobs.
        """
        self._part.remove_all_jobs()

    def _bound(self, job: Any) -> Job:
        """
        Return a job as one of ours that belongs to us: it may be of APScheduler's class.
        """
        own = job if isinstance(job, Job) else self._own(job)
        own.bind(self._scheduler, self._alias)
        return own

    def _own(self, job: Any) -> Job:
        state = job.__getstate__()
        if not isinstance(state, dict) or "trigger" not in state:
            raise TypeError(f"job store {self!r} gave {job!r}, which is no job")
        own = Job.__new__(Job)
        own.__setstate__(state)
        return own

    def __repr__(self) -> str:
        return repr(self._part)


class ForeignExecutor(BaseExecutor):
    """
    An executor that is not derived from `BaseExecutor`.

    It counts instances itself, and announces by ``_dispatch_event`` of its scheduler, or by
    ``listeners.dispatch``, what became of runs.

    Args:
        part: The executor.
    """

    def __init__(self, part: ExecutorLike) -> None:
        super().__init__()
        self._part = part

    def start(self, scheduler: ExecutorHost, alias: str) -> None:
        """
        Start it.
        """
        super().start(scheduler, alias)
        self._part.start(_SchedulerView(scheduler), alias)

    def shutdown(self, wait: bool = True) -> None:
        """
        Shut it down.
        """
        self._part.shutdown(wait)

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        """
        Run a job for the given run times.

        Raises:
            MaxInstancesReachedError: As many runs of the job are in progress as it allows.
        """
        self._do_submit_job(job, run_times)

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        with _translating(MaxInstancesReachedError(job), None):
            self._part.submit_job(job, run_times)

    def __repr__(self) -> str:
        return repr(self._part)


class _SchedulerView:
    """
    A scheduler, with those private methods of APScheduler's that parts in the wild call.
    """

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler

    def _create_lock(self) -> threading.RLock:
        return threading.RLock()

    def _dispatch_event(self, event: Any) -> None:
        if event.code & _RUN_ENDS and not isinstance(event, SchedulerEvent):
            event = JobExecutionEvent(
                event.code,
                event.job_id,
                event.jobstore,
                event.scheduled_run_time,
                event.retval,
                event.exception,
                event.traceback,
            )
        self._scheduler.listeners.dispatch(event)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(
                f"a scheduler of bgsched has no {name!r}, for which this executor or job store asks"
            )
        return getattr(self._scheduler, name)


@contextmanager
def _translating(ours: Exception, key: str | None) -> Iterator[None]:
    """
    Raise an error of ours for one of the same name, or for a bare KeyError of the key.
    """
    try:
        yield
    except Exception as theirs:
        same_name = type(ours).__name__ in {class_.__name__ for class_ in type(theirs).__mro__}
        if same_name or (type(theirs) is KeyError and theirs.args == (key,)):
            raise ours from theirs
        raise
