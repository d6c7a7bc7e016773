"""
Triggers made of triggers.
"""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgsched import BackgroundScheduler
from bgsched.triggers.base import BaseTrigger
from bgsched.triggers.calendarinterval import CalendarIntervalTrigger
from bgsched.triggers.combining import LONGEST_SEARCH, AndTrigger, OrTrigger
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.date import DateTrigger
from bgsched.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2024, 6, 5, 12, tzinfo=UTC)  # a Wednesday
TOKYO = ZoneInfo("Asia/Tokyo")
SECOND = timedelta(seconds=1)


class Doubling(BaseTrigger):
    """
    A trigger whose run times follow from the one before, and from nothing else.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return twice the seconds since the start.
        """
        del now
        return (
            NOW + SECOND
            if previous_fire_time is None
            else previous_fire_time + (previous_fire_time - NOW)
        )


class Counted(CronTrigger):
    """
    A cron trigger that counts the questions.
    """

    asked = 0

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Answer as always.
        """
        Counted.asked += 1
        return super().get_next_fire_time(previous_fire_time, now)


class Fixed(BaseTrigger):
    """
    A trigger without an end or a memory: always the same moment.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return the moment, whatever was before.
        """
        del previous_fire_time, now
        return NOW


class Foreign:
    """
    A one-shot trigger that knows nothing of this library.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return the present, once.
        """
        return now if previous_fire_time is None else None


def walk(trigger: Any, now: datetime = NOW) -> Iterator[datetime]:
    """
    Give the run times from *now* on, each computed from the one before.
    """
    moment = trigger.get_next_fire_time(None, now)
    while moment is not None:
        yield moment
        moment = trigger.get_next_fire_time(moment, moment)


def first(count: int, trigger: Any, now: datetime = NOW) -> list[str]:
    """
    Return the first *count* run times as text; a shorter list if they end.
    """
    return [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in islice(walk(trigger, now), count)]


def cron(**fields: Any) -> CronTrigger:
    """
    Return a cron trigger in UTC.
    """
    return CronTrigger(**fields, timezone=UTC)


def every(seconds: float, start: datetime = NOW) -> IntervalTrigger:
    """
    Return an interval trigger in UTC.
    """
    return IntervalTrigger(seconds=seconds, start_date=start, timezone=UTC)


@pytest.mark.parametrize(
    ("triggers", "expected"),
    [
        (  # TX-3: the example of APScheduler's guide, started on a Wednesday
            [
                CalendarIntervalTrigger(days=3, start_date="2024-06-05", timezone=UTC),
                cron(day_of_week="sat,sun"),
            ],
            ["2024-06-08 00:00:00", "2024-06-23 00:00:00", "2024-06-29 00:00:00"],
        ),
        (  # TX-2
            [cron(day=13), cron(day_of_week="fri")],
            ["2024-09-13 00:00:00", "2024-12-13 00:00:00", "2025-06-13 00:00:00"],
        ),
        (
            [cron(second="*/2"), cron(second="*/3")],
            ["2024-06-05 12:00:00", "2024-06-05 12:00:06", "2024-06-05 12:00:12"],
        ),
        (  # rare, but they do agree
            [cron(month=2, day=29), cron(day_of_week="mon")],
            ["2044-02-29 00:00:00", "2072-02-29 00:00:00", "2112-02-29 00:00:00"],
        ),
        (  # bug 47
            [IntervalTrigger(hours=7, start_date=NOW, timezone=UTC), cron(hour=12)],
            ["2024-06-05 12:00:00", "2024-06-12 12:00:00", "2024-06-19 12:00:00"],
        ),
        (
            [every(61), cron(minute="*/5")],
            ["2024-06-05 12:00:00", "2024-06-05 17:05:00", "2024-06-05 22:10:00"],
        ),
        ([DateTrigger("2024-06-07 12:00", UTC), cron(hour=12)], ["2024-06-07 12:00:00"]),
        ([DateTrigger("2024-06-07 12:01", UTC), cron(hour=12)], []),
        ([DateTrigger("2024-06-04 12:00", UTC), cron(hour=12)], []),
        ([DateTrigger("2024-06-07", UTC), DateTrigger("2024-06-07", UTC)], ["2024-06-07 00:00:00"]),
        (  # doubled seconds: 1, 2, 4, ... of which each multiple of four is also one of these
            [Doubling(), every(4)],
            ["2024-06-05 12:00:04", "2024-06-05 12:00:08", "2024-06-05 12:00:16"],
        ),
        (  # two zones, one moment
            [CronTrigger(hour=14, timezone="Europe/Berlin"), cron(hour="12,13")],
            ["2024-06-05 14:00:00", "2024-06-06 14:00:00", "2024-06-07 14:00:00"],
        ),
        (  # nested
            [
                OrTrigger([cron(hour=3), cron(hour=4)]),
                AndTrigger([cron(day=13, hour="*"), cron(hour=4)]),
            ],
            ["2024-06-13 04:00:00", "2024-07-13 04:00:00", "2024-08-13 04:00:00"],
        ),
        ([cron(hour=1, end_date="2024-06-07"), cron(hour="1,2")], ["2024-06-06 01:00:00"]),
        ([cron(hour=3)], ["2024-06-06 03:00:00", "2024-06-07 03:00:00", "2024-06-08 03:00:00"]),
    ],
)
def test_and(triggers: list[Any], expected: list[str]) -> None:
    """
    It fires at the times that all agree on, in whatever order they are given.
    """
    assert expected == first(3, AndTrigger(triggers))
    if len({trigger.timezone for trigger in triggers if hasattr(trigger, "timezone")}) < 2:
        assert expected == first(3, AndTrigger(triggers[::-1]))


@pytest.mark.parametrize(
    "triggers",
    [
        [cron(second="*/2"), cron(second="1-59/2")],
        [every(2), every(2, NOW + SECOND)],
        [every(0.5), every(0.5, NOW + timedelta(microseconds=1))],
        [
            CalendarIntervalTrigger(months=1, days=1, start_date="1970-01-01", timezone=UTC),
            cron(hour=1),
        ],
        [Doubling(), Fixed()],
        [Fixed(), cron(minute=7)],
        [cron(second="*", jitter=1), cron(second="*", jitter=1)],
    ],
)
def test_what_never_agrees_ends(triggers: list[Any]) -> None:
    """
    A search that leads nowhere is given up.
    """
    trigger = AndTrigger(triggers)

    assert trigger.get_next_fire_time(None, NOW) is None
    assert trigger.get_next_fire_time(NOW, NOW) is None


def test_the_search_is_bounded_by_questions() -> None:
    """
    No member is asked more often than LONGEST_SEARCH says.
    """
    Counted.asked = 0
    trigger = AndTrigger(
        [Counted(second="*/2", timezone=UTC), Counted(second="1-59/2", timezone=UTC)]
    )

    assert trigger.get_next_fire_time(None, NOW) is None

    assert LONGEST_SEARCH <= Counted.asked <= LONGEST_SEARCH + 4


def test_a_laggard_is_led_on_at_once() -> None:
    """
    Seconds and years take a few questions, not one for each second.
    """
    Counted.asked = 0
    trigger = AndTrigger(
        [Counted(second="*", timezone=UTC), Counted(month=2, day=29, timezone=UTC)]
    )

    assert datetime(2028, 2, 29, tzinfo=UTC) == trigger.get_next_fire_time(None, NOW)
    assert Counted.asked < 9


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1, max_size=4),
    st.integers(0, 300),
)
def test_members_keep_their_grids(grids: list[tuple[int, int]], begin: int) -> None:
    """
    Both fire at the same times as sets of numbers would say, from any moment on.
    """
    members = [every(step, NOW + offset * SECOND) for step, offset in grids]
    horizon = begin + 600
    sets = [set(range(offset, horizon, step)) for step, offset in grids]
    now = NOW + begin * SECOND
    previous = now - SECOND

    def numbers(trigger: BaseTrigger, moment: datetime | None) -> list[int]:
        found = []
        while moment is not None and moment < NOW + horizon * SECOND:
            found.append((moment - NOW) // SECOND)
            moment = trigger.get_next_fire_time(moment, moment)
        return found

    for trigger, expected in (
        (AndTrigger(members), set.intersection(*sets)),
        (OrTrigger(members), set.union(*sets)),
    ):
        wanted = sorted(number for number in expected if number >= begin)
        assert wanted == numbers(trigger, trigger.get_next_fire_time(None, now))
        # Also if the run before was not one of theirs, because the user chose its time.
        assert wanted == numbers(trigger, trigger.get_next_fire_time(previous, now))


@pytest.mark.parametrize(
    ("triggers", "expected"),
    [
        (  # TX-1
            [cron(day_of_week="mon", hour=2), cron(day_of_week="tue", hour=15)],
            [
                "2024-06-10 02:00:00",
                "2024-06-11 15:00:00",
                "2024-06-17 02:00:00",
                "2024-06-18 15:00:00",
            ],
        ),
        (  # V18
            [DateTrigger("2024-06-07", UTC), DateTrigger("2024-06-06", UTC)],
            ["2024-06-06 00:00:00", "2024-06-07 00:00:00"],
        ),
        ([DateTrigger("2024-06-07", UTC)] * 2, ["2024-06-07 00:00:00"]),
        (
            [cron(hour="*/6"), cron(hour="*/4"), DateTrigger("2024-06-05 17:00", UTC)],
            [
                "2024-06-05 12:00:00",
                "2024-06-05 16:00:00",
                "2024-06-05 17:00:00",
                "2024-06-05 18:00:00",
            ],
        ),
        (  # an interval keeps its own pace
            [every(600), DateTrigger("2024-06-05 12:03", UTC)],
            [
                "2024-06-05 12:00:00",
                "2024-06-05 12:03:00",
                "2024-06-05 12:10:00",
                "2024-06-05 12:20:00",
            ],
        ),
        (
            [
                CalendarIntervalTrigger(days=3, start_date="2024-06-05", timezone=UTC),
                cron(day_of_week="sun"),
            ],
            [
                "2024-06-08 00:00:00",
                "2024-06-09 00:00:00",
                "2024-06-11 00:00:00",
                "2024-06-14 00:00:00",
            ],
        ),
        (
            [Foreign(), DateTrigger("2024-06-06", UTC)],
            ["2024-06-05 12:00:00", "2024-06-06 00:00:00"],
        ),
        ([Fixed(), DateTrigger("2024-06-06", UTC)], ["2024-06-05 12:00:00", "2024-06-06 00:00:00"]),
        (
            [AndTrigger([cron(day=13), cron(day_of_week="fri")]), DateTrigger("2024-10-01", UTC)],
            [
                "2024-09-13 00:00:00",
                "2024-10-01 00:00:00",
                "2024-12-13 00:00:00",
                "2025-06-13 00:00:00",
            ],
        ),
    ],
)
def test_or(triggers: list[Any], expected: list[str]) -> None:
    """
    It fires whenever any member does, once for each moment, until all have finished.
    """
    assert expected == first(4, OrTrigger(triggers))
    assert expected == first(4, OrTrigger(triggers[::-1]))


def test_or_over_the_repeated_hour() -> None:
    """
    Moments are compared, not wall times.
    """
    berlin = ZoneInfo("Europe/Berlin")
    trigger = OrTrigger([CronTrigger(minute=m, timezone=berlin) for m in (0, 30)])
    begin = datetime(2025, 10, 26, 0, tzinfo=UTC)

    moments = [m.astimezone(UTC) for m in islice(walk(trigger, begin), 6)]

    assert [begin + number * timedelta(minutes=30) for number in range(6)] == moments


def test_the_end_of_the_calendar() -> None:
    """
    A member may fire when the calendar has ended in UTC; that is the end here, too.
    """
    last = CronTrigger(year=9999, month=12, day=31, hour=23, timezone="America/New_York")

    assert AndTrigger([last, last]).get_next_fire_time(None, NOW) is None
    assert OrTrigger([last]).get_next_fire_time(NOW, NOW) is None


@given(st.integers(1, 10**6))
def test_jitter_swallows_no_run(jitter: int) -> None:
    """
    Each run is delayed by no more than asked for, and never beyond the next.
    """
    minutes = [0, 1, 7, 8, 9, 100]
    due = [NOW + minute * timedelta(minutes=1) for minute in minutes]
    dates = OrTrigger([DateTrigger(moment) for moment in due], jitter=jitter)
    same = AndTrigger([dates.__class__(dates.triggers), cron(minute="*")], jitter=jitter)

    for trigger in (dates, same):
        moments = list(walk(trigger))
        assert len(due) == len(moments)
        for moment, expected, following in zip(
            moments, due, [*due[1:], datetime.max.replace(tzinfo=UTC)], strict=True
        ):
            assert expected <= moment <= expected + jitter * SECOND
            assert moment < following


def test_members_are_settled_by_the_scheduler() -> None:
    """
    What the members left open is taken from the scheduler, also in the depths.
    """
    inner: list[BaseTrigger] = [CalendarIntervalTrigger(days=2), IntervalTrigger(hours=1), Fixed()]
    members: list[Any] = [OrTrigger(inner), CronTrigger(hour=3), Foreign(), DateTrigger()]
    trigger = AndTrigger(members)
    assert trigger.get_next_fire_time(None, NOW) is None
    assert "now" in str(trigger)

    trigger.anchor(NOW, TOKYO)

    assert "timezone='Asia/Tokyo'" in repr(trigger.triggers[1])
    assert "start_date='2024-06-05', timezone='Asia/Tokyo'" in repr(trigger)
    assert "2024-06-05 22:00:00 JST" in repr(trigger.triggers[0])
    assert "date[2024-06-05 21:00:00 JST]" in str(trigger)
    assert members[2] is trigger.triggers[2]
    assert "timezone" not in repr([inner, members])  # others may share them


def test_without_a_scheduler_nothing_moves_between_questions() -> None:
    """
    Members that begin "now" begin at the run before, as they would alone.
    """
    weekends = AndTrigger(
        [CalendarIntervalTrigger(days=3, timezone=UTC), cron(day_of_week="sat,sun")]
    )
    pace = AndTrigger([IntervalTrigger(minutes=7, timezone=UTC), cron(minute="*")])
    once = AndTrigger([DateTrigger(), cron(hour=12)])

    assert first(2, weekends) == ["2024-06-08 00:00:00", "2024-06-23 00:00:00"]
    assert first(2, pace) == ["2024-06-05 12:07:00", "2024-06-05 12:14:00"]
    assert first(2, once) == ["2024-06-05 12:00:00"]
    assert once.get_next_fire_time(NOW, NOW) is None  # TX-4


def test_what_a_subclass_makes_of_its_run_times_counts() -> None:
    """
    A member of a class derived from one of ours is asked by the method it has overridden.
    """

    class NextDay(DateTrigger):
        def get_next_fire_time(self, previous: Any, now: datetime) -> datetime | None:
            found = super().get_next_fire_time(previous, now)
            return found and found + timedelta(days=1)

    trigger = OrTrigger([NextDay(NOW), DateTrigger(NOW)])

    assert first(3, trigger) == ["2024-06-05 12:00:00", "2024-06-06 12:00:00"]


def test_an_untouched_member_is_not_copied() -> None:
    """
    A trigger of the user may hold what cannot be copied.
    """

    class Guarded(Doubling):
        def __reduce_ex__(self, protocol: Any) -> Any:
            raise AssertionError(protocol)

    assert first(1, OrTrigger([Guarded()])) == ["2024-06-05 12:00:01"]


@pytest.mark.parametrize("backlog", [0, 1, 59, 3600, 86_400 * 400])
def test_a_backlog_of_or_is_passed_over_at_once(backlog: int) -> None:
    """
    The latest run up to now is the latest of any member.
    """
    trigger = OrTrigger([every(7), cron(second=0), DateTrigger(NOW - SECOND)])
    now = NOW + backlog * SECOND

    assert max(
        NOW + backlog // 7 * 7 * SECOND, NOW + backlog // 60 * 60 * SECOND
    ) == trigger.last_fire_time(NOW, now)


def test_a_backlog_without_a_short_cut() -> None:
    """
    Members that offer no short cut, and jitter, leave the long way to the planner.
    """
    now = NOW + timedelta(days=1)
    members: list[Any] = [every(7), Foreign()]

    assert OrTrigger(members).last_fire_time(NOW, now) == now - 6 * SECOND
    assert OrTrigger([every(7), DateTrigger(now)]).last_fire_time(NOW, now) is None
    assert OrTrigger([every(7)], jitter=1).last_fire_time(NOW, now) is None
    assert OrTrigger([IntervalTrigger(days=9)]).last_fire_time(NOW, now) == NOW


@pytest.mark.parametrize("class_", [AndTrigger, OrTrigger])
@pytest.mark.parametrize(
    ("triggers", "jitter", "error", "message"),
    [
        ([], None, ValueError, "Trigger needs at least one trigger, and got none"),
        (["cron"], None, TypeError, "triggers must hold nothing but triggers, not 'cron'"),
        ([None], None, TypeError, "triggers must hold nothing but triggers, not None"),
        ([Fixed()], -1, ValueError, "jitter=-1 is negative"),
    ],
)
def test_wrong_arguments_are_refused(
    class_: Any, triggers: list[Any], jitter: int | None, error: type[Exception], message: str
) -> None:
    """
    Whatever makes no sense is refused at once.
    """
    with pytest.raises(error, match=message):
        class_(triggers, jitter)


def test_pickling_keeps_all_settings() -> None:
    """
    A pickled trigger gives the same run times, and stays anchored or open (TX-8).
    """
    trigger = AndTrigger([OrTrigger([CronTrigger(hour=3)], jitter=0), CronTrigger(day=3, hour="*")])
    still_open = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - bytes of our own
    trigger.anchor(NOW, TOKYO)
    anchored = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - bytes of our own

    assert still_open.triggers[1].timezone is None
    assert repr(trigger) == repr(anchored)
    assert first(3, trigger) == first(3, anchored)


def test_text_forms() -> None:
    """
    Text shows the members.
    """
    trigger = AndTrigger([CronTrigger(hour=3), OrTrigger([CronTrigger(day=3)])], jitter=5)

    assert str(trigger) == "and[cron[hour='3'], or[cron[day='3']]]"
    assert repr(trigger) == (
        "<AndTrigger([<CronTrigger (hour='3')>, <OrTrigger([<CronTrigger (day='3')>])>], jitter=5)>"
    )


def test_the_scheduler_knows_them_by_name() -> None:
    """
    All three are made by alias, in the zone of the scheduler (TX-5).
    """
    scheduler = BackgroundScheduler(timezone="Asia/Tokyo")
    scheduler.start(paused=True)
    try:
        either = scheduler.add_job(print, "or", triggers=[CronTrigger(hour=3)], jitter=1)
        both = scheduler.add_job(
            print, "and", triggers=[CronTrigger(hour=3), CronTrigger(day=3, hour="*")]
        )
        monthly = scheduler.add_job(print, "calendarinterval", months=1, hour=4)

        times = [str(job.next_run_time) for job in (either, both, monthly)]
        assert ["03:00", "03:00", "04:00"] == [time[11:16] for time in times]
        assert {"+09:00"} == {time[-6:] for time in times}
        with pytest.raises(TypeError, match="timezone"):
            scheduler.add_job(  # type: ignore[call-overload]
                print, "or", triggers=[CronTrigger(hour=3)], timezone="UTC"
            )
    finally:
        scheduler.shutdown()
