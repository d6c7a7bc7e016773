"""
Read a report that was written before, perhaps elsewhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bgsched_conformance.record import PROGRAM
from bgsched_conformance.reports import schema
from bgsched_conformance.reports.directory import REPORT
from bgsched_conformance.reports.document import FORMAT
from bgsched_conformance.texts import fit

if TYPE_CHECKING:
    from pathlib import Path


class ReportError(Exception):
    """
    Something is wrong with a report.

    Attributes:
        path: Where it is, or was to be.
        what: What is wrong.
    """

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what

    def __str__(self) -> str:
        return str(fit(f"{self.path}: {self.what}")).replace("\n", " ")


def read(path: Path) -> dict[str, Any]:
    """
    Read a report, and the programs beside it as far as they are there.

    Args:
        path: Of the document, or of the directory it is in.

    Raises:
        ReportError: There is none that this version of the kit can read.
    """
    file = path / REPORT if path.is_dir() else path
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(file, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise ReportError(file, f"not JSON: {error}") from error
    if not isinstance(document, dict) or "format" not in document:
        raise ReportError(file, "not a report of the conformance kit")
    if document["format"] != FORMAT:
        found = document["format"]
        raise ReportError(file, f"its format is {found!r}; this version of the kit reads {FORMAT}")
    mistake = schema.mistake(document)
    if mistake:
        raise ReportError(file, f"not a valid report: {mistake}")
    for test in document["tests"]:
        if test["failure"] is not None:
            test["failure"][PROGRAM] = _program(file.parent, test["failure"]["script"])
    return document


def _program(directory: Path, script: str | None) -> str | None:
    if script is None:
        return None
    try:
        return (directory / script).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
