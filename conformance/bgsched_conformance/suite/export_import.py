"""
Export and import: `export_jobs()` and `import_jobs()`.
"""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.calls import raises
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._reachable import key_of, run

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World

_atoms = (
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text('ab "\\\xe9', max_size=5)
)
_arguments = st.lists(_atoms | st.lists(_atoms, max_size=2), max_size=3)
_keywords = st.dictionaries(st.sampled_from(["one", "two"]), _atoms)


def exported(scheduler: Subject, **options: Any) -> str:
    """
    Return what a scheduler writes into an open file.
    """
    file = io.StringIO()
    scheduler.export_jobs(file, **options)
    return file.getvalue()


def ids_in(world: World, text: str) -> list[str]:
    """
    Return the ids of the jobs that another scheduler reads from an export, sorted.
    """
    reader = world.scheduler()
    reader.start(paused=True)
    reader.import_jobs(io.StringIO(text))
    return sorted(job.id for job in reader.get_jobs())


def keeper(world: World, **jobs: str) -> Subject:
    """
    Return a paused scheduler that has a job of each id, in the memory store of the alias given.
    """
    scheduler = world.scheduler()
    for alias in sorted(set(jobs.values()) - {"default"}):
        scheduler.add_jobstore("memory", alias)
    scheduler.start(paused=True)
    for job_id, alias in jobs.items():
        scheduler.add_job(run, "interval", hours=1, args=["none"], id=job_id, jobstore=alias)
    return scheduler


@clause("XPORT-1")
def test_jobs_of_all_stores_or_of_one_are_written_as_json(world: World) -> None:
    """
    The export is JSON, and has the jobs of both stores, or of the one that is named.
    """
    scheduler = keeper(world, a="default", b="shelf", c="shelf")

    texts = [exported(scheduler, **options) for options in ({}, {"jobstore": "shelf"})]

    for text in texts:
        assert isinstance(json.loads(text), (dict, list))
    assert [["a", "b", "c"], ["b", "c"]] == [ids_in(world, text) for text in texts]


@clause("XPORT-1", "XPORT-2")
def test_a_file_may_be_open_or_named(world: World) -> None:
    """
    An open file, a path as text and a `Path` are written and read alike.
    """
    scheduler = keeper(world, a="default", b="default")
    with TemporaryDirectory(prefix="bgsched-kit-") as directory:
        paths = [Path(directory, f"{number}.json") for number in range(3)]

        scheduler.export_jobs(paths[0])
        scheduler.export_jobs(str(paths[1]))
        with paths[2].open("w", encoding="utf-8") as file:
            scheduler.export_jobs(file)
            is_left_open = not file.closed

        readers = [world.scheduler() for _ in paths]
        for reader in readers:
            reader.start(paused=True)
        readers[0].import_jobs(str(paths[0]))
        readers[1].import_jobs(paths[1])
        with paths[2].open(encoding="utf-8") as file:
            readers[2].import_jobs(file)

    assert is_left_open
    assert [["a", "b"]] * 3 == [sorted(job.id for job in each.get_jobs()) for each in readers]


@clause("XPORT-2")
@given(
    arguments=_arguments,
    keywords=_keywords,
    grace=st.none() | st.integers(1, 10**6),
    coalesce=st.booleans(),
    max_instances=st.integers(1, 20),
    lead=st.none() | st.integers(-(10**6), 10**6),
    hours=st.none() | st.integers(1, 1000),
)
def test_an_imported_job_is_the_exported_one(
    worlds: Worlds,
    arguments: list[object],
    keywords: dict[str, object],
    grace: int | None,
    coalesce: bool,
    max_instances: int,
    lead: int | None,
    hours: int | None,
) -> None:
    """
    Whatever its options, a job comes back with all of them, and with the same fire times.
    """
    with worlds() as world:
        scheduler = keeper(world)
        scheduler.add_jobstore("memory", "shelf")
        trigger: dict[str, Any] = {"trigger": "interval", "hours": hours}
        if hours is None:
            trigger = {"trigger": "date", "run_date": world.now() + timedelta(days=3)}
        scheduler.add_job(
            run,
            args=["key", *arguments],
            kwargs=keywords,
            id="moved",
            name="a job",
            misfire_grace_time=grace,
            coalesce=coalesce,
            max_instances=max_instances,
            next_run_time=None if lead is None else world.now() + timedelta(seconds=lead),
            executor="elsewhere",
            **trigger,
        )

        scheduler.import_jobs(io.StringIO(exported(scheduler)), jobstore="shelf")

        before, after = (scheduler.get_job("moved", alias) for alias in ("default", "shelf"))
        assert (before.id, before.name, before.func) == (after.id, after.name, after.func)
        assert ["key", *arguments] == list(after.args)
        assert keywords == dict(after.kwargs)
        assert before.next_run_time == after.next_run_time
        assert (grace, coalesce) == (after.misfire_grace_time, after.coalesce)
        assert (max_instances, "elsewhere") == (after.max_instances, after.executor)
        assert fire_times(before.trigger, world.now(), 3) == fire_times(
            after.trigger, world.now(), 3
        )


@clause("XPORT-2")
def test_an_imported_job_belongs_to_its_store_and_scheduler(world: World) -> None:
    """
    A job imported into a named store is listed there, and its handle changes and removes it.
    """
    text = exported(keeper(world, a="default", b="default"))
    scheduler = keeper(world, other="shelf")

    scheduler.import_jobs(io.StringIO(text), jobstore="shelf")
    listed = sorted(job.id for job in scheduler.get_jobs("shelf"))
    elsewhere = scheduler.get_jobs("default")
    scheduler.get_job("a").modify(name="anew")
    scheduler.get_job("b").remove()

    names = {job.id: job.name for job in scheduler.get_jobs("shelf")}

    assert (["a", "b", "other"], []) == (listed, elsewhere)
    assert (["a", "other"], "anew") == (sorted(names), names["a"])


@clause("XPORT-3")
def test_an_export_needs_a_started_scheduler(world: World) -> None:
    """
    Before the start and after the shutdown an export is refused; between, running or not, it works.
    """
    scheduler = world.scheduler()
    scheduler.add_job(run, "interval", hours=1, args=["none"], id="a")

    with raises("Exception"):
        scheduler.export_jobs(io.StringIO())
    scheduler.start()
    running = exported(scheduler)
    scheduler.pause()
    paused = exported(scheduler)
    scheduler.shutdown()
    with raises("Exception"):
        scheduler.export_jobs(io.StringIO())

    assert [["a"]] * 2 == [ids_in(world, text) for text in (running, paused)]


@clause("XPORT-4")
def test_an_import_works_running_and_paused(world: World) -> None:
    """
    A running, a paused and a scheduler started paused list what they have imported.
    """
    text = exported(keeper(world, a="default"))
    running, paused, started_paused = (world.scheduler() for _ in range(3))
    running.start()
    paused.start()
    paused.pause()
    started_paused.start(paused=True)

    for scheduler in (running, paused, started_paused):
        scheduler.import_jobs(io.StringIO(text))

        assert ["a"] == [job.id for job in scheduler.get_jobs()]


@clause("XPORT-4", informational=True)
def test_an_import_is_refused_by_a_stopped_scheduler(world: World) -> None:
    """
    A scheduler that has its job store but was not started refuses.
    """
    text = exported(keeper(world, a="default"))
    scheduler = world.scheduler()
    scheduler.add_jobstore("memory")

    with raises("Exception"):
        scheduler.import_jobs(io.StringIO(text))


@clause("XPORT-5")
def test_an_imported_job_runs_on_an_idle_scheduler(world: World) -> None:
    """
    A job that is due when it is imported runs, although nothing else wakes the scheduler.
    """
    tick, first = world.tick(), world.tick("first")
    text = exported(_keeper_of(world, key_of(tick), minutes=0))
    scheduler = world.scheduler()
    scheduler.add_job(first.func, "date", run_date=world.now(), id="first", misfire_grace_time=None)
    scheduler.start()
    # Only the start has woken the scheduling thread, and its one pass is as good as over now.
    world.events(scheduler).wait("JOB_SUBMITTED", "first")
    first.wait_ended()

    scheduler.import_jobs(io.StringIO(text))

    tick.wait_ended()


@clause("XPORT-5")
def test_imported_jobs_run_at_their_times(world: World) -> None:
    """
    A job imported before it is due runs when the clock has come there, and no sooner.
    """
    tick = world.tick()
    text = exported(_keeper_of(world, key_of(tick), minutes=30))
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.import_jobs(io.StringIO(text))
    scheduler.wakeup()
    world.settle(scheduler)
    early = len(tick.runs)
    world.advance(scheduler, minutes=30)

    assert 0 == early
    assert [world.now()] == [each.at for each in tick.runs]


def _keeper_of(world: World, key: str, *, minutes: int) -> Subject:
    scheduler = world.scheduler()
    scheduler.start(paused=True)
    due = world.now() + timedelta(minutes=minutes)
    scheduler.add_job(run, "date", run_date=due, args=[key], misfire_grace_time=None)
    return scheduler


@clause("XPORT-6")
def test_an_import_of_a_taken_id_is_refused(world: World) -> None:
    """
    The second import of a file gives ConflictingIdError, and the job keeps its new name.
    """
    text = exported(keeper(world, a="default"))
    scheduler = keeper(world)
    scheduler.import_jobs(io.StringIO(text))
    scheduler.modify_job("a", name="anew")

    with raises("ConflictingIdError"):
        scheduler.import_jobs(io.StringIO(text))

    assert [("a", "anew")] == [(job.id, job.name) for job in scheduler.get_jobs()]


@clause("XPORT-6")
def test_what_is_no_export_is_refused(world: World) -> None:
    """
    JSON that no export has written, and what is no JSON, is refused; no job comes of it.
    """
    scheduler = keeper(world)

    for text in ("no JSON", "[]", "{}", '"text"', '{"answer": 42}'):
        with raises("Exception"):
            scheduler.import_jobs(io.StringIO(text))

    assert [] == scheduler.get_jobs()


@clause("XPORT-6", informational=True)
def test_an_export_of_another_version_is_refused(world: World) -> None:
    """
    An export whose version number has been changed gives ValueError.
    """
    document = json.loads(exported(keeper(world, a="default")))
    document["version"] = 99
    scheduler = keeper(world)

    with raises("ValueError"):
        scheduler.import_jobs(io.StringIO(json.dumps(document)))


@clause("XPORT-7")
def test_a_lambda_cannot_be_exported(world: World) -> None:
    """
    A job that calls a lambda makes the export fail with ValueError.
    """
    scheduler = keeper(world, a="default")
    scheduler.add_job(lambda: None, "interval", hours=1, id="lambda")

    with raises("ValueError"):
        scheduler.export_jobs(io.StringIO())
