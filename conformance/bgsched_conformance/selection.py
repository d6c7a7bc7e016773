"""
Which part of the suite a run is about.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import clauses
from bgsched_conformance.catalogue import PAGE, PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bgsched_conformance.catalogue import Catalogue, Entry
    from bgsched_conformance.clauses import Clause
    from bgsched_conformance.options import Options


@dataclass(frozen=True)
class Chosen:
    """
    The part of the suite to run.

    Attributes:
        clauses: The clauses to judge, by id.
        entries: The items that have to run, by node id.
        part: What the run was narrowed to, in words; empty for everything.
    """

    clauses: dict[str, Clause]
    entries: dict[str, Entry]
    part: str

    def place(self, node_id: str, clause: str) -> int:
        """
        Return the number of an item among those that judge a clause, from 1.
        """
        judging = [entry.node_id for entry in self.entries.values() if clause in entry.clauses]
        return judging.index(node_id) + 1


def choose(catalogue: Catalogue, options: Options, ids: Iterable[str]) -> Chosen:
    """
    Apply the scope, the clauses and the node ids that were asked for.

    Args:
        catalogue: The whole suite.
        options: Hold the scope and the patterns of clauses.
        ids: Node ids of tests or chapters; none of them means every test.

    Raises:
        pytest.UsageError: Something asked for does not exist.
    """
    wanted = {
        key: clause
        for key, clause in catalogue.clauses.items()
        if options.scope == "all" or clause.chapter in PAGE
    }
    part = "BackgroundScheduler page" if len(wanted) < len(catalogue.clauses) else ""
    if options.clauses:
        chosen = _by_pattern(options.clauses)
        wanted = {key: clause for key, clause in wanted.items() if key in chosen}
        part = _counted(len(wanted), "clause")
    entries = {
        node_id: entry
        for node_id, entry in catalogue.entries.items()
        if wanted.keys() & set(entry.clauses)
    }
    matched = by_id(ids, catalogue)
    if matched:
        entries = {node_id: entry for node_id, entry in entries.items() if node_id in matched}
        judged = {clause for entry in entries.values() for clause in entry.clauses}
        wanted = {key: clause for key, clause in wanted.items() if key in judged}
        part = _counted(len(entries), "test")
    if not wanted:
        raise pytest.UsageError("no clause is left to judge: the options exclude one another")
    return Chosen(wanted, entries, part)


def by_id(ids: Iterable[str], catalogue: Catalogue) -> set[str]:
    """
    Return the items that node ids of tests or chapters mean.

    Raises:
        pytest.UsageError: There is none of such an id.
    """
    matched: set[str] = set()
    for node_id in ids:
        hits = {
            known
            for known in catalogue.entries
            if known == node_id or known.startswith((f"{node_id}::", f"{node_id}/"))
        }
        if not hits:
            near = difflib.get_close_matches(node_id, catalogue.entries, 1)
            advice = f"did you mean {near[0]}?" if near else "--bgsched-list prints all"
            raise pytest.UsageError(f"no such test in the kit: {node_id}; {advice}")
        matched |= hits
    return matched


def take_ids(config: pytest.Config) -> list[str]:
    """
    Take the kit's node ids out of the arguments of a run, and leave pytest the paths.

    Ids are also known in the form that pytest prints below the rootdir (``../bgsched-kit/...``).
    Without a path of the host's own, nothing of the host is left to be collected.
    """
    explicit = config.args_source is pytest.Config.ArgsSource.ARGS
    taken, left = [], []
    for argument in config.args if explicit else ():
        node_id = _virtual(str(argument), config)
        if node_id is None:
            left.append(argument)
        else:
            taken.append(node_id)
    config.args = left
    return taken


def _virtual(argument: str, config: pytest.Config) -> str | None:
    head, separator, tail = argument.replace(os.sep, "/").partition("::")
    full = os.path.normpath(config.invocation_params.dir / head)
    if os.path.exists(full):  # a real path wins  # noqa: PTH110 - not resolved, as pytest does
        return None
    below_root = PurePosixPath(os.path.relpath(full, config.rootpath).replace(os.sep, "/"))
    for path in (below_root, PurePosixPath(head)):
        if path.parts[:1] == (PREFIX,):
            return f"{path}{separator}{tail}"
    return None


def _by_pattern(patterns: Iterable[str]) -> set[str]:
    try:
        return clauses.select(patterns)
    except clauses.UnknownClauseError as error:
        raise pytest.UsageError(f"--bgsched-clause: {error}") from error


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'} selected"
