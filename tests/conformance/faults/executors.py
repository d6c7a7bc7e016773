"""
Faults of attaching and detaching executors, and of the executors themselves.
"""

from __future__ import annotations

import inspect
import threading
from typing import TYPE_CHECKING, Any

from bgsched.events import (
    EVENT_EXECUTOR_REMOVED,
    EVENT_JOB_EXECUTED,
    SchedulerEvent,
)
from bgsched.executors.base import BaseExecutor
from bgsched.executors.debug import DebugExecutor
from bgsched.executors.pool import ProcessPoolExecutor, ThreadPoolExecutor
from bgsched.schedulers.background import BackgroundScheduler
from faults import fault

if TYPE_CHECKING:
    from bgsched.job import Job


@fault("EXE-1", also=("EXE-2", "EXE-4", "EXE-7", "EXE-8", "EXE-11", "EXE-12", "EXE-13"))
class SendsAllToDefault(BackgroundScheduler):
    """
    The executor that a job names is not asked for.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        keywords.pop("executor", None)
        return super().add_job(*arguments, **keywords)


@fault("EXE-1", also=("EXE-7", "EXE-12"))
class IgnoresOptions(BackgroundScheduler):
    """
    An executor that is named is made without its options.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        if alias != "processes":
            executor_opts = {}
        super().add_executor(executor, alias, **executor_opts)


@fault("EXE-1")
class HasAnotherDefaultAlias(BackgroundScheduler):
    """
    An executor without an alias is not the default one.
    """

    def add_executor(self, executor: Any, alias: str = "main", **executor_opts: Any) -> None:
        super().add_executor(executor, alias, **executor_opts)


@fault("EXE-2")
class ReplacesExecutors(BackgroundScheduler):
    """
    A second executor of one alias takes the place of the first.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        if self._engine.executors.get(alias) is not None:
            self.remove_executor(alias)
        super().add_executor(executor, alias, **executor_opts)


@fault("EXE-2")
class RefusesAndDetaches(BackgroundScheduler):
    """
    A second executor of one alias is refused, and the first is gone.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        try:
            super().add_executor(executor, alias, **executor_opts)
        except ValueError:
            if self.running:
                self._engine.executors.running.pop(alias)
                self._engine.executors.running[alias] = self._engine.executors.running["default"]
            raise


@fault("EXE-3", also=("EXE-1", "EXE-2", "EXE-4", "EXE-7", "EXE-8", "EXE-11", "EXE-12"))
class StartsWhatIsAdded(BackgroundScheduler):
    """
    An executor is started by being added, and again by the start.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        super().add_executor(executor, alias, **executor_opts)
        if not self.running and isinstance(executor, BaseExecutor):
            executor.start(self, alias)


@fault("EXE-3")
class LeavesStartingToResume(BackgroundScheduler):
    """
    An executor added to a paused scheduler is not started.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        if self.state == 2 and isinstance(executor, BaseExecutor):
            self._engine.executors.add(alias, executor)
        else:
            super().add_executor(executor, alias, **executor_opts)


@fault("EXE-4")
class LeavesExecutorsRunning(BackgroundScheduler):
    """
    A removed executor is never shut down.
    """

    def remove_executor(self, alias: str, shutdown: bool = True) -> None:
        del shutdown
        super().remove_executor(alias, shutdown=False)


@fault("EXE-4")
class AlwaysShutsDown(BackgroundScheduler):
    """
    A removed executor is shut down even if it is not to be.
    """

    def remove_executor(self, alias: str, shutdown: bool = True) -> None:
        executor = self._engine.executors.get(alias)
        super().remove_executor(alias, shutdown)
        if executor is not None and not shutdown:
            executor.shutdown(wait=False)


@fault("EXE-4")
class KeepsTheAlias(BackgroundScheduler):
    """
    The alias of a removed executor stays taken while the scheduler runs.
    """

    def remove_executor(self, alias: str, shutdown: bool = True) -> None:
        executor = self._engine.executors.get(alias)
        super().remove_executor(alias, shutdown)
        if executor is not None and self._engine.table.live and alias == "worker":
            self._engine.executors.add(alias, executor)


@fault("EXE-5")
class AnnouncesNoAlias(BackgroundScheduler):
    """
    The removal of an executor does not tell which.
    """

    def remove_executor(self, alias: str, shutdown: bool = True) -> None:
        listeners = self._engine.listeners
        dispatch = listeners.dispatch

        def forgetful(event: SchedulerEvent) -> None:
            if event.code == EVENT_EXECUTOR_REMOVED:
                event.alias = None
            dispatch(event)

        listeners.dispatch = forgetful  # type: ignore[method-assign]
        super().remove_executor(alias, shutdown)


@fault("EXE-5")
class StaysSilentWhenStopped(BackgroundScheduler):
    """
    Before the start, removals are not announced.
    """

    def remove_executor(self, alias: str, shutdown: bool = True) -> None:
        if self.running:
            super().remove_executor(alias, shutdown)
        else:
            self._engine.executors.remove(alias)


@fault("EXE-6")
class TakesAnything(BackgroundScheduler):
    """
    What is no executor is taken without complaint.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        try:
            super().add_executor(executor, alias, **executor_opts)
        except TypeError:
            return


@fault("EXE-6")
class KeepsWhatItRefuses(BackgroundScheduler):
    """
    What is no executor is refused, and its alias is taken.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        try:
            super().add_executor(executor, alias, **executor_opts)
        except TypeError:
            self._engine.executors.add(alias, DebugExecutor())
            raise


class Substituting(BackgroundScheduler):
    """
    Attaches other executors than those that are named.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        if isinstance(executor, str):
            executor, executor_opts = self.substitute(executor, executor_opts), {}
        super().add_executor(executor, alias, **executor_opts)

    def substitute(self, name: str, options: dict[str, Any]) -> BaseExecutor | str:
        kinds: dict[str, Any] = {
            "threadpool": ThreadPoolExecutor,
            "processpool": ProcessPoolExecutor,
            "debug": DebugExecutor,
        }
        made: BaseExecutor | str = kinds[name](**options) if name in kinds else name
        return made


@fault("EXE-7", also=("EXE-1", "EXE-12"))
class HasOneWorkerMore(Substituting):
    """
    Every thread pool has a worker more than it should.
    """

    def substitute(self, name: str, options: dict[str, Any]) -> BaseExecutor | str:
        if name == "threadpool":
            options["max_workers"] = options.get("max_workers", 10) + 1
        return super().substitute(name, options)


@fault("EXE-7")
class HasOneWorker(Substituting):
    """
    Every thread pool has a single worker.
    """

    def substitute(self, name: str, options: dict[str, Any]) -> BaseExecutor | str:
        if name == "threadpool":
            options["max_workers"] = 1
        return super().substitute(name, options)


@fault("EXE-7")
class IgnoresPoolArguments(Substituting):
    """
    Threads are made without the arguments given for them.
    """

    def substitute(self, name: str, options: dict[str, Any]) -> BaseExecutor | str:
        options.pop("pool_kwargs", None)
        return super().substitute(name, options)


@fault("EXE-8")
class StaysInTheProcess(Substituting):
    """
    What is called a process pool is one of threads.
    """

    def substitute(self, name: str, options: dict[str, Any]) -> BaseExecutor | str:
        return super().substitute("threadpool" if name == "processpool" else name, options)


class Unreturning(ProcessPoolExecutor):
    """
    Loses the results of its jobs.
    """

    def _run_job_success(self, job_id: str, events: Any) -> None:
        told = [event for event in events if event.code == EVENT_JOB_EXECUTED]
        for event in told:
            event.retval = None
        super()._run_job_success(job_id, events)


@fault("EXE-8")
class LosesResults(Substituting):
    """
    What a job returns in another process does not come back.
    """

    def substitute(self, name: str, options: dict[str, Any]) -> BaseExecutor | str:
        return Unreturning(1) if name == "processpool" else super().substitute(name, options)


@fault("EXE-8")
class CallsMethodsOfTheBase(BackgroundScheduler):
    """
    A class method is called on the class that defines it.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        if inspect.ismethod(func) and isinstance(func.__self__, type):
            name = func.__name__
            home = next(base for base in func.__self__.__mro__ if name in vars(base))
            func = getattr(home, name)
        return super().add_job(func, *arguments, **keywords)


class Tacit(ProcessPoolExecutor):
    """
    Tells of no run that failed.
    """

    def _run_job_success(self, job_id: str, events: Any) -> None:
        good = [event for event in events if event.code == EVENT_JOB_EXECUTED]
        super()._run_job_success(job_id, good)


@fault("EXE-9")
class LosesWhatCannotBeSent(Substituting):
    """
    A run that cannot be sent to another process is never heard of again.
    """

    def substitute(self, name: str, options: dict[str, Any]) -> BaseExecutor | str:
        return Tacit(1) if name == "processpool" else super().substitute(name, options)


@fault("EXE-11")
class DefersInline(BackgroundScheduler):
    """
    What should run in line runs in a thread of its own.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        if isinstance(executor, DebugExecutor):
            inline = executor._do_submit_job

            def defer(*arguments: Any) -> None:
                threading.Thread(target=inline, args=arguments, daemon=True).start()

            vars(executor)["_do_submit_job"] = defer
        super().add_executor(executor, alias, **executor_opts)


@fault("EXE-11")
class KnowsNoDebugger(BackgroundScheduler):
    """
    The class is published, but its plugin name is unknown.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        if executor == "debug":
            raise LookupError(executor)
        super().add_executor(executor, alias, **executor_opts)


@fault("EXE-12")
class JudgesLatenessTooEarly(BackgroundScheduler):
    """
    A run that waits for a worker begins however late it has become.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        if "misfire_grace_time" in keywords:
            keywords["misfire_grace_time"] = None
        return super().add_job(*arguments, **keywords)


@fault("EXE-12")
class GivesNoGrace(BackgroundScheduler):
    """
    A run that had to wait for a worker is always missed.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        if keywords.get("misfire_grace_time") is not None:
            keywords["misfire_grace_time"] = 1
        return super().add_job(*arguments, **keywords)


@fault("EXE-13")
class TrustsItsOwnExecutorsOnly(BackgroundScheduler):
    """
    Executors from elsewhere are refused.
    """

    def add_executor(self, executor: Any, alias: str = "default", **executor_opts: Any) -> None:
        if type(executor).__name__ == "DirectExecutor":
            raise TypeError("unknown executor")
        super().add_executor(executor, alias, **executor_opts)
