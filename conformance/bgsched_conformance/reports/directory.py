"""
The directory that a report is written to: nothing else may be in it, nothing of it is half new.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bgsched_conformance.program import SCRIPTS
from bgsched_conformance.reports.document import published, scripts
from bgsched_conformance.reports.renderings import RENDERINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

REPORT = "report.json"
_STAGE = ".bgsched-"
_SCRIPT = re.compile(r"[A-Z]+-[A-Z0-9]+-[0-9]+\.py|__pycache__")


class UnfitError(Exception):
    """
    A report cannot be written to this directory; the message says why and what to do.
    """


def prepare(directory: Path) -> None:
    """
    Make sure that a report can be written, before anything is done to have one.

    Raises:
        UnfitError: It cannot.
    """
    try:
        if not directory.exists():
            directory.mkdir()
        elif not directory.is_dir():
            raise UnfitError("it is no directory; name a new or an empty one")
        else:
            _look_through(directory)
        # Permission bits tell little: of the root user, and of what is mounted.
        with tempfile.TemporaryDirectory(dir=directory, prefix=_STAGE):
            pass
    except OSError as error:
        hint = "; create its parent first" if not directory.parent.exists() else ""
        raise UnfitError(f"{error.strerror or error}{hint}") from error


def write(directory: Path, document: Mapping[str, Any]) -> None:
    """
    Write a report in the place of a former one, which stays whole until the new one is complete.

    Args:
        directory: See `prepare`.
        document: The report; the programs in it become scripts.

    Raises:
        OSError: Something could not be written; the former report, if any, is left.
    """
    directory.mkdir(exist_ok=True)
    stage = Path(tempfile.mkdtemp(dir=directory, prefix=_STAGE))
    try:
        (stage / SCRIPTS).mkdir()
        texts = {name: render(document) for name, render in RENDERINGS.items()}
        texts[REPORT] = _json(published(document))
        programs = scripts(document)
        for name, text in {**texts, **programs}.items():
            (stage / name).write_text(text, encoding="utf-8", newline="\n")
        shutil.rmtree(directory / SCRIPTS, ignore_errors=True)
        if programs:
            (stage / SCRIPTS).replace(directory / SCRIPTS)
        for name in texts:  # the document last: it tells that the directory holds a report
            (stage / name).replace(directory / name)
    finally:
        for left in directory.glob(f"{_STAGE}*"):  # of a run that was killed here, too
            shutil.rmtree(left, ignore_errors=True)


def _look_through(directory: Path) -> None:
    ours = {REPORT, SCRIPTS, *RENDERINGS}
    found = sorted(entry.name for entry in os.scandir(directory))
    entries = [name for name in found if not name.startswith(_STAGE)]
    strange = [name for name in entries if name not in ours]
    if SCRIPTS in entries and (directory / SCRIPTS).is_dir():
        inside = sorted(entry.name for entry in os.scandir(directory / SCRIPTS))
        strange += [f"{SCRIPTS}/{name}" for name in inside if not _SCRIPT.fullmatch(name)]
    if strange:
        raise UnfitError(f"it holds {strange[0]!r}, which is no part of a report; name another one")
    if entries and not _is_report(directory / REPORT):
        raise UnfitError(f"it holds {entries[0]!r}, but no report; name another one")


def _is_report(path: Path) -> bool:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and "format" in document


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
