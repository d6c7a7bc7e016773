"""
The contract's pages, the catalogue generated from them, and the choice of clauses by name.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bgsched_conformance import clauses
from bgsched_conformance.catalogue import PAGE

SPEC = Path(__file__).parents[2] / "docs" / "spec"

GOOD = """\
### SHUT-4

**MUST** — A running job is
not interrupted.

*Source.* A page: "quote".

*Why.* Work would be lost.

*Observed by.* A gate.

*Look at.* The pool?

*APScheduler 3.11.3.* Same.
"""


def write_spec(directory: Path, page: str) -> Path:
    """
    Write a contract of one chapter.
    """
    (directory / "index.md").write_text("[Shutdown](shutdown.md)", encoding="utf-8")
    (directory / "shutdown.md").write_text(page, encoding="utf-8")
    return directory


def test_the_catalogue_is_fresh() -> None:
    """
    What the kit reads is what the pages say.
    """
    assert clauses.parse(SPEC) == list(clauses.load().values())


def test_the_generated_file_is_fresh_to_the_byte() -> None:
    """
    Checking the project's own pages finds nothing to complain about.
    """
    clauses.main(["--check", str(SPEC)])


def test_level_a_is_complete() -> None:
    """
    Level A has 107 clauses: 66 MUST, 37 SHOULD and 4 MAY.
    """
    levels = Counter(c.level for c in clauses.load().values() if c.chapter in PAGE)

    assert {"MUST": 66, "SHOULD": 37, "MAY": 4} == levels


def test_every_area_has_its_clauses() -> None:
    """
    No clause has been lost or added unnoticed in any area.
    """
    areas = Counter(clause.area for clause in clauses.load().values())

    assert {
        "CTOR": 7,
        "BASE": 3,
        "THREAD": 8,
        "START": 16,
        "PAUSE": 10,
        "ERR": 10,
        "DAEMON": 6,
        "EXIT": 7,
        "SHUT": 26,
        "RESTART": 8,
        "EXEC": 3,
        "DEP": 1,
        "EX": 2,
        "CONF": 19,
        "STATE": 6,
        "ADD": 24,
        "JOB": 25,
        "XPORT": 7,
        "EXE": 13,
        "STO": 11,
        "EVT": 13,
        "MISF": 14,
        "TD": 5,
        "TI": 9,
        "TC": 27,
        "TCI": 9,
        "TX": 8,
        "TZ": 5,
        "CONC": 6,
    } == areas


def test_the_known_deviations_are_those_of_apscheduler_3_11_3() -> None:
    """
    These clauses carry the number of a deviation, and no others.
    """
    deviations = {
        clause.id: clause.deviation for clause in clauses.load().values() if clause.deviation
    }

    assert {
        "THREAD-4": "V10",
        "START-7": "V11",
        "START-15": "V12",
        "PAUSE-10": "V4",
        "ERR-6": "V10",
        "EXIT-4": "V2",
        "SHUT-14": "V8",
        "SHUT-16": "V9",
        "SHUT-17": "V9",
        "SHUT-18": "V1",
        "SHUT-20": "V6",
        "SHUT-21": "V7",
        "SHUT-22": "V5",
        "RESTART-2": "V3",
        "JOB-10": "V21",
        "XPORT-5": "V20",
        "EXE-9": "V22",
        "TD-4": "V23",
        "TC-1": "V15",
        "TC-12": "V19",
        "TC-20": "V16",
        "TC-21": "V15",
        "TC-22": "V15",
        "TC-23": "V15",
        "TCI-4": "V14",
        "TX-1": "V18",
        "TX-2": "V13",
        "TX-3": "V13",
        "TX-5": "V17",
        "CONC-1": "V30",
        "CONC-3": "V1",
    } == deviations


def test_what_cannot_be_judged_is_named() -> None:
    """
    These clauses have no fair test, and no others.
    """
    assert {
        "CTOR-5",
        "THREAD-6",
        "THREAD-8",
        "SHUT-10",
        "ADD-24",
        "EVT-ORDER",
        "EVT-THREAD",
        "TI-7",
        "TZ-5",
    } == {clause.id for clause in clauses.load().values() if clause.untestable}


def test_ids_rise_within_an_area() -> None:
    """
    Clauses of an area stand in the order of their numbers, if any; a gap is allowed.
    """
    last: Counter[str] = Counter()
    for clause in clauses.load().values():
        if clause.id in ("EVT-ORDER", "EVT-THREAD"):
            continue
        number = int(re.sub(r"\D", "", clause.id))
        assert last[clause.area] < number, clause.id
        last[clause.area] = number


def test_every_sentence_ends_as_one() -> None:
    """
    Sentence, source and hint are whole sentences on one line, ready for a report.
    """
    for clause in clauses.load().values():
        for text in (clause.sentence, clause.source, clause.hint):
            assert re.fullmatch(r".{10,}[.?]\"?", text), (clause.id, text)


def test_every_page_address_exists() -> None:
    """
    The address of a clause leads to its heading, in the page of its chapter.
    """
    for clause in clauses.load().values():
        path, _, anchor = clause.page.partition("#")
        assert f"docs/spec/{clause.chapter}.md" == path
        assert anchor == clause.id.lower()
        text = (SPEC.parents[1] / path).read_text(encoding="utf-8")
        assert f"\n### {clause.id}\n" in text


def test_a_clause_is_read_whole(tmp_path: Path) -> None:
    """
    Wrapped lines are joined, and each field comes from its own paragraph.
    """
    assert [
        clauses.Clause(
            id="SHUT-4",
            level="MUST",
            chapter="shutdown",
            sentence="A running job is not interrupted.",
            source='A page: "quote".',
            hint="The pool?",
            page="docs/spec/shutdown.md#shut-4",
            deviation=None,
            untestable=None,
            informational=None,
        )
    ] == clauses.parse(write_spec(tmp_path, GOOD))


def test_optional_fields_and_deviations_are_read(tmp_path: Path) -> None:
    """
    A deviation gives its number; the two optional fields give their reasons.
    """
    page = GOOD.replace("Same.", "Differs (V4): it is.") + (
        "\n*Untestable.* No way.\n\n*Informational.* Not promised.\n"
    )

    (clause,) = clauses.parse(write_spec(tmp_path, page))

    assert ("V4", "No way.", "Not promised.") == (
        clause.deviation,
        clause.untestable,
        clause.informational,
    )


@pytest.mark.parametrize(
    ("found", "instead", "complaint"),
    [
        ("### SHUT-4", "### SHUT-04", "not a clause id"),
        ("**MUST**", "**OUGHT**", "must begin with its level"),
        ("**MUST** — ", "", "must begin with its level"),
        ("*Why.* Work would be lost.\n\n", "", "SHUT-4 has the fields Source, Observed by"),
        ("*Why.*", "*Whence.*", "SHUT-4 has the fields Source, Whence"),
        ("*Why.*", "*Source.*", "expected the next"),
        ("*Why.* Work", "Work", "expected the next"),
        ("Same.", "Broken.", "APScheduler is Same"),
        ("Same.", "Differs: it is.", "APScheduler is Same"),
    ],
)
def test_a_malformed_clause_is_an_error(
    tmp_path: Path, found: str, instead: str, complaint: str
) -> None:
    """
    A clause that lacks a part is refused by name, not read as if it were whole.
    """
    page = GOOD.replace(found, instead, 1)

    with pytest.raises(clauses.SpecError, match=complaint):
        clauses.parse(write_spec(tmp_path, page))


def test_an_id_stands_once(tmp_path: Path) -> None:
    """
    Two clauses cannot have one id.
    """
    with pytest.raises(
        clauses.SpecError, match=r"SHUT-4 stands in shutdown\.md for the second time"
    ):
        clauses.parse(write_spec(tmp_path, GOOD + "\n" + GOOD))


def test_a_page_off_the_index_is_an_error(tmp_path: Path) -> None:
    """
    No chapter can be forgotten by leaving it out of the list of chapters.
    """
    directory = write_spec(tmp_path, GOOD)
    (directory / "lost.md").write_text(GOOD, encoding="utf-8")

    with pytest.raises(clauses.SpecError, match="does not link to lost"):
        clauses.parse(directory)


def test_a_stale_file_fails_the_check(tmp_path: Path) -> None:
    """
    Checking other pages than those it was made from names the command that repairs it.
    """
    with pytest.raises(SystemExit, match=r"stale; run python -m bgsched_conformance\.clauses"):
        clauses.main(["--check", str(write_spec(tmp_path, GOOD))])


def test_a_missing_directory_is_one_line(tmp_path: Path) -> None:
    """
    A wrong path ends the command with a message, and writes nothing.
    """
    with pytest.raises(SystemExit, match="nowhere"):
        clauses.main([str(tmp_path / "nowhere")])


def of_area(*areas: str) -> set[str]:
    """
    Return the ids of these areas.
    """
    return {clause.id for clause in clauses.load().values() if clause.area in areas}


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([], set()),
        (["START-1"], {"START-1"}),
        (["START-1", "START-1", "ERR-2"], {"START-1", "ERR-2"}),
        (["SHUT"], of_area("SHUT")),
        (["SHUT-*"], of_area("SHUT")),
        (["EX"], of_area("EX")),
        (["EXEC-A*"], {"EXEC-A1", "EXEC-A2", "EXEC-A3"}),
        (["shutdown"], of_area("SHUT")),
        (["process-exit"], of_area("DAEMON", "EXIT")),
        (["RESTART-1", "defaults"], {"RESTART-1"} | of_area("EXEC", "DEP", "EX")),
        (["*"], set(clauses.load())),
    ],
)
def test_a_selection_names_clauses(patterns: list[str], expected: set[str]) -> None:
    """
    Ids, areas, chapters and wildcards give the ids they stand for, and no others.
    """
    assert expected == clauses.select(patterns)


@pytest.mark.parametrize(
    ("pattern", "nearest"),
    [
        ("shut-4", "SHUT-4"),
        ("STRAT-12", "START-12"),
        ("proces-exit", "process-exit"),
        ("SHUTT-*", "SHUT"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(pattern: str, nearest: str) -> None:
    """
    A slip of the pen gets the name that was meant, first of all.
    """
    with pytest.raises(clauses.UnknownClauseError, match=re.escape(repr(pattern))) as caught:
        clauses.select(["START-1", pattern])

    assert pattern == caught.value.pattern
    assert nearest == caught.value.nearest[0]


@pytest.mark.parametrize("pattern", ["", "qqq", "SHUT-", "SHUT-999*"])
def test_a_name_like_none_is_still_an_error(pattern: str) -> None:
    """
    Nothing selects nothing in silence.
    """
    with pytest.raises(clauses.UnknownClauseError, match="no clause or chapter"):
        clauses.select([pattern])
