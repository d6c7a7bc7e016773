"""
Faults of the start, and of jobs added before and after it.
"""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bgsched._engine import Phase
from bgsched.events import (
    EVENT_ALL,
    EVENT_JOB_ADDED,
    EVENT_JOB_EXECUTED,
    EVENT_JOBSTORE_ADDED,
    EVENT_SCHEDULER_STARTED,
    JobEvent,
)
from bgsched.schedulers.background import BackgroundScheduler
from bgsched.schedulers.base import STATE_PAUSED, STATE_RUNNING
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from bgsched._foreign import ExecutorLike
    from bgsched.job import Job


@fault("START-1")
class AwaitsDueJobs(BackgroundScheduler):
    """
    `start()` waits for the end of a job that is due.
    """

    def start(self, paused: bool = False) -> None:
        ended = threading.Event()
        self.add_listener(lambda _: ended.set(), EVENT_JOB_EXECUTED)
        times = [getattr(job, "next_run_time", None) for job in self.get_jobs()]
        super().start(paused)
        if any(time is not None and time <= self.clock.now() for time in times):
            ended.wait()


@fault("START-2")
class ForgetsWhatIsFarOff(BackgroundScheduler):
    """
    A job added while running never runs if it is not due at once.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        time = keywords.get("next_run_time")
        if self.running and time is not None and time > self.clock.now():
            keywords["next_run_time"] = None
        return super().add_job(*arguments, **keywords)


@fault("START-3")
class SkipsAddedExecutors(BackgroundScheduler):
    """
    Executors added before the start are not started.
    """

    def add_executor(
        self, executor: ExecutorLike | Executor | str, alias: str = "default", **executor_opts: Any
    ) -> None:
        if self.running:
            super().add_executor(executor, alias, **executor_opts)


@fault("START-3")
class StartsExecutorsTwice(BackgroundScheduler):
    """
    Each executor is started twice.
    """

    def start(self, paused: bool = False) -> None:
        super().start(paused)
        for alias, executor in self._engine.executors.running.items():
            executor.start(self, alias)


@fault("START-4")
class StartsStoresTwice(BackgroundScheduler):
    """
    Each job store is started twice.
    """

    def start(self, paused: bool = False) -> None:
        super().start(paused)
        for alias, store in self._engine.jobstores.running.items():
            store.start(self, alias)


@fault("START-5")
class WaitsBeforeTheFirstPass(BackgroundScheduler):
    """
    The first pass is made when something wakes the scheduler, and not before.
    """

    def start(self, paused: bool = False) -> None:
        super().start(paused=True)
        loop = self._engine.loop
        if not paused and loop is not None:
            with self._engine.lock:
                self._engine.phase = Phase.RUNNING
                loop.paused = False


@fault("START-6")
class AnnouncesPendingJobs(BackgroundScheduler):
    """
    A job is announced when it is added, although it is only pending.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        job = super().add_job(*arguments, **keywords)
        if not self.running:
            self.listeners.dispatch(JobEvent(EVENT_JOB_ADDED, job.id, "default"))
        return job


@fault("START-6")
class TriesTheStoreEarly(BackgroundScheduler):
    """
    A pending job is put into its store and taken out again, to see whether it fits.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        job = super().add_job(*arguments, **keywords)
        store = self._engine.jobstores.get(keywords.get("jobstore", "default"))
        if job.pending and store is not None:
            job.next_run_time = None
            store.add_job(job)
            store.remove_job(job.id)
            del job.next_run_time
        return job


@fault("START-7")
class CountsFromAddJob(BackgroundScheduler):
    """
    Triggers take the time of `add_job()` for now.
    """

    def add_job(
        self, func: Callable[..., Any] | str, trigger: Any = None, *arguments: Any, **keywords: Any
    ) -> Job:
        if trigger is None:
            trigger, keywords["run_date"] = "date", self.clock.now()
        elif trigger == "interval":
            keywords["start_date"] = self.clock.now() + timedelta(hours=keywords["hours"])
        return super().add_job(func, trigger, *arguments, **keywords)


@fault("START-7")
class KnowsTheRunTimeEarly(BackgroundScheduler):
    """
    The first run time of an interval is computed when the job is added.
    """

    def add_job(
        self, func: Callable[..., Any] | str, trigger: Any = None, *arguments: Any, **keywords: Any
    ) -> Job:
        if trigger == "interval":
            keywords["next_run_time"] = self.clock.now() + timedelta(hours=keywords["hours"])
        return super().add_job(func, trigger, *arguments, **keywords)


@fault("START-8")
class LosesJobsOfOtherThreads(BackgroundScheduler):
    """
    A job that is added in another thread than the first is lost.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._home = threading.get_ident()

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        job = super().add_job(*arguments, **keywords)
        if threading.get_ident() != self._home:
            self.remove_job(job.id)
        return job


@fault("START-9")
class RunsOnlyWithJobs(BackgroundScheduler):
    """
    `running` is false as long as there is no job.
    """

    @property
    def running(self) -> bool:
        return super().running and bool(self.get_jobs())


@fault("START-9")
class LooksPaused(BackgroundScheduler):
    """
    The state of a running scheduler is the paused state.
    """

    @property
    def state(self) -> int:
        state = super().state
        return STATE_PAUSED if state == STATE_RUNNING else state


@fault("START-10")
class StartsInSilence(BackgroundScheduler):
    """
    The start is not announced.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int = EVENT_ALL) -> None:
        super().add_listener(callback, mask & ~EVENT_SCHEDULER_STARTED)


@fault("START-11")
class StartsSuspended(BackgroundScheduler):
    """
    The parameter has another name.
    """

    def start(self, suspended: bool = False) -> None:
        super().start(suspended)


@fault("START-12")
class SwallowsArguments(BackgroundScheduler):
    """
    Any argument is taken.
    """

    def start(self, paused: bool = False, **_: Any) -> None:
        super().start(paused)


@fault("START-13")
class HidesTheDefaultStore(BackgroundScheduler):
    """
    The job store that was supplied is not announced.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int = EVENT_ALL) -> None:
        super().add_listener(callback, mask & ~EVENT_JOBSTORE_ADDED)


@fault("START-14", also=("START-15",))
class HidesErrors(BackgroundScheduler):
    """
    An error of a part does not reach the caller.
    """

    def start(self, paused: bool = False) -> None:
        with contextlib.suppress(OSError):
            super().start(paused)


@fault("START-14", also=("START-15",))
class DropsJobsOnError(BackgroundScheduler):
    """
    A start that fails takes the pending jobs with it.
    """

    def start(self, paused: bool = False) -> None:
        try:
            super().start(paused)
        except OSError:
            self.remove_all_jobs()
            raise


@fault("START-14")
class LeavesAThreadOnError(BackgroundScheduler):
    """
    A start that fails leaves a thread behind.
    """

    def start(self, paused: bool = False) -> None:
        try:
            super().start(paused)
        except OSError:
            threading.Thread(target=threading.Event().wait, args=(1,), daemon=True).start()
            raise


@fault("START-15")
class FailsForEver(BackgroundScheduler):
    """
    Once a start has failed, each further one fails.
    """

    _failure: Exception | None = None

    def start(self, paused: bool = False) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            super().start(paused)
        except (OSError, LookupError) as error:
            self._failure = error
            raise


@fault("START-16")
class DropsThePast(BackgroundScheduler):
    """
    A pending job with a date in the past vanishes at the start.
    """

    def start(self, paused: bool = False) -> None:
        for job in self.get_jobs():
            date = getattr(job.trigger, "run_date", None)
            if date is not None and date < self.clock.now():
                self.remove_job(job.id)
        super().start(paused)


@fault("START-16")
class NeverMisses(BackgroundScheduler):
    """
    A job runs however late it is.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        keywords["misfire_grace_time"] = None
        return super().add_job(*arguments, **keywords)
