"""
Who may import whom, how long a module may be, and where time is read.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "reference" / "bgsched"
CONFORMANCE = ROOT / "conformance" / "bgsched_conformance"

# A module imports from lower layers only, and from its own layer only where SIBLINGS says so.
LAYERS = {
    "errors": 0,
    "_clock": 0,
    "_interrupts": 0,
    "_refs": 0,
    "_signatures": 0,
    "_timezones": 0,
    "events": 1,
    "triggers": 1,
    "_arguments": 1,
    "_settings": 1,
    "_handle": 2,
    "job": 2,
    "_plan": 2,
    "_listeners": 2,
    "_run": 3,
    "executors": 3,
    "jobstores": 3,
    "_directory": 4,
    "_engine": 4,
    "_foreign": 4,
    "_jobtable": 4,
    "_loop": 4,
    "_options": 4,
    "_pass": 4,
    "_plugins": 4,
    "_transfer": 4,
    "schedulers": 5,
    "testing": 5,
    "": 5,
}
SIBLINGS = {
    ("_arguments", "_settings"),
    ("job", "_handle"),
    ("_plan", "job"),
    ("executors", "_run"),
    ("_options", "_plugins"),
    ("_plugins", "_foreign"),
    ("_jobtable", "_directory"),
    ("_jobtable", "_options"),
    ("_loop", "_options"),
    ("_pass", "_directory"),
    ("_pass", "_loop"),
    ("_pass", "_options"),
    ("_engine", "_directory"),
    ("_engine", "_jobtable"),
    ("_engine", "_loop"),
    ("_engine", "_options"),
    ("_engine", "_pass"),
    ("testing", "schedulers"),
    ("", "schedulers"),
}
OUTSIDE = {
    "_timezones.py": {"tzlocal"},
    "jobstores/redis.py": {"redis"},
    "jobstores/sqlalchemy.py": {"sqlalchemy"},
}

MODULES = sorted(REFERENCE.rglob("*.py"))
ALL_MODULES = MODULES + sorted(CONFORMANCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """
    Return the first part of a module's name below the package; empty for the package itself.
    """
    first = path.relative_to(REFERENCE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports_of(path: Path) -> set[str]:
    """
    Return the full names of all modules that are imported, type-only ones included.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def label(path: Path) -> str:
    """
    Name a module in test ids.
    """
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_imports_point_downwards(path: Path) -> None:
    """
    No module knows of a layer above its own.
    """
    own = name_of(path)
    for imported in imports_of(path):
        parts = imported.split(".")
        if parts[0] == "bgsched" and len(parts) > 1 and parts[1] in LAYERS and parts[1] != own:
            below = LAYERS[parts[1]] < LAYERS[own]
            assert below or (own, parts[1]) in SIBLINGS, f"{own or 'bgsched'} imports {imported}"


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_only_the_standard_library_is_needed(path: Path) -> None:
    """
    The reference needs nothing but tzlocal, in one place, and what an optional part is named after.
    """
    import sys  # noqa: PLC0415 - for this question alone

    outside = {name.split(".")[0] for name in imports_of(path)}
    outside -= {*sys.stdlib_module_names, "bgsched", ""}
    assert OUTSIDE.get(path.relative_to(REFERENCE).as_posix(), set()) >= outside


@pytest.mark.parametrize("path", ALL_MODULES, ids=label)
def test_modules_are_small(path: Path) -> None:
    """
    No module has more than 400 lines.
    """
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_time_is_read_in_one_place(path: Path) -> None:
    """
    Only _clock asks what time it is, or waits for it.
    """
    if path.name == "_clock.py":
        return
    assert "time" not in imports_of(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            read = f"{node.value.id}.{node.attr}"
            assert read not in {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}


@pytest.mark.parametrize("path", sorted(CONFORMANCE.rglob("*.py")), ids=label)
def test_the_kit_does_not_know_the_reference(path: Path) -> None:
    """
    The kit judges from outside: it imports nothing of bgsched.
    """
    assert "bgsched" not in {name.split(".")[0] for name in imports_of(path)}


def test_every_module_has_a_layer() -> None:
    """
    A new module must be given its place.
    """
    assert {name_of(path) for path in MODULES} <= set(LAYERS)
