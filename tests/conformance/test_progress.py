"""
A long test shows that it is at work, and leaves the output of pytest as it would be without.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import progress

if TYPE_CHECKING:
    from conftest import Toy

pytest_plugins = ["pytester"]

IMPATIENT = """
from bgsched_conformance import progress
progress._EVERY = progress._DRAWN_AFTER = progress._TOLD_AFTER = 0
"""
ANSWER = "bgsched-kit/start::test_answer"
BELOW = re.compile(r"\n\r([^\n\r]*)\x1b\[K\x1b\[A\x1b\[\d+G")


@pytest.fixture
def impatient(toy: Toy) -> Toy:
    """
    A toy whose tests are long as soon as they begin.
    """
    toy.pytester.makepyfile(impatient=IMPATIENT)
    toy.pytester.syspathinsert()
    return toy


def test_a_terminal_shows_the_running_test_below(impatient: Toy) -> None:
    """
    The line says what runs and how far the run is; it is empty again before pytest goes on.
    """
    sent = impatient.on_terminal("Slow", "-p", "impatient", "--color=yes", ANSWER)

    drawn = BELOW.findall(sent)
    assert re.fullmatch(r"\d:\d\d · 1 of 1 · start::test_answer", drawn[0])
    assert "" == drawn[-1]
    rest = BELOW.sub("", sent)
    assert "start \x1b[32m.\x1b" in rest
    assert "verdict  CONFORMANT on the 1 test selected" in rest


@pytest.mark.parametrize("arguments", [["--color=yes", "-qs"], ["--color=no"]])
def test_a_terminal_is_left_alone(impatient: Toy, arguments: list[str]) -> None:
    """
    Nothing moves the cursor where that was not asked for, or could be in the way.
    """
    sent = impatient.on_terminal("Slow", "-p", "impatient", ANSWER, *arguments)

    assert [] == BELOW.findall(sent)


@pytest.mark.parametrize(("arguments", "told"), [([], True), (["-v"], True), (["-q"], False)])
def test_a_log_gets_a_line_for_a_long_test(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: bool
) -> None:
    """
    The line names the test, once in a while; a quiet run has none.
    """
    monkeypatch.setattr(progress, "_EVERY", 0)
    monkeypatch.setattr(progress, "_TOLD_AFTER", 0.1)

    ended = toy.run("Slow", ANSWER, *arguments)

    lines = [line for line in ended.outlines if line.startswith("still running after ")]
    assert told == bool(lines)
    assert all(line.endswith(f" s: {ANSWER}") for line in lines)
    assert ended.ret == 0


def test_a_test_that_is_told_of_cannot_close_the_output(impatient: Toy) -> None:
    """
    What shields both streams from the implementation is back in place as soon as a line is written.
    """
    ended = impatient.spawn("Closing", "-p", "impatient", ANSWER)

    assert any(line.startswith("still running after ") for line in ended.outlines)
    assert "verdict  CONFORMANT on the 1 test selected" in ended.outlines
    assert [] == ended.errlines
