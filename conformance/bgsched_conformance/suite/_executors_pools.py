"""
Executors: pools of threads and processes, and the one that works in line.

The other half of the chapter is `executors`, which takes these tests in.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.marks import clause
from bgsched_conformance.suite._executors_scenes import (
    crowded_pool,
    inline_executor,
    scheduler_with_processes,
)

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.world import World


@clause("EXE-7")
@given(workers=st.integers(1, 6))
def test_a_thread_pool_runs_as_many_jobs_at_once_as_it_has_workers(
    worlds: Worlds, workers: int
) -> None:
    """
    Of two jobs more than there are workers, exactly so many begin as there are; the rest follow.
    """
    with worlds() as world:
        gate = world.gate()
        scheduler = world.scheduler()
        scheduler.add_executor("threadpool", "pool", max_workers=workers)
        scheduler.start()

        for _ in range(workers + 2):
            scheduler.add_job(gate.func, executor="pool", misfire_grace_time=None)
        gate.wait_begun(workers)
        world.turn(scheduler)
        at_once = len(gate.runs)
        gate.open()
        gate.wait_ended(workers + 2)

        assert workers == at_once


@clause("EXE-7")
def test_arguments_of_the_pool_are_passed_on(world: World) -> None:
    """
    A thread name prefix among them is part of the name of a job's thread.
    """
    scheduler = world.scheduler()
    scheduler.add_executor(
        "threadpool", "pool", max_workers=2, pool_kwargs={"thread_name_prefix": "marked"}
    )
    names: list[str] = []
    tick = world.tick(action=lambda: names.append(threading.current_thread().name))
    scheduler.start()

    scheduler.add_job(tick.func, executor="pool", misfire_grace_time=None)

    tick.wait_ended()
    assert ["marked"] == [name[: len("marked")] for name in names]


@clause("EXE-9")
def test_a_job_that_cannot_be_sent_to_a_process_is_not_lost_in_silence(world: World) -> None:
    """
    A lambda on a process pool is refused by add_job(), or its run is announced as ended.
    """
    ends = ("JOB_EXECUTED", "JOB_ERROR", "JOB_MISSED")
    with scheduler_with_processes(world) as scheduler:
        events = world.events(scheduler)

        try:
            scheduler.add_job(lambda: None, executor="processes", misfire_grace_time=None)
        except Exception:  # noqa: BLE001 - any refusal can be seen
            return

        world.wait_until(
            lambda: any(events.of(end) for end in ends),
            "an event that tells how the run ended",
            lambda: f"announced {events.names}",
        )


@clause("EXE-11")
def test_the_debug_executor_runs_the_job_while_it_is_handed_over(world: World) -> None:
    """
    The thread that submits the job runs it, and it has ended when the submission returns.
    """
    tick = world.tick()
    submissions: list[tuple[int, int]] = []
    executor = inline_executor(
        world.target, lambda: submissions.append((threading.get_ident(), tick.ended))
    )
    scheduler = world.scheduler()
    scheduler.add_executor(executor, "in line")
    scheduler.start()

    scheduler.add_job(tick.func, executor="in line", misfire_grace_time=None)

    tick.wait_ended()
    world.wait_until(lambda: bool(submissions), "the submission of the job to return")
    assert [(tick.runs[0].thread, 1)] == submissions


@clause("EXE-11")
def test_the_debug_executor_can_be_added_by_name(world: World) -> None:
    """
    Where the class is published, its plugin name gives an executor that runs jobs.
    """
    world.target.symbol("executors.debug", "DebugExecutor")
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.add_executor("debug", "in line")
    scheduler.start()

    scheduler.add_job(tick.func, executor="in line", misfire_grace_time=None)

    tick.wait_ended()


@clause("EXE-12")
def test_a_run_that_waited_too_long_for_a_worker_is_missed(world: World) -> None:
    """
    A run whose grace passes while the only worker is busy is announced as missed and never begins.
    """
    scheduler, gate = crowded_pool(world)
    tick = world.tick()
    scheduler.add_job(tick.func, executor="pool", misfire_grace_time=60, id="late")
    world.turn(scheduler)

    world.move(hours=2)
    gate.open()

    world.events(scheduler).wait("JOB_MISSED", "late")
    assert [] == tick.runs


@clause("EXE-12")
def test_a_run_that_waited_within_its_grace_begins(world: World) -> None:
    """
    A run that has to wait for the only worker for less than its grace runs after all.
    """
    scheduler, gate = crowded_pool(world)
    tick = world.tick()
    scheduler.add_job(tick.func, executor="pool", misfire_grace_time=36000, id="late")
    world.turn(scheduler)

    world.move(hours=2)
    gate.open()

    tick.wait_ended()
    assert [world.now()] == [run.at for run in tick.runs]
