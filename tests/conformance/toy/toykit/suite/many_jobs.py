"""
JOB: what a toy scheduler does with many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World


@given(number=st.integers(0, 1000))
@clause("JOB-1")
def test_double(target: Target, number: int) -> None:
    """
    Twice any number is its double.
    """
    assert 2 * number == target.cls().double(number)


@clause("JOB-1")
@given(number=st.integers(0, 10))
def test_double_in_worlds(worlds: Worlds, number: int) -> None:
    """
    The same in a world of its own.
    """
    with worlds() as world:
        assert 2 * number == world.bare_scheduler().double(number)


@clause("JOB-2")
def test_story(world: World) -> None:
    """
    What was done is told.
    """
    scheduler = world.bare_scheduler()
    assert [1, 2] == scheduler.steps(1, depth=2)
