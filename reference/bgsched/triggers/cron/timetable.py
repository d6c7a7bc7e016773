"""
The wall times that a set of cron fields selects, computed without search.

A timetable knows calendars and clock faces, but no time zones. Sets of small numbers are integers:
bit *n* is set if *n* is in the set.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import isleap, monthrange
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from bgsched.triggers.cron.expressions import Expression, RangeExpression, days_of_weekdays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from bgsched.triggers.cron.fields import Field

_ALL_WEEKS = sum(1 << week for week in range(1, 54))
# Years differ in three things only: the weekday they begin on, and whether they or the year before
# are leap years, which are never both. The week numbers of a year follow from these, too.
_KINDS_OF_YEAR = 7 * 3

# The months of a year that have matching days, then for each month (1-12) these days.
_Plan = tuple[int, ...]
_NO_DAYS: _Plan = (0,) * 13


class Timetable:
    """
    All wall times at which every field matches.

    Args:
        fields: The eight fields by name.
    """

    __slots__ = ("_days", "_hours", "_minutes", "_plans", "_seconds", "_start_of_day", "_years")

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._years = _years(fields["year"])
        self._days = (
            _selected(fields["month"]),
            fields["day"].expressions,
            _selected(fields["week"]),
            _selected(fields["day_of_week"]),
        )
        self._hours = _selected(fields["hour"])
        self._minutes = _selected(fields["minute"])
        self._seconds = _selected(fields["second"])
        self._start_of_day = (
            _least(self._hours),
            _least(self._minutes),
            _least(self._seconds),
        )
        self._plans: dict[int, _Plan] = {}

    def at_or_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """
        Return the first matching wall time that is not before that of *moment*, or None.

        Args:
            moment: A datetime of whole seconds; its zone is ignored.
            zone: Given to the result, whether or not the time exists there.
        """
        year, month, day = moment.year, moment.month, moment.day
        plan = self._plans.get(year) or self._plan(year)
        if plan[month] >> day & 1:
            rest = self._rest_of_day(moment.hour, moment.minute, moment.second)
            if rest is not None:
                return datetime(year, month, day, *rest, tzinfo=zone)
            day += 1
        found = self._day_at_or_after(year, month, day)
        return None if found is None else datetime(*found, *self._start_of_day, tzinfo=zone)

    def _rest_of_day(self, hour: int, minute: int, second: int) -> tuple[int, int, int] | None:
        _, first_minute, first_second = self._start_of_day
        if self._hours >> hour & 1:
            if self._minutes >> minute & 1 and (seconds := self._seconds >> second):
                return hour, minute, second + _least(seconds)
            minute += 1
            if minutes := self._minutes >> minute:
                return hour, minute + _least(minutes), first_second
        hour += 1
        if hours := self._hours >> hour:
            return hour + _least(hours), first_minute, first_second
        return None

    def _day_at_or_after(self, year: int, month: int, day: int) -> tuple[int, int, int] | None:
        plan = self._plan(year)
        if days := plan[month] >> day:
            return year, month, day + _least(days)
        month += 1
        if months := plan[0] >> month:
            month += _least(months)
            return year, month, _least(plan[month])
        barren = set()
        for later in self._years[bisect_right(self._years, year) :]:
            twin = _twin(later)
            if twin not in barren:
                plan = _plan(twin, *self._days)
                if plan[0]:
                    month = _least(plan[0])
                    return later, month, _least(plan[month])
                barren.add(twin)
                if len(barren) == _KINDS_OF_YEAR:
                    return None  # TC-17
        return None

    def _plan(self, year: int) -> _Plan:
        plan = self._plans.get(year)
        if plan is None:
            plan = _plan(_twin(year), *self._days) if year in self._years else _NO_DAYS
            self._plans[year] = plan
        return plan


@lru_cache(maxsize=1024)
def _plan(year: int, months: int, days: tuple[Expression, ...], weeks: int, weekdays: int) -> _Plan:
    """
    Return the days that match in the months of *year*.
    """
    plan = list(_NO_DAYS)
    for month in range(1, 13):
        if months >> month & 1:
            first_weekday, length = monthrange(year, month)
            matching = 0
            for expression in days:
                matching |= expression.days(first_weekday, length)
            matching &= days_of_weekdays(weekdays, first_weekday) & (2 << length) - 1  # TC-18
            if weeks != _ALL_WEEKS:
                matching &= _set_of(
                    day
                    for day in range(1, length + 1)
                    if weeks >> date(year, month, day).isocalendar().week & 1
                )
            if matching:
                plan[month] = matching
                plan[0] |= 1 << month
    return tuple(plan)


@cache
def _twin(year: int) -> int:
    """
    Return a year of the same kind as *year*, always the same one for all of a kind.
    """
    kind = _kind(year)
    return next(twin for twin in range(2000, 2400) if _kind(twin) == kind)


def _kind(year: int) -> tuple[int, bool, bool]:
    return date(year, 1, 1).weekday(), isleap(year), isleap(year - 1)


def _years(field: Field) -> Sequence[int]:
    # Thousands of years are kept as the range they are, a list only where the user wrote one.
    if len(field.expressions) == 1 and isinstance(field.expressions[0], RangeExpression):
        return field.expressions[0].values
    return sorted(field.values())


@lru_cache(maxsize=1024)
def _selected(field: Field) -> int:
    """
    Return the values of a field as a set: most fields of most triggers are the same few.
    """
    return _set_of(field.values())


def _set_of(values: Iterable[int]) -> int:
    return sum(1 << value for value in values)


def _least(values: int) -> int:
    return (values & -values).bit_length() - 1
