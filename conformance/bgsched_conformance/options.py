"""
The kit's command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bgsched_conformance.verdict import Level

EFFORTS = ("quick", "default", "deep")
SCOPES = ("page", "all")
SEEDS = 2**32


@dataclass(frozen=True)
class Options:
    """
    What the user asked for, checked.

    Attributes:
        impl: ``module:Class`` of the scheduler to judge, or None: the plugin does nothing.
        against: ``module:Class`` of a scheduler to compare it with, instead of judging it.
        adapter: ``module:Object`` of an adapter for it, if one is needed.
        scope: ``page`` for the clauses of the BackgroundScheduler page alone, or ``all``.
        level: Failures of clauses below it do not fail the run.
        clauses: Patterns of clause ids; none of them means every clause.
        listing: Print the clauses instead of running anything.
        waivers: Names of bundled waiver sets, or paths of files.
        write_waivers: Path of a file to draft waivers in, which must not exist; None for no draft.
        effort: How many examples property tests try: ``quick``, ``default`` or ``deep``.
        seed: Repeats the random choices of an earlier run.
        report: Directory to write the report to, as given; None for no report.
    """

    impl: str | None
    against: str | None
    adapter: str | None
    scope: str
    level: Level
    clauses: tuple[str, ...]
    listing: bool
    waivers: tuple[str, ...]
    write_waivers: str | None
    effort: str
    seed: int | None
    report: str | None


def add(parser: pytest.Parser) -> None:
    """
    Declare the options. Values are checked by `read`, which can say more than argparse.
    """
    group = parser.getgroup("bgsched", "scheduler conformance")
    group.addoption(
        "--bgsched-impl",
        metavar="MODULE:CLASS",
        help="run the conformance suite against this scheduler class, "
        "for example bgsched.schedulers.background:BackgroundScheduler",
    )
    group.addoption(
        "--bgsched-against",
        metavar="MODULE:CLASS",
        help="run random sequences of calls on this class, too, and tell where the two differ, "
        "instead of judging the one that --bgsched-impl names",
    )
    group.addoption(
        "--bgsched-adapter",
        metavar="MODULE:OBJECT",
        help="judge the class through this adapter, for example "
        "bgsched_conformance.adapters.apscheduler4:APScheduler4",
    )
    group.addoption(
        "--bgsched-scope",
        metavar="page|all",
        default="all",
        help="judge the BackgroundScheduler page alone, or the whole contract (default: all)",
    )
    group.addoption(
        "--bgsched-level",
        metavar="must|should|may",
        default="must",
        help="let the run fail on clauses of this level and above (default: must)",
    )
    group.addoption(
        "--bgsched-clause",
        metavar="ID,...",
        action="append",
        default=[],
        help="judge these clauses only, for example START-1,SHUT-*",
    )
    group.addoption(
        "--bgsched-list",
        action="store_true",
        help="print the clauses with their levels, sentences and tests, and run nothing",
    )
    group.addoption(
        "--bgsched-waivers",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="expect the failures listed in a bundled set (apscheduler-3.11) or a TOML file",
    )
    group.addoption(
        "--bgsched-write-waivers",
        metavar="FILE",
        help="draft a waiver for each failure that counts, in a new file",
    )
    group.addoption(
        "--bgsched-effort",
        metavar="quick|default|deep",
        default="default",
        help="try few, some or many examples in each property test",
    )
    group.addoption(
        "--bgsched-seed",
        metavar="N",
        help="repeat the random choices of the run that printed this seed",
    )
    group.addoption(
        "--bgsched-report",
        metavar="DIR",
        help="write report.json, a page, a summary, a badge and a script for each failure there",
    )


def read(config: pytest.Config) -> Options:
    """
    Check what the user asked for.

    Raises:
        pytest.UsageError: A value is not one of those possible.
    """
    from bgsched_conformance.verdict import Level  # noqa: PLC0415 - not in every pytest run

    levels = [level.name.lower() for level in sorted(Level, reverse=True)]
    return Options(
        impl=config.getoption("bgsched_impl"),
        against=config.getoption("bgsched_against"),
        adapter=config.getoption("bgsched_adapter"),
        scope=_choice(config, "scope", SCOPES),
        level=Level[_choice(config, "level", levels).upper()],
        clauses=tuple(_parts(config.getoption("bgsched_clause"))),
        listing=config.getoption("bgsched_list"),
        waivers=tuple(config.getoption("bgsched_waivers")),
        write_waivers=config.getoption("bgsched_write_waivers"),
        effort=_choice(config, "effort", EFFORTS),
        seed=_number(config.getoption("bgsched_seed")),
        report=_directory(config.getoption("bgsched_report")),
    )


def _parts(values: Iterable[str]) -> Iterable[str]:
    for value in values:
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not parts:
            raise pytest.UsageError(f"--bgsched-clause={value}: name at least one clause")
        yield from parts


def _choice(config: pytest.Config, name: str, choices: Iterable[str]) -> str:
    value: Any = config.getoption(f"bgsched_{name}")
    if value not in choices:
        raise pytest.UsageError(f"--bgsched-{name}={value}: choose from {', '.join(choices)}")
    return str(value)


def _directory(value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise pytest.UsageError("--bgsched-report=: name a directory")
    return value


def _number(value: str | None) -> int | None:
    if value is None:
        return None
    digits = value.isascii() and value.isdigit() and len(value) <= len(str(SEEDS))
    if not digits or int(value) >= SEEDS:
        raise pytest.UsageError(
            f"--bgsched-seed={value}: give a whole number from 0 to {SEEDS - 1}, such as 1234"
        )
    return int(value)
