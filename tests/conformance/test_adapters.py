"""
Schedulers of another face are judged through an adapter, which cannot hide what they do.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schedule
from judging import run_kit, suite, verdict

from bgsched_conformance.adapters.adaptation import Adaptation
from bgsched_conformance.adapters.schedule_library import Schedule
from bgsched_conformance.capabilities import CAPABILITIES, of_call
from bgsched_conformance.catalogue import PREFIX
from bgsched_conformance.patience import Patience
from bgsched_conformance.suite.construction import MEMBERS
from bgsched_conformance.target import Target

if TYPE_CHECKING:
    from conftest import Toy

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "adapt-another-scheduler.md"
EXAMPLE = re.compile(
    r"^```python\n(.*?)^```\n.*?^```python\n(.*?)^```\n"
    r".*?^\$ pytest (.*?)\n.*?^```text\n(.*?)^```\n",
    re.MULTILINE | re.DOTALL,
)
ROW = re.compile(r"^\| `([a-z-]+)` \| ([^|]*) \| [^|]* \|$", re.MULTILINE)

FIXTURE = """
import pytest
from toyadapters import {name}

@pytest.fixture{scope}
def bgsched_adapter():
    return {name}()
"""
# Alike in all but the names of two methods; the adapter is in the conftest.py of a project.
RENAMED = """
import bgsched

class Renamed(bgsched.BackgroundScheduler):
    begin, end = bgsched.BackgroundScheduler.start, bgsched.BackgroundScheduler.shutdown
    start = shutdown = None
"""
RENAMING = """
import pytest

class Renaming:
    supports = {"pause": False, "daemon": False}

    def wrap(self, cls):
        return type("Face", (cls,), {"start": start, "shutdown": cls.end})

def start(self):
    self.begin()

@pytest.fixture
def bgsched_adapter():
    return Renaming()
"""


def test_an_adapter_is_named_by_the_option(toy: Toy) -> None:
    """
    The class is judged through the adapter, which the title names and the command repeats.
    """
    adapter = "--bgsched-adapter=toyadapters:Replying"

    bare = toy.run("Foreign")
    through = toy.run("Foreign", adapter)
    failing = toy.run("Wrong", "--bgsched-adapter=toyadapters:Boastful")

    assert (1, 0, 1) == (bare.ret, through.ret, failing.ret)
    through.stdout.fnmatch_lines(["*toysched:Foreign · adapter toyadapters:Replying · *"])
    failing.stdout.fnmatch_lines(["*rerun *=toysched:Wrong --bgsched-adapter=*:Boastful *"])


@pytest.mark.parametrize("workers", [[], ["-n2"]])
@pytest.mark.parametrize("scope", ["", '(scope="session")'])
def test_an_adapter_is_returned_by_a_fixture(toy: Toy, workers: list[str], scope: str) -> None:
    """
    A fixture in the conftest.py of a project does as well, under pytest-xdist too.
    """
    toy.pytester.makeconftest(FIXTURE.format(name="Replying", scope=scope))

    result = toy.spawn("Foreign", *workers) if workers else toy.run("Foreign")

    assert 0 == result.ret
    result.stdout.fnmatch_lines(["*toysched:Foreign · adapter conftest.py:bgsched_adapter · *"])


def test_what_is_declared_off_is_unsupported(toy: Toy) -> None:
    """
    All tests of its clauses are, whether they need it or not; the verdict names the clauses.
    """
    result = toy.run("Foreign", "--bgsched-adapter=toyadapters:Mute")

    assert 0 == result.ret
    result.stdout.fnmatch_lines(
        [
            "  unsupported  START-1  bgsched-kit/start::test_answer  declared off: answers",
            "  unsupported  START-1  bgsched-kit/start::test_extra  declared off: answers",
            "verdict  CONFORMANT (* unsupported: START-1*)",
        ]
    )


def test_what_is_declared_on_and_missing_fails(toy: Toy) -> None:
    """
    A claim is no excuse.
    """
    result = toy.run("Foreign", "--bgsched-adapter=toyadapters:Boastful")

    assert 1 == result.ret
    result.stdout.fnmatch_lines(["verdict  NOT CONFORMANT (1 MUST clause fails: START-1)"])


@pytest.mark.parametrize("workers", [[], ["-n1"]])
def test_what_is_declared_off_and_works_is_reported(toy: Toy, workers: list[str]) -> None:
    """
    It fails the run, as a stale waiver does, and says what to delete.
    """
    adapter = "--bgsched-adapter=toyadapters:Modest"

    result = toy.spawn("Foreign", adapter, *workers) if workers else toy.run("Foreign", adapter)

    assert 1 == result.ret
    result.stdout.fnmatch_lines(
        [
            "  stale        answers is declared off and works: delete that from the adapter",
            "verdict  NOT CONFORMANT (1 capability declared off and working)",
        ]
    )


@pytest.mark.parametrize(
    ("adapter", "message"),
    [
        ("nonsense", "write it as module:Object, for example acme.conformance:Adapter"),
        ("nowhere:Adapter", "no module named 'nowhere' on sys.path or in *"),
        ("toyadapters:Replyign", "module 'toyadapters' has no attribute *; it has: Replying, *"),
        ("toyadapters:nothing", "a list is no adapter: it has no method wrap(cls)"),
        ("toyadapters:Unbuildable", "building it raised OSError: no licence"),
        ("toyadapters:Failing", "wrap(Good) raised LookupError: no way"),
        ("toyadapters:Building", "wrap(Good) returned a Good, not a class"),
        ("toyadapters:Misspelt", "no capability 'pauze'; did you mean 'pause'?"),
        ("toyadapters:Vague", "supports[[]'pause'] = 'no' is neither True nor False"),
        ("toyadapters:Listing", "supports is a list, not a mapping"),
    ],
)
def test_no_adapter_is_refused(toy: Toy, adapter: str, message: str) -> None:
    """
    What is no adapter ends the run before it begins, with one line and exit status 4.
    """
    result = toy.run("Good", f"--bgsched-adapter={adapter}")

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    assert 1 == len([line for line in result.errlines if line])
    result.stderr.fnmatch_lines([f"ERROR: --bgsched-adapter={adapter}: {message}"])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("bgsched_adapter = 1", "it is no fixture; *"),
        ("def bgsched_adapter(request): ...", "it is called before all tests: *"),
        ("def bgsched_adapter(): yield 1", "it is called before all tests: *"),
        ("def bgsched_adapter(): raise OSError('no licence')", "it raised OSError: no licence"),
        ("def bgsched_adapter(): return 1", "a int is no adapter: *"),
    ],
)
def test_no_adapter_of_a_fixture_is_refused(toy: Toy, source: str, message: str) -> None:
    """
    The same goes for what a fixture returns, and for what cannot be called outside of a test.
    """
    decorator = "import pytest\n" + ("@pytest.fixture\n" if source.startswith("def") else "")
    toy.pytester.makeconftest(decorator + source)

    result = toy.run("Good")

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    assert 1 == len([line for line in result.errlines if line])
    result.stderr.fnmatch_lines([f"ERROR: fixture conftest.py:bgsched_adapter: {message}"])


def test_two_adapters_are_refused(toy: Toy) -> None:
    """
    It is not for the kit to choose.
    """
    toy.pytester.makeconftest(FIXTURE.format(name="Replying", scope=""))

    result = toy.run("Good", "--bgsched-adapter=toyadapters:Mute")

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines(
        ["ERROR: give one adapter, not several: *toyadapters:Mute, conftest.py:bgsched_adapter"]
    )


def test_the_suite_and_its_programs_go_through_the_adapter(tmp_path: Path) -> None:
    """
    Tests use the face, so do child processes; what needs a missing capability is unsupported.
    """
    (tmp_path / "renamed.py").write_text(RENAMED, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(RENAMING, encoding="utf-8")

    result = run_kit(
        "renamed:Renamed",
        tmp_path,
        "--bgsched-clause=START-5,START-9,START-11,EXIT-1,EXIT-3,PAUSE-6,SHUT-1,SHUT-13,BASE-2",
    )

    summary = result.stdout.rpartition("= bgsched conformance =")[2]
    assert (1, "") == (result.returncode, result.stderr)
    assert "  MUST      9: pass 5  stale 1  unsupported 3\n" in summary
    assert ["START-11", "PAUSE-6", "SHUT-13"] == [
        line.split()[1] for line in summary.splitlines() if line.startswith("  unsupported")
    ]
    assert "  stale        daemon is declared off and works: " in summary


def test_the_example_of_the_page_is_judged_as_it_says(tmp_path: Path) -> None:
    """
    The two files and the command of the page lead to the lines below them.
    """
    scheduler, adapter, command, shown = EXAMPLE.findall(PAGE.read_text("utf-8"))[0]
    (tmp_path / "cuckoo.py").write_text(scheduler, encoding="utf-8")
    (tmp_path / "cuckoo_adapter.py").write_text(adapter, encoding="utf-8")
    impl, *others = command.split()

    result = run_kit(impl.removeprefix("--bgsched-impl="), tmp_path, *others)

    assert "" == result.stderr
    assert [] == [one for one in shown.splitlines() if one not in result.stdout.splitlines()]


def test_the_page_lists_each_capability() -> None:
    """
    By its name and in the words of the code.
    """
    text = PAGE.read_text("utf-8")

    assert {name: one.about for name, one in CAPABILITIES.items()} == dict(ROW.findall(text))


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_capability_is_about_clauses_and_has_a_probe(name: str) -> None:
    """
    Each pattern matches a clause, the probe is a test, and members are documented ones.
    """
    capability = CAPABILITIES[name]
    known = suite().clauses

    patterns = capability.clauses.split()
    assert [] == [one for one in patterns if not any(fnmatchcase(key, one) for key in known)]
    assert f"{PREFIX}/{capability.probe}" in suite().entries
    assert set(capability.members.split()) <= set(MEMBERS)


@pytest.mark.parametrize(
    ("member", "arguments", "keywords", "held", "needed"),
    [
        ("start", (), {}, False, set()),
        ("start", (False,), {}, False, {"pause"}),
        ("start", (), {"paused": False}, False, {"pause"}),
        ("shutdown", (), {}, False, set()),
        ("shutdown", (), {}, True, {"shutdown-wait"}),
        ("shutdown", (False,), {}, True, {"shutdown-now"}),
        ("shutdown", (), {"wait": False}, False, {"shutdown-now"}),
        ("add_job", (print,), {"misfire_grace_time": None}, False, set()),
        ("add_job", (print, "date"), {"executor": "default"}, False, set()),
        ("add_job", (print, "cron"), {"misfire_grace_time": 1}, False, {"triggers", "misfire"}),
        (
            "add_job",
            (print,),
            {"trigger": object(), "coalesce": False},
            False,
            {"triggers", "coalesce"},
        ),
        (
            "add_job",
            (print,),
            {"max_instances": 2, "jobstore": "s", "executor": "e"},
            False,
            {"max-instances", "job-stores", "executors"},
        ),
    ],
)
def test_a_call_tells_what_it_needs(
    member: str, arguments: tuple[Any, ...], keywords: dict[str, Any], held: bool, needed: set[str]
) -> None:
    """
    By the arguments that make use of a capability, and not by those that do without.
    """
    assert needed == set(of_call(member, arguments, keywords, jobs_held=held))


@pytest.mark.parametrize(
    ("test", "end"),
    [
        ("construction::test_pickling_is_refused", "failed"),
        ("construction::test_schedulers_do_not_influence_each_other", "passed"),
        ("background-thread::test_jobs_run_in_the_process_of_the_caller", "passed"),
        ("start::test_jobs_run_after_start_has_returned", "passed"),
        ("start::test_jobs_of_many_threads_are_all_kept", "passed"),
        ("start::test_start_waits_for_no_job", "unsupported: declared off: parallel-jobs"),
        ("start::test_an_interval_counts_from_the_start", "failed"),
        ("start::test_the_start_is_announced", "unsupported: declared off: events"),
        ("pause::test_pause_twice_and_resume_twice_change_nothing", "unsupported: declared off"),
        ("errors::test_start_while_running_is_refused", "failed"),
        ("shutdown::test_a_job_waited_for_runs_to_its_end", "passed"),
        ("shutdown::test_shutdown_without_waiting_returns_while_a_job_runs", "passed"),
        ("shutdown::test_a_run_time_after_the_shutdown_leads_to_no_run", "passed"),
        ("restart::test_jobs_run_after_a_restart", "passed"),
        ("restart::test_the_memory_store_forgets_its_jobs_at_a_shutdown", "failed"),
        ("defaults::test_the_documented_example_ticks_every_three_seconds", "passed"),
        ("concurrency::test_calls_of_many_threads_have_their_effects", "unsupported: declared off"),
    ],
)
def test_the_library_schedule_is_judged_as_the_documentation_says(test: str, end: str) -> None:
    """
    What it keeps passes, what it breaks fails, and what it lacks is unsupported.
    """
    adapter = Schedule()
    adaptation = Adaptation("schedule", "", dict(adapter.supports), adapter, "")
    target = Target(schedule.Scheduler, "schedule:Scheduler").behind(adaptation)

    found = verdict(suite().entries[f"{PREFIX}/{test}"], target, Patience())

    assert found.startswith(end), found
