"""
Values as JSON, and back without a loss.

What JSON does not know is told by an object with one key that begins with ``$``: a tuple is
``{"$tuple": [...]}``. Only what cannot be told so is pickled. Types are matched exactly: an
instance of a subclass may hold more than its base tells.
"""

from __future__ import annotations

import pickle
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from inspect import isclass, isroutine
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bgsched._refs import reference_to, resolve
from bgsched.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

_OWN_TRIGGERS = "bgsched.triggers."
# Longer ones would meet Python's limit on the digits of numbers in text.
_LONGEST_INT = 4096


class Writer:
    """
    Tells values as what `json` can write.

    Args:
        protocol: The pickle protocol for what cannot be told otherwise.

    Attributes:
        pickled: Whether anything had to be pickled.
    """

    def __init__(self, protocol: int) -> None:
        self._protocol = protocol
        self.pickled = False

    def plain(self, value: Any) -> Any:
        """
        Return *value* as JSON knows it.

        Raises:
            Exception: Whatever pickle raises for what it cannot pickle.
        """
        tell = _WRITERS.get(type(value))
        if tell is not None:
            told = tell(self, value)
            if told is not NotImplemented:
                return told
        elif isinstance(value, BaseTrigger) and type(value).__module__.startswith(_OWN_TRIGGERS):
            state = value.__getstate__()
            if isinstance(state, Mapping):
                return {"$trigger": [reference_to(type(value)), self.plain(dict(state))]}
        elif isclass(value) or isroutine(value):
            reference = _sure_reference(value)
            if reference is not None:
                return {"$reference": reference}
        return self.opaque(value)

    def opaque(self, value: Any) -> dict[str, str]:
        """
        Return *value* pickled.

        Raises:
            Exception: Whatever pickle raises for what it cannot pickle.
        """
        self.pickled = True
        return {"$pickle": b64encode(pickle.dumps(value, self._protocol)).decode("ascii")}


def value_of(plain: Any) -> Any:
    """
    Return the value that `Writer.plain` told. This can run code: read what you trust.

    Raises:
        ValueError: It is nothing that `Writer.plain` tells.
        Exception: Whatever the classes of pickled values raise.
    """
    if isinstance(plain, list):
        return [value_of(each) for each in plain]
    if not isinstance(plain, dict):
        return plain
    if len(plain) == 1:
        ((tag, content),) = plain.items()
        if tag.startswith("$"):
            if tag not in _READERS:
                raise ValueError(f"{tag!r} is no kind of value that this release knows")
            return _READERS[tag](content)
    return {key: value_of(each) for key, each in plain.items()}


def _tell_list(writer: Writer, values: Any) -> list[Any]:
    return [writer.plain(value) for value in values]


def _tell_dict(writer: Writer, value: dict[Any, Any]) -> dict[str, Any]:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: writer.plain(each) for key, each in value.items()}
    return {"$dict": [_tell_list(writer, item) for item in value.items()]}


def _tell_wall_time(writer: Writer, value: datetime | time) -> list[Any]:
    wall = value.replace(tzinfo=None, fold=0).isoformat()
    return [wall, writer.plain(value.tzinfo), value.fold]


def _tell_offset(writer: Writer, value: timezone) -> dict[str, Any]:
    offset = value.utcoffset(None)
    name = value.tzname(None)
    return {"$offset": [writer.plain(offset), None if name == str(timezone(offset)) else name]}


def _tell_zone(_: Writer, value: ZoneInfo) -> Any:
    return NotImplemented if value.key is None else {"$zone": value.key}


def _sure_reference(value: Any) -> str | None:
    """
    Return the textual reference of a class or function, if it leads back to it.
    """
    try:
        reference = reference_to(value)
        return reference if resolve(reference) is value else None
    except (ValueError, LookupError):
        return None


def _moment(content: Any) -> datetime:
    wall, zone, fold = content
    return datetime.fromisoformat(wall).replace(tzinfo=value_of(zone), fold=fold)


def _time_of_day(content: Any) -> time:
    wall, zone, fold = content
    return time.fromisoformat(wall).replace(tzinfo=value_of(zone), fold=fold)


def _offset_zone(content: Any) -> timezone:
    offset, name = value_of(content[0]), content[1]
    return timezone(offset) if name is None else timezone(offset, name)


def _trigger(content: Any) -> Any:
    reference, state = content
    if not reference.startswith(_OWN_TRIGGERS):
        raise ValueError(f"{reference!r} is no trigger of this library")
    class_ = resolve(reference)
    trigger = class_.__new__(class_)
    trigger.__setstate__(value_of(state))
    return trigger


def _as_it_is(_: Writer, value: Any) -> Any:
    return value


_WRITERS: dict[type, Callable[[Writer, Any], Any]] = {
    type(None): _as_it_is,
    bool: _as_it_is,
    float: _as_it_is,
    str: _as_it_is,
    int: lambda _, value: value if value.bit_length() <= _LONGEST_INT else NotImplemented,
    list: _tell_list,
    dict: _tell_dict,
    tuple: lambda writer, value: {"$tuple": _tell_list(writer, value)},
    set: lambda writer, value: {"$set": _tell_list(writer, value)},
    frozenset: lambda writer, value: {"$frozenset": _tell_list(writer, value)},
    bytes: lambda _, value: {"$bytes": b64encode(value).decode("ascii")},
    datetime: lambda writer, value: {"$datetime": _tell_wall_time(writer, value)},
    date: lambda _, value: {"$date": value.isoformat()},
    time: lambda writer, value: {"$time": _tell_wall_time(writer, value)},
    timedelta: lambda _, value: {"$timedelta": [value.days, value.seconds, value.microseconds]},
    timezone: _tell_offset,
    ZoneInfo: _tell_zone,
    Decimal: lambda _, value: {"$decimal": str(value)},
    UUID: lambda _, value: {"$uuid": value.hex},
}
"""How values of these very types are told; `NotImplemented` means that this one cannot be."""

_READERS: dict[str, Callable[[Any], Any]] = {
    "$dict": lambda content: {value_of(key): value_of(each) for key, each in content},
    "$tuple": lambda content: tuple(value_of(content)),
    "$set": lambda content: set(value_of(content)),
    "$frozenset": lambda content: frozenset(value_of(content)),
    "$bytes": b64decode,
    "$datetime": _moment,
    "$date": date.fromisoformat,
    "$time": _time_of_day,
    "$timedelta": lambda content: timedelta(*content),
    "$offset": _offset_zone,
    "$zone": ZoneInfo,
    "$decimal": Decimal,
    "$uuid": UUID,
    "$trigger": _trigger,
    "$reference": resolve,
    "$pickle": lambda content: pickle.loads(b64decode(content)),  # noqa: S301 - documented above
}
