"""
What the options of a scheduler lead to, as its jobs show it, and parts that can be configured.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bgsched_conformance.findings import Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bgsched_conformance.stubs import Log
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World

NOON = datetime(2030, 6, 1, 12)  # noqa: DTZ001 - which moment it is, the scheduler's zone decides


class Parts(NamedTuple):
    """
    A class of executors or job stores of the kit's own, which a configuration can name.

    Attributes:
        cls: The class.
        reference: Its textual reference.
        given: The keywords of each construction.
        log: What the scheduler asks of its instances.
    """

    cls: type
    reference: str
    given: list[dict[str, Any]]
    log: Log


def configurable(part: Any, log: Log) -> Parts:
    """
    Return a class like that of a recording part which takes any keywords.
    """
    base = type(part)
    given: list[dict[str, Any]] = []

    def take(self: Any, **keywords: Any) -> None:
        given.append(keywords)
        base.__init__(self)

    name = f"Configurable{base.__name__}"
    cls = type(name, (base,), {"__init__": take, "__module__": __name__})
    setattr(sys.modules[__name__], name, cls)
    return Parts(cls, f"{__name__}:{name}", given, log)


def nothing() -> None:
    """
    Do nothing; a job for tests that look at something else.
    """


def noon(scheduler: Subject) -> datetime:
    """
    Return the moment, in UTC, that a started *scheduler* takes the naive `NOON` for.
    """
    moment: datetime = scheduler.add_job(nothing, "date", run_date=NOON).next_run_time
    return moment.astimezone(UTC)


def noon_in(zone: tzinfo) -> datetime:
    """
    Return the moment, in UTC, that `NOON` is in *zone*.
    """
    return NOON.replace(tzinfo=zone).astimezone(UTC)


def named_zone(name: str) -> tzinfo:
    """
    Return the zone of this name.

    Raises:
        Unsupported: This machine has no database of zones.
    """
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise Unsupported(f"this machine knows no time zone {name}") from None


def left_open(scheduler: Subject) -> dict[str, Any]:
    """
    Return the settings of a job that leaves them open, added to a started *scheduler*.
    """
    job = scheduler.add_job(nothing, "date", run_date=NOON)
    return {
        name: getattr(job, name) for name in ("coalesce", "misfire_grace_time", "max_instances")
    }


def most_at_once(world: World, scheduler: Subject, expected: int) -> int:
    """
    Return how many of several jobs run at once on a running *scheduler*, one more than *expected*.

    Raises:
        Stalled: Fewer than *expected* do.
    """
    gate = world.gate("held")
    for _ in range(expected + 1):
        scheduler.add_job(gate.func, misfire_grace_time=None)
    gate.wait_begun(expected)
    world.linger(lambda: gate.held > expected, rounds=5)
    at_once = gate.held
    gate.open()
    gate.wait_ended(expected + 1)
    return at_once


class _Ear(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@contextmanager
def heard(logger: logging.Logger) -> Iterator[list[logging.LogRecord]]:
    """
    Collect the records that reach *logger*, of every level.
    """
    records: list[logging.LogRecord] = []
    handler = _Ear(records)
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield records
    finally:
        logger.propagate = propagate
        logger.removeHandler(handler)
        logger.setLevel(level)


def live(world: World, scheduler: Subject) -> None:
    """
    Let a scheduler have a life in which there is something to log.
    """
    scheduler.add_listener(_complain, world.target.event("SCHEDULER_PAUSED"))
    scheduler.start()
    scheduler.add_job(nothing, misfire_grace_time=None)
    world.settle(scheduler)
    scheduler.pause()
    scheduler.shutdown()


def _complain(_event: object) -> None:
    raise ValueError("raised by the test")


def refusal(world: World, act: Callable[[], object]) -> BaseException:
    """
    Return what *act* raises.

    Raises:
        AssertionError: It raises nothing.
    """
    error = world.call(act).error()
    assert error is not None, "nothing was raised"
    return error
