"""
The command ``render``: write again what is made of a report.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bgsched_conformance.reports import directory, reading
from bgsched_conformance.reports.renderings import FORMATS, RENDERINGS

if TYPE_CHECKING:
    import argparse

_WRONG = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the arguments of the command.
    """
    parser.add_argument(
        "report", metavar="REPORT", type=Path, help="a report.json or its directory"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--to",
        metavar="DIR",
        type=Path,
        help="write the report with all its parts to a new directory, or in the place of a report",
    )
    where.add_argument("--format", choices=FORMATS, help="print one part")


def run(arguments: argparse.Namespace) -> int:
    """
    Render a report again: all its parts into a directory, or one to standard output.
    """
    try:
        document = reading.read(arguments.report)
        if arguments.to is not None:
            _write(arguments.to, document)
            return 0
    except reading.ReportError as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG
    text = RENDERINGS[FORMATS[arguments.format]](document)
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())  # the terminal's encoding may lack characters
    return 0


def _write(to: Path, document: dict[str, Any]) -> None:
    try:
        directory.prepare(to)
        directory.write(to, document)
    except directory.UnfitError as error:
        raise reading.ReportError(to, str(error)) from error
    except OSError as error:
        raise reading.ReportError(to, error.strerror or str(error)) from error
