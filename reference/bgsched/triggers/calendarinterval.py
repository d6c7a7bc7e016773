"""
The calendar interval trigger: every so many years, months, weeks or days, at one time of day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from operator import index
from typing import TYPE_CHECKING, Any

from bgsched import _timezones
from bgsched.triggers.base import BaseTrigger, check_jitter, check_version, random_delay
from bgsched.triggers.stride import Stride

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = timedelta(days=1)


class CalendarIntervalTrigger(BaseTrigger):
    """
    Fires on *start_date* and every so often after it, always at the same time of day.

    To step from one date to the next, years and months are added, again and again until the month
    has this day, and then weeks and days. A date on which the clock skips the time of day is left
    out; one on which it shows that time twice counts once, with the earlier of the two.

    Args:
        years: Years between two dates.
        months: Months between two dates. A month that lacks the day is passed over: from 31 January
            the next is 31 March.
        weeks: Weeks between two dates.
        days: Days between two dates.
        hour: Hour of the day.
        minute: Minute of the hour.
        second: Second of the minute.
        start_date: The first date; defaults to the date at which the job is really scheduled. Of a
            datetime only the date counts. What is past of it is not made up for.
        end_date: The latest date at which to fire.
        timezone: The zone whose calendar and wall clock count; defaults to that of the scheduler.
        jitter: Delay each run at random by up to so many seconds, but not beyond the end date.

    Attributes:
        timezone: The zone of all run times; None as long as it is left to the scheduler.
        start_date: The first date; None as long as it is left to the scheduler.

    Raises:
        ValueError: There is no interval, a number is negative, the time is no time of day, the end
            is before the start, a date is no date, or *timezone* no zone.
        TypeError: An argument is of a wrong type.

    .. versionadded:: 0.1
    """

    __slots__ = (
        "_stride",
        "_time",
        "days",
        "end_date",
        "jitter",
        "months",
        "start_date",
        "timezone",
        "weeks",
        "years",
    )

    def __init__(
        self,
        *,
        years: int = 0,
        months: int = 0,
        weeks: int = 0,
        days: int = 0,
        hour: int = 0,
        minute: int = 0,
        second: int = 0,
        start_date: date | str | None = None,
        end_date: date | str | None = None,
        timezone: tzinfo | str | None = None,
        jitter: float | None = None,
    ) -> None:
        self.years = _number_of("years", years)
        self.months = _number_of("months", months)
        self.weeks = _number_of("weeks", weeks)
        self.days = _number_of("days", days)
        if not (self.years or self.months or self.weeks or self.days):
            raise ValueError("the interval is empty; give years, months, weeks or days")
        try:
            self._time = time(hour, minute, second)
        except ValueError as error:
            raise ValueError(
                f"hour={hour!r}, minute={minute!r}, second={second!r} is no time of day: {error}"
            ) from None
        self.start_date = _read_date(start_date, "start_date")
        self.end_date = _read_date(end_date, "end_date")
        if self.start_date and self.end_date and self.start_date > self.end_date:
            raise ValueError(f"end_date={end_date!r} is before start_date={start_date!r}")
        self.timezone = _timezones.as_timezone(timezone) if timezone else None
        self.jitter = check_jitter(jitter)
        self._settle()

    def _settle(self) -> None:
        self._stride = Stride(12 * self.years + self.months, 7 * self.weeks + self.days)

    def anchor(self, now: datetime, timezone: tzinfo) -> None:
        """
        Take the scheduler's *timezone* and the date of *now* as the start, where not given.
        """
        zone = self.timezone or timezone
        if self.start_date is None:
            self.start_date = now.astimezone(zone).date()  # TCI-6
        # Last, because a thread that sees a zone takes the start for settled.
        self.timezone = zone

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return the first run time that is not past, or the one after *previous_fire_time*.

        Args:
            previous_fire_time: The last run time, aware; None before the first. The date it has in
                the zone of the trigger is where the next step begins.
            now: The present moment, aware.
        """
        start, zone = self.start_date, self.timezone
        if start is None or zone is None:
            return CalendarIntervalTrigger.get_next_fire_time(
                self._anchored_here(previous_fire_time or now), previous_fire_time, now
            )
        day: date | None
        try:
            if previous_fire_time is None:  # TCI-4
                earliest = now.astimezone(UTC)
                day = self._stride.latest(start, now.astimezone(zone).date())
            else:  # TCI-8
                earliest = previous_fire_time.astimezone(UTC) + datetime.resolution
                day = self._stride.following(self._date_of(previous_fire_time, start, zone))
            while day is not None and (self.end_date is None or day <= self.end_date):
                moment = self._moment(day, zone)
                if moment is not None and moment >= earliest:
                    return self._delayed(moment, zone).astimezone(zone)
                day = self._stride.following(day)
        except OverflowError:  # the calendar ends before the interval
            pass
        return None

    def fire_time_from(self, moment: datetime) -> datetime | None:
        """
        Return the first run time that is not before *moment*, whatever ran before.
        """
        return self.get_next_fire_time(None, moment)

    def last_fire_time(self, not_before: datetime, now: datetime) -> datetime | None:
        """
        Return the latest run time up to *now*.

        Args:
            not_before: A run time of this trigger, aware; the search starts there.
            now: The present moment, aware.

        Returns:
            None if *not_before* itself is still to come.
        """
        start, zone = self.start_date, self.timezone
        if start is None or zone is None:
            anchored = self._anchored_here(not_before)
            return CalendarIntervalTrigger.last_fire_time(anchored, not_before, now)
        first = not_before.astimezone(UTC)
        if first > now:
            return None
        last = self._last(self._date_of(not_before, start, zone), now, zone)
        return not_before if last is None or last < first else last.astimezone(zone)

    def _date_of(self, run_time: datetime, start: date, zone: tzinfo) -> date:
        """
        Return the date from which to go on after *run_time*.
        """
        if self.jitter:
            # How far the run was behind the latest date is its jitter, unless it is more than
            # jitter can be: then the user chose the moment (`next_run_time`), and it counts.
            last = self._last(start, run_time, zone)
            if last is not None and run_time - last <= timedelta(seconds=self.jitter):
                run_time = last  # TCI-9
        return run_time.astimezone(zone).date()

    def _last(self, start: date, until: datetime, zone: tzinfo) -> datetime | None:
        """
        Return, in UTC, the latest run time from *start* on that is not after *until*.
        """
        day = until.astimezone(zone).date()
        if self.end_date is not None:
            day = min(day, self.end_date)
        while day >= start:
            day = self._stride.latest(start, day)
            moment = self._moment(day, zone)
            if moment is not None and moment <= until:
                return moment
            if day == start:
                break
            day -= _DAY
        return None

    def _moment(self, day: date, zone: tzinfo) -> datetime | None:
        """
        Return, in UTC, the time of day on this date; None if the clock skips it.
        """
        wall = datetime.combine(day, self._time)
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
        return moment if wall == moment.astimezone(zone).replace(tzinfo=None) else None  # TCI-3

    def _delayed(self, moment: datetime, zone: tzinfo) -> datetime:
        if not self.jitter:
            return moment
        delayed = moment + random_delay(self.jitter)
        if self.end_date is None:
            return delayed
        end = datetime.combine(self.end_date, time.max, tzinfo=zone)
        return min(delayed, end.astimezone(UTC))

    def __getstate__(self) -> dict[str, Any]:
        return {
            "version": 1,
            "interval": (self.years, self.months, self.weeks, self.days),
            "time": self._time,
            "start_date": self.start_date,
            "end_date": self.end_date,
            "timezone": self.timezone,
            "jitter": self.jitter,
        }

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        check_version(self, state)
        self.years, self.months, self.weeks, self.days = state["interval"]
        self._time = state["time"]
        self.start_date = state["start_date"]
        self.end_date = state["end_date"]
        self.timezone = state["timezone"]
        self.jitter = state["jitter"]
        self._settle()

    def __repr__(self) -> str:
        options = [
            f"{name}={getattr(self, name)}"
            for name in ("years", "months", "weeks", "days")
            if getattr(self, name)
        ]
        options.append(f"time='{self._time.replace(tzinfo=self.timezone).isoformat()}'")
        options += [
            f"{name}='{getattr(self, name)}'"
            for name in ("start_date", "end_date", "timezone")
            if getattr(self, name) is not None
        ]
        return f"{type(self).__name__}({', '.join(options)})"


def _number_of(name: str, value: int) -> int:
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r} is no whole number") from None
    if number < 0:
        raise ValueError(f"{name}={value!r} is negative; use positive numbers")
    return number


def _read_date(value: date | str | None, name: str) -> date | None:
    moment = _timezones.read_datetime(value, name)
    return None if moment is None else moment.date()
