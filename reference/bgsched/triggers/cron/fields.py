"""
The eight fields of a cron trigger, and the reading of what users write into them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, NoReturn

from bgsched.triggers.cron.expressions import (
    MONTHS,
    POSITIONS,
    RANGE,
    WEEKDAY_POSITION,
    WEEKDAYS,
    Expression,
    LastDayOfMonthExpression,
    RangeExpression,
    WeekdayPositionExpression,
)

# Least and greatest value of each field, from the most significant one to the least.
LIMITS = {
    "year": (1970, 9999),
    "month": (1, 12),
    "day": (1, 31),
    "week": (1, 53),
    "day_of_week": (0, 6),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
# What a field means that was left out, if a more significant one was given.
DEFAULTS = {"month": "1", "day": "1", "hour": "0", "minute": "0", "second": "0"}

_NAMES = {"month": MONTHS, "day_of_week": WEEKDAYS}
_COMMA = re.compile(r"\s*,\s*")


class Field(NamedTuple):
    """
    One field of a cron trigger; ``str()`` gives the text it was made of.

    Attributes:
        name: One of the eight names of fields.
        expressions: The elements of its list.
        is_default: Whether the user left the field out.
    """

    name: str
    expressions: tuple[Expression, ...]
    is_default: bool = False

    def values(self) -> frozenset[int]:
        """
        Return all values that the field selects whatever the month.
        """
        return frozenset(
            value
            for expression in self.expressions
            if isinstance(expression, RangeExpression)
            for value in expression.values
        )

    def __str__(self) -> str:
        return ",".join(expression.text for expression in self.expressions)


@lru_cache(maxsize=1024)
def read_field(name: str, text: str, *, is_default: bool = False) -> Field:
    """
    Return the field that *text* describes.

    Raises:
        ValueError: The text is not understood, or selects what the field does not have.
    """
    parts = _COMMA.split(text.strip().lower())
    return Field(name, tuple(_read_expression(name, part) for part in parts), is_default)


def _read_expression(name: str, text: str) -> Expression:
    if name == "day":
        if text == "last":
            return LastDayOfMonthExpression()
        if match := WEEKDAY_POSITION.fullmatch(text):
            position, weekday = POSITIONS.index(match[1]), WEEKDAYS.index(match[2])
            return WeekdayPositionExpression(f"{match[1]} {match[2]}", position, weekday)
    match = RANGE.fullmatch(text)
    if match is None:
        _refuse(name, text, "is not understood")
    low, high = LIMITS[name]
    first = low if match["first"] is None else _read_value(name, text, match["first"])
    if match["last"] is not None:
        last = _read_value(name, text, match["last"])
    elif match["first"] is None or match["step"] is not None:
        last = high
    else:
        last = first
    if first > last:
        _refuse(name, text, "runs backwards")
    step = 1 if match["step"] is None else int(match["step"])
    if match["step"] is not None and not 1 <= step <= last - first:  # TC-15
        _refuse(name, text, f"has a step outside 1-{last - first}")
    return RangeExpression(text, first, last, step)


def _read_value(name: str, text: str, value: str) -> int:
    low, high = LIMITS[name]
    names = _NAMES.get(name, ())
    if value in names:
        return names.index(value) + low
    if not value.isdecimal():
        _refuse(name, text, "is not understood")
    number = int(value)
    if not low <= number <= high:
        _refuse(name, text, f"is outside {low}-{high}")
    return number


def _refuse(name: str, text: str, why: str) -> NoReturn:
    low, high = LIMITS[name]
    choice = f"{low}-{high}"
    if name in _NAMES:
        choice += f" or {_NAMES[name][0]}-{_NAMES[name][-1]}"
    forms = "*, */a, a, a-b or a-b/c"
    if name == "day":
        forms += ", 'last', '2nd fri' or 'last fri'"
    raise ValueError(f"cron field {name}: {text!r} {why}; use {forms}, where values are {choice}")
