"""
A suite of a few clauses and tests, put in the place of the real one: load it with ``-p toykit``.
"""

import pytest

from bgsched_conformance import catalogue, clauses
from bgsched_conformance.capabilities import CAPABILITIES, Capability
from bgsched_conformance.clauses import Clause, Level

pytest.register_assert_rewrite("toykit.suite")


def _clause(clause_id: str, level: Level, chapter: str, untestable: str | None = None) -> Clause:
    return Clause(
        id=clause_id,
        level=level,
        chapter=chapter,
        sentence=f"The sentence of {clause_id}.",
        source=f"The source of {clause_id}.",
        hint=f"Is {clause_id} all right?",
        page=f"docs/spec/{chapter}.md#{clause_id.lower()}",
        deviation=None,
        untestable=untestable,
        informational=None,
    )


CLAUSES = {
    clause.id: clause
    for clause in (
        _clause("START-1", "MUST", "start"),
        _clause("START-2", "SHOULD", "start"),
        _clause("START-3", "MUST", "start"),
        _clause("START-4", "MAY", "start", "Nobody can see it."),
        _clause("JOB-1", "MUST", "many-jobs"),
        _clause("JOB-2", "SHOULD", "many-jobs"),
    )
}


def _load() -> dict[str, Clause]:
    return CLAUSES


catalogue.SUITE = "toykit.suite"
clauses.load = _load  # type: ignore[assignment]
CAPABILITIES["answers"] = Capability("`answer()`", "start::test_answer", "START-1")
