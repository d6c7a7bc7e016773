"""
Faults of `start(paused=True)`, `pause()`, `resume()` and what a pause is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from bgsched.events import (
    EVENT_ALL,
    EVENT_JOB_EXECUTED,
    EVENT_SCHEDULER_RESUMED,
    EVENT_SCHEDULER_STARTED,
)
from bgsched.schedulers.base import STATE_PAUSED, STATE_RUNNING
from faults import fault

if TYPE_CHECKING:
    from bgsched.job import Job

Callback = Callable[[Any], object]


class DeafInAPause(BackgroundScheduler):
    """
    Does not announce one event while it is paused.
    """

    unheard = 0

    def add_listener(self, callback: Callback, mask: int = EVENT_ALL) -> None:
        def filtered(event: Any) -> object:
            unheard = event.code == self.unheard and self.state == STATE_PAUSED
            return None if unheard else callback(event)

        super().add_listener(filtered, mask)


@fault("PAUSE-1")
class StartsPartsAtResume(BackgroundScheduler):
    """
    A paused start leaves executors and job stores to be started by `resume()`.
    """

    def start(self, paused: bool = False) -> None:
        parts = [*self._engine.executors.waiting(), *self._engine.jobstores.waiting()]
        self._late: list[tuple[str, Any]] = parts if paused else []
        for _, part in self._late:
            vars(part)["start"] = lambda *_: None
        super().start(paused)
        for _, part in self._late:
            del vars(part)["start"]

    def resume(self) -> None:
        if self.running:
            for alias, part in self._late:
                part.start(self, alias)
            self._late = []
        super().resume()


@fault("PAUSE-1", also=("PAUSE-4", "PAUSE-9", "PAUSE-10"))
class StartsPausedInNameOnly(BackgroundScheduler):
    """
    A paused start sets the state, and the loop goes to work all the same.
    """

    def start(self, paused: bool = False) -> None:
        super().start(paused)
        work_in_a_pause(self)


def work_in_a_pause(scheduler: BackgroundScheduler) -> None:
    """
    Let the loop of a paused scheduler make its passes.
    """
    loop = scheduler._engine.loop
    assert loop is not None
    loop.paused = False
    loop.ring()


@fault("PAUSE-2")
class StandsStillWhilePaused(BackgroundScheduler):
    """
    `running` is false in a pause.
    """

    @property
    def running(self) -> bool:
        return self.state == STATE_RUNNING


@fault("PAUSE-2", also=("PAUSE-7",))
class RunsWhilePaused(BackgroundScheduler):
    """
    `state` is the running state in a pause.
    """

    @property
    def state(self) -> int:
        state = super().state
        return STATE_RUNNING if state == STATE_PAUSED else state


@fault("PAUSE-3")
class ResumesAsleep(BackgroundScheduler):
    """
    `resume()` changes the state and leaves the loop asleep.
    """

    def resume(self) -> None:
        loop = self._engine.loop
        if loop is not None:
            vars(loop)["ring"] = lambda: None
        super().resume()
        if loop is not None:
            del vars(loop)["ring"]


@fault("PAUSE-4", also=("PAUSE-10",))
class ListsNothingInAPause(BackgroundScheduler):
    """
    `get_jobs()` of a paused scheduler is empty.
    """

    def get_jobs(self, *arguments: Any, **keywords: Any) -> list[Job]:
        return [] if self.state == STATE_PAUSED else super().get_jobs(*arguments, **keywords)


@fault("PAUSE-4")
class ForgetsRemovals(BackgroundScheduler):
    """
    `remove_job()` in a pause does not reach the job store.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        if self.state != STATE_PAUSED:
            super().remove_job(job_id, jobstore)


@fault("PAUSE-4")
class ForgetsChanges(BackgroundScheduler):
    """
    `modify_job()` in a pause changes nothing.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        effective = {} if self.state == STATE_PAUSED else changes
        return super().modify_job(job_id, jobstore, **effective)


@fault("PAUSE-5")
class StartsPausedInSilence(DeafInAPause):
    """
    A paused start is not announced.
    """

    unheard = EVENT_SCHEDULER_STARTED


@fault("PAUSE-5")
class ResumesInSilence(BackgroundScheduler):
    """
    `resume()` is not announced.
    """

    def add_listener(self, callback: Callback, mask: int = EVENT_ALL) -> None:
        super().add_listener(callback, mask & ~EVENT_SCHEDULER_RESUMED)


@fault("PAUSE-6")
class PausesInNameOnly(BackgroundScheduler):
    """
    `pause()` sets the state, and the loop goes on.
    """

    def pause(self) -> None:
        super().pause()
        work_in_a_pause(self)


@fault("PAUSE-6")
class ForgetsRunningJobs(DeafInAPause):
    """
    A run that ends in a pause is not announced.
    """

    unheard = EVENT_JOB_EXECUTED


@fault("PAUSE-7")
class Toggles(BackgroundScheduler):
    """
    `pause()` on a paused scheduler resumes it.
    """

    def pause(self) -> None:
        if self.state == STATE_PAUSED:
            self.resume()
        else:
            super().pause()


@fault("PAUSE-7")
class RefusesToResumeTwice(BackgroundScheduler):
    """
    `resume()` on a running scheduler raises.
    """

    def resume(self) -> None:
        if self.state == STATE_RUNNING:
            raise RuntimeError("not paused")
        super().resume()


@fault("PAUSE-8")
class IgnoresAnEarlyPause(BackgroundScheduler):
    """
    `pause()` on a stopped scheduler is lost without a word.
    """

    def pause(self) -> None:
        if self.running:
            super().pause()


@fault("PAUSE-8")
class IgnoresAnEarlyResume(BackgroundScheduler):
    """
    `resume()` on a stopped scheduler is lost without a word.
    """

    def resume(self) -> None:
        if self.running:
            super().resume()


@fault("PAUSE-9", also=("PAUSE-6",))
class WakesUpFromAPause(BackgroundScheduler):
    """
    `wakeup()` ends a pause.
    """

    def wakeup(self) -> None:
        if self.state == STATE_PAUSED:
            self.resume()
        super().wakeup()


@fault("PAUSE-10")
class MakesALastPass(BackgroundScheduler):
    """
    The shutdown of a paused scheduler makes one more pass.
    """

    def shutdown(self, wait: bool = True) -> None:
        loop = self._engine.loop
        if loop is not None and loop.paused:
            loop.paused = False
            self._engine._run_pass(loop)
        super().shutdown(wait)
