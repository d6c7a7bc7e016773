"""
What the suite consists of: each test, and each clause that no test can judge, by node id.

The list comes from the suite's modules themselves, not from pytest's collection; so a run can tell
which of its tests never ran.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bgsched_conformance import clauses
from bgsched_conformance.marks import claim_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.clauses import Clause

PREFIX = "bgsched-kit"
SUITE = "bgsched_conformance.suite"
PAGE = frozenset(
    {
        "construction",
        "background-thread",
        "start",
        "pause",
        "errors",
        "process-exit",
        "shutdown",
        "restart",
        "defaults",
    }
)


@dataclass(frozen=True)
class Entry:
    """
    One item of the suite.

    Attributes:
        node_id: What pytest calls it.
        chapter: The chapter it stands in.
        name: Name of the test function; the clause's id if no test can judge it.
        clauses: Ids of the clauses it judges.
        informational: Its failure is noted and never counted.
        title: What the test says about itself, in a line.
        untestable: Why no test can judge the clause; empty for a test.
    """

    node_id: str
    chapter: str
    name: str
    clauses: tuple[str, ...]
    informational: bool = False
    title: str = ""
    untestable: str = ""


@dataclass(frozen=True)
class Catalogue:
    """
    The clauses and the items that judge them.

    Attributes:
        clauses: All clauses by id, in the order of the specification.
        modules: Name of the module of each chapter; None for a chapter without tests.
        entries: All items by node id, chapter by chapter.
    """

    clauses: dict[str, Clause]
    modules: dict[str, str | None]
    entries: dict[str, Entry]

    def of_clause(self, clause: str) -> list[Entry]:
        """
        Return the items that judge one clause.
        """
        return [entry for entry in self.entries.values() if clause in entry.clauses]


def load() -> Catalogue:
    """
    Import the suite and list it.

    Raises:
        ValueError: A test names no clause, or one that does not exist.
    """
    known = clauses.load()
    files = dict(_files())
    chapters = dict.fromkeys([clause.chapter for clause in known.values()])
    modules = {chapter: files.get(chapter) for chapter in [*chapters, *files]}
    entries = [
        entry
        for chapter, module in modules.items()
        for entry in (*_tests(chapter, module), *_untestable(chapter, known))
    ]
    for entry in entries:
        unknown = set(entry.clauses) - set(known)
        if unknown:
            raise ValueError(f"{entry.node_id} judges unknown clauses: {sorted(unknown)}")
    return Catalogue(
        known,
        {chapter: modules[chapter] for chapter in dict.fromkeys(e.chapter for e in entries)},
        {entry.node_id: entry for entry in entries},
    )


def _files() -> Iterator[tuple[str, str]]:
    package = importlib.import_module(SUITE)
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            yield module.name.replace("_", "-"), f"{SUITE}.{module.name}"


def _tests(chapter: str, module: str | None) -> Iterator[Entry]:
    if module is None:
        return
    for name, test in vars(importlib.import_module(module)).items():
        if name.startswith("test_"):
            claim = claim_of(test)
            if claim is None:
                raise ValueError(f"{module}.{name} names no clause; add @clause(...)")
            node_id = f"{PREFIX}/{chapter}::{name}"
            title = (inspect.getdoc(test) or "").partition("\n")[0]
            yield Entry(node_id, chapter, name, claim.clauses, claim.informational, title)


def _untestable(chapter: str, known: dict[str, Clause]) -> Iterator[Entry]:
    for clause in known.values():
        if clause.chapter == chapter and clause.untestable:
            node_id = f"{PREFIX}/{chapter}::{clause.id}"
            yield Entry(
                node_id,
                chapter,
                clause.id,
                (clause.id,),
                title="No test can judge this clause.",
                untestable=clause.untestable,
            )
