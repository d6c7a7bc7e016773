"""
A scheduler written from scratch in one file: it polls, and each run has a thread of its own.

`running` turns false at the end of a shutdown. Publishes nothing at all, gives its events the usual
numbers for want of names, and gives up BASE-1.
"""

from __future__ import annotations

import itertools
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import SimpleNamespace
from typing import Any, NoReturn

STARTED, SHUTDOWN, PAUSED, RESUMED, EXECUTOR, STORE = 1, 2, 4, 8, 1 << 4, 1 << 6
ADDED, REMOVED, EXECUTED, ERROR, MISSED, SUBMITTED, TOO_MANY = (
    1 << 9,
    1 << 10,
    1 << 12,
    1 << 13,
    1 << 14,
    1 << 15,
    1 << 16,
)
PERIOD = 0.004  # seconds
LIMIT = 10
_ids = itertools.count(1)


class SchedulerAlreadyRunningError(LookupError):
    """
    It runs.
    """


class SchedulerNotRunningError(LookupError):
    """
    It does not.
    """


class Mood(Enum):
    """
    The states.
    """

    ASLEEP = 1
    AWAKE = 2
    DREAMY = 3


@dataclass(eq=False)
class Job:
    """
    A job; what was left open stays so until it is settled.
    """

    func: Any
    args: Any
    id: str
    jobstore: str
    executor: str
    step: timedelta | None
    date: datetime | None
    settings: dict[str, Any]
    pending: bool = True
    next_run_time: datetime | None = None
    instances: int = 0
    waiting: list[list[datetime]] = field(default_factory=list)

    def settle(self, defaults: dict[str, Any]) -> None:
        """
        Compute the first run time.
        """
        self.settings = {**defaults, **self.settings}
        first = self.date or _now() + (self.step or timedelta())
        self.next_run_time = self.settings.pop("next_run_time", first)
        self.pending = False

    @property
    def max_instances(self) -> int:
        """
        How many runs there may be at once.
        """
        return int(self.settings["max_instances"])


class SoloScheduler:
    """
    Knows dates and intervals, and keeps jobs in memory.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        self._lock = threading.RLock()
        self._ears: list[tuple[Any, int]] = []
        self._jobs: list[Job] = []
        self._executors = {"default": 0}
        self._mood, self._stopping = Mood.ASLEEP, False
        self._thread: threading.Thread | None = None
        self._runs: set[threading.Thread] = set()
        self._late: list[Job] = []
        self.configure(gconfig, **options)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a scheduler cannot be pickled")

    def __getattr__(self, name: str) -> Any:
        """
        Pretend to have all other members; none of them is on the page.
        """
        if name.startswith("_"):
            raise AttributeError(name)
        return NotImplemented

    def configure(self, gconfig: Any = None, prefix: str = "apscheduler.", **options: Any) -> None:
        """
        Replace all options.
        """
        if self.running:
            raise SchedulerAlreadyRunningError
        given = {k.removeprefix(prefix): v for k, v in (gconfig or {}).items() if prefix in k}
        given.update(options)
        self._defaults = {"coalesce": True, "misfire_grace_time": 1, "max_instances": 1}
        self._defaults |= given.get("job_defaults", {})
        dotted = "job_defaults."
        for key in [key for key in given if key.startswith(dotted)]:
            self._defaults[key.removeprefix(dotted)] = given[key]
        self._daemon = str(given.get("daemon", True)).strip().lower() != "false"
        zone = given.get("timezone", UTC)
        self._zone = UTC if isinstance(zone, str) else zone

    @property
    def state(self) -> Mood:
        """
        A state, not that anybody could know what it means.
        """
        return self._mood

    @property
    def running(self) -> bool:
        """
        Whether it has been started.
        """
        return self._mood is not Mood.ASLEEP

    def start(self, paused: bool = False) -> None:
        """
        Begin to poll.
        """
        with self._lock:
            if self.running:
                raise SchedulerAlreadyRunningError
            if getattr(sys.modules.get("uwsgi"), "has_threads", True) is False:
                raise RuntimeError("threads are disabled")
            if {job.jobstore for job in self._jobs} - {"default"}:
                raise ValueError("there is one job store only")
            self._mood, self._stopping = (Mood.DREAMY if paused else Mood.AWAKE), False
            self._tell(EXECUTOR, alias="default")
            self._tell(STORE, alias="default")
            for job in self._jobs:
                job.settle(self._defaults)
            # The thread tells of the start, since a listener may do anything, and here is a lock.
            news = [*self._jobs]
            self._thread = threading.Thread(target=self._poll, args=(news,), daemon=self._daemon)
            self._thread.start()

    def shutdown(self, wait: bool = True) -> None:
        """
        End the thread; the runs end when they end.
        """
        with self._lock:
            thread = self._thread
            if thread is None or self._stopping:
                raise SchedulerNotRunningError
            self._stopping = True
            self._jobs.clear()
        here = threading.current_thread()
        if thread is not here:
            thread.join()
        for run in [*self._runs] if wait else []:
            if run is not here:
                run.join()
        self._mood, self._thread = Mood.ASLEEP, None
        self._tell(SHUTDOWN)

    def pause(self) -> None:
        """
        Stop to hand over.
        """
        self._become(Mood.DREAMY, PAUSED)

    def resume(self) -> None:
        """
        Go on.
        """
        self._become(Mood.AWAKE, RESUMED)

    def _become(self, mood: Mood, code: int) -> None:
        with self._lock:
            if not self.running:
                raise SchedulerNotRunningError
            self._mood = mood
        self._tell(code)

    def wakeup(self) -> None:
        """
        Do nothing: it never sleeps for long.
        """

    def add_executor(self, _: str, alias: str = "default") -> None:
        """
        Have a further limit of runs.
        """
        self._executors[alias] = 0

    def add_listener(self, callback: Any, mask: int = -1) -> None:
        """
        Have *callback* told.
        """
        self._ears.append((callback, mask))

    def remove_listener(self, callback: Any) -> None:
        """
        Undo that.
        """
        self._ears = [ear for ear in self._ears if ear[0] is not callback]

    def add_job(self, func: Any, trigger: str = "date", args: Any = (), **settings: Any) -> Job:
        """
        Add a job.
        """
        take = settings.pop
        names = (take("id", f"#{next(_ids)}"), take("jobstore", "default"))
        executor = take("executor", "default")
        date = take("run_date", take("start_date", None))
        if isinstance(date, str):
            date = datetime.fromisoformat(date).replace(tzinfo=self._zone)
        units = {k: take(k) for k in ("hours", "minutes", "seconds") if k in settings}
        step = timedelta(**units) if trigger == "interval" else None
        job = Job(func, args, *names, executor, step, date, settings)
        with self._lock:
            live = self.running and not self._stopping
            if live:
                job.settle(self._defaults)
        if live:
            self._tell(ADDED, job)  # before any pass can see the job
        with self._lock:
            self._jobs.append(job)
        return job

    def get_jobs(self) -> list[Job]:
        """
        Return all jobs.
        """
        return [*self._jobs]

    def get_job(self, job_id: str) -> Job | None:
        """
        Return a job, or None.
        """
        return next((job for job in self._jobs if job.id == job_id), None)

    def modify_job(self, job_id: str, **changes: Any) -> None:
        """
        Change a job.
        """
        with self._lock:
            vars(self.get_job(job_id)).update(changes)

    def remove_job(self, job_id: str) -> None:
        """
        Remove a job.
        """
        with self._lock:
            self._jobs = [job for job in self._jobs if job.id != job_id]

    def _tell(self, code: int, job: Job | None = None, **more: Any) -> None:
        about = {} if job is None else {"job_id": job.id, "jobstore": job.jobstore}
        for callback, mask in [*self._ears]:
            if code & mask:
                with suppress(Exception):  # a listener's own business
                    callback(SimpleNamespace(code=code, **about, **more))

    def _poll(self, news: list[Job]) -> None:
        for job in news:
            self._tell(ADDED, job)
        self._tell(STARTED)
        while not self._stopping:
            with self._lock:
                due = [*self._jobs] if self._mood is Mood.AWAKE and not self._stopping else []
                handed = [(job, times) for job in due if (times := self._take(job))]
            for job, times in handed:
                self._hand_over(job, times)
            threading.Event().wait(PERIOD)

    def _take(self, job: Job) -> list[datetime]:
        times: list[datetime] = []
        while (time := job.next_run_time) is not None and time <= _now():
            times.append(time)
            job.next_run_time = time + job.step if job.step else None
        if times and job.next_run_time is None:
            self._jobs.remove(job)
        return times[-1:] if job.settings["coalesce"] else times

    def _hand_over(self, job: Job, times: list[datetime]) -> None:
        with self._lock:
            free = job.instances < job.max_instances
            job.instances += free
        self._tell(SUBMITTED if free else TOO_MANY, job, scheduled_run_times=times)
        if free:
            job.waiting.append(times)
            self._next_run(job)
        if job.next_run_time is None:
            self._tell(REMOVED, job)

    def _next_run(self, job: Job) -> None:
        with self._lock:
            if not job.waiting or self._executors[job.executor] >= LIMIT:
                self._late += [job] if job.waiting else []
                return
            times = job.waiting.pop(0)
            self._executors[job.executor] += 1
            run = threading.Thread(target=self._run, args=(job, times), daemon=True)
            self._runs.add(run)
            try:
                run.start()
            except RuntimeError:  # the interpreter makes no threads any more
                self._runs.discard(run)
            else:
                return
        self._run(job, times)

    def _run(self, job: Job, times: list[datetime]) -> None:
        for time in times:
            grace = job.settings["misfire_grace_time"]
            if grace is not None and (_now() - time).total_seconds() > grace:
                self._tell(MISSED, job, scheduled_run_time=time)
                continue
            try:
                retval = job.func(*job.args)
            except BaseException as error:  # noqa: BLE001 - told to the listeners
                self._tell(ERROR, job, scheduled_run_time=time, exception=error)
            else:
                self._tell(EXECUTED, job, scheduled_run_time=time, retval=retval)
        with self._lock:
            job.instances -= 1
            self._executors[job.executor] -= 1
            late, self._late = self._late, []
        for each in late:
            self._next_run(each)
        self._runs.discard(threading.current_thread())


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a scheduler of its own
