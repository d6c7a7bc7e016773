"""
The contract and the suite are about the same clauses, each told in its own chapter.
"""

from __future__ import annotations

from judging import suite


def test_every_clause_has_a_test_or_a_reason_for_having_none() -> None:
    """
    No clause is forgotten, and none that cannot be tested is tested.
    """
    tested = {
        clause
        for entry in suite().entries.values()
        if not entry.untestable
        for clause in entry.clauses
    }
    testable = {clause.id for clause in suite().clauses.values() if not clause.untestable}

    assert testable == tested


def test_every_clause_that_counts_is_judged_in_its_own_chapter() -> None:
    """
    The page of a clause and the module of its tests have the same name; tests may look further.
    """
    at_home = {
        clause
        for entry in suite().entries.values()
        for clause in entry.clauses
        if entry.chapter == suite().clauses[clause].chapter
    }

    assert set(suite().clauses) == at_home


def test_what_is_only_noted_is_announced_in_the_contract() -> None:
    """
    A test whose failure does not count belongs to a clause that says so; each such clause has one.
    """
    noted = {
        clause
        for entry in suite().entries.values()
        if entry.informational
        for clause in entry.clauses
    }

    assert {clause.id for clause in suite().clauses.values() if clause.informational} == noted
