"""
The guard around a test body.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bgsched_conformance import runner
from bgsched_conformance.patience import Patience


def test_each_example_of_a_property_test_is_a_sign_of_life() -> None:
    """
    A body that waits for nothing is not taken for one that hangs, however many examples it has.
    """
    patience = Patience()
    examples = []

    @settings(max_examples=20, database=None)
    @given(number=st.integers())
    def body(number: int) -> None:
        examples.append((number, patience.beats))

    runner.run(body, {}, patience)

    assert [beats for _, beats in examples] == list(range(1, len(examples) + 1))
    assert len(examples) > 1
