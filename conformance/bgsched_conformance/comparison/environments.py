"""
A virtual environment for each implementation, and the tools that all of them share.

The kit that is running is copied, file by file: all columns are judged by the very same tests, even
those of a checkout with changes, and nothing has to be built or found on an index for that. What
it depends on is installed in the versions that are running.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bgsched_conformance.comparison.processes import Processes
    from bgsched_conformance.comparison.specs import Spec

KIT = Path(__file__).parent.parent
_DISTRIBUTION = "bgsched"
_NEEDED = ("pytest", "hypothesis", "freezegun")
_INSTALL_SECONDS = 900
# What of this process's environment would lead another one to code that is not its own.
_FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "VIRTUAL_ENV")
_WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"


class SetupError(Exception):
    """
    Something could not be installed; the message is one line.
    """


class Workshop:
    """
    Makes environments.

    Args:
        directory: Where they shall be; those that are there already are used again.
        python: The interpreter to make them with; it has pip.
        processes: Run what that takes.

    Attributes:
        kit: Digest of the kit's files, once they are there.
    """

    def __init__(self, directory: Path, python: str, processes: Processes) -> None:
        self._directory = directory
        self._python = python
        self._processes = processes
        self._tools = directory / "tools"
        self.kit = ""

    def prepare(self) -> None:
        """
        Install what all environments share: the kit, and what it depends on.

        Raises:
            SetupError: That does not work.
        """
        needed = [f"{name}=={metadata.version(name)}" for name in _NEEDED]

        def install() -> None:
            self._pip("--quiet", "--target", str(self._tools), *needed)

        self._once(self._tools, needed, install)
        copy_kit(self._tools)
        self.kit = digest(self._tools / KIT.name)

    def environment(self, spec: Spec, folder: Path) -> str:
        """
        Make an environment in *folder* and return its interpreter.

        Raises:
            SetupError: That does not work.
        """
        place = folder / "env"
        python = str(place / ("Scripts" if os.name == "nt" else "bin") / "python")

        def install() -> None:
            self._succeed([self._python, "-m", "venv", "--without-pip", str(place)], folder)
            self._pip("--quiet", *spec.requirements, python=python)

        if spec.local:
            shutil.rmtree(place, ignore_errors=True)
        self._once(place, [spec.text], install)
        packages = Path(self._succeed([python, "-c", _WHERE], folder).strip())
        # A kit that came along must not judge; and each process reads these files as it starts.
        shutil.rmtree(packages / KIT.name, ignore_errors=True)
        (packages / "bgsched_tools.pth").write_text(f"{self._tools}\n", encoding="utf-8")
        if spec.prelude is not None:
            shutil.copyfile(spec.prelude, packages / "bgsched_prelude.py")
            (packages / "bgsched_prelude.pth").write_text("import bgsched_prelude\n", "utf-8")
        return python

    def run(self, command: Sequence[str], folder: Path, seconds: float) -> tuple[int, str]:
        """
        Run a program of an environment and return its exit status and what it printed.

        Raises:
            TimeoutError: It did not end in so many *seconds*.
            OSError: It cannot be run.
        """
        return self._processes.run(command, folder, clean_variables(), seconds)

    def _succeed(self, command: Sequence[str], folder: Path) -> str:
        try:
            code, printed = self.run(command, folder, _INSTALL_SECONDS)
        except OSError as error:
            raise SetupError(f"{command[0]}: {error}") from error
        if code != 0:
            raise SetupError(told(printed) or f"{command[0]} ended with exit status {code}")
        return printed

    def _pip(self, *arguments: str, python: str | None = None) -> None:
        into = [] if python is None else ["--python", python]
        self._succeed([self._python, "-m", "pip", *into, "install", *arguments], self._directory)

    def _once(self, place: Path, wanted: Sequence[str], install: Callable[[], None]) -> None:
        done = place / "installed.txt"
        text = "\n".join([self._python, *wanted])
        if done.exists() and done.read_text(encoding="utf-8") == text:
            return
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        install()
        done.write_text(text, encoding="utf-8")


def clean_variables() -> dict[str, str]:
    """
    Return this process's environment variables without those that lead to other code.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def told(printed: str) -> str:
    """
    Return the line that says best what went wrong: the last error, or else the last line.
    """
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or [""])[-1].removeprefix("ERROR: ")


def digest(directory: Path) -> str:
    """
    Return a text that changes when any file below a directory does.
    """
    found = hashlib.sha256()
    for file in sorted(path for path in directory.rglob("*") if path.suffix != ".pyc"):
        if file.is_file():
            found.update(f"{file.relative_to(directory)}\0".encode() + file.read_bytes())
    return found.hexdigest()


def copy_kit(packages: Path) -> None:
    """
    Put the kit that is running into a directory of packages.

    With its metadata: pytest finds the plugin by it, and the report the version of the kit.
    """
    shutil.rmtree(packages / KIT.name, ignore_errors=True)
    shutil.copytree(KIT, packages / KIT.name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in metadata.files(_DISTRIBUTION) or ():
        if file.parent.suffix == ".dist-info" and file.name in {"METADATA", "entry_points.txt"}:
            (packages / file).parent.mkdir(exist_ok=True)
            shutil.copyfile(str(file.locate()), packages / file)
