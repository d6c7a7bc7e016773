"""
The documentation for users holds: programs run, tables are true, links and ids lead somewhere.
"""

from __future__ import annotations

import configparser
import functools
import logging
import os
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from bgsched_conformance import catalogue, clauses

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DIFFERENCES = ROOT / "docs" / "explanation" / "differences-from-apscheduler.md"

_BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```.*?^```\n", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TEST_ID = re.compile(r"\b(?:bgsched-kit/)?([a-z-]+::test_\w+)")
_CLAUSE_ID = re.compile(r"\b[A-Z]{2,}-[A-Z]?\d+\b")
_FAILURE = re.compile(r'^FAIL (\S+) \((\w+)\)  "(.*)"$', re.MULTILINE)
_OPTION = re.compile(r"--bgsched-[a-z]+(?:-[a-z]+)*")
_FILE = re.compile(r"^```\w+\n# (\S+\.\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


class Program(NamedTuple):
    """
    A Python block of a page.
    """

    source: str
    output: str | None
    """What it prints, if the page says so."""


def programs() -> Iterator[Any]:
    """
    Yield each Python block of each page.
    """
    for page in PAGES:
        for number, found in enumerate(_BLOCK.finditer(page.read_text(encoding="utf-8")), 1):
            yield pytest.param(Program(*found.groups()), id=f"{page.stem}-{number}")


def ended(source: str) -> str:
    """
    Return the source of a program; one that would go on for ever gets its signal when it sleeps.
    """
    if "time.sleep" not in source:
        return source
    name = "SIGTERM" if "SIGTERM" in source else "SIGINT"
    raising = f"lambda _: signal.raise_signal(signal.{name})"
    return f"import signal, time\ntime.sleep = {raising}\n{source}"


@pytest.mark.parametrize("program", list(programs()))
def test_programs_run_and_print_what_the_page_says(program: Program, tmp_path: Path) -> None:
    """
    A program of a page ends with exit code 0, complains of nothing and prints what stands below it.
    """
    if "from distributed import" in program.source:
        pytest.importorskip("distributed", reason="Dask is not installed: bgsched[dask]")
    done = subprocess.run(
        [sys.executable, "-c", ended(program.source)],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        encoding="utf-8",
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
            "DASK_LOGGING__DISTRIBUTED": "critical",  # on a busy machine Dask complains at its end
        },
        timeout=60,
    )
    assert (0, "") == (done.returncode, done.stderr)
    if program.output is not None:
        assert program.output == done.stdout


def slug(heading: str) -> str:
    """
    Return the anchor that GitHub gives a heading.
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@functools.cache
def anchors(page: Path) -> set[str]:
    """
    Return the anchors of a page.
    """
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return {slug(heading) for heading in _HEADING.findall(text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """
    Each relative link names a file that exists, and a heading in it.
    """
    for link in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@functools.cache
def known_tests() -> set[str]:
    """
    Return the ids of all tests of the kit and of all comparisons, without the common beginning.
    """
    # Not imported: a property test keeps the settings that are in force then.
    same = ROOT / "conformance/bgsched_conformance/against/same.py"
    comparisons = re.findall(r"^def (test_\w+)", same.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        *(node_id.partition("/")[2] for node_id in catalogue.load().entries),
        *(f"against::{name}" for name in comparisons),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_ids_exist(page: Path) -> None:
    """
    Each test, clause and option that a page names exists.
    """
    text = page.read_text(encoding="utf-8")
    assert set() == set(_TEST_ID.findall(text)) - known_tests()
    options = (ROOT / "conformance/bgsched_conformance/options.py").read_text(encoding="utf-8")
    assert set() == set(_OPTION.findall(text)) - set(_OPTION.findall(options))
    areas = {clause.partition("-")[0] for clause in clauses.load()}
    named = {one for one in _CLAUSE_ID.findall(text) if one.partition("-")[0] in areas}
    assert set() == named - set(clauses.load())


def test_files_for_ci_can_be_read() -> None:
    """
    The files that the page on CI shows are there, and well-formed as far as that can be told here.
    """
    page = ROOT / "docs" / "how-to" / "gate-a-fork-in-ci.md"
    shown = dict(_FILE.findall(page.read_text(encoding="utf-8")))
    assert {".github/workflows/conformance.yml", ".gitlab-ci.yml", "tox.ini", "noxfile.py"} == (
        set(shown)
    )
    compile(shown["noxfile.py"], "noxfile.py", "exec")
    tox = configparser.ConfigParser()
    tox.read_string(shown["tox.ini"])
    assert "bgsched[conformance]" == tox["testenv:conformance"]["deps"]
    for name, text in shown.items():
        assert "--bgsched-impl=acme.scheduling:BackgroundScheduler" in text, name
        assert "--bgsched-waivers=conformance-waivers.toml" in text, name
        assert "\t" not in text, name


def test_the_failure_shown_is_one_that_the_kit_writes() -> None:
    """
    The example of a failure tells the clause in the words of the contract.
    """
    text = (ROOT / "docs" / "how-to" / "test-your-implementation.md").read_text(encoding="utf-8")
    (shown,) = _FAILURE.findall(text)
    clause = clauses.load()[shown[0]]
    assert (clause.id, clause.level, clause.sentence) == shown
    assert f"\n  look at   {clause.hint}\n" in text


def rows(page: Path, columns: int) -> Iterator[list[str]]:
    """
    Yield the cells of each body row of each table with so many columns.
    """
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == columns and cells[0].strip("- "):
            yield cells


def test_every_waived_deviation_has_its_row() -> None:
    """
    The deviations listed are those that the bundled waivers expect, test by test.
    """
    text = (files("bgsched_conformance.waivers") / "apscheduler-3.11.toml").read_text("utf-8")
    waived = {(one["deviation"], one["test"]) for one in tomllib.loads(text)["waiver"]}
    listed = {
        (cells[0], test)
        for cells in rows(DIFFERENCES, 4)
        for test in _TEST_ID.findall(cells[3])
        if cells[0].startswith("V")
    }
    assert waived == listed


def test_every_deviation_is_told() -> None:
    """
    There is a row for each deviation that we know.
    """
    told = {cells[0] for cells in rows(DIFFERENCES, 4)}
    assert {f"V{number}" for number in range(1, 31)} <= told


def lines() -> Iterator[Any]:
    """
    Yield each line of Python in a table, with what either library makes of it.

    What is told in words, because a line cannot show it, is left out.
    """
    numbered = (cells[1:] for cells in rows(DIFFERENCES, 4) if cells[0].startswith("V"))
    for line, theirs, ours in (*numbered, *rows(DIFFERENCES, 3)):
        for package, result in (("apscheduler", theirs), ("bgsched", ours)):
            if line.startswith("`") and result.startswith("`"):
                yield pytest.param(line, package, result, id=f"{package}-{line.strip('`')[:40]}")


@pytest.mark.parametrize(("line", "package", "result"), list(lines()))
def test_tables_tell_the_truth(line: str, package: str, result: str) -> None:
    """
    A line of Python gives what the table says, in bgsched and in APScheduler 3.11.3.
    """
    if package == "apscheduler" and installed(package) != "3.11.3":
        pytest.skip("the table is about APScheduler 3.11.3")
    assert result == f"`{outcome(line.strip('`'), package)}`"


def installed(package: str) -> str:
    """
    Return the version of a package, or an empty text.
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def outcome(line: str, package: str) -> str:
    """
    Run a line as the page describes and return the representation of its last value, or its error.
    """
    names = prepared(package)
    *before, last = line.split("; ")
    logging.disable()
    try:
        for statement in before:
            exec(statement, names)  # noqa: S102 - the page's own lines
        return repr(eval(last, names))  # noqa: S307 - as above
    except Exception as error:  # noqa: BLE001 - whatever comes is the outcome
        return type(error).__name__
    finally:
        logging.disable(logging.NOTSET)
        for scheduler in (names["s"], names["p"]):
            if scheduler.running:
                scheduler.shutdown()


def prepared(package: str) -> dict[str, Any]:
    """
    Return the names that the lines of the tables use.
    """
    schedulers = import_module(f"{package}.schedulers.background")
    paused = schedulers.BackgroundScheduler(timezone="UTC")
    paused.start(paused=True)
    names = {"s": schedulers.BackgroundScheduler(timezone="UTC"), "p": paused}
    for module in ("calendarinterval", "combining", "cron", "date", "interval"):
        names |= vars(import_module(f"{package}.triggers.{module}"))
    names |= {"BackgroundScheduler": schedulers.BackgroundScheduler}
    names |= {"pool": import_module(f"{package}.executors.pool")}
    event = import_module(f"{package}.events").SchedulerEvent
    return names | {"SchedulerEvent": event, "datetime": datetime, "UTC": UTC}
