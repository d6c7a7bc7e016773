"""
The scheduler without threads.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bgsched._plugins import EXECUTORS, make_part
from bgsched.executors.debug import DebugExecutor
from bgsched.schedulers.base import BaseScheduler
from bgsched.testing._alarm import ManualAlarm
from bgsched.testing.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor
    from datetime import datetime

    from bgsched._clock import Clock
    from bgsched._foreign import ExecutorLike
    from bgsched._loop import Loop
    from bgsched._options import Options

__all__ = ["SteppedScheduler"]


class SteppedScheduler(BaseScheduler):
    """
    A scheduler for tests: it works only while you move its clock, in your own thread.

    It takes the place of a `BackgroundScheduler` where a program lets its tests choose. Whatever
    executors are configured or added, all jobs run in line, one after another, in the order of
    their run times. So a test is as repeatable as a function call, and a year passes in a second.

    Options are those of `BaseScheduler`; ``clock``, a `ManualClock`, is required. Several
    schedulers may share a clock. Use scheduler and clock from one thread.

    Raises:
        TypeError: ``clock`` is not given, or is another kind of clock.

    .. versionadded:: 0.1
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._engine.default_executor = DebugExecutor

    @property
    def clock(self) -> ManualClock:
        """
        Where time comes from.
        """
        clock = super().clock
        assert isinstance(clock, ManualClock)  # _read_options saw to that
        return clock

    def advance(
        self,
        delta: timedelta = timedelta(),
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """
        Move the clock forward, running what becomes due on the way at its time.

        Jobs and listeners are done when this returns. A job that raises does not interrupt it: as
        ever, that is logged and announced by ERROR.

        Args:
            delta: How far to move. Zero, the default, runs what is due already.
            weeks: The same in other words, like the rest; all parts add up.
            days: Days of 24 hours.
            hours: Hours.
            minutes: Minutes.
            seconds: Seconds.

        Raises:
            ValueError: The sum is negative. Time does not go back.
            ClockInUseError: Called by a job or a listener.
            NotQuietError: There are always more jobs due, without time going on.
        """
        self.clock.advance(
            delta, weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
        )

    def advance_to(self, moment: datetime) -> None:
        """
        Move the clock forward to a moment, as `advance` does.

        Args:
            moment: The reading to end with; aware.

        Raises:
            ValueError: *moment* is naive, or past.
            ClockInUseError: As for `advance`.
            NotQuietError: As for `advance`.
        """
        self.clock.advance_to(moment)

    def add_executor(
        self, executor: ExecutorLike | Executor | str, alias: str = "default", **executor_opts: Any
    ) -> None:
        """
        Attach an executor that runs jobs in line, in place of the one described.

        Args:
            executor: Checked as ever, and not used.
            alias: The name by which jobs choose it.
            executor_opts: Checked as ever, and not used.

        Raises:
            ValueError: The alias is taken.
        """
        make_part(EXECUTORS, executor, executor_opts)
        super().add_executor(DebugExecutor(), alias)

    def _read_options(
        self,
        gconfig: Mapping[str, Any] | None,
        prefix: str | None,
        keywords: Mapping[str, Any],
        clock: Clock | None,
    ) -> Options:
        options = super()._read_options(gconfig, prefix, keywords, clock)
        if not isinstance(options.clock, ManualClock):
            raise TypeError(
                f"a SteppedScheduler needs clock=ManualClock(start), not {options.clock!r}"
            )
        return replace(options, executors={alias: DebugExecutor() for alias in options.executors})

    def _launch(self, loop: Loop) -> None:
        alarm = loop.alarm
        assert isinstance(alarm, ManualAlarm)  # made by our clock
        alarm.loop = loop

    def _attend(self, loop: Loop) -> None:
        """
        Leave the loop to the clock.
        """
