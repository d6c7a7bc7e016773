"""
From the configuration mapping and keywords of a user to checked options.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bgsched import _timezones
from bgsched._clock import Clock, SystemClock
from bgsched._plugins import EXECUTORS, JOBSTORES, configured_part
from bgsched._refs import resolve

if TYPE_CHECKING:
    from datetime import tzinfo

    from bgsched.executors.base import BaseExecutor
    from bgsched.jobstores.base import BaseJobStore

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
_TRUE = frozenset({"true", "yes", "on", "y", "t", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "f", "0"})


@dataclass(frozen=True)
class Options:
    """
    The options of a scheduler.

    Attributes:
        clock: Where time comes from.
        logger: The scheduler's logger.
        timezone: The default zone.
        retry_seconds: How long to leave a failing job store alone.
        job_defaults: Values for job settings that were left open.
        executors: Executors by alias.
        jobstores: Job stores by alias.
        daemon: Whether the scheduling thread is a daemon.
    """

    clock: Clock
    logger: logging.Logger
    timezone: tzinfo
    retry_seconds: float
    job_defaults: dict[str, Any]
    executors: dict[str, BaseExecutor]
    jobstores: dict[str, BaseJobStore]
    daemon: bool


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
    found = {**_nested(gconfig or {}, prefix or ""), **keywords}
    defaults = _mapping(found, "job_defaults")
    grace = defaults.get("misfire_grace_time", 1)
    return Options(
        clock=_as_clock(found.get("clock") or clock or SystemClock()),
        logger=_as_logger(found.get("logger")),
        timezone=_timezones.as_timezone(found.get("timezone"), None),
        retry_seconds=float(found.get("jobstore_retry_interval", 10)),
        job_defaults={
            "misfire_grace_time": None if grace is None else int(grace),
            "coalesce": _as_bool("coalesce", defaults.get("coalesce", True)),
            "max_instances": int(defaults.get("max_instances", 1)),
        },
        executors={
            alias: configured_part(EXECUTORS, alias, value)
            for alias, value in _mapping(found, "executors").items()
        },
        jobstores={
            alias: configured_part(JOBSTORES, alias, value)
            for alias, value in _mapping(found, "jobstores").items()
        },
        daemon=_as_bool("daemon", found.get("daemon", True)),
    )


def _nested(gconfig: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """
    Turn ``{"a.b.c": d}`` into ``{"a": {"b": {"c": d}}}`` for the options that are known.
    """
    tree: dict[str, Any] = {}
    for key, value in gconfig.items():
        if not key.startswith(prefix):
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


def _as_bool(name: str, value: Any) -> bool:
    if not isinstance(value, str):
        return bool(value)
    text = value.strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"{name} must be true or false, not {value!r}")


def _as_clock(value: Any) -> Clock:
    if not (hasattr(value, "now") and hasattr(value, "alarm")):
        raise TypeError(f"clock must have the methods now() and alarm(), which {value!r} has not")
    clock: Clock = value
    return clock


def _as_logger(value: logging.Logger | str | None) -> logging.Logger:
    if value is None:
        return logging.getLogger("apscheduler.scheduler")
    if not isinstance(value, str):
        return value
    found: logging.Logger = resolve(value) if ":" in value else logging.getLogger(value)
    return found
