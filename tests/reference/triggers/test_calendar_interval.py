"""
The calendar interval trigger.
"""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgsched.triggers.calendarinterval import CalendarIntervalTrigger
from bgsched.triggers.stride import Stride

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2024, 6, 5, 12, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
]
strides = st.tuples(st.integers(0, 40), st.integers(0, 70)).filter(any)
dates = st.dates(date(2000, 1, 1), date(2035, 1, 1))


def walk(trigger: CalendarIntervalTrigger, now: datetime) -> Iterator[datetime]:
    """
    Give the run times from *now* on, each computed from the one before.
    """
    moment = trigger.get_next_fire_time(None, now)
    while moment is not None:
        yield moment
        moment = trigger.get_next_fire_time(moment, moment)


def first(count: int, trigger: CalendarIntervalTrigger, now: datetime = NOW) -> list[str]:
    """
    Return the first *count* run times as text; a shorter list if they end.
    """
    times = zip(walk(trigger, now), range(count), strict=False)
    return [f"{moment:%Y-%m-%d %H:%M%z}" for moment, _ in times]


def plain_steps(start: date, months: int, days: int, end: date) -> list[date]:
    """
    Return the dates up to *end*, one step after the other.
    """
    found = []
    day = start
    while day <= end:
        found.append(day)
        ahead = 0
        while months:
            ahead += months
            number = day.year * 12 + day.month - 1 + ahead
            try:
                day = date(number // 12, number % 12 + 1, day.day)
            except ValueError:
                continue
            break
        day += timedelta(days)
    return found


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (  # TCI-2
            {"months": 1, "start_date": "2025-01-31"},
            ["2025-01-31", "2025-03-31", "2025-05-31", "2025-07-31", "2025-08-31"],
        ),
        (
            {"years": 1, "start_date": date(2028, 2, 29)},
            ["2028-02-29", "2032-02-29", "2036-02-29", "2040-02-29"],
        ),
        (  # 2100 is no leap year
            {"years": 1, "start_date": date(2092, 2, 29)},
            ["2092-02-29", "2096-02-29", "2104-02-29"],
        ),
        (  # TCI-1
            {
                "months": 1,
                "weeks": 1,
                "days": 1,
                "start_date": datetime(2025, 1, 15, 9, tzinfo=UTC),
            },
            ["2025-01-15", "2025-02-23", "2025-03-31"],
        ),
        (  # TCI-4
            {"months": 2, "start_date": "2020-12-31"},
            ["2024-08-31", "2024-10-31", "2024-12-31"],
        ),
        ({"days": 3, "start_date": "1999-12-31"}, ["2024-06-07", "2024-06-10"]),
        (
            {"years": 100, "start_date": "1904-02-29"},
            ["2104-02-29", "2204-02-29", "2304-02-29"],
        ),
    ],
)
def test_dates(options: dict[str, Any], expected: list[str]) -> None:
    """
    The dates of the contract's examples.
    """
    times = first(len(expected), CalendarIntervalTrigger(**options, timezone="UTC"))

    assert expected == [text[:10] for text in times]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (  # TCI-5
            {"weeks": 1, "start_date": "2025-01-01", "end_date": "2025-01-15"},
            ["2025-01-01", "2025-01-08", "2025-01-15"],
        ),
        ({"days": 1, "start_date": "2020-01-01", "end_date": "2024-06-05"}, []),
        ({"years": 7000, "start_date": "2025-01-01"}, ["2025-01-01", "9025-01-01"]),
        ({"days": 10**6, "start_date": "9999-01-01"}, ["9999-01-01"]),
        ({"days": 10**12, "start_date": "9999-01-01"}, ["9999-01-01"]),
        ({"months": 10**12, "start_date": "9999-01-01"}, ["9999-01-01"]),
        ({"months": 1, "days": 9, "start_date": "9999-12-01"}, ["9999-12-01"]),
        ({"days": 1, "start_date": "9999-12-31"}, ["9999-12-31"]),
        ({"days": 1, "start_date": "9999-12-31", "hour": 20}, []),  # in UTC there is no such moment
    ],
)
def test_the_end(options: dict[str, Any], expected: list[str]) -> None:
    """
    The run times end with the end date, or with the calendar.
    """
    trigger = CalendarIntervalTrigger(**options, timezone="Etc/GMT+9")

    assert expected == [text[:10] for text in first(9, trigger)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (  # TCI-3: skipped on the 30th
            {"start_date": "2025-03-29"},
            ["2025-03-29 02:30+0100", "2025-03-31 02:30+0200", "2025-04-01 02:30+0200"],
        ),
        (  # ... and by those who start on it
            {"start_date": "2025-03-30"},
            ["2025-03-31 02:30+0200", "2025-04-01 02:30+0200"],
        ),
        (  # ... twice on the 26th
            {"start_date": "2025-10-25"},
            ["2025-10-25 02:30+0200", "2025-10-26 02:30+0200", "2025-10-27 02:30+0100"],
        ),
    ],
)
def test_changes_of_the_clock(options: dict[str, Any], expected: list[str]) -> None:
    """
    A date without this time of day is left out; of two such times the earlier one counts.
    """
    trigger = CalendarIntervalTrigger(
        days=1, hour=2, minute=30, timezone="Europe/Berlin", **options
    )

    assert expected == first(len(expected), trigger)


def test_the_second_of_two_equal_wall_times_is_past() -> None:
    """
    In the repeated hour, the time of day has had its turn.
    """
    trigger = CalendarIntervalTrigger(
        days=1, hour=2, minute=30, timezone="Europe/Berlin", start_date="2025-10-01"
    )

    assert ["2025-10-27 02:30+0100"] == first(1, trigger, datetime(2025, 10, 26, 1, 10, tzinfo=UTC))


def test_a_day_that_a_zone_skips_is_left_out() -> None:
    """
    Samoa went from 29 to 31 December 2011 over the date line.
    """
    trigger = CalendarIntervalTrigger(days=1, timezone="Pacific/Apia", start_date="2011-12-29")

    assert ["2011-12-29 00:00-1000", "2011-12-31 00:00+1400"] == first(
        2, trigger, datetime(2011, 12, 1, tzinfo=UTC)
    )


@given(strides, dates, dates)
def test_the_latest_step_is_found_at_once(
    stride: tuple[int, int], start: date, limit: date
) -> None:
    """
    Calculated, the latest date up to a limit is the one that step after step leads to.
    """
    expected = [start, *plain_steps(start, *stride, limit)][-1]
    ours = Stride(*stride)

    assert expected == ours.latest(start, limit)
    assert expected == ours.latest(start, limit)


@given(
    strides,
    st.tuples(st.integers(0, 3), st.integers(0, 59)),
    st.sampled_from(ZONES),
    dates,
    st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_run_times_are_the_steps_that_exist(
    stride: tuple[int, int], of_day: tuple[int, int], zone: ZoneInfo, start: date, now: datetime
) -> None:
    """
    From any moment on the run times are all dates of the plain walk on which the time exists.
    """
    months, days = stride
    trigger = CalendarIntervalTrigger(
        months=months,
        days=days,
        hour=of_day[0],
        minute=of_day[1],
        start_date=start,
        timezone=zone,
    )
    moments = [
        datetime.combine(day, time(*of_day), tzinfo=zone).astimezone(UTC)
        for day in plain_steps(start, months, days, date(2060, 1, 1))
    ]
    walls = {moment: moment.astimezone(zone).time() for moment in moments}
    expected = [m for m in moments if m >= now and walls[m] == time(*of_day)][:3]

    times = [m.astimezone(UTC) for m, _ in zip(walk(trigger, now), range(3), strict=False)]

    assert expected[:3] == times[: len(expected)]
    if expected:
        assert expected[0] == trigger.fire_time_from(now)


@given(
    strides,
    st.sampled_from(ZONES),
    dates,
    st.timedeltas(timedelta(), timedelta(days=900)),
)
def test_the_last_run_time_up_to_now(
    stride: tuple[int, int], zone: ZoneInfo, start: date, backlog: timedelta
) -> None:
    """
    The short cut over a backlog leads where the walk leads.
    """
    months, days = stride
    trigger = CalendarIntervalTrigger(
        months=months, days=days, hour=2, minute=30, start_date=start, timezone=zone
    )
    begin = datetime.combine(start, time(), tzinfo=zone).astimezone(UTC) - timedelta(days=1)
    begun = trigger.get_next_fire_time(None, begin)
    assert begun is not None
    first = begun.astimezone(UTC)
    limit = first + backlog
    expected = begun
    for moment in walk(trigger, begin):
        if moment.astimezone(UTC) > limit:
            break
        expected = moment

    assert expected == trigger.last_fire_time(begun, limit)
    assert trigger.last_fire_time(begun, first - timedelta(seconds=1)) is None


def test_the_last_run_time_is_not_behind_the_end() -> None:
    """
    After the end date there is nothing to make up for.
    """
    trigger = CalendarIntervalTrigger(
        days=2, start_date="2024-01-01", end_date="2024-01-06", timezone=UTC
    )
    begun = trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC))
    assert begun is not None

    assert datetime(2024, 1, 5, tzinfo=UTC) == trigger.last_fire_time(begun, NOW)


def test_after_a_previous_run_the_next_may_be_past() -> None:
    """
    The step goes from the date of the previous run, in the trigger's own zone (TCI-8).
    """
    trigger = CalendarIntervalTrigger(days=1, start_date="2020-01-01", timezone=TOKYO, hour=9)
    previous = datetime(2021, 3, 4, 23, tzinfo=UTC)  # the 5th in Tokyo

    assert datetime(2021, 3, 6, 9, tzinfo=TOKYO) == trigger.get_next_fire_time(previous, NOW)


def test_what_is_left_open_is_settled_by_the_scheduler() -> None:
    """
    Zone and start are taken once; the start is the date in that zone (TCI-6).
    """
    trigger = CalendarIntervalTrigger(days=2, hour=1)
    late = datetime(2024, 6, 5, 20, tzinfo=UTC)  # the 6th in Tokyo
    assert trigger.get_next_fire_time(None, late) is not None
    assert trigger.get_next_fire_time(late, late) is not None
    assert trigger.last_fire_time(late, late) is not None
    assert trigger.start_date is None

    trigger.anchor(late, TOKYO)
    trigger.anchor(NOW + timedelta(days=1), UTC)

    assert TOKYO == trigger.timezone
    assert date(2024, 6, 6) == trigger.start_date
    assert ["2024-06-08 01:00+0900"] == first(1, trigger, late)


@pytest.mark.parametrize("jitter", [30, 5 * 3600, 40 * 3600])
def test_jitter_delays_and_does_not_add_up(jitter: int) -> None:
    """
    Each run is delayed by no more than asked for, over midnight too; the next begins anew.
    """
    trigger = CalendarIntervalTrigger(
        days=3, hour=23, start_date="2024-06-06", end_date="2024-09-01", timezone=UTC, jitter=jitter
    )
    due = datetime(2024, 6, 6, 23, tzinfo=UTC)
    delays = set()

    for moment in walk(trigger, NOW):
        delays.add(moment - due)
        assert due <= moment <= due + timedelta(seconds=jitter)
        assert date(2024, 9, 1) >= moment.date()
        due += timedelta(days=3)

    assert datetime(2024, 9, 1, 23, tzinfo=UTC) < due
    assert len(delays) > 1


def test_a_run_time_that_the_user_chose_counts_despite_jitter() -> None:
    """
    What cannot be jitter is where the user wants the next step to begin.
    """
    trigger = CalendarIntervalTrigger(days=7, start_date="2024-06-01", timezone=UTC, jitter=60)

    following = trigger.get_next_fire_time(NOW, NOW)

    assert following is not None
    assert date(2024, 6, 12) == following.date()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ValueError, "the interval is empty; give years, months, weeks or days"),
        ({"hour": 3}, ValueError, "the interval is empty"),
        ({"days": -1}, ValueError, "days=-1 is negative"),
        ({"months": 1, "days": -1}, ValueError, "days=-1 is negative"),
        ({"days": 1.5}, TypeError, "days=1.5 is no whole number"),
        ({"weeks": "1"}, TypeError, "weeks='1' is no whole number"),
        ({"days": 1, "hour": 24}, ValueError, "hour=24, minute=0, second=0 is no time of day: "),
        ({"days": 1, "start_date": "tomorrow"}, ValueError, "start_date='tomorrow' is no date"),
        ({"days": 1, "start_date": 3}, TypeError, "start_date must be a date"),
        (
            {"days": 1, "start_date": "2024-02-01", "end_date": "2024-01-31"},
            ValueError,
            "end_date='2024-01-31' is before start_date='2024-02-01'",
        ),
        ({"days": 1, "timezone": "Mars"}, ValueError, "unknown time zone 'Mars'"),
        ({"days": 1, "jitter": -1}, ValueError, "jitter=-1 is negative"),
        ({"day": 1}, TypeError, "day"),
    ],
)
def test_wrong_options_are_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """
    Whatever makes no sense is refused at once, by name and value (TCI-7).
    """
    with pytest.raises(error, match=message):
        CalendarIntervalTrigger(**options)


def test_options_are_given_by_name() -> None:
    """
    Four numbers in a row would say nothing (TCI-7).
    """
    numbers: Any = (1, 0, 0, 0)

    with pytest.raises(TypeError, match="positional"):
        CalendarIntervalTrigger(*numbers)


def test_pickling_keeps_all_settings() -> None:
    """
    A pickled trigger gives the same run times, and stays anchored or open (TX-8).
    """
    trigger = CalendarIntervalTrigger(months=1, days=2, hour=3, minute=4, second=5)
    still_open = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - bytes of our own
    trigger.anchor(NOW, TOKYO)
    anchored = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - bytes of our own

    assert still_open.timezone is None
    assert still_open.start_date is None
    assert repr(trigger) == repr(anchored)
    assert first(9, trigger) == first(9, anchored)
    with pytest.raises(ValueError, match="has version 2, but this release reads version 1 only"):
        anchored.__setstate__({"version": 2})


def test_text_forms() -> None:
    """
    The repr shows what was set.
    """
    trigger = CalendarIntervalTrigger(
        years=1, days=2, hour=3, start_date="2024-06-05", end_date="2025-06-05", timezone=TOKYO
    )

    assert (
        repr(trigger)
        == str(trigger)
        == (
            "CalendarIntervalTrigger(years=1, days=2, time='03:00:00', start_date='2024-06-05', "
            "end_date='2025-06-05', timezone='Asia/Tokyo')"
        )
    )
    assert repr(CalendarIntervalTrigger(weeks=1)) == (
        "CalendarIntervalTrigger(weeks=1, time='00:00:00')"
    )
