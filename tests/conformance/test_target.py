"""
The class under test is found, or one line says why it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.findings import Unsupported
from bgsched_conformance.target import Target, load, try_out

if TYPE_CHECKING:
    from pathlib import Path

MODULES = {
    "tt_syntax": "def broken(:",
    "tt_raises": "raise LookupError('first line\\nsecond line')",
    "tt_exits": "import sys; sys.exit(3)",
    "tt_needs": "import tt_not_there",
    "tt_function": "def Sched(): pass",
    "tt_classless": "x = 1",
    "tt_classes": "class One:\n class Inner: pass\nclass Two(One): pass\nclass _Three: pass",
    "tt_costly": "class Sched:\n def __init__(self, needed): pass",
    "tt_leaving": "class Sched:\n def __init__(self): raise SystemExit('bye')",
}


@pytest.fixture
def here(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> pytest.Config:
    """
    A directory with implementations of all sorts, on ``sys.path``.
    """
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    return pytestconfig


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("nonsense", "write it as module:Class, for example "),
        (":Sched", "write it as module:Class"),
        ("tt_classes:", "write it as module:Class"),
        ("tt-classes:One", "write it as module:Class"),
        ("tt_nowhere.sub:Sched", "no module named 'tt_nowhere.sub' on sys.path or in "),
        ("tt_classes.sub:Sched", "no module named 'tt_classes.sub' on sys.path or in "),
        ("tt_syntax:Sched", "importing tt_syntax raised SyntaxError: invalid syntax"),
        ("tt_raises:Sched", "importing tt_raises raised LookupError: first line$"),
        ("tt_exits:Sched", "importing tt_exits raised SystemExit: 3$"),
        ("tt_needs:Sched", "tt_needs raised ModuleNotFoundError: No module named 'tt_not_there'$"),
        ("tt_function:Sched", "'Sched' is a function, not a class$"),
        ("tt_classless:Sched", "module 'tt_classless' has no attribute 'Sched'; it has no class"),
        ("tt_classes:Sched", "'tt_classes' has no attribute 'Sched'; it has: One, Two$"),
        ("tt_classes:One.Outer", "class 'One' has no attribute 'Outer'$"),
    ],
)
def test_what_cannot_be_loaded_is_told_in_a_line(
    here: pytest.Config, spec: str, message: str
) -> None:
    """
    Every way to name no class ends in one line that repeats the option and says what was found.
    """
    with pytest.raises(pytest.UsageError, match=f"^--bgsched-impl={spec}: .*{message}") as raised:
        load(spec, here)

    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("tt_costly:Sched", r"Sched\(\) raised TypeError: .*'needed'"),
        ("tt_leaving:Sched", r"Sched\(\) raised SystemExit: bye"),
    ],
)
def test_what_cannot_be_built_is_told_in_a_line(
    here: pytest.Config, spec: str, message: str
) -> None:
    """
    A class that cannot be built without arguments is refused before the first test.
    """
    with pytest.raises(pytest.UsageError, match=message):
        try_out(load(spec, here))


def test_a_nested_class_can_be_named(here: pytest.Config) -> None:
    """
    The part after the colon may be a path of attributes.
    """
    target = load("tt_classes:One.Inner", here)

    try_out(target)
    assert ("Inner", "") == (target.cls.__name__, target.version)


def test_names_are_found_beside_the_bases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Documented names are looked up from the innermost package of the class to those of its bases.
    """
    monkeypatch.syspath_prepend(tmp_path)
    for name, source in {
        "tt_base/__init__.py": "",
        "tt_base/events.py": "EVENT_JOB_ADDED = 3; EVENT_JOB_ERROR = 5",
        "tt_base/schedulers/__init__.py": "class Base: pass",
        "tt_base/schedulers/base.py": "STATE_RUNNING = 'odd'; STATE_PAUSED = 7",
        "tt_fork/__init__.py": "",
        "tt_fork/events.py": "EVENT_JOB_ADDED = 9",
        "tt_fork/deep/__init__.py": "from tt_base.schedulers import Base\nclass Sched(Base): pass",
        "tt_fork/executors.py": "import tt_not_there",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    module = pytest.importorskip("tt_fork.deep")
    target = Target(module.Sched, "tt_fork.deep:Sched")

    assert (9, 5, 1 << 15) == tuple(map(target.event, ("JOB_ADDED", "JOB_ERROR", "JOB_SUBMITTED")))
    assert "JOB_ADDED" == target.event_names()[9]
    assert (7, 0) == (target.state("PAUSED"), target.state("STOPPED"))
    with pytest.raises(Unsupported, match=r"publishes no executors\.Pool"):
        target.symbol("executors", "Pool")


def test_apscheduler_publishes_what_is_documented(pytestconfig: pytest.Config) -> None:
    """
    APScheduler's own names and version are found.
    """
    pytest.importorskip("apscheduler")
    target = load("apscheduler.schedulers.background:BackgroundScheduler", pytestconfig)

    assert target.version.startswith("3.")
    assert "ThreadPoolExecutor" == target.symbol("executors.pool", "ThreadPoolExecutor").__name__
    assert {1 << bit for bit in range(17)} == set(target.event_names())
    assert 1 == target.state("RUNNING")
