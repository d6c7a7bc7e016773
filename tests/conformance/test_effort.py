"""
A seed repeats the examples of a run, whatever ran before; a deep run tries more.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from judging import run_kit

from bgsched_conformance import effort

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from conftest import Toy

pytest_plugins = ["pytester"]


def examples(seed: int) -> list[int]:
    """
    Return the numbers that a property test tries.
    """
    tried = []

    with effort.applied("deep", seed):

        @given(st.integers(0, 10**6))
        def test(number: int) -> None:
            tried.append(number)

        test()
    return tried


def test_a_seed_repeats_the_examples_whatever_was_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Hypothesis reads numbers to try in the modules of a project; those loaded later change nothing.
    """
    tmp_path.joinpath("loaded_later.py").write_text(f"MANY = {list(range(5000, 9000, 7))}")
    before = examples(7)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("loaded_later")

    after = examples(7)

    assert before == after
    assert before != examples(8)


def test_a_test_alone_fails_with_the_same_example(toy: Toy) -> None:
    """
    What is printed about a random failure is the same in a whole run and in one of this test only.
    """
    test = "bgsched-kit/many-jobs::test_double"

    whole, alone = (toy.run("Large", "--bgsched-seed=77", *ids) for ids in ([], [test]))

    shown = [
        [line for line in run.outlines if line.startswith("E       number=")]
        for run in (whole, alone)
    ]
    assert [["E       number=501,"]] * 2 == shown


def test_a_deep_run_finds_a_rare_fault(tmp_path: Path) -> None:
    """
    A drift in one zone after very many steps, which most quick runs miss, does not escape it.
    """
    test = "bgsched-kit/interval-trigger::test_after_a_past_start_it_fires_at_the_next_step"

    ended = run_kit("rare:DriftsInLordHowe", tmp_path, "--bgsched-effort=deep", test)

    assert 1 == ended.returncode, ended.stdout
