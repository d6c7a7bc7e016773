"""
The cron trigger, by worked examples.
"""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from bgsched.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2024, 6, 5, 12, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def walk(trigger: CronTrigger, now: datetime) -> Iterator[datetime]:
    """
    Give the run times from *now* on, each computed from the one before.
    """
    moment = trigger.get_next_fire_time(None, now)
    while moment is not None:
        yield moment
        moment = trigger.get_next_fire_time(moment, moment)


def first(count: int, trigger: CronTrigger, now: datetime = NOW) -> list[str]:
    """
    Return the first *count* run times as text; a shorter list if they end.
    """
    return [
        f"{moment:%F %T%z}" for moment, _ in zip(walk(trigger, now), range(count), strict=False)
    ]


# Worked examples: the trigger's options, and its run times in UTC from noon on Wed 2024-06-05.
EXAMPLES: list[tuple[dict[str, Any], list[str]]] = [
    # TC-2
    ({"day": 1, "minute": 20}, ["2024-07-01 00:20", "2024-07-01 01:20", "2024-07-01 02:20"]),
    ({"month": 7}, ["2024-07-01 00:00", "2025-07-01 00:00", "2026-07-01 00:00"]),
    ({"day_of_week": "mon"}, ["2024-06-10 00:00", "2024-06-17 00:00"]),
    # TC-3, TC-4
    ({"hour": "*"}, ["2024-06-05 12:00", "2024-06-05 13:00", "2024-06-05 14:00"]),
    ({"hour": "*/23"}, ["2024-06-05 23:00", "2024-06-06 00:00", "2024-06-06 23:00"]),
    ({"day": "*/10"}, ["2024-06-11 00:00", "2024-06-21 00:00", "2024-07-01 00:00"]),
    # TC-5, TC-6
    (
        {"day_of_week": "mon-fri", "hour": 5, "minute": 30, "end_date": "2024-06-07"},
        ["2024-06-06 05:30", "end"],
    ),
    ({"minute": "0-30/10"}, [f"2024-06-05 12:{minute}" for minute in ("00", "10", "20", "30")]),
    ({"hour": "3-9/3"}, ["2024-06-06 03:00", "2024-06-06 06:00", "2024-06-06 09:00"]),
    ({"hour": "20/3"}, ["2024-06-05 20:00", "2024-06-05 23:00", "2024-06-06 20:00"]),
    # TC-7, TC-8, TC-9, TC-10
    ({"day": "3rd fri"}, ["2024-06-21 00:00", "2024-07-19 00:00", "2024-08-16 00:00"]),
    ({"day": "5th MON"}, ["2024-07-29 00:00", "2024-09-30 00:00", "2024-12-30 00:00"]),
    ({"day": "1st mon,3rd mon"}, ["2024-06-17 00:00", "2024-07-01 00:00", "2024-07-15 00:00"]),
    ({"day": "last fri"}, ["2024-06-28 00:00", "2024-07-26 00:00", "2024-08-30 00:00"]),
    ({"day": "last", "month": 2}, ["2025-02-28 00:00", "2026-02-28 00:00"]),
    ({"day": "1-5 , last"}, ["2024-06-30 00:00", "2024-07-01 00:00", "2024-07-02 00:00"]),
    (
        {"month": "6-8,11-12", "day": "3rd fri", "hour": "0-3"},
        ["2024-06-21 00:00", "2024-06-21 01:00", "2024-06-21 02:00", "2024-06-21 03:00"],
    ),
    # TC-11, TC-12
    ({"day_of_week": "0-4"}, ["2024-06-06 00:00", "2024-06-07 00:00", "2024-06-10 00:00"]),
    ({"day_of_week": "mon-fri"}, ["2024-06-06 00:00", "2024-06-07 00:00", "2024-06-10 00:00"]),
    ({"day_of_week": "mon-fri/2"}, ["2024-06-07 00:00", "2024-06-10 00:00", "2024-06-12 00:00"]),
    ({"month": "Jan-jun/3"}, ["2025-01-01 00:00", "2025-04-01 00:00", "2026-01-01 00:00"]),
    # TC-14
    ({"week": "*/2", "day_of_week": "mon"}, ["2024-06-17 00:00", "2024-07-01 00:00"]),
    ({"week": 53, "day_of_week": 0}, ["2026-12-28 00:00", "2032-12-27 00:00"]),
    # TC-1
    (
        {"year": "2024-2025", "month": 12, "day": 31},
        ["2024-12-31 00:00", "2025-12-31 00:00", "end"],
    ),
    ({"year": "2030,2026"}, ["2026-01-01 00:00", "2030-01-01 00:00", "end"]),
    # TC-16
    (
        {"hour": 12, "end_date": "2024-06-06 12:00:00"},
        ["2024-06-05 12:00", "2024-06-06 12:00", "end"],
    ),
    ({"hour": 12, "end_date": "2024-06-06 11:59:59"}, ["2024-06-05 12:00", "end"]),
    ({"hour": 12, "start_date": "2024-06-10 12:00:00"}, ["2024-06-10 12:00"]),
    ({"hour": 12, "start_date": "2024-06-10 12:00:00.5"}, ["2024-06-11 12:00"]),
    ({"hour": 12, "start_date": date(2024, 7, 1)}, ["2024-07-01 12:00"]),
    # TC-17, bug 22
    ({"month": "feb", "day": 30}, ["end"]),
    ({"month": "jun", "week": 53}, ["end"]),
    ({"year": 2023}, ["end"]),
    ({"month": "feb", "day": 30, "year": "2024-9999/3,2025"}, ["end"]),
    ({"day": 31}, ["2024-07-31 00:00", "2024-08-31 00:00", "2024-10-31 00:00"]),
    ({"month": 2, "day": 29}, ["2028-02-29 00:00", "2032-02-29 00:00"]),
    # the last second that there is
    ({"year": 9999, "month": 12, "day": 31, "hour": 23}, ["9999-12-31 23:00", "end"]),
]


@pytest.mark.parametrize(("options", "expected"), EXAMPLES)
def test_worked_examples(options: dict[str, Any], expected: list[str]) -> None:
    """
    The run times of the contract's examples.
    """
    trigger = CronTrigger(**options, timezone="UTC")

    times = [moment[:16] for moment in first(len(expected), trigger)]

    assert expected == [*times, "end"][: len(expected)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 13 * fri", ["2024-09-13", "2024-12-13", "2025-06-13"]),  # TC-18
        ("0 0 1-15 may-aug *", ["2024-06-06", "2024-06-07", "2024-06-08"]),  # TC-19
        ("0 0 * * 0", ["2024-06-10", "2024-06-17", "2024-06-24"]),  # TC-13
    ],
)
def test_crontab_lines(expression: str, expected: list[str]) -> None:
    """
    Five fields in the order of a crontab; all must match, and weekday 0 is Monday.
    """
    trigger = CronTrigger.from_crontab(expression, timezone="UTC")

    assert [f"{day} 00:00:00+0000" for day in expected] == first(3, trigger)


@pytest.mark.parametrize(
    ("options", "zone", "start", "expected"),
    [
        pytest.param(
            {"hour": 3, "minute": 30},
            "Europe/Helsinki",
            "2025-10-25",
            ["25 03:30+0300", "26 03:30+0300", "26 03:30+0200", "27 03:30+0200"],
            id="TC-21: twice in the repeated hour",
        ),
        pytest.param(
            {"hour": 3, "minute": 30},
            "Europe/Helsinki",
            "2025-03-29",
            ["29 03:30+0200", "31 03:30+0300", "01 03:30+0300"],
            id="TC-22: not at all in the skipped hour",
        ),
        pytest.param(
            {"hour": 2, "minute": 15},
            "Australia/Lord_Howe",
            "2025-10-04",
            ["04 02:15+1030", "06 02:15+1100"],
            id="TC-22: a skipped half hour",
        ),
        pytest.param(
            {"minute": "*/30"},
            "America/New_York",
            "2025-03-09 01:00",
            ["09 01:00-0500", "09 01:30-0500", "09 03:00-0400", "09 03:30-0400"],
            id="TC-23: over the skipped hour",
        ),
        pytest.param(
            {"minute": "*/30"},
            "America/New_York",
            "2025-11-02 00:30",
            [
                "02 00:30-0400",
                "02 01:00-0400",
                "02 01:30-0400",
                "02 01:00-0500",
                "02 01:30-0500",
                "02 02:00-0500",
            ],
            id="TC-23: over the repeated hour",
        ),
        pytest.param(
            {"second": "*"},
            "America/New_York",
            "2025-11-02 01:59:59",
            ["02 01:59-0400", "02 01:00-0500", "02 01:00-0500"],
            id="bug 40: every second over the switch",
        ),
        pytest.param(
            {"hour": 0},
            "America/New_York",
            "2026-03-07",
            ["07 00:00-0500", "08 00:00-0500", "09 00:00-0400", "10 00:00-0400"],
            id="bug 58: the midnight after the change",
        ),
        pytest.param(
            {"hour": 8},
            "Europe/Berlin",
            "2026-03-28",
            ["28 08:00+0100", "29 08:00+0200", "30 08:00+0200"],
            id="bug 23: the morning of the change",
        ),
        pytest.param(
            {"day": 1, "hour": 0},
            "Europe/Berlin",
            "2026-02-15",
            ["01 00:00+0100", "01 00:00+0200", "01 00:00+0200"],
            id="the first of April is not skipped",
        ),
        pytest.param(
            {"year": 2025, "month": 11, "day": 2, "hour": 1},
            "America/New_York",
            "2025-11-02 01:30",
            ["02 01:00-0500"],
            id="the last match of all, in the repeated hour",
        ),
        pytest.param(
            {"day": 30},
            "Pacific/Apia",
            "2011-12-29",
            ["30 00:00+1400", "30 00:00+1400"],
            id="a skipped day",
        ),
        pytest.param(
            {"month": 3, "day": "last sun", "hour": 2, "minute": 30},
            "Europe/Berlin",
            "2025-01-01",
            [],
            id="TC-17: always in the skipped hour",
        ),
    ],
)
def test_changes_of_the_clock(
    options: dict[str, Any], zone: str, start: str, expected: list[str]
) -> None:
    """
    A wall time fires as often as the clock of the zone shows it.
    """
    trigger = CronTrigger(**options, timezone=zone)
    now = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))

    times = [f"{time[8:16]}{time[19:]}" for time in first(len(expected) or 1, trigger, now)]

    assert expected == times


def test_now_is_rounded_up_to_the_second() -> None:
    """
    A matching second that has begun is past; one that is just beginning is not (TC-26).
    """
    trigger = CronTrigger(second="*", timezone="UTC")

    assert NOW == trigger.get_next_fire_time(None, NOW)
    assert NOW + SECOND == trigger.get_next_fire_time(None, NOW + timedelta(microseconds=5))
    assert NOW + SECOND == trigger.get_next_fire_time(NOW, NOW)
    assert NOW + SECOND == trigger.get_next_fire_time(NOW + timedelta(microseconds=5), NOW)


def test_a_trigger_without_a_zone_takes_that_of_the_scheduler() -> None:
    """
    Until it is anchored the local zone counts, afterwards that of the scheduler (TC-20).
    """
    trigger = CronTrigger.from_crontab("0 3 * * *")
    trigger_of_dates = CronTrigger(hour=3, start_date="2024-06-07", end_date="2024-06-08")
    assert trigger.get_next_fire_time(None, NOW) is not None
    assert trigger.timezone is None

    trigger.anchor(NOW, TOKYO)
    trigger.anchor(NOW, UTC)
    trigger_of_dates.anchor(NOW, TOKYO)

    assert ["2024-06-06 03:00:00+0900"] == first(1, trigger)
    assert ["2024-06-07 03:00:00+0900"] == first(2, trigger_of_dates)


def test_jitter_delays_but_not_beyond_the_end() -> None:
    """
    Jitter delays by no more than asked for, and the end date stays the latest time (bugs 25, 26).
    """
    noon = CronTrigger(hour=12, jitter=60, timezone="Europe/Berlin")
    ending = CronTrigger(hour=12, jitter=60, end_date=NOW + SECOND)

    delays = {
        moment - NOW - 22 * timedelta(hours=1)
        for moment in (noon.get_next_fire_time(None, NOW) for _ in range(50))
        if moment is not None
    }

    assert all(timedelta() <= delay <= MINUTE for delay in delays)
    assert len(delays) > 1
    for _ in range(20):
        moment = ending.get_next_fire_time(None, NOW)
        assert moment is not None
        assert NOW <= moment <= NOW + SECOND
        assert ending.get_next_fire_time(moment, moment) is None


def test_the_last_run_time_up_to_now() -> None:
    """
    The short cut over a backlog keeps to the start, the end and the run time it begins with.
    """
    trigger = CronTrigger(minute="*/10", start_date=NOW, end_date=NOW + HOUR, timezone=UTC)
    earlier = NOW - 90 * SECOND
    noon = NOW + timedelta(microseconds=500)

    assert NOW == trigger.last_fire_time(NOW, NOW)
    assert noon == trigger.last_fire_time(noon, NOW + 599 * SECOND)
    assert NOW + 600 * SECOND == trigger.last_fire_time(noon, NOW + 600 * SECOND)
    assert NOW + HOUR == trigger.last_fire_time(NOW, NOW + timedelta(days=999))
    assert earlier == trigger.last_fire_time(earlier, NOW - SECOND)
    assert NOW == trigger.last_fire_time(earlier, NOW)
    assert trigger.last_fire_time(NOW, NOW - SECOND) is None
    assert trigger.last_fire_time(NOW + 2 * HOUR, NOW + 9 * HOUR) is None
    assert CronTrigger(minute=0).last_fire_time(NOW, NOW + 90 * SECOND) is not None
    # The next match behind it is in 9999, and in UTC behind the end of the calendar.
    last = CronTrigger(year="2024,9999", month=12, day=31, hour=23, timezone="America/New_York")
    assert datetime(2025, 1, 1, 4, tzinfo=UTC) == last.last_fire_time(NOW, NOW + 9000 * HOUR)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hour": 25}, "cron field hour: '25' is outside 0-23; use .* values are 0-23"),
        ({"hour": "0-24"}, "cron field hour: '0-24' is outside 0-23"),
        ({"day_of_week": 7}, "day_of_week: '7' is outside 0-6; .* values are 0-6 or mon-sun"),
        ({"month": 0}, "month: '0' is outside 1-12; .* values are 1-12 or jan-dec"),
        ({"year": 1969}, "year: '1969' is outside 1970-9999"),
        ({"week": 54}, "week: '54' is outside 1-53"),
        ({"minute": "9-5"}, "minute: '9-5' runs backwards"),
        ({"day_of_week": "sat-mon"}, "day_of_week: 'sat-mon' runs backwards"),
        ({"second": "*/0"}, "second: '\\*/0' has a step outside 1-59"),
        ({"second": "*/60"}, "second: '\\*/60' has a step outside 1-59"),
        ({"second": "10-20/11"}, "second: '10-20/11' has a step outside 1-10"),
        ({"day": "lastfoo"}, "day: 'lastfoo' is not understood; use .* 'last'"),
        ({"day": "3rd fri foo"}, "day: '3rd fri foo' is not understood"),
        ({"day": "6th fri"}, "day: '6th fri' is not understood"),
        ({"day": "3rd foo"}, "day: '3rd foo' is not understood"),
        ({"hour": "last"}, "hour: 'last' is not understood"),
        ({"month": "mon"}, "month: 'mon' is not understood"),
        ({"hour": ""}, "hour: '' is not understood"),
        ({"hour": "1,,2"}, "hour: '' is not understood"),
        ({"hour": 1.5}, "hour: '1.5' is not understood"),
        ({"hour": -1}, "hour: '-1' is not understood"),
        ({"hour": 1, "jitter": -1}, "jitter=-1 is negative"),
    ],
)
def test_wrong_fields_are_refused(options: dict[str, Any], message: str) -> None:
    """
    What a field cannot mean is refused with the field, the text and the range (TC-15, bug 21).
    """
    with pytest.raises(ValueError, match=message):
        CronTrigger(**options)


def test_wrong_crontab_lines_are_refused() -> None:
    """
    A crontab line has five fields.
    """
    with pytest.raises(ValueError, match=r"crontab expression '0 0 \* \*' has 4 fields instead of"):
        CronTrigger.from_crontab("0 0 * *")


def test_unknown_fields_are_refused() -> None:
    """
    A misspelt field is an error at once (TC-27).
    """
    options: dict[str, Any] = {"hours": 1}

    with pytest.raises(TypeError, match="hours"):
        CronTrigger(**options)


def pickled_copy(trigger: CronTrigger) -> CronTrigger:
    """
    Return what becomes of a trigger in a persistent job store.
    """
    again = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - bytes of our own
    assert isinstance(again, CronTrigger)
    return again


def test_pickling_keeps_all_settings() -> None:
    """
    A pickled trigger gives the same run times, and stays anchored or open (TX-8).
    """
    trigger = CronTrigger(
        hour="*/5", day="last fri,1-3", day_of_week="MON-fri/2", start_date="2024-07-01"
    )
    still_open = pickled_copy(trigger)
    trigger.anchor(NOW, ZoneInfo("Europe/Helsinki"))
    anchored = pickled_copy(trigger)

    assert still_open.timezone is None
    assert repr(trigger) == repr(anchored)
    assert trigger.fields == anchored.fields
    assert first(9, trigger) == first(9, anchored)


def test_text_forms() -> None:
    """
    Text shows the fields given; the repr shows all that was set.
    """
    trigger = CronTrigger(
        day_of_week="Mon-Fri", hour="5 , 7", end_date=NOW, jitter=3, timezone="UTC"
    )

    assert str(trigger) == "cron[day_of_week='mon-fri', hour='5,7']"
    assert repr(trigger) == (
        "<CronTrigger (day_of_week='mon-fri', hour='5,7', end_date='2024-06-05 12:00:00 UTC', "
        "jitter=3, timezone='UTC')>"
    )
    assert [str(field) for field in trigger.fields] == [
        "*",
        "*",
        "*",
        "*",
        "mon-fri",
        "5,7",
        "0",
        "0",
    ]
    assert repr(CronTrigger(hour=1)) == "<CronTrigger (hour='1')>"
