"""
Finding jobs, listing them in order, printing them, and removing them all.

A part of the chapter `jobs`, which takes these tests in.
"""

from __future__ import annotations

import inspect
import io
import warnings
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from bgsched_conformance.findings import Unsupported
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


def two_stores(world: World) -> Subject:
    """
    Return a stopped scheduler with a job in either of two stores, each named like its store.
    """
    scheduler = world.bare_scheduler()
    scheduler.add_jobstore("memory", "shelf")
    for alias in ("default", "shelf"):
        scheduler.add_job(
            world.tick().func, "interval", hours=1, id=alias, name=f"Job of {alias}", jobstore=alias
        )
    return scheduler


def ids(jobs: list[Any]) -> list[str]:
    """
    Return the ids of jobs, in alphabetical order.
    """
    return sorted(job.id for job in jobs)


@clause("JOB-14")
def test_get_job_finds_a_job(world: World) -> None:
    """
    With its store named or not, before the start and after it.
    """
    scheduler = two_stores(world)

    for _ in ("before the start", "after the start"):
        assert "shelf" == scheduler.get_job("shelf").id
        assert "shelf" == scheduler.get_job("shelf", "shelf").id
        assert "default" == scheduler.get_job("default", jobstore="default").id
        if not scheduler.running:
            scheduler.start(paused=True)


@clause("JOB-14")
def test_get_job_answers_none_for_what_is_not_there(world: World) -> None:
    """
    An unknown id, a job of another store and an unknown store are no errors.
    """
    scheduler = two_stores(world)

    before = scheduler.get_job("unknown"), scheduler.get_job("unknown", "nowhere")
    scheduler.start(paused=True)
    after = [
        scheduler.get_job("unknown"),
        scheduler.get_job("unknown", "shelf"),
        scheduler.get_job("shelf", "default"),
        scheduler.get_job("shelf", "nowhere"),
    ]

    assert (None, None) == before
    assert [None] * 4 == after


@clause("JOB-14", informational=True)
def test_get_job_looks_for_a_pending_job_in_its_store(world: World) -> None:
    """
    Before the start too, a job of another store is not found.
    """
    scheduler = two_stores(world)

    assert scheduler.get_job("shelf", "default") is None


@clause("JOB-15")
def test_get_jobs_lists_one_store_or_all(world: World) -> None:
    """
    Pending jobs before the start and stored ones after it; the alias is the first parameter.
    """
    scheduler = two_stores(world)

    for _ in ("before the start", "after the start"):
        assert ["default", "shelf"] == ids(scheduler.get_jobs())
        assert ["shelf"] == ids(scheduler.get_jobs("shelf"))
        assert ["default"] == ids(scheduler.get_jobs(jobstore="default"))
        if not scheduler.running:
            scheduler.start(paused=True)


@clause("JOB-15")
def test_get_jobs_gives_a_list_of_its_own(world: World) -> None:
    """
    What the caller does with the list changes nothing.
    """
    scheduler = two_stores(world)

    for _ in ("before the start", "after the start"):
        scheduler.get_jobs().clear()
        scheduler.get_jobs("shelf").clear()
        assert ["default", "shelf"] == ids(scheduler.get_jobs())
        if not scheduler.running:
            scheduler.start(paused=True)


@clause("JOB-16")
def test_a_store_lists_its_jobs_by_run_time(world: World) -> None:
    """
    Earliest first and paused ones last, whatever zones the times are in and whatever changes.
    """
    zones = [timezone(timedelta(hours=hours)) for hours in (0, -11, 13, 5)]
    minutes = (50, 10, None, 40, 20, 70, None, 30, 60)
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)

    def moment(offset: int | None, number: int) -> datetime | None:
        if offset is None:
            return None
        return (world.now() + timedelta(minutes=offset)).astimezone(zones[number % len(zones)])

    for number, offset in enumerate(minutes):
        scheduler.add_job(
            world.tick().func,
            "interval",
            hours=1,
            id=str(number),
            next_run_time=moment(offset, number),
        )
    added = [job.next_run_time for job in scheduler.get_jobs("default")]
    for number, offset in ((0, None), (2, 5), (7, 80)):
        scheduler.modify_job(str(number), next_run_time=moment(offset, number))
    changed = [job.next_run_time for job in scheduler.get_jobs("default")]

    assert [10, 20, 30, 40, 50, 60, 70, None, None] == [_minutes(world, time) for time in added]
    assert [5, 10, 20, 40, 60, 70, 80, None, None] == [_minutes(world, time) for time in changed]


@clause("JOB-17")
def test_the_pending_argument_is_deprecated(world: World) -> None:
    """
    `get_jobs(pending=...)` warns, and lists what it lists without.
    """
    scheduler = two_stores(world)

    for pending in (True, False):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            jobs = scheduler.get_jobs(pending=pending)

        assert ["default", "shelf"] == ids(jobs)
        deprecations = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
        assert any(issubclass(warning.category, deprecations) for warning in caught)


@clause("JOB-19")
def test_all_jobs_are_removed(world: World) -> None:
    """
    `remove_all_jobs()` empties the store that is named, or all, before the start and after it.
    """
    for running in (False, True):
        for arguments, left in (((), []), (("shelf",), ["default"]), ((None,), [])):
            scheduler = two_stores(world)
            if running:
                scheduler.start(paused=True)

            scheduler.remove_all_jobs(*arguments)

            assert left == ids(scheduler.get_jobs())
            if not running:
                scheduler.start(paused=True)
                assert left == ids(scheduler.get_jobs())


@clause("JOB-20")
def test_jobs_are_printed(world: World) -> None:
    """
    Each job of one store or of all is named in what `print_jobs()` writes, pending, paused or not.
    """
    scheduler = two_stores(world)

    def printed(*arguments: Any) -> list[str]:
        out = io.StringIO()
        scheduler.print_jobs(*arguments, out=out)
        return [name for name in ("Job of default", "Job of shelf") if name in out.getvalue()]

    def check() -> None:
        assert ["Job of default", "Job of shelf"] == printed()
        assert ["Job of shelf"] == printed("shelf")

    check()
    scheduler.start(paused=True)
    check()
    scheduler.pause_job("shelf")
    check()


@clause("JOB-20")
def test_jobs_are_printed_on_standard_output(world: World) -> None:
    """
    Without *out* the list goes to `sys.stdout`.
    """
    scheduler = two_stores(world)
    scheduler.start(paused=True)
    parameter = inspect.signature(scheduler.raw.print_jobs).parameters.get("out")
    if hasattr(getattr(parameter, "default", None), "write"):
        raise Unsupported("print_jobs() keeps to the sys.stdout that there was at its import")
    out = io.StringIO()

    with redirect_stdout(out):
        scheduler.print_jobs()

    assert "Job of shelf" in out.getvalue()


def _minutes(world: World, moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment.astimezone(UTC) - world.now()) / timedelta(minutes=1)
