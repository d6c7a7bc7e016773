"""
Everything that is made of a report says what the report says, and is well formed whatever is in it.
"""

from __future__ import annotations

import copy
import fractions
import hashlib
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from reporting import document, validator

from bgsched_conformance import __main__, texts
from bgsched_conformance.reports import attestation, badge, digests, directory, markdown, schema
from bgsched_conformance.reports.renderings import FORMATS, RENDERINGS
from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = "|`*_<b>&</script>\\\n\n# x | y\n```\n~~~[a](b)"


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """
    A report on a chapter, with a failure that counts and one that does not.
    """
    outcomes = {"START-2": Outcome.FAIL, "START-15": Outcome.FAIL, "START-3": Outcome.WAIVED}
    return document(outcomes, chapters=["start"])


def told(clause: str, report: dict[str, Any]) -> dict[str, Any]:
    """
    Return a clause of a report.
    """
    found: dict[str, Any] = next(one for one in report["clauses"] if one["id"] == clause)
    return found


def rows(text: str) -> Iterator[list[str]]:
    """
    Yield the cells of each row of the tables of failures.
    """
    for line in text.splitlines():
        if re.match(r"\| [A-Z]+-\d", line):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_a_summary_begins_with_the_verdict(report: dict[str, Any]) -> None:
    """
    The verdict is the heading, and the failures that count come before the others.
    """
    lines = markdown.summary(report).splitlines()

    assert f"## ❌ {report['verdict']['sentence']}" == lines[0]
    assert lines.index("### Failures") < lines.index(
        "<details><summary>Waived: failures that are expected (1)</summary>"
    )


@pytest.mark.parametrize("level", list(Level))
def test_a_summary_counts_all_clauses(level: Level) -> None:
    """
    The table of counts adds up to the clauses of each level, whichever of them count.
    """
    made = document({"START-2": Outcome.FAIL}, level=level)

    text = markdown.summary(made)

    for name in ("MUST", "SHOULD", "MAY"):
        number = sum(one["level"] == name for one in made["clauses"])
        assert re.search(rf"^\| {name} \|.* \| {number} \|$", text, re.MULTILINE)


def test_a_table_keeps_its_columns_whatever_is_in_it() -> None:
    """
    Markup in what an implementation says neither ends a cell nor begins anything.
    """
    made = document({"START-2": Outcome.FAIL}, chapters=["start"], expected=HOSTILE, actual=HOSTILE)

    found = list(rows(markdown.summary(made)))

    (row,) = found
    assert 5 == len(row)
    shown = re.sub(r"</?code>|<br>", "", row[2])
    assert not re.search(r"[<>|`*\[\]\\~]", shown)
    assert "&#60;b&#62;&#38;&#60;/script&#62;" in shown


def test_a_summary_fits_into_the_summary_of_a_job() -> None:
    """
    GitHub refuses more than 1 MiB; what is left out is told, and is in the report.
    """
    everything = {clause["id"]: Outcome.FAIL for clause in document()["clauses"]}
    made = document(everything, expected="🙂|" * 10_000, actual="<&>" * 10_000)

    text = markdown.summary(made)

    assert 700_000 < len(text.encode()) < 1_048_576
    assert "This is not all; report.json has the rest." in text


@pytest.mark.parametrize(
    ("outcome", "word", "color"),
    [
        (Outcome.PASS, "conformant", "brightgreen"),
        (Outcome.INCONCLUSIVE, "incomplete", "yellow"),
        (Outcome.FAIL, "not conformant", "red"),
    ],
)
def test_a_badge_tells_the_verdict_and_what_it_rests_on(
    outcome: Outcome, word: str, color: str
) -> None:
    """
    Word, color and numbers are those of the report; a part of the contract is called one.
    """
    made = document({"START-2": outcome}, chapters=["start"])
    counted = [one for one in made["clauses"] if one["counted"]]
    passed = sum(one["outcome"] == "pass" for one in counted)

    endpoint = json.loads(badge.endpoint(made))
    picture = ET.fromstring(badge.picture(made))  # noqa: S314 - our own

    message = f"{word} ({passed} of {len(counted)} MUST, part of the contract)"
    assert {
        "schemaVersion": 1,
        "label": "bgsched conformance",
        "message": message,
        "color": color,
    } == endpoint
    assert f"bgsched conformance: {message}" == picture.attrib["aria-label"]


def test_an_attestation_lists_the_clauses(report: dict[str, Any]) -> None:
    """
    The statement is of the form of in-toto; what does not count only warns.
    """
    statement = json.loads(attestation.statement(report))

    predicate = statement["predicate"]
    assert "https://in-toto.io/Statement/v1" == statement["_type"]
    assert "https://in-toto.io/attestation/test-result/v0.1" == statement["predicateType"]
    assert [{"name": "acme/scheduling.py", "digest": {"sha256": "0" * 64}}] == statement["subject"]
    assert "FAILED" == predicate["result"]
    assert ["START-2"] == predicate["failedTests"]
    assert {"START-3", "START-15"} == set(predicate["warnedTests"])
    passed = [one["id"] for one in report["clauses"] if one["outcome"] == "pass"]
    assert passed == predicate["passedTests"]
    assert all(one["digest"]["sha256"] for one in predicate["configuration"])


def test_digests_are_of_the_files_judged(tmp_path: Path) -> None:
    """
    What was judged and the waivers can be told from other files of the same name.
    """
    (tmp_path / "own.toml").write_bytes(b"# none")

    found = digests.gather(fractions.Fraction, ["own.toml", "apscheduler-3.11"], tmp_path)

    module = hashlib.sha256(Path(fractions.__file__).read_bytes()).hexdigest()
    assert {"fractions.py": module} == found["implementation"]
    assert hashlib.sha256(b"# none").hexdigest() == found["waivers"]["own.toml"]
    assert {"own.toml", "apscheduler-3.11"} == found["waivers"].keys()


def test_of_a_package_all_code_is_judged() -> None:
    """
    Of a class in a package the files of the whole package count, named from its top.
    """
    found = [name for name, _ in digests.files_of(json.JSONDecoder)]

    assert {"json/__init__.py", "json/decoder.py"} < set(found)
    assert sorted(found) == found


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """
    Yield every part of a schema that describes an object.
    """
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for item in node.values():
            yield from objects(item)
    elif isinstance(node, list):
        for item in node:
            yield from objects(item)


def test_the_schema_is_closed() -> None:
    """
    Nothing may be in a report that the schema does not tell of.
    """
    found = list(objects(json.loads(schema.text())))

    assert len(found) > 15
    assert all("additionalProperties" in one for one in found)
    assert all(
        set(one["required"]) == one["properties"].keys() for one in found if "properties" in one
    )


CHANGES: list[tuple[list[Any], Any]] = [
    (["format"], 2),
    (["format"], None),
    (["verdict", "word"], "FINE"),
    (["verdict", "interrupted"], 1),
    (["verdict", "exit_code"], "1"),
    (["implementation", "capabilities"], {"processes": 1}),
    (["implementation", "adapter"], 1),
    (["run", "seed"], -1),
    (["run", "seed"], True),
    (["run", "seconds"], "1"),
    (["run", "waivers"], [1]),
    (["counts", "MUST"], {"good": 1}),
    (["counts", "MUST"], {"pass": 0}),
    (["clauses"], {}),
    (["clauses", 0, "id"], "start-1"),
    (["clauses", 0, "outcome"], "ok"),
    (["clauses", 0, "more"], 1),
    (["tests", 0, "failure"], {}),
    (["tests", 0, "failure"], False),
    (["digests", "kit"], "1"),
    (["digests", "waivers"], {"own.toml": ""}),
]


def published(report: dict[str, Any]) -> dict[str, Any]:
    """
    Return a copy of what is in the file of a report.
    """
    made = copy.deepcopy(report)
    for test in made["tests"]:
        if test["failure"] is not None:
            del test["failure"]["program"]
    return made


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=str)
def test_the_kit_finds_the_mistakes_that_others_find(
    report: dict[str, Any], path: list[Any], value: object
) -> None:
    """
    Our own check knows what every other reader of the schema knows, and no more.
    """
    made = published(report)
    assert "" == schema.mistake(made)
    assert validator().is_valid(made)
    place: Any = made
    for key in path[:-1]:
        place = place[key]

    place[path[-1]] = value

    assert not validator().is_valid(made)
    assert schema.mistake(made)


def test_a_report_can_be_rendered_again(tmp_path: Path, report: dict[str, Any]) -> None:
    """
    ``render`` makes the same of a report as the run has made, scripts included.
    """
    directory.write(tmp_path / "one", report)

    assert 0 == __main__.main(["render", str(tmp_path / "one"), "--to", str(tmp_path / "two")])

    files = {path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*")}
    assert {Path(name) for name in (*RENDERINGS, "report.json", "scripts/START-2-1.py")} <= files
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_a_single_part_is_printed(
    tmp_path: Path, report: dict[str, Any], name: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """
    ``--format`` writes one part to standard output, in UTF-8.
    """
    directory.write(tmp_path, report)

    assert 0 == __main__.main(["render", str(tmp_path / "report.json"), f"--format={name}"])

    assert (tmp_path / FORMATS[name]).read_bytes() == capfdbinary.readouterr().out


def test_the_schema_is_printed() -> None:
    """
    ``python -m bgsched_conformance schema`` prints the schema.
    """
    command = [sys.executable, "-m", "bgsched_conformance", "schema"]

    assert (
        schema.text() == subprocess.run(command, capture_output=True, check=True, text=True).stdout
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file or directory"),
        ("", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[" * 100_000, "not JSON: "),
        ("{}", "not a report of the conformance kit"),
        ('{"format": 2}', "its format is 2; this version of the kit reads 1"),
        ('{"format": 1}', "not a valid report: report has no 'verdict'"),
    ],
)
def test_what_is_no_report_is_refused(
    tmp_path: Path, text: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A file that cannot be read as a report is named in one line, with exit status 4.
    """
    path = tmp_path / "some.json"
    if text is not None:
        path.write_text(text)

    assert 4 == __main__.main(["render", str(path), "--format=badge"])

    error = capsys.readouterr().err
    assert error.startswith(f"{path}: {message}")
    assert 1 == error.count("\n")


def test_a_directory_of_somebody_else_is_refused(
    tmp_path: Path, report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    ``render --to`` overwrites nothing but a report.
    """
    directory.write(tmp_path / "one", report)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "thesis.tex").write_text("years of work")

    assert 4 == __main__.main(["render", str(tmp_path / "one"), "--to", str(tmp_path / "two")])

    assert "it holds 'thesis.tex', which is no part of a report" in capsys.readouterr().err
    assert ["thesis.tex"] == [path.name for path in (tmp_path / "two").iterdir()]


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31m\r\x00\x9b", "\\x1b[31m\\r\\x00\\x9b"),
        ("\ud800 \udcff", "\\ud800 \\udcff"),
        ("\u202eabc\u2066\u2028", "\\u202eabc\\u2066\\u2028"),
        ("é 🙂 中", "é 🙂 中"),
    ],
)
def test_texts_are_made_fit(text: str, fit: str) -> None:
    """
    What a reader could stumble over is escaped, in keys as well; the rest stays.
    """
    assert {fit: [fit, (fit, 1)]} == texts.fit({text: [text, (text, 1)]})


def test_long_texts_are_cut() -> None:
    """
    Of a long text the beginning is kept, of many lines the end; what is left out is counted.
    """
    assert "abc" == texts.cut("abc", 3)
    assert "abc... (2 characters more)" == texts.cut("abcde", 3)
    assert ["... 1 before", "b", "cc... (1 characters more)"] == texts.last(["a", "b", "ccc"], 2, 2)
