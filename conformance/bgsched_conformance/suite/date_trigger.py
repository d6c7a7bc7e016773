"""
The date trigger: once (docs/spec/date-trigger.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance import triggers
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World

BEFORE = datetime(2019, 12, 31, tzinfo=UTC)


@clause("TD-1")
@given(zone=triggers.zones, moment=triggers.moments, asked=triggers.moments)
def test_it_fires_once(target: Target, zone: str, moment: datetime, asked: datetime) -> None:
    """
    The first answer is the run date; with a previous fire time there is none, whatever the time.
    """
    trigger = triggers.date(target, moment, timezone=zone)

    assert [moment, None] == fire_times(trigger, BEFORE, 3)
    assert trigger.get_next_fire_time(moment, asked) is None


@clause("TD-1")
def test_a_dated_job_runs_once(world: World) -> None:
    """
    A job runs when its date comes, not before, and is then gone from the scheduler.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    run_date = world.now() + timedelta(hours=2)
    scheduler.add_job(job.func, "date", run_date=run_date, id="job", misfire_grace_time=None)

    world.advance(scheduler, hours=1)
    early = len(job.runs)
    world.advance(scheduler, hours=1)
    world.advance(scheduler, days=400)

    assert 0 == early
    assert [run_date] == [run.at for run in job.runs]
    assert scheduler.get_job("job") is None


@clause("TD-2")
@given(zone=triggers.zones, moment=triggers.moments)
def test_a_naive_run_date_is_in_the_zone_of_the_trigger(
    target: Target, zone: str, moment: datetime
) -> None:
    """
    A date means its midnight; datetime and text mean what the wall clock of the zone shows.
    """
    local = moment.astimezone(ZoneInfo(zone))
    wall = local.replace(tzinfo=None, fold=0)
    day = timedelta(days=1)
    # Not near a change of the clock, where a wall time may name no moment, or two.
    if len({(moment + near).astimezone(ZoneInfo(zone)).utcoffset() for near in (-day, day)}) > 1:
        wall += 3 * day
    expected = wall.replace(tzinfo=ZoneInfo(zone))
    midnight = datetime(wall.year, wall.month, wall.day, tzinfo=ZoneInfo(zone))

    def asked(run_date: object) -> datetime | None:
        (time,) = fire_times(triggers.date(target, run_date, timezone=zone), BEFORE, 1)
        return time

    assert [expected, midnight] == [asked(wall), asked(wall.date())]
    assert [expected, midnight] == [asked(f"{wall:%Y-%m-%d %H:%M:%S}"), asked(f"{wall:%Y-%m-%d}")]


@clause("TD-2")
@given(zone=triggers.zones, own=st.sampled_from(["Asia/Tokyo", "Europe/Berlin"]))
def test_an_aware_run_date_keeps_its_zone(target: Target, zone: str, own: str) -> None:
    """
    The moment and the offset are those of the run date, whatever the zone of the trigger.
    """
    run_date = datetime(2030, 6, 5, 16, 30, 5, tzinfo=ZoneInfo(own))

    (time,) = fire_times(triggers.date(target, run_date, timezone=zone), BEFORE, 1)

    assert time is not None
    assert f"{run_date:%Y-%m-%d %H:%M:%S%z}" == f"{time:%Y-%m-%d %H:%M:%S%z}"


@clause("TD-2")
def test_a_naive_run_date_of_a_job_is_in_the_zone_of_the_scheduler(world: World) -> None:
    """
    Given to `add_job()`, a date and a text mean the wall clock of the scheduler's zone.
    """
    scheduler = world.scheduler(timezone="Asia/Tokyo")
    scheduler.start(paused=True)

    times = [
        scheduler.add_job(world.tick().func, "date", run_date=run_date).next_run_time
        for run_date in ("2030-01-02 09:30:00", datetime(2030, 1, 2, 9, 30).date())  # noqa: DTZ001
    ]

    assert ["2030-01-02 00:30:00", "2030-01-01 15:00:00"] == triggers.shown(times)


@clause("TD-3")
def test_an_empty_run_date_means_now(world: World) -> None:
    """
    A job added with the date trigger and no run date runs at once, and once.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.add_job(job.func, "date", misfire_grace_time=None)
    world.settle(scheduler)
    world.advance(scheduler, hours=1)

    assert ["00:00"] == [f"{run.at:%H:%M}" for run in job.runs]


@clause("TD-3")
def test_a_trigger_without_run_date_fires_now(world: World) -> None:
    """
    Made and asked at the same moment, it answers with that moment.
    """
    trigger = triggers.date(world.target, timezone="Europe/Berlin")

    assert [world.now(), None] == fire_times(trigger, world.now(), 2)


@clause("TD-4")
@given(
    moment=triggers.moments,
    fraction=st.one_of(st.none(), st.integers(0, 999_999)),
    between=st.sampled_from("T "),
    offset=st.sampled_from(["", "Z", "+09:00", "-03:30"]),
)
def test_full_iso_forms_are_understood(
    target: Target, moment: datetime, fraction: int | None, between: str, offset: str
) -> None:
    """
    Date and time to the second, with or without six digits of a fraction and an offset.
    """
    text = f"{moment:%Y-%m-%d}{between}{moment:%H:%M:%S}"
    text += ("" if fraction is None else f".{fraction:06}") + offset
    wall = moment.replace(tzinfo=None, microsecond=fraction or 0)
    zone = {"": "+0000", "Z": "+0000"}.get(offset, offset.replace(":", ""))
    expected = datetime.strptime(f"{wall:%Y-%m-%d %H:%M:%S.%f}{zone}", "%Y-%m-%d %H:%M:%S.%f%z")

    assert [expected] == fire_times(triggers.date(target, text, timezone="UTC"), BEFORE, 1)


@clause("TD-4", informational=True)
def test_short_iso_forms_are_understood(target: Target) -> None:
    """
    A time to the minute, a quarter of a second, and the basic form mean what ISO 8601 says.
    """
    forms = {
        "2030-06-05 16:30:05.25": datetime(2030, 6, 5, 16, 30, 5, 250_000, tzinfo=UTC),
        "2030-06-05 16:30": datetime(2030, 6, 5, 16, 30, tzinfo=UTC),
        "20300605": datetime(2030, 6, 5, tzinfo=UTC),
    }

    for text, expected in forms.items():
        assert [expected] == fire_times(triggers.date(target, text, timezone="UTC"), BEFORE, 1)


@clause("TD-5")
def test_a_past_date_is_missed(world: World) -> None:
    """
    A job whose date is an hour past when it is added is missed beyond its grace, and is then gone.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    run_date = world.now() - timedelta(hours=1)

    scheduler.add_job(job.func, "date", run_date=run_date, id="job", misfire_grace_time=60)
    world.settle(scheduler)

    missed = world.events(scheduler).wait("JOB_MISSED", "job")
    assert run_date == missed.raw.scheduled_run_time
    assert [] == job.runs
    assert scheduler.get_job("job") is None
