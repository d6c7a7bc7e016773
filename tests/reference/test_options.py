"""
Configuration: mappings, prefixes, keywords, text, and what is attached by hand.
"""

from __future__ import annotations

import copy
import logging
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bgsched._options import read_options
from bgsched.errors import UnknownAliasError, UnknownPluginError
from bgsched.events import EVENT_EXECUTOR_ADDED, EVENT_EXECUTOR_REMOVED, EVENT_JOBSTORE_REMOVED
from bgsched.executors.debug import DebugExecutor
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.schedulers import SchedulerAlreadyRunningError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Recorder, SchedulerFactory

    Record = Callable[..., Recorder]


def nothing() -> None:
    """
    Do nothing.
    """


def test_the_defaults() -> None:
    """
    Nothing given, nothing special.
    """
    options = read_options(None, "apscheduler.", {})

    assert {"misfire_grace_time": 1, "coalesce": True, "max_instances": 1} == options.job_defaults
    assert (True, timedelta(seconds=10), {}, {}) == (
        options.daemon,
        options.retry_interval,
        options.executors,
        options.jobstores,
    )
    assert "apscheduler.scheduler" == options.logger.name


@pytest.mark.parametrize(
    "form",
    [
        {
            "apscheduler.timezone": "Asia/Tokyo",
            "apscheduler.job_defaults.coalesce": "false",
            "apscheduler.job_defaults.max_instances": "3",
            "apscheduler.executors.default": {"type": "threadpool", "max_workers": "2"},
            "apscheduler.executors.b.class": "bgsched.executors.debug:DebugExecutor",
            "apscheduler.jobstores.m.type": "memory",
            "apscheduler.unheard.of": 1,
            "timezone": "Europe/Paris",
        },
        {
            "apscheduler.timezone": "Asia/Tokyo",
            "apscheduler.job_defaults": {"coalesce": False, "max_instances": 3},
            "apscheduler.executors": {
                "default": ThreadPoolExecutor(2),
                "b": {"class": DebugExecutor},
            },
            "apscheduler.jobstores": {"m": MemoryJobStore()},
        },
    ],
)
def test_forms_that_mean_the_same(form: dict[str, Any]) -> None:
    """
    Dotted or nested, text or objects: one meaning (CONF-19).
    """
    options = read_options(form, "apscheduler.", {})

    assert "Asia/Tokyo" == str(options.timezone)
    assert {"misfire_grace_time": 1, "coalesce": False, "max_instances": 3} == options.job_defaults
    parts = {**options.executors, **options.jobstores}
    assert {"default": "ThreadPoolExecutor", "b": "DebugExecutor", "m": "MemoryJobStore"} == {
        alias: type(part).__name__ for alias, part in parts.items()
    }


def test_dotted_and_nested_together() -> None:
    """
    Both orders of a nested option and a dotted one are merged.
    """
    nested = {"executors": {"a": {"type": "debug"}}}
    dotted = {"executors.b.type": "debug"}

    assert ["a", "b"] == sorted(read_options({**nested, **dotted}, "", {}).executors)
    assert ["a", "b"] == sorted(read_options({**dotted, **nested}, None, {}).executors)


def test_the_mapping_is_left_alone(make_scheduler: SchedulerFactory) -> None:
    """
    One configuration serves two schedulers, and is as before (CONF-17).
    """
    config = {
        "apscheduler.executors.default": {"type": "threadpool", "max_workers": "2"},
        "apscheduler.jobstores.default": {"class": "bgsched.jobstores.memory:MemoryJobStore"},
        "apscheduler.job_defaults": {"coalesce": "true"},
    }
    before = copy.deepcopy(config)

    make_scheduler(config)
    make_scheduler(config).configure(config)

    assert before == config


def test_keywords_win(make_scheduler: SchedulerFactory) -> None:
    """
    A keyword overrides the entry of the mapping.
    """
    scheduler = make_scheduler({"apscheduler.timezone": "Asia/Tokyo"}, timezone="Europe/Paris")

    assert "Europe/Paris" == str(scheduler.timezone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("false", False), (" False ", False), ("TRUE", True), ("no", False), ("1", True), (0, False)],
)
def test_truth_as_text(text: Any, expected: bool) -> None:
    """
    The words for true and false are understood in any case, blanks around them or not.
    """
    assert expected is read_options({"daemon": text}, "", {}).daemon


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"daemon": "perhaps"}, ValueError, "'perhaps'"),
        ({"timezone": "Mars/Olympus"}, ValueError, "Mars/Olympus"),
        ({"job_defaults": {"max_instances": "many"}}, ValueError, "many"),
        ({"job_defaults": {"max_instances": 0}}, ValueError, "max_instances .* 1 or more, not 0"),
        ({"job_defaults": {"misfire_grace_time": "-1"}}, ValueError, "misfire_grace_time .* '-1'"),
        ({"jobstore_retry_interval": -1}, ValueError, "jobstore_retry_interval .* -1"),
        ({"jobstore_retry_interval": math.nan}, ValueError, "jobstore_retry_interval .* nan"),
        ({"jobstore_retry_interval": math.inf}, ValueError, "jobstore_retry_interval .* inf"),
        ({"jobstore_retry_interval": 1e15}, ValueError, r"less than 8\.64e\+13 seconds, not 10"),
        ({"job_defaults": 5}, TypeError, "job_defaults"),
        ({"clock": 5}, TypeError, "clock .* 5"),
        ({"logger": 5}, TypeError, "logger .* 5"),
        ({"executors": {"a": {}}}, ValueError, "'a' needs a 'type' or a 'class'"),
        ({"executors": {"a": 5}}, TypeError, "'a' must be"),
        ({"executors": {"a": {"type": "rocket"}}}, UnknownPluginError, "'rocket'"),
        (
            {"executors": {"a": {"class": "os:getcwd"}}},
            TypeError,
            "makes must be an instance, not .* has no start, shutdown, submit_job",
        ),
        ({"executors": {"a": {"class": 5}}}, TypeError, "the class of the executor 'a' .* 5"),
        ({"jobstores": {"a": {"type": "paper"}}}, UnknownPluginError, "there is memory"),
        ({"executors": 5, "executors.a.type": "debug"}, TypeError, "to be a dict"),
    ],
)
def test_what_is_refused(options: dict[str, Any], error: type[Exception], text: str) -> None:
    """
    What cannot be understood is named.
    """
    with pytest.raises(error, match=text):
        read_options(options, "", {})


def test_a_configuration_that_is_none() -> None:
    """
    What is no mapping is refused; keys that are no text belong to somebody else.
    """
    with pytest.raises(TypeError, match=r"gconfig .* 5"):
        read_options(5, "", {})  # type: ignore[arg-type]
    assert "UTC" == str(read_options({5: "", "timezone": "UTC"}, "", {}).timezone)  # type: ignore[dict-item]


def test_loggers(make_scheduler: SchedulerFactory, caplog: pytest.LogCaptureFixture) -> None:
    """
    A logger may be given as such, by name or by reference.
    """
    mine = logging.getLogger("mine")
    for value in (mine, "mine", "logging:root"):
        make_scheduler(logger=value).add_listener(print)
    scheduler = make_scheduler(logger=mine)

    with caplog.at_level(logging.INFO):
        scheduler.start()

    assert ("mine", logging.INFO, "Scheduler started") in caplog.record_tuples


def test_configure_is_refused_while_running(make_scheduler: SchedulerFactory) -> None:
    """
    A started scheduler, paused or not, keeps its options (CONF-2).
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)

    with pytest.raises(SchedulerAlreadyRunningError):
        scheduler.configure(timezone="Asia/Tokyo")

    assert "UTC" == str(scheduler.timezone)


def test_a_refused_configuration_changes_nothing(make_scheduler: SchedulerFactory) -> None:
    """
    One bad option, and all is as before.
    """
    scheduler = make_scheduler(executors={"a": DebugExecutor()})

    with pytest.raises(UnknownPluginError):
        scheduler.configure(timezone="Asia/Tokyo", jobstores={"b": {"type": "paper"}})

    assert "UTC" == str(scheduler.timezone)
    with pytest.raises(ValueError, match="'a'"):
        scheduler.add_executor("debug", "a")


def test_configure_keeps_what_was_added(make_scheduler: SchedulerFactory) -> None:
    """
    What was configured goes, what was added by hand stays, also over a life (CONF-16, RESTART-6).
    """
    scheduler = make_scheduler(executors={"configured": DebugExecutor()})
    scheduler.add_executor("debug", "added")
    scheduler.start()
    scheduler.shutdown()

    scheduler.configure(timezone="UTC")

    scheduler.add_executor("debug", "configured")
    with pytest.raises(ValueError, match="'added'"):
        scheduler.add_executor("debug", "added")
    scheduler.start()


def test_attaching_and_detaching(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    Parts come and go on a running scheduler, with their events; a detached store's jobs are gone.
    """
    scheduler = make_scheduler()
    scheduler.start()
    recorder = record(scheduler)

    scheduler.add_executor("threadpool", "e", max_workers=1)
    scheduler.add_jobstore("memory", "s")
    scheduler.add_job(nothing, "interval", hours=1, jobstore="s", executor="e")
    scheduler.remove_executor("e")
    scheduler.remove_jobstore("s")

    assert [] == scheduler.get_jobs()
    for code, alias in {EVENT_EXECUTOR_ADDED: "e", EVENT_EXECUTOR_REMOVED: "e"}.items():
        assert alias == recorder.wait_for(code).alias
    assert "s" == recorder.wait_for(EVENT_JOBSTORE_REMOVED).alias


@pytest.mark.parametrize("part", ["executor", "jobstore"])
def test_unknown_and_unfit_parts(make_scheduler: SchedulerFactory, part: str) -> None:
    """
    An alias that is not there, and an object of another kind, are refused.
    """
    scheduler = make_scheduler()

    with pytest.raises(UnknownAliasError, match="'nobody'"):
        getattr(scheduler, f"remove_{part}")("nobody")
    with pytest.raises(TypeError, match="alias that is text, not None"):
        getattr(scheduler, f"add_{part}")("memory" if part == "jobstore" else "debug", None)
    with pytest.raises(TypeError, match=r"or the name of a type, not <obj.*, which has no start"):
        getattr(scheduler, f"add_{part}")(object())


class BadAtStart(DebugExecutor):
    """
    An executor that cannot start.
    """

    def start(self, *_: Any) -> None:
        """
        Fail.
        """
        raise OSError("no")


def test_a_part_that_cannot_start_is_not_attached(make_scheduler: SchedulerFactory) -> None:
    """
    After a failure the alias is free.
    """
    scheduler = make_scheduler()
    scheduler.start()

    with pytest.raises(OSError, match="no"):
        scheduler.add_executor(BadAtStart(), "x")

    scheduler.add_executor("debug", "x")
