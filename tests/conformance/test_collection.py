"""
The suite is collected whole inside any project, and no setting of the project touches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Toy

pytest_plugins = ["pytester"]

HOSTILE_CONFTEST = """
    import datetime, pathlib, pytest
    from hypothesis import settings

    settings.register_profile("host", deadline=datetime.timedelta(microseconds=1), max_examples=1)
    settings.load_profile("host")

    @pytest.fixture(autouse=True)
    def intruder():
        raise AssertionError("an autouse fixture of the host")

    @pytest.fixture
    def noisy():
        raise AssertionError("a fixture named in the host's ini")

    @pytest.fixture
    def target():
        raise AssertionError("a fixture of the host under a name of ours")

    def pytest_collection_modifyitems(config, items):
        for item in items:
            item.path.relative_to(config.rootpath)

    def pytest_sessionfinish():
        assert settings.get_current_profile_name() == "host"
"""
HOSTILE_INI = """
    [pytest]
    testpaths = specs
    python_files = spec_*.py
    python_classes = Spec*
    python_functions = check_*
    usefixtures = noisy
    filterwarnings = error
    addopts = --strict-markers --strict-config
    xfail_strict = true
"""


@pytest.fixture
def hostile(toy: Toy) -> Toy:
    """
    A project whose every setting is against us, with a test of its own that fails.
    """
    toy.pytester.makeconftest(HOSTILE_CONFTEST)
    toy.pytester.makeini(HOSTILE_INI)
    toy.pytester.mkdir("specs").joinpath("spec_host.py").write_text(
        "def check_host():\n    raise AssertionError\n"
    )
    return toy


def test_a_hostile_project_changes_nothing(hostile: Toy) -> None:
    """
    Settings, fixtures and hypothesis profile of a project stay out, under ``-W error`` as well.
    """
    result = hostile.run("Noisy", "-v", "-W", "error")

    assert result.ret == 0
    result.assert_outcomes(passed=7, skipped=2)
    result.stdout.fnmatch_lines(["bgsched-kit/many-jobs::test_double PASSED*"])


def test_a_hostile_project_changes_nothing_in_workers(hostile: Toy) -> None:
    """
    The same holds in worker processes, another import mode, and without a cache.
    """
    result = hostile.spawn(
        "Rude", "-n2", "--import-mode=importlib", "-p", "no:cacheprovider", "-Werror"
    )

    assert result.ret == 0
    result.assert_outcomes(passed=5, skipped=2, xfailed=2)


def test_an_empty_directory_is_enough(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With nothing around and no other plugin, failures tell their values and no file is left behind.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    result = toy.spawn("Wrong", "-p", "bgsched_conformance.plugin", "-p", "no:cacheprovider")

    assert result.ret == 1
    result.assert_outcomes(passed=6, failed=1, skipped=2)
    result.stdout.fnmatch_lines(["E * assert 42 == 41"])
    assert [] == [path.name for path in toy.pytester.path.iterdir() if path.name[0] == "."]


@pytest.mark.parametrize(
    ("folder", "node_id", "selected"),
    [
        (".", "bgsched-kit/start::test_word", 1),
        ("below", "bgsched-kit/start::test_word", 1),
        ("below", "../bgsched-kit/start::test_word", 1),
        ("below", "../bgsched-kit/start", 6),
        (".", "bgsched-kit", 9),
    ],
)
def test_printed_ids_select(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, folder: str, node_id: str, selected: int
) -> None:
    """
    An id can be passed back in each form that pytest prints, from anywhere in the project.
    """
    toy.pytester.makeini("[pytest]")
    toy.pytester.mkdir("below")
    monkeypatch.chdir(toy.pytester.path / folder)

    result = toy.run("Good", node_id, "--collect-only", "-q")

    assert result.ret == 0
    assert selected == sum("::" in line for line in result.outlines)


def test_an_unknown_id_is_refused(toy: Toy) -> None:
    """
    An id that is not in the kit ends the run before it begins, with the nearest one.
    """
    result = toy.run("Good", "bgsched-kit/start::test_wort")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert 1 == len([line for line in result.errlines if line])
    result.stderr.fnmatch_lines(
        ["ERROR: no such test in the kit: *::test_wort; did you mean *start::test_word[?]"]
    )


def test_a_path_of_the_host_runs_as_well(hostile: Toy) -> None:
    """
    With a path, the host's tests run beside the suite, and their failure fails the run.
    """
    result = hostile.run("Good", "specs/spec_host.py")

    assert result.ret == 1
    result.assert_outcomes(passed=7, skipped=2, errors=1)
    result.stdout.fnmatch_lines(["verdict  CONFORMANT*"])


def test_a_folder_of_the_same_name_is_the_hosts(toy: Toy) -> None:
    """
    A real folder wins over the kit's virtual one; the kit still runs.
    """
    toy.pytester.mkdir("bgsched-kit").joinpath("test_own.py").write_text("def test(): pass\n")

    result = toy.run("Good", "bgsched-kit")

    assert result.ret == 0
    result.assert_outcomes(passed=8, skipped=2)


def test_last_failed(toy: Toy) -> None:
    """
    ``--lf`` repeats what failed; the verdict does not take the rest for granted.
    """
    toy.run("Wrong")

    result = toy.run("Good", "--lf")

    assert result.ret == 6
    result.assert_outcomes(passed=1, deselected=8)
    result.stdout.fnmatch_lines(["verdict  INCOMPLETE (8 of 9 tests not run*)"])
