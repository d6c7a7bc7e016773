"""
Where the clocks of the world jump, found by looking at them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bgsched_conformance.findings import Inconclusive

if TYPE_CHECKING:
    from datetime import tzinfo

# Zones whose clocks do something out of the ordinary, besides a few that most people live by.
ZONES = (
    "Europe/Helsinki",
    "America/New_York",
    "Europe/Dublin",  # winter is what is saved
    "Europe/Lisbon",  # moved between zones and back
    "Australia/Lord_Howe",  # half an hour of summer time
    "Antarctica/Troll",  # two hours
    "Africa/Casablanca",  # off for Ramadan
    "Africa/Monrovia",  # an offset with seconds, until 1972
    "America/St_Johns",  # a minute past midnight, for years
    "America/Santiago",  # at midnight
    "America/Asuncion",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Gaza",  # by decree
    "Asia/Tehran",  # ended
    "America/Caracas",  # half hours without any summer
    "Asia/Kathmandu",  # a quarter of an hour
    "America/Nuuk",  # in the evening before
    "Pacific/Apia",  # a day that never was
    "Pacific/Kwajalein",  # another
)
YEARS = range(1971, 2041)

_FORTNIGHT = timedelta(weeks=2)  # no clock jumps twice in one
_SECOND = timedelta(seconds=1)


class Change(NamedTuple):
    """
    One jump of a clock.

    Attributes:
        zone: Whose clock it is.
        moment: The first moment of the new offset, in UTC.
        jump: By how much it jumps: forward if positive, back if negative.
    """

    zone: tzinfo
    moment: datetime
    jump: timedelta

    @property
    def wall(self) -> datetime:
        """
        What the clock would have shown at that moment without the jump, naive.

        Walls from here on are skipped if it jumps forward; those before it repeated if back.
        """
        return self.moment.astimezone(self.zone).replace(tzinfo=None) - self.jump

    def __repr__(self) -> str:
        return f"{self.zone} {self.moment:%Y-%m-%d %H:%M:%S} UTC {self.jump.total_seconds():+g} s"


def zone(name: str) -> ZoneInfo:
    """
    Return the zone of this name.

    Raises:
        Inconclusive: This machine does not know it.
    """
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        raise Inconclusive(f"no time zone data for {name}; install the package tzdata") from error


@cache
def changes(name: str) -> tuple[Change, ...]:
    """
    Return all jumps of the clock of a zone within `YEARS`, in order.
    """
    place = zone(name)
    found = []
    moment = datetime(YEARS.start, 1, 1, tzinfo=UTC)
    before = moment.astimezone(place).utcoffset()
    while moment.year < YEARS.stop:
        after = (moment + _FORTNIGHT).astimezone(place).utcoffset()
        if before is not None and after is not None and before != after:
            found.append(Change(place, _first_with(after, place, moment), after - before))
        moment, before = moment + _FORTNIGHT, after
    return tuple(found)


def _first_with(offset: timedelta, place: ZoneInfo, begin: datetime) -> datetime:
    """
    Return the first second of a fortnight at which the zone has the offset of its end.
    """
    low, high = 0, _FORTNIGHT // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if (begin + middle * _SECOND).astimezone(place).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return begin + high * _SECOND
