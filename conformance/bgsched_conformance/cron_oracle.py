"""
When a cron schedule fires: the documented field language read plainly, and a clock watched.

Nothing here is clever, and nothing is shared with any implementation. A field is a set of numbers
or a question about a date. The moments come from watching the clock of a zone second by second, in
UTC, so that changes of the clock need no thought: a wall time that it skips is never seen, and one
that it repeats is seen twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import tzinfo

    Test = Callable[[datetime], bool]

# The least and the greatest value of each field, from the most significant field to the least.
FIELDS = {
    "year": (1970, 9999),
    "month": (1, 12),
    "day": (1, 31),
    "week": (1, 53),
    "day_of_week": (0, 6),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ORDINALS = ("1st", "2nd", "3rd", "4th", "5th")

_VALUES: dict[str, Callable[[datetime], int]] = {
    "year": lambda wall: wall.year,
    "month": lambda wall: wall.month,
    "day": lambda wall: wall.day,
    "week": lambda wall: wall.isocalendar().week,
    "day_of_week": lambda wall: wall.weekday(),
    "hour": lambda wall: wall.hour,
    "minute": lambda wall: wall.minute,
    "second": lambda wall: wall.second,
}

_DAY, _HOUR, _MINUTE, _SECOND = (
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
)
# The clock is watched in blocks within blocks; with each, the fields that can rule it out, those
# first that mostly do.
_DATE = ("day", "day_of_week", "week", "month", "year")
_BLOCKS = (
    (_DAY, _DATE),
    (_HOUR, ("hour", *_DATE)),
    (_MINUTE, ("minute", "hour", *_DATE)),
    (_SECOND, ("second", "minute", "hour", *_DATE)),
)


class Schedule:
    """
    A set of cron fields, at least one, each in one of the documented forms.

    Args:
        fields: Numbers or texts by name of the field.

    Raises:
        ValueError: A text is in no documented form.
    """

    def __init__(self, fields: Mapping[str, int | str]) -> None:
        order = list(FIELDS)
        least_significant = max(order.index(name) for name in fields)
        self._tests: dict[str, Test] = {}
        for position, name in enumerate(order):
            if name in fields:
                text = str(fields[name])
            elif position < least_significant or name in {"week", "day_of_week"}:
                text = "*"
            else:
                text = str(FIELDS[name][0])
            self._tests[name] = _test(name, text)

    def matches(self, wall: datetime, fields: tuple[str, ...] = tuple(FIELDS)) -> bool:
        """
        Tell whether these fields allow a wall time.
        """
        return all(self._tests[name](wall) for name in fields)

    def fire_times(self, zone: tzinfo, after: datetime, until: datetime) -> Iterator[datetime]:
        """
        Give the moments at which the clock of *zone* shows a wall time that all fields allow.

        Args:
            zone: Whose clock is watched.
            after: Moments after this one are given, aware.
            until: None after this one is given, aware.

        Yields:
            Moments in UTC, in order, all whole seconds.
        """
        day = after.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while day <= until:
            for moment in self._watch(zone, after, day, 0):
                if moment > until:
                    return
                yield moment
            day += _DAY

    def _watch(
        self, zone: tzinfo, after: datetime, begin: datetime, level: int
    ) -> Iterator[datetime]:
        span, fields = _BLOCKS[level]
        if begin + span - _SECOND <= after:
            return
        first = begin.astimezone(zone)
        if span == _SECOND:
            if self.matches(first, fields):
                yield begin
            return
        # With one offset at both ends the clock is not touched between them. Then it shows at most
        # two values of the unit that the block is long, and the two ends show both of them.
        last = (begin + span - _SECOND).astimezone(zone)
        if first.utcoffset() == last.utcoffset() and not (
            self.matches(first, fields) or self.matches(last, fields)
        ):
            return
        step = _BLOCKS[level + 1][0]
        for number in range(span // step):
            yield from self._watch(zone, after, begin + number * step, level + 1)

    def first(self, count: int, zone: tzinfo, after: datetime, until: datetime) -> list[datetime]:
        """
        Return the first *count* of `fire_times`, or all if there are fewer.
        """
        return list(islice(self.fire_times(zone, after, until), count))


def _test(name: str, text: str) -> Test:
    numbers: set[int] = set()
    questions: list[Test] = []
    for part in text.lower().split(","):
        words = part.split()
        if name == "day" and words[0] in {"last", *ORDINALS}:
            questions.append(_of_month(words))
        else:
            numbers |= _numbers(name, part.strip())
    value = _VALUES[name]
    if not questions:
        return lambda wall: value(wall) in numbers
    return lambda wall: value(wall) in numbers or any(question(wall) for question in questions)


def _numbers(name: str, text: str) -> set[int]:
    span, _, step = text.partition("/")
    if span == "*":
        first, last = FIELDS[name]
    elif "-" in span:
        first, last = (_number(name, end) for end in span.split("-"))
    else:
        first = last = _number(name, span)
    return set(range(first, last + 1, int(step or 1)))


def _number(name: str, text: str) -> int:
    if name == "month" and text in MONTHS:
        return MONTHS.index(text) + 1
    if name == "day_of_week" and text in WEEKDAYS:
        return WEEKDAYS.index(text)
    return int(text)


def _of_month(words: list[str]) -> Test:
    if words == ["last"]:
        return lambda wall: _later(wall, 1).month != wall.month
    position, weekday = words[0], WEEKDAYS.index(words[1])
    if position == "last":
        return lambda wall: wall.weekday() == weekday and _later(wall, 7).month != wall.month
    week = ORDINALS.index(position)
    return lambda wall: wall.weekday() == weekday and (wall.day - 1) // 7 == week


def _later(wall: datetime, days: int) -> datetime:
    return wall.replace(tzinfo=None) + days * _DAY
