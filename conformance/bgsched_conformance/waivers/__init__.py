"""
Waivers: failures that are known, explained and expected.

A waiver is strict. It names one clause or one test and, if it can, what the failure looks like; so
it hides no other fault, and it has to go when the failure is gone.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from bgsched_conformance.catalogue import PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bgsched_conformance.catalogue import Catalogue

_KEYS = {
    "clause": (str, "a text"),
    "test": (str, "a text"),
    "match": (str, "a text"),
    "reason": (str, "a text"),
    "deviation": (str, "a text"),
    "until": (date, "a date, such as 2030-12-31 without quotes"),
    "intermittent": (bool, "true or false"),
}
_TABLE = re.compile(r"\s*\[\[\s*[\"']?waiver[\"']?\s*\]\]")
_TODO = re.compile(r"TODO\b", re.IGNORECASE)  # a draft is no waiver until somebody has thought


@dataclass(frozen=True)
class Waiver:
    """
    One expected failure.

    Attributes:
        subject: The clause id or the test as the file names it.
        tests: Node ids of the tests that are allowed to fail.
        reason: Why the failure is accepted.
        match: What the text of the failure must contain; None accepts any failure.
        deviation: Number of the documented deviation, such as ``V4``.
        until: Last day that the waiver holds.
        intermittent: The failure does not show itself in every run.
        clause: The clause, if it names one: failures laid on others are not its business.
        origin: File, line and position, for messages.
    """

    subject: str
    tests: frozenset[str]
    reason: str
    match: re.Pattern[str] | None
    deviation: str | None
    until: date | None
    intermittent: bool
    clause: str | None
    origin: str

    @property
    def expired(self) -> bool:
        """
        Whether its last day is over, by UTC.
        """
        today = datetime.now(UTC).date()  # noqa: TID251 - the calendar's day, not a schedule's time
        return self.until is not None and today > self.until

    def refusal(self, failure: str, laid_on: Collection[str] = ()) -> str:
        """
        Say why a failure is not the one waived; empty if it is.

        Args:
            failure: Its text, see `judgement.failure_text`.
            laid_on: Clauses that it was laid on; none if it speaks for all of its test.
        """
        if self.expired:
            return f"its waiver expired on {self.until} ({self.origin})"
        if self.clause is not None and laid_on and self.clause not in laid_on:
            return f"the waiver is about {self.clause} ({self.origin})"
        if self.match is not None and not self.match.search(failure):
            return (
                f"the waiver expects a failure that matches {self.match.pattern!r} ({self.origin})"
            )
        return ""

    @property
    def stale(self) -> str:
        """
        What to do about it when the tests pass.
        """
        return f"stale waiver: delete the entry for {self.subject} ({self.origin})"


def load(names: Iterable[str], catalogue: Catalogue, config: pytest.Config) -> tuple[Waiver, ...]:
    """
    Read waiver sets.

    Args:
        names: Names of bundled sets, or paths, relative to where pytest was called.
        catalogue: Knows the clauses and tests that a waiver may name.
        config: Tells where pytest was called.

    Raises:
        pytest.UsageError: A set is missing or malformed, or names something unknown.
    """
    return tuple(
        waiver for name in names for waiver in _parse(name, _text(name, config), catalogue)
    )


def _text(name: str, config: pytest.Config) -> str:
    bundled = {
        resource.name.removesuffix(".toml"): resource
        for resource in files(__package__).iterdir()
        if resource.name.endswith(".toml")
    }
    source = bundled.get(name, config.invocation_params.dir / name)
    try:
        return source.read_text(encoding="utf-8-sig")  # with or without a mark of byte order
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(bundled)) or "none"
        why = getattr(error, "strerror", None) or type(error).__name__
        raise pytest.UsageError(
            f"--bgsched-waivers={name}: neither a bundled set ({known}) nor a readable file: {why}"
        ) from error


def _parse(name: str, text: str, catalogue: Catalogue) -> Iterator[Waiver]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise pytest.UsageError(f"{name}: not valid TOML: {error}") from error
    tables = document.pop("waiver", [])
    if document:
        raise pytest.UsageError(
            f"{name}: unknown key {next(iter(document))!r}; write [[waiver]] tables"
        )
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise pytest.UsageError(f"{name}: write each waiver as a [[waiver]] table")
    lines = _lines_of_tables(text)
    for number, table in enumerate(tables, 1):
        line = f":{lines[number - 1]}" if len(lines) == len(tables) else ""
        yield _waiver(table, f"{name}{line}, waiver {number}", catalogue)


def _lines_of_tables(text: str) -> list[int]:
    """
    Return the number of each line that looks like the head of a table; tomllib tells none.
    """
    return [
        number for number, line in enumerate(text.splitlines(), 1) if _TABLE.match(line) is not None
    ]


def _waiver(table: dict[str, Any], origin: str, catalogue: Catalogue) -> Waiver:
    _check(table, origin)
    try:
        match = re.compile(table["match"]) if "match" in table else None
    except re.error as error:
        raise pytest.UsageError(f"{origin}: match is no regular expression: {error}") from error
    return Waiver(
        subject=table.get("clause") or table["test"],
        tests=frozenset(_tests(table, origin, catalogue)),
        reason=table["reason"],
        match=match,
        deviation=table.get("deviation"),
        until=table.get("until"),
        intermittent=table.get("intermittent", False),
        clause=table.get("clause"),
        origin=origin,
    )


def _check(table: dict[str, Any], origin: str) -> None:
    for key, value in table.items():
        if key not in _KEYS:
            raise pytest.UsageError(f"{origin}: unknown key {key!r}; known: {', '.join(_KEYS)}")
        kind, wanted = _KEYS[key]
        if type(value) is not kind:  # a date with a time is a date to isinstance
            raise pytest.UsageError(f"{origin}: {key} = {value!r} is not {wanted}")
    if ("clause" in table) == ("test" in table):
        raise pytest.UsageError(f"{origin}: name either a clause or a test")
    reason = table.get("reason", "").strip()
    if not reason or _TODO.match(reason):
        instead = f" instead of {reason!r}" if reason else ""
        raise pytest.UsageError(f"{origin}: give a reason{instead}")


def _tests(table: dict[str, Any], origin: str, catalogue: Catalogue) -> list[str]:
    if "clause" in table:
        clause = table["clause"]
        found = [e.node_id for e in catalogue.of_clause(clause) if not e.untestable]
        if clause not in catalogue.clauses:
            raise pytest.UsageError(
                f"{origin}: no clause {clause!r}{_near(clause, catalogue.clauses)}"
            )
        if not found:
            raise pytest.UsageError(
                f"{origin}: no test judges {clause}, so there is nothing to waive"
            )
        return found
    test = table["test"].removeprefix(f"{PREFIX}/")
    node_id = f"{PREFIX}/{test}"
    entry = catalogue.entries.get(node_id)
    if entry is None or entry.untestable:
        raise pytest.UsageError(
            f"{origin}: no test {table['test']!r}{_near(node_id, catalogue.entries)}"
        )
    return [node_id]


def _near(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
