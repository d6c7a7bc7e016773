"""
Two schedulers are compared: one with itself, faulty ones with the good one, and some by hand.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from faults import adding_jobs, errors, jobs, pause, restart, running_jobs, start, state
from hypothesis import Phase, settings
from judging import run_kit

from bgsched import BackgroundScheduler
from bgsched_conformance import effort, runner
from bgsched_conformance.against.comparison import Comparison, Different, first_difference
from bgsched_conformance.against.player import STUCK
from bgsched_conformance.against.steps import Step, defined
from bgsched_conformance.patience import Patience
from bgsched_conformance.target import Target

if TYPE_CHECKING:
    from pathlib import Path

START, PAUSED, PAUSE = Step("start"), Step("start", keywords={"paused": True}), Step("pause")
GOOD = "bgsched:BackgroundScheduler"

with effort.applied("quick", 0):
    SAME = importlib.import_module("bgsched_conformance.against.same")
AREAS = [name.removeprefix("test_same_") for name in vars(SAME) if name.startswith("test_")]

# Where each of these planted faults has to show itself.
FAULTS: list[tuple[type[Any], str]] = [
    (state.PausesInSilence, "life_cycle"),
    (errors.ShutsDownTwice, "life_cycle"),
    (pause.Toggles, "life_cycle"),
    (restart.RemembersItsJobs, "restarts"),
    (start.CountsFromAddJob, "first_run_times"),
    (adding_jobs.AlwaysReplaces, "job_table"),
    (adding_jobs.RunsPausedPendingJobs, "job_table"),
    (jobs.KeepsTheOldTime, "job_table"),
    (jobs.IgnoresANewId, "refusals"),
    (jobs.ListsPausedJobsFirst, "job_table"),
    (jobs.IgnoresUnknownSettings, "refusals"),
    (pause.PausesInNameOnly, "runs"),
    (running_jobs.IsNeverTooLate, "runs"),
    (running_jobs.NeverCoalesces, "runs"),
    (running_jobs.ForgetsABacklog, "runs"),
    (running_jobs.AllowsOneMore, "overlapping_runs"),
    (running_jobs.NeverOverlaps, "overlapping_runs"),
]


def comparison_of(one: type[Any], patience: Patience | None = None) -> Comparison:
    """
    Return a comparison of a class with the good one.
    """
    targets = Target(one, f"here:{one.__name__}"), Target(BackgroundScheduler, GOOD)
    return Comparison(targets, patience or Patience())


def play(comparison: Comparison, *steps: Step) -> None:
    """
    Play these steps on both.
    """
    runner.run(comparison.check, {"steps": steps}, comparison.patience)


def compare(area: str, comparison: Comparison, examples: int = 40, seed: int = 1) -> None:
    """
    Run one comparison, without looking for the smallest sequence.
    """
    test = getattr(SAME, f"test_same_{area}")
    own = test._hypothesis_internal_use_settings
    test._hypothesis_internal_use_settings = settings(
        own, phases=[Phase.generate], max_examples=examples
    )
    try:
        with effort.applied("quick", seed):
            runner.run(test, {"comparison": comparison}, comparison.patience)
    finally:
        test._hypothesis_internal_use_settings = own


@pytest.mark.parametrize("area", AREAS)
def test_a_scheduler_does_not_differ_from_itself(area: str) -> None:
    """
    No sequence leads to a difference, not even once.
    """
    comparison = comparison_of(BackgroundScheduler)

    compare(area, comparison, 12)

    assert comparison.compared  # fewer than tried, where the machine was too slow for one
    assert 0 == comparison.unsteady


@pytest.mark.parametrize(("faulty", "area"), FAULTS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_planted_fault_is_a_difference(faulty: type[Any], area: str) -> None:
    """
    The comparison of the area finds it.
    """
    comparison = comparison_of(faulty)
    comparison.patience.hurried = True

    def search() -> None:
        for seed in range(1, 6):  # the first finds it, unless the machine is too slow
            compare(area, comparison, seed=seed)

    with pytest.raises(Different, match="<- differs"):
        search()


class Hangs(BackgroundScheduler):
    """
    Does not come back from a pause.
    """

    def pause(self) -> None:  # noqa: D102
        Event().wait()


class Shy(BackgroundScheduler):
    """
    Lists no jobs.
    """

    def get_jobs(self, *_: Any, **__: Any) -> Any:  # noqa: D102
        raise NotImplementedError


class DiffersOnce(BackgroundScheduler):
    """
    Raises at the first pause of all, as in a race.
    """

    raised = False

    def pause(self) -> None:  # noqa: D102
        if not DiffersOnce.raised:
            DiffersOnce.raised = True
            raise RuntimeError
        super().pause()


class RaisesItsOwn(BackgroundScheduler):
    """
    Refuses in other words what is refused in words of no one's choice.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Any:  # noqa: D102
        try:
            return super().add_job(*arguments, **keywords)
        except (TypeError, ValueError):
            raise OSError from None


def test_a_difference_is_told_side_by_side() -> None:
    """
    Each step stands beside what it led to, up to the first that differs; what agrees is left out.
    """
    comparison = comparison_of(state.PausesInSilence)

    with pytest.raises(Different) as told:
        play(comparison, START, PAUSE, Step("resume"))

    assert [
        "step here:PausesInSilence bgsched:BackgroundScheduler",
        "1 s.start() returned returned",
        "2 s.pause() returned returned",
        "events: none events: SCHEDULER_PAUSED <- differs",
    ] == [" ".join(line.split()).replace(": P", ":P").replace(": B", ":B") for line in rows(told)]


def rows(told: pytest.ExceptionInfo[Different]) -> list[str]:
    """
    Return the lines of a difference.
    """
    return str(told.value).splitlines()


def test_what_a_difference_does_not_need_is_left_out_at_the_end() -> None:
    """
    A sequence that is tried once more, as hypothesis does with its smallest, loses further steps.
    """
    comparison = comparison_of(state.PausesInSilence)
    steps = (START, Step("wakeup"), Step("resume"), PAUSE)

    with pytest.raises(Different):
        play(comparison, *steps)
    with pytest.raises(Different) as told:
        play(comparison, *steps)

    assert ["step", "1", "2", "events:"] == [line.split()[0] for line in rows(told)]


def test_a_hang_is_a_difference() -> None:
    """
    A call that does not return ends the trace of its side, not the run.
    """
    comparison = comparison_of(Hangs, Patience(full=4))

    with pytest.raises(Different, match=f"s.pause.* {STUCK} .* returned .* <- differs"):
        play(comparison, START, PAUSE)


def test_a_scheduler_that_shows_no_jobs_is_different() -> None:
    """
    What raises while it is looked at ends no comparison.
    """
    with pytest.raises(Different, match="then: it raises an error"):
        play(comparison_of(Shy), START)


def test_a_difference_that_does_not_show_itself_twice_is_counted_only() -> None:
    """
    A race is nothing that a maintainer could look into by the sequence of calls.
    """
    comparison = comparison_of(DiffersOnce)

    play(comparison, START, PAUSE)

    assert (1, 1) == (comparison.compared, comparison.unsteady)


def test_exceptions_that_no_documentation_names_are_alike() -> None:
    """
    That something is refused counts, and not by which class.
    """
    comparison = comparison_of(RaisesItsOwn)

    play(comparison, START, Step("add_job", ("tick", "interval"), {"seconds": "many"}))

    assert (1, 0) == (comparison.compared, comparison.unsteady)


def test_an_aspect_that_one_side_does_not_publish_is_no_difference() -> None:
    """
    Aspects are compared where both sides show them.
    """
    left = [{"result": "returned", "state": "RUNNING"}, {"result": "returned"}]

    assert first_difference(left, [{"result": "returned"}, {"result": "returned"}]) is None
    assert (1, ("result",)) == first_difference(left, [left[0], {"result": "raised an error"}])


def test_steps_of_open_outcome_are_left_out() -> None:
    """
    Left out are calls whose outcome no clause tells; jobs are released before a shutdown.
    """
    job = Step("add_job", ("held",), {"id": "a"})
    shutdown = Step("shutdown")
    move = Step("move", (10,))

    assert (job, START) == defined([Step("wakeup"), job, job, move, START])
    assert (PAUSED, Step("wakeup")) == defined([PAUSED, Step("wakeup"), START])
    assert (START, job, Step("release"), shutdown) == defined([START, job, shutdown])
    assert (job, move) == defined([job, move], waiting=True)


def test_a_run_tells_where_two_classes_differ(tmp_path: Path) -> None:
    """
    Selected by id, the comparison fails, is told with the command that repeats it, and gives 1.
    """
    test = "bgsched-kit/against::test_same_life_cycle"
    arguments = [f"--bgsched-against={GOOD}", "--bgsched-effort=quick", test]

    done = run_kit("faults.state:PausesInSilence", tmp_path, *arguments)

    assert 1 == done.returncode
    assert "events: none                        events: SCHEDULER_PAUSED" in done.stdout
    command = f"rerun  pytest --bgsched-impl=faults.state:PausesInSilence --bgsched-against={GOOD}"
    assert f"{command} --bgsched-effort=quick --bgsched-seed=1 {test}" in done.stdout
    assert f"  different  {test}\nresult  DIFFERENT (1 of 1 comparisons)" in done.stdout


def test_a_run_that_finds_nothing_says_so(tmp_path: Path) -> None:
    """
    The suite is not run, the workers' sequences count, and the exit status is 0.
    """
    tests = [f"bgsched-kit/against::test_same_{area}" for area in ("dates", "refusals")]
    arguments = [f"--bgsched-against={GOOD}", "--bgsched-effort=quick", "-pxdist", "-n1", *tests]

    done = run_kit(GOOD, tmp_path, *arguments)

    assert 0 == done.returncode
    assert "result  SAME (no difference in 80 sequences)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bgsched-against=argparse:Action"], "--bgsched-against=argparse:Action: Action() rais"),
        (
            ["--bgsched-clause=START-1"],
            "a comparison has no use for --bgsched-clause: leave that out",
        ),
        (
            ["bgsched-kit/against::test_smae_runs"],
            "did you mean bgsched-kit/against::test_same_runs",
        ),
    ],
)
def test_wrong_input_is_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    """
    What makes no sense ends the run before it begins, with one line and exit status 4.
    """
    done = run_kit(GOOD, tmp_path, f"--bgsched-against={GOOD}", *arguments)

    assert (4, 1) == (done.returncode, len(done.stderr.strip().splitlines()))
    assert message in done.stderr


def test_what_to_compare_with_is_asked_for(tmp_path: Path) -> None:
    """
    One class alone can be compared with nothing.
    """
    command = [sys.executable, "-m", "pytest", "-p", "bgsched_conformance.plugin"]

    done = subprocess.run(
        [*command, f"--bgsched-against={GOOD}"],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 4 == done.returncode
    assert "name the class to compare it with by --bgsched-impl" in done.stderr
