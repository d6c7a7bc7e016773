"""
A test that judges several clauses lays its failure on the one that is broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from judging import run_kit

from bgsched_conformance.findings import Broken, Stalled, blamed, blaming

if TYPE_CHECKING:
    from pathlib import Path


def test_a_failure_is_laid_on_the_clause_nearest_to_it() -> None:
    """
    Of nested blocks the inner one counts; a failure outside of any is laid on no clause.
    """
    with pytest.raises(Stalled) as stalled, blaming("START-1"), blaming("START-2"):
        raise Stalled("a run")
    with pytest.raises(Broken) as broken:
        raise Broken("this", "that")

    assert ("START-2",) == blamed(stalled.value)
    assert () == blamed(broken.value)


@pytest.mark.parametrize(
    ("fault", "test", "clause"),
    [
        (
            "errors:StartsTwice",
            "pause::test_any_order_of_calls_leads_to_the_runs_of_a_plain_model",
            "ERR-4",
        ),
        (
            "jobs:ListsPausedJobsFirst",
            "jobs::test_any_order_of_calls_leads_to_the_table_of_a_plain_dict",
            "JOB-16",
        ),
    ],
)
def test_the_model_names_the_clause_that_is_broken(
    tmp_path: Path, fault: str, test: str, clause: str
) -> None:
    """
    A scheduler with the fault of one clause is not told to have broken others that the model knows.
    """
    ended = run_kit(f"faults.{fault}", tmp_path, f"bgsched-kit/{test}")

    assert f"verdict  NOT CONFORMANT on the 1 test selected (1 MUST clause fails: {clause})" in (
        ended.stdout.splitlines()
    ), ended.stdout
