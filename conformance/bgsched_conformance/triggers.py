"""
The triggers that an implementation publishes, made to be asked directly.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bgsched_conformance.clock_changes import zone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from bgsched_conformance.target import Target

ODD_ZONES = (
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Chatham",
)
"""Zones with and without changes of the clock, some by half an hour, and with odd offsets."""

zones = st.sampled_from(ODD_ZONES)
# Whole seconds: what a fraction of a second does is nowhere documented.
moments = st.integers(0, 20 * 366 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def date(target: Target, *arguments: Any, **options: Any) -> Any:
    """
    Make a date trigger.
    """
    return target.symbol("triggers.date", "DateTrigger")(*arguments, **options)


def interval(target: Target, **options: Any) -> Any:
    """
    Make an interval trigger.
    """
    return target.symbol("triggers.interval", "IntervalTrigger")(**options)


def cron(target: Target, **options: Any) -> Any:
    """
    Make a cron trigger, in UTC unless told otherwise.
    """
    return target.symbol("triggers.cron", "CronTrigger")(**{"timezone": "UTC"} | options)


def calendar(target: Target, *arguments: Any, **options: Any) -> Any:
    """
    Make a calendar interval trigger, in UTC unless told otherwise.
    """
    class_ = target.symbol("triggers.calendarinterval", "CalendarIntervalTrigger")
    return class_(*arguments, **{"timezone": "UTC"} | options)


@cache
def zone_taken(target: Target, name: str) -> tzinfo | str:
    """
    Return a zone as the implementation takes it: the object, or the name where objects are refused.

    That they are is shown by the clauses on zones; it must not hide whatever else there is to see.
    """
    try:
        cron(target, hour=0, timezone=zone(name))
    except Exception:  # noqa: BLE001 - an implementation may refuse it in any way
        return name
    return zone(name)


def either(target: Target, *triggers: Any, **options: Any) -> Any:
    """
    Make a trigger that fires when any of these do.
    """
    return target.symbol("triggers.combining", "OrTrigger")(list(triggers), **options)


def both(target: Target, *triggers: Any, **options: Any) -> Any:
    """
    Make a trigger that fires when all of these do.
    """
    return target.symbol("triggers.combining", "AndTrigger")(list(triggers), **options)


def first(trigger: Any, now: datetime) -> Any:
    """
    Ask for the first fire time.
    """
    return trigger.get_next_fire_time(None, now)


def in_utc(times: Iterable[datetime | None]) -> list[datetime | None]:
    """
    Return fire times in UTC: which zone they are written in is not documented.
    """
    return [None if time is None else time.astimezone(UTC) for time in times]


def shown(times: Iterable[datetime | None]) -> list[str]:
    """
    Write fire times down in UTC, to the second.
    """
    return [f"{time:%Y-%m-%d %H:%M:%S}" if time else "None" for time in in_utc(times)]
