"""
A virtual environment for each implementation, with the kit that is running.

The kit is copied, file by file, into each environment: all columns are judged by the very same
tests, a checkout with changes included, and nothing has to be built or found on an index for that.
Its dependencies are installed in the versions that are running.
"""

from __future__ import annotations

import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bgsched_conformance.comparison.processes import Processes
    from bgsched_conformance.comparison.specs import Spec

_TOOLS = ("pytest", "hypothesis", "freezegun")
_KIT = "bgsched"
_INSTALL_SECONDS = 900
# What of this process's environment would lead a child to other code than its own.
_FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "VIRTUAL_ENV")
_ASKED = """
import sysconfig, sys
sys.stdout.write(sysconfig.get_path("purelib"))
"""


class SetupError(Exception):
    """
    There is nothing to judge: something could not be installed; the message is one line.
    """


class Environment:
    """
    A directory with a Python of its own.

    Args:
        directory: Where it is or shall be.
        processes: Run what it takes.
    """

    def __init__(self, directory: Path, processes: Processes) -> None:
        self._directory = directory
        self._processes = processes
        scripts = "Scripts" if os.name == "nt" else "bin"
        self.python = str(directory / "env" / scripts / "python")

    def make(self, spec: Spec, python: str) -> None:
        """
        Make it, install what a column needs, and put the kit in; what is there is used again.

        Args:
            spec: The column.
            python: The interpreter to make it with.

        Raises:
            SetupError: That does not work.
        """
        tools = [f"{name}=={metadata.version(name)}" for name in _TOOLS]
        done, wanted = self._directory / "installed.txt", f"{python}\n{spec.text}\n{tools}\n"
        if not done.exists() or done.read_text(encoding="utf-8") != wanted:
            self._create(python)
            self._call("install", "-m", "pip", "install", "--quiet", *spec.requirements, *tools)
            done.write_text(wanted, encoding="utf-8")
        packages = Path(self._call("ask", "-c", _ASKED).strip())
        copy_kit(packages)
        if spec.prelude is not None:
            shutil.copyfile(spec.prelude, packages / "bgsched_prelude.py")
            # Each process of the environment runs such lines as it starts.
            (packages / "bgsched_prelude.pth").write_text("import bgsched_prelude\n", "utf-8")

    def _create(self, python: str) -> None:
        shutil.rmtree(self._directory / "env", ignore_errors=True)
        self._run("make the environment", [python, "-m", "venv", str(self._directory / "env")])

    def _call(self, what: str, *arguments: str) -> str:
        return self._run(what, [self.python, *arguments])

    def _run(self, what: str, command: list[str]) -> str:
        self._directory.mkdir(parents=True, exist_ok=True)
        try:
            code, printed = self._processes.run(
                command, self._directory, clean_variables(), _INSTALL_SECONDS
            )
        except OSError as error:
            raise SetupError(f"cannot {what}: {error}") from error
        if code != 0:
            raise SetupError(f"cannot {what}: {told(printed) or f'exit status {code}'}")
        return printed


def clean_variables() -> dict[str, str]:
    """
    Return this process's environment variables without those that lead to other code.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}


def told(printed: str) -> str:
    """
    Return the line that says best what went wrong: the last error, or else the last line.
    """
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or [""])[-1]


def copy_kit(packages: Path) -> None:
    """
    Put the kit that is running into a directory of packages.
    """
    kit = Path(__file__).parent.parent
    shutil.rmtree(packages / kit.name, ignore_errors=True)
    shutil.copytree(kit, packages / kit.name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in metadata.files(_KIT) or ():
        # With its metadata pytest finds the plugin, and the report tells the kit's version.
        if file.parts[0].endswith(".dist-info") and file.name in {"METADATA", "entry_points.txt"}:
            target = packages / file
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(str(file.locate()), target)
