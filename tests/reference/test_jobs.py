"""
Adding, finding, changing and removing jobs, before and after the start.
"""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.errors import (
    ConflictingIdError,
    JobLookupError,
)
from bgsched.events import (
    EVENT_ALL_JOBS_REMOVED,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MODIFIED,
    EVENT_JOB_REMOVED,
)
from bgsched.triggers.combining import OrTrigger
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.date import DateTrigger
from bgsched.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Recorder, SchedulerFactory, StandingClock

    from bgsched import BackgroundScheduler

    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)


def nothing(*args: object, **kwargs: object) -> None:
    """
    Do nothing with anything.
    """


def two(first: int, /, second: int = 2, *, third: int = 3) -> int:
    """
    Take parameters of all kinds.
    """
    return first + second + third


@pytest.fixture(params=["pending", "stored"])
def scheduler(
    request: pytest.FixtureRequest, make_scheduler: SchedulerFactory, clock: StandingClock
) -> BackgroundScheduler:
    """
    A scheduler at 2030-01-01, not started yet, or paused; what is told of one holds for the other.
    """
    made = make_scheduler(clock=clock)
    if request.param == "stored":
        made.start(paused=True)
    return made


def test_found_by_id_and_store(scheduler: BackgroundScheduler) -> None:
    """
    get_job looks in the store that is named, and nowhere else (JOB-14).
    """
    job = scheduler.add_job(nothing, id="x")

    assert job is scheduler.get_job("x")
    assert job is scheduler.get_job("x", "default")
    assert scheduler.get_job("x", "other") is None
    assert scheduler.get_job("y") is None


def test_an_id_is_taken(scheduler: BackgroundScheduler) -> None:
    """
    A second job of the same id is refused, and the first stays (faults 50 and 51).
    """
    first = scheduler.add_job(nothing, "interval", hours=1, id="x")

    with pytest.raises(ConflictingIdError, match="'x' is taken"):
        scheduler.add_job(two, "interval", args=[1], hours=1, id="x")

    assert [first] == scheduler.get_jobs()
    assert nothing is scheduler.get_jobs()[0].func


def test_an_id_is_replaced(scheduler: BackgroundScheduler) -> None:
    """
    With replace_existing the new job takes the place of the old.
    """
    scheduler.add_job(nothing, "interval", hours=1, id="x")

    scheduler.add_job(two, "interval", args=[1], hours=2, id="x", replace_existing=True)

    assert [two] == [job.func for job in scheduler.get_jobs()]


def test_ids_are_made_up(scheduler: BackgroundScheduler) -> None:
    """
    Jobs without an id get different ones.
    """
    one, other = scheduler.add_job(nothing), scheduler.add_job(nothing)

    assert one.id != other.id
    assert one is scheduler.get_job(one.id)


def test_removal(scheduler: BackgroundScheduler, record: Record) -> None:
    """
    A removed job is gone, and removing it again is an error, as from a store it was never in.
    """
    recorder = record(scheduler)
    job = scheduler.add_job(nothing, "interval", hours=1, id="x")

    with pytest.raises(JobLookupError, match="'x' in job store 'other'"):
        scheduler.remove_job("x", "other")
    job.remove()

    assert [] == scheduler.get_jobs()
    assert "x" == recorder.wait_for(EVENT_JOB_REMOVED).job_id
    with pytest.raises(JobLookupError):
        job.remove()


def test_removal_of_all(scheduler: BackgroundScheduler, record: Record) -> None:
    """
    All jobs of a store are removed, or none if it is another's.
    """
    recorder = record(scheduler)
    scheduler.add_job(nothing, "interval", hours=1)

    scheduler.remove_all_jobs("other")
    left = len(scheduler.get_jobs())
    scheduler.remove_all_jobs()

    assert (1, []) == (left, scheduler.get_jobs())
    assert 2 == recorder.codes.count(EVENT_ALL_JOBS_REMOVED)


def test_modification(scheduler: BackgroundScheduler, record: Record) -> None:
    """
    Settings are changed, saved and announced; the handle is returned.
    """
    recorder = record(scheduler)
    job = scheduler.add_job(nothing, "interval", hours=1, id="x")

    returned = job.modify(name="new", max_instances=6, args=(1,), coalesce=False)

    assert job is returned is scheduler.get_job("x")
    assert ("new", 6, (1,), False) == (job.name, job.max_instances, job.args, job.coalesce)
    assert "x" == recorder.wait_for(EVENT_JOB_MODIFIED).job_id


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"id": "y"}, ValueError),
        ({"nonsense": 1}, AttributeError),
        ({"name": ""}, TypeError),
        ({"max_instances": 0}, TypeError),
        ({"misfire_grace_time": -1}, TypeError),
        ({"misfire_grace_time": "1"}, TypeError),
        ({"func": 1}, TypeError),
        ({"args": "text"}, TypeError),
        ({"kwargs": [1]}, TypeError),
        ({"func": two, "args": ()}, ValueError),
        ({"trigger": "interval"}, TypeError),
        ({"executor": None}, TypeError),
        ({"next_run_time": 5}, TypeError),
    ],
)
def test_a_refused_change_changes_nothing(
    scheduler: BackgroundScheduler, change: dict[str, Any], error: type[Exception]
) -> None:
    """
    One bad value spoils the whole change (JOB-4).
    """
    job = scheduler.add_job(nothing, "interval", hours=1, id="x", name="old", max_instances=2)
    before = (job.call, job.trigger, job.executor)

    with pytest.raises(error):
        job.modify(**{"name": "new", "max_instances": 3, **change})

    assert ("old", 2) == (job.name, job.max_instances)
    assert before == (job.call, job.trigger, job.executor)


def test_pause_and_resume(
    scheduler: BackgroundScheduler, clock: StandingClock, record: Record
) -> None:
    """
    A paused job does not run; resumed, it counts from then (JOB-9).
    """
    recorder = record(scheduler)
    job = scheduler.add_job(
        nothing, "interval", minutes=10, start_date=T0, id="x", misfire_grace_time=None
    )
    job.pause()
    paused = job.next_run_time
    clock.advance(minutes=25)
    job.resume()
    if not scheduler.running:
        scheduler.start(paused=True)
    resumed = job.next_run_time
    clock.advance(minutes=5)
    scheduler.resume()

    assert (None, T0 + timedelta(minutes=30)) == (paused, resumed)
    assert resumed == recorder.wait_for(EVENT_JOB_EXECUTED).scheduled_run_time


@pytest.mark.parametrize(
    "trigger",
    [
        IntervalTrigger(hours=1, end_date="2030-01-01 00:00"),
        DateTrigger("2030-01-01 02:00"),
        CronTrigger(hour=2, end_date="2030-01-01 02:59"),
    ],
    ids=str,
)
def test_resuming_what_is_over(
    scheduler: BackgroundScheduler, clock: StandingClock, record: Record, trigger: Any
) -> None:
    """
    A job with nothing left to run is removed (JOB-10, V21).
    """
    recorder = record(scheduler)
    scheduler.add_job(nothing, trigger, id="x")
    scheduler.pause_job("x")
    clock.advance(hours=3)

    assert scheduler.resume_job("x") is None
    assert [] == scheduler.get_jobs()
    assert EVENT_JOB_REMOVED == recorder.codes[-1]


@pytest.mark.parametrize("trigger", [None, DateTrigger("2030-01-01 04:00")], ids=str)
def test_resuming_what_is_not_over(
    make_scheduler: SchedulerFactory, clock: StandingClock, trigger: Any
) -> None:
    """
    Before the start a date may be open, and is in the zone of the scheduler (JOB-10).
    """
    scheduler = make_scheduler(clock=clock, timezone="America/New_York")
    job = scheduler.add_job(nothing, trigger, next_run_time=None)
    clock.advance(hours=8)

    assert job is scheduler.resume_job(job.id)
    clock.advance(hours=1)
    scheduler.start(paused=True)

    assert T0 + timedelta(hours=9) == job.next_run_time


def test_rescheduling(scheduler: BackgroundScheduler) -> None:
    """
    A new trigger brings a new next run time, counted from the moment of the change or the start.
    """
    job = scheduler.add_job(nothing, "interval", hours=1)

    job.reschedule("interval", hours=5)
    if not scheduler.running:
        scheduler.start(paused=True)

    assert T0 + timedelta(hours=5) == job.next_run_time


def test_a_paused_job_that_is_rescheduled_stays_paused(scheduler: BackgroundScheduler) -> None:
    """
    Rescheduling replaces the trigger and no more.
    """
    job = scheduler.add_job(nothing, "interval", hours=1, next_run_time=None)

    job.reschedule("interval", hours=5)
    if not scheduler.running:
        scheduler.start(paused=True)

    assert job.next_run_time is None
    assert timedelta(hours=5) == job.trigger.interval  # type: ignore[attr-defined]


def test_a_changed_trigger_keeps_the_next_run_time(make_scheduler: SchedulerFactory) -> None:
    """
    modify(trigger=...) is not reschedule() (JOB-6).
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)
    job = scheduler.add_job(nothing, "interval", hours=1)
    before = job.next_run_time

    job.modify(trigger=IntervalTrigger(hours=7))

    assert before == job.next_run_time


@pytest.mark.parametrize("how", ["modify", "reschedule"])
@pytest.mark.parametrize("paused", [True, False])
def test_a_new_trigger_takes_the_zone_of_the_scheduler(
    make_scheduler: SchedulerFactory, clock: StandingClock, how: str, paused: bool
) -> None:
    """
    However the trigger comes to a job, and whether or not that is paused (TC-20, V16).
    """
    scheduler = make_scheduler(clock=clock, timezone="Asia/Tokyo")
    job = scheduler.add_job(nothing, "interval", hours=1)
    if paused:
        job.pause()
    scheduler.start(paused=True)
    if how == "modify":
        job.modify(trigger=CronTrigger(hour=3))
    else:
        job.reschedule(CronTrigger(hour=3))

    job.resume()

    assert datetime(2030, 1, 1, 18, tzinfo=UTC) == job.next_run_time


@pytest.mark.parametrize("how", ["modify", "reschedule"])
@pytest.mark.parametrize("paused", [True, False])
def test_a_new_interval_begins_to_count_at_the_change(
    make_scheduler: SchedulerFactory, clock: StandingClock, how: str, paused: bool
) -> None:
    """
    Once, not anew whenever the trigger is asked.
    """
    scheduler = make_scheduler(clock=clock)
    scheduler.start(paused=True)
    job = scheduler.add_job(nothing, "interval", minutes=5)
    if paused:
        job.pause()
    trigger = OrTrigger([CronTrigger(minute=0), IntervalTrigger(minutes=70)])
    if how == "modify":
        job.modify(trigger=trigger)
    else:
        job.reschedule(trigger)
    clock.advance(minutes=65)

    job.resume()

    assert T0 + timedelta(minutes=70) == job.next_run_time


@pytest.mark.parametrize("trigger", ["interval", IntervalTrigger, 5, None])
def test_what_is_no_trigger_is_refused(scheduler: BackgroundScheduler, trigger: Any) -> None:
    """
    Its name and its class are none either; modify() makes nothing of them.
    """
    job = scheduler.add_job(nothing, "interval", hours=1)

    with pytest.raises(TypeError, match="trigger must be a trigger object"):
        job.modify(trigger=trigger)

    assert timedelta(hours=1) == job.trigger.interval  # type: ignore[attr-defined]


def test_an_earlier_job_wakes_the_loop(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    A job added, moved or resumed to before all others is run in its time (ADD-20, JOB-5).
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_job(nothing, "interval", hours=1, id="far")

    scheduler.add_job(nothing, id="now")
    recorder.wait_for(EVENT_JOB_EXECUTED, "now")
    scheduler.modify_job("far", next_run_time=datetime.now(UTC))  # noqa: TID251 - a real clock is at work
    recorder.wait_for(EVENT_JOB_EXECUTED, "far")
    scheduler.add_job(nothing, "date", id="held", next_run_time=None)
    scheduler.reschedule_job("far", trigger="interval", seconds=0.01)
    recorder.wait_for(EVENT_JOB_EXECUTED, "far")

    assert ["held"] == [job.id for job in scheduler.get_jobs() if job.next_run_time is None]


def test_the_listing_is_ordered(make_scheduler: SchedulerFactory) -> None:
    """
    By run time, paused jobs last; and it follows every change (JOB-16).
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)
    for name, hours in {"c": 3, "a": 1, "b": 2}.items():
        scheduler.add_job(nothing, "interval", hours=hours, id=name)
    first = [job.id for job in scheduler.get_jobs()]

    scheduler.pause_job("a")
    scheduler.reschedule_job("c", trigger="interval", minutes=1)

    assert ["a", "b", "c"] == first
    assert ["c", "b", "a"] == [job.id for job in scheduler.get_jobs()]


def test_the_printed_list(scheduler: BackgroundScheduler) -> None:
    """
    Names, triggers and run times are listed for people (JOB-20).
    """
    out = io.StringIO()
    scheduler.print_jobs(out=out)
    scheduler.add_job(nothing, "interval", hours=1, name="hourly")
    scheduler.add_job(nothing, "interval", hours=2, next_run_time=None)

    scheduler.print_jobs(out=out)

    empty, filled = out.getvalue().split("obs\n", 1)
    assert "No " in empty
    assert "hourly (trigger: interval[1:00:00], " in filled
    assert "nothing (trigger: interval[2:00:00], paused)" in filled


def test_a_worker_sees_no_half_edit(make_scheduler: SchedulerFactory) -> None:
    """
    While function and arguments are exchanged over and over, they are always seen in pairs.
    """
    scheduler = make_scheduler()
    job = scheduler.add_job(nothing, "interval", hours=1)
    job.modify(func=max, args=(1, 2))
    stop = threading.Event()

    def edit() -> None:
        while not stop.is_set():
            job.modify(func=len, args=("text",))
            job.modify(func=max, args=(1, 2))

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        seen = {func(*args, **kwargs) for func, args, kwargs in (job.call for _ in range(20_000))}
    finally:
        stop.set()
        editor.join()

    assert {2, 4} >= seen


def test_keyword_arguments_are_not_shared(scheduler: BackgroundScheduler) -> None:
    """
    Who changes the keyword arguments that a job tells changes no job.
    """
    job, other = scheduler.add_job(nothing), scheduler.add_job(nothing)

    job.kwargs["answer"] = 42

    assert ({}, {}) == (job.kwargs, other.kwargs)
