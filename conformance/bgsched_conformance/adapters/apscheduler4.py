"""
``Scheduler`` of APScheduler 4, as of 4.0.0a6.

=============================  ===================================================================
BackgroundScheduler            Scheduler
=============================  ===================================================================
``start()``                    ``__enter__()``, unless done, and ``start_in_background()``
``shutdown()``                 ``stop()`` and ``__exit__()``: leaving the ``with`` block waits
``shutdown(wait=False)``       ``stop()``
``add_job()``                  ``configure_task()`` and ``add_schedule()``; without trigger
                               ``add_job()``
``get_jobs()``                 ``get_schedules()``, finished ones aside
``remove_job()``               ``remove_schedule()``
``wakeup()``                   ``add_schedule()`` of a task that does nothing and is overdue
listeners                      ``subscribe()``
=============================  ===================================================================
"""

from __future__ import annotations

import contextvars
import importlib
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from bgsched_conformance.adapters import Adapter
from bgsched_conformance.adapters.face import (
    Face,
    JobHandle,
    SchedulerAlreadyRunningError,
    first_run,
    interval,
    moment,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_WAKE = "bgsched-wakeup"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# A moved clock leaves no time to extend a lease, and a job without one is taken for abandoned.
_LEASE = timedelta(days=3650)
_ENDS = {"success": "JOB_EXECUTED", "error": "JOB_ERROR", "missed_start_deadline": "JOB_MISSED"}


class APScheduler4(Adapter):
    """
    Adapter for ``apscheduler:Scheduler``.
    """

    supports = MappingProxyType(
        {
            "pause": False,  # there is no way to pause a scheduler, only a schedule
            "daemon": False,  # the thread is anyio's
            "configuration": False,  # the options have nothing in common
            "executors": False,
            "job-stores": False,
            "triggers": False,  # they have another face: next() instead of get_next_fire_time()
            "job-changes": False,  # a schedule is replaced, not changed
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
        super().__init__(self.kind(lease_duration=_LEASE))
        self._api: Any = importlib.import_module("apscheduler")
        self._guard = threading.Lock()
        # What __enter__ puts into the context, __exit__ takes back from the same one.
        self._context: contextvars.Context | None = None
        self._leaving = False

    @property
    def running(self) -> bool:
        """
        Whether it has been started and not been stopped.
        """
        return self.state in {self._api.RunState.starting, self._api.RunState.started}

    @property
    def state(self) -> Any:
        """
        The state as Scheduler tells it.
        """
        return self._scheduler.state

    def start(self) -> None:
        """
        Start scheduling.
        """
        self._enter()
        try:
            self._scheduler.start_in_background()
        except RuntimeError as error:
            if self.state is self._api.RunState.stopped:
                raise
            raise SchedulerAlreadyRunningError(str(error)) from error

    def shutdown(self, wait: bool = True) -> None:
        """
        Stop scheduling; leave the ``with`` block, which waits for running jobs, if asked to.
        """
        self._scheduler.stop()
        if wait:
            self._exit()

    def wakeup(self) -> None:
        """
        Let a running scheduler look for due schedules.
        """
        if self.running:
            self._add(_nothing, _WAKE, self._trigger("date", "DateTrigger", _LONG_AGO), {})

    def add_job(
        self, func: Callable[..., Any], trigger: str | None = None, **options: Any
    ) -> JobHandle:
        """
        Add a task and a schedule for it, which is started or not: there are no pending ones.
        """
        self._enter()
        job_id = options.pop("id", None) or str(uuid4())
        if trigger is None and options.get("next_run_time") is None:
            return self._run_now(func, job_id, options)
        if trigger == "interval":
            every = interval(options)
            times = {"start_time": first_run(every, options)}
            if options.get("end_date") is not None:
                times["end_time"] = moment(options["end_date"])
            parts = {"microseconds": every.microseconds, "seconds": every.seconds}
            made = self._trigger("interval", "IntervalTrigger", days=every.days, **parts, **times)
        else:
            at = options.get("run_date") or options.get("next_run_time")
            made = self._trigger("date", "DateTrigger", moment(at) if at else _now())
        self._add(func, job_id, made, options)
        found = self.get_job(job_id)
        return found or JobHandle(self, job_id, None)

    def get_jobs(self) -> list[JobHandle]:
        """
        Return the schedules that have a run to come.
        """
        self._enter()
        return [
            JobHandle(self, schedule.id, schedule.next_fire_time)
            for schedule in self._scheduler.get_schedules()
            if schedule.id != _WAKE and schedule.next_fire_time is not None
        ]

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:  # noqa: ARG002 - of the face
        """
        Remove a schedule.
        """
        self._enter()
        self._scheduler.remove_schedule(job_id)

    def _enter(self) -> None:
        with self._guard:
            if self._context is None:
                context = contextvars.copy_context()
                context.run(self._scheduler.__enter__)
                self._scheduler.subscribe(self._translate)
                self._context = context

    def _exit(self) -> None:
        with self._guard:
            context = None if self._leaving else self._context
            self._leaving = True
        if context is not None:
            context.run(self._scheduler.__exit__, None, None, None)
            self._context, self._leaving = None, False

    def _run_now(self, func: Callable[..., Any], job_id: str, options: dict[str, Any]) -> JobHandle:
        self._configure(func, job_id, options)
        self._scheduler.add_job(job_id, args=options.get("args"), kwargs=options.get("kwargs"))
        return JobHandle(self, job_id, None)

    def _configure(self, func: Callable[..., Any], job_id: str, options: dict[str, Any]) -> None:
        # A task for each job: two jobs of one task would share its limit of running jobs.
        self._scheduler.configure_task(
            job_id, func=func, max_running_jobs=options.get("max_instances", 1)
        )

    def _trigger(self, module: str, name: str, *arguments: Any, **keywords: Any) -> Any:
        triggers = importlib.import_module(f"apscheduler.triggers.{module}")
        return getattr(triggers, name)(*arguments, **keywords)

    def _add(
        self, func: Callable[..., Any], job_id: str, trigger: Any, options: dict[str, Any]
    ) -> None:
        self._configure(func, job_id, options)
        policies, conflicts = self._api.CoalescePolicy, self._api.ConflictPolicy
        replacing = job_id == _WAKE or options.get("replace_existing")
        grace = {"misfire_grace_time": options.get("misfire_grace_time")}
        self._scheduler.add_schedule(
            job_id,
            trigger,
            id=job_id,
            args=options.get("args"),
            kwargs=options.get("kwargs"),
            coalesce=policies.latest if options.get("coalesce", True) else policies.all,
            conflict_policy=conflicts.replace if replacing else conflicts.exception,
            **grace,
        )

    def _translate(self, event: Any) -> None:
        kind = type(event).__name__
        job_id = getattr(event, "schedule_id", None) or getattr(event, "task_id", None)
        if job_id == _WAKE:
            return
        if kind in {"SchedulerStarted", "SchedulerStopped"}:
            started = kind == "SchedulerStarted"
            self.announce("SCHEDULER_STARTED" if started else "SCHEDULER_SHUTDOWN")
        elif kind == "JobAdded" and event.schedule_id is None:
            self.announce("JOB_ADDED", job_id=job_id, jobstore="default")
        elif kind in {"ScheduleAdded", "ScheduleRemoved"}:
            name = "JOB_ADDED" if kind == "ScheduleAdded" else "JOB_REMOVED"
            self.announce(name, job_id=job_id, jobstore="default")
        elif kind == "JobAcquired":
            times = [event.scheduled_start]
            self.announce("JOB_SUBMITTED", job_id=job_id, scheduled_run_times=times)
        elif kind == "JobReleased":
            with suppress(KeyError):  # a cancelled job has no counterpart
                name = _ENDS[event.outcome.name]
                self.announce(name, job_id=job_id, scheduled_run_time=event.scheduled_start)


def _nothing() -> None:
    pass


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the clock is the test's
