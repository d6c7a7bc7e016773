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

# A faulty scheduler may lose its thread to an exception; the tests of the suite see to that.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

for module in pkgutil.iter_modules(faults.__path__):
    importlib.import_module(f"faults.{module.name}")

# What must not happen is looked for while other threads have their turn. On a busy machine the
# faulty one may not have had it yet; to be caught in one of these proves that the test can fail.
LOOKS = 5

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

    # Up to the first failure: to shrink that of a random test as well would take most of the time.
    own = [entry for entry in tests if planted.clause in entry.clauses]
    assert any(failed(verdict(entry, target, patience)) for _ in range(LOOKS) for entry in own), [
        entry.name for entry in own
    ]
    if planted in FIRST:
        others = [e for e in tests if judged(e) and not expected & set(e.clauses)]
        ends = {entry.name: verdict(entry, target, patience, glance=True) for entry in others}
        # In a hurry a wait may end before its time; what fails is judged once more at leisure.
        again = {
            entry.name: verdict(entry, target, Patience(), glance=True)
            for entry in others
            if failed(ends[entry.name])
        }
        assert {} == {name: how for name, how in again.items() if failed(how)}


def failed(end: str) -> bool:
    """
    Whether a test that ended so has found a fault.
    """
    return end.startswith("failed")


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
