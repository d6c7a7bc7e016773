"""
Time zones and dates as users write them, made exact.

Every zone that leaves this module follows PEP 495 (``fold``), so a wall time may be given its zone
by ``replace(tzinfo=...)``; every datetime that leaves it names a moment that exists.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SECOND = timedelta(seconds=1)
_LONE_DIGIT = re.compile(r"(?<![\d.,])(\d)(?!\d)")


def local_timezone() -> tzinfo:
    """
    Return the zone of this machine.
    """
    import tzlocal  # noqa: PLC0415 - costs milliseconds; most programs name their zone

    return as_timezone(tzlocal.get_localzone())


def as_timezone(value: str | tzinfo | None, default: tzinfo | None = None) -> tzinfo:
    """
    Return the zone that *value* means.

    Zones of the pytz package are replaced by the standard ones of the same name or offset.

    Args:
        value: A name such as ``"Europe/Helsinki"`` or ``"UTC"``, a tzinfo, or None.
        default: What None means; None again means the zone of this machine.

    Raises:
        ValueError: No zone has this name.
        TypeError: *value* is neither text nor a tzinfo.
    """
    if value is None:
        return local_timezone() if default is None else default
    if isinstance(value, str):
        return _named(value)
    if not isinstance(value, tzinfo):
        raise TypeError(f"a time zone is a name or a tzinfo, not {value!r}")
    if not hasattr(value, "localize"):
        return value
    offset = value.utcoffset(None)
    return _named(str(getattr(value, "zone", value))) if offset is None else timezone(offset)


def _named(name: str) -> tzinfo:
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    # OSError: the name is that of a directory, or longer than a file name may be.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"unknown time zone {name!r}; use a name such as 'Europe/Helsinki'"
        ) from None


def is_fixed(zone: tzinfo) -> bool:
    """
    Tell whether *zone* has one offset for all time, so that its wall clock never jumps.
    """
    return zone.utcoffset(None) is not None


def as_datetime(
    value: str | date | datetime | None, timezone: tzinfo, name: str
) -> datetime | None:
    """
    Return the moment that *value* means, aware; None stays None.

    Args:
        value: ISO 8601 text, a date (its midnight) or a datetime.
        timezone: The zone of a value that has none itself.
        name: What the value is called in error messages.

    Raises:
        ValueError: The text is no ISO 8601 date, or the moment is outside the calendar.
        TypeError: *value* is of none of these types.
    """
    wall = read_datetime(value, name)
    return None if wall is None else localise(wall, timezone)


def read_datetime(value: str | date | datetime | None, name: str) -> datetime | None:
    """
    Return the datetime that *value* means, left naive if it has no zone; None stays None.

    Raises:
        ValueError: The text is no ISO 8601 date.
        TypeError: *value* is neither text, a date nor a datetime.
    """
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a date, a datetime or ISO 8601 text, not {value!r}")
    text = value.strip()
    for form in (text, _LONE_DIGIT.sub(r"0\1", text)):  # 2009-1-6 9:05:00 is not ISO, but in use
        try:
            return datetime.fromisoformat(form)
        except ValueError:
            continue
    raise ValueError(f"{name}={value!r} is no date; write it like '2009-11-06 16:30:05'")


def localise(moment: datetime, zone: tzinfo) -> datetime:
    """
    Give a naive *moment* its zone; one that is aware already keeps its own.

    A wall time that the zone's clock skips is moved on by as much as the clock jumps.

    Raises:
        ValueError: The moment is outside the calendar: in UTC, it is not in the years 1 to 9999.
    """
    aware = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    try:
        exact = aware.astimezone(UTC)
    except OverflowError:
        raise ValueError(
            f"{aware} is outside the calendar, which has the years 1 to 9999 in UTC; take a date a "
            "day further inside"
        ) from None
    return aware if aware is moment or is_fixed(zone) else exact.astimezone(zone)


def offset_change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """
    Return the first whole second, in UTC, at which *zone* has the offset that it has at *after*.

    Args:
        zone: A zone whose offset changes exactly once between the two moments.
        before: A moment before the change, in UTC.
        after: A moment at or behind the change, in UTC.
    """
    old = before.astimezone(zone).utcoffset()
    # The unseen seconds are (0, apart]; each step halves them.
    low, high = 0, -((before - after) // _SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + high * _SECOND
