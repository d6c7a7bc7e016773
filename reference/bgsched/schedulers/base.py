"""
The public face of a scheduler. It checks, delegates and announces; it decides nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NoReturn

from bgsched._engine import Engine, Phase
from bgsched._options import read_options
from bgsched._plugins import EXECUTORS, JOBSTORES, make_part
from bgsched.errors import SchedulerAlreadyRunningError, SchedulerNotRunningError
from bgsched.events import (
    EVENT_ALL,
    EVENT_EXECUTOR_REMOVED,
    EVENT_JOBSTORE_REMOVED,
    SchedulerEvent,
)
from bgsched.schedulers._jobs import JobMethods

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from datetime import tzinfo

    from bgsched._clock import Clock
    from bgsched._foreign import ExecutorLike, JobStoreLike
    from bgsched._listeners import ListenerTable
    from bgsched._loop import Loop
    from bgsched._options import Options

__all__ = [
    "STATE_PAUSED",
    "STATE_RUNNING",
    "STATE_STOPPED",
    "BaseScheduler",
    "SchedulerAlreadyRunningError",
    "SchedulerNotRunningError",
]

STATE_STOPPED = 0
STATE_RUNNING = 1
STATE_PAUSED = 2

_STATES = {Phase.RUNNING: STATE_RUNNING, Phase.PAUSED: STATE_PAUSED}


class BaseScheduler(JobMethods, ABC):
    """
    What all schedulers have in common.

    All methods may be called from any thread, from jobs and from listeners. Listeners are called in
    the thread in which the event came about, and no lock is held meanwhile.

    Options, as keywords or as entries of *gconfig* with the prefix ``apscheduler.``; unknown ones
    are ignored:

    ``timezone``
        The zone, or its name, of dates that have none. The zone of this machine by default.
    ``job_defaults``
        A dict with any of ``misfire_grace_time`` (1), ``coalesce`` (true), ``max_instances`` (1).
    ``executors``, ``jobstores``
        A dict from aliases to instances, or to dicts that hold a ``type`` (its name) or a ``class``
        (or its textual reference) besides the arguments. A thread pool and a memory store are
        supplied as ``default`` when the scheduler starts without.
    ``jobstore_retry_interval``
        Seconds for which a failing job store is left alone (10).
    ``logger``
        A logger, its name or its reference (``apscheduler.scheduler``).
    ``clock``
        Where time comes from; for tests, a `bgsched.testing.ManualClock`.

    Args:
        gconfig: A mapping of options, which is left as it is. Keys may be dotted.
        options: Options that win over those of the mapping.

    Raises:
        ValueError: An option cannot be understood.
        TypeError: An option is of the wrong type.
        LookupError: The name of a type or the reference of an object leads nowhere.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        prefix = options.pop("prefix", "apscheduler.")
        self._engine = Engine(self, self._read_options(gconfig, prefix, options, None))

    def __getstate__(self) -> NoReturn:
        raise TypeError(
            "schedulers cannot be pickled; do not pass one to a job as an argument, and do not "
            "schedule a method of an object that holds one"
        )

    def configure(
        self,
        gconfig: Mapping[str, Any] | None = None,
        prefix: str | None = "apscheduler.",
        **options: Any,
    ) -> None:
        """
        Replace all options but the clock. Executors and job stores added by hand stay.

        Args:
            gconfig: A mapping of options, as for the class.
            prefix: Only keys that begin with this count; empty or None for all.
            options: Options that win over those of the mapping.

        Raises:
            SchedulerAlreadyRunningError: The scheduler is not stopped.
        """
        if self._engine.phase is not Phase.STOPPED:
            raise SchedulerAlreadyRunningError
        self._engine.configure(self._read_options(gconfig, prefix, options, self.clock))

    def start(self, paused: bool = False) -> None:
        """
        Start executors and job stores, schedule the waiting jobs and begin to run jobs.

        On an error everything is as before, and the start may be repeated.

        Args:
            paused: Whether to run no job before `resume`.

        Raises:
            SchedulerAlreadyRunningError: The scheduler is running, paused, starting or stopping.
            RuntimeError: There are no threads under this uWSGI.
        """
        self._attend(self._engine.start(paused, self._launch))

    def shutdown(self, wait: bool = True) -> None:
        """
        Stop running jobs and shut down executors and job stores. Runs in progress end as usual.

        Args:
            wait: Whether to return only after all runs in progress have ended.

        Raises:
            SchedulerNotRunningError: The scheduler is not running.
            ShutdownInsideJobError: A job of this scheduler asked to wait, and would wait for
                itself. The scheduler was shut down without waiting.
            Exception: The first error of an executor or job store, after all were shut down.
        """
        self._engine.shutdown(wait)

    def pause(self) -> None:
        """
        Let no job be started until `resume`. Runs in progress end as usual.

        Raises:
            SchedulerNotRunningError: The scheduler is not running.
        """
        self._engine.pause()

    def resume(self) -> None:
        """
        Go on after `pause` or a paused start. What became due meanwhile is late now.

        Raises:
            SchedulerNotRunningError: The scheduler is not running.
        """
        self._engine.resume()

    def wakeup(self) -> None:
        """
        Look for due jobs soon; for whoever changes the clock or a job store behind our back.
        """
        self._engine.wakeup()

    @property
    def state(self) -> int:
        """
        `STATE_STOPPED`, `STATE_RUNNING` or `STATE_PAUSED`.
        """
        return _STATES.get(self._engine.phase, STATE_STOPPED)

    @property
    def running(self) -> bool:
        """
        Whether the scheduler has been started and not been shut down; true when paused, too.
        """
        return self.state != STATE_STOPPED

    @property
    def timezone(self) -> tzinfo:
        """
        The zone of dates that have none.
        """
        return self._engine.options.timezone

    @property
    def clock(self) -> Clock:
        """
        Where time comes from.
        """
        return self._engine.options.clock

    @property
    def listeners(self) -> ListenerTable:
        """
        The listeners; for executors, which announce what became of jobs.
        """
        return self._engine.listeners

    def add_executor(
        self, executor: ExecutorLike | Executor | str, alias: str = "default", **executor_opts: Any
    ) -> None:
        """
        Attach an executor; it is started now if the scheduler runs, else with it.

        Args:
            executor: An executor, of bgsched or of `concurrent.futures`, which `FuturesExecutor`
                tells more about; whatever has the methods ``start``, ``shutdown`` and
                ``submit_job``; or the name of an executor type.
            alias: The name by which jobs choose it.
            executor_opts: Arguments for the executor type.

        Raises:
            ValueError: The alias is taken.
        """
        part = make_part(EXECUTORS, executor, executor_opts)
        self._engine.add_executor(alias, part)

    def remove_executor(self, alias: str, shutdown: bool = True) -> None:
        """
        Detach an executor.

        Args:
            alias: Its alias.
            shutdown: Whether to shut it down and wait for its runs in progress.

        Raises:
            UnknownAliasError: There is none of this alias.
        """
        with self._engine.lock:
            executor = self._engine.executors.remove(alias)
        if shutdown:
            executor.shutdown()
        self._engine.listeners.dispatch(SchedulerEvent(EVENT_EXECUTOR_REMOVED, alias))

    def add_jobstore(
        self, jobstore: JobStoreLike | str, alias: str = "default", **jobstore_opts: Any
    ) -> None:
        """
        Attach a job store; it is started now if the scheduler runs, else with it.

        Args:
            jobstore: A job store, which need not be derived from `BaseJobStore` if it has all its
                public methods; or the name of a job store type.
            alias: The name by which jobs choose it.
            jobstore_opts: Arguments for the job store type.

        Raises:
            ValueError: The alias is taken.
        """
        part = make_part(JOBSTORES, jobstore, jobstore_opts)
        self._engine.add_jobstore(alias, part)

    def remove_jobstore(self, alias: str, shutdown: bool = True) -> None:
        """
        Detach a job store; its jobs run no more.

        Args:
            alias: Its alias.
            shutdown: Whether to shut it down.

        Raises:
            UnknownAliasError: There is none of this alias.
        """
        with self._engine.lock:
            store = self._engine.jobstores.remove(alias)
        if shutdown:
            store.shutdown()
        self._engine.listeners.dispatch(SchedulerEvent(EVENT_JOBSTORE_REMOVED, alias))

    def add_listener(self, callback: Callable[[Any], object], mask: int = EVENT_ALL) -> None:
        """
        Call *callback* with each event whose code is in *mask*; with every event by default.
        """
        self._engine.listeners.add(callback, mask)

    def remove_listener(self, callback: Callable[[Any], object]) -> None:
        """
        Undo `add_listener`; an unknown callback is no error.
        """
        self._engine.listeners.remove(callback)

    def _read_options(
        self,
        gconfig: Mapping[str, Any] | None,
        prefix: str | None,
        keywords: Mapping[str, Any],
        clock: Clock | None,
    ) -> Options:
        """
        Read the options given; *clock* is the one to keep if they name no other.
        """
        return read_options(gconfig, prefix, keywords, clock)

    @abstractmethod
    def _launch(self, loop: Loop) -> None:
        """
        See to the loop being run, without waiting for it.
        """

    @abstractmethod
    def _attend(self, loop: Loop) -> None:
        """
        Do what is left to do when all has been started; called last by `start`.
        """
