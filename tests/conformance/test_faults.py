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

    from bgsched_conformance.catalogue import Entry

# A faulty scheduler may lose its thread to an exception; the tests of the suite see to that.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

for module in pkgutil.iter_modules(faults.__path__):
    importlib.import_module(f"faults.{module.name}")

FIRST = list({planted.clause: planted for planted in reversed(faults.FAULTS)}.values())


@pytest.mark.parametrize("planted", faults.FAULTS, ids=lambda planted: planted.scheduler.__name__)
def test_a_planted_fault_fails_its_own_clause_and_no_other(planted: Fault) -> None:
    """
    A test of the broken clause fails; those of the other clauses of its chapter pass.

    The latter is seen for one fault of each clause, for it takes most of the time.
    """
    target = Target(planted.scheduler, planted.spec)
    chapter = suite().clauses[planted.clause].chapter
    tests = [e for e in suite().entries.values() if e.chapter == chapter and not e.untestable]
    expected = {planted.clause, *planted.also}

    patience = Patience()
    patience.hurried = True  # a dead scheduler would cost the whole budget at each wait

    def end(entry: Entry, *, glance: bool = False) -> str:
        return verdict(entry, target, patience, glance=glance)

    # Up to the first failure: to shrink that of a random test as well would take most of the time.
    own = [entry for entry in tests if planted.clause in entry.clauses]
    assert any(end(entry).startswith("failed") for entry in own), [entry.name for entry in own]
    if planted in FIRST:
        others = [e for e in tests if judged(e) and not expected & set(e.clauses)]
        ends = {entry.name: end(entry, glance=True) for entry in others}
        assert {} == {name: how for name, how in ends.items() if how.startswith("failed")}


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
