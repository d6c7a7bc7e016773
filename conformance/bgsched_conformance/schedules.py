"""
Triggers of which it is known without asking when they fire first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bgsched_conformance.world import START

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Interval:
    """
    A trigger of type ``interval``. Its times are half past a minute, the clock's are whole minutes.

    Attributes:
        start: Minute of the first run time, counted from the start of the world.
        every: Minutes between two.
        end: Minute of the end; None for no end.
    """

    start: int
    every: int
    end: int | None

    alias = "interval"

    @property
    def arguments(self) -> dict[str, Any]:
        """
        What the trigger type is given.
        """
        end = {} if self.end is None else {"end_date": START + timedelta(minutes=self.end)}
        return {"minutes": self.every, "start_date": self._start, "timezone": "UTC", **end}

    @property
    def _start(self) -> datetime:
        return START + timedelta(minutes=self.start, seconds=30)

    def first(self, now: datetime) -> datetime | None:
        """
        Return the first run time after *now*.
        """
        every = timedelta(minutes=self.every)
        following = self._start + every * max(0, -((self._start - now) // every))
        over = self.end is not None and following > START + timedelta(minutes=self.end)
        return None if over else following


@dataclass(frozen=True)
class Hourly:
    """
    A trigger of type ``cron``, at half past a minute too.
    """

    minute: int

    alias = "cron"

    @property
    def arguments(self) -> dict[str, Any]:
        """
        What the trigger type is given.
        """
        return {"minute": self.minute, "second": 30, "timezone": "UTC"}

    def first(self, now: datetime) -> datetime | None:
        """
        Return the first run time after *now*.
        """
        following = now.replace(minute=self.minute, second=30)
        return following if following > now else following + timedelta(hours=1)


Schedule = Interval | Hourly

_intervals = ((-90, 7, None), (0, 60, None), (45, 30, 200), (200, 1, None), (-300, 50, -100))
schedules: st.SearchStrategy[Schedule] = st.sampled_from(
    (*(Interval(*each) for each in _intervals), *(Hourly(minute) for minute in (0, 17, 59)))
)
