"""
The interval trigger.
"""

from __future__ import annotations

import math
import pickle
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgsched.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2024, 6, 5, 12, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
]
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(), timedelta(days=7000)).map(
    lambda age: datetime(2011, 12, 1, tzinfo=UTC) + age
)


def walk(trigger: IntervalTrigger, now: datetime) -> Iterator[datetime]:
    """
    Give the run times from *now* on, each computed from the one before.
    """
    moment = trigger.get_next_fire_time(None, now)
    while moment is not None:
        yield moment
        moment = trigger.get_next_fire_time(moment, moment)


def first(count: int, trigger: IntervalTrigger, now: datetime = NOW) -> list[str]:
    """
    Return the first *count* run times as text; a shorter list if they end.
    """
    return [moment.isoformat() for moment, _ in zip(walk(trigger, now), range(count), strict=False)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (  # TI-3
            {"hours": 2, "start_date": "2010-10-10 09:30:00"},
            ["2024-06-05T13:30:00+00:00", "2024-06-05T15:30:00+00:00", "2024-06-05T17:30:00+00:00"],
        ),
        (  # TI-4
            {"hours": 2, "start_date": "2024-06-05 13:00:00", "end_date": "2024-06-05 15:00:00"},
            ["2024-06-05T13:00:00+00:00", "2024-06-05T15:00:00+00:00"],
        ),
        (  # TI-2: the start date itself counts, if it is now
            {"hours": 2, "start_date": NOW},
            ["2024-06-05T12:00:00+00:00", "2024-06-05T14:00:00+00:00", "2024-06-05T16:00:00+00:00"],
        ),
        (  # TI-1
            {"weeks": 1, "days": 1, "hours": 1, "minutes": 1, "seconds": 1, "start_date": NOW},
            ["2024-06-05T12:00:00+00:00", "2024-06-13T13:01:01+00:00", "2024-06-21T14:02:02+00:00"],
        ),
        (
            {"seconds": 0.5, "start_date": NOW},
            [
                "2024-06-05T12:00:00+00:00",
                "2024-06-05T12:00:00.500000+00:00",
                "2024-06-05T12:00:01+00:00",
            ],
        ),
        (  # TI-7
            {"start_date": NOW},
            ["2024-06-05T12:00:00+00:00", "2024-06-05T12:00:01+00:00", "2024-06-05T12:00:02+00:00"],
        ),
        ({"hours": 1, "start_date": "2024-06-06", "end_date": "2024-06-05"}, []),
    ],
)
def test_worked_examples(options: dict[str, Any], expected: list[str]) -> None:
    """
    The run times of the contract's examples.
    """
    assert expected == first(3, IntervalTrigger(**options, timezone="UTC"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (  # TI-8, bug 53
            {"hours": 1, "start_date": "2025-11-02 00:00:00"},
            [
                "2025-11-02T00:00:00-04:00",
                "2025-11-02T01:00:00-04:00",
                "2025-11-02T01:00:00-05:00",
                "2025-11-02T02:00:00-05:00",
            ],
        ),
        (
            {"days": 1, "start_date": "2025-11-01 09:00:00"},
            [
                "2025-11-01T09:00:00-04:00",
                "2025-11-02T08:00:00-05:00",
                "2025-11-03T08:00:00-05:00",
                "2025-11-04T08:00:00-05:00",
            ],
        ),
        (  # TI-9, bug 39
            {"seconds": 1, "start_date": "2025-03-09 01:59:58"},
            [
                "2025-03-09T01:59:58-05:00",
                "2025-03-09T01:59:59-05:00",
                "2025-03-09T03:00:00-04:00",
                "2025-03-09T03:00:01-04:00",
            ],
        ),
    ],
)
def test_intervals_are_elapsed_time(options: dict[str, Any], expected: list[str]) -> None:
    """
    Over a change of the wall clock the runs stay equal durations apart.
    """
    trigger = IntervalTrigger(**options, timezone="America/New_York")

    assert expected == first(4, trigger, datetime(2025, 1, 1, tzinfo=UTC))


@given(st.sampled_from(ZONES), st.integers(1, 10**6), moments, st.integers(1, 10**5))
def test_the_first_run_is_the_next_on_the_grid(
    zone: ZoneInfo, seconds: int, now: datetime, backlog: int
) -> None:
    """
    From any moment, the first run is less than one interval away, and on the grid of the start.
    """
    interval = timedelta(seconds=seconds)
    trigger = IntervalTrigger(seconds=seconds, start_date=LONG_AGO, timezone=zone)

    moment = trigger.get_next_fire_time(None, now)
    assert moment is not None
    following = trigger.get_next_fire_time(moment, now)
    assert following is not None
    last = trigger.last_fire_time(moment, moment + backlog * interval + interval / 2)
    assert last is not None

    assert timedelta() <= moment.astimezone(UTC) - now < interval
    assert timedelta() == (moment.astimezone(UTC) - LONG_AGO) % interval
    assert interval == following.astimezone(UTC) - moment.astimezone(UTC)
    assert timedelta() == (last.astimezone(UTC) - LONG_AGO) % interval
    assert moment.tzinfo is following.tzinfo is last.tzinfo is zone


def test_the_last_of_a_backlog() -> None:
    """
    The latest run time up to now is found at once, and never behind the end date.
    """
    trigger = IntervalTrigger(seconds=1, start_date=NOW, end_date=NOW + timedelta(days=365))
    noon = NOW + timedelta(days=100)

    assert noon == trigger.last_fire_time(NOW, noon + timedelta(seconds=0.9))
    assert NOW == trigger.last_fire_time(NOW, NOW)
    assert NOW + timedelta(days=365) == trigger.last_fire_time(NOW, NOW + timedelta(days=999))
    assert trigger.last_fire_time(NOW, NOW - timedelta(seconds=1)) is None


def test_a_default_start_counts_from_the_moment_of_anchoring() -> None:
    """
    Before it is anchored the first run is one interval from now; afterwards it stays (START-7).
    """
    trigger = IntervalTrigger(seconds=5)
    assert NOW + timedelta(seconds=5) == trigger.get_next_fire_time(None, NOW)
    assert NOW + timedelta(seconds=5) == trigger.get_next_fire_time(NOW, NOW)
    assert NOW + timedelta(seconds=5) == trigger.last_fire_time(NOW, NOW + timedelta(seconds=9))
    assert (trigger.start_date, trigger.timezone) == (None, None)

    trigger.anchor(NOW, TOKYO)
    trigger.anchor(NOW + timedelta(hours=1), UTC)

    moment = trigger.get_next_fire_time(None, NOW + timedelta(seconds=1))
    assert NOW + timedelta(seconds=5) == moment == trigger.start_date
    assert moment is not None
    assert moment.tzinfo is TOKYO


def test_naive_dates_take_the_zone_of_the_scheduler() -> None:
    """
    Dates without a zone are in that of the scheduler, if the trigger has none (bug 16).
    """
    trigger = IntervalTrigger(
        hours=1, start_date="2024-06-06 09:00:00", end_date="2024-06-06 10:00:00"
    )

    trigger.anchor(NOW, TOKYO)

    assert ["2024-06-06T09:00:00+09:00", "2024-06-06T10:00:00+09:00"] == first(3, trigger)


def test_the_zone_of_a_date_is_that_of_the_trigger() -> None:
    """
    Without a zone of its own, a trigger takes that of its start date, else of its end date.
    """
    start = IntervalTrigger(hours=1, start_date=NOW.astimezone(TOKYO))
    end = IntervalTrigger(hours=1, end_date=NOW.astimezone(TOKYO))
    start.anchor(NOW, UTC)
    end.anchor(NOW, UTC)

    assert start.timezone is TOKYO
    assert end.timezone is TOKYO


def test_jitter_does_not_add_up() -> None:
    """
    Every run is delayed by at most the jitter from its place on the grid (TI-6).
    """
    trigger = IntervalTrigger(minutes=1, start_date=NOW, jitter=10, timezone="UTC")

    delays = [
        moment - NOW - count * timedelta(minutes=1)
        for count, moment in zip(range(300), walk(trigger, NOW), strict=False)
    ]

    assert all(timedelta() <= delay <= timedelta(seconds=10) for delay in delays)
    assert len(set(delays)) > 1


def test_jitter_counts_from_a_run_the_user_moved() -> None:
    """
    After a run farther from the grid than jitter explains, the next is one interval later.
    """
    trigger = IntervalTrigger(minutes=1, start_date=NOW, jitter=10, timezone="UTC")
    moved = NOW + timedelta(seconds=30)

    moment = trigger.get_next_fire_time(moved, moved)

    assert moment is not None
    assert timedelta(minutes=1) <= moment - moved <= timedelta(minutes=1, seconds=10)


def test_jitter_ends_at_the_end_date() -> None:
    """
    A jittered run is never behind the end date, nor does one follow it.
    """
    end = NOW + timedelta(seconds=61)
    trigger = IntervalTrigger(minutes=1, start_date=NOW, end_date=end, jitter=50, timezone="UTC")

    for _ in range(50):
        *_, last = walk(trigger, NOW)
        assert NOW + timedelta(minutes=1) <= last <= end


def test_the_calendar_ends() -> None:
    """
    An interval that leads beyond the year 9999 has no next run.
    """
    trigger = IntervalTrigger(weeks=52 * 9000, start_date=NOW, timezone="UTC")
    endless = IntervalTrigger(days=999_999_999)

    assert trigger.get_next_fire_time(NOW, NOW) is None
    first = endless.get_next_fire_time(None, NOW)
    assert first is not None
    assert 9999 == first.year
    assert endless.get_next_fire_time(first, NOW) is None


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seconds": -5}, ValueError, r"the interval is negative \(-5\.0 s\)"),
        ({"hours": math.inf}, ValueError, "'hours': inf"),
        ({"days": math.nan}, ValueError, "'days': nan"),
        ({"weeks": 10**12}, ValueError, "'weeks': 1000000000000"),
        ({"seconds": 5, "jitter": "1"}, TypeError, "jitter .* '1'"),
        ({"seconds": 5, "jitter": math.nan}, ValueError, "jitter=nan"),
        ({"seconds": 5, "jitter": math.inf}, ValueError, "jitter=inf"),
        ({"seconds": 5, "jitter": -1}, ValueError, "jitter=-1 is negative"),
        ({"seconds": 5, "start_date": "soon"}, ValueError, "start_date='soon' is no date"),
        ({"seconds": 5, "end_date": 7}, TypeError, "end_date must be a date, .* not 7"),
        ({"seconds": 5, "timezone": "Mars"}, ValueError, "unknown time zone 'Mars'"),
        ({"years": 1}, TypeError, "years"),
    ],
)
def test_errors_show_the_value(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """
    Wrong arguments are refused, with their value in the message.
    """
    with pytest.raises(error, match=message):
        IntervalTrigger(**options)


def test_pickling_keeps_an_anchored_trigger_anchored() -> None:
    """
    A pickled trigger gives the same run times as the original (TX-8).
    """
    trigger = IntervalTrigger(minutes=7, end_date="2030-01-01")
    trigger.anchor(NOW, TOKYO)

    again = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - bytes of our own

    assert first(5, trigger) == first(5, again, NOW + timedelta(seconds=1))
    assert repr(trigger) == repr(again)


def test_text_forms() -> None:
    """
    Text shows the interval; the repr shows all that was set.
    """
    trigger = IntervalTrigger(seconds=90, start_date=NOW, end_date=NOW, jitter=3, timezone="UTC")

    assert str(trigger) == "interval[0:01:30]"
    assert trigger.interval_length == 90.0
    assert repr(trigger) == (
        "<IntervalTrigger (interval=datetime.timedelta(seconds=90), "
        "start_date='2024-06-05 12:00:00 UTC', end_date='2024-06-05 12:00:00 UTC', jitter=3, "
        "timezone='UTC')>"
    )
