"""
Run the kit with the toy suite inside a project of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from bgsched_conformance import catalogue, clauses, execution, kit, session, waivers
from bgsched_conformance.capabilities import CAPABILITIES
from bgsched_conformance.reports import reporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.pytester import RunResult

# An inner run takes back what it imports; what stands here is imported once and stays whole.
KEPT = (kit, execution, session, waivers, reporter)
TOY = Path(__file__).parent / "toy"
_INSTALLED = bool(entry_points(group="pytest11", name="bgsched"))


class Toy:
    """
    A directory to run the kit in.

    Attributes:
        pytester: For what else a test wants to do there.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester

    def run(self, cls: str | None, *arguments: str) -> RunResult:
        """
        Run the toy suite against a toy scheduler, in this process.
        """
        return self.pytester.runpytest_inprocess(*self._words(cls, arguments))

    def spawn(self, cls: str | None, *arguments: str) -> RunResult:
        """
        Run the toy suite against a toy scheduler, in a process of its own.
        """
        return self.pytester.runpytest_subprocess(*self._words(cls, arguments), timeout=120)

    def on_terminal(self, cls: str, *arguments: str) -> str:
        """
        Run as `spawn` does, on a terminal, and return what it was sent.
        """
        ours, theirs = os.openpty()
        command = [sys.executable, "-m", "pytest", *self._words(cls, arguments)]
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
        shown = bytearray()
        with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment):
            os.close(theirs)
            with suppress(OSError):  # how Linux tells that nobody writes any more
                while part := os.read(ours, 4096):
                    shown += part
        os.close(ours)
        return shown.decode().replace("\r\n", "\n")

    def _words(self, cls: str | None, arguments: tuple[str, ...]) -> list[str]:
        loaded = [] if _INSTALLED else ["-p", "bgsched_conformance.plugin"]
        impl = [] if cls is None else [f"--bgsched-impl=toysched:{cls}"]
        return [*loaded, "-p", "toykit", "--bgsched-effort=quick", *impl, *arguments]


@pytest.fixture
def toy(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """
    An empty project with the kit, the toy suite and the toy schedulers within reach.
    """
    # `-p toykit` changes these three in the process it is loaded in; this takes it back.
    monkeypatch.setattr(catalogue, "SUITE", catalogue.SUITE)
    monkeypatch.setattr(clauses, "load", clauses.load)
    monkeypatch.setitem(CAPABILITIES, "answers", CAPABILITIES["pause"])
    # The plugin has to be the first to load the suite, whatever other tests have done.
    for module in [name for name in sys.modules if name.startswith("bgsched_conformance.suite")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.syspath_prepend(TOY)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    profile = settings.get_current_profile_name()
    yield Toy(pytester)
    settings.load_profile(profile)
