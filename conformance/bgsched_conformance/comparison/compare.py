"""
``compare``: show reports of several implementations side by side.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bgsched_conformance.comparison import reading, words
from bgsched_conformance.comparison.reading import InputError
from bgsched_conformance.comparison.table import Table

if TYPE_CHECKING:
    import argparse

FORMATS = ("terminal", "markdown", "html")
TITLE = "Conformance, side by side"
USAGE = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare what the command takes.
    """
    parser.add_argument(
        "reports",
        nargs="+",
        metavar="REPORT",
        help="report.json of a run, a directory with one, or a matrix.json; oldest first",
    )
    parser.add_argument(
        "--baseline",
        metavar="REPORT",
        help="hold all others against this one, instead of each against the one before it",
    )
    parser.add_argument("--format", choices=FORMATS, default="terminal", help="default: terminal")
    parser.add_argument("--output", metavar="FILE", help="write there instead of printing")
    parser.add_argument("--force", action="store_true", help="let --output replace a file")
    add_shared(parser)


def add_shared(parser: argparse.ArgumentParser) -> None:
    """
    Declare what all comparisons take.
    """
    parser.add_argument(
        "--all", action="store_true", help="show also the clauses that pass everywhere"
    )
    parser.add_argument(
        "--fail-on",
        choices=["regressions"],
        help="exit with 1 if a clause that counts has passed before and fails, "
        "and with 6 if one has passed before and was not decided",
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Compare, and return the exit status.
    """
    try:
        first = [arguments.baseline] if arguments.baseline else []
        others = [report for report in arguments.reports if report not in first]
        columns = reading.read([*first, *others])
        table = Table(tuple(columns), baseline=bool(first))
        show(table, arguments)
    except InputError as error:
        sys.stderr.write(f"compare: {words.plain(str(error))}\n")
        return USAGE
    return table.exit_code if arguments.fail_on else 0


def show(table: Table, arguments: argparse.Namespace) -> None:
    """
    Print a comparison, or write it to the file that was asked for.

    Raises:
        InputError: The file is there already, or cannot be written.
    """
    if arguments.output is None:
        sys.stdout.write(rendered(table, arguments.format, every=arguments.all, to_terminal=True))
        return
    text = rendered(table, arguments.format, every=arguments.all)
    write(Path(arguments.output), text, force=arguments.force)


def write(path: Path, text: str, *, force: bool) -> None:
    """
    Write a file.

    Args:
        path: Where to.
        text: What it is to hold.
        force: Replace what is there.

    Raises:
        InputError: There is something already, or it cannot be written.
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path} is there already; --force replaces it") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def rendered(table: Table, form: str, *, every: bool, to_terminal: bool = False) -> str:
    """
    Return a comparison in one of the forms.

    Args:
        table: What to show.
        form: One of `FORMATS`.
        every: Show also the clauses that pass everywhere.
        to_terminal: It is going to be printed, so obey what the terminal can do.
    """
    rows = [row for row in table.rows if every or row.remarkable]
    # Each of these may need much that the others do not.
    if form == "html":
        from bgsched_conformance.comparison import page  # noqa: PLC0415 - see above

        return page.document(table, TITLE)
    if form == "markdown":
        from bgsched_conformance.comparison import markdown  # noqa: PLC0415 - see above

        return "\n".join(markdown.lines(table, rows, TITLE)) + "\n"
    from bgsched_conformance.comparison import terminal  # noqa: PLC0415 - see above

    colour = to_terminal and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((100, 24)).columns
    return "\n".join(terminal.lines(table, rows, width, colour=colour)) + "\n"
