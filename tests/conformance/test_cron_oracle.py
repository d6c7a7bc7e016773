"""
The oracle of the cron trigger agrees with examples worked by hand, and knows where clocks jump.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bgsched_conformance.clock_changes import ZONES, changes
from bgsched_conformance.cron_oracle import Schedule

NOON = datetime(2024, 6, 5, 12, tzinfo=UTC)  # a Wednesday
SECOND = timedelta(seconds=1)


def shown(fields: dict[str, int | str], zone: str, after: datetime, count: int) -> list[str]:
    """
    Return the first fire times as the clock of the zone shows them.
    """
    place = ZoneInfo(zone)
    times = Schedule(fields).first(count, place, after, after + timedelta(days=3000))
    return [f"{time.astimezone(place):%F %T%z}" for time in times]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"day": 1, "minute": 20}, ["07-01 00:20", "07-01 01:20", "07-01 02:20"]),
        ({"month": 7}, ["07-01 00:00", "07-01 00:00"]),
        ({"week": 30}, ["07-22 00:00", "07-23 00:00"]),
        ({"hour": "*/23"}, ["06-05 23:00", "06-06 00:00", "06-06 23:00"]),
        ({"day": "*/10"}, ["06-11 00:00", "06-21 00:00", "07-01 00:00"]),
        ({"minute": "0-30/10"}, ["06-05 12:10", "06-05 12:20", "06-05 12:30", "06-05 13:00"]),
        ({"day": "3rd fri"}, ["06-21 00:00", "07-19 00:00", "08-16 00:00", "09-20 00:00"]),
        ({"day": "5th mon"}, ["07-29 00:00", "09-30 00:00", "12-30 00:00", "03-31 00:00"]),
        ({"day": "1st mon,3rd mon"}, ["06-17 00:00", "07-01 00:00", "07-15 00:00"]),
        ({"day": "last fri"}, ["06-28 00:00", "07-26 00:00", "08-30 00:00"]),
        ({"day": "last", "month": 2}, ["02-28 00:00", "02-28 00:00", "02-28 00:00", "02-29 00:00"]),
        ({"day": "1-5 , last"}, ["06-30 00:00", "07-01 00:00", "07-02 00:00"]),
        ({"day_of_week": "mon-fri"}, ["06-06 00:00", "06-07 00:00", "06-10 00:00"]),
        ({"day_of_week": "0-4"}, ["06-06 00:00", "06-07 00:00", "06-10 00:00"]),
        ({"day_of_week": "mon-fri/2"}, ["06-07 00:00", "06-10 00:00", "06-12 00:00"]),
        ({"month": "jan-jun/3"}, ["01-01 00:00", "04-01 00:00", "01-01 00:00"]),
        ({"week": "*/2", "day_of_week": "mon"}, ["06-17 00:00", "07-01 00:00", "07-15 00:00"]),
        ({"year": "2024-2025", "month": 12, "day": 31}, ["12-31 00:00", "12-31 00:00", "end"]),
        ({"month": "feb", "day": 30}, ["end"]),
        ({"day": 13, "day_of_week": "fri"}, ["09-13 00:00", "12-13 00:00", "06-13 00:00"]),
        ({"week": 53, "day_of_week": 0}, ["12-28 00:00", "end"]),
    ],
)
def test_worked_examples(fields: dict[str, int | str], expected: list[str]) -> None:
    """
    Every form of expression means what the documentation says, from noon on 5 June 2024 in UTC.
    """
    found = [time[5:16] for time in shown(fields, "UTC", NOON, len(expected))]

    assert expected == [*found, "end"][: len(expected)]


@pytest.mark.parametrize(
    ("fields", "zone", "after", "expected"),
    [
        (
            {"hour": 3, "minute": 30},
            "Europe/Helsinki",
            "2025-10-25 00:00+03:00",
            ["25 03:30:00+0300", "26 03:30:00+0300", "26 03:30:00+0200", "27 03:30:00+0200"],
        ),
        (
            {"hour": 3, "minute": 30},
            "Europe/Helsinki",
            "2025-03-29 00:00+02:00",
            ["29 03:30:00+0200", "31 03:30:00+0300", "01 03:30:00+0300"],
        ),
        (
            {"minute": "*/30"},
            "America/New_York",
            "2025-03-09 00:59-05:00",
            ["09 01:00:00-0500", "09 01:30:00-0500", "09 03:00:00-0400", "09 03:30:00-0400"],
        ),
        (
            {"minute": "*/20"},
            "Australia/Lord_Howe",
            "2025-04-06 01:10+11:00",
            ["06 01:20:00+1100", "06 01:40:00+1100", "06 01:40:00+1030", "06 02:00:00+1030"],
        ),
        (
            {"second": "*/20"},
            "America/New_York",
            "2025-11-02 01:59:30-04:00",
            ["02 01:59:40-0400", "02 01:00:00-0500", "02 01:00:20-0500"],
        ),
        (
            {"hour": 0},
            "America/New_York",
            "2026-03-08 00:00-05:00",
            ["09 00:00:00-0400", "10 00:00:00-0400"],
        ),
        (
            {"day": 30},
            "Pacific/Apia",
            "2011-12-29 00:00-10:00",
            ["30 00:00:00+1400", "30 00:00:00+1400"],
        ),
    ],
)
def test_worked_examples_of_jumps(
    fields: dict[str, int | str], zone: str, after: str, expected: list[str]
) -> None:
    """
    Skipped wall times do not fire, repeated ones do so twice.
    """
    found = shown(fields, zone, datetime.fromisoformat(after), len(expected))

    assert expected == [time[8:] for time in found]


def test_bounds_are_the_callers() -> None:
    """
    What comes at the first moment is past; what comes at the last is still given.
    """
    schedule = Schedule({"hour": 12})
    day = timedelta(days=1)

    assert [NOON + day] == list(schedule.fire_times(UTC, NOON, NOON + day))
    assert [NOON] == list(schedule.fire_times(UTC, NOON - SECOND, NOON))
    assert [] == list(schedule.fire_times(UTC, NOON, NOON + day - SECOND))


def test_no_block_is_passed_over_in_error() -> None:
    """
    Around jumps of every kind, the fire times are the seconds that match, looked at one by one.
    """
    scenes: list[tuple[str, str, dict[str, int | str]]] = [
        ("Australia/Lord_Howe", "2025-04-05 15:00", {"minute": "29-31", "second": "59,0"}),
        ("America/St_Johns", "2006-10-29 02:31", {"hour": "23,0", "minute": "*/7", "second": 3}),
        ("Africa/Monrovia", "1972-01-07 00:44:30", {"minute": "*/11", "second": "*/30"}),
        ("Asia/Kathmandu", "1985-12-31 18:30", {"minute": "0-20/5", "second": 59}),
    ]
    for zone, around, fields in scenes:
        place = ZoneInfo(zone)
        schedule = Schedule(fields)
        begin = datetime.fromisoformat(around).replace(tzinfo=UTC) - 5000 * SECOND
        end = begin + 10_000 * SECOND
        seconds = (begin + number * SECOND for number in range(1, 10_001))

        expected = [second for second in seconds if schedule.matches(second.astimezone(place))]

        assert expected == list(schedule.fire_times(place, begin, end))


@pytest.mark.parametrize("zone", ZONES)
def test_jumps_are_found_to_the_second(zone: str) -> None:
    """
    The offset changes at each moment found, by as much as was found.
    """
    for change in changes(zone):
        place = change.zone
        before = (change.moment - SECOND).astimezone(place)
        after = change.moment.astimezone(place)
        assert change.jump == after.replace(tzinfo=UTC) - before.replace(tzinfo=UTC) - SECOND
        assert change.wall == before.replace(tzinfo=None) + SECOND


def test_famous_jumps_are_among_those_found() -> None:
    """
    Half hours, two hours, a day that never was, and summer off for Ramadan.
    """
    jumps = {zone: {change.jump for change in changes(zone)} for zone in ZONES}

    assert timedelta(minutes=30) in jumps["Australia/Lord_Howe"]
    assert timedelta(hours=-2) in jumps["Antarctica/Troll"]
    assert timedelta(days=1) in jumps["Pacific/Apia"]
    assert timedelta(minutes=15) in jumps["Asia/Kathmandu"]
    assert 4 == sum(change.moment.year == 2017 for change in changes("Africa/Casablanca"))
