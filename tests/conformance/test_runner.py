"""
The guard around a test body.
"""

from __future__ import annotations

import itertools
import threading

import pytest
from hostile.threads import Looping
from hypothesis import given, settings
from hypothesis import strategies as st

from bgsched_conformance import runner
from bgsched_conformance.patience import SHORT, Patience, Real
from bgsched_conformance.target import Target
from bgsched_conformance.world import World


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


def test_a_look_that_fails_is_not_laid_on_the_body() -> None:
    """
    What the kit cannot show of a run that goes on is no failure of the implementation.
    """
    looked = threading.Event()

    def look() -> None:
        looked.set()
        raise OSError("the terminal is gone")

    runner.run(looked.wait, {}, Patience(), look)

    assert looked.is_set()


@pytest.mark.parametrize("slow", [False, True], ids=["idle machine", "slow machine"])
def test_a_thread_that_loops_is_ended_with_its_world(
    monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    """
    What one test leaves running takes neither processor nor memory from the next ones.
    """
    patience = Patience(full=SHORT)
    if slow:  # by the kit's clock, a second passes whenever it is read
        monkeypatch.setattr(Real, "seconds", staticmethod(itertools.count().__next__))
    left: list[threading.Thread] = []

    def body(world: World) -> None:
        world.scheduler().start()
        left.extend(thread for thread in world.new_threads() if thread.name == "looping")

    world = World(Target(Looping, "hostile.threads:Looping"), patience)
    runner.run(body, {"world": world}, patience)

    (thread,) = left
    thread.join(60)
    assert not thread.is_alive()
