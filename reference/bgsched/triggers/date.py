"""
The date trigger: once, at one moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgsched import _timezones
from bgsched.triggers.base import BaseTrigger, check_version, shown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


class DateTrigger(BaseTrigger):
    """
    Fires once, at *run_date*.

    Attributes:
        run_date: When to fire. Until the trigger is anchored it may be None (as soon as the job is
            scheduled) or naive (in the scheduler's zone); afterwards it is aware.

    Args:
        run_date: A date (its midnight), a datetime or ISO 8601 text; None for the moment at which
            the job is really scheduled.
        timezone: The zone of a *run_date* that has none itself; defaults to the scheduler's.

    Raises:
        ValueError: *run_date* is no date, or *timezone* no zone.
        TypeError: One of them is of a wrong type.

    .. versionadded:: 0.1
    """

    __slots__ = ("_zone", "run_date")

    run_date: dt.datetime | None
    _zone: dt.tzinfo | None

    def __init__(
        self,
        run_date: dt.date | dt.datetime | str | None = None,
        timezone: dt.tzinfo | str | None = None,
    ) -> None:
        self._zone = _timezones.as_timezone(timezone) if timezone else None
        self.run_date = _timezones.read_datetime(run_date, "run_date")
        if self.run_date is not None:
            zone = self._zone or self.run_date.tzinfo
            if zone is not None:
                self.run_date = _timezones.localise(self.run_date, zone)

    def anchor(self, now: dt.datetime, timezone: dt.tzinfo) -> None:
        """
        Fix the moment: an empty run date is *now*, a naive one is in *timezone*.
        """
        self.run_date = self._moment(now, timezone)  # START-7, TD-3

    def get_next_fire_time(
        self, previous_fire_time: dt.datetime | None, now: dt.datetime
    ) -> dt.datetime | None:
        """
        Return the run date before the first run, None after it.
        """
        if previous_fire_time is not None:
            return None  # TD-1
        return self._moment(now, None)

    def fire_time_from(self, moment: dt.datetime) -> dt.datetime | None:
        """
        Return the run date, unless it is before *moment*.
        """
        # Not read from the attribute: a subclass may have a say in it.
        run_date = self.get_next_fire_time(None, moment)
        if run_date is None or run_date.timestamp() < moment.timestamp():
            return None
        return run_date

    def _moment(self, now: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
        if self.run_date is None:
            zone = self._zone or zone
            return now if zone is None else now.astimezone(zone)
        if self.run_date.tzinfo is None:
            return _timezones.localise(self.run_date, zone or _timezones.local_timezone())
        return self.run_date

    def __getstate__(self) -> dict[str, Any]:
        return {"version": 1, "run_date": self.run_date, "timezone": self._zone}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        check_version(self, state)
        self.run_date = state["run_date"]
        self._zone = state["timezone"]

    def __str__(self) -> str:
        return f"date[{'now' if self.run_date is None else shown(self.run_date)}]"

    def __repr__(self) -> str:
        date = "now" if self.run_date is None else shown(self.run_date)
        return f"<{type(self).__name__} (run_date='{date}')>"
