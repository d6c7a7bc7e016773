"""
The published JSON Schema of a report, and a check against it that needs no other package.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

Schema = Mapping[str, Any]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": (int, float),
    "object": dict,
    "string": str,
}


def text(_document: Mapping[str, Any] | None = None) -> str:
    """
    Return the schema, which is the same for every document of this format.
    """
    return (files(__package__) / "report.schema.json").read_text(encoding="utf-8")


def mistake(document: object) -> str:
    """
    Tell the first thing about a document that the schema forbids; empty if it is valid.
    """
    return next(_mistakes(document, _schema(), "report"), "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the arguments of the command ``schema``: it has none.
    """
    del parser


def run(_arguments: argparse.Namespace) -> int:
    """
    Print the JSON Schema of reports.
    """
    sys.stdout.write(text())
    return 0


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(text())
    return schema


def _mistakes(value: Any, schema: Schema, place: str) -> Iterator[str]:
    for keyword in schema.keys() & _CHECKS.keys():
        yield from _CHECKS[keyword](value, schema, place)


def _reference(value: Any, schema: Schema, place: str) -> Iterator[str]:
    name = schema["$ref"].rpartition("/")[2]
    return _mistakes(value, _schema()["$defs"][name], place)


def _one_of(value: Any, schema: Schema, place: str) -> Iterator[str]:
    found = [next(_mistakes(value, one, place), "") for one in schema["oneOf"]]
    if all(found):
        yield found[-1]


def _const(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if value != schema["const"]:
        yield f"{place} is not {schema['const']}"


def _enum(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if value not in schema["enum"]:
        yield f"{place} is {value!r}, not one of {', '.join(map(str, schema['enum']))}"


def _type(value: Any, schema: Schema, place: str) -> Iterator[str]:
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    # To Python, True is a number.
    fitting = [name for name in names if isinstance(value, _TYPES[name])]
    if not fitting or (isinstance(value, bool) and "boolean" not in fitting):
        yield f"{place} is no {' or '.join(names)}"


def _required(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{place} has no {name!r}" for name in schema["required"] if name not in value)


def _properties(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name in schema["properties"].keys() & value.keys():
            yield from _mistakes(value[name], schema["properties"][name], f"{place}.{name}")


def _additional(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name in value.keys() - schema.get("properties", {}).keys():
            if schema["additionalProperties"] is False:
                yield f"{place} has an unknown {name!r}"
            else:
                yield from _mistakes(value[name], schema["additionalProperties"], f"{place}.{name}")


def _names(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name in value:
            yield from _mistakes(name, schema["propertyNames"], f"a name in {place}")


def _items(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _mistakes(item, schema["items"], f"{place}[{number}]")


def _pattern(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{place} is {value!r}, which does not match {schema['pattern']}"


def _minimum(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if isinstance(value, int | float) and value < schema["minimum"]:
        yield f"{place} is less than {schema['minimum']}"


# The keywords that our schema is written with, but those that only tell.
_CHECKS: dict[str, Callable[[Any, Schema, str], Iterator[str]]] = {
    "$ref": _reference,
    "additionalProperties": _additional,
    "const": _const,
    "enum": _enum,
    "items": _items,
    "minimum": _minimum,
    "oneOf": _one_of,
    "pattern": _pattern,
    "properties": _properties,
    "propertyNames": _names,
    "required": _required,
    "type": _type,
}
