"""
Combining triggers: `and`, `or`, and triggers of the user's own (docs/spec/combining-triggers.md).
"""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance import triggers
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.marks import clause
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from bgsched_conformance.children import Child
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World

WEDNESDAY = datetime(2024, 6, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# What an hour's minutes are chosen by; minute 0 is in each of them.
every_few = st.lists(st.integers(1, 59), min_size=1, max_size=3)
times_of_day = st.lists(
    st.fixed_dictionaries({"hour": st.integers(0, 23), "minute": st.integers(0, 59)}),
    min_size=1,
    max_size=4,
)
nows = st.integers(0, 10**6).map(lambda minutes: WEDNESDAY + minutes * MINUTE)
# A program whose trigger may never answer; what it asks stands behind it. It finds the classes as
# `Target.symbol` does, and needs nothing of the kit, whose import takes its time.
CHILD = """
import importlib
from datetime import UTC, datetime
def published(module, name):
    for base in Scheduler.__mro__:
        package = base.__module__
        while package:
            try:
                return getattr(importlib.import_module(f"{package}.triggers.{module}"), name)
            except (ImportError, AttributeError):
                package = package.rpartition(".")[0]
def tell(triggers, now):
    trigger, previous = published("combining", "AndTrigger")(triggers), None
    for _ in range(3):
        previous = now = trigger.get_next_fire_time(previous, now)
        say(str(now and now.astimezone(UTC)))
Cron = published("cron", "CronTrigger")
say("ready")
"""


def told(world: World, program: str, *classes: tuple[str, str]) -> Child:
    """
    Start the program, if the implementation publishes what it uses.
    """
    for module, name in [("combining", "AndTrigger"), ("cron", "CronTrigger"), *classes]:
        world.target.symbol(f"triggers.{module}", name)
    child = world.child(CHILD + program)
    child.expect("ready")
    return child


@clause("TX-1")
def test_or_fires_when_any_member_does(target: Target) -> None:
    """
    The documented example: every Monday at two and every Tuesday at three in the afternoon.
    """
    trigger = triggers.either(
        target,
        triggers.cron(target, day_of_week="mon", hour=2),
        triggers.cron(target, day_of_week="tue", hour=15),
    )

    assert [
        "2024-06-10 02:00:00",
        "2024-06-11 15:00:00",
        "2024-06-17 02:00:00",
        "2024-06-18 15:00:00",
    ] == triggers.shown(fire_times(trigger, WEDNESDAY, 4))


@clause("TX-1")
@given(times=times_of_day, now=nows)
def test_or_gives_the_earliest_time_of_all_members(
    target: Target, times: list[dict[str, int]], now: datetime
) -> None:
    """
    Of several daily members the next one comes first, and those that fall together fire once.
    """
    trigger = triggers.either(target, *(triggers.cron(target, **time) for time in times))
    midnight = now.replace(hour=0, minute=0)
    all_times = {
        midnight + timedelta(days=day, hours=time["hour"], minutes=time["minute"])
        for day in range(3)
        for time in times
    }

    expected = sorted(time for time in all_times if time > now)[: len(times)]

    assert expected == fire_times(trigger, now + timedelta(seconds=1), len(expected))


@clause("TX-1")
@given(minutes=st.sets(st.integers(1, 10**5), min_size=2, max_size=4))
def test_or_is_finished_when_all_members_are(target: Target, minutes: set[int]) -> None:
    """
    Of several dates each one is fired at, and then there is no more.
    """
    dates = [WEDNESDAY + minute * MINUTE for minute in minutes]
    trigger = triggers.either(target, *(triggers.date(target, date) for date in dates))

    assert [*sorted(dates), None] == fire_times(trigger, WEDNESDAY, len(dates) + 2)


@clause("TX-1")
def test_or_goes_on_while_a_member_does(target: Target) -> None:
    """
    A member that has ended leaves the others alone.
    """
    trigger = triggers.either(
        target,
        triggers.cron(target, hour=15, end_date="2024-06-06"),
        triggers.cron(target, hour=18, end_date="2024-06-07"),
    )

    assert [
        "2024-06-05 15:00:00",
        "2024-06-05 18:00:00",
        "2024-06-06 18:00:00",
        "None",
    ] == triggers.shown(fire_times(trigger, WEDNESDAY, 5))


@clause("TX-2")
@given(steps=every_few, now=nows)
def test_and_gives_the_earliest_time_that_all_agree_on(
    target: Target, steps: list[int], now: datetime
) -> None:
    """
    The first fire time of several members is the first minute at which each of them fires.
    """
    trigger = triggers.both(target, *(triggers.cron(target, minute=f"*/{n}") for n in steps))
    after = (now + number * MINUTE for number in range(61))

    expected = next(time for time in after if all(time.minute % n == 0 for n in steps))

    assert expected == triggers.first(trigger, now)


@clause("TX-2")
def test_and_fires_again(world: World) -> None:
    """
    Two cron triggers, of every second and every third second, agree every six seconds.
    """
    program = """
members = [Cron(second=second, timezone="UTC") for second in ("*/2", "*/3")]
tell(members, datetime(2024, 6, 5, 12, 0, 1, tzinfo=UTC))
"""
    child = told(world, program)

    for second in ("06", "12", "18"):
        child.expect(f"2024-06-05 12:00:{second}+00:00")


@clause("TX-3")
def test_and_of_a_calendar_and_a_cron_fires(world: World) -> None:
    """
    The documented example: every third day, if it is a Saturday or Sunday.
    """
    program = """
Calendar = published("calendarinterval", "CalendarIntervalTrigger")
third = Calendar(days=3, start_date="2024-06-05", timezone="UTC")
tell([third, Cron(day_of_week="sat,sun", timezone="UTC")], datetime(2024, 6, 4, tzinfo=UTC))
"""
    child = told(world, program, ("calendarinterval", "CalendarIntervalTrigger"))

    for day in ("06-08", "06-23", "06-29"):
        child.expect(f"2024-{day} 00:00:00+00:00")


@clause("TX-4")
def test_and_is_finished_when_any_member_is(target: Target) -> None:
    """
    A date that has had its turn, or an end date that is past, ends the whole.
    """
    noon = triggers.cron(target, hour=12)
    once = triggers.both(target, triggers.date(target, WEDNESDAY), noon)
    ended = triggers.both(target, triggers.cron(target, hour=12, end_date="2024-06-04"), noon)

    assert [WEDNESDAY, None] == fire_times(once, WEDNESDAY, 2)
    assert [None] == fire_times(ended, WEDNESDAY, 1)


@clause("TX-5")
def test_or_can_be_named(world: World) -> None:
    """
    `add_job(f, "or", triggers=[…])` makes a job of the two triggers.
    """
    scheduler = world.scheduler(timezone="UTC")
    scheduler.start(paused=True)
    members = [triggers.cron(world.target, hour=hour) for hour in (7, 5)]

    job = scheduler.add_job(world.tick().func, "or", triggers=members)

    assert START + timedelta(hours=5) == job.next_run_time


@clause("TX-5")
def test_and_can_be_named(world: World) -> None:
    """
    `add_job(f, "and", triggers=[…])` makes a job of the two triggers.
    """
    scheduler = world.scheduler(timezone="UTC")
    scheduler.start(paused=True)
    members = [triggers.cron(world.target, hour=hours) for hours in ("5,7", "6,7")]

    job = scheduler.add_job(world.tick().func, "and", triggers=members)

    assert START + timedelta(hours=7) == job.next_run_time


@clause("TX-6")
@given(jitter=st.integers(1, 40_000), now=nows)
def test_jitter_delays_by_no_more_than_asked_for(
    target: Target, jitter: int, now: datetime
) -> None:
    """
    The first fire time of either kind is delayed by 0 to *jitter* seconds.
    """
    members = [triggers.cron(target, hour=hours) for hours in ("5", "*/5")]
    most = timedelta(seconds=jitter)

    for combine in (triggers.either, triggers.both):
        expected = triggers.first(combine(target, *members), now)
        trigger = combine(target, *members, jitter=jitter)
        for _ in range(9):  # chance is the same in each example, since hypothesis sees to that
            assert timedelta() <= triggers.first(trigger, now) - expected <= most


@clause("TX-6")
def test_jitter_is_random(target: Target) -> None:
    """
    Twenty fire times of either kind are not all delayed by the same time.
    """
    member = triggers.cron(target, hour="*")
    hours = [WEDNESDAY + timedelta(hours=number) for number in range(20)]

    for combine in (triggers.either, triggers.both):
        trigger = combine(target, member, member, jitter=1800)
        assert len({triggers.first(trigger, hour) - hour for hour in hours}) > 1


@clause("TX-7")
def test_a_trigger_of_the_users_own_decides(world: World) -> None:
    """
    A job runs at the times that a custom trigger gives, and is gone when it gives None.
    """
    job = world.tick()
    asked: list[datetime | None] = []

    def next_time(previous: datetime | None, _now: datetime) -> datetime | None:
        asked.append(previous)
        return {
            None: START + 2 * MINUTE,
            START + 2 * MINUTE: START + 3 * MINUTE,
        }.get(previous)

    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(job.func, world.trigger(next_time), id="job", misfire_grace_time=None)
    for _ in range(5):
        world.advance(scheduler, minutes=1)

    assert ["00:02", "00:03"] == [f"{run.at:%H:%M}" for run in job.runs]
    assert {None, START + 2 * MINUTE, START + 3 * MINUTE} == set(asked)
    assert scheduler.get_job("job") is None


@clause("TX-7")
def test_a_trigger_derived_from_a_built_in_one_decides(world: World) -> None:
    """
    A trigger of each minute that leaves out the odd ones is asked for all that was due meanwhile.
    """

    class Even(world.target.symbol("triggers.interval", "IntervalTrigger")):  # type: ignore[misc]
        def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
            found: datetime | None = super().get_next_fire_time(previous, now)
            while found is not None and found.astimezone(UTC).minute % 2:
                found = super().get_next_fire_time(found, found)
            return found

    # As text: a zone of the standard library is refused by some, which is the business of TZ-4.
    trigger = Even(minutes=1, start_date=f"{START:%Y-%m-%d %H:%M:%S}", timezone="UTC")
    job, scheduler = world.tick(), world.scheduler()
    scheduler.start()
    scheduler.add_job(job.func, trigger, id="job", coalesce=True, misfire_grace_time=None)
    for _ in range(3):
        scheduler.pause()
        world.move(minutes=5)
        scheduler.resume()
        world.settle(scheduler)

    announced = world.events(scheduler).of("JOB_EXECUTED", "job")
    times = [event.raw.scheduled_run_time.astimezone(UTC) for event in announced]
    assert [] == [f"{time:%H:%M}" for time in times if time.minute % 2]
    assert 0 < len(job.runs)


@clause("TX-7")
def test_a_trigger_of_the_users_own_may_be_combined(world: World) -> None:
    """
    Custom triggers are members of `or` and `and` like any others.
    """
    own = world.trigger(lambda previous, _now: None if previous else WEDNESDAY)
    noon = triggers.cron(world.target, hour=12)

    for combine in (triggers.either, triggers.both):
        assert WEDNESDAY == triggers.first(combine(world.target, own, noon), WEDNESDAY)
    assert [None] == fire_times(triggers.both(world.target, own), WEDNESDAY, 2)[1:]


@clause("TX-8")
@given(now=nows, previous=st.none() | nows)
def test_a_pickled_trigger_gives_the_same_times(
    target: Target, now: datetime, previous: datetime | None
) -> None:
    """
    What has been pickled and read again answers as the trigger itself, and so does a second time.
    """
    hourly = triggers.cron(target, minute="*/7", hour="1-20", end_date="2030-01-01")
    for trigger in (
        triggers.date(target, WEDNESDAY),
        triggers.interval(target, minutes=7, start_date=WEDNESDAY, timezone="UTC"),
        hourly,
        triggers.calendar(target, months=1, days=3, hour=4, start_date="2030-01-31"),
        triggers.either(target, hourly, triggers.cron(target, day=3)),
    ):
        again: Any = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - what was just written

        expected = trigger.get_next_fire_time(previous, now)
        assert expected == again.get_next_fire_time(previous, now)
        assert expected == trigger.get_next_fire_time(previous, now)


@clause("TX-8")
def test_a_pickled_and_gives_the_same_time(target: Target) -> None:
    """
    The first fire time of an `and` is the same after it has been pickled.
    """
    members = [triggers.cron(target, minute=minutes) for minutes in ("*/4", "*/10")]
    trigger = triggers.both(target, *members)

    again: Any = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - what was just written

    now = WEDNESDAY + MINUTE
    assert WEDNESDAY + 20 * MINUTE == triggers.first(trigger, now) == triggers.first(again, now)
