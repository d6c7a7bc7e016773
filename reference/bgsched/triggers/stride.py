"""
Steps through the calendar, by months and days at once.

A stride knows dates only: no time of day, no time zone.
"""

from __future__ import annotations

from datetime import MAXYEAR, date, timedelta

# A place no date is in, to begin with.
_NOWHERE = (date.max, date.max)


class Stride:
    """
    A step from date to date: so many months, then so many days.

    Args:
        months: Months of a step. They are added once more as long as the month lacks the day.
        days: Days of a step; not zero if *months* is.
    """

    __slots__ = ("_reached", "days", "months")

    def __init__(self, months: int, days: int) -> None:
        self.months = months
        self.days = days
        self._reached = _NOWHERE

    def following(self, day: date) -> date | None:
        """
        Return the date one step after *day*; None behind the end of the calendar.
        """
        try:
            if self.months:
                ahead = self.months
                while (landed := _months_later(day, ahead)) is None:  # TCI-2
                    ahead += self.months
                day = landed
            return day + timedelta(self.days)
        except OverflowError:
            return None

    def latest(self, start: date, limit: date) -> date:
        """
        Return the latest date up to *limit* that steps from *start* lead to, at least *start*.
        """
        if limit <= start:
            return start
        if not self.months:
            step = timedelta(self.days)
            return start + (limit - start) // step * step
        if not self.days:
            apart = 12 * (limit.year - start.year) + limit.month - start.month
            for ahead in range(apart // self.months * self.months, 0, -self.months):
                day = _months_later(start, ahead)
                if day is not None and day <= limit:
                    return day
            return start
        return self._walk(start, limit)

    def _walk(self, start: date, limit: date) -> date:
        # No formula leads to these dates. How far the last walk led is kept, so that whoever
        # searches on from there need not walk all the way again.
        origin, reached = self._reached
        day = reached if origin == start and reached <= limit else start
        while (following := self.following(day)) is not None and following <= limit:
            day = following
        self._reached = start, day
        return day


def _months_later(day: date, months: int) -> date | None:
    """
    Return the same day of a later month; None if that month lacks it.

    Raises:
        OverflowError: The calendar has no such month.
    """
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    if year > MAXYEAR:
        raise OverflowError(f"{months} months after {day} the calendar has ended")
    try:
        return day.replace(year, month + 1)
    except ValueError:
        return None
