"""
The plugin does nothing until asked, refuses what makes no sense, and keeps its runs bounded.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import hypothesis
import hypothesis.core
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgsched_conformance import effort
from bgsched_conformance.marks import Claim, claim_of, clause

if TYPE_CHECKING:
    from conftest import Toy

pytest_plugins = ["pytester"]


def test_the_plugin_is_inert_without_its_option(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without ``--bgsched-impl`` a project's tests run as ever and nothing of the kit is loaded.
    """
    toy.pytester.makepyfile(
        """
        import sys

        def test_nothing_heavy_is_loaded():
            loaded = {name for name in sys.modules if name.startswith("bgsched_conformance")}
            assert len(loaded) == 3, loaded
            assert not {"hypothesis", "freezegun", "apscheduler", "bgsched"} & sys.modules.keys()
        """
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    result = toy.pytester.runpytest_subprocess("-p", "bgsched_conformance.plugin", "-W", "error")

    assert result.ret == 0
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*bgsched*conformance*")


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (None, ["--bgsched-impl=nonsense"], "write it as module:Class*"),
        (None, ["--bgsched-impl=nowhere:Sched"], "no module named 'nowhere' on sys.path or in *"),
        (None, ["--bgsched-impl=toysched:Goood"], "*has no attribute 'Goood'; it has: *Good*"),
        ("Good", ["--bgsched-level=most"], "--bgsched-level=most: choose from must, should, may"),
        ("Good", ["--bgsched-scope=p"], "--bgsched-scope=p: choose from page, all"),
        ("Good", ["--bgsched-effort=x"], "--bgsched-effort=x: choose from quick, default, deep"),
        ("Good", ["--bgsched-seed=1.5"], "--bgsched-seed=1.5: give a whole number*"),
        ("Good", ["--bgsched-seed=-1"], "--bgsched-seed=-1: give a whole number from 0 to *"),
        ("Good", ["--bgsched-seed=4294967296"], "--bgsched-seed=4294967296: give a whole number *"),
        ("Good", [f"--bgsched-seed={'9' * 5000}"], "--bgsched-seed=9*: give a whole number *"),
        ("Good", ["--bgsched-seed=five"], "--bgsched-seed=five: give a whole number *"),
        ("Good", ["--bgsched-clause=,"], "--bgsched-clause=,: name at least one clause"),
        ("Good", ["--bgsched-clause=START-9"], "--bgsched-clause: *'START-9'; did you mean *"),
        ("Good", ["--bgsched-waivers=no.toml"], "--bgsched-waivers=no.toml: neither a bundled *"),
        (
            "Good",
            ["--bgsched-clause=JOB-1", "bgsched-kit/start"],
            "no clause is left to judge: the options exclude one another",
        ),
    ],
)
def test_wrong_input_is_refused(
    toy: Toy, cls: str | None, arguments: list[str], message: str
) -> None:
    """
    What makes no sense ends the run before it begins, with one line and exit status 4.
    """
    result = toy.run(cls, *arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert 1 == len([line for line in result.errlines if line])
    result.stderr.fnmatch_lines([f"ERROR: *{message}"])


def test_a_missing_extra_is_named(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without hypothesis and freezegun the one line says what to install.
    """
    monkeypatch.setitem(sys.modules, "freezegun", None)

    result = toy.run("Good")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert ['ERROR: the conformance suite needs freezegun: pip install "bgsched[conformance]"'] == [
        line for line in result.errlines if line
    ]


def test_the_list_names_every_clause_and_its_tests(toy: Toy) -> None:
    """
    ``--bgsched-list`` needs no implementation, runs nothing and takes the same selection.
    """
    result = toy.run(None, "--bgsched-list", "--bgsched-clause=START-1,START-4")

    assert result.ret == 0
    assert [
        "START-1  MUST  The sentence of START-1.",
        "    bgsched-kit/start::test_answer",
        "    bgsched-kit/start::test_extra",
        "    bgsched-kit/start::test_thread",
        "START-4  MAY  The sentence of START-4.",
        "    untestable: Nobody can see it.",
    ] == result.outlines


def test_a_failure_tells_the_clause_and_the_values(toy: Toy) -> None:
    """
    A failure shows rule, source, expected and actual value, a hint, and how to repeat it.
    """
    result = toy.run("Wrong")

    result.stdout.fnmatch_lines(
        [
            "*start.py:*: in test_answer",
            'FAIL START-1 (MUST)  "The sentence of START-1."',
            "  source    The source of START-1.",
            "  expected  42",
            "  actual    41",
            "  look at   Is START-1 all right?",
            "  rerun     pytest --bgsched-impl=toysched:Wrong bgsched-kit/start::test_answer",
        ],
        consecutive=False,
    )
    result.stdout.no_fnmatch_line("*runner.py*")


def test_a_failure_tells_what_was_done(toy: Toy) -> None:
    """
    A failure shows the calls that led to it, the error, and the frame that raised it.
    """
    result = toy.run("Stepless", "--bgsched-level=may")

    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "*toysched.py:*: in steps",
            "  did       s = Stepless()",
            "            s.steps(1, depth=2)",
            "  actual    LookupError: no step 1 of 2",
        ]
    )


def test_a_random_failure_can_be_repeated(toy: Toy) -> None:
    """
    A property test's failure names the smallest example and the seed that finds it again.
    """
    result = toy.run("Large", "--bgsched-seed=77", "--bgsched-effort=deep")

    result.stdout.fnmatch_lines(
        [
            "bgsched conformance * seed 77",
            "E *number=501,",
            "  expected  1002",
            "  actual    1001",
            "  rerun *--bgsched-impl=toysched:Large --bgsched-seed=77 *::test_double",
        ]
    )


def test_the_implementation_cannot_end_the_run(toy: Toy) -> None:
    """
    `SystemExit` and `KeyboardInterrupt` of an implementation fail the test they were raised in.
    """
    result = toy.run("Leaving", "--bgsched-level=should")

    assert result.ret == 1
    result.assert_outcomes(passed=5, failed=2, skipped=2)
    result.stdout.fnmatch_lines(["  actual    raised SystemExit: 3"])
    result.stdout.fnmatch_lines(["  actual    raised KeyboardInterrupt"])


@pytest.mark.parametrize(
    ("cls", "workers"), [("Leaking", []), ("LeakingPool", []), ("Leaking", ["-n1"])]
)
def test_a_leaked_thread_does_not_keep_the_run_alive(
    toy: Toy, cls: str, workers: list[str]
) -> None:
    """
    A thread that would keep the process alive for ever is left behind; the exit status is kept.
    """
    result = toy.spawn(cls, "--bgsched-clause=START-1", *workers)

    assert result.ret == 0
    result.stdout.fnmatch_lines(["verdict  CONFORMANT on the 1 clause selected"])


def test_the_settings_of_hypothesis_are_ours_and_then_the_hosts_again() -> None:
    """
    Inside, examples follow the effort and the seed; afterwards the host finds what it had.
    """
    before = settings.get_current_profile_name(), hypothesis.core.global_force_seed

    with effort.applied("quick", 5):
        inside = settings.default
        seed = hypothesis.core.global_force_seed

    assert inside is not None
    assert (10, None, None) == (inside.max_examples, inside.deadline, inside.database)
    assert "5" == str(seed)
    assert before == (settings.get_current_profile_name(), hypothesis.core.global_force_seed)


def test_marks_survive_given() -> None:
    """
    A mark is found above and below ``@given``; a mark without a clause is refused.
    """

    @clause("A-1")
    @given(st.none())
    def above(_: None) -> None: ...

    @given(st.none())
    @clause("A-1", "B-2", informational=True)
    def below(_: None) -> None: ...

    assert Claim(("A-1",)) == claim_of(above)
    assert Claim(("A-1", "B-2"), informational=True) == claim_of(below)
    assert claim_of(print) is None
    with pytest.raises(TypeError, match="name the clauses"):
        clause()


def test_the_kit_does_not_know_the_reference() -> None:
    """
    Loading the whole kit imports nothing of the reference implementation.
    """
    source = "import sys, bgsched_conformance.kit, bgsched_conformance.session;"
    source += "sys.exit('bgsched' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", source], check=False).returncode
