"""
Drafts of waivers: a file with an entry for each failure of a run, which somebody has to complete.
"""

from __future__ import annotations

import json
import re
import textwrap
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.catalogue import PREFIX
from bgsched_conformance.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bgsched_conformance.clauses import Clause
    from bgsched_conformance.verdict import TestResult, Verdict

OPTION = "--bgsched-write-waivers"
_DAYS = 90
_WIDTH = 98
_LONGEST = 120  # characters of an expression
_LONGEST_NOTE = 300
_LONGEST_OPERAND = 28  # pytest shortens longer ones, unless it is told to be verbose
_KEPT = 10

# What differs from run to run, from machine to machine, or with the reader of a text.
_VOLATILE = re.compile(
    r"0x[0-9a-fA-F]+"
    r"|\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b"  # ids made at random
    r"|\b\d+\.\d+ s\b"  # how long something took
    r"|(?<![\w.])(?:[A-Za-z]:)?[/\\](?:[\w.+~-]+[/\\])+[\w.+~-]*(?::\d+)?"  # files
    r"|\b(?:Dummy|Thread|ThreadPoolExecutor|Process)-[\d_-]+(?: \(\w+\))?"
    r"|(?<=\bline )\d+|(?<=\bpid )\d+|(?<=\bpid=)\d+|(?<=\bprocess )\d+"
    r"|\d{9,}"  # idents of threads, times since the epoch
    r"|\.{3}"  # where pytest has shortened a value
    r"|\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"
    r"|\\[abfnrtv]"
)
# Of a random example, also values: the next one has others.
_NUMBER = re.compile(r"\d+")
# Of a random example, also values: the next one has others.
_VALUES = re.compile(
    r"\[.*\]|\{.*\}|'[^']*'|\"[^\"]*\"|\b[A-Z]\w+/\w+|-?\d[\d.:+-]*(?: \d\d:[\d.:+-]*)?"
)
_OPERATOR = re.compile(r"( (?:[=!<>]=|[<>]|(?:not )?in|is(?: not)?) )")
_TOKEN = re.compile(r"\\d\+|\.\*|\\.|.")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")


def check(name: str, path: Path) -> None:
    """
    Make sure before a run that its draft can be written.

    Args:
        name: The path as the user wrote it.
        path: Where that is.

    Raises:
        pytest.UsageError: There is something already, or nothing can be written there.
    """
    try:
        path.open("x").close()
    except FileExistsError:
        raise pytest.UsageError(
            f"{OPTION}={name}: exists already and is not overwritten; name a new file"
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise pytest.UsageError(f"{OPTION}={name}: cannot be written: {why}") from error
    path.unlink()


def write(path: Path, verdict: Verdict, title: str, clauses: Mapping[str, Clause]) -> str:
    """
    Write a draft, if there is anything to waive.

    Returns:
        What was done, in a line.
    """
    failed = counted(verdict)
    if not failed:
        return f"nothing to waive: {path.name} was not written"
    note = ", of a run that was cut short" if verdict.missing else ""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join(_lines(failed, title + note, verdict, clauses)))
    except OSError as error:
        return f"{path} could not be written: {error.strerror}"
    entries = "1 entry" if len(failed) == 1 else f"{len(failed)} entries"
    return f"{entries} drafted in {path.name}: give each a reason"


def counted(verdict: Verdict) -> list[TestResult]:
    """
    Return the tests whose failure counts at the level of the run.
    """
    failing = {clause.clause for clause in verdict.failing}
    return [test for test in verdict.tests_of(Outcome.FAIL) if failing & set(test.clauses)]


def pattern(error: str, *, random: bool) -> str:
    """
    Return a regular expression for a failure: what is stable in the beginning of its text.

    Args:
        error: Class and message.
        random: Whether the values in it are those of a random example.
    """
    line = (error.splitlines() or [""])[0]
    if line.startswith("Stalled: "):
        line = line.partition("; actual: ")[0]  # how things stood then is a matter of chance
    kind, colon, message = line.partition(": ")
    expected, but, actual = message.partition("; actual: ")
    if kind == "AssertionError" and message.startswith("assert "):
        operands = [_shortened(part) for part in _OPERATOR.split(expected, maxsplit=1)]
    else:
        operands = [expected]
    parts = [
        _escaped(kind),
        colon,
        *(_stable(operand, random=random) for operand in operands),
        but,
        _NUMBER.sub(lambda _: r"\d+", _stable(actual, random=random)),  # counts of races
    ]
    tokens = _TOKEN.findall("".join(parts))[:_LONGEST]
    while tokens[-1:] == [".*"]:
        tokens.pop()
    return "^" + "".join(tokens)


def _shortened(operand: str) -> str:
    # So that the expression holds whether pytest has shortened it or not.
    return operand if len(operand) <= _LONGEST_OPERAND else f"{operand[:_KEPT]}..."


def _stable(text: str, *, random: bool) -> str:
    """
    Write a text as a regular expression that holds for other runs, too.
    """
    volatile = re.compile(f"{_VALUES.pattern}|{_VOLATILE.pattern}") if random else _VOLATILE
    parts = [part if part.isprintable() else "" for part in volatile.split(text)]
    return ".*".join(map(_escaped, parts))


def toml(text: str) -> str:
    """
    Write a text as a TOML string, without escapes if it can do without.
    """
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found.group()}", text)


def _lines(
    failed: Sequence[TestResult], title: str, verdict: Verdict, clauses: Mapping[str, Clause]
) -> Iterator[str]:
    level = verdict.selection.level.name
    yield from _comment(f"Waivers drafted from: {title}")
    yield "#"
    yield from _comment(
        f"One entry for each test that failed at level {level}; what fails below it is not here. "
        "The entries are refused until each reason says why the failure is accepted. "
        "Delete the entries of what you are going to repair at once."
    )
    until = datetime.now(UTC).date() + timedelta(days=_DAYS)  # noqa: TID251 - the calendar's day
    for test in failed:
        yield ""
        yield "[[waiver]]"
        for clause in test.clauses:
            yield from _comment(f"{clause} ({clauses[clause].level}): {clauses[clause].sentence}")
        yield from _comment(textwrap.shorten(test.reason, _LONGEST_NOTE, placeholder=" ..."))
        yield f"test = {toml(test.node_id.removeprefix(f'{PREFIX}/'))}"
        failure = test.failure or {"error": "", "seed": None}
        found = pattern(failure["error"], random=failure["seed"] is not None)
        yield f"match = {toml(found)}"
        yield 'reason = "TODO: why is this accepted, and until when?"'
        yield f"# until = {until}"
        yield "# intermittent = true  # for a race alone: it may pass"
    yield ""


def _comment(text: str) -> Iterable[str]:
    shown = "".join(char if char.isprintable() else " " for char in text)
    return textwrap.wrap(
        shown, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )
