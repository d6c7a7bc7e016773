"""
Write a value as source that evaluates to its equal.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from bgsched_conformance.reproduction.modules import Unbundled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PLAIN = (bool, int, bytes, type(None), type(...))


_NO_DEFAULT = object()


class Literals:
    """
    Writes values, and keeps what must be imported for their source to have a meaning.

    Attributes:
        imports: By the name that the source uses, the module and the name in it.
    """

    def __init__(self) -> None:
        self.imports: dict[str, tuple[str, str]] = {}

    def checked(self, value: object) -> str:
        """
        Write a value, and see that what is written means its equal.

        Raises:
            Unbundled: It cannot be written.
        """
        written = self.write(value)
        names = {
            alias: getattr(importlib.import_module(module), name)
            for alias, (module, name) in self.imports.items()
        }
        # What is evaluated was written a line above.
        found = eval(written, names)  # noqa: S307
        if type(found) is not type(value) or found != value:
            raise Unbundled(f"{written} is not {value!r}")
        return written

    def write(self, value: Any) -> str:
        """
        Write a value.

        Raises:
            Unbundled: It cannot be written.
        """
        kind = type(value)
        if kind in _PLAIN:
            return repr(value)
        if kind in self._writers:
            return self._writers[kind](self, value)
        if isinstance(value, Enum):
            return f"{self.named(kind)}.{value.name}"
        if dataclasses.is_dataclass(kind):
            return self._fields(value, _init_fields(value))
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            defaults = kind._field_defaults
            given = zip(kind._fields, value, strict=True)
            return self._fields(
                value, ((name, each, defaults.get(name, _NO_DEFAULT)) for name, each in given)
            )
        return self.named(value)

    def named(self, value: Any) -> str:
        """
        Write what has a name: a class, a function, a method of a builtin class.
        """
        owner = getattr(value, "__objclass__", None)
        module = getattr(owner or value, "__module__", None)
        path = getattr(value, "__qualname__", "")
        top = path.partition(".")[0]
        if module is None or not path or "<" in path:
            raise Unbundled(f"{value!r} cannot be written as source")
        return path if module == "builtins" else self._imported(module, top) + path[len(top) :]

    def _imported(self, module: str, name: str) -> str:
        alias = name
        while self.imports.setdefault(alias, (module, name)) != (module, name):
            alias += "_"
        return alias

    def _fields(self, value: Any, fields: Iterable[tuple[str, Any, Any]]) -> str:
        given = [
            f"{name}={self.write(each)}"
            for name, each, default in fields
            if default is _NO_DEFAULT or each != default
        ]
        return f"{self.named(type(value))}({', '.join(given)})"

    def _items(self, values: Iterable[Any]) -> str:
        return ", ".join(map(self.write, values))

    def _text(self, value: str) -> str:
        written = repr(value)
        return f'"{written[1:-1]}"' if '"' not in written and "\\'" not in written else written

    def _float(self, value: float) -> str:
        return repr(value) if math.isfinite(value) else f'float("{value!r}")'

    def _tuple(self, value: tuple[Any, ...]) -> str:
        return f"({self.write(value[0])},)" if len(value) == 1 else f"({self._items(value)})"

    def _set(self, value: set[Any]) -> str:
        return f"{{{self._items(sorted(value, key=repr))}}}" if value else "set()"

    def _dict(self, value: dict[Any, Any]) -> str:
        return "{" + ", ".join(f"{self.write(k)}: {self.write(v)}" for k, v in value.items()) + "}"

    def _date(self, value: date) -> str:
        return f"{self._imported('datetime', 'date')}({value.year}, {value.month}, {value.day})"

    def _datetime(self, value: datetime) -> str:
        parts = [value.year, value.month, value.day, value.hour, value.minute]
        return self._clock("datetime", [*parts, value.second, value.microsecond], 5, value)

    def _time(self, value: time) -> str:
        parts = [value.hour, value.minute, value.second, value.microsecond]
        return self._clock("time", parts, 0, value)

    def _clock(self, name: str, parts: list[int], least: int, value: datetime | time) -> str:
        while len(parts) > least and not parts[-1]:
            parts.pop()
        words = [*map(str, parts)]
        words += [f"tzinfo={self.write(value.tzinfo)}"] if value.tzinfo is not None else []
        words += ["fold=1"] if value.fold else []
        return f"{self._imported('datetime', name)}({', '.join(words)})"

    def _timedelta(self, value: timedelta) -> str:
        parts = {name: getattr(value, name) for name in ("days", "seconds", "microseconds")}
        words = [f"{name}={part}" for name, part in parts.items() if part]
        return f"{self._imported('datetime', 'timedelta')}({', '.join(words)})"

    def _timezone(self, value: timezone) -> str:
        if value is UTC:
            return self._imported("datetime", "UTC")
        offset = self.write(value.utcoffset(None))
        return f"{self._imported('datetime', 'timezone')}({offset})"

    def _zone(self, value: ZoneInfo) -> str:
        return f"{self._imported('zoneinfo', 'ZoneInfo')}({self.write(value.key)})"

    _writers: ClassVar[dict[type, Callable[[Literals, Any], str]]] = {
        str: _text,
        float: _float,
        list: lambda self, value: f"[{self._items(value)}]",
        tuple: _tuple,
        set: _set,
        frozenset: lambda self, value: f"frozenset({self._items([set(value)])})",
        dict: _dict,
        date: _date,
        datetime: _datetime,
        time: _time,
        timedelta: _timedelta,
        timezone: _timezone,
        ZoneInfo: _zone,
    }


def _init_fields(value: Any) -> Iterable[tuple[str, Any, Any]]:
    for each in dataclasses.fields(value):
        default = each.default
        if each.default_factory is not dataclasses.MISSING:
            default = each.default_factory()
        if each.init:
            given = getattr(value, each.name)
            yield each.name, given, _NO_DEFAULT if default is dataclasses.MISSING else default
