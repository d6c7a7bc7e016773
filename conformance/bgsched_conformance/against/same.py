"""
The comparisons of a run, each for one area: a difference found in one hides none in the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings

from bgsched_conformance.against import questions, sequences

if TYPE_CHECKING:
    from bgsched_conformance.against.comparison import Comparison
    from bgsched_conformance.against.questions import Question
    from bgsched_conformance.against.steps import Step

# A sequence is played within milliseconds, and there is no model that would guide the choice.
_many = settings(max_examples=4 * settings().max_examples)


@_many
@given(steps=sequences.lives)
def test_same_life_cycle(comparison: Comparison, steps: tuple[Step, ...]) -> None:
    """
    Start, pause, resume and shutdown, with additions of stores, executors and listeners.
    """
    comparison.check(steps)


@_many
@given(steps=sequences.restarts)
def test_same_restarts(comparison: Comparison, steps: tuple[Step, ...]) -> None:
    """
    What happens after a shutdown when the scheduler is started again.
    """
    comparison.check(steps)


@_many
@given(steps=sequences.waits)
def test_same_first_run_times(comparison: Comparison, steps: tuple[Step, ...]) -> None:
    """
    When jobs run first that were added some time before the start.
    """
    comparison.check(steps)


@_many
@given(steps=sequences.tables)
def test_same_job_table(comparison: Comparison, steps: tuple[Step, ...]) -> None:
    """
    Add, modify, reschedule, pause, resume, remove and look up, before the start and in a pause.
    """
    comparison.check(steps)


@_many
@given(steps=sequences.runs)
def test_same_runs(comparison: Comparison, steps: tuple[Step, ...]) -> None:
    """
    Which runs take place, are missed or fail as the clock moves on, pauses included.
    """
    comparison.check(steps)


@_many
@given(steps=sequences.changed_runs)
def test_same_runs_of_changed_jobs(comparison: Comparison, steps: tuple[Step, ...]) -> None:
    """
    Which runs take place of jobs that are changed between their runs.
    """
    comparison.check(steps)


@_many
@given(steps=sequences.overlaps)
def test_same_overlapping_runs(comparison: Comparison, steps: tuple[Step, ...]) -> None:
    """
    Which runs begin while earlier ones of the same job last.
    """
    comparison.check(steps)


@_many
@given(steps=sequences.refusals)
def test_same_refusals(comparison: Comparison, steps: tuple[Step, ...]) -> None:
    """
    Which wrong calls are refused, and what they leave behind.
    """
    comparison.check(steps)


@_many
@given(question=questions.dates())
def test_same_dates(comparison: Comparison, question: Question) -> None:
    """
    Fire times of date triggers.
    """
    comparison.ask(question)


@_many
@given(question=questions.intervals())
def test_same_intervals(comparison: Comparison, question: Question) -> None:
    """
    Fire times of interval triggers.
    """
    comparison.ask(question)


@_many
@given(question=questions.crons)
def test_same_crons(comparison: Comparison, question: Question) -> None:
    """
    Fire times of cron triggers in UTC.
    """
    comparison.ask(question)


@_many
@given(question=questions.crons_at_clock_changes)
def test_same_crons_where_clocks_change(comparison: Comparison, question: Question) -> None:
    """
    Fire times of cron triggers where a clock is put forward or back.
    """
    comparison.ask(question)


@_many
@given(question=questions.calendar_intervals())
def test_same_calendar_intervals(comparison: Comparison, question: Question) -> None:
    """
    Fire times of calendar interval triggers.
    """
    comparison.ask(question)
