"""
Time zones: where naive times belong, and what survives a change (docs/spec/time-zones.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from bgsched_conformance.clock_changes import ZONES, zone
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._executors_scenes import inline_executor
from bgsched_conformance.triggers import zone_taken

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World

# A zone whose clock is put forward within the second, as a compiled zone file of version 1:
# counts, the one change and its type, two types of local time, their names.
_PUT_FORWARD = """
import io, struct, time
from datetime import datetime, timezone
from zoneinfo import ZoneInfo
moment = int(time.time() + 1.25)
zone = ZoneInfo.from_file(io.BytesIO(
    b"TZif" + bytes(16) + struct.pack(">6l", 0, 0, 0, 1, 2, 8) + struct.pack(">lB", moment, 1)
    + struct.pack(">lBB", 0, 0, 0) + struct.pack(">lBB", 3600, 1, 4) + b"STD\\0DST\\0"
))
"""


@clause("TZ-1")
def test_run_times_are_aware(world: World) -> None:
    """
    Each job's next run time has an offset, however its dates were written, and after a run too.
    """
    scheduler = world.scheduler(timezone="America/New_York")
    naive = datetime(2030, 1, 5, 12)  # noqa: DTZ001 - what the clause is about
    plans: list[dict[str, Any]] = [
        {"trigger": "date", "run_date": naive},
        {"trigger": "date", "run_date": naive.replace(tzinfo=UTC)},
        {"trigger": "interval", "hours": 1},
        {"trigger": "interval", "hours": 1, "start_date": naive},
        {"trigger": "cron", "minute": "*/10"},
        {"trigger": "cron", "hour": 3, "start_date": naive},
    ]
    for plan in plans:
        scheduler.add_job(world.tick().func, **plan, misfire_grace_time=None)

    scheduler.start()
    before = [job.next_run_time.utcoffset() for job in scheduler.get_jobs()]
    world.advance(scheduler, hours=2)
    after = [job.next_run_time.utcoffset() for job in scheduler.get_jobs()]

    assert 12 == len(before + after)
    assert None not in before + after


@clause("TZ-2")
@example(home="Asia/Tokyo", away="America/New_York", days=100)
@given(home=st.sampled_from(ZONES), away=st.sampled_from(ZONES), days=st.integers(3, 2000))
def test_naive_dates_are_in_the_zone_of_the_trigger_or_the_scheduler(
    worlds: Worlds, home: str, away: str, days: int
) -> None:
    """
    Noon of any day means noon in the trigger's own zone, or else in that of the scheduler.
    """
    noon = datetime(2030, 1, 1, 12) + timedelta(days=days)  # noqa: DTZ001 - see the clause
    text = f"{noon:%Y-%m-%d %H:%M:%S}"
    plans: dict[str, dict[str, Any]] = {
        "date": {"run_date": noon},
        "interval": {"hours": 1, "start_date": text},
        "cron": {"second": "*", "start_date": noon},
    }
    with worlds() as world:
        scheduler = world.bare_scheduler(timezone=zone_taken(world.target, home))
        own = zone_taken(world.target, away)
        for trigger, plan in plans.items():
            for place in ({}, {"timezone": own}):
                name = f"{trigger} {'away' if place else 'home'}"
                scheduler.add_job(world.tick().func, trigger, **plan, **place, id=name)
        scheduler.start(paused=True)
        found = run_times(scheduler)

    at_home, away_from_it = (
        noon.replace(tzinfo=zone(name)).astimezone(UTC) for name in (home, away)
    )
    expected = {f"{trigger} home": at_home for trigger in plans}
    assert expected | {f"{trigger} away": away_from_it for trigger in plans} == found


@clause("TZ-2")
def test_a_naive_end_is_in_the_zone_of_the_trigger(target: Target) -> None:
    """
    A schedule from noon to noon, both naive, has one fire time: noon in the zone of its trigger.
    """
    noon = datetime(2030, 6, 1, 12)  # noqa: DTZ001 - what the clause is about
    asked = datetime(2030, 5, 1, tzinfo=UTC)
    for name in ("Asia/Tokyo", "America/New_York"):
        bounds = {"start_date": noon, "end_date": noon, "timezone": zone_taken(target, name)}
        cron = target.symbol("triggers.cron", "CronTrigger")(second="*", **bounds)
        interval = target.symbol("triggers.interval", "IntervalTrigger")(hours=1, **bounds)
        for trigger in (cron, interval):
            found = fire_times(trigger, asked, 3)
            assert [noon.replace(tzinfo=zone(name)), None] == found


@clause("TZ-3")
def test_a_run_behind_a_skip_comes_in_time(world: World) -> None:
    """
    A job due right after its scheduler's clock was put forward runs then, and not an hour later.
    """
    child = world.child(f"""{_PUT_FORWARD}
s = Scheduler(timezone=zone)
s.start()
due = datetime.fromtimestamp(moment + 0.1, timezone.utc).astimezone(zone)
s.add_job(say, "date", run_date=due, args=["ran"], misfire_grace_time=None)
sys.stdin.readline()
""")

    child.expect("ran")


@clause("TZ-3", informational=True)
def test_a_slow_pass_does_not_put_off_the_next_run(world: World) -> None:
    """
    A run time that comes while a pass takes a minute is dealt with when that pass is over.
    """
    late = world.tick("late")
    pending = [60]

    def take_long() -> None:
        if pending:
            world.move(seconds=pending.pop())

    scheduler = world.scheduler()
    scheduler.add_executor(inline_executor(world.target, take_long), "in line")
    run_date = world.now() + timedelta(seconds=30)
    scheduler.add_job(late.func, "date", run_date=run_date, misfire_grace_time=None)
    scheduler.add_job(world.tick("slow").func, executor="in line", misfire_grace_time=None)

    scheduler.start()

    late.wait_ended()


@clause("TZ-4")
def test_zones_are_taken_as_names_and_as_objects(world: World) -> None:
    """
    A name, a `ZoneInfo`, `timezone.utc` and a zone of pytz, if installed, lead to one run time.
    """
    for name in ("Asia/Tokyo", "America/New_York", "UTC"):
        forms: list[object] = [zone(name)]
        if name == "UTC":
            forms.append(UTC)
        if find_spec("pytz") is not None:
            forms.append(import_module("pytz").timezone(name))
        expected = run_times_in(world, name)
        for form in forms:
            assert expected == run_times_in(world, form)


def run_times_in(world: World, place: object) -> dict[str, datetime]:
    """
    Return the next run times of some jobs with this zone, the scheduler's and the triggers' own.
    """
    noon = datetime(2030, 7, 1, 12)  # noqa: DTZ001 - the zone is what is tried
    found: dict[str, datetime] = {}
    for options, own in (({"timezone": place}, {}), ({"timezone": "UTC"}, {"timezone": place})):
        scheduler = world.bare_scheduler(**options)
        scheduler.add_job(world.tick().func, "date", run_date=noon, **own, id="date")
        scheduler.add_job(world.tick().func, "cron", hour=3, **own, id="cron")
        scheduler.add_job(
            world.tick().func, "interval", days=1, start_date=noon, **own, id="interval"
        )
        scheduler.start(paused=True)
        times = run_times(scheduler)
        found |= {f"{name} {bool(own)}": time for name, time in times.items()}
    return found


def run_times(scheduler: Subject) -> dict[str, datetime]:
    """
    Return the next run time of each job in UTC.
    """
    return {job.id: job.next_run_time.astimezone(UTC) for job in scheduler.get_jobs()}
