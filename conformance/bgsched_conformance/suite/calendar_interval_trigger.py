"""
The calendar interval trigger: at one time of day, every so many days, weeks, months or years.

The pages that these tests judge are docs/spec/calendar-interval-trigger.md.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance import triggers
from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Broken
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World

BEFORE = datetime(2019, 12, 31, tzinfo=UTC)
MIDDAY = time(12, 34, 56)  # which no clock ever skips
dates = st.dates(date(2020, 1, 1), date(2039, 12, 31))
late_days = st.builds(date, st.integers(2020, 2039), st.sampled_from([1, 3, 5, 7, 8]), st.just(31))
intervals = st.dictionaries(
    st.sampled_from(["years", "months", "weeks", "days"]), st.integers(1, 15), min_size=1
)


def model(start: date, interval: dict[str, int]) -> Iterator[date]:
    """
    Give the dates that the documentation's own words lead to, step by step.
    """
    months = 12 * interval.get("years", 0) + interval.get("months", 0)
    days = timedelta(weeks=interval.get("weeks", 0), days=interval.get("days", 0))
    day = start
    while True:
        yield day
        landed = None if months else day
        ahead = 0
        while landed is None:
            ahead += months
            year, month = divmod(12 * day.year + day.month - 1 + ahead, 12)
            landed = existing(year, month + 1, day.day)
        day = landed + days


def existing(year: int, month: int, day: int) -> date | None:
    """
    Return this date if there is one.
    """
    try:
        return date(year, month, day)
    except ValueError:
        return None


def at(day: date, zone: str = "UTC", of_day: time = MIDDAY) -> datetime:
    """
    Return the moment of a date.
    """
    return datetime.combine(day, of_day, tzinfo=ZoneInfo(zone))


def at_midday(target: Target, **options: Any) -> Any:
    """
    Make a trigger for `MIDDAY`.
    """
    return triggers.calendar(
        target, hour=MIDDAY.hour, minute=MIDDAY.minute, second=MIDDAY.second, **options
    )


@clause("TCI-1")
@given(interval=intervals, start=dates, zone=triggers.zones)
def test_it_fires_at_one_time_of_day_on_the_dates_of_the_interval(
    target: Target, interval: dict[str, int], start: date, zone: str
) -> None:
    """
    Years and months are added first, then weeks and days; the wall clock shows the same each time.
    """
    trigger = at_midday(target, **interval, start_date=start, timezone=zone)

    times = fire_times(trigger, BEFORE, 5)

    expected = [at(day, zone) for day in islice(model(start, interval), 5)]
    assert triggers.in_utc(expected) == triggers.in_utc(times)


@clause("TCI-1")
def test_a_job_runs_on_the_dates_of_the_interval(world: World) -> None:
    """
    A job of every second month runs in its time, in the zone of the scheduler.
    """
    job = world.tick()
    scheduler = world.scheduler(timezone="Asia/Tokyo")
    scheduler.start()
    scheduler.add_job(
        job.func,
        "calendarinterval",
        months=2,
        hour=16,
        minute=49,
        start_date="2030-01-10",
        misfire_grace_time=None,
    )

    for _ in range(5):
        world.advance(scheduler, days=16)

    times = [event.raw.scheduled_run_time for event in world.events(scheduler).of("JOB_EXECUTED")]
    assert ["2030-01-10 07:49:00", "2030-03-10 07:49:00"] == triggers.shown(times)


@clause("TCI-2")
@given(months=st.integers(1, 30), start=late_days)
def test_months_that_lack_the_day_are_skipped(target: Target, months: int, start: date) -> None:
    """
    From a 31st, only months that have one are fired in, and each of those that the steps meet.
    """
    trigger = at_midday(target, months=months, start_date=start)

    times = fire_times(trigger, BEFORE, 6)

    assert [at(day) for day in islice(model(start, {"months": months}), 6)] == times
    assert {31} == {moment.day for moment in times if moment is not None}


@clause("TCI-2")
@given(leap=st.integers(505, 515), years=st.integers(1, 7))
def test_years_that_lack_the_day_are_skipped(target: Target, leap: int, years: int) -> None:
    """
    From a 29 February, only leap years are fired in.
    """
    start = date(4 * leap, 2, 29)
    trigger = at_midday(target, years=years, start_date=start)

    expected = [at(day) for day in islice(model(start, {"years": years}), 3)]

    assert expected == fire_times(trigger, BEFORE, 3)


@clause("TCI-3")
def test_a_date_on_which_the_clock_skips_the_time_is_left_out(target: Target) -> None:
    """
    There is no fire time on the day of the change, and none moved; the next day is as usual.
    """
    changes = [
        ("Europe/Berlin", time(2, 30), date(2030, 3, 31)),
        ("America/New_York", time(2, 0), date(2030, 3, 10)),
        ("Australia/Lord_Howe", time(2, 15), date(2030, 10, 6)),
    ]

    for zone, of_day, change in changes:
        eve, morrow = change - timedelta(days=1), change + timedelta(days=1)
        trigger = triggers.calendar(
            target,
            days=1,
            hour=of_day.hour,
            minute=of_day.minute,
            start_date=eve,
            timezone=zone,
        )

        times = fire_times(trigger, BEFORE, 2)

        expected = [at(eve, zone, of_day), at(morrow, zone, of_day)]
        assert triggers.in_utc(expected) == triggers.in_utc(times)


@clause("TCI-3")
def test_of_two_equal_times_of_day_the_earlier_counts(target: Target) -> None:
    """
    On the day on which the clock shows the time twice there is one fire time, the first.
    """
    changes = [
        ("Europe/Berlin", time(2, 30), date(2030, 10, 27)),
        ("America/New_York", time(1, 0), date(2030, 11, 3)),
        ("Australia/Lord_Howe", time(1, 45), date(2030, 4, 7)),
    ]

    for zone, of_day, change in changes:
        days = [change + timedelta(days=number) for number in (-1, 0, 1)]
        trigger = triggers.calendar(
            target,
            days=1,
            hour=of_day.hour,
            minute=of_day.minute,
            start_date=days[0],
            timezone=zone,
        )

        times = fire_times(trigger, BEFORE, 3)

        assert triggers.in_utc(at(day, zone, of_day) for day in days) == triggers.in_utc(times)


@clause("TCI-4")
@given(
    interval=intervals, start=dates, zone=triggers.zones, ahead=st.integers(0, 40), data=st.data()
)
def test_the_first_fire_time_is_not_past(
    target: Target,
    interval: dict[str, int],
    start: date,
    zone: str,
    ahead: int,
    data: st.DataObject,
) -> None:
    """
    It is the first of the dates counted from the start that is equal to or later than now.
    """
    days = list(islice(model(start, interval), ahead + 2))
    begin, end = at(days[ahead], zone).astimezone(UTC), at(days[ahead + 1], zone).astimezone(UTC)
    late = data.draw(st.integers(1, int((end - begin).total_seconds())))
    trigger = at_midday(target, **interval, start_date=start, timezone=zone)

    for now, expected in ((begin + timedelta(seconds=late), end), (begin, begin)):
        first = triggers.first(trigger, now)
        if first < now:
            raise Broken(f"a first fire time that is not before {now}", f"{first}")
        assert expected == first.astimezone(UTC)


@clause("TCI-4")
def test_the_first_run_of_a_job_is_not_past(world: World) -> None:
    """
    A job of every day at midnight, added at half past three, runs for the first time at midnight.
    """
    job = world.tick()
    scheduler = world.scheduler(timezone="UTC")
    scheduler.start()
    world.move(hours=3, minutes=31)

    first = scheduler.add_job(
        job.func, "calendarinterval", days=1, hour=0, misfire_grace_time=None
    ).next_run_time

    assert ["2030-01-02 00:00:00"] == triggers.shown([first])


@clause("TCI-4")
@given(interval=intervals, start=dates, lead=st.integers(0, 10**8))
def test_a_start_to_come_is_the_first_fire_time(
    target: Target, interval: dict[str, int], start: date, lead: int
) -> None:
    """
    However far the start date lies ahead, the first fire time is on the start date.
    """
    trigger = at_midday(target, **interval, start_date=start)

    assert at(start) == triggers.first(trigger, at(start) - timedelta(seconds=lead))


@clause("TCI-5")
@given(interval=intervals, start=dates, count=st.integers(0, 5), data=st.data())
def test_the_end_date_is_the_latest(
    target: Target, interval: dict[str, int], start: date, count: int, data: st.DataObject
) -> None:
    """
    All dates up to the end date are fired on, the end date itself too, and then no more.
    """
    days = list(islice(model(start, interval), count + 2))
    rest = data.draw(st.integers(0, (days[count + 1] - days[count]).days - 1))
    end = days[count] + timedelta(days=rest)

    for given_end in (end, f"{end}"):
        trigger = at_midday(target, **interval, start_date=f"{start}", end_date=given_end)
        expected = [*(at(day) for day in days[: count + 1]), None]
        assert expected == fire_times(trigger, BEFORE, count + 3)


@clause("TCI-6")
def test_the_start_is_today_unless_given(world: World) -> None:
    """
    A job of every seventh day runs on the weekday on which it was added.
    """
    scheduler = world.scheduler(timezone="UTC")
    scheduler.start(paused=True)
    world.move(hours=12)
    # Today in the zone of the scheduler or here: the documentation does not say.
    today = {world.now().weekday(), world.now().astimezone().weekday()}

    first = scheduler.add_job(world.tick().func, "calendarinterval", weeks=1, hour=18).next_run_time

    assert first.weekday() in today
    assert "18:00:00" == f"{first:%H:%M:%S}"


@clause("TCI-6")
@given(hour=st.integers(0, 23), start=dates)
def test_the_time_is_midnight_or_the_full_hour_unless_given(
    target: Target, hour: int, start: date
) -> None:
    """
    Hour, minute and second are zero where they are left out.
    """
    for options in ({}, {"hour": hour}):
        trigger = triggers.calendar(target, days=1, start_date=start, **options)
        of_day = time(options.get("hour", 0))
        assert [at(start, of_day=of_day)] == fire_times(trigger, BEFORE, 1)


@clause("TCI-7")
def test_what_makes_no_interval_is_refused(target: Target) -> None:
    """
    No interval, or an end before the start, raises ValueError.
    """
    for options in (
        {},
        {"hour": 3},
        {"days": 1, "start_date": "2030-01-02", "end_date": "2030-01-01"},
    ):
        with raises("ValueError"):
            triggers.calendar(target, **options)


@clause("TCI-7")
def test_options_are_given_by_name_only(target: Target) -> None:
    """
    A number given by position raises TypeError.
    """
    with raises("TypeError"):
        triggers.calendar(target, 1)


@clause("TCI-8")
@given(interval=intervals, start=dates, number=st.integers(0, 5), lead=st.integers(0, 4000))
def test_after_a_previous_fire_time_the_next_may_be_past(
    target: Target, interval: dict[str, int], start: date, number: int, lead: int
) -> None:
    """
    It is one interval after the previous one, however late it is.
    """
    previous, following = list(islice(model(start, interval), number + 2))[number:]
    trigger = at_midday(target, **interval, start_date=start)

    later = at(following) + timedelta(days=lead)

    assert at(following) == trigger.get_next_fire_time(at(previous), later)


@clause("TCI-9")
@given(days=st.integers(1, 99), start=dates, jitter=st.integers(1, 40_000))
def test_jitter_delays_by_no_more_than_asked_for(
    target: Target, days: int, start: date, jitter: int
) -> None:
    """
    The first fire time, and the one after a date on time, are delayed by 0 to *jitter* seconds.
    """
    trigger = at_midday(target, days=days, start_date=start, jitter=jitter)
    most = timedelta(seconds=jitter)
    following = at(start + timedelta(days=days))

    for _ in range(9):  # chance is the same in each example, since hypothesis sees to that
        assert timedelta() <= triggers.first(trigger, BEFORE) - at(start) <= most
        assert timedelta() <= trigger.get_next_fire_time(at(start), at(start)) - following <= most


@clause("TCI-9")
def test_jitter_is_random(target: Target) -> None:
    """
    Twenty dates are not all delayed by the same time.
    """
    start = date(2030, 1, 1)
    day = timedelta(days=1)
    trigger = at_midday(target, days=1, start_date=start, jitter=1800)

    delays = {
        trigger.get_next_fire_time(previous, previous) - previous - day
        for previous in (at(start + number * day) for number in range(20))
    }

    assert len(delays) > 1
