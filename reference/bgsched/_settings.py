"""
The settings of a job, each with the check that a new value must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import partial
from typing import Any, Final

from bgsched._refs import resolve
from bgsched._signatures import check_call

_OPTIONS = ("misfire_grace_time", "coalesce", "max_instances", "next_run_time")
_TRUE = frozenset({"true", "yes", "on", "y", "t", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "f", "0"})
Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

# One for all jobs without keyword arguments, and never given out.
_NO_KWARGS: dict[str, Any] = {}


class Undefined(Enum):
    """
    The type of `undefined`.
    """

    undefined = "undefined"

    def __repr__(self) -> str:
        return "<undefined>"

    def __bool__(self) -> bool:
        return False


undefined: Final = Undefined.undefined
"""An option left open: it takes its default when the job is really scheduled."""

_NONE_GIVEN = (undefined,) * 4


def names_left_open(given: tuple[object, object, object, object]) -> tuple[str, ...]:
    """
    Return the names of the options that are not given.

    Args:
        given: Grace time, coalescing, number of instances and next run time, or `undefined`.
    """
    if given == _NONE_GIVEN:
        return _OPTIONS  # one tuple for almost all jobs
    return tuple(name for name, value in zip(_OPTIONS, given, strict=True) if value is undefined)


def approved_call(func: Any, args: Any, kwargs: Any) -> Call:
    """
    Return a callable, which may be given by its textual reference, with its arguments.

    Raises:
        TypeError: One of them is of the wrong type.
        ValueError: The arguments do not fit the callable.
        LookupError: The reference leads nowhere.
    """
    if isinstance(func, str):
        ref, func = func, resolve(func)
        if not callable(func):
            # Its value is not shown: it may be large, or secret.
            raise TypeError(f"func={ref!r} names no callable, but a {type(func).__name__}")
    elif not callable(func):
        raise TypeError(f"func must be a callable or its textual reference, not {func!r}")
    # Asking an abstract class is slow, and seldom needed.
    if not isinstance(args, (tuple, list)) and (
        isinstance(args, str) or not isinstance(args, Iterable)
    ):
        raise TypeError(f"args must be a list or a tuple, not {args!r}")
    if not isinstance(kwargs, (dict, Mapping)):
        raise TypeError(f"kwargs must be a dict, not {kwargs!r}")
    args, kwargs = tuple(args), dict(kwargs) if kwargs else _NO_KWARGS
    check_call(func, args, kwargs)
    return func, args, kwargs


def approved_text(setting: str, value: Any) -> str:
    """
    Return a name or an alias.
    """
    if not value or not isinstance(value, str):
        raise TypeError(f"{setting} must be text and not empty, not {value!r}")
    return value


def approved_bool(setting: str, value: Any) -> bool:
    """
    Return a truth value, which may be given as a word like ``false``.

    Raises:
        ValueError: The word is no such word.
    """
    if not isinstance(value, str):
        return bool(value)
    word = value.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{setting} must be true or false, not {value!r}")


def approved_count(value: Any) -> int:
    """
    Return a number of instances.
    """
    if not isinstance(value, int) or value <= 0:
        raise TypeError(f"max_instances must be a positive integer, not {value!r}")
    return value


def approved_grace(value: Any) -> int | None:
    """
    Return a grace time in seconds, or None for an unlimited one.
    """
    if value is not None and (not isinstance(value, int) or value <= 0):
        raise TypeError(
            f"misfire_grace_time must be a positive integer of seconds or None, not {value!r}"
        )
    return value


def approved_trigger(value: Any) -> Any:
    """
    Return a trigger object, of whatever class.
    """
    if isinstance(value, type) or not callable(getattr(value, "get_next_fire_time", None)):
        raise TypeError(f"trigger must be a trigger object, not {value!r}")
    return value


CALL_SETTINGS = frozenset({"func", "args", "kwargs"})
"""The settings that only make sense together."""

CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": partial(approved_text, "name"),
    "trigger": approved_trigger,
    "executor": partial(approved_text, "executor"),
    "misfire_grace_time": approved_grace,
    "coalesce": partial(approved_bool, "coalesce"),
    "max_instances": approved_count,
}
"""The settings that stand for themselves, each with a function that refuses or returns a value."""
