"""
A report takes the place of a former one and of nothing else, and never by half.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from reporting import document

from bgsched_conformance.reports import directory
from bgsched_conformance.verdict import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Toy

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """
    A small report with one failure and its program.
    """
    return document({"START-2": Outcome.FAIL}, chapters=["start"])


def contents(path: Path) -> dict[str, str]:
    """
    Return the texts of all files below a directory.
    """
    return {
        one.relative_to(path).as_posix(): one.read_text(encoding="utf-8")
        for one in path.rglob("*")
        if one.is_file()
    }


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        ({"out": ""}, "out", "it is no directory; name a new or an empty one"),
        ({"out/notes.txt": ""}, "out", "it holds 'notes.txt', which is no part of a report*"),
        (
            {"out/report.json": '{"format": 1}', "out/me.py": ""},
            "out",
            "it holds 'me.py', which is no part of a report; name another one",
        ),
        (
            {"out/report.json": '{"format": 1}', "out/scripts/mine.py": ""},
            "out",
            "it holds 'scripts/mine.py', which is no part of a report; name another one",
        ),
        ({"out/report.json": "{}"}, "out", "it holds 'report.json', but no report*"),
        ({"out/report.json": "[1"}, "out", "it holds 'report.json', but no report*"),
        ({"out/badge.svg": ""}, "out", "it holds 'badge.svg', but no report; name another one"),
        ({}, "no/out", "No such file or directory; create its parent first"),
        ({"no": ""}, "no/out", "Not a directory"),
        ({}, "x" * 300, "File name too long"),
        ({}, "", "name a directory"),
    ],
)
def test_what_is_there_is_left(toy: Toy, files: dict[str, str], name: str, message: str) -> None:
    """
    Where a report cannot be, nothing is run, nothing is changed, and one line says why.
    """
    for file, text in files.items():
        path = toy.pytester.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    result = toy.run("Good", f"--bgsched-report={name}", "-p", "no:cacheprovider")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert 1 == len([line for line in result.errlines if line])
    result.stderr.fnmatch_lines([f"ERROR: --bgsched-report={name}: {message}"])
    assert files == contents(toy.pytester.path)


@pytest.mark.parametrize("arguments", [["--collect-only"], ["--bgsched-list"]])
def test_what_runs_nothing_reports_nothing(toy: Toy, arguments: list[str]) -> None:
    """
    Looking at what would run makes no directory.
    """
    result = toy.run("Good", "--bgsched-report=out", *arguments)

    assert result.ret == 0
    assert not (toy.pytester.path / "out").exists()


def test_a_report_that_cannot_be_written_fails_the_run(toy: Toy) -> None:
    """
    If the directory is gone in the end, the verdict is told, and that there is no report of it.
    """
    result = toy.run("Vandal", "--bgsched-report=out")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["verdict  CONFORMANT*", "report   not written to out: *"])


@pytest.mark.parametrize("left", ["", ".bgsched-left/report.json"])
def test_an_empty_directory_will_do(tmp_path: Path, report: dict[str, Any], left: str) -> None:
    """
    A directory may be there, if it is empty but for what a run that was killed has left.
    """
    if left:
        (tmp_path / left).parent.mkdir()
        (tmp_path / left).touch()

    directory.prepare(tmp_path)
    directory.write(tmp_path, report)

    assert [] == [one.name for one in tmp_path.iterdir() if one.name.startswith(".")]
    assert "scripts/START-2-1.py" in contents(tmp_path)


def test_a_former_report_is_replaced_whole(tmp_path: Path, report: dict[str, Any]) -> None:
    """
    After a second report in the same place there is nothing of the first one.
    """
    directory.write(tmp_path / "one", report)
    (tmp_path / "one" / "scripts" / "__pycache__").mkdir()
    second = document(chapters=["start"])

    directory.prepare(tmp_path / "one")
    directory.write(tmp_path / "one", second)

    directory.write(tmp_path / "two", second)
    assert contents(tmp_path / "two") == contents(tmp_path / "one")


def test_a_former_report_stays_until_the_new_one_is_complete(
    tmp_path: Path, report: dict[str, Any]
) -> None:
    """
    What cannot be written to its end changes nothing.
    """
    directory.write(tmp_path, report)
    before = contents(tmp_path)
    broken = {**report, "run": {**report["run"], "seed": float("nan")}}

    with pytest.raises(ValueError, match="not JSON compliant"):
        directory.write(tmp_path, broken)

    assert before == contents(tmp_path)


def test_programs_are_kept_beside_the_report(tmp_path: Path, report: dict[str, Any]) -> None:
    """
    A program stands in its own file, and not in the document as well.
    """
    directory.write(tmp_path, report)

    (told,) = [one["failure"] for one in report["tests"] if one["failure"] is not None]
    assert told["program"] == contents(tmp_path)[told["script"]]
    published = json.loads(contents(tmp_path)["report.json"])
    assert all("program" not in (one["failure"] or {}) for one in published["tests"])
