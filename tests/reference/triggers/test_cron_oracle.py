"""
The cron trigger against an oracle: the clock of a zone, read at every step, and plain predicates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bgsched.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Clause:
    """
    A field as text, and what it means, said independently.
    """

    text: str
    matches: Callable[[datetime], bool]


@st.composite
def clauses(draw: st.DrawFn, get: Callable[[datetime], int], low: int, high: int) -> Clause:
    """
    Give a list of one to three plain expressions for a field with these limits.
    """
    texts = []
    chosen: set[int] = set()
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["value", "range", "stepped", "every"]))
        if kind == "every":
            step = draw(st.integers(1, high - low))
            texts.append(f"*/{step}")
            chosen.update(range(low, high + 1, step))
        elif kind == "value":
            value = draw(st.integers(low, high))
            texts.append(str(value))
            chosen.add(value)
        else:
            begin = draw(st.integers(low, high - 1))
            end = draw(st.integers(begin + 1, high))
            step = draw(st.integers(1, end - begin)) if kind == "stepped" else 1
            texts.append(f"{begin}-{end}/{step}" if kind == "stepped" else f"{begin}-{end}")
            chosen.update(range(begin, end + 1, step))
    return Clause(",".join(texts), lambda wall: get(wall) in chosen)


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_last_week(wall: datetime) -> bool:
    """
    Tell whether the same weekday of this month does not come again.
    """
    return (wall.replace(tzinfo=None) + 7 * DAY).month != wall.month


def is_last_day(wall: datetime) -> bool:
    """
    Tell whether the month ends with this day.
    """
    return (wall.replace(tzinfo=None) + DAY).month != wall.month


@st.composite
def positions(draw: st.DrawFn) -> Clause:
    """
    Give a day expression that depends on the month.
    """
    number = draw(st.integers(1, 7))
    weekday = draw(st.integers(0, 6))
    if number == 7:
        return Clause("last", is_last_day)
    if number == 6:
        return Clause(
            f"last {WEEKDAYS[weekday]}",
            lambda wall: wall.weekday() == weekday and is_last_week(wall),
        )
    ordinal = ("1st", "2nd", "3rd", "4th", "5th")[number - 1]
    return Clause(
        f"{ordinal} {WEEKDAYS[weekday]}",
        lambda wall: wall.weekday() == weekday and (wall.day - 1) // 7 == number - 1,
    )


MONTHS = clauses(lambda wall: wall.month, 1, 12)
DAYS = st.one_of(clauses(lambda wall: wall.day, 1, 31), positions())
WEEKS = clauses(lambda wall: wall.isocalendar().week, 1, 53)
DAYS_OF_WEEK = clauses(lambda wall: wall.weekday(), 0, 6)
HOURS = clauses(lambda wall: wall.hour, 0, 23)
MINUTES = clauses(lambda wall: wall.minute, 0, 59)
SECONDS = clauses(lambda wall: wall.second, 0, 59)

CHANGES = [
    ("Europe/Berlin", "2025-03-30 01:00"),
    ("Europe/Berlin", "2025-10-26 01:00"),
    ("America/New_York", "2025-03-09 07:00"),
    ("America/New_York", "2025-11-02 06:00"),
    ("Australia/Lord_Howe", "2025-04-05 15:00"),
    ("Australia/Lord_Howe", "2025-10-04 15:30"),
    ("Africa/Casablanca", "2025-02-23 02:00"),
    ("Africa/Casablanca", "2025-04-06 02:00"),
    ("America/Santiago", "2025-04-06 03:00"),
    ("America/Santiago", "2025-09-07 04:00"),
    ("Pacific/Apia", "2011-12-30 10:00"),
    ("UTC", "2024-02-29 00:00"),
]


@cache
def wall_times(change: tuple[str, str], step: timedelta, count: int) -> list[datetime]:
    """
    Return what the clock shows at *count* steps before and as many after a change.
    """
    zone = ZoneInfo(change[0])
    middle = datetime.fromisoformat(change[1]).replace(tzinfo=UTC)
    return [(middle + number * step).astimezone(zone) for number in range(-count, count)]


def check_against_oracle(
    options: dict[str, Clause], walls: list[datetime], start: int, step: timedelta
) -> None:
    """
    Compare the trigger's run times with the wall times that match, from one of these on.
    """
    zone = walls[0].tzinfo
    texts: dict[str, Any] = {name: clause.text for name, clause in options.items()}
    trigger = CronTrigger(**texts, timezone=zone)
    expected = [
        (wall.replace(tzinfo=None), wall.utcoffset())
        for wall in walls[start:]
        if all(clause.matches(wall) for clause in options.values())
    ]

    end = walls[-1].astimezone(UTC) + step
    times = []
    moment = trigger.get_next_fire_time(None, walls[start])
    while moment is not None and moment.astimezone(UTC) < end:
        times.append((moment.replace(tzinfo=None), moment.utcoffset()))
        moment = trigger.get_next_fire_time(moment, moment)

    assert expected == times

    if times:  # the short cut over a backlog leads where the walk led
        begun = trigger.get_next_fire_time(None, walls[start])
        assert begun is not None
        last = trigger.last_fire_time(begun, end - step)
        assert last is not None
        assert times[-1] == (last.replace(tzinfo=None), last.utcoffset())


TWO_DAYS = 2 * 24 * 60


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.fixed_dictionaries(
        {"minute": MINUTES}, optional={"hour": HOURS, "day_of_week": DAYS_OF_WEEK, "day": DAYS}
    ),
    st.integers(0, 2 * TWO_DAYS - 1),
)
def test_every_minute_around_a_change(
    change: tuple[str, str], options: dict[str, Clause], start: int
) -> None:
    """
    The run times are the minutes at which the clock shows a match, each exactly once.
    """
    check_against_oracle(options, wall_times(change, MINUTE, TWO_DAYS), start, MINUTE)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.fixed_dictionaries({"second": SECONDS}, optional={"minute": MINUTES, "hour": HOURS}),
    st.integers(0, 2 * 4000 - 1),
)
def test_every_second_around_a_change(
    change: tuple[str, str], options: dict[str, Clause], start: int
) -> None:
    """
    The run times are the seconds at which the clock shows a match, each exactly once.
    """
    check_against_oracle(options, wall_times(change, SECOND, 4000), start, SECOND)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {"day": DAYS}, optional={"month": MONTHS, "week": WEEKS, "day_of_week": DAYS_OF_WEEK}
    ),
    st.integers(0, 8000),
)
def test_every_day_of_decades(options: dict[str, Clause], start: int) -> None:
    """
    The run times are the days that match, over years of all kinds.
    """
    check_against_oracle(options, wall_times(("UTC", "2024-02-29"), DAY, 4500), start, DAY)
