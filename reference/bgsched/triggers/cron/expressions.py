"""
Cron expressions: what one element of a comma-separated list selects.

Sets of small numbers are integers here: bit *n* is set if *n* is in the set.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
POSITIONS = ("1st", "2nd", "3rd", "4th", "5th", "last")

RANGE = re.compile(
    r"(?:\*|(?P<first>\d+|[a-z]+)(?:-(?P<last>\d+|[a-z]+))?)(?:/(?P<step>\d+))?", re.ASCII
)
WEEKDAY_POSITION = re.compile(rf"({'|'.join(POSITIONS)}) +({'|'.join(WEEKDAYS)})")

_SIX_WEEKS = sum(1 << 7 * week for week in range(6))
_SEVEN_DAYS = 0b111_1111


class Expression(Protocol):
    """
    One element of the list in a field.
    """

    @property
    def text(self) -> str:
        """
        The expression as it was written, in lower case.
        """

    def days(self, first_weekday: int, length: int) -> int:
        """
        Return the days selected in a month of so many days, which begins on this weekday (0-6).

        The set may hold days behind the end of the month.
        """


class RangeExpression(NamedTuple):
    """
    Every *step*-th value from *first* to *last*: ``*``, ``*/a``, ``a``, ``a-b``, ``a-b/c``.
    """

    text: str
    first: int
    last: int
    step: int

    @property
    def values(self) -> range:
        """
        The values selected.
        """
        return range(self.first, self.last + 1, self.step)

    def days(self, first_weekday: int, length: int) -> int:
        """
        Return the days selected, which are the same in every month.
        """
        del first_weekday, length
        return sum(1 << day for day in self.values)


class WeekdayPositionExpression(NamedTuple):
    """
    The first, second, … or last of some weekday in the month: ``3rd fri``, ``last mon``.
    """

    text: str
    position: int
    weekday: int

    def days(self, first_weekday: int, length: int) -> int:
        """
        Return the one day selected; a fifth weekday may be behind the end of the month.
        """
        first = 7 * self.position + 1 if self.position < len(POSITIONS) - 1 else length - 6
        return days_of_weekdays(1 << self.weekday, first_weekday) & _SEVEN_DAYS << first


class LastDayOfMonthExpression(NamedTuple):
    """
    The last day of the month: ``last``.
    """

    text: str = "last"

    def days(self, first_weekday: int, length: int) -> int:
        """
        Return the last day.
        """
        del first_weekday
        return 1 << length


def days_of_weekdays(weekdays: int, first_weekday: int) -> int:
    """
    Return all days that fall on one of *weekdays* in a month that begins on *first_weekday*.
    """
    return weekdays * _SIX_WEEKS >> first_weekday << 1
