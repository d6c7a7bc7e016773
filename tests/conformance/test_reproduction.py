"""
A failure's script shows the fault where it is, and is content where it is not, without the kit.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import io
import os
import pkgutil
import subprocess
import sys
from datetime import UTC, date, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import faults
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import BOUND, function_of, judged, raised, suite

from bgsched_conformance.cron_oracle import FIELDS
from bgsched_conformance.example import Example
from bgsched_conformance.findings import blamed
from bgsched_conformance.job_table import JobTable
from bgsched_conformance.models import Lives
from bgsched_conformance.patience import Patience
from bgsched_conformance.reproduction.bundle import named
from bgsched_conformance.reproduction.literals import Literals
from bgsched_conformance.reproduction.modules import Unbundled
from bgsched_conformance.reproduction.reach import reach
from bgsched_conformance.reproduction.scopes import free_names
from bgsched_conformance.reproduction.script import MAIN, root_of, script_of
from bgsched_conformance.schedules import Hourly, Interval
from bgsched_conformance.suite._cron_trigger_scenes import Case
from bgsched_conformance.target import Target

if TYPE_CHECKING:
    from pathlib import Path

    from faults import Fault


# A faulty scheduler may lose its thread to an exception; the tests of the suite see to that.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

HOMES = [f"faults.{module.name}" for module in pkgutil.iter_modules(faults.__path__)]
for home in HOMES:
    importlib.import_module(home)

FIRST = {planted.clause: planted for planted in reversed(faults.FAULTS)}
GOOD = "bgsched:BackgroundScheduler"
# Clauses of all chapters and kinds of tests; where it matters which of their tests, how it begins.
SHOWN = {
    "CTOR-1": "",
    "BASE-2": "",
    "THREAD-1": "",
    "START-2": "",
    "START-4": "",
    "PAUSE-6": "",
    "ERR-1": "test_any_order",  # a state machine
    "DAEMON-3": "",  # arguments that are methods
    "EXIT-1": "",  # child processes
    "SHUT-3": "",
    "SHUT-14": "",
    "RESTART-2": "",
    "DEP-1": "",
    "STATE-1": "",
    "ADD-10": "",
    "ADD-4": "",
    "JOB-19": "test_any_order",  # another state machine
    "JOB-20": "",
    "MISF-1": "test_any_backlog",  # arguments that are objects of the suite
    "EVT-1": "",
    "EXE-8": "",  # a pool of processes
    "EXE-11": "",
    "STO-6": "",  # a database
    "XPORT-1": "",
    "CONF-5": "test_any_tree",
    "TZ-2": "",
    "TD-1": "",
    "TI-3": "",  # data drawn in the test
    "TC-21": "",
    "TCI-4": "",
    "TX-1": "",
    "CONC-1": "",
}

# Some faulty classes are made when their module is imported, and cannot be imported themselves.
PLANTED = """
import faults, {home}
Scheduler = next(each.scheduler for each in faults.FAULTS if each.spec == {spec!r})
"""
MACHINES = {
    "test_any_order_of_calls_leads_to_the_runs_of_a_plain_model": object.__new__(Lives),
    "test_any_order_of_calls_leads_to_the_table_of_a_plain_dict": object.__new__(JobTable),
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """
    An environment in which pytest, hypothesis and the kit cannot be imported.
    """
    hidden = tmp_path_factory.mktemp("hidden")
    for name in ("pytest", "_pytest", "hypothesis", "bgsched_conformance"):
        (hidden / f"{name}.py").write_text(f"raise ImportError('{name} is hidden')\n")
    path = os.pathsep.join([str(hidden), *filter(None, sys.path)])
    return os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}


def run(script: Path, environment: dict[str, str], *words: str) -> tuple[int, str]:
    """
    Run a script as a user would, warnings being errors; return how it ends and what it says last.
    """
    ended = subprocess.run(
        [sys.executable, "-W", "error", *words[1:], script, *words[:1]],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=BOUND,
        check=False,
    )
    lines = ended.stdout.splitlines()
    return ended.returncode, lines[-1] if lines else ended.stderr


def written(planted: Fault, beginning: str = "") -> str | None:
    """
    Write the script of the first test that fails on a faulty scheduler.
    """
    target = Target(planted.scheduler, planted.spec)
    patience = Patience()
    patience.hurried = True  # a dead scheduler would cost the whole budget at each wait
    for entry in suite().entries.values():
        if planted.clause in entry.clauses and entry.name.startswith(beginning) and judged(entry):
            example = Example()
            error = raised(entry, target, patience, example)
            if error is not None:
                clauses = [suite().clauses[one] for one in blamed(error) or entry.clauses]
                return script_of(function_of(entry), clauses, planted.spec, example, "script.py")
    return None


@pytest.mark.parametrize("clause", SHOWN)
def test_a_script_fails_on_the_faulty_scheduler_and_on_no_other(
    clause: str, bare: dict[str, str], tmp_path: Path
) -> None:
    """
    It shows the planted fault, and the reference is without it.
    """
    planted = FIRST[clause]
    text = written(planted, SHOWN[clause])
    assert text is not None
    script = tmp_path / "script.py"
    script.write_text(text, encoding="utf-8")
    home = next(name for name in HOMES if planted.spec.startswith(name))
    (tmp_path / "planted.py").write_text(PLANTED.format(home=home, spec=planted.spec))
    environment = bare | {"PYTHONPATH": os.pathsep.join([bare["PYTHONPATH"], str(tmp_path)])}

    faulty, good = run(script, environment, "planted:Scheduler"), run(script, bare, GOOD)

    assert (1, "FAILED") == (faulty[0], faulty[1].partition(" ")[0]), faulty
    assert (0, "FIXED") == (good[0], good[1].partition(" ")[0]), good


SCHEDULER = """
class Scheduler:
    def __init__(self, *_, **__): raise {error}
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    The script of a failure of START-2.
    """
    path = tmp_path_factory.mktemp("scripts") / "START-2-1.py"
    path.write_text(written(FIRST["START-2"]) or "", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["nowhere:Scheduler"], "cannot import nowhere:Scheduler: ModuleNotFoundError"),
        (["bgsched:Nothing"], "cannot import bgsched:Nothing: AttributeError"),
        (["this:"], "cannot import this:: AttributeError"),
        ([GOOD, "-O"], "run it without -O"),
    ],
)
def test_a_script_says_when_it_cannot_tell(
    words: list[str], reason: str, script: Path, bare: dict[str, str]
) -> None:
    """
    Neither is the fault there nor is it gone.
    """
    code, told = run(script, bare, *words)

    assert 2 == code
    assert told.startswith(f"ERROR   {reason}")


def test_a_script_says_that_it_needs_freezegun(
    script: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    """
    Its absence is no failure of the scheduler.
    """
    (tmp_path / "freezegun.py").write_text("raise ImportError('no freezegun here')")

    ended = run(script, bare | {"PYTHONPATH": os.pathsep.join([str(tmp_path), bare["PYTHONPATH"]])})

    assert (2, "ERROR   no freezegun here") == ended


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("SystemExit(0)", "SystemExit: 0"),
        ("KeyboardInterrupt", "KeyboardInterrupt"),
        ("ValueError('no')", "ValueError: no"),
    ],
)
def test_whatever_a_scheduler_raises_is_a_failure(
    error: str, told: str, script: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    """
    A scheduler that ends the process does not get away with 0.
    """
    (tmp_path / "breaking.py").write_text(SCHEDULER.format(error=error))
    path = os.pathsep.join([bare["PYTHONPATH"], str(tmp_path)])

    ended = run(script, bare | {"PYTHONPATH": path}, "breaking:Scheduler")

    assert (1, f"FAILED  {told}") == ended


def test_every_test_of_the_suite_can_be_taken_out_of_the_kit() -> None:
    """
    All that it reaches can be put into a script; no test needs pytest or hypothesis to run.
    """
    inside = frozenset({"bgsched_conformance"})
    for entry in filter(judged, suite().entries.values()):
        example = Example()
        example.machine = MACHINES.get(entry.name)
        pieces = reach(root_of(function_of(entry), example), MAIN, inside)

        assert "reproduce" in named(pieces.values(), inside).values()


def test_the_names_of_a_module_are_told_from_those_of_inner_scopes() -> None:
    """
    Parameters, targets and names of classes hide those of the module; annotations do not count.
    """
    source = """
def f(a: A, b=B) -> C:
    global g
    g = [x + Y for x in a]
    try:
        d: D = e
    except E as h:
        import i
    return (lambda j: j + k + b + d + h + i)(f)

class L(M):
    n = O
    def p(self): return n, self
"""
    names = [name.id for name in free_names(ast.parse(source))]

    assert sorted(["B", "g", "Y", "e", "E", "k", "f", "M", "O", "n"]) == sorted(names)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.datetimes(
        timezones=st.sampled_from(
            [UTC, None, ZoneInfo("Asia/Tokyo"), timezone(timedelta(hours=1, seconds=7))]
        ),
        allow_imaginary=False,
    )
    | st.sampled_from([str.lower, len, date, Hourly, Hourly(3), Interval(1, 2, None)])
    | st.builds(Case, st.dictionaries(st.sampled_from(list(FIELDS)), st.integers())),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner)
        | st.sets(st.integers())
        | st.frozensets(st.text())
    ),
)


@settings(max_examples=40, deadline=None, database=None)
@given(value=VALUES)
def test_values_are_written_as_source_of_their_equals(value: object) -> None:
    """
    What `Literals` writes evaluates to an equal value of the same type, with its imports alone.
    """
    literals = Literals()

    source = literals.write(value)

    names = {
        alias: getattr(importlib.import_module(module), name)
        for alias, (module, name) in literals.imports.items()
    }
    found = eval(source, {"__builtins__": builtins} | names)  # noqa: S307 - just written
    assert (type(value), value) == (type(found), found)


@pytest.mark.parametrize("value", [object(), lambda: None, [io.StringIO()]])
def test_what_cannot_be_written_as_source_is_said_to_be_so(value: object) -> None:
    """
    There is no script then, instead of a wrong one.
    """
    with pytest.raises(Unbundled):
        Literals().write(value)
