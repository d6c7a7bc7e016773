"""
What APScheduler has stored is taken over.
"""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import stored_jobs
from apscheduler.jobstores.redis import RedisJobStore as TheirRedisStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore as TheirTableStore
from apscheduler.schedulers.background import BackgroundScheduler as TheirScheduler
from apscheduler.triggers.calendarinterval import CalendarIntervalTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bgsched.errors import UnserializableJobError
from bgsched.jobstores._records import job_in
from bgsched.jobstores.sqlalchemy import SQLAlchemyJobStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import SchedulerFactory

    from bgsched.jobstores.base import BaseJobStore

T0 = datetime(2030, 1, 1, tzinfo=UTC)
CRON_FIELDS: list[dict[str, Any]] = [
    {"hour": 5},
    {"day": "last", "hour": "*/3", "minute": "5-50/7"},
    {"day": "3rd fri,last sun,15", "second": "5/10"},
    {"day_of_week": "mon-wed,sun", "month": "jan-mar,dec", "week": "*/2"},
    {"year": "2031", "day_of_week": 4, "minute": "7"},
    {},
]
TRIGGERS = [
    DateTrigger(T0),
    DateTrigger("2030-06-01 12:00:00", timezone="Europe/Berlin"),
    IntervalTrigger(days=3, seconds=7.25, start_date=T0, end_date="2031-01-01", timezone="UTC"),
    *(CronTrigger(**fields, timezone="Europe/Berlin") for fields in CRON_FIELDS),
    CronTrigger(hour=3, start_date=T0, end_date=T0 + timedelta(days=9), timezone="Asia/Tokyo"),
]


def pickled_by_them(trigger: Any, **changes: Any) -> bytes:
    """
    Return what APScheduler's stores write for a job.
    """
    scheduler = TheirScheduler(timezone="UTC")
    scheduler.start(paused=True)
    job = scheduler.add_job(
        stored_jobs.returned, trigger, ["a"], {"b": (1,)}, id="x", next_run_time=T0, **changes
    )
    state: bytes = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
    scheduler.shutdown()
    return state


def fire_times(trigger: Any, count: int = 20) -> list[datetime]:
    """
    Return the first moments at which a trigger fires.
    """
    found: list[datetime] = []
    previous: datetime | None = None
    for _ in range(count):
        previous = trigger.get_next_fire_time(previous, previous or T0)
        if previous is None:
            break
        found.append(previous)
    return found


@pytest.mark.parametrize("trigger", TRIGGERS, ids=str)
def test_triggers_fire_at_the_same_times(trigger: Any) -> None:
    """
    A trigger read from APScheduler's pickle is one of ours, and fires when theirs does.
    """
    found = job_in(pickled_by_them(trigger)).trigger

    assert "bgsched" == type(found).__module__.partition(".")[0]
    assert fire_times(trigger) == fire_times(found)


@pytest.mark.parametrize(
    "trigger",
    [
        CalendarIntervalTrigger(
            months=1, hour=4, start_date=date(2030, 1, 31), timezone="Europe/Berlin"
        ),
        OrTrigger([CronTrigger(hour=1, timezone="UTC"), CronTrigger(hour=2, timezone="UTC")]),
    ],
    ids=str,
)
def test_other_triggers_fire_at_the_same_times(trigger: Any) -> None:
    """
    The same for the calendar trigger, and for those that hold other triggers.
    """
    pytest.importorskip(type(trigger).__module__.replace("apscheduler", "bgsched"))

    assert fire_times(trigger) == fire_times(job_in(pickled_by_them(trigger)).trigger)


def test_settings_are_taken_over() -> None:
    """
    The call, the options and the run time are those of APScheduler's job.
    """
    record = pickled_by_them(
        TRIGGERS[2], name="a name", misfire_grace_time=7, coalesce=False, max_instances=3
    )

    job = job_in(record)

    assert (stored_jobs.returned, ("a",), {"b": (1,)}) == job.call
    assert ("x", "a name", 7, False, 3, T0, "default") == (
        job.id,
        job.name,
        job.misfire_grace_time,
        job.coalesce,
        job.max_instances,
        job.next_run_time,
        job.executor,
    )


def test_zones_of_pytz_become_standard_ones() -> None:
    """
    A job that was stored with a zone of pytz does not need it any more.
    """
    pytz = pytest.importorskip("pytz")
    state = pickle.loads(pickled_by_them(TRIGGERS[3]))  # noqa: S301 - its own
    state["next_run_time"] = pytz.timezone("Europe/Berlin").localize(datetime(2030, 7, 1))  # noqa: DTZ001

    job = job_in(pickle.dumps(state))

    assert datetime(2030, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")) == job.next_run_time
    assert isinstance(job.next_run_time, datetime)
    assert ZoneInfo("Europe/Berlin") is job.next_run_time.tzinfo


def test_other_objects_of_apscheduler_are_refused() -> None:
    """
    An argument of a class of APScheduler's is refused with advice.
    """
    state = pickle.loads(pickled_by_them(TRIGGERS[0]))  # noqa: S301 - its own
    state["args"] = (TheirTableStore,)

    with pytest.raises(pickle.UnpicklingError, match="add the job anew"):
        job_in(pickle.dumps(state))


def test_a_database_is_taken_over(
    make_scheduler: SchedulerFactory, new_persistent: Callable[[], BaseJobStore]
) -> None:
    """
    A scheduler on the store that APScheduler used has its jobs, and can change them.
    """
    ours: Any = new_persistent()
    if isinstance(ours, SQLAlchemyJobStore):
        theirs = TheirTableStore(engine=ours.engine, tablename=ours.jobs_t.name)
    else:
        where = ours.redis.connection_pool.connection_kwargs
        theirs = TheirRedisStore(
            0, ours.jobs_key, ours.run_times_key, host=where["host"], port=where["port"]
        )
    before = TheirScheduler(timezone="UTC", jobstores={"default": theirs})
    before.start(paused=True)
    before.add_job(stored_jobs.returned, "interval", hours=1, id="a")
    before.add_job(stored_jobs.returned, "cron", hour=1, id="b", next_run_time=None)
    expected = {job.id: job.next_run_time for job in before.get_jobs()}
    before.shutdown()
    if isinstance(theirs, TheirRedisStore):
        theirs.redis.close()  # their last pass comes after the shutdown of the store

    scheduler = make_scheduler(jobstores={"default": ours})
    scheduler.start(paused=True)

    assert expected == {job.id: job.next_run_time for job in scheduler.get_jobs()}
    job = scheduler.modify_job("a", name="renamed")
    assert "renamed" == job.name
    assert job.next_run_time == expected["a"]
    assert scheduler.resume_job("b") is not None
    with pytest.raises(UnserializableJobError):
        scheduler.modify_job("a", args=[lambda: None])
    assert () == scheduler.get_jobs()[0].args or () == scheduler.get_jobs()[1].args
