"""
The interval trigger: every so often (docs/spec/interval-trigger.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from bgsched_conformance import triggers
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World

PARTS = ("weeks", "days", "hours", "minutes", "seconds")
parts = st.dictionaries(st.sampled_from(PARTS), st.integers(1, 90), min_size=1)
lengths = st.integers(2, 86_399)  # seconds; less than a day, and room for a remainder
BEFORE = datetime(2019, 12, 31, tzinfo=UTC)
MARCH = datetime(2030, 3, 30, 23, 59, 59, tzinfo=UTC)  # an hour before Berlin's clock is put on


def steps(start: datetime, length: timedelta, numbers: Iterable[int]) -> list[datetime | None]:
    """
    Return the moments so many intervals after the start.
    """
    return [start + number * length for number in numbers]


@clause("TI-1")
@given(given=parts, start=triggers.moments)
def test_the_parts_of_an_interval_add_up(
    target: Target, given: dict[str, int], start: datetime
) -> None:
    """
    From one fire time to the next passes the sum of weeks, days, hours, minutes and seconds.
    """
    trigger = triggers.interval(target, **given, start_date=start, timezone="UTC")

    assert steps(start, timedelta(**given), range(4)) == fire_times(trigger, BEFORE, 4)


@clause("TI-1")
def test_an_interval_job_runs_again_and_again(world: World) -> None:
    """
    A job runs at each interval after it was added, and at no other time.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(job.func, "interval", minutes=1, seconds=30, misfire_grace_time=None)

    for _ in range(4):
        world.advance(scheduler, seconds=45)

    assert ["00:01:30", "00:03:00"] == [f"{run.at:%H:%M:%S}" for run in job.runs]


@clause("TI-2")
def test_the_first_run_is_one_interval_away(world: World) -> None:
    """
    Without a start date, the first run time is one interval after now.
    """
    scheduler = world.scheduler()
    scheduler.start(paused=True)
    world.move(hours=5)

    for options in ({"weeks": 1}, {"days": 3, "hours": 2}, {"minutes": 7}, {"seconds": 1}):
        job = scheduler.add_job(world.tick().func, "interval", **options)
        assert world.now() + timedelta(**options) == job.next_run_time


@clause("TI-2")
def test_the_first_fire_time_is_one_interval_away_in_every_zone(world: World) -> None:
    """
    The same is so of a trigger in a zone east or west of this machine's.
    """
    for zone in ("Asia/Tokyo", "America/New_York"):
        trigger = triggers.interval(world.target, hours=1, timezone=zone)
        assert world.now() + timedelta(hours=1) == triggers.first(trigger, world.now()), zone


@clause("TI-2")
@given(zone=triggers.zones, start=triggers.moments, length=lengths, lead=st.integers(1, 10**7))
def test_a_start_to_come_is_the_first_fire_time(
    target: Target, zone: str, start: datetime, length: int, lead: int
) -> None:
    """
    However far the start date lies ahead, the first fire time is the start date.
    """
    trigger = triggers.interval(target, seconds=length, start_date=start, timezone=zone)

    assert start == triggers.first(trigger, start - timedelta(seconds=lead))


@clause("TI-3")
@given(
    zone=triggers.zones,
    start=triggers.moments,
    length=lengths,
    number=st.integers(0, 10**4),
    data=st.data(),
)
def test_after_a_past_start_it_fires_at_the_next_step(
    target: Target, zone: str, start: datetime, length: int, number: int, data: st.DataObject
) -> None:
    """
    The first fire time is the next whole number of intervals after the start, and then the next.
    """
    trigger = triggers.interval(target, seconds=length, start_date=start, timezone=zone)
    # Whether a step that is exactly now still counts is not documented.
    into = data.draw(st.integers(1, length - 1))
    now = start + timedelta(seconds=number * length + into)

    times = fire_times(trigger, now, 3)

    assert steps(
        start, timedelta(seconds=length), range(number + 1, number + 4)
    ) == triggers.in_utc(times)


@clause("TI-3")
def test_a_past_start_causes_no_volley(world: World) -> None:
    """
    A job whose start date is ten hours past runs at the next full hour for the first time.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    world.move(minutes=30)
    start = world.now() - timedelta(hours=10, minutes=30)

    scheduler.add_job(
        job.func, "interval", hours=1, start_date=start, misfire_grace_time=None, coalesce=False
    )
    world.settle(scheduler)
    early = len(job.runs)
    world.advance(scheduler, minutes=30)

    assert 0 == early
    assert ["01:00"] == [f"{run.at:%H:%M}" for run in job.runs]


@clause("TI-4")
@given(
    zone=triggers.zones,
    start=triggers.moments,
    length=lengths,
    number=st.integers(0, 5),
    data=st.data(),
)
def test_nothing_fires_after_the_end(
    target: Target, zone: str, start: datetime, length: int, number: int, data: st.DataObject
) -> None:
    """
    All steps up to the end date fire, one exactly at it too, and then no more.
    """
    rest = data.draw(st.integers(0, length - 1))
    end = start + timedelta(seconds=number * length + rest)
    trigger = triggers.interval(
        target, seconds=length, start_date=start, end_date=end, timezone=zone
    )

    times = fire_times(trigger, BEFORE, number + 3)

    assert [*steps(start, timedelta(seconds=length), range(number + 1)), None] == triggers.in_utc(
        times
    )


@clause("TI-4")
def test_a_job_ends_with_its_end_date(world: World) -> None:
    """
    A job whose end date has come runs no more and is gone from the scheduler.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    end = world.now() + timedelta(minutes=2)
    scheduler.add_job(
        job.func, "interval", minutes=1, end_date=end, id="job", misfire_grace_time=None
    )

    for _ in range(4):
        world.advance(scheduler, minutes=1)

    assert ["00:01", "00:02"] == [f"{run.at:%H:%M}" for run in job.runs]
    assert scheduler.get_job("job") is None


@clause("TI-5")
def test_start_and_end_may_be_dates_datetimes_or_text(target: Target) -> None:
    """
    In each form, naive or aware, both mean the wall clock of the trigger's zone or their own.
    """
    zone = ZoneInfo("Asia/Tokyo")
    aware = datetime(2030, 6, 5, tzinfo=zone)
    forms = (aware, aware.replace(tzinfo=None), aware.date(), "2030-06-05", "2030-06-05 00:00:00")

    for start in forms:
        trigger = triggers.interval(
            target, days=1, start_date=start, end_date="2030-06-06", timezone="Asia/Tokyo"
        )
        times = triggers.shown(fire_times(trigger, BEFORE, 3))
        assert ["2030-06-04 15:00:00", "2030-06-05 15:00:00", "None"] == times, start
    for end in forms:
        trigger = triggers.interval(
            target, hours=12, start_date="2030-06-04 12:00:00", end_date=end, timezone="Asia/Tokyo"
        )
        times = triggers.shown(fire_times(trigger, BEFORE, 3))
        assert ["2030-06-04 03:00:00", "2030-06-04 15:00:00", "None"] == times, end


@clause("TI-6")
@given(zone=triggers.zones, start=triggers.moments, length=lengths, jitter=st.integers(1, 86_400))
def test_jitter_delays_by_no_more_than_asked_for(
    target: Target, zone: str, start: datetime, length: int, jitter: int
) -> None:
    """
    The first fire time, and the one after a step on time, are delayed by 0 to *jitter* seconds.
    """
    trigger = triggers.interval(
        target, seconds=length, start_date=start, timezone=zone, jitter=jitter
    )
    most = timedelta(seconds=jitter)
    following = start + timedelta(seconds=length)

    for _ in range(9):  # chance is the same in each example, since hypothesis sees to that
        assert timedelta() <= triggers.first(trigger, BEFORE) - start <= most
        assert timedelta() <= trigger.get_next_fire_time(start, start) - following <= most


@clause("TI-6")
def test_jitter_is_random(target: Target) -> None:
    """
    Twenty steps are not all delayed by the same time.
    """
    start = datetime(2030, 1, 1, tzinfo=UTC)
    hour = timedelta(hours=1)
    trigger = triggers.interval(target, hours=1, start_date=start, timezone="UTC", jitter=1800)

    delays = {
        trigger.get_next_fire_time(previous, previous) - previous - hour
        for previous in (start + number * hour for number in range(20))
    }

    assert len(delays) > 1


@clause("TI-8")
@example(zone="America/New_York", length=3600, into=36 * 3600, month=11)
@given(
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    length=st.integers(60, 86_399),
    into=st.integers(0, 30 * 86_400),
    month=st.sampled_from([3, 4, 10, 11]),
)
def test_an_interval_is_elapsed_time(
    target: Target, zone: str, length: int, into: int, month: int
) -> None:
    """
    Through days in which the clock changes, fire times stay one interval apart.
    """
    start = datetime(2030, month, 1, tzinfo=UTC)
    local = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)  # counted on its own clock
    now = start + timedelta(seconds=into)
    for form in (zone, triggers.zone_taken(target, zone)):
        trigger = triggers.interval(target, seconds=length, start_date=local, timezone=form)

        times = [time for time in fire_times(trigger, now, 60) if time is not None]

        moments = [time.astimezone(UTC) for time in times]
        assert steps(moments[0], timedelta(seconds=length), range(60)) == moments
        assert timedelta() == (moments[0] - start) % timedelta(seconds=length)


@clause("TI-8", informational=True)
def test_a_day_is_twenty_four_hours(target: Target) -> None:
    """
    Over a change of the clock an interval of one day shifts the wall clock.
    """
    trigger = triggers.interval(
        target, days=1, start_date="2025-11-01 09:00:00", timezone="America/New_York"
    )

    assert ["2025-11-01 13:00:00", "2025-11-02 13:00:00", "2025-11-03 13:00:00"] == triggers.shown(
        fire_times(trigger, BEFORE, 3)
    )


@clause("TI-9")
def test_seconds_go_on_over_a_skipped_hour(world: World) -> None:
    """
    A scheduler that waits for a run time behind the skipped hour wakes up by itself, in time.
    """
    job = world.tick()
    world.move(seconds=(MARCH - world.now()).total_seconds() + 3600.9)
    scheduler = world.scheduler(timezone=triggers.zone_taken(world.target, "Europe/Berlin"))
    scheduler.start()
    start = world.now() + timedelta(seconds=0.1)

    scheduler.add_job(job.func, "interval", seconds=1, start_date=start, misfire_grace_time=None)
    world.turn(scheduler)  # now it waits for a tenth of a second, or for an hour and a bit more
    world.give_way()
    world.move(seconds=0.2)

    job.wait_ended()
