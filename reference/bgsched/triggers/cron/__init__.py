"""
The cron trigger: whenever the wall clock matches a set of fields.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Self

from bgsched import _timezones
from bgsched.triggers.base import ZonedTrigger
from bgsched.triggers.cron.fields import DEFAULTS, LIMITS, Field, read_field
from bgsched.triggers.cron.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECOND = timedelta(seconds=1)
_CRONTAB_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_NO_TIME = timedelta()
# The longest jump ever was a day; no zone ever jumped there and back in so short a time.
_BEYOND_ANY_JUMP = timedelta(hours=25)
# Fields that name a skipped time at so many changes of the clock in a row never name another.
_ENOUGH_JUMPS = 100


class CronTrigger(ZonedTrigger):
    """
    Fires whenever every field matches the wall clock of its zone.

    A wall time that the clock shows twice in a night fires twice; one that it skips does not fire.

    A field is a number or a text: a comma-separated list of ``*``, ``*/a``, ``a``, ``a-b`` and
    ``a-b/c``; months and weekdays also by name (``jan``, ``mon``); days also as ``last``,
    ``3rd fri``, ``last fri``. A field left out means ``*``, but its least value if it is less
    significant than all fields given.

    Args:
        year: Year, 1970 to 9999.
        month: Month, 1 to 12.
        day: Day of the month, 1 to 31.
        week: ISO week, 1 to 53.
        day_of_week: Weekday; 0 is Monday, 6 is Sunday.
        hour: Hour, 0 to 23.
        minute: Minute, 0 to 59.
        second: Second, 0 to 59.
        start_date: The earliest moment to fire at.
        end_date: The latest moment to fire at.
        timezone: The zone whose wall clock counts; defaults to that of *start_date*, of *end_date*,
            or of the scheduler.
        jitter: Delay each run at random by up to so many seconds.

    Attributes:
        fields: The eight fields, from year to second.

    Raises:
        ValueError: A field is not understood or out of range, *jitter* is negative, a date is no
            date, or *timezone* no zone.
        TypeError: An argument is of a wrong type.

    .. versionadded:: 0.1
    """

    __slots__ = ("_timetable", "fields")

    FIELD_NAMES = tuple(LIMITS)

    fields: tuple[Field, ...]
    _timetable: Timetable

    def __init__(
        self,
        year: int | str | None = None,
        month: int | str | None = None,
        day: int | str | None = None,
        week: int | str | None = None,
        day_of_week: int | str | None = None,
        hour: int | str | None = None,
        minute: int | str | None = None,
        second: int | str | None = None,
        start_date: date | datetime | str | None = None,
        end_date: date | datetime | str | None = None,
        timezone: tzinfo | str | None = None,
        jitter: float | None = None,
    ) -> None:
        values = (year, month, day, week, day_of_week, hour, minute, second)
        self._read(
            {
                name: str(value)
                for name, value in zip(self.FIELD_NAMES, values, strict=True)
                if value is not None
            }
        )
        super().__init__(start_date, end_date, timezone, jitter)

    def _read(self, given: Mapping[str, str]) -> None:
        fields = []
        missing = len(given)
        for name in self.FIELD_NAMES:
            if name in given:
                fields.append(read_field(name, given[name]))
                missing -= 1
            else:  # TC-2
                text = DEFAULTS.get(name, "*") if given and not missing else "*"
                fields.append(read_field(name, text, is_default=True))
        self.fields = tuple(fields)
        self._timetable = Timetable({field.name: field for field in fields})

    @classmethod
    def from_crontab(cls, expr: str, timezone: tzinfo | str | None = None) -> Self:
        """
        Return a trigger for a line of five crontab fields.

        Unlike a crontab, weekday 0 is Monday, and a day must match both of its fields.

        Args:
            expr: Minute, hour, day of month, month and day of week, separated by blanks.
            timezone: The zone whose wall clock counts; defaults to that of the scheduler.

        Raises:
            ValueError: There are not five fields, or one of them is wrong.
        """
        values = expr.split()
        if len(values) != len(_CRONTAB_FIELDS):  # TC-19
            raise ValueError(
                f"crontab expression {expr!r} has {len(values)} fields instead of five: "
                "minute, hour, day of month, month, day of week"
            )
        fields: dict[str, Any] = dict(zip(_CRONTAB_FIELDS, values, strict=True))
        return cls(**fields, timezone=timezone)

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return the first match after *previous_fire_time*; without one, the first that is not past.

        Args:
            previous_fire_time: The last run time, aware; None before the first.
            now: The present moment, aware.
        """
        zone = self.timezone
        if zone is None:
            return CronTrigger.get_next_fire_time(self._anchored_here(now), previous_fire_time, now)
        try:
            moment = (previous_fire_time or now).astimezone(self._ground)
            if moment.microsecond:
                moment = _whole_second(moment)  # TC-26
            elif previous_fire_time is not None:
                moment += _SECOND
            if self._start is not None and moment < self._start:
                moment = _whole_second(self._start)
            found = self._match(moment, zone)
            if found is None or (self._end is None and not self.jitter):
                return found
            found = found.astimezone(self._ground)
            if self._end is not None and found > self._end:
                return None
            return (self._delayed(found, self.jitter) if self.jitter else found).astimezone(zone)
        except OverflowError:  # the calendar ends
            return None

    def last_fire_time(self, not_before: datetime, now: datetime) -> datetime | None:
        """
        Return the latest run time up to *now*, soon, however many lie in between.

        Args:
            not_before: A run time of this trigger, aware; the search starts there.
            now: The present moment, aware.

        Returns:
            None if *not_before* itself is still to come, or is behind the end date.
        """
        zone = self.timezone
        if zone is None:
            return CronTrigger.last_fire_time(self._anchored_here(now), not_before, now)
        span = self._backlog(not_before, now)
        if span is None:
            return None
        low, limit = span
        last = not_before
        # Halve the seconds between the latest match seen and where no further one is, up to the
        # limit. Searching forward is right over all changes of the clock, backward would be work.
        low = low.replace(microsecond=0)
        if self._start is not None:
            low = max(low, _whole_second(self._start) - _SECOND)
        high = _whole_second(limit + datetime.resolution)
        while (seconds := (high - low) // _SECOND) > 1:
            middle = low + seconds // 2 * _SECOND
            try:
                found = self._match(middle, zone)
                reached = None if found is None else found.astimezone(self._ground)
            except OverflowError:  # the calendar ends
                found = reached = None
            if found is None or reached is None or reached > limit:
                high = middle
            else:
                last, low = found, reached
        return last

    def _match(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """
        Return the first match from *moment* on, a whole second in the zone to calculate in.
        """
        if self._ground is zone:
            return self._timetable.at_or_after(moment, zone)
        return self._first_existing(moment, zone)

    def _first_existing(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """
        Return the first match that the clock of *zone* really shows, from *moment* (UTC) on.
        """
        for _ in range(_ENOUGH_JUMPS):
            local = moment.astimezone(zone)
            found = self._timetable.at_or_after(local, zone)
            repeated = _NO_TIME if local.fold else -_jump(local, zone)
            if repeated:
                # The clock will be put back over this hour: a match behind that switch has to wait
                # until the repeated hour was searched (TC-21).
                switch = _timezones.offset_change(zone, moment, moment + repeated)
                if (
                    found is None
                    or found.replace(tzinfo=UTC) - local.replace(tzinfo=UTC) >= switch - moment
                ):
                    moment = switch
                    continue
            if found is None:
                return None
            jump = _jump(found, zone)
            if not jump:
                return found
            first = found.astimezone(UTC)
            if jump < _NO_TIME:
                return found if first >= moment else found.replace(fold=1)
            # The clock skips this time: go on where it lands (TC-22).
            moment = _timezones.offset_change(zone, first - jump, first)
        return None  # TC-17

    def __getstate__(self) -> dict[str, Any]:
        given = {field.name: str(field) for field in self.fields if not field.is_default}
        return {**super().__getstate__(), "fields": given}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        super().__setstate__(state)
        self._read(state["fields"])

    def _given(self) -> list[str]:
        return [f"{field.name}='{field}'" for field in self.fields if not field.is_default]

    def __str__(self) -> str:
        return f"cron[{', '.join(self._given())}]"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} ({', '.join([*self._given(), *self._described()])})>"


def _whole_second(moment: datetime) -> datetime:
    """
    Return the first whole second that is not before *moment*.
    """
    return moment + timedelta(microseconds=-moment.microsecond % 1_000_000)


def _jump(wall: datetime, zone: tzinfo) -> timedelta:
    """
    Return by how much the clock jumps over *wall*: forward if positive, back if negative.

    Args:
        wall: A wall time of *zone*, without fold. If it is shown just once, the answer is zero.
        zone: Its zone.
    """
    # A wall time that is jumped over has the old offset, the next day the new one. This needs a
    # tenth of the time of the test below, and is nearly always enough.
    before = zone.utcoffset(wall)
    if before == zone.utcoffset(wall + _BEYOND_ANY_JUMP):
        return _NO_TIME
    after = zone.utcoffset(wall.replace(fold=1))
    return _NO_TIME if before is None or after is None else after - before
