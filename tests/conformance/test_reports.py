"""
A report says what the run has found out, in the published form, however the run ended.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from reporting import validator

if TYPE_CHECKING:
    from _pytest.pytester import RunResult

    from conftest import Toy

pytest_plugins = ["pytester"]

REPORT = "--bgsched-report=out"
PARTS = [
    "attestation.json",
    "badge.json",
    "badge.svg",
    "report.html",
    "report.json",
    "report.schema.json",
    "summary.md",
]
WAIVER = '[[waiver]]\ntest = "start::test_answer"\nreason = "ticket 812"\n'


def written(toy: Toy) -> dict[str, Any]:
    """
    Return the report of the last run, after a look at its form.
    """
    text = (toy.pytester.path / "out" / "report.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    validator().validate(document)
    return document


def outcomes(document: dict[str, Any]) -> dict[str, str]:
    """
    Return how each test came out, by its name.
    """
    return {test["id"].partition("::")[2]: test["outcome"] for test in document["tests"]}


def failure(document: dict[str, Any], name: str) -> dict[str, Any]:
    """
    Return what is told about the failure of one test.
    """
    (found,) = [test["failure"] for test in document["tests"] if test["id"].endswith(f"::{name}")]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("cls", "waiver", "word", "test", "outcome", "status"),
    [
        ("Good", "", "CONFORMANT", "test_answer", "pass", ""),
        ("Wrong", "", "NOT CONFORMANT", "test_answer", "fail", ""),
        ("Rude", "", "CONFORMANT", "test_word", "fail", ""),
        ("Rude", "", "CONFORMANT", "test_extra", "noted", ""),
        ("Starved", "", "INCOMPLETE", "test_answer", "inconclusive", ""),
        ("Wrong", WAIVER, "CONFORMANT", "test_answer", "waived", "used"),
        ("Good", WAIVER, "NOT CONFORMANT", "test_answer", "stale", "stale"),
        ("Good", WAIVER + "intermittent = true", "CONFORMANT", "test_answer", "pass", "unused"),
        ("Wrong", WAIVER + 'match = "no"', "NOT CONFORMANT", "test_answer", "fail", "mismatched"),
        (
            "Wrong",
            WAIVER + "until = 2020-01-31",
            "NOT CONFORMANT",
            "test_answer",
            "fail",
            "expired",
        ),
    ],
)
def test_a_report_says_what_the_run_says(
    toy: Toy, cls: str, waiver: str, word: str, test: str, outcome: str, status: str
) -> None:
    """
    Verdict, outcomes and the fate of waivers are those of the run, and nothing is made up.
    """
    toy.pytester.path.joinpath("own.toml").write_text(waiver)

    result = toy.run(cls, REPORT, "--bgsched-waivers=own.toml")

    document = written(toy)
    assert (word, int(result.ret)) == tuple(
        document["verdict"][key] for key in ("word", "exit_code")
    )
    assert f"verdict  {document['verdict']['sentence']}" in result.outlines
    assert "report   out/report.html" in result.outlines
    assert outcome == outcomes(document)[test]
    assert [status] * bool(status) == [one["status"] for one in document["waivers"]]
    told = {"fail", "waived", "noted", "inconclusive"}
    assert all(
        (one["outcome"] in told) == (one["failure"] is not None) == bool(one["blamed"])
        for one in document["tests"]
    )
    parts = {path.name for path in (toy.pytester.path / "out").iterdir()}
    assert set(PARTS) == parts - {"scripts"}


def test_a_failure_is_told_in_full(toy: Toy) -> None:
    """
    A report has all that the terminal says about a failure, and where it was raised.
    """
    toy.run("Stepless", REPORT, "--bgsched-level=may")

    document = written(toy)
    told = failure(document, "test_story")
    assert "LookupError: no step 1 of 2" == told["actual"] == told["error"]
    assert ["s = Stepless()", "s.steps(1, depth=2)"] == told["did"]
    assert "toysched.py" in told["traceback"]
    assert (
        "pytest --bgsched-impl=toysched:Stepless bgsched-kit/many-jobs::test_story" == told["rerun"]
    )
    assert ([], None) == (told["example"], told["seed"])
    assert (toy.pytester.path / "out" / told["script"]).is_file()
    (clause,) = [one for one in document["clauses"] if one["id"] == "JOB-2"]
    assert ("fail", True, "SHOULD") == (clause["outcome"], clause["counted"], clause["level"])
    assert ["What was done is told."] == [
        one["title"] for one in document["tests"] if one["blamed"] == ["JOB-2"]
    ]


def test_an_example_is_the_smallest_one(toy: Toy) -> None:
    """
    Of a property test a report has the arguments that hypothesis chose, and the seed.
    """
    toy.run("Large", REPORT, "--bgsched-seed=77", "--bgsched-effort=deep")

    told = failure(written(toy), "test_double")
    assert (["number=501"], 77) == (told["example"], told["seed"])


def test_an_interrupted_run_leaves_a_report(toy: Toy) -> None:
    """
    After Ctrl-C there is a valid report, INCOMPLETE, of what had run until then.
    """
    result = toy.spawn("Interrupted", REPORT)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    document = written(toy)
    assert ("INCOMPLETE", True) == (document["verdict"]["word"], document["verdict"]["interrupted"])
    assert ["pass", *["not run"] * 8] == list(outcomes(document).values())


def test_a_run_that_is_given_up_leaves_a_report(toy: Toy) -> None:
    """
    What does not run after the first failure, because of ``-x``, is not run; nor is it guessed.
    """
    toy.run("Wrong", REPORT, "-x")

    document = written(toy)
    assert ("NOT CONFORMANT", True) == (
        document["verdict"]["word"],
        document["verdict"]["interrupted"],
    )
    assert ["fail", *["not run"] * 8] == list(outcomes(document).values())


def test_an_internal_error_leaves_a_report(toy: Toy) -> None:
    """
    If something else breaks pytest, there is a report of what had run, and the error is still told.
    """
    toy.pytester.makepyfile(
        breaking="""
        def pytest_runtest_logfinish(nodeid):
            raise RuntimeError("a plugin of the host")
        """
    )
    toy.pytester.syspathinsert()

    result = toy.run("Good", REPORT, "-p", "breaking")

    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    document = written(toy)
    assert ("INCOMPLETE", True) == (document["verdict"]["word"], document["verdict"]["interrupted"])


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """
    Return what two runs on the same class have in common.
    """
    for one in (*document["clauses"], *document["tests"]):
        del one["seconds"]
    for key in ("started", "seconds", "workers", "command"):
        del document["run"][key]
    return document


def test_workers_report_the_same(toy: Toy) -> None:
    """
    With ``-n 2`` one report is written, the same as without, though texts are hard to transport.
    """
    asked = ["--bgsched-seed=1", "--bgsched-level=should"]
    toy.run("Garbled", REPORT, *asked)
    alone = written(toy)

    toy.spawn("Garbled", REPORT, *asked, "-n2")

    together = written(toy)
    assert (0, 2) == (alone["run"]["workers"], together["run"]["workers"])
    assert comparable(alone) == comparable(together)


def test_hostile_texts_do_no_harm(toy: Toy) -> None:
    """
    Controls, halves of surrogate pairs and endless messages arrive escaped and cut.
    """
    toy.run("Garbled", REPORT)

    told = failure(written(toy), "test_answer")
    assert told["error"].startswith(
        "Odd|`<b>: \\x1b[31m\\x00\\r|`\\u202e</script><b>&\\ud800\n# | heading |\n```\nxxx"
    )
    assert re.fullmatch(r".*xxx\.\.\. \(60\d\d characters more\)", told["error"], re.DOTALL)
    for part in PARTS:
        text = (toy.pytester.path / "out" / part).read_text(encoding="utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text), part


def test_without_the_option_nothing_is_written_nor_loaded(toy: Toy) -> None:
    """
    A run that asks for no report has none, and does not import what writes one.
    """
    toy.pytester.makepyfile(
        test_host="""
        import sys

        def test_nothing_of_reports_is_loaded():
            assert "bgsched_conformance.execution" in sys.modules
            assert not [name for name in sys.modules if "conformance.reports" in name]
        """
    )

    result = toy.spawn("Wrong", "test_host.py", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=7, failed=1, skipped=2)
    assert not list(toy.pytester.path.rglob("report*"))
    result.stdout.no_fnmatch_line("report *")


def properties(toy: Toy, name: str) -> dict[str, str | None]:
    """
    Return the properties of one test in a JUnit file.
    """
    root = ET.parse(toy.pytester.path / "junit.xml").getroot()  # noqa: S314 - pytest wrote it
    found = root.findall(f".//testcase[@name='{name}']/properties/property")
    return {one.attrib["name"]: one.attrib["value"] for one in found}


def test_junit_files_tell_the_clauses(toy: Toy) -> None:
    """
    A JUnit file has the clauses, their level and the outcome of each test, and how to rerun it.
    """
    toy.run("Wrong", "--junitxml=junit.xml")

    node_id = "bgsched-kit/start::test_answer"
    assert {
        "bgsched_clauses": "START-1",
        "bgsched_level": "MUST",
        "bgsched_outcome": "fail",
        "bgsched_rerun": f"pytest --bgsched-impl=toysched:Wrong {node_id}",
    } == properties(toy, "test_answer")
    assert {
        "bgsched_clauses": "START-1 START-2",
        "bgsched_level": "MUST",
        "bgsched_outcome": "pass",
    } == properties(toy, "test_thread")


@pytest.fixture
def scripted(toy: Toy) -> RunResult:
    """
    A run with a failure, hence with a script.
    """
    return toy.run("Wrong", REPORT, "--junitxml=junit.xml")


def test_scripts_are_written_and_named(toy: Toy, scripted: RunResult) -> None:
    """
    The program of a failure is a file, which story, report and JUnit file name by its path.
    """
    script = toy.pytester.path / "out" / "scripts" / "START-1-1.py"
    assert "def test_answer(target):" in script.read_text()
    assert "  script    out/scripts/START-1-1.py" in scripted.outlines
    assert "scripts/START-1-1.py" == failure(written(toy), "test_answer")["script"]
    assert "scripts/START-1-1.py" == properties(toy, "test_answer")["bgsched_script"]


@pytest.mark.usefixtures("scripted")
def test_scripts_of_a_former_report_are_gone(toy: Toy) -> None:
    """
    A report that takes the place of another leaves nothing of it.
    """
    toy.run("Good", REPORT)

    assert PARTS == sorted(path.name for path in (toy.pytester.path / "out").iterdir())
    assert "CONFORMANT" == written(toy)["verdict"]["word"]
