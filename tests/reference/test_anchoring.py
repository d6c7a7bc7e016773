"""
When a trigger begins to count, and in which zone: when its job is really scheduled.
"""

from __future__ import annotations

import copy
import io
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.errors import ConflictingIdError
from bgsched.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
from bgsched.triggers.combining import AndTrigger, OrTrigger
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.date import DateTrigger
from bgsched.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Recorder, SchedulerFactory, StandingClock

    from bgsched import BackgroundScheduler

    Record = Callable[[BackgroundScheduler], Recorder]


def nothing() -> None:
    """
    Do nothing.
    """


def moment(hour: int, minute: int = 0) -> datetime:
    """
    Return a moment of the day on which the clock stands.
    """
    return datetime(2030, 1, 1, hour, minute, tzinfo=UTC)


class Reminder(IntervalTrigger):
    """
    A trigger that holds more than those it is derived from.
    """

    def __init__(self, text: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.text = text


def open_triggers() -> dict[str, Any]:
    """
    Return triggers that are due ten minutes after they are anchored, or at once.
    """
    return {
        "once": None,
        "interval": IntervalTrigger(minutes=10),
        "derived": Reminder("tea", minutes=10),
        "or": OrTrigger([IntervalTrigger(minutes=10), DateTrigger("2031-01-01")]),
        "nested": AndTrigger([OrTrigger([IntervalTrigger(minutes=10)])]),
    }


def failed_by_trigger(scheduler: BackgroundScheduler) -> None:
    """
    Have the start fail when jobs are scheduled already.
    """

    class Moody:
        asked = 0

        def get_next_fire_time(self, _: object, now: datetime) -> datetime:
            self.asked += 1
            if self.asked == 1:
                raise RuntimeError("not today")
            return now + timedelta(days=1)

    scheduler.add_job(nothing, Moody())
    with pytest.raises(RuntimeError, match="not today"):
        scheduler.start()


def failed_by_thread(scheduler: BackgroundScheduler) -> None:
    """
    Have the start fail when all jobs are scheduled.
    """

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            scheduler.start()


@pytest.mark.parametrize("fail", [failed_by_trigger, failed_by_thread])
def test_nothing_counts_from_a_failed_start(
    make_scheduler: SchedulerFactory,
    clock: StandingClock,
    record: Record,
    fail: Callable[[BackgroundScheduler], None],
) -> None:
    """
    First run times count from the start that succeeds (START-7, START-15).
    """
    scheduler = make_scheduler(clock=clock)
    recorder = record(scheduler)
    triggers = open_triggers()
    jobs = {name: scheduler.add_job(nothing, each, id=name) for name, each in triggers.items()}
    given = {name: job.trigger for name, job in jobs.items()}
    fail(scheduler)
    clock.advance(minutes=9)

    kept = {name: job.trigger for name, job in jobs.items()}
    scheduler.start()

    assert all(kept[name] is trigger for name, trigger in given.items())
    assert EVENT_JOB_EXECUTED == recorder.wait_for(EVENT_JOB_EXECUTED, "once").code
    later = {job.next_run_time for name, job in jobs.items() if name != "once"}
    assert {moment(0, 19)} == later
    assert EVENT_JOB_MISSED not in recorder.codes
    assert "tea" == jobs["derived"].trigger.text  # type: ignore[attr-defined]


def test_a_job_that_was_refused_leaves_its_trigger_open(
    make_scheduler: SchedulerFactory, clock: StandingClock
) -> None:
    """
    The trigger of a job whose id was taken begins to count when another job gets it.
    """
    scheduler = make_scheduler(clock=clock)
    scheduler.start(paused=True)
    scheduler.add_job(nothing, "interval", hours=1, id="x")
    trigger = IntervalTrigger(minutes=10)
    with pytest.raises(ConflictingIdError):
        scheduler.add_job(nothing, trigger, id="x")
    clock.advance(minutes=9)

    job = scheduler.add_job(nothing, trigger, id="y")

    assert moment(0, 19) == job.next_run_time


def test_jobs_may_share_a_trigger(make_scheduler: SchedulerFactory, clock: StandingClock) -> None:
    """
    It counts for each of them from when that job was added, in the zone of that scheduler.
    """
    berlin = make_scheduler(clock=clock, timezone="Europe/Berlin")
    tokyo = make_scheduler(clock=clock, timezone="Asia/Tokyo")
    for scheduler in (berlin, tokyo):
        scheduler.start(paused=True)
    interval, cron = IntervalTrigger(minutes=10), CronTrigger(hour=12)
    trigger = OrTrigger([cron, interval])

    first = [berlin.add_job(nothing, each).next_run_time for each in (cron, interval, trigger)]
    clock.advance(minutes=1)
    second = [tokyo.add_job(nothing, each).next_run_time for each in (cron, interval, trigger)]

    assert [moment(11), moment(0, 10), moment(0, 10)] == first
    assert [moment(3), moment(0, 11), moment(0, 11)] == second


def test_an_imported_job_is_anchored(
    make_scheduler: SchedulerFactory, clock: StandingClock
) -> None:
    """
    Even if what was exported was open, as after an edit by hand.
    """
    scheduler = make_scheduler(clock=clock, timezone="Asia/Tokyo")
    scheduler.start(paused=True)
    scheduler.add_job(nothing, CronTrigger(hour=12), id="x")
    text = io.StringIO()
    scheduler.export_jobs(text)
    scheduler.remove_job("x")
    exported = json.loads(text.getvalue())
    exported["jobs"][0]["trigger"]["__bgsched_state__"]["timezone"] = None

    scheduler.import_jobs(io.StringIO(json.dumps(exported)))

    job = scheduler.get_job("x")
    assert job is not None
    assert "Asia/Tokyo" == str(job.trigger.timezone)  # type: ignore[attr-defined]


def test_a_replaced_job_is_anchored(make_scheduler: SchedulerFactory, clock: StandingClock) -> None:
    """
    The job that takes the place of another counts from then.
    """
    scheduler = make_scheduler(clock=clock)
    scheduler.start(paused=True)
    trigger = IntervalTrigger(minutes=10)
    scheduler.add_job(nothing, trigger, id="x")
    clock.advance(minutes=9)

    job = scheduler.add_job(nothing, trigger, id="x", replace_existing=True)

    assert moment(0, 19) == job.next_run_time


def test_a_copy_has_all_that_the_trigger_has() -> None:
    """
    Also what a derived class has added, in slots or not, and has not told to pickle.
    """

    class Slotted(IntervalTrigger):
        __slots__ = ("__secret", "unset")

        def __init__(self, secret: object) -> None:
            super().__init__(hours=1)
            self.__secret = secret

        def secret(self) -> object:
            return self.__secret

    lock = threading.Lock()

    slotted = copy.copy(Slotted(lock))

    assert lock is slotted.secret()
    assert not hasattr(slotted, "unset")
    assert timedelta(hours=1) == slotted.interval
    assert "tea" == copy.copy(Reminder("tea")).text


def test_a_trigger_that_passes_on_what_it_is_asked(
    make_scheduler: SchedulerFactory, clock: StandingClock
) -> None:
    """
    One that looks as if it had the methods of another is anchored by way of those.
    """

    class Wrapper:
        def __init__(self, inner: CronTrigger) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    scheduler = make_scheduler(clock=clock, timezone="Asia/Tokyo")
    scheduler.start(paused=True)

    job = scheduler.add_job(nothing, Wrapper(CronTrigger(hour=12)))

    assert moment(3) == job.next_run_time


def test_a_trigger_that_leaves_nothing_open_is_not_copied(make_scheduler: SchedulerFactory) -> None:
    """
    A trigger of the user may be something that cannot be copied.
    """

    class Foreign:
        def get_next_fire_time(self, _: object, now: datetime) -> datetime:
            return now

        def __copy__(self) -> None:
            raise AssertionError

    scheduler = make_scheduler()
    scheduler.start(paused=True)
    trigger = Foreign()

    job = scheduler.add_job(nothing, trigger)

    assert trigger is job.trigger
