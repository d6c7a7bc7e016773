"""
Faults of `shutdown()`.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from bgsched._engine import Engine
from bgsched._listeners import ListenerTable
from bgsched._options import read_options
from bgsched._run import inside_job_of
from bgsched.errors import SchedulerNotRunningError, ShutdownInsideJobError
from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_SCHEDULER_SHUTDOWN,
    SchedulerEvent,
)
from bgsched.schedulers.base import STATE_PAUSED
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bgsched._loop import Loop
    from bgsched.job import Job
    from bgsched.jobstores.base import BaseJobStore

# A worker that hung for ever would hang the test run as well, at its very end.
A_LONG_TIME = 8  # seconds, longer than any wait of a test


class WatchesItsWorkers(BackgroundScheduler):
    """
    Knows which threads are running its jobs.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.at_work = threading.Condition()
        self.workers: set[int] = set()

    def add_job(self, func: Any, *arguments: Any, **options: Any) -> Job:
        @functools.wraps(func)
        def watched(*args: Any, **kwargs: Any) -> object:
            with self.at_work:
                self.workers.add(threading.get_ident())
            try:
                return func(*args, **kwargs)
            finally:
                with self.at_work:
                    self.workers.discard(threading.get_ident())
                    self.at_work.notify_all()

        return super().add_job(watched, *arguments, **options)

    def interrupt_workers(self) -> None:
        for thread in self.workers - {threading.get_ident()}:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread), ctypes.py_object(SystemExit)
            )


@fault("SHUT-1", also=("SHUT-13", "SHUT-15"))
class ThreadStays(BackgroundScheduler):
    """
    The scheduling thread does nothing after the shutdown, but does not end.
    """

    def _launch(self, loop: Loop) -> None:
        def stay() -> None:
            loop.run()
            threading.Event().wait()

        thread = threading.Thread(target=stay, daemon=True)
        loop.run_in(thread, owned=False)
        thread.start()


@fault("SHUT-1")
class DoesNotWaitForItsThread(BackgroundScheduler):
    """
    `shutdown()` neither takes the lock nor joins, so it returns in the middle of a pass.
    """

    def _launch(self, loop: Loop) -> None:
        thread = threading.Thread(target=loop.run, daemon=True)
        loop.run_in(thread, owned=False)
        loop._ended.set()
        thread.start()

    def shutdown(self, wait: bool = True) -> None:
        lock, self._engine.lock = self._engine.lock, threading.RLock()
        try:
            super().shutdown(wait)
        finally:
            self._engine.lock = lock


@fault("SHUT-2")
class ForgetsAddedExecutors(BackgroundScheduler):
    """
    Executors added while running are not shut down.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        if self.running:
            self.added = {*getattr(self, "added", ()), alias}
        super().add_executor(executor, alias, **executor_opts)

    def shutdown(self, wait: bool = True) -> None:
        for alias in getattr(self, "added", ()):
            self._engine.executors.running.pop(alias, None)
        super().shutdown(wait)


@fault("SHUT-2")
class RemembersRemovedExecutors(BackgroundScheduler):
    """
    Executors that were removed are shut down again.
    """

    def remove_executor(self, alias: str, shutdown: bool = True) -> None:
        self.removed = self._engine.executors.running[alias]
        super().remove_executor(alias, shutdown)

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        if hasattr(self, "removed"):
            self.removed.shutdown(wait)


@fault("SHUT-3")
class ForgetsAddedJobStores(BackgroundScheduler):
    """
    Job stores added while running are not shut down.
    """

    def add_jobstore(self, jobstore: Any, alias: str = "default", **jobstore_opts: Any) -> None:
        if self.running:
            self.added = {*getattr(self, "added", ()), alias}
        super().add_jobstore(jobstore, alias, **jobstore_opts)

    def shutdown(self, wait: bool = True) -> None:
        for alias in getattr(self, "added", ()):
            self._engine.jobstores.running.pop(alias, None)
        super().shutdown(wait)


@fault("SHUT-3")
class ShutsJobStoresDownTwice(BackgroundScheduler):
    """
    Each job store is shut down a second time.
    """

    def shutdown(self, wait: bool = True) -> None:
        stores = list(self._engine.jobstores.running.values())
        super().shutdown(wait)
        for store in stores:
            store.shutdown()


@fault("SHUT-4", also=("SHUT-12",))
class CutsOffJobsItWaitsFor(WatchesItsWorkers):
    """
    `shutdown()` waits for jobs, but not before it has raised `SystemExit` into them.
    """

    def shutdown(self, wait: bool = True) -> None:
        if wait:
            self.interrupt_workers()
        super().shutdown(wait)


@fault("SHUT-7", also=("SHUT-4",))
class CutsOffJobsItDoesNotWaitFor(WatchesItsWorkers):
    """
    `shutdown(wait=False)` raises `SystemExit` into the running jobs.
    """

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        if not wait:
            self.interrupt_workers()


@fault("SHUT-5", also=("SHUT-12", "SHUT-13", "SHUT-24"))
class DoesNotWaitByDefault(BackgroundScheduler):
    """
    `wait` is false by default.
    """

    def shutdown(self, wait: bool = False) -> None:
        super().shutdown(wait)


@fault("SHUT-5", also=("SHUT-2",))
class WaitsForTheDefaultExecutorAlone(BackgroundScheduler):
    """
    Jobs on other executors are not waited for.
    """

    def shutdown(self, wait: bool = True) -> None:
        executors = self._engine.executors.running
        others = [alias for alias in executors if alias != "default"]
        for executor in [executors.pop(alias) for alias in others]:
            executor.shutdown(wait=False)
        super().shutdown(wait)


@fault("SHUT-6", also=("SHUT-4", "SHUT-7", "SHUT-8", "SHUT-25"))
class AlwaysWaits(WatchesItsWorkers):
    """
    Running jobs are waited for in spite of `wait=False`.
    """

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        with self.at_work:
            self.at_work.wait_for(lambda: self.workers <= {threading.get_ident()}, A_LONG_TIME)


@fault("SHUT-8", also=("SHUT-3",))
class LeavesJobStoresInAHurry(BackgroundScheduler):
    """
    `shutdown(wait=False)` does not shut down the job stores.
    """

    def shutdown(self, wait: bool = True) -> None:
        if not wait:
            self._engine.jobstores.running.clear()
        super().shutdown(wait)


@fault("SHUT-9")
class RunsWhenWokenAfterTheShutdown(BackgroundScheduler):
    """
    `wakeup()` on a stopped scheduler runs what has become due since.
    """

    left: list[tuple[datetime | None, Callable[..., object]]]

    def shutdown(self, wait: bool = True) -> None:
        self.left = [(job.next_run_time, job.func) for job in self.get_jobs()]
        super().shutdown(wait)

    def wakeup(self) -> None:
        super().wakeup()
        for run_time, func in () if self.running else self.left:
            if run_time is not None and run_time <= self.clock.now():
                threading.Thread(target=func, daemon=True).start()


@fault("SHUT-11")
class AnnouncesItsShutdownTwice(BackgroundScheduler):
    """
    SCHEDULER_SHUTDOWN is announced two times.
    """

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        self._engine.listeners.dispatch(SchedulerEvent(EVENT_SCHEDULER_SHUTDOWN))


class LateTidings(ListenerTable):
    """
    Keeps outcomes of jobs back until the shutdown has been announced.
    """

    def __init__(self, scheduler: LateOutcomes) -> None:
        super().__init__(scheduler._engine.listeners.logger)
        self.scheduler = scheduler
        self.kept: list[SchedulerEvent] = []

    def dispatch(self, event: SchedulerEvent) -> None:
        outcome = event.code in (EVENT_JOB_EXECUTED, EVENT_JOB_ERROR)
        if outcome and not self.scheduler.running:
            self.kept.append(event)
            return
        super().dispatch(event)
        if event.code == EVENT_SCHEDULER_SHUTDOWN:
            for late in self.kept:
                super().dispatch(late)


@fault("SHUT-12")
class LateOutcomes(BackgroundScheduler):
    """
    EXECUTED and ERROR of the jobs waited for come after SCHEDULER_SHUTDOWN.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._engine.listeners = LateTidings(self)


@fault("SHUT-13")
class TakesPausedForStopped(BackgroundScheduler):
    """
    A paused scheduler cannot be shut down.
    """

    def shutdown(self, wait: bool = True) -> None:
        if self.state == STATE_PAUSED:
            raise SchedulerNotRunningError
        super().shutdown(wait)


@fault("SHUT-13")
class DoesNotWaitInAPause(BackgroundScheduler):
    """
    On a paused scheduler, `shutdown()` does not wait for the running jobs.
    """

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait and self.state != STATE_PAUSED)


@fault("SHUT-14")
class JoinsTheWorkerThatAsks(BackgroundScheduler):
    """
    A job that calls `shutdown()` gets the `RuntimeError` of a thread that joins itself.
    """

    def shutdown(self, wait: bool = True) -> None:
        try:
            super().shutdown(wait)
        except ShutdownInsideJobError:
            raise RuntimeError("cannot join current thread") from None


@fault("SHUT-14")
class RefusesItsJobs(BackgroundScheduler):
    """
    A job that calls `shutdown()` gets an error, and nothing else happens.
    """

    def shutdown(self, wait: bool = True) -> None:
        if wait and inside_job_of(self):
            raise ShutdownInsideJobError
        super().shutdown(wait)


@fault("SHUT-15")
class RefusesItsHastyJobs(BackgroundScheduler):
    """
    A job that calls `shutdown(wait=False)` gets an error.
    """

    def shutdown(self, wait: bool = True) -> None:
        if not wait and inside_job_of(self):
            raise ShutdownInsideJobError
        super().shutdown(wait)


class Distracted(ListenerTable):
    """
    Knows in which threads listeners are being told.
    """

    def __init__(self, logger: Any) -> None:
        super().__init__(logger)
        self.here = threading.local()

    def dispatch(self, event: SchedulerEvent) -> None:
        self.here.telling = True
        try:
            super().dispatch(event)
        finally:
            self.here.telling = False


@fault("SHUT-16")
class DoesNotListenToItsListeners(BackgroundScheduler):
    """
    `shutdown()` called by a listener does nothing.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.table = Distracted(self._engine.listeners.logger)
        self._engine.listeners = self.table

    def shutdown(self, wait: bool = True) -> None:
        if not getattr(self.table.here, "telling", False):
            super().shutdown(wait)


@fault("SHUT-17")
class RunsBeforeItHasStarted(BackgroundScheduler):
    """
    `running` is true before `shutdown()` can find all that it needs.
    """

    started = False

    def start(self, paused: bool = False) -> None:
        self.started = False
        super().start(paused)
        self.started = True

    def shutdown(self, wait: bool = True) -> None:
        started = self.started
        super().shutdown(wait)
        if not started:
            raise AttributeError("'NoneType' object has no attribute 'join'")


@fault("SHUT-18")
class LocksJobsOut(BackgroundScheduler):
    """
    `shutdown()` holds a lock while it waits for jobs which wait for that lock.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lock = threading.Lock()

    def get_jobs(self, *arguments: Any, **keywords: Any) -> list[Job]:
        if self.lock.acquire(timeout=A_LONG_TIME):
            self.lock.release()
        return super().get_jobs(*arguments, **keywords)

    def shutdown(self, wait: bool = True) -> None:
        alone = self.lock.acquire(blocking=False)
        try:
            super().shutdown(wait)
        finally:
            if alone:
                self.lock.release()


@fault("SHUT-19")
class LocksReadersOut(LocksJobsOut):
    """
    `get_jobs()` waits for the end of a shutdown, unless a job calls it.
    """

    def get_jobs(self, *arguments: Any, **keywords: Any) -> list[Job]:
        if inside_job_of(self):
            return BackgroundScheduler.get_jobs(self, *arguments, **keywords)
        return super().get_jobs(*arguments, **keywords)


@fault("SHUT-20")
class ThreadDies(BackgroundScheduler):
    """
    The scheduling thread ends with an exception.
    """

    def _launch(self, loop: Loop) -> None:
        def die() -> None:
            loop.run()
            raise LookupError("no job to remove")

        thread = threading.Thread(target=die, daemon=True)
        loop.run_in(thread, owned=True)
        thread.start()


@fault("SHUT-21")
class PutsOneShotJobsBack(BackgroundScheduler):
    """
    A shutdown puts jobs that have had their last run back into their job stores.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.kept: list[tuple[str, Job]] = []

    def add_job(self, *arguments: Any, **options: Any) -> Job:
        job = super().add_job(*arguments, **options)
        if "jobstore" in options:
            self.kept.append((options["jobstore"], job))
        return job

    def shutdown(self, wait: bool = True) -> None:
        stores = dict(self._engine.jobstores.running)
        super().shutdown(wait)
        for alias, job in self.kept:
            if stores[alias].lookup_job(job.id) is None:
                stores[alias].add_job(job)


@fault("SHUT-22")
class ConsumesWhatFallsDue(BackgroundScheduler):
    """
    After the wait, jobs that are due are moved on though they cannot be run any more.
    """

    def shutdown(self, wait: bool = True) -> None:
        stores: Iterable[BaseJobStore] = list(self._engine.jobstores.running.values())
        super().shutdown(wait)
        now = self.clock.now()
        for store in stores:
            for job in store.get_due_jobs(now):
                job.next_run_time = job.trigger.get_next_fire_time(now, now)
                store.update_job(job)


class Intolerant(Engine):
    """
    Gives up at the first part that cannot be shut down.
    """

    def _take_down(self, before: list[Callable[[], object]], *, wait: bool) -> None:
        for step in before:
            step()
        for executor in self.executors.stop_all():
            executor.shutdown(wait)
        for store in self.jobstores.stop_all():
            store.shutdown()


@fault("SHUT-23")
class GivesUpAtTheFirstError(BackgroundScheduler):
    """
    When an executor raises in its shutdown, what comes after it is not shut down.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine = Intolerant(self, read_options(gconfig, "apscheduler.", options))


@fault("SHUT-24")
class LetsTheSecondCallerGo(BackgroundScheduler):
    """
    A second `shutdown()` returns at once while the first still waits.
    """

    stopping = False

    def shutdown(self, wait: bool = True) -> None:
        if self.stopping:
            return
        self.stopping = self.running
        try:
            super().shutdown(wait)
        finally:
            self.stopping = False


@fault("SHUT-25")
class TakesWaitByNameAlone(BackgroundScheduler):
    """
    `wait` cannot be given by position.
    """

    def shutdown(self, *, wait: bool = True) -> None:  # type: ignore[override]
        super().shutdown(wait)


@fault("SHUT-26")
class ReturnsItself(BackgroundScheduler):
    """
    `shutdown()` returns the scheduler.
    """

    def shutdown(self, wait: bool = True) -> Any:
        super().shutdown(wait)
        return self
