"""
A comparison puts reports side by side, and nothing that is not known passes for good.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from reporting import document

from bgsched_conformance import __main__
from bgsched_conformance.comparison import column
from bgsched_conformance.comparison.table import Change, Table
from bgsched_conformance.verdict import Level, Outcome

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "|`*_<b>&</script>\\\n\n# x | y\n\x1b[31m\u202e"


def report(
    version: str, outcomes: dict[str, Outcome] | None = None, **options: Any
) -> dict[str, Any]:
    """
    Make a report on the chapter of starts.
    """
    options = {"chapters": ["start"]} | options
    made = document(outcomes, **options)
    made["implementation"]["version"] = version
    return made


def table(*reports: dict[str, Any], baseline: bool = False) -> Table:
    """
    Put reports side by side.
    """
    return Table(tuple(map(column.from_report, reports)), baseline=baseline)


def changes(compared: Table) -> list[tuple[str, str, str, str]]:
    """
    Return each change: its kind, the clause, the column it is seen in and the one before.
    """
    return [
        (change, row.rule.id, found.name, cell.before)
        for change in (Change.REGRESSION, Change.FIXED, Change.LOST)
        for row, found, cell in compared.changes(change)
    ]


def write(directory: Path, *reports: dict[str, Any]) -> list[str]:
    """
    Write reports into files and return their paths.
    """
    paths = [directory / f"{number}.json" for number in range(len(reports))]
    for path, made in zip(paths, reports, strict=True):
        path.write_text(json.dumps(made), encoding="utf-8")
    return [str(path) for path in paths]


def test_what_passed_before_and_fails_is_a_regression() -> None:
    """
    Each column is held against the one before it, and so a clause may break and be repaired.
    """
    compared = table(report("1"), report("2", {"START-2": Outcome.FAIL}), report("3"))

    assert [
        ("regression", "START-2", "acme-scheduling 2", "acme-scheduling 1"),
        ("fixed", "START-2", "acme-scheduling 3", "acme-scheduling 2"),
    ] == changes(compared)
    assert 1 == compared.exit_code


def test_a_baseline_is_what_all_others_are_held_against() -> None:
    """
    A fork is not to be blamed for what the fork beside it has repaired.
    """
    broken = {"START-2": Outcome.FAIL}
    compared = table(report("1", broken), report("2"), report("3", broken), baseline=True)

    assert [("fixed", "START-2", "acme-scheduling 2", "acme-scheduling 1")] == changes(compared)
    assert 0 == compared.exit_code


def test_what_was_not_decided_is_looked_past() -> None:
    """
    A regression shows across a column that was too slow to tell.
    """
    compared = table(
        report("1"),
        report("2", {"START-2": Outcome.INCONCLUSIVE}),
        report("3", {"START-2": Outcome.FAIL}),
    )

    assert [
        ("regression", "START-2", "acme-scheduling 3", "acme-scheduling 1"),
        ("lost", "START-2", "acme-scheduling 2", "acme-scheduling 1"),
    ] == changes(compared)


@pytest.mark.parametrize(
    "outcome", [Outcome.INCONCLUSIVE, Outcome.NOT_RUN, Outcome.UNSUPPORTED], ids=str
)
def test_a_pass_that_is_no_longer_known_is_not_green(outcome: Outcome) -> None:
    """
    A gate ends with 6 where a clause that passed before was not decided.
    """
    assert 6 == table(report("1"), report("2", {"START-2": outcome})).exit_code


def test_a_clause_that_was_not_judged_is_not_green() -> None:
    """
    A run on fewer clauses cannot take the place of a run on all of them.
    """
    compared = table(report("1", chapters=["start", "pause"]), report("2"))

    lost = {clause for kind, clause, _, _ in changes(compared) if kind == "lost"}
    assert "PAUSE-1" in lost
    assert "START-1" not in lost
    assert 6 == compared.exit_code


def test_a_failure_that_does_not_count_fails_no_gate() -> None:
    """
    A SHOULD that breaks is shown at every level, and counts at its own.
    """
    broken = {"START-15": Outcome.FAIL}

    assert 0 == table(report("1"), report("2", broken)).exit_code
    assert 1 == table(report("1"), report("2", broken, level=Level.SHOULD)).exit_code


def test_a_waived_failure_is_no_regression() -> None:
    """
    What the user expects is shown, and is neither good nor bad news.
    """
    compared = table(report("1"), report("2", {"START-2": Outcome.WAIVED}))

    assert [] == changes(compared)
    assert ["START-2"] == [row.rule.id for row in compared.rows if row.remarkable]


def test_what_else_differs_is_told() -> None:
    """
    Other contracts, levels and kits are named with the columns they belong to.
    """
    other = report("2", level=Level.MAY)
    other["kit"] = {"version": "0.2.0", "contract": "aps-4"}

    notes = list(table(report("1"), other).notes())

    assert [
        "not the same contract: aps-3.11: acme-scheduling 1; aps-4: acme-scheduling 2",
        "not the same kit: 0.1.0: acme-scheduling 1; 0.2.0: acme-scheduling 2",
        "not the same level: must: acme-scheduling 1; may: acme-scheduling 2",
    ] == notes


def test_clauses_stand_in_the_order_of_the_contract() -> None:
    """
    Columns that know different clauses are merged, whichever comes first.
    """
    few, many = report("1", chapters=["start"]), report("2", chapters=["construction", "start"])
    expected = [clause["id"] for clause in many["clauses"]]

    for reports in ([few, many], [many, few]):
        assert expected == [row.rule.id for row in table(*reports).rows]


def test_columns_survive_a_file() -> None:
    """
    What a matrix keeps leads to the same table as the reports did, hostile texts included.
    """
    made = report("1", {"START-2": Outcome.FAIL, "START-15": Outcome.UNSUPPORTED})
    made["verdict"]["sentence"] = HOSTILE
    columns = [column.from_report(made, "fork", "fork==1"), column.Column("lost", problem="gone")]

    kept = column.from_json(json.loads(json.dumps(column.to_json(columns))))

    assert columns == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file or directory"),
        ("{", "not JSON: JSONDecodeError"),
        ("[" * 100_000, "not JSON: RecursionError"),
        ("[]", "not a report of the kit"),
        ('{"format": 2, "clauses": []}', "a report of format 2; this kit reads 1"),
        ('{"format": 1, "clauses": []}', "not a complete report: KeyError: 'implementation'"),
        ('{"format": 1, "clauses": 7, "columns": []}', "not a complete report: TypeError"),
    ],
    ids=["missing", "truncated", "deep", "list", "format", "empty", "types"],
)
def test_bad_input_is_told_in_a_line(
    text: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What is no report ends the command with 4 and one line that says what it is.
    """
    path = tmp_path / "report.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    status = __main__.main(["compare", str(path)])

    told = capsys.readouterr()
    assert (4, "", 1) == (status, told.out, told.err.count("\n"))
    assert told.err.startswith("compare: ")
    assert message in told.err


def test_a_report_of_an_unknown_outcome_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A word that this kit does not know is not shown as if it were one.
    """
    made = report("1")
    made["clauses"][0]["outcome"] = "splendid"

    assert 4 == __main__.main(["compare", *write(tmp_path, made)])
    assert "'splendid' is not a valid Outcome" in capsys.readouterr().err


def test_two_runs_on_one_version_are_told_apart_by_their_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Before and after a change the version is the same; a file that is given twice is a mistake.
    """
    paths = write(tmp_path, report("1"), report("1", {"START-2": Outcome.FAIL}))
    monkeypatch.setenv("COLUMNS", "1000")

    status = __main__.main(["compare", *paths, "--fail-on", "regressions"])

    assert 1 == status
    assert f"acme-scheduling 1 ({paths[1]})" in capsys.readouterr().out
    assert 4 == __main__.main(["compare", paths[0], paths[0]])


def test_a_directory_stands_for_its_report(tmp_path: Path) -> None:
    """
    What --bgsched-report was given can be given here; a baseline may be among the others.
    """
    (tmp_path / "report.json").write_text(json.dumps(report("1")), encoding="utf-8")

    status = __main__.main(
        ["compare", str(tmp_path), "--baseline", str(tmp_path), "--fail-on", "regressions"]
    )

    assert 0 == status


def test_nothing_is_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    --output refuses a file that is there, and --force replaces it.
    """
    paths, output = write(tmp_path, report("1")), tmp_path / "table.md"
    output.write_text("mine", encoding="utf-8")
    words = ["compare", *paths, "--format", "markdown", "--output", str(output)]

    assert 4 == __main__.main(words)
    assert "mine" == output.read_text(encoding="utf-8")
    assert 0 == __main__.main([*words, "--force"])
    assert output.read_text(encoding="utf-8").startswith("# ")
    assert "is there already; --force replaces it" in capsys.readouterr().err


def test_reports_are_left_as_they_are() -> None:
    """
    Reading a report changes nothing of it.
    """
    made = report("1", {"START-2": Outcome.FAIL})
    before = copy.deepcopy(made)

    table(made)

    assert before == made
