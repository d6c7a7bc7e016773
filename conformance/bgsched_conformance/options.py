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


@dataclass(frozen=True)
class Options:
    """
    What the user asked for, checked.

    Attributes:
        impl: ``module:Class`` of the scheduler to judge, or None: the plugin does nothing.
        scope: ``page`` for the clauses of the BackgroundScheduler page alone, or ``all``.
        level: Failures of clauses below it do not fail the run.
        clauses: Patterns of clause ids; none of them means every clause.
        listing: Print the clauses instead of running anything.
        waivers: Names of bundled waiver sets, or paths of files.
        effort: How many examples property tests try: ``quick``, ``default`` or ``deep``.
        seed: Repeats the random choices of an earlier run.
        report: Directory to write the report to, as given; None for no report.
    """

    impl: str | None
    scope: str
    level: Level
    clauses: tuple[str, ...]
    listing: bool
    waivers: tuple[str, ...]
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
        scope=_choice(config, "scope", SCOPES),
        level=Level[_choice(config, "level", levels).upper()],
        clauses=tuple(_parts(config.getoption("bgsched_clause"))),
        listing=config.getoption("bgsched_list"),
        waivers=tuple(config.getoption("bgsched_waivers")),
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
    if not value.isascii() or not value.isdigit():
        raise pytest.UsageError(f"--bgsched-seed={value}: give a whole number, such as 1234")
    return int(value)
