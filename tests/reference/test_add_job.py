"""
What add_job takes and refuses, and what it makes of options left open.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.errors import (
    UnknownAliasError,
    UnknownPluginError,
)
from bgsched.events import (
    EVENT_JOB_EXECUTED,
)
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Recorder, SchedulerFactory

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


@pytest.mark.parametrize("started", [True, False])
def test_a_trigger_without_zone_takes_that_of_the_scheduler(
    make_scheduler: SchedulerFactory, started: bool
) -> None:
    """
    A trigger object built without a zone runs by the scheduler's wall clock (V16).
    """
    scheduler = make_scheduler(timezone="Asia/Tokyo")
    if started:
        scheduler.start(paused=True)
    job = scheduler.add_job(nothing, CronTrigger(hour=3))
    if not started:
        scheduler.start(paused=True)

    assert job.next_run_time is not None
    assert (3, timedelta(hours=9)) == (job.next_run_time.hour, job.next_run_time.utcoffset())


def test_options_left_open_take_the_defaults_of_the_start(
    make_scheduler: SchedulerFactory,
) -> None:
    """
    configure() after add_job() still counts for what add_job() did not say (CONF-18).
    """
    scheduler = make_scheduler()
    job = scheduler.add_job(nothing, "interval", hours=1, max_instances=2)
    open_before = (hasattr(job, "coalesce"), hasattr(job, "next_run_time"))

    scheduler.configure(timezone="UTC", job_defaults={"coalesce": "no", "max_instances": "7"})
    scheduler.start(paused=True)

    assert (False, False) == open_before
    assert (False, 1, 2) == (job.coalesce, job.misfire_grace_time, job.max_instances)


@pytest.mark.parametrize(
    ("args", "kwargs", "fits"),
    [
        ([1], {}, True),
        ([1, 2], {"third": 3}, True),
        ([], {}, False),
        ([1, 2, 3], {}, False),
        ([], {"first": 1}, False),
        ([1], {"second": 2, "third": 3}, True),
        ([1, 2], {"second": 2}, False),
        ([1], {"fourth": 4}, False),
    ],
)
def test_arguments_are_checked(
    make_scheduler: SchedulerFactory, args: list[int], kwargs: dict[str, int], fits: bool
) -> None:
    """
    Arguments that do not fit are refused when the job is added, twice as well as once.
    """
    scheduler = make_scheduler()
    for _ in range(2):
        if fits:
            scheduler.add_job(two, args=args, kwargs=kwargs)
        else:
            with pytest.raises(ValueError, match="cannot call"):
                scheduler.add_job(two, args=args, kwargs=kwargs)


def test_a_wrapper_is_checked_by_its_own_signature(make_scheduler: SchedulerFactory) -> None:
    """
    What counts is what is called, not what that calls (fault 36).
    """

    @functools.wraps(nothing)
    def wrapper(extra: int) -> int:
        return extra

    def same_code(default: bool) -> Callable[..., None]:
        if default:
            return lambda number=1: nothing(number, default)
        return lambda number: nothing(number, default)

    scheduler = make_scheduler()
    scheduler.add_job(wrapper, args=[1])
    scheduler.add_job(same_code(True))
    with pytest.raises(ValueError, match="cannot call"):
        scheduler.add_job(same_code(False))
    with pytest.raises(ValueError, match="cannot call"):
        scheduler.add_job(wrapper)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"func": 1}, TypeError, "callable"),
        ({"func": "os"}, ValueError, "'os'"),
        ({"func": ":getpid"}, ValueError, "':getpid'"),
        ({"func": ".os:getpid"}, ValueError, "'.os:getpid'"),
        (
            {"func": "os:environ"},
            TypeError,
            "names no callable, but a _Environ$",
        ),
        ({"func": "os:nowhere"}, LookupError, "nowhere"),
        ({"func": "no_such_module:x"}, LookupError, "no_such_module"),
        (
            {"trigger": "lunar"},
            UnknownPluginError,
            "'lunar'; there is and, calendarinterval, cron, date, interval, or",
        ),
        ({"trigger": 5}, TypeError, "5"),
        ({"trigger": IntervalTrigger}, TypeError, "IntervalTrigger"),
        ({"hours": 5}, TypeError, r"arguments \(hours\) but no trigger"),
        ({"args": 0}, TypeError, "args must be a list"),
        ({"kwargs": 0}, TypeError, "kwargs must be a dict"),
        ({"id": 5}, TypeError, "5"),
        ({"name": ""}, TypeError, "^name must be .* ''"),
        ({"executor": None}, TypeError, "^executor must be .* None"),
        ({"coalesce": "perhaps"}, ValueError, "^coalesce must be .* 'perhaps'"),
        ({"max_instances": 0}, TypeError, "0"),
        ({"misfire_grace_time": 0}, TypeError, "0"),
        ({"jobstore": "nowhere"}, UnknownAliasError, "nowhere"),
        ({"jobstore": None}, TypeError, "jobstore must be .* None"),
    ],
)
def test_what_add_job_refuses(
    make_scheduler: SchedulerFactory,
    arguments: dict[str, Any],
    error: type[Exception],
    text: str,
) -> None:
    """
    A bad argument is named, and nothing is added.
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)

    with pytest.raises(error, match=text):
        scheduler.add_job(**{"func": nothing, **arguments})

    assert [] == scheduler.get_jobs()


def test_textual_callables(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    A callable may be given by name, also one inside a class, and keeps its name.
    """
    scheduler = make_scheduler()
    recorder = record(scheduler)
    job = scheduler.add_job("datetime:datetime.fromisoformat", args=["2030-01-01"])

    scheduler.start()

    assert datetime(2030, 1, 1) == recorder.wait_for(EVENT_JOB_EXECUTED).retval  # noqa: DTZ001
    assert "datetime:datetime.fromisoformat" == job.func_ref


def test_the_decorator(make_scheduler: SchedulerFactory) -> None:
    """
    scheduled_job returns the function, and replaces a job of the same id (ADD-21).
    """
    scheduler = make_scheduler()

    @scheduler.scheduled_job("interval", hours=1, id="x")
    @scheduler.scheduled_job("interval", hours=2, id="x")
    def decorated() -> int:
        return 5

    assert 5 == decorated()
    assert [1] == [job.trigger.interval.seconds // 3600 for job in scheduler.get_jobs()]  # type: ignore[attr-defined]
