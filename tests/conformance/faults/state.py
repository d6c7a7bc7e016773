"""
Faults of `state`, `running` and `wakeup()`.
"""

from __future__ import annotations

from typing import Any

from bgsched import BackgroundScheduler
from bgsched.events import (
    EVENT_ALL,
    EVENT_SCHEDULER_PAUSED,
    EVENT_SCHEDULER_RESUMED,
    EVENT_SCHEDULER_SHUTDOWN,
    EVENT_SCHEDULER_STARTED,
)
from bgsched.schedulers.base import STATE_PAUSED, STATE_RUNNING, STATE_STOPPED
from faults import fault


@fault("STATE-1", also=("STATE-5",))
class HasAStateOfItsOwn(BackgroundScheduler):
    """
    A scheduler that was shut down is in a fourth state.
    """

    _down = False

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        self._down = True

    @property
    def state(self) -> int:
        return 3 if self._down else super().state

    @property
    def running(self) -> bool:
        return super().state != STATE_STOPPED


@fault("STATE-1", also=("STATE-5",))
class StandsStillInAPause(BackgroundScheduler):
    """
    `running` is false in a pause.
    """

    @property
    def running(self) -> bool:
        return self.state == STATE_RUNNING


class Deaf(BackgroundScheduler):
    """
    Does not announce one event.
    """

    unheard = 0

    def add_listener(self, callback: Any, mask: int = EVENT_ALL) -> None:
        super().add_listener(callback, mask & ~self.unheard)


@fault("STATE-2")
class PausesInSilence(Deaf):
    """
    `pause()` is not announced.
    """

    unheard = EVENT_SCHEDULER_PAUSED


@fault("STATE-2")
class GoesOnInSilence(Deaf):
    """
    `resume()` is not announced.
    """

    unheard = EVENT_SCHEDULER_RESUMED


@fault("STATE-3")
class CanBeToldToRun(BackgroundScheduler):
    """
    `running` takes any value.
    """

    _told: bool | None = None

    @property
    def running(self) -> bool:
        return super().running if self._told is None else self._told

    @running.setter
    def running(self, value: bool) -> None:
        self._told = value


@fault("STATE-4")
class CannotBeWoken(BackgroundScheduler):
    """
    `wakeup()` does nothing.
    """

    def wakeup(self) -> None:
        """
        Let the scheduling thread sleep.
        """


@fault("STATE-4")
class HandsOverWhenWoken(BackgroundScheduler):
    """
    `wakeup()` hands due jobs over by itself, and leaves them to the next pass as well.
    """

    def wakeup(self) -> None:
        now = self.clock.now()
        for job in self.get_jobs():
            due = job.next_run_time
            if due is not None and due <= now and job.trigger is not None and not job.coalesce:
                self._engine.executors.running[job.executor].submit_job(job, [due])
        super().wakeup()


class SeenTooEarly(BackgroundScheduler):
    """
    Shows another state to the listeners of one event.
    """

    event = 0
    shown = STATE_STOPPED
    _announcing = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        dispatch = self._engine.listeners.dispatch

        def announce(event: Any) -> None:
            self._announcing = event.code == self.event
            dispatch(event)
            self._announcing = False

        vars(self._engine.listeners)["dispatch"] = announce

    @property
    def state(self) -> int:
        return self.shown if self._announcing else super().state


@fault("STATE-5")
class StartsAfterItSaysSo(SeenTooEarly):
    """
    SCHEDULER_STARTED is sent before the state changes.
    """

    event = EVENT_SCHEDULER_STARTED


@fault("STATE-5")
class StopsAfterItSaysSo(SeenTooEarly):
    """
    SCHEDULER_SHUTDOWN is sent before the state changes.
    """

    event = EVENT_SCHEDULER_SHUTDOWN
    shown = STATE_RUNNING


class ResumesByOtherRules(BackgroundScheduler):
    """
    Changes overdue jobs when it is resumed.
    """

    rules: dict[str, Any]

    def resume(self) -> None:
        if self.state == STATE_PAUSED:
            for job in self.get_jobs():
                self.modify_job(job.id, **self.rules)
        super().resume()


@fault("STATE-6")
class RollsAllIntoOne(ResumesByOtherRules):
    """
    After a pause every job coalesces.
    """

    rules = {"coalesce": True}  # noqa: RUF012 - a constant


@fault("STATE-6")
class RunsThemAll(ResumesByOtherRules):
    """
    After a pause no job coalesces.
    """

    rules = {"coalesce": False}  # noqa: RUF012 - a constant


@fault("STATE-6")
class ForgivesAfterAPause(ResumesByOtherRules):
    """
    After a pause nothing is too late.
    """

    rules = {"misfire_grace_time": None}  # noqa: RUF012 - a constant
