"""
What ``matrix`` is asked to judge: one text for each column.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from bgsched_conformance.comparison.reading import InputError

DEFAULT = "apscheduler.schedulers.background:BackgroundScheduler"
NOTATION = (
    "[NAME@]REQUIREMENT[#MODULE:CLASS] [REQUIREMENT...] [PRELUDE.py]: what pip installs (a "
    "requirement, a project's directory or a file), the name of its column, the class to judge, "
    "what is to be installed besides, and a program that every Python of its environment is to run "
    "first"
)
_CLASS = re.compile(r"#([\w.]+:[\w.]+)$")
_NAMED = re.compile(r"([\w.+-]+)@(.+)")
_PROJECT = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Spec:
    """
    One column of the matrix.

    Attributes:
        text: What was asked for.
        name: Of the column, without a version.
        impl: ``module:Class``; None for APScheduler's, if that is what gets installed.
        requirements: What pip installs.
        prelude: A Python program to run first in each process, or None.
    """

    text: str
    name: str
    impl: str | None
    requirements: tuple[str, ...]
    prelude: Path | None

    @property
    def label(self) -> str:
        """
        What to call it before it is known which version it is.
        """
        pinned = self.requirements[0].partition("==")[2]
        return f"{self.name} {pinned}".strip()

    @property
    def local(self) -> bool:
        """
        Whether files of this machine are installed, which may change without another name.
        """
        return any(Path(requirement).exists() for requirement in self.requirements)


def parse(text: str) -> Spec:
    """
    Understand one column.

    Args:
        text: In the form of `NOTATION`; blanks within a part are quoted as for a shell.

    Raises:
        InputError: It has another form, or names a file that does not exist.
    """
    first, *others = _parts(text)
    found = _CLASS.search(first)
    impl = found[1] if found else None
    requirement = first[: found.start()] if found else first
    named = _NAMED.fullmatch(requirement)
    name = named[1] if named else ""
    requirement = _located(named[2] if named else requirement)
    if not name:
        path = Path(requirement)  # of which a file is named after its project and version
        project = _PROJECT.match(path.name.partition("-")[0] if path.is_file() else path.name)
        name = project[0] if project else requirement
    preludes = [Path(other).absolute() for other in others if other.endswith(".py")]
    for prelude in preludes:
        if not prelude.is_file():
            raise InputError(f"{text}: there is no file {prelude}")
    if len(preludes) > 1:
        raise InputError(f"{text}: give one prelude at most")
    besides = tuple(_located(other) for other in others if not other.endswith(".py"))
    return Spec(text, name, impl, (requirement, *besides), preludes[0] if preludes else None)


def _parts(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    try:
        parts = list(lexer)
    except ValueError as error:
        raise InputError(f"{text}: {error}") from error
    if not parts:
        raise InputError("name what to judge; an empty text was given")
    return parts


def _located(requirement: str) -> str:
    # pip takes a path only if it looks like one, and runs in another directory.
    if requirement.startswith("-"):
        raise InputError(f"{requirement}: an option of pip is no requirement")
    path = Path(requirement).expanduser()
    return str(path.absolute()) if path.exists() else requirement
