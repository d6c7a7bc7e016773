"""
The life of a scheduler: start, pause, resume, shutdown, and what is attached meanwhile.

One lock guards the state. It is never held while executors or job stores are started or shut down,
while a thread is waited for, or while a listener or a job runs: each of those may call back.
"""

from __future__ import annotations

import threading
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bgsched._directory import Directory, Part
from bgsched._jobtable import JobTable
from bgsched._listeners import ListenerTable
from bgsched._loop import Loop, check_threads
from bgsched._pass import Parts, Pass
from bgsched._run import inside_job_of
from bgsched.errors import (
    SchedulerAlreadyRunningError,
    SchedulerNotRunningError,
    ShutdownInsideJobError,
)
from bgsched.events import (
    EVENT_EXECUTOR_ADDED,
    EVENT_JOB_ADDED,
    EVENT_JOBSTORE_ADDED,
    EVENT_SCHEDULER_PAUSED,
    EVENT_SCHEDULER_RESUMED,
    EVENT_SCHEDULER_SHUTDOWN,
    EVENT_SCHEDULER_STARTED,
    JobEvent,
    SchedulerEvent,
)
from bgsched.executors.base import BaseExecutor, ExecutorHost
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.jobstores.base import BaseJobStore, StoreHost
from bgsched.jobstores.memory import MemoryJobStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bgsched._options import Options
    from bgsched.job import Job


class Host(ExecutorHost, StoreHost, Protocol):
    """
    The scheduler, as its parts see it.
    """


class Phase(Enum):
    """
    The state of a scheduler. From outside, one that is starting or stopping looks stopped.
    """

    STOPPED = auto()
    STARTING = auto()
    RUNNING = auto()
    PAUSED = auto()
    STOPPING = auto()


class Engine:
    """
    What makes a scheduler go. All public methods may be called from any thread.

    Args:
        host: The scheduler.
        options: Its options.

    Attributes:
        host: The scheduler.
        lock: Guards everything below.
        phase: The state.
        loop: The scheduling loop while running or paused, else None.
        table: The jobs.
        default_executor: Makes the executor that is supplied to a scheduler without.
    """

    default_executor: Callable[[], BaseExecutor] = ThreadPoolExecutor

    def __init__(self, host: Host, options: Options) -> None:
        # Re-entrant only for the sake of stores and triggers that call the scheduler back.
        self.lock = threading.RLock()
        self.phase = Phase.STOPPED
        self.loop: Loop | None = None
        self.options = options
        self.listeners = ListenerTable(options.logger)
        self.executors: Directory[BaseExecutor] = Directory("executor")
        self.jobstores: Directory[BaseJobStore] = Directory("job store")
        self.table = JobTable(self.jobstores, options)
        self.host = host
        self._adopt(options)

    def configure(self, options: Options) -> None:
        """
        Replace the options.

        Raises:
            SchedulerAlreadyRunningError: The scheduler is not stopped.
        """
        with self.lock:
            self._check_stopped()
            self._adopt(options)
        for code, aliases in (
            (EVENT_EXECUTOR_ADDED, options.executors),
            (EVENT_JOBSTORE_ADDED, options.jobstores),
        ):
            for alias in aliases:
                self.listeners.dispatch(SchedulerEvent(code, alias))

    def start(self, paused: bool, launch: Callable[[Loop], None]) -> Loop:
        """
        Start all parts, schedule the waiting jobs and have the loop launched.

        On an error everything is as before, and the start may be repeated.

        Args:
            paused: Whether to leave the loop paused.
            launch: Sees to the loop being run, without waiting for it; called with the lock held.

        Raises:
            SchedulerAlreadyRunningError: The scheduler is not stopped.
            RuntimeError: There are no threads under this uWSGI.
        """
        with self.lock:
            self._check_stopped()  # ERR-6: only one of several starts gets past this
            check_threads()
            self.phase = Phase.STARTING
            supplied = self._supply_defaults()
        try:
            loop, scheduled = self._go_live(paused, launch)
        except BaseException:
            self._take_down([], wait=False)
            with self.lock:
                for directory in (self.executors, self.jobstores):
                    directory.withdraw_supplied()
                self.phase = Phase.STOPPED
            raise
        # The loop is still paused: nothing can be submitted before it has been announced.
        for event in (*supplied, *scheduled):
            self.listeners.dispatch(event)
        loop.announced = True
        self._release(loop)
        self.options.logger.info("Scheduler started")
        self.listeners.dispatch(SchedulerEvent(EVENT_SCHEDULER_STARTED))
        return loop

    def shutdown(self, wait: bool) -> None:
        """
        End the loop and shut all parts down; every one of them, even if one fails.

        Args:
            wait: Whether to return only after all jobs in progress have ended.

        Raises:
            SchedulerNotRunningError: The scheduler is neither running nor paused.
            ShutdownInsideJobError: The wish to wait came from a job of this scheduler.
            BaseException: The first error of a part. The scheduler is shut down nevertheless.
        """
        inside = inside_job_of(self.host)
        with self.lock:
            loop = self.loop
            if loop is None:
                raise SchedulerNotRunningError
            self.phase = Phase.STOPPING
            self.loop = None
            self.table.live = False
            # In this hold, so that no pass plans or consumes anything from now on (V4, V5, V6).
            loop.halted = True
        try:
            loop.ring()
            # The loop ends first: it hands over what it has committed, to executors that work yet.
            failure = self._take_down([loop.join], wait=wait and not inside)
            with self.lock:
                self.phase = Phase.STOPPED
            self.options.logger.info("Scheduler has been shut down")
            self.listeners.dispatch(SchedulerEvent(EVENT_SCHEDULER_SHUTDOWN))
        finally:
            loop.over.set()
        if failure is not None:
            raise failure
        if wait and inside:
            raise ShutdownInsideJobError  # SHUT-14

    def pause(self) -> None:
        """
        Let no job be started until `resume`.

        Raises:
            SchedulerNotRunningError: The scheduler is neither running nor paused.
        """
        with self.lock:
            if self.loop is None:
                raise SchedulerNotRunningError
            if self.phase is Phase.PAUSED:
                return
            self.phase = Phase.PAUSED
            self.loop.paused = True
        self.options.logger.info("Paused scheduler job processing")
        self.listeners.dispatch(SchedulerEvent(EVENT_SCHEDULER_PAUSED))

    def resume(self) -> None:
        """
        Go on after `pause` or a paused start.

        Raises:
            SchedulerNotRunningError: The scheduler is neither running nor paused.
        """
        with self.lock:
            loop = self.loop
            if loop is None:
                raise SchedulerNotRunningError
            if self.phase is Phase.RUNNING:
                return
            self.phase = Phase.RUNNING
        self.options.logger.info("Resumed scheduler job processing")
        self.listeners.dispatch(SchedulerEvent(EVENT_SCHEDULER_RESUMED))
        self._release(loop)

    def wakeup(self) -> None:
        """
        Have a pass done soon; nothing happens on a stopped scheduler.
        """
        loop = self.loop
        if loop is not None:
            loop.ring()

    def must_wake_for(self, job: Job) -> bool:
        """
        Tell whether the loop sleeps beyond the job's next run time. The caller holds the lock.
        """
        loop = self.loop
        if loop is None or loop.paused:  # whoever ends the pause rings
            return False
        moment = job.next_run_time
        return moment is not None and moment.timestamp() < loop.deadline

    def announce_job(self, code: int, job_id: str, alias: str | None) -> None:
        """
        Tell listeners, if there are any, what happened to a job. The caller holds no lock.
        """
        if code & self.listeners.mask:
            self.listeners.dispatch(JobEvent(code, job_id, alias))

    def add_executor(self, alias: str, executor: BaseExecutor) -> None:
        """
        Attach an executor, and start it if the scheduler runs.
        """
        serves = self._attach(self.executors, alias, executor)
        if serves and not self.options.daemon:
            executor.prepare()
        self.listeners.dispatch(SchedulerEvent(EVENT_EXECUTOR_ADDED, alias))

    def add_jobstore(self, alias: str, store: BaseJobStore) -> None:
        """
        Attach a job store, and start it if the scheduler runs.
        """
        serves = self._attach(self.jobstores, alias, store)
        self.listeners.dispatch(SchedulerEvent(EVENT_JOBSTORE_ADDED, alias))
        if serves:
            self.wakeup()  # STO-2: it may bring due jobs

    def _attach(self, directory: Directory[Part], alias: str, part: Part) -> bool:
        """
        Attach a part, start it if the scheduler runs, and tell whether it serves now.
        """
        with self.lock:
            directory.add(alias, part)
            loop = self.loop
        if loop is None:
            return False
        try:
            return self._start_part(directory, alias, part, loop)
        except BaseException:
            with self.lock:
                directory.discard(alias, part)
            raise

    def _check_stopped(self) -> None:
        if self.phase is not Phase.STOPPED:
            raise SchedulerAlreadyRunningError(stopping=self.phase is Phase.STOPPING)

    def _adopt(self, options: Options) -> None:
        self.options = options
        self.table.options = options
        self.listeners.logger = options.logger
        self.executors.reconfigure(options.executors)
        self.jobstores.reconfigure(options.jobstores)

    def _supply_defaults(self) -> list[SchedulerEvent]:
        supplied = []
        if self.executors.get("default") is None:
            self.executors.supply("default", self.default_executor())
            supplied.append(SchedulerEvent(EVENT_EXECUTOR_ADDED, "default"))
        if self.jobstores.get("default") is None:
            self.jobstores.supply("default", MemoryJobStore())
            supplied.append(SchedulerEvent(EVENT_JOBSTORE_ADDED, "default"))
        return supplied

    def _go_live(
        self, paused: bool, launch: Callable[[Loop], None]
    ) -> tuple[Loop, list[SchedulerEvent]]:
        """
        Start the parts; then, in one hold of the lock, schedule the waiting jobs and change state.
        """
        while True:
            with self.lock:
                executors, stores = self.executors.waiting(), self.jobstores.waiting()
                if not executors and not stores:
                    # In one hold: a job added by another thread is either among those scheduled
                    # here or finds the scheduler running. None falls in between.
                    jobs = self.table.schedule_pending()
                    alarm = self.options.clock.alarm(self.listeners)
                    loop = Loop(self.options, self.lock, alarm, self._run_pass)
                    try:
                        launch(loop)
                    except BaseException:
                        self.table.withdraw(jobs)
                        raise
                    self.table.go_live()
                    self.loop = loop
                    self.phase = Phase.PAUSED if paused else Phase.RUNNING
                    break
            # Others may attach parts while these are being started, so look again afterwards.
            for alias, executor in executors:
                self._start_part(self.executors, alias, executor, None)
            for alias, store in stores:
                self._start_part(self.jobstores, alias, store, None)
        return loop, [JobEvent(EVENT_JOB_ADDED, job.id, job.jobstore) for job, *_ in jobs]

    def _start_part(
        self, directory: Directory[Part], alias: str, part: Part, loop: Loop | None
    ) -> bool:
        """
        Start a part; False, and it is shut down again, if it is not wanted any more.

        Args:
            directory: Where it is attached.
            alias: Its alias.
            part: The executor or job store.
            loop: The loop that it is to serve, None for the one that is about to begin.
        """
        part.start(self.host, alias)
        with self.lock:
            # A restart meanwhile has started it as well, or is about to look for it.
            taken_over = self.phase is Phase.STARTING or directory.running.get(alias) is part
            # Detached meanwhile, or the scheduler was shut down: nobody else would shut this down.
            wanted = (self.loop is loop or taken_over) and directory.mark_running(alias, part)
        if not wanted:
            part.shutdown()
        return wanted

    def _release(self, loop: Loop) -> None:
        """
        Let the loop work, unless it was paused or shut down since it was meant to.

        A resume() that meets the announcements of the start leaves it to the start (START-10).
        """
        with self.lock:
            if self.loop is not loop or self.phase is not Phase.RUNNING or not loop.announced:
                return
            executors = [] if self.options.daemon else list(self.executors.running.values())
        for executor in executors:
            executor.prepare()
        with self.lock:
            if self.loop is loop and self.phase is Phase.RUNNING:
                loop.paused = False
        loop.ring()

    def _run_pass(self, loop: Loop) -> datetime | None:
        parts = Parts(self.lock, self.executors, self.jobstores, self.listeners, self.options)
        return Pass(parts, loop).run()

    def _take_down(self, before: list[Callable[[], object]], *, wait: bool) -> BaseException | None:
        """
        Do what comes *before*, then shut down executors and stores; return the first error.
        """
        with self.lock:
            executors, stores = self.executors.stop_all(), self.jobstores.stop_all()
        steps: list[Callable[[], object]] = [
            *before,
            *(partial(executor.shutdown, wait) for executor in executors),
            *(store.shutdown for store in stores),
        ]
        failure: BaseException | None = None
        for step in steps:
            try:
                step()
            except BaseException as error:  # SHUT-23: shut down the others all the same
                self.options.logger.exception("Error during shutdown")
                failure = failure or error
        return failure
