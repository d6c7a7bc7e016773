"""
A draft of waivers becomes, once it is completed, a file that accepts what had failed.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.waivers import drafts

if TYPE_CHECKING:
    from conftest import Toy

pytest_plugins = ["pytester"]


@given(text=st.text(), random=st.booleans())
def test_an_expression_finds_the_failure_that_it_was_made_of(text: str, random: bool) -> None:
    """
    Whatever stands in a failure, what is written into a file is read back and finds that failure.
    """
    error = f"AssertionError: {text}"

    line = f"match = {drafts.toml(drafts.pattern(error, random=random))}\n"

    # A file in UTF-8 is all that TOML allows, and lone surrogates have no place in it.
    read = tomllib.loads(line.encode().decode())["match"]
    assert re.search(read, error)


@pytest.mark.parametrize(
    ("random", "before", "after", "other"),
    [
        (
            False,
            "Broken: expected one; actual: <f at 0x7f12ab> in /tmp/a b/c_1/x.py:31",
            "Broken: expected one; actual: <f at 0x55> in /tmp/a b/c_2/x.py:77",
            "Broken: expected two; actual: <f at 0x7f12ab> in /tmp/a b/c_1/x.py:31",
        ),
        (
            False,
            "Stalled: expected shutdown() to return; actual: it did not happen within 5.2 s",
            "Stalled: expected shutdown() to return; actual: it did not happen within 0.3 s",
            "Stalled: expected start() to return; actual: it did not happen within 5.2 s",
        ),
        (
            False,
            "Broken: expected one of three to succeed; actual: 3 succeeded",
            "Broken: expected one of three to succeed; actual: 2 succeeded",
            "Broken: expected one of three to succeed; actual: none succeeded",
        ),
        (
            False,
            f"AssertionError: assert ['{'abc' * 20}'] == []\n  - more",
            "AssertionError: assert ['abcabca...cabcabc'] == []\n  - less",
            "AssertionError: assert ['other'] == []",
        ),
        (
            False,
            "JobLookupError: 'No job by the id of d15c4a84afe444f7b2b1dd8385d0590d'",
            "JobLookupError: 'No job by the id of 00000000afe444f7b2b1dd8385d0590d'",
            "KeyError: 'No job by the id of d15c4a84afe444f7b2b1dd8385d0590d'",
        ),
        (
            False,
            "RuntimeError: Thread-7 (run) of 140464056788672 died",
            "RuntimeError: Thread-12 (run) of 140464056788999 died",
            "RuntimeError: Thread-7 (run) of 140464056788672 lives",
        ),
        (
            True,
            "Broken: expected {'hour': 3} in Europe/Berlin at 2026-03-01 00:00:00+0100 to fire",
            "Broken: expected {} in Asia/Tokyo at 2027-04-01 01:00:00-0000 to fire",
            "Broken: expected {'hour': 3} in Europe/Berlin at 2026-03-01 00:00:00+0100 to end",
        ),
    ],
)
def test_an_expression_holds_for_other_runs_and_no_other_failure(
    random: bool, before: str, after: str, other: str
) -> None:
    """
    Addresses, files, times, ids and what is random may differ; the words and the class may not.
    """
    found = drafts.pattern(before, random=random)

    assert re.search(found, after)
    assert not re.search(found, other)


@pytest.mark.parametrize("workers", [[], ["-n1"]])
def test_a_draft_is_refused_until_it_has_reasons(toy: Toy, workers: list[str]) -> None:
    """
    The draft names each failure that counts, and accepts them once it says why.
    """
    path = toy.pytester.path / "own.toml"
    run = toy.spawn if workers else toy.run

    ended = run("Wrong", "--bgsched-write-waivers=own.toml", *workers)

    assert ended.ret == 1
    ended.stdout.fnmatch_lines(["waivers  1 entry drafted in own.toml: give each a reason"])
    text = path.read_text(encoding="utf-8")
    assert "# START-1 (MUST): The sentence of START-1." in text.splitlines()
    (draft,) = tomllib.loads(text)["waiver"]
    assert ("start::test_answer", "^AssertionError: assert 42 == 41") == (
        draft["test"],
        draft["match"],
    )

    refused = toy.run("Wrong", "--bgsched-waivers=own.toml")

    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["ERROR: own.toml:*, waiver 1: give a reason instead of 'TODO*"])

    path.write_text(re.sub('"TODO.*"', '"ticket 812"', text), encoding="utf-8")

    assert 0 == toy.run("Wrong", "--bgsched-waivers=own.toml").ret


@pytest.mark.parametrize(
    ("cls", "arguments", "entries"),
    [
        ("Good", [], 0),
        ("Rude", [], 0),
        ("Rude", ["--bgsched-level=should"], 1),
        ("Large", ["--bgsched-seed=77"], 1),
        ("Starved", [], 0),
    ],
)
def test_only_what_counts_is_drafted(
    toy: Toy, cls: str, arguments: list[str], entries: int
) -> None:
    """
    There is an entry for each failure at the level of the run; without any there is no file.
    """
    path = toy.pytester.path / "own.toml"

    ended = toy.run(cls, "--bgsched-write-waivers=own.toml", *arguments)

    if entries:
        assert entries == path.read_text(encoding="utf-8").count("[[waiver]]\n")
    else:
        ended.stdout.fnmatch_lines(["waivers  nothing to waive: own.toml was not written"])
        assert not path.exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine.txt", "exists already and is not overwritten; name a new file"),
        ("dangling", "exists already and is not overwritten; name a new file"),
        ("nowhere/own.toml", "cannot be written: No such file or directory"),
        ("mine.txt/own.toml", "cannot be written: Not a directory"),
        ("", "exists already and is not overwritten; name a new file"),
        ("x" * 300, "cannot be written: File name too long"),
    ],
)
def test_nothing_is_overwritten(toy: Toy, name: str, message: str) -> None:
    """
    What cannot be written is told before the run, and what exists is left alone.
    """
    mine = toy.pytester.path / "mine.txt"
    mine.write_text("precious")
    toy.pytester.path.joinpath("dangling").symlink_to("nowhere")

    ended = toy.run("Wrong", f"--bgsched-write-waivers={name}")

    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    assert [f"ERROR: --bgsched-write-waivers={name}: {message}"] == [
        line for line in ended.errlines if line
    ]
    assert "precious" == mine.read_text()
    assert not toy.pytester.path.joinpath("nowhere").exists()
