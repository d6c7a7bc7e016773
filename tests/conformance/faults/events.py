"""
Faults of event codes, event objects and listeners.
"""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from bgsched import events
from bgsched.schedulers.background import BackgroundScheduler
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched._listeners import ListenerTable
    from bgsched.events import SchedulerEvent
    from bgsched.job import Job


def publish(package: str, **constants: int) -> str:
    """
    Let *package* publish the events, with these constants instead of the right ones.
    """
    module = ModuleType(f"{package}.events")
    vars(module).update({name: getattr(events, name) for name in events.__all__} | constants)
    sys.modules[module.__name__] = module
    return package


@fault("EVT-1", also=("EVT-2", "EVT-5", "EVT-9", "EVT-10", "EVT-11"))
class SharesABit(BackgroundScheduler):
    """
    Two events have the same code.
    """

    __module__ = publish(
        "faults.events_alike", EVENT_JOBSTORE_REMOVED=events.EVENT_EXECUTOR_REMOVED
    )


@fault("EVT-1", also=("EVT-2", "EVT-9", "EVT-10", "EVT-11"))
class SpendsTwoBits(BackgroundScheduler):
    """
    One code has two bits.
    """

    __module__ = publish(
        "faults.events_double", EVENT_SCHEDULER_PAUSED=events.EVENT_SCHEDULER_PAUSED | 1 << 20
    )


@fault("EVT-1")
class LeavesOneOut(BackgroundScheduler):
    """
    The mask of everything lacks one event.
    """

    __module__ = publish(
        "faults.events_partial", EVENT_ALL=events.EVENT_ALL - events.EVENT_JOB_MODIFIED
    )


class Rewriting(BackgroundScheduler):
    """
    Puts events through `rewritten` before they are dispatched; None stands for none.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        table: ListenerTable = self._engine.listeners
        dispatch = table.dispatch

        def rewrite_and_dispatch(event: SchedulerEvent) -> None:
            changed = self.rewritten(event)
            if changed is not None:
                dispatch(changed)

        table.dispatch = rewrite_and_dispatch  # type: ignore[method-assign]

    def rewritten(self, event: Any) -> SchedulerEvent | None:
        raise NotImplementedError


@fault("EVT-2", also=("EVT-3", "EVT-11"))
class IgnoresMasks(BackgroundScheduler):
    """
    Every listener hears everything.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int = events.EVENT_ALL) -> None:
        super().add_listener(callback, mask and events.EVENT_ALL)


@fault("EVT-2", also=("EVT-11",))
class WantsMasksInFull(BackgroundScheduler):
    """
    Without a mask, a listener does not hear what all jobs have in common.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int | None = None) -> None:
        if mask is None and self._engine.listeners.mask:
            mask = events.EVENT_ALL - events.EVENT_ALL_JOBS_REMOVED
        super().add_listener(callback, events.EVENT_ALL if mask is None else mask)


@fault("EVT-2")
class HearsWhatBeginsLater(BackgroundScheduler):
    """
    Whether a run's end is announced depends on who listened when it began.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int = events.EVENT_ALL) -> None:
        busy = any(executor._instances for executor in self._engine.executors.running.values())
        super().add_listener(callback, mask & ~events.EVENT_JOB_EXECUTED if busy else mask)


@fault("EVT-3")
class ComparesByIdentity(BackgroundScheduler):
    """
    A bound method is not known again.
    """

    def remove_listener(self, callback: Callable[[Any], object]) -> None:
        table = self._engine.listeners
        table._entries = tuple(entry for entry in table._entries if entry[0] is not callback)


@fault("EVT-3")
class RemovesTheLast(BackgroundScheduler):
    """
    It is always the latest listener that is removed.
    """

    def remove_listener(self, callback: Callable[[Any], object]) -> None:
        del callback
        super().remove_listener(self._engine.listeners._entries[-1][0])


@fault("EVT-3")
class RemovesWhileStopped(BackgroundScheduler):
    """
    A running scheduler keeps its listeners.
    """

    def remove_listener(self, callback: Callable[[Any], object]) -> None:
        if not self.running:
            super().remove_listener(callback)


@fault("EVT-4")
class StopsAtTheFirstError(Rewriting):
    """
    Listeners behind one that raises hear nothing.
    """

    def rewritten(self, event: Any) -> None:
        for callback, mask in self._engine.listeners._entries:
            if event.code & mask:
                try:
                    callback(event)
                except Exception:  # noqa: BLE001 - the fault
                    return


@fault("EVT-4")
class PassesErrorsOn(Rewriting):
    """
    What a listener raises comes out of the call that brought the event about.
    """

    def rewritten(self, event: Any) -> None:
        for callback, mask in self._engine.listeners._entries:
            if event.code & mask:
                callback(event)


@fault("EVT-5")
class ForgetsTheExecutor(Rewriting):
    """
    An executor that was removed is not named.
    """

    def rewritten(self, event: Any) -> SchedulerEvent:
        if event.code == events.EVENT_EXECUTOR_REMOVED:
            event.alias = None
        return cast("SchedulerEvent", event)


@fault("EVT-5")
class ForgetsTheEmptiedStore(Rewriting):
    """
    A job store that was emptied is not named.
    """

    def rewritten(self, event: Any) -> SchedulerEvent:
        if event.code == events.EVENT_ALL_JOBS_REMOVED:
            event.alias = None
        return cast("SchedulerEvent", event)


@fault("EVT-6")
class NamesTheDefaultStore(Rewriting):
    """
    A modified job is said to be in the default store.
    """

    def rewritten(self, event: Any) -> SchedulerEvent:
        if event.code == events.EVENT_JOB_MODIFIED:
            event.jobstore = "default"
        return cast("SchedulerEvent", event)


@fault("EVT-7")
class TellsTheLastRunTime(Rewriting):
    """
    Of several run times only the last is told.
    """

    def rewritten(self, event: Any) -> SchedulerEvent:
        if event.code == events.EVENT_JOB_SUBMITTED:
            event.scheduled_run_times = event.scheduled_run_times[-1:]
        return cast("SchedulerEvent", event)


@fault("EVT-7", also=("EVT-9",))
class TellsNoRefusedRunTime(Rewriting):
    """
    A refused submission does not say which run it was.
    """

    def rewritten(self, event: Any) -> SchedulerEvent:
        if event.code == events.EVENT_JOB_MAX_INSTANCES:
            event.scheduled_run_times = []
        return cast("SchedulerEvent", event)


@fault("EVT-8")
class TellsTheTextOfResults(Rewriting):
    """
    A result is told as text.
    """

    def rewritten(self, event: Any) -> SchedulerEvent:
        if event.code == events.EVENT_JOB_EXECUTED:
            event.retval = str(event.retval)
        return cast("SchedulerEvent", event)


@fault("EVT-8")
class KeepsExceptionsToItself(Rewriting):
    """
    An exception is told by its traceback alone.
    """

    def rewritten(self, event: Any) -> SchedulerEvent:
        if event.code == events.EVENT_JOB_ERROR:
            event.exception = None
        return cast("SchedulerEvent", event)


def silent_about(name: str, *also: str) -> None:
    """
    Plant a scheduler that does not announce one kind of event.
    """
    code = getattr(events, f"EVENT_{name}")

    class Silent(Rewriting):
        def rewritten(self, event: Any) -> SchedulerEvent | None:
            return None if event.code == code else event

    Silent.__name__ = Silent.__qualname__ = f"SilentAbout_{name}"
    fault("EVT-9", also=also)(Silent)


silent_about("SCHEDULER_PAUSED", "EVT-2", "EVT-10", "EVT-11")
silent_about("EXECUTOR_REMOVED", "EVT-2", "EVT-5", "EVT-10", "EVT-11")
silent_about("JOB_MODIFIED", "EVT-2", "EVT-6", "EVT-10", "EVT-11")
silent_about("JOB_MISSED", "EVT-2", "EVT-7", "EVT-8", "EVT-10", "EVT-11")


@fault("EVT-9")
class WaitingJobsComeInSilence(Rewriting):
    """
    Jobs that wait for the start are not announced by it.
    """

    _starting = False

    def start(self, paused: bool = False) -> None:
        self._starting = True
        super().start(paused)
        self._starting = False

    def rewritten(self, event: Any) -> SchedulerEvent | None:
        return None if event.code == events.EVENT_JOB_ADDED and self._starting else event


@fault("EVT-9")
class AnnouncesTwice(Rewriting):
    """
    A resumption is announced twice.
    """

    def rewritten(self, event: Any) -> SchedulerEvent | None:
        if event.code == events.EVENT_SCHEDULER_RESUMED:
            for callback, mask in self._engine.listeners._entries:
                if event.code & mask:
                    callback(event)
        return cast("SchedulerEvent", event)


@fault("EVT-10")
class TellsLessOfFailures(Rewriting):
    """
    The event of a failed run is of a class of its own.
    """

    def rewritten(self, event: Any) -> SchedulerEvent:
        if event.code != events.EVENT_JOB_ERROR:
            return cast("SchedulerEvent", event)
        told = events.JobEvent(event.code, event.job_id, event.jobstore)
        vars(told).update(vars(event))
        return told


class Noticing(Rewriting):
    """
    Knows of which event it is telling its listeners, in this very thread.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        self._here = threading.local()
        super().__init__(gconfig, **options)

    @property
    def telling(self) -> int:
        return getattr(self._here, "code", 0)

    def rewritten(self, event: Any) -> None:
        outside = self.telling
        for callback, mask in self._engine.listeners._entries:
            if event.code & mask:
                self._here.code = event.code
                try:
                    callback(event)
                except Exception:
                    self._engine.options.logger.exception("in a listener")
                finally:
                    self._here.code = outside


@fault("EVT-11")
class RefusesWhenEmptied(Noticing):
    """
    A listener that hears of the removal of all jobs may add none.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Any:
        if self.telling == events.EVENT_ALL_JOBS_REMOVED:
            raise RuntimeError("not now")
        return super().add_job(*arguments, **keywords)


@fault("EVT-11")
class ForgetsWhatListenersAdd(Noticing):
    """
    A job without a trigger never runs if a listener has added it.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Any:
        if self.telling and len(arguments) == 1:
            keywords["next_run_time"] = None
        return super().add_job(*arguments, **keywords)


@fault("EVT-11")
class RefusesChanges(Noticing):
    """
    A listener may change no job.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        if self.telling:
            raise RuntimeError("not from a listener")
        return super().modify_job(job_id, jobstore, **changes)
