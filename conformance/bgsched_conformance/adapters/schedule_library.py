"""
``Scheduler`` of the library ``schedule``, as of 1.2.2, run in a thread as its documentation tells.

=============================  ===================================================================
BackgroundScheduler            schedule
=============================  ===================================================================
``start()``                    the recipe "Run in the background": a thread that calls
                               ``run_pending()`` again and again
``shutdown(wait=False)``       the recipe's event that ends the thread
``shutdown()``                 the same; then the thread is joined
``add_job()`` with interval    ``every(n).seconds.do(func)``
``add_job()`` with date        the same, returning ``CancelJob``: the recipe "Run a job once"
``get_jobs()``                 ``get_jobs()``
``remove_job()``               ``cancel_job()``
``wakeup()``                   nothing: the thread looks many times a second
=============================  ===================================================================
"""

from __future__ import annotations

import importlib
import threading
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from bgsched_conformance.adapters import Adapter
from bgsched_conformance.adapters.face import Face, JobHandle, first_run, interval, moment

if TYPE_CHECKING:
    from collections.abc import Callable

_BETWEEN = 0.02  # seconds from one run_pending() to the next


class Schedule(Adapter):
    """
    Adapter for ``schedule:Scheduler``.
    """

    supports = MappingProxyType(
        {
            "pause": False,
            "daemon": False,
            "configuration": False,
            "parallel-jobs": False,  # "by default, Schedule executes all jobs serially"
            "events": False,
            "executors": False,
            "job-stores": False,
            "triggers": False,
            "misfire": False,  # a late run takes place, however late
            "coalesce": False,  # "run_pending() does not run missed jobs"
            "max-instances": False,
            "job-changes": False,
            "export-import": False,
        }
    )

    def wrap(self, cls: type[Any]) -> type[Any]:
        """
        Return a face for *cls*.
        """
        return type("BackgroundScheduler", (_Scheduler,), {"kind": cls, "__module__": __name__})


class _Scheduler(Face):
    kind: ClassVar[type[Any]]

    def __init__(self) -> None:
        super().__init__(self.kind())
        self._threads: list[tuple[threading.Thread, threading.Event]] = []

    @property
    def running(self) -> bool:
        """
        Whether a thread looks for due jobs.
        """
        return any(thread.is_alive() and not cease.is_set() for thread, cease in self._threads)

    @property
    def state(self) -> bool:
        """
        There is no other state than running or not.
        """
        return self.running

    def start(self) -> None:
        """
        Run in the background.
        """
        cease = threading.Event()

        def run_continuously() -> None:
            while not cease.is_set():
                self._scheduler.run_pending()
                cease.wait(_BETWEEN)

        thread = threading.Thread(target=run_continuously)
        self._threads.append((thread, cease))
        thread.start()

    def shutdown(self, wait: bool = True) -> None:
        """
        End the threads.
        """
        for _, cease in self._threads:
            cease.set()
        if wait:
            for thread, _ in self._threads:
                thread.join()

    def wakeup(self) -> None:
        """
        Do nothing.
        """

    def add_job(
        self, func: Callable[..., Any], trigger: str | None = None, **options: Any
    ) -> JobHandle:
        """
        Add a job, which has its first run time at once: there are no pending ones.
        """
        job_id = options.pop("id", None) or str(uuid4())
        arguments, keywords = options.get("args") or (), options.get("kwargs") or {}
        every = interval(options) if trigger == "interval" else timedelta(seconds=1)
        once = trigger != "interval"
        job = self._scheduler.every(int(every.total_seconds())).seconds.tag(job_id)

        def run() -> Any:
            # For the kit, which waits for runs: events are declared off.
            with self.run_announced(job_id, _aware(job.next_run)):
                func(*arguments, **keywords)
            return importlib.import_module("schedule").CancelJob if once else None

        job.do(run)
        at = options.get("run_date") or options.get("next_run_time")
        if once:
            job.next_run = _naive(moment(at) if at else _now())
        elif options.keys() & {"start_date", "next_run_time"}:
            job.next_run = _naive(first_run(every, options))
        return self._handle(job)

    def get_jobs(self) -> list[JobHandle]:
        """
        Return all jobs.
        """
        return [self._handle(job) for job in self._scheduler.get_jobs()]

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:  # noqa: ARG002 - of the face
        """
        Cancel a job.
        """
        for job in self._scheduler.get_jobs(job_id):
            self._scheduler.cancel_job(job)

    def _handle(self, job: Any) -> JobHandle:
        return JobHandle(self, next(iter(job.tags)), _aware(job.next_run))


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the clock is the test's


def _local() -> datetime:
    return datetime.now()  # noqa: DTZ005, TID251 - schedule reckons in naive local time


def _naive(at: datetime) -> datetime:
    # By the difference: a frozen clock has a local time of its own.
    return _local() + (at - _now())


def _aware(at: datetime) -> datetime:
    return _now() + (at - _local())
