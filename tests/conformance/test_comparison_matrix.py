"""
A matrix makes an environment for each implementation, and no trouble of one is another's.
"""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import __main__
from bgsched_conformance.comparison import environments, specs
from bgsched_conformance.comparison.column import from_json
from bgsched_conformance.comparison.processes import Processes
from bgsched_conformance.comparison.reading import InputError
from bgsched_conformance.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

TOY = """
class Scheduler:
    running = False

    def shutdown(self): ...
"""


@pytest.mark.parametrize(
    ("text", "name", "impl", "requirements"),
    [
        ("apscheduler==3.6.3", "apscheduler", None, ("apscheduler==3.6.3",)),
        ("a>=1,<2#m.n:C.D", "a", "m.n:C.D", ("a>=1,<2",)),
        ("fork@a==1#m:C", "fork", "m:C", ("a==1",)),
        ("fork@git+https://x/y@main#m:C", "fork", "m:C", ("git+https://x/y@main",)),
        ("a==1 b<2 'c >= 3'", "a", None, ("a==1", "b<2", "c >= 3")),
        ("a[extra]", "a", None, ("a[extra]",)),
    ],
)
def test_a_column_is_written_in_a_line(
    text: str, name: str, impl: str | None, requirements: tuple[str, ...]
) -> None:
    """
    Name, requirement, class and what else to install stand apart, also where URLs look like them.
    """
    spec = specs.parse(text)

    assert (name, impl, requirements) == (spec.name, spec.impl, spec.requirements)


def test_paths_are_those_of_this_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where pip runs is another directory, so a project or a prelude is looked for here.
    """
    (tmp_path / "my fork").mkdir()
    (tmp_path / "first.py").touch()
    monkeypatch.chdir(tmp_path)

    spec = specs.parse("'fork@my fork' first.py")

    assert (str(tmp_path / "my fork"),) == spec.requirements
    assert tmp_path / "first.py" == spec.prelude


@pytest.mark.parametrize("text", ["", "  ", "'a", "a missing.py", "--index-url=x", "a -rb"])
def test_what_is_no_column_is_refused(text: str) -> None:
    """
    Before anything is installed; options of pip are no requirements.
    """
    with pytest.raises(InputError):
        specs.parse(text)


def wheel(directory: Path, name: str, sources: dict[str, str]) -> str:
    """
    Make what pip installs without building anything.
    """
    path = directory / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    contents = sources | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in contents.items():
            archive.writestr(file, text)
    return str(path)


class Offline(environments.Workshop):
    """
    Takes the tools from the environment of the tests instead of an index.
    """

    def _pip(self, *arguments: str, python: str | None = None) -> None:
        if python is None:
            self._tools.mkdir()
            here = os.pathsep.join(site.getsitepackages())
            self._tools.with_suffix(".pth").write_text(here)
            return
        super()._pip("--no-index", "--no-deps", *arguments, python=python)
        packages = next(Path(python).parents[1].glob("lib/*/site-packages"), None)
        packages = packages or Path(python).parents[1] / "Lib" / "site-packages"
        (packages / "here.pth").write_text("\n".join(site.getsitepackages()))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Install nothing from an index.
    """
    monkeypatch.setattr("bgsched_conformance.comparison.judging.Workshop", Offline)


@pytest.mark.usefixtures("offline")
def test_each_column_is_judged_in_its_own_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Two releases that cannot live together and a broken one become three columns and three files.
    """
    good = wheel(tmp_path, "good", {"toysched.py": TOY})
    old = wheel(tmp_path, "old", {"toysched.py": TOY + "\nraise ImportError('too old')\n"})
    prelude = tmp_path / "prelude.py"
    prelude.write_text("import builtins\nbuiltins.prepared = True\n")
    needy = wheel(tmp_path, "needy", {"toysched.py": f"assert prepared\n{TOY}"})
    words = [f"{name}#toysched:Scheduler" for name in (f"good@{good}", f"old@{old}", needy)]
    words[2] += f" {prelude}"
    options = ["--clause=CTOR-1", "--jobs=2", "--seed=1", "--to", str(tmp_path / "out")]

    status = __main__.main(["matrix", *words, "gone==1", *options])

    kept = json.loads((tmp_path / "out" / "matrix.json").read_text("utf-8"))
    columns = {column.name: column for column in from_json(kept)}
    assert 0 == status
    assert ["good 1.0", "old", "needy 1.0", "gone 1"] == list(columns)
    assert {"CTOR-1": Outcome.PASS} == columns["good 1.0"].outcomes
    assert {"CTOR-1": Outcome.PASS} == columns["needy 1.0"].outcomes
    assert columns["old"].problem.endswith("importing toysched raised ImportError: too old")
    assert "No matching distribution found for gone==1" == columns["gone 1"].problem
    for form in ("md", "html"):
        assert "too old" in (tmp_path / "out" / f"matrix.{form}").read_text("utf-8")
    told = capsys.readouterr()
    assert "[2/4] old: " in told.err
    assert "too old" in told.out


def test_columns_have_names_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Two that could not be told apart are refused before anything is installed.
    """
    assert 4 == __main__.main(["matrix", "fork@a", "fork@b"])

    assert "two columns are called 'fork'; name them" in capsys.readouterr().err


def test_a_matrix_is_not_made_over_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    That files are in the way is told before any work is done.
    """
    (tmp_path / "matrix.md").write_text("mine")

    assert 4 == __main__.main(["matrix", "anything", "--to", str(tmp_path)])

    assert "matrix.md are there already; --force replaces them" in capsys.readouterr().err
    assert "mine" == (tmp_path / "matrix.md").read_text()


def run(processes: Processes, directory: Path, program: str, seconds: float) -> tuple[int, str]:
    """
    Run a Python program.
    """
    command: Sequence[str] = [sys.executable, "-c", program]
    return processes.run(command, directory, os.environ, seconds)


def test_a_program_gets_so_much_time(tmp_path: Path) -> None:
    """
    One that does not end is ended, with those it has started.
    """
    child = "import time; time.sleep(600)"
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"

    with pytest.raises(TimeoutError, match="within 1 s"):
        run(Processes(), tmp_path, program, 1)


def test_processes_that_were_stopped_run_no_more(tmp_path: Path) -> None:
    """
    After an interrupt nothing is begun that somebody would have to wait for.
    """
    processes = Processes()
    processes.stop()

    code, _ = run(processes, tmp_path, "import time; time.sleep(600)", 600)

    assert code != 0


def test_the_kit_that_judges_is_the_one_that_runs(tmp_path: Path) -> None:
    """
    It is copied with what pytest needs to find it, and runs where nothing of the project is.
    """
    environments.copy_kit(tmp_path)

    asked = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            "from bgsched_conformance import clauses; print(clauses.__file__, len(clauses.load()))",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=True,
        text=True,
    )
    file, number = asked.stdout.split()
    assert (str(tmp_path), "308") == (str(Path(file).parents[1]), number)
