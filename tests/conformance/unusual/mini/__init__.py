"""
A scheduler written from scratch: one condition, one thread that schedules, ten that work.

Hands a run over before it removes the job. Publishes events, states and the two errors, but neither
executors nor job stores and triggers; and it gives up BASE-1.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

from . import events as ev
from .parts import Job, Life, Pool
from .schedulers import SchedulerAlreadyRunningError, SchedulerNotRunningError
from .schedulers.base import STATE_PAUSED, STATE_RUNNING, STATE_STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class MiniScheduler:
    """
    Knows dates and intervals, and keeps jobs in memory.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        self._changed = threading.Condition()
        self._listeners: list[tuple[Callable[[Any], object], int]] = []
        self._jobs: dict[str, Job] = {}
        self._executors = {"default"}
        self._life: Life | None = None
        self._state: str = STATE_STOPPED
        self.configure(gconfig, **options)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a scheduler cannot be pickled")

    def configure(
        self, gconfig: Mapping[str, Any] | None = None, prefix: str = "apscheduler.", **options: Any
    ) -> None:
        """
        Replace all options.
        """
        if self.running:
            raise SchedulerAlreadyRunningError
        defaults = {"coalesce": True, "misfire_grace_time": 1, "max_instances": 1}
        found: dict[str, Any] = {}
        for key, value in (gconfig or {}).items():
            head, _, tail = key.removeprefix(prefix).partition(".")
            if key.startswith(prefix) and head == "job_defaults" and tail:
                defaults[tail] = value
            elif key.startswith(prefix):
                found[head] = value
        found.update(options)
        self._defaults = {**defaults, **found.get("job_defaults", {})}
        self._daemon = str(found.get("daemon", True)).strip().lower() == "true"
        zone = found.get("timezone", UTC)
        self._zone = ZoneInfo(zone) if isinstance(zone, str) else zone

    @property
    def state(self) -> str:
        """
        One of the three texts.
        """
        return self._state

    @property
    def running(self) -> bool:
        """
        Whether it has been started.
        """
        return self._state != STATE_STOPPED

    def start(self, paused: bool = False) -> None:
        """
        Make the threads and let them work.
        """
        with self._changed:
            if self.running:
                raise SchedulerAlreadyRunningError
            if not getattr(sys.modules.get("uwsgi"), "has_threads", True):
                raise RuntimeError("threads are disabled")
            for job in self._jobs.values():
                if job.jobstore != "default":
                    raise LookupError(f"no job store {job.jobstore!r}")
            for job in self._jobs.values():
                job.settle(_now(), self._defaults)
            life = self._life = Life()
            self._state = STATE_PAUSED if paused else STATE_RUNNING
            for name in self._executors:
                life.pools[name] = Pool(self._run, daemon=self._daemon)
            life.thread = threading.Thread(target=self._loop, args=(life,), daemon=self._daemon)
            life.thread.start()
            added = [_event(ev.EVENT_JOB_ADDED, job) for job in self._jobs.values()]
        self._tell(
            SimpleNamespace(code=ev.EVENT_JOBSTORE_ADDED, alias="default"),
            SimpleNamespace(code=ev.EVENT_EXECUTOR_ADDED, alias="default"),
            *added,
            SimpleNamespace(code=ev.EVENT_SCHEDULER_STARTED),
        )
        with self._changed:
            life.announced = True
            self._changed.notify_all()

    def shutdown(self, wait: bool = True) -> None:
        """
        End the threads.
        """
        with self._changed:
            life = self._life
            if life is None:
                raise SchedulerNotRunningError
            self._life, self._state, life.over = None, STATE_STOPPED, True
            self._jobs.clear()
            self._changed.notify_all()
        if life.thread is not threading.current_thread():
            life.thread.join()
        for pool in life.pools.values():
            pool.close(wait=wait)
        self._tell(SimpleNamespace(code=ev.EVENT_SCHEDULER_SHUTDOWN))

    def pause(self) -> None:
        """
        Hand nothing over any more.
        """
        self._become(STATE_PAUSED, ev.EVENT_SCHEDULER_PAUSED)

    def resume(self) -> None:
        """
        Go on.
        """
        self._become(STATE_RUNNING, ev.EVENT_SCHEDULER_RESUMED)

    def _become(self, state: str, code: int) -> None:
        with self._changed:
            if not self.running:
                raise SchedulerNotRunningError
            self._state = state
            self._changed.notify_all()
        self._tell(SimpleNamespace(code=code))  # even if nothing has changed

    def wakeup(self) -> None:
        """
        Look at the clock.
        """
        with self._changed:
            self._changed.notify_all()

    def add_executor(self, executor: str, alias: str = "default") -> None:
        """
        Add a pool, before the start.
        """
        if executor != "threadpool" or self.running:
            raise NotImplementedError
        self._executors.add(alias)

    def add_listener(self, callback: Callable[[Any], object], mask: int = ev.EVENT_ALL) -> None:
        """
        Have *callback* told.
        """
        self._listeners = [*self._listeners, (callback, mask)]

    def remove_listener(self, callback: Callable[[Any], object]) -> None:
        """
        Undo that.
        """
        self._listeners = [entry for entry in self._listeners if entry[0] != callback]

    def add_job(
        self,
        func: Callable[..., object],
        trigger: str | None = None,
        args: Any = (),
        id: str | None = None,  # noqa: A002 - the documented name
        jobstore: str = "default",
        executor: str = "default",
        **rest: Any,
    ) -> Job:
        """
        Add a job.
        """
        names = (*self._defaults, "next_run_time")
        given = {name: rest.pop(name) for name in names if name in rest}
        date = rest.pop("run_date", rest.pop("start_date", None))
        if isinstance(date, str):
            date = datetime.fromisoformat(date).replace(tzinfo=self._zone)
        step = timedelta(**rest) if trigger == "interval" else None
        job = Job(func=func, args=args, jobstore=jobstore, executor=executor, given=given)
        vars(job).update(id=id or f"job-{builtin_id(job)}", step=step, date=date, instances=0)
        vars(job).update(pending=True, next_run_time=None)
        with self._changed:
            if job.id in self._jobs:
                raise ValueError(f"there is a job {job.id!r}")
            if self.running:
                job.settle(_now(), self._defaults)
            self._jobs[job.id] = job
        if not job.pending:
            self._tell(_event(ev.EVENT_JOB_ADDED, job))
        self.wakeup()
        return job

    def get_jobs(self) -> list[Job]:
        """
        Return all jobs.
        """
        with self._changed:
            return list(self._jobs.values())

    def get_job(self, job_id: str) -> Job | None:
        """
        Return a job, or None.
        """
        return self._jobs.get(job_id)

    def modify_job(self, job_id: str, **changes: Any) -> Job:
        """
        Change settings of a job.
        """
        with self._changed:
            job = self._jobs[job_id]
            job.given.update(changes)
            vars(job).update(changes)
            self._changed.notify_all()
        return job

    def remove_job(self, job_id: str) -> None:
        """
        Remove a job.
        """
        with self._changed:
            job = self._jobs.pop(job_id)
        self._tell(_event(ev.EVENT_JOB_REMOVED, job))

    def _missing(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError("not on the page")

    add_jobstore = remove_jobstore = remove_executor = export_jobs = import_jobs = _missing
    pause_job = resume_job = reschedule_job = remove_all_jobs = _missing
    print_jobs = scheduled_job = _missing

    def _tell(self, *news: Any) -> None:
        for event in news:
            for callback, mask in self._listeners:
                if event.code & mask:
                    with suppress(Exception):  # a listener's own business
                        callback(event)

    def _loop(self, life: Life) -> None:
        while not life.over:
            news: list[Any] = []
            with self._changed:
                if life.announced and self._state == STATE_RUNNING and not life.over:
                    news = self._hand_over(life, _now())
                if not news and not life.over:
                    self._changed.wait(self._seconds())
            self._tell(*news)

    def _seconds(self) -> float | None:
        times = [job.next_run_time for job in self._jobs.values() if job.next_run_time]
        if self._state == STATE_PAUSED or not times:
            return None
        return max(0.001, (min(times) - _now()).total_seconds())

    def _hand_over(self, life: Life, now: datetime) -> list[Any]:
        news = []
        for job in list(self._jobs.values()):
            if job.next_run_time is None or job.next_run_time > now:
                continue
            code, times = ev.EVENT_JOB_MAX_INSTANCES, job.take(now)
            if job.instances < job.max_instances:
                code = ev.EVENT_JOB_SUBMITTED
                job.instances += 1
                life.pools[job.executor].tasks.put((job, times))
            news.append(_event(code, job, scheduled_run_times=times))
            if job.next_run_time is None:
                del self._jobs[job.id]
                news.append(_event(ev.EVENT_JOB_REMOVED, job))
        return news

    def _run(self, task: tuple[Job, list[datetime]]) -> None:
        job, times = task
        news = []
        for time in times:
            grace = job.misfire_grace_time
            code = ev.EVENT_JOB_MISSED
            told: dict[str, Any] = {"scheduled_run_time": time}
            if grace is None or (_now() - time).total_seconds() <= grace:
                try:
                    told["retval"] = job.func(*job.args)
                    code = ev.EVENT_JOB_EXECUTED
                except BaseException as error:  # noqa: BLE001 - told to the listeners
                    told["exception"] = error
                    code = ev.EVENT_JOB_ERROR
            news.append(_event(code, job, **told))
        with self._changed:
            job.instances -= 1
        self._tell(*news)


builtin_id = id


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a scheduler of its own


def _event(code: int, job: Job, **more: Any) -> SimpleNamespace:
    return SimpleNamespace(code=code, job_id=job.id, jobstore=job.jobstore, **more)
