"""
`replay` says of each script of a report whether its failure is still there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.__main__ import main
from bgsched_conformance.replay import result_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Toy

pytest_plugins = ["pytester"]

SAYS = "import sys\nprint('a line before')\nprint({last!r}, *sys.argv[1:])\nsys.exit({code})\n"
pytest_plugins = ["pytester"]

FIXED = SAYS.format(last="FIXED   all is well", code=0)
FAILED = SAYS.format(last="FAILED  expected 1; actual: 2", code=1)
ERROR = SAYS.format(last="ERROR   too slow", code=2)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """
    The directory of a report without scripts.
    """
    (tmp_path / "report.json").write_text("{}")
    (tmp_path / "scripts").mkdir()
    return tmp_path


def fill(report: Path, **scripts: str) -> None:
    """
    Put scripts into a report.
    """
    for name, text in scripts.items():
        (report / "scripts" / f"{name}.py").write_text(text)


@pytest.mark.parametrize(
    ("scripts", "code", "summary"),
    [
        ({}, 0, "0 FIXED, 0 FAILED, 0 ERROR"),
        ({"a": FIXED, "b": FIXED}, 0, "2 FIXED, 0 FAILED, 0 ERROR"),
        ({"a": FIXED, "b": FAILED, "c": ERROR}, 1, "1 FIXED, 1 FAILED, 1 ERROR"),
        ({"a": FIXED, "b": ERROR}, 6, "1 FIXED, 0 FAILED, 1 ERROR"),
    ],
)
def test_the_exit_code_tells_the_worst(
    scripts: dict[str, str],
    code: int,
    summary: str,
    report: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """
    Any failure left is 1, and what cannot be told is no success either.
    """
    fill(report, **scripts)

    assert code == main(["replay", str(report)])

    assert summary == capfd.readouterr().out.splitlines()[-1]


def test_each_script_has_a_line(report: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """
    In the order of their names, with what each said last.
    """
    fill(report, b=FAILED, a=FIXED)

    main(["replay", str(report), "--impl=acme:Scheduler"])

    lines = [line.split(maxsplit=2) for line in capfd.readouterr().out.splitlines()]
    assert [
        ["FIXED", "a", "all is well acme:Scheduler"],
        ["FAILED", "b", "expected 1; actual: 2 acme:Scheduler"],
    ] == lines[:2]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("raise ValueError('broken')", "it ended with 1: ValueError: broken"),
        ("import sys; sys.exit(3)", "it ended with 3: without a word"),
        (SAYS.format(last="FIXED   not really", code=1), "it ended with 1: FIXED   not really"),
        ("import os; os.abort()", "it ended with -6: without a word"),
    ],
)
def test_a_script_that_ends_in_another_way_is_an_error(
    text: str, reason: str, report: Path
) -> None:
    """
    A script of which something else is left than it should say is taken for neither of the two.
    """
    fill(report, odd=text)

    result = result_of(report / "scripts" / "odd.py")

    assert ("ERROR", reason) == (result.word, result.reason)


def test_a_script_that_does_not_end_is_given_up(report: Path) -> None:
    """
    It is ended, and said to be an error.
    """
    fill(report, stuck="import threading; threading.Event().wait()")

    result = result_of(report / "scripts" / "stuck.py", seconds=0.1)

    assert ("ERROR", "it did not end within 0.1 s") == (result.word, result.reason)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{here}/nothing"], "{here}/nothing: there is no such directory"),
        (["{here}/scripts"], "{here}/scripts: no report; write one with pytest --bgsched-report=…"),
        (["{here}", "--impl=acme"], "--impl=acme: write it as module:Class"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_a_line(
    words: list[str], message: str, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    With the value and what to do, and the exit code 4.
    """
    assert 4 == main(["replay", *(word.format(here=report) for word in words)])

    told = capsys.readouterr().err.replace(f"={report}/scripts", "=…")
    assert f"{message.format(here=report)}\n" == told


def test_the_failures_of_a_run_can_be_replayed(toy: Toy) -> None:
    """
    A run writes a script for each failure, from a worker too; a class without the fault is FIXED.
    """
    toy.spawn("Wrong", "--bgsched-report=report", "-n1")
    (script,) = (toy.pytester.path / "report" / "scripts").iterdir()

    wrong, good = result_of(script), result_of(script, "toysched:Good")

    assert "START-1-1.py" == script.name
    assert ("FAILED", "expected 42; actual: 41") == (wrong.word, wrong.reason)
    assert "FIXED" == good.word
