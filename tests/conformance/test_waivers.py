"""
A waiver accepts the failure it describes, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import catalogue, clauses, waivers

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Toy

pytest_plugins = ["pytester"]

ANSWER = """
[[waiver]]
test = "start::test_answer"
reason = "ticket 812"
"""
CLAUSE = """
[[waiver]]
clause = "START-1"
reason = "ticket 812"
"""


@pytest.fixture(scope="module")
def suite() -> catalogue.Catalogue:
    """
    The smallest catalogue that a waiver can be about.
    """
    entries = [
        catalogue.Entry("bgsched-kit/start::test_a", "start", "test_a", ("START-1",)),
        catalogue.Entry("bgsched-kit/start::X-1", "start", "X-1", ("X-1",), untestable="Unseen."),
    ]
    known = clauses.load()
    return catalogue.Catalogue(
        {"START-1": known["START-1"], "X-1": known["START-2"]},
        {"start": None},
        {entry.node_id: entry for entry in entries},
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[waiver]", "not valid TOML"),
        ("waivers = 1", "unknown key 'waivers'"),
        ("waiver = 1", r"write each waiver as a \[\[waiver\]\] table"),
        ('[[waiver]]\nclause = "START-1"', "waiver 1: give a reason"),
        ('[[waiver]]\nclause = "START-1"\nreason = " "', "give a reason"),
        ('[[waiver]]\nclause = "START-1"\nreason = "ToDo: ask"', r"give a reason instead of 'ToDo"),
        ('\n\n[[ "waiver" ]]\nreason = 1', ":3, waiver 1: reason = 1 is not a text"),
        ('[[waiver]]\nreason = """\n[[waiver]]"""', ", waiver 1: name either"),
        ('[[waiver]]\nreason = "r"', "name either a clause or a test"),
        ('[[waiver]]\nclause = "START-1"\ntest = "start::test_a"\nreason = "r"', "either a clause"),
        ('[[waiver]]\nclause = "START-11"\nreason = "r"', "no clause 'START-11'; .* 'START-1'"),
        ('[[waiver]]\nclause = "X-1"\nreason = "r"', "no test judges X-1"),
        ('[[waiver]]\ntest = "start::test_b"\nreason = "r"', "no test .*did you mean"),
        ('[[waiver]]\ntest = "start::X-1"\nreason = "r"', "no test 'start::X-1'"),
        ('[[waiver]]\nclause = "START-1"\nreason = "r"\nwhy = 1', "unknown key 'why'; known: "),
        ('[[waiver]]\nclause = "START-1"\nreason = "r"\nmatch = "("', "no regular expression"),
        ('[[waiver]]\nclause = "START-1"\nreason = 1', "reason = 1 is not a text"),
        ('[[waiver]]\nclause = "START-1"\nreason = "r"\nuntil = "2030-01-01"', "is not a date"),
        ('[[waiver]]\nclause = "START-1"\nreason = "r"\nuntil = 2030-01-01T00:00:00', "not a date"),
        ('[[waiver]]\nclause = "START-1"\nreason = "r"\nintermittent = 1', "not true or false"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(
    suite: catalogue.Catalogue,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    text: str,
    message: str,
) -> None:
    """
    Every mistake in a waiver file is a usage error that names the file and the mistake.
    """
    path = tmp_path / "own.toml"
    path.write_text(text)

    with pytest.raises(pytest.UsageError, match=f"own.toml.*{message}"):
        waivers.load([str(path)], suite, pytestconfig)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(
    suite: catalogue.Catalogue, tmp_path: Path, pytestconfig: pytest.Config, content: bytes | None
) -> None:
    """
    A missing or unreadable file is told together with the sets that do exist.
    """
    path = tmp_path / "own.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(pytest.UsageError, match=r"own\.toml: neither a .*apscheduler-3\.11"):
        waivers.load([str(path)], suite, pytestconfig)


def test_a_directory_is_no_file(
    suite: catalogue.Catalogue, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """
    A directory is refused like any other file that cannot be read.
    """
    with pytest.raises(pytest.UsageError, match="nor a readable file: Is a directory"):
        waivers.load([str(tmp_path)], suite, pytestconfig)


def test_the_bundled_set_fits_the_suite(pytestconfig: pytest.Config) -> None:
    """
    The set for APScheduler can be named, and every entry of it is about something that exists.
    """
    loaded = waivers.load(["apscheduler-3.11"], catalogue.load(), pytestconfig)

    assert all(waiver.deviation for waiver in loaded)


@pytest.mark.parametrize(
    ("cls", "text", "code", "shown"),
    [
        ("Wrong", ANSWER, 0, "  waived * bgsched-kit/start::test_answer  ticket 812"),
        ("Wrong", ANSWER + 'match = "42 == 4[01]"', 0, "verdict  CONFORMANT*"),
        ("Wrong", ANSWER + "until = 2999-12-31", 0, "verdict  CONFORMANT*"),
        ("Wrong", CLAUSE, 0, "verdict  CONFORMANT*"),
        ("Wrong", ANSWER + 'match = "LookupError"', 1, "  but *expects a failure that matches*"),
        ("Wrong", ANSWER + "until = 2020-01-31", 1, "  but *its waiver expired on 2020-01-31 *"),
        (
            "Good",
            ANSWER,
            1,
            "  stale *delete the entry for start::test_answer (own.toml:2, waiver 1)",
        ),
        ("Good", CLAUSE, 1, "  stale *stale waiver: delete the entry for START-1 *"),
        ("Good", ANSWER + "intermittent = true", 0, "verdict  CONFORMANT*"),
        ("Good", CLAUSE + "intermittent = true", 0, "verdict  CONFORMANT*"),
    ],
)
def test_waived_runs(toy: Toy, cls: str, text: str, code: int, shown: str) -> None:
    """
    The failure described is accepted; another, a late one, and none at all fail the run.
    """
    toy.pytester.path.joinpath("own.toml").write_text(text)

    result = toy.run(cls, "--bgsched-waivers=own.toml")

    assert code == result.ret
    result.stdout.fnmatch_lines([shown])


def test_a_waiver_outside_the_selection_is_not_stale(toy: Toy) -> None:
    """
    What was not asked for tells nothing about its waivers.
    """
    toy.pytester.path.joinpath("own.toml").write_text(CLAUSE)

    result = toy.run("Good", "--bgsched-waivers=own.toml", "--bgsched-clause=JOB-2")

    assert result.ret == 0
