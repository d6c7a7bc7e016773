"""
``matrix``: judge several distributions, each in its own environment, and compare them.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
import threading
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from bgsched_conformance.comparison import column, compare, words
from bgsched_conformance.comparison.environments import SetupError
from bgsched_conformance.comparison.judging import Plan, judge
from bgsched_conformance.comparison.processes import Processes
from bgsched_conformance.comparison.reading import InputError
from bgsched_conformance.comparison.specs import DEFAULT, NOTATION, parse
from bgsched_conformance.comparison.table import Table

if TYPE_CHECKING:
    import argparse
    from contextlib import AbstractContextManager

_PASSED_ON = ("scope", "level", "clause", "effort", "waivers")
_INTERRUPTED = 130
_NOT_JUDGED = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare what the command takes.
    """
    parser.epilog = (
        f"A SPEC is {NOTATION}. Without #MODULE:CLASS the class is {DEFAULT}. "
        "@FILE stands for the arguments in a file, one a line."
    )
    parser.add_argument("specs", nargs="+", metavar="SPEC", help="what to judge; see below")
    parser.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="at once; default: half of the processors"
    )
    parser.add_argument(
        "--to", metavar="DIR", help="write matrix.json, matrix.md and matrix.html there"
    )
    parser.add_argument("--force", action="store_true", help="let --to replace these files")
    parser.add_argument(
        "--keep", metavar="DIR", help="keep environments and reports there, and use them again"
    )
    parser.add_argument(
        "--python", default=sys.executable, metavar="PATH", help="make the environments with it"
    )
    parser.add_argument(
        "--time-limit", type=float, default=1800, metavar="SECONDS", help="for one run of the kit"
    )
    for name in _PASSED_ON:
        parser.add_argument(
            f"--{name}", action="append", default=[], help=f"passed on as --bgsched-{name}"
        )
    parser.add_argument("--seed", type=int, help="passed on; by default the same for all columns")
    compare.add_shared(parser)


def run(arguments: argparse.Namespace) -> int:
    """
    Judge, compare, and return the exit status.
    """
    try:
        return _run(arguments)
    except (InputError, SetupError) as error:
        sys.stderr.write(f"matrix: {words.plain(str(error))}\n")
        return compare.USAGE
    except KeyboardInterrupt:
        sys.stderr.write("matrix: interrupted; no matrix was written\n")
        return _INTERRUPTED


def _run(arguments: argparse.Namespace) -> int:
    specs = [parse(text) for text in arguments.specs]
    labels = Counter(spec.label for spec in specs)
    twice = [label for label, number in labels.items() if number > 1]
    if twice:
        raise InputError(f"two columns are called {twice[0]!r}; name them, as in NAME@REQUIREMENT")
    files = _files(arguments.to, force=arguments.force)
    seed = secrets.randbelow(2**32) if arguments.seed is None else arguments.seed
    options = [
        f"--bgsched-{name}={_located(value)}"
        for name in _PASSED_ON
        for value in getattr(arguments, name)
    ]
    jobs = arguments.jobs or (os.cpu_count() or 2) // 2
    plan = Plan(
        (*options, f"--bgsched-seed={seed}"), arguments.python, arguments.time_limit, max(jobs, 1)
    )
    lock = threading.Lock()

    def say(what: str) -> None:
        with lock:
            sys.stderr.write(f"{words.plain(what)}\n")
            sys.stderr.flush()

    with _directory(arguments.keep) as directory:
        columns = judge(specs, plan, Path(directory), Processes(), say)
    table = Table(tuple(columns))
    for name, form in files.items():
        if form == "json":
            text = json.dumps(column.to_json(columns), ensure_ascii=False) + "\n"
        else:
            text = compare.rendered(table, form, every=arguments.all)
        compare.write(name, text, force=arguments.force)
    sys.stdout.write(compare.rendered(table, "terminal", every=arguments.all, to_terminal=True))
    if arguments.fail_on:
        return table.exit_code
    return 0 if any(not one.problem for one in columns) else _NOT_JUDGED


def _located(value: str) -> str:
    # A file of waivers: the kit runs in another directory.
    return str(Path(value).absolute()) if Path(value).is_file() else value


def _files(to: str | None, *, force: bool) -> dict[Path, str]:
    """
    Return which file gets which form; told before hours of work, not after.
    """
    if to is None:
        return {}
    directory = Path(to)
    files = {
        directory / "matrix.json": "json",
        directory / "matrix.md": "markdown",
        directory / "matrix.html": "html",
    }
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise InputError(f"{', '.join(there)} are there already; --force replaces them")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{directory}: {error.strerror or error}") from error
    return files


def _directory(keep: str | None) -> AbstractContextManager[str]:
    if keep is None:
        return tempfile.TemporaryDirectory(prefix="bgsched-matrix-", ignore_cleanup_errors=True)
    return nullcontext(str(Path(keep).absolute()))
