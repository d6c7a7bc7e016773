"""
The cron trigger and the clock on the wall: its zone, and the nights on which it jumps.

The other parts of the chapter are `cron_trigger`, which takes these tests in.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import example, given

from bgsched_conformance.clock_changes import changes, zone
from bgsched_conformance.cron_oracle import Schedule
from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._cron_trigger_scenes import (
    Case,
    back,
    cron_class,
    dense,
    forward,
    instant,
    is_plain,
    spared,
    touched,
)
from bgsched_conformance.triggers import zone_taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bgsched_conformance.subject import Subject
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World


def at(text: str) -> datetime:
    """
    Return a moment given as text, in UTC.
    """
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@clause("TC-1")
@example(case=Case({"hour": 0}, at("2026-03-07 12:00"), "America/New_York", at("2026-03-12")))
@given(case=spared())
def test_no_run_is_lost_after_the_clock_was_put_forward(target: Target, case: Case) -> None:
    """
    Wall times that are not skipped fire all the same in the days and months around a skip.
    """
    case.check(target)


@clause("TC-1")
def test_no_month_is_lost_after_the_clock_was_put_forward(target: Target) -> None:
    """
    A trigger of the first midnight of each month fires in the month after a skip, too.
    """
    for name in ("Europe/Berlin", "America/New_York", "Europe/Dublin", "Asia/Beirut"):
        Case({"day": 1, "hour": 0}, at("2026-02-15"), name).check(target)


@clause("TC-1")
def test_a_time_of_day_is_kept_over_a_change_of_the_clock(target: Target) -> None:
    """
    Eight o'clock is eight o'clock on the days before and after the clock is put forward, and back.
    """
    for name in ("Europe/Berlin", "America/New_York"):
        for change in (one for one in changes(name) if one.moment.year == 2026):
            Case({"hour": 8}, change.moment - timedelta(hours=30), name).check(target)


@clause("TC-20")
def test_a_trigger_given_by_name_has_the_zone_of_the_scheduler(world: World) -> None:
    """
    `add_job(f, "cron", hour=3)` fires at three in the scheduler's zone, whatever the zone.
    """
    fire_in_zones(world, lambda: "cron", hour=3)


@clause("TC-20")
def test_a_trigger_built_before_has_the_zone_of_the_scheduler(world: World) -> None:
    """
    A `CronTrigger` built without zone fires at three in the zone of the scheduler it is given to.
    """
    fire_in_zones(world, lambda: cron_class(world.target)(hour=3))


@clause("TC-20")
def test_a_trigger_given_later_has_the_zone_of_the_scheduler(world: World) -> None:
    """
    So does one that a job gets by `modify_job` or, while it is paused, by `reschedule_job`.
    """
    for change in ("modify_job", "reschedule_job"):
        for name, scheduler in two_zones(world):
            scheduler.start(paused=True)
            scheduler.add_job(world.tick().func, "interval", minutes=1, id="job")
            scheduler.pause_job("job")

            getattr(scheduler, change)("job", trigger=cron_class(world.target)(hour=3))

            scheduler.resume_job("job")
            expect_three(world, name, scheduler)


@clause("TC-20")
def test_a_crontab_line_has_the_zone_of_the_scheduler(world: World) -> None:
    """
    A trigger made by `from_crontab` without zone fires in the zone of the scheduler.
    """
    fire_in_zones(world, lambda: cron_class(world.target).from_crontab("0 3 * * *"))


@clause("TC-20")
def test_a_trigger_with_a_zone_keeps_it(world: World) -> None:
    """
    A zone given to the trigger, by name or as an object, counts more than the scheduler's.
    """
    make = cron_class(world.target)
    tokyo = zone_taken(world.target, "Asia/Tokyo")
    three = Schedule({"hour": 3}).first(1, zone("Asia/Tokyo"), world.now(), at("2030-01-03"))
    scheduler = world.scheduler(timezone="America/New_York")

    for number, trigger in enumerate(
        (
            make(hour=3, timezone=tokyo),
            make.from_crontab("0 3 * * *", timezone=tokyo),
            make(hour=3, timezone="Asia/Tokyo"),
        )
    ):
        scheduler.add_job(world.tick().func, trigger, id=str(number))
    scheduler.start(paused=True)

    jobs = [scheduler.get_job(str(number)) for number in range(3)]
    assert 3 * three == [instant(job.next_run_time) for job in jobs]


@clause("TC-21")
@example(
    case=Case(
        {"hour": 3, "minute": 30}, at("2025-10-24 22:00"), "Europe/Helsinki", at("2025-11-01")
    )
)
@example(
    case=Case(
        {"hour": 1, "minute": 59, "second": "*"}, at("2025-11-02 05:59:57"), "America/New_York"
    )
)
@given(case=touched(lambda change: back(change) and is_plain(change)))
def test_a_repeated_wall_time_fires_both_times(target: Target, case: Case) -> None:
    """
    A wall time that the clock shows twice in one night fires twice, once at each of them.
    """
    case.check(target)


@clause("TC-21")
@example(
    case=Case(
        {"hour": 1, "minute": 30}, at("2024-10-26 12:00"), "Antarctica/Troll", at("2024-10-29")
    )
)
@example(
    case=Case(
        {"hour": 23, "minute": 30}, at("2006-10-28 12:00"), "America/St_Johns", at("2006-10-31")
    )
)
@given(case=touched(lambda change: back(change) and not is_plain(change)))
def test_a_wall_time_repeated_in_an_unusual_way_fires_both_times(
    target: Target, case: Case
) -> None:
    """
    The same where the clock is put back by two hours, or at another time than a whole hour.
    """
    case.check(target)


@clause("TC-22")
@example(
    case=Case(
        {"hour": 3, "minute": 30}, at("2025-03-28 22:00"), "Europe/Helsinki", at("2025-04-02")
    )
)
@example(
    case=Case(
        {"hour": 2, "minute": 15}, at("2025-10-04 00:00"), "Australia/Lord_Howe", at("2025-10-08")
    )
)
@example(case=Case({"day": 30, "hour": 10}, at("2011-12-29"), "Pacific/Apia", at("2012-02-15")))
@given(case=touched(forward))
def test_a_skipped_wall_time_does_not_fire(target: Target, case: Case) -> None:
    """
    A wall time that the clock skips does not fire that day; neither does another in its place.
    """
    case.check(target)


@clause("TC-23")
@example(case=Case({"minute": "*/30"}, at("2025-03-09 05:59"), "America/New_York"))
@example(case=Case({"minute": "*/30"}, at("2025-11-02 04:29"), "America/New_York"))
@given(case=dense(is_plain))
def test_every_so_many_minutes_follow_the_clock_over_a_jump(target: Target, case: Case) -> None:
    """
    Every so many minutes fires whenever the clock shows one of them, over skips and repetitions.
    """
    case.check(target)


@clause("TC-23")
@example(case=Case({"minute": "30"}, at("2004-04-04 02:00"), "America/St_Johns"))
@example(case=Case({"minute": "*/15"}, at("2024-10-27 00:29"), "Antarctica/Troll"))
@given(case=dense(lambda change: not is_plain(change)))
def test_every_so_many_minutes_follow_the_clock_over_an_unusual_jump(
    target: Target, case: Case
) -> None:
    """
    The same where it jumps by more than an hour, or at another time than a whole hour.
    """
    case.check(target)


def fire_in_zones(world: World, trigger: Callable[[], object], **fields: Any) -> None:
    """
    Check that a trigger of three o'clock fires at three in the zone of each of two schedulers.
    """
    for name, scheduler in two_zones(world):
        scheduler.add_job(world.tick().func, trigger(), id="job", **fields)
        scheduler.start(paused=True)
        expect_three(world, name, scheduler)


def two_zones(world: World) -> Iterator[tuple[str, Subject]]:
    """
    Make schedulers in two zones; this machine can be in one of them only.
    """
    cron_class(world.target)
    for name in ("Asia/Tokyo", "America/New_York"):
        yield name, world.scheduler(timezone=zone_taken(world.target, name))


def expect_three(world: World, name: str, scheduler: Subject) -> None:
    """
    Check that the job's next run is at three in this zone.
    """
    (three,) = Schedule({"hour": 3}).first(1, zone(name), world.now(), at("2030-01-03"))
    found = instant(scheduler.get_job("job").next_run_time)
    if three != found:
        raise Broken(f"a run at three in {name}, at {three:%F %H:%M} UTC", f"{found:%F %H:%M} UTC")
