"""
The interval trigger: again and again, equal durations apart.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bgsched.triggers.base import ZonedTrigger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, tzinfo

_LAST_DAY = datetime(9999, 12, 31, tzinfo=UTC)
"""The calendar ends; an interval that is longer than what is left begins here."""


class IntervalTrigger(ZonedTrigger):
    """
    Fires every so often, at *start_date* and at whole intervals after it.

    An interval is elapsed time: over a change of the wall clock, 24 hours stay 24 hours.

    Args:
        weeks: Weeks between two runs; all five parts add up, and zero in total means one second.
        days: Days (of 24 hours) between two runs.
        hours: Hours between two runs.
        minutes: Minutes between two runs.
        seconds: Seconds between two runs.
        start_date: The first moment to fire at; defaults to one interval after the job is really
            scheduled. If it is past, the first run is at the next whole interval after it.
        end_date: The latest moment to fire at.
        timezone: The zone of the run times, and of dates without one; defaults to that of
            *start_date*, of *end_date*, or of the scheduler.
        jitter: Delay each run at random by up to so many seconds. Delays do not add up.

    Raises:
        ValueError: The interval is negative or endless, *jitter* is negative, a date no date, or
            *timezone* no zone.
        TypeError: An argument is of a wrong type.

    .. versionadded:: 0.1
    """

    __slots__ = ("interval",)

    interval: timedelta

    def __init__(
        self,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        start_date: date | datetime | str | None = None,
        end_date: date | datetime | str | None = None,
        timezone: tzinfo | str | None = None,
        jitter: float | None = None,
    ) -> None:
        try:
            interval = timedelta(
                weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
            )
        except (OverflowError, ValueError) as error:
            parts = {"weeks": weeks, "days": days, "hours": hours}
            parts |= {"minutes": minutes, "seconds": seconds}
            raise ValueError(
                f"the interval {parts} is no finite time of fewer than a billion days"
            ) from error
        if interval < timedelta():
            raise ValueError(
                f"the interval is negative ({interval.total_seconds()} s); use positive numbers"
            )
        self.interval = interval or timedelta(seconds=1)  # TI-7
        super().__init__(start_date, end_date, timezone, jitter)

    @property
    def interval_length(self) -> float:
        """
        The interval in seconds.
        """
        return self.interval.total_seconds()

    def anchor(self, now: datetime, timezone: tzinfo) -> None:
        """
        Take the scheduler's *timezone* and a start one interval from *now*, where not given.
        """
        super().anchor(now, timezone)
        if self.start_date is None:
            moment = now.astimezone(self._ground)
            start = moment + min(self.interval, _LAST_DAY - moment)
            self.start_date = start.astimezone(self.timezone)  # START-7
            self._start = start

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return the first run time that is not past, or the one after *previous_fire_time*.

        Args:
            previous_fire_time: The last run time, aware; None before the first.
            now: The present moment, aware.
        """
        start = self._start
        if start is None:
            return IntervalTrigger.get_next_fire_time(
                self._anchored_here(now), previous_fire_time, now
            )
        try:
            if previous_fire_time is None:
                moment = now.astimezone(self._ground)
                moment = (
                    start
                    if moment <= start
                    else start - (start - moment) // self.interval * self.interval  # TI-3
                )
            else:
                moment = previous_fire_time.astimezone(self._ground) + self.interval  # TI-8
            if self.jitter:
                return self._jittered(moment, start, self.jitter)
            if self._end is not None and moment > self._end:
                return None  # TI-4
            return moment.astimezone(self.timezone)
        except OverflowError:  # the calendar ends before the interval
            return None

    def _jittered(self, moment: datetime, start: datetime, jitter: float) -> datetime | None:
        # How far the previous run was off the grid is its jitter, unless it is more than jitter
        # can be: then the user chose the moment (`next_run_time`), and it counts.
        delay = (moment - start) % self.interval
        if delay <= timedelta(seconds=jitter):
            moment -= delay  # TI-6
        if self._end is not None and moment > self._end:
            return None
        return self._delayed(moment, jitter).astimezone(self.timezone)

    def last_fire_time(self, not_before: datetime, now: datetime) -> datetime | None:
        """
        Return the latest run time up to *now*, at once, however many lie in between.

        Args:
            not_before: A run time of this trigger, aware; the search starts there.
            now: The present moment, aware.

        Returns:
            None if *not_before* itself is still to come, or is behind the end date.
        """
        zone = self.timezone
        if zone is None:
            return IntervalTrigger.last_fire_time(self._anchored_here(now), not_before, now)
        span = self._backlog(not_before, now)
        if span is None:
            return None
        first, limit = span
        moment = first + (limit - first) // self.interval * self.interval
        return moment.astimezone(zone)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "interval": self.interval}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        super().__setstate__(state)
        self.interval = state["interval"]

    def __str__(self) -> str:
        return f"interval[{self.interval}]"

    def __repr__(self) -> str:
        options = [f"interval={self.interval!r}", *self._described()]
        return f"<{type(self).__name__} ({', '.join(options)})>"
