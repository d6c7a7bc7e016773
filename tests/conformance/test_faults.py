"""
Each planted fault is caught by the clause it breaks, and by no other clause of its chapter.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import faults
import pytest
from judging import judged, suite, verdict

from bgsched_conformance.patience import Patience
from bgsched_conformance.target import Target

if TYPE_CHECKING:
    from faults import Fault

for module in pkgutil.iter_modules(faults.__path__):
    importlib.import_module(f"faults.{module.name}")

# A dead scheduler would cost the usual five seconds for each wait; half a second tells the same.
BRIEF = 10


@pytest.mark.parametrize("planted", faults.FAULTS, ids=lambda planted: planted.scheduler.__name__)
def test_a_planted_fault_fails_its_own_clause_and_no_other(planted: Fault) -> None:
    """
    The tests of the broken clause fail; those of the other clauses of its chapter pass.
    """
    target = Target(planted.scheduler, planted.spec)
    own = [entry for entry in suite().of_clause(planted.clause) if not entry.untestable]
    expected = {planted.clause, *planted.also}
    others = [
        entry
        for entry in suite().entries.values()
        if entry.chapter == own[0].chapter and judged(entry) and not expected & set(entry.clauses)
    ]
    patience = Patience(full=BRIEF)

    caught = {entry.name: verdict(entry, target, patience) for entry in own}
    bystanders = {entry.name: verdict(entry, target, patience) for entry in others}

    assert any(end.startswith("failed") for end in caught.values()), caught
    assert {} == {name: end for name, end in bystanders.items() if end.startswith("failed")}


def test_every_must_clause_has_a_planted_fault() -> None:
    """
    No MUST clause is without a proof that its tests can fail.
    """
    proved = {planted.clause for planted in faults.FAULTS}

    unproved = {
        clause.id
        for clause in suite().clauses.values()
        if clause.level == "MUST" and not clause.untestable and clause.id not in proved
    }

    assert set() == unproved
