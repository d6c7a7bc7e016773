"""
The command ``replay``: run the scripts of a report, and say which of its failures are still there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from bgsched_conformance.program import SCRIPTS

if TYPE_CHECKING:
    import argparse

FIXED, FAILED, ERROR = "FIXED", "FAILED", "ERROR"
_WORDS = {0: FIXED, 1: FAILED, 2: ERROR}
_SECONDS = 300  # scripts bound their own waits; only one that is stuck gets there
_AT_ONCE = 4
_WRONG, _UNKNOWN, _INTERRUPTED = 4, 6, 130


class Result(NamedTuple):
    """
    How one script ended.

    Attributes:
        script: Its file.
        word: What it says: `FIXED`, `FAILED`, or `ERROR` if it cannot tell.
        reason: Why, in a line.
    """

    script: Path
    word: str
    reason: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the arguments of the command.
    """
    parser.add_argument(
        "directory", metavar="DIR", type=Path, help="what --bgsched-report=DIR has written"
    )
    parser.add_argument(
        "--impl", metavar="MODULE:CLASS", help="try this class instead of the one that failed"
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Run all scripts, each in a process of its own, and print a line for each.

    Returns:
        0 if all failures are gone, 1 if there are any left, 6 if no more than that is unknown.
    """
    directory, impl = arguments.directory, arguments.impl
    if impl is not None and ":" not in impl:
        return _refuse(f"--impl={impl}: write it as module:Class")
    if not directory.is_dir():
        return _refuse(f"{directory}: there is no such directory")
    scripts = sorted((directory / SCRIPTS).glob("*.py"))
    if not scripts and not (directory / "report.json").is_file():
        return _refuse(
            f"{directory}: no report; write one with pytest --bgsched-report={directory}"
        )
    counts = Counter[str]()
    try:
        with ThreadPoolExecutor(min(_AT_ONCE, os.cpu_count() or 1)) as pool:
            for result in pool.map(lambda script: result_of(script, impl), scripts):
                counts[result.word] += 1
                _say(f"{result.word:<6}  {result.script.stem:<12}  {result.reason}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    _say(", ".join(f"{counts[word]} {word}" for word in _WORDS.values()))
    if counts[FAILED]:
        return 1
    return _UNKNOWN if counts[ERROR] else 0


def result_of(script: Path, impl: str | None = None, seconds: float = _SECONDS) -> Result:
    """
    Run one script.

    Args:
        script: Its file.
        impl: ``module:Class`` to try instead of the one it was written for.
        seconds: When it is given up.
    """
    command = [sys.executable, os.fspath(script), *([] if impl is None else [impl])]
    # Files and not pipes: a process that the script leaves behind would keep a pipe open.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return Result(script, ERROR, f"it did not end within {seconds:g} s")
        finally:
            process.kill()
            process.wait()
        told, noise = (_last_line(file) for file in (out, err))
    word, _, reason = told.partition(" ")
    if word != _WORDS.get(code):
        return Result(script, ERROR, f"it ended with {code}: {noise or told or 'without a word'}")
    return Result(script, word, reason.strip())


def _last_line(file: BinaryIO) -> str:
    file.seek(0)
    lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return _WRONG
