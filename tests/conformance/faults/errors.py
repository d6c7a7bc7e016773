"""
Faults of calls that must be refused.
"""

from __future__ import annotations

import sys
import threading

from bgsched.errors import SchedulerAlreadyRunningError, SchedulerNotRunningError
from bgsched.events import EVENT_SCHEDULER_SHUTDOWN, EVENT_SCHEDULER_STARTED, SchedulerEvent
from bgsched.schedulers.background import BackgroundScheduler
from bgsched.schedulers.base import STATE_PAUSED, STATE_RUNNING
from faults import fault


class AfterRefusal(BackgroundScheduler):
    """
    Does something more after each refused start, which subclasses define.
    """

    def start(self, paused: bool = False) -> None:
        try:
            super().start(paused)
        except SchedulerAlreadyRunningError:
            self._after_refusal()
            raise

    def _after_refusal(self) -> None:
        """
        Do what must not be done.
        """


@fault("ERR-1", also=("ERR-3", "ERR-9"))
class ShutsDownUnstarted(BackgroundScheduler):
    """
    `shutdown()` before the first start is no error.
    """

    _started = False

    def start(self, paused: bool = False) -> None:
        super().start(paused)
        self._started = True

    def shutdown(self, wait: bool = True) -> None:
        if self._started:
            super().shutdown(wait)


@fault("ERR-2")
class ShutsDownTwice(BackgroundScheduler):
    """
    A second `shutdown()` is no error.
    """

    _down = False

    def shutdown(self, wait: bool = True) -> None:
        if not self._down:
            super().shutdown(wait)
            self._down = True


@fault("ERR-3")
class AnnouncesTheRefusedShutdown(BackgroundScheduler):
    """
    A refused `shutdown()` is announced as if it had been done.
    """

    def shutdown(self, wait: bool = True) -> None:
        try:
            super().shutdown(wait)
        except SchedulerNotRunningError:
            self.listeners.dispatch(SchedulerEvent(EVENT_SCHEDULER_SHUTDOWN))
            raise


@fault("ERR-3")
class StaysDown(BackgroundScheduler):
    """
    After a refused `shutdown()` no job runs any more.
    """

    _down = False

    def start(self, paused: bool = False) -> None:
        super().start(paused or self._down)

    def shutdown(self, wait: bool = True) -> None:
        try:
            super().shutdown(wait)
        except SchedulerNotRunningError:
            self._down = True
            raise


@fault("ERR-4", also=("ERR-5", "ERR-7", "ERR-9", "ERR-10"))
class StartsTwice(BackgroundScheduler):
    """
    A second `start()` of a running scheduler is no error.
    """

    def start(self, paused: bool = False) -> None:
        if self.state != STATE_RUNNING:
            super().start(paused)


@fault("ERR-5")
class ResumesAtStart(BackgroundScheduler):
    """
    `start()` resumes a paused scheduler.
    """

    def start(self, paused: bool = False) -> None:
        if self.state == STATE_PAUSED:
            self.resume()
        else:
            super().start(paused)


@fault("ERR-5")
class PausesWhenRefused(BackgroundScheduler):
    """
    A refused `start(paused=True)` pauses all the same.
    """

    def start(self, paused: bool = False) -> None:
        try:
            super().start(paused)
        except SchedulerAlreadyRunningError:
            if paused:
                self.pause()
            raise


@fault("ERR-6")
class StartsTwiceAtOnce(BackgroundScheduler):
    """
    A start during a start is no error.
    """

    def start(self, paused: bool = False) -> None:
        try:
            super().start(paused)
        except SchedulerAlreadyRunningError:
            if self.running:
                raise


@fault("ERR-7")
class LeavesAThreadWhenRefused(AfterRefusal):
    """
    A refused start leaves a thread behind.
    """

    def _after_refusal(self) -> None:
        threading.Thread(target=threading.Event().wait, args=(1,), daemon=True).start()


@fault("ERR-7")
class AnnouncesTheRefusedStart(AfterRefusal):
    """
    A refused start is announced as if it had been done.
    """

    def _after_refusal(self) -> None:
        self.listeners.dispatch(SchedulerEvent(EVENT_SCHEDULER_STARTED))


@fault("ERR-7")
class OverlooksWhatIsDue(AfterRefusal):
    """
    A refused start has the loop overlook all that is due at that moment.
    """

    def _after_refusal(self) -> None:
        loop, now = self._engine.loop, self.clock.now()
        times = [job.next_run_time for job in self.get_jobs()]
        if loop is not None and any(time and time <= now for time in times):
            loop.paused = True


@fault("ERR-7")
class HangsAfterRefusal(AfterRefusal):
    """
    After a refused start, `shutdown()` does not return.
    """

    _refused = False

    def _after_refusal(self) -> None:
        self._refused = True

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        if self._refused:
            threading.Event().wait(5)


@fault("ERR-8")
class IgnoresUwsgi(BackgroundScheduler):
    """
    It is not noticed that threads are disabled.
    """

    def start(self, paused: bool = False) -> None:
        uwsgi = sys.modules.pop("uwsgi", None)
        try:
            super().start(paused)
        finally:
            if uwsgi is not None:
                sys.modules["uwsgi"] = uwsgi


class StateError(SchedulerAlreadyRunningError, SchedulerNotRunningError):
    """
    Any wrong state.
    """


@fault("ERR-9")
class HasOneError(BackgroundScheduler):
    """
    One class of error stands for both mistakes.
    """

    def start(self, paused: bool = False) -> None:
        try:
            super().start(paused)
        except SchedulerAlreadyRunningError as error:
            raise StateError from error

    def shutdown(self, wait: bool = True) -> None:
        try:
            super().shutdown(wait)
        except SchedulerNotRunningError as error:
            raise StateError from error


@fault("ERR-9")
class HasUnpublishedErrors(BackgroundScheduler):
    """
    What is raised only has the name of the published class.
    """

    def shutdown(self, wait: bool = True) -> None:
        try:
            super().shutdown(wait)
        except SchedulerNotRunningError as error:
            raise type("SchedulerNotRunningError", (Exception,), {}) from error


@fault("ERR-10")
class StartsPartsWhenRefused(AfterRefusal):
    """
    A refused start starts the executors again.
    """

    def _after_refusal(self) -> None:
        for alias, executor in self._engine.executors.running.items():
            executor.start(self, alias)


@fault("ERR-10")
class StartsStoresWhenRefused(AfterRefusal):
    """
    A refused start starts the job stores again.
    """

    def _after_refusal(self) -> None:
        for alias, store in self._engine.jobstores.running.items():
            store.start(self, alias)
