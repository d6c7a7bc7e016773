"""
From the configuration mapping and keywords of a user to checked options.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from bgsched import _timezones
from bgsched._clock import Clock, SystemClock
from bgsched._plugins import EXECUTORS, JOBSTORES, configured_part
from bgsched._refs import resolve
from bgsched._settings import approved_bool

if TYPE_CHECKING:
    from datetime import tzinfo

    from bgsched.executors.base import BaseExecutor
    from bgsched.jobstores.base import BaseJobStore

Number = TypeVar("Number", int, float)

_KNOWN = frozenset(
    {
        "clock",
        "daemon",
        "executors",
        "job_defaults",
        "jobstore_retry_interval",
        "jobstores",
        "logger",
        "timezone",
    }
)


@dataclass(frozen=True)
class Options:
    """
    The options of a scheduler.

    Attributes:
        clock: Where time comes from.
        logger: The scheduler's logger.
        timezone: The default zone.
        retry_interval: How long to leave a failing job store alone.
        job_defaults: Values for job settings that were left open.
        executors: Executors by alias.
        jobstores: Job stores by alias.
        daemon: Whether the scheduling thread is a daemon.
    """

    clock: Clock
    logger: logging.Logger
    timezone: tzinfo
    retry_interval: timedelta
    job_defaults: dict[str, Any]
    executors: dict[str, BaseExecutor]
    jobstores: dict[str, BaseJobStore]
    daemon: bool

    def retry_moment(self) -> datetime:
        """
        Return when to try again what has failed just now.
        """
        try:
            return self.clock.now() + self.retry_interval
        except OverflowError:  # the calendar ends before
            return datetime.max.replace(tzinfo=UTC)


def read_options(
    gconfig: Mapping[str, Any] | None,
    prefix: str | None,
    keywords: Mapping[str, Any],
    clock: Clock | None = None,
) -> Options:
    """
    Read a user's configuration, which is left as it is.

    Args:
        gconfig: A mapping whose keys may be dotted.
        prefix: Only keys that begin with this count; empty or None for all.
        keywords: Options that win over those of the mapping.
        clock: The clock, if no other is named.

    Returns:
        The options; unknown ones are ignored.

    Raises:
        ValueError: A value cannot be understood.
        TypeError: A value is of the wrong type.
        LookupError: A name leads nowhere.
    """
    if gconfig is not None and not _is_dict(gconfig):
        raise TypeError(f"gconfig must be a mapping of options, not {gconfig!r}")
    found = {**_nested(gconfig or {}, prefix or ""), **keywords}
    defaults = _mapping(found, "job_defaults")
    grace = defaults.get("misfire_grace_time", 1)
    return Options(
        clock=_as_clock(found.get("clock") or clock or SystemClock()),
        logger=_as_logger(found.get("logger")),
        timezone=_timezones.as_timezone(found.get("timezone"), None),
        retry_interval=_as_interval(
            "jobstore_retry_interval", found.get("jobstore_retry_interval", 10)
        ),
        job_defaults={
            "misfire_grace_time": (
                None if grace is None else _as_number("misfire_grace_time", int, grace, 1)
            ),
            "coalesce": approved_bool("coalesce", defaults.get("coalesce", True)),
            "max_instances": _as_number("max_instances", int, defaults.get("max_instances", 1), 1),
        },
        executors={
            alias: configured_part(EXECUTORS, alias, value)
            for alias, value in _mapping(found, "executors").items()
        },
        jobstores={
            alias: configured_part(JOBSTORES, alias, value)
            for alias, value in _mapping(found, "jobstores").items()
        },
        daemon=approved_bool("daemon", found.get("daemon", True)),
    )


def _nested(gconfig: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """
    Turn ``{"a.b.c": d}`` into ``{"a": {"b": {"c": d}}}`` for the options that are known.
    """
    tree: dict[str, Any] = {}
    for key, value in gconfig.items():
        if not isinstance(key, str) or not key.startswith(prefix):
            continue
        *path, leaf = key[len(prefix) :].split(".")
        if (path[0] if path else leaf) not in _KNOWN:
            continue
        place = tree
        for name in path:
            inner = place.setdefault(name, {})
            if not isinstance(inner, dict):
                raise TypeError(f"option {key!r} needs {name!r} to be a dict, not {inner!r}")
            place = inner
        place[leaf] = _copied(value) | place.get(leaf, {}) if _is_dict(value) else value
    return tree


def _is_dict(value: Any) -> bool:
    return isinstance(value, Mapping)


def _copied(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _copied(inner) if _is_dict(inner) else inner for name, inner in value.items()}


def _mapping(options: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = options.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, not {value!r}")
    return value


def _as_number(name: str, type_: Callable[[Any], Number], value: Any, least: int) -> Number:
    """
    Return a number, which may be given as text.

    Raises:
        ValueError: It is less than the *least*, infinite, or no number at all.
    """
    try:
        number = type_(value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or not least <= number < math.inf:
        raise ValueError(f"{name} must be a number, {least} or more, not {value!r}")
    return number


def _as_interval(name: str, value: Any) -> timedelta:
    """
    Return as many seconds as a number says, which may be given as text.

    Raises:
        ValueError: It is negative, no number at all, or more than a timedelta can be.
    """
    seconds = _as_number(name, float, value, 0)
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        most = timedelta.max.total_seconds()
        raise ValueError(f"{name} must be less than {most:g} seconds, not {value!r}") from None


def _as_clock(value: Any) -> Clock:
    if not callable(getattr(value, "now", None)) or not callable(getattr(value, "alarm", None)):
        raise TypeError(f"clock must have the methods now() and alarm(), which {value!r} has not")
    clock: Clock = value
    return clock


def _as_logger(value: logging.Logger | str | None) -> logging.Logger:
    if value is None:
        return logging.getLogger("apscheduler.scheduler")
    if isinstance(value, str):
        value = resolve(value) if ":" in value else logging.getLogger(value)
    if not callable(getattr(value, "exception", None)):
        raise TypeError(f"logger must be a logger or the name of one, not {value!r}")
    return value
