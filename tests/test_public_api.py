"""
The public names: all there, all where APScheduler 3 has them, called the same way.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
from apscheduler import events as their_events
from apscheduler.executors.base import BaseExecutor as TheirExecutor
from apscheduler.job import Job as TheirJob
from apscheduler.jobstores.base import BaseJobStore as TheirStore
from apscheduler.schedulers.base import BaseScheduler as TheirScheduler

import bgsched
from bgsched import events, testing
from bgsched.executors.base import BaseExecutor
from bgsched.job import Job
from bgsched.jobstores.base import BaseJobStore
from bgsched.schedulers.base import BaseScheduler

NAMES = {
    "events": [*their_events.__all__, "EVENT_SCHEDULER_START"],
    "executors.base": ["BaseExecutor", "MaxInstancesReachedError", "run_job"],
    "executors.debug": ["DebugExecutor"],
    "executors.pool": ["BasePoolExecutor", "ThreadPoolExecutor", "ProcessPoolExecutor"],
    "job": ["Job"],
    "jobstores.base": ["BaseJobStore", "ConflictingIdError", "JobLookupError", "TransientJobError"],
    "jobstores.memory": ["MemoryJobStore"],
    "jobstores.redis": ["RedisJobStore"],
    "jobstores.sqlalchemy": ["SQLAlchemyJobStore"],
    "schedulers": ["SchedulerAlreadyRunningError", "SchedulerNotRunningError"],
    "schedulers.background": ["BackgroundScheduler"],
    "schedulers.base": ["BaseScheduler", "STATE_STOPPED", "STATE_RUNNING", "STATE_PAUSED"],
    "schedulers.blocking": ["BlockingScheduler"],
}


def public(class_: type) -> list[str]:
    """
    Return the names of a class's public methods and properties.
    """
    return [name for name in dir(class_) if not name.startswith("_")]


def parameters(class_: Any, name: str) -> list[str]:
    """
    Return the parameter names of a method.
    """
    return list(inspect.signature(getattr(class_, name)).parameters)


@pytest.mark.parametrize("module", NAMES)
def test_names_are_where_apscheduler_has_them(module: str) -> None:
    """
    The same module paths hold the same names, exported by __all__, and instances pickle by them.
    """
    ours = importlib.import_module(f"bgsched.{module}")
    theirs = importlib.import_module(f"apscheduler.{module}")

    for name in NAMES[module]:
        assert hasattr(theirs, name)
        assert hasattr(ours, name)
        assert name in ours.__all__


def test_event_numbers() -> None:
    """
    Event codes have APScheduler's values, so that stored masks keep their meaning.
    """
    names = [name for name in dir(their_events) if name.startswith("EVENT_")]

    assert {name: getattr(their_events, name) for name in names} == {
        name: getattr(events, name) for name in names
    }


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (BaseScheduler, TheirScheduler),
        (BaseExecutor, TheirExecutor),
        (BaseJobStore, TheirStore),
        (Job, TheirJob),
    ],
    ids=lambda class_: class_.__name__,
)
def test_methods_are_called_the_same_way(ours: type, theirs: type) -> None:
    """
    Every public method takes parameters of the same names in the same order.
    """
    for name in public(theirs):
        assert hasattr(ours, name), name
        if callable(getattr(theirs, name)):
            assert parameters(theirs, name) == parameters(ours, name), name


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("events", "SchedulerEvent"),
        ("events", "JobEvent"),
        ("events", "JobSubmissionEvent"),
        ("events", "JobExecutionEvent"),
        ("executors.pool", "BasePoolExecutor"),
        ("executors.pool", "ThreadPoolExecutor"),
        ("executors.pool", "ProcessPoolExecutor"),
        ("executors.debug", "DebugExecutor"),
        ("jobstores.memory", "MemoryJobStore"),
        ("jobstores.redis", "RedisJobStore"),
        ("jobstores.sqlalchemy", "SQLAlchemyJobStore"),
        ("schedulers.base", "BaseScheduler"),
        ("executors.base", "run_job"),
        ("triggers.base", "BaseTrigger"),
        ("triggers.calendarinterval", "CalendarIntervalTrigger"),
        ("triggers.combining", "AndTrigger"),
        ("triggers.combining", "BaseCombiningTrigger"),
        ("triggers.combining", "OrTrigger"),
        ("triggers.cron", "CronTrigger"),
        ("triggers.date", "DateTrigger"),
        ("triggers.interval", "IntervalTrigger"),
    ],
)
def test_classes_are_called_the_same_way(module: str, name: str) -> None:
    """
    Constructors take parameters of the same names in the same order.
    """
    ours = getattr(importlib.import_module(f"bgsched.{module}"), name)
    theirs = getattr(importlib.import_module(f"apscheduler.{module}"), name)

    assert list(inspect.signature(theirs).parameters) == list(inspect.signature(ours).parameters)


def test_the_package() -> None:
    """
    The package exports what it says.
    """
    assert ["BackgroundScheduler", "BlockingScheduler", "__version__"] == bgsched.__all__
    assert all(hasattr(bgsched, name) for name in bgsched.__all__)
    assert ["BackgroundScheduler", "BlockingScheduler", "BaseScheduler"] == [
        class_.__name__ for class_ in bgsched.BackgroundScheduler.__mro__[:3]
    ]


def test_what_tests_of_programs_use() -> None:
    """
    The tools for simulated time are in one place, with their errors.
    """
    assert ["ClockInUseError", "ManualClock", "NotQuietError", "SteppedScheduler"] == (
        testing.__all__
    )
    assert all(issubclass(getattr(testing, name), object) for name in testing.__all__)
