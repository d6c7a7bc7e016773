"""
Starting paused, `pause()` and `resume()`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis.stateful import run_state_machine_as_test

from bgsched_conformance.calls import raises
from bgsched_conformance.marks import clause
from bgsched_conformance.models import Lives

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.world import World


@clause("PAUSE-1")
def test_a_paused_start_starts_executors_and_job_stores(world: World) -> None:
    """
    Executor and job store are started by the paused start itself.
    """
    executor, executor_log = world.executor()
    store, store_log = world.store()
    scheduler = world.scheduler(executors={"default": executor}, jobstores={"default": store})

    scheduler.start(paused=True)

    assert 1 == executor_log.count("start")
    assert 1 == store_log.count("start")


@clause("PAUSE-1")
def test_no_job_runs_between_a_paused_start_and_resume(world: World) -> None:
    """
    Jobs due at the paused start, added before and after it, run once it is resumed.
    """
    scheduler = world.scheduler()
    before, after = world.tick("before"), world.tick("after")
    scheduler.add_job(before.func, "date", run_date=world.now(), misfire_grace_time=None)

    scheduler.start(paused=True)
    scheduler.add_job(after.func, "date", run_date=world.now(), misfire_grace_time=None)
    world.linger(lambda: before.runs or after.runs)
    world.move(minutes=1)
    scheduler.resume()
    world.settle(scheduler)

    assert [world.now()] == [run.at for run in before.runs]
    assert [world.now()] == [run.at for run in after.runs]


@clause("PAUSE-2")
def test_a_scheduler_started_paused_is_running_and_in_the_paused_state(world: World) -> None:
    """
    `running` is true and `state` the paused state.
    """
    scheduler = world.scheduler()

    scheduler.start(paused=True)

    assert scheduler.running
    assert world.target.state("PAUSED") == scheduler.state


@clause("PAUSE-3")
def test_resume_alone_makes_jobs_run_that_fell_due_in_the_pause(world: World) -> None:
    """
    A job whose run time passed during the pause runs after `resume()`, with no further call.
    """
    scheduler = world.scheduler()
    tick = world.tick()
    scheduler.start(paused=True)
    run_date = world.now() + timedelta(minutes=1)
    scheduler.add_job(tick.func, "date", run_date=run_date, misfire_grace_time=None)
    world.move(minutes=2)
    world.linger(lambda: tick.runs)

    scheduler.resume()

    tick.wait_ended()


@clause("PAUSE-4")
def test_due_jobs_can_be_listed_changed_and_removed_during_a_paused_start(world: World) -> None:
    """
    After `resume()` the removed job has not run, the changed one as changed, the third as it was.
    """
    scheduler = world.scheduler()
    ticks = {name: world.tick(name) for name in ("removed", "changed", "kept")}
    for name, tick in ticks.items():
        scheduler.add_job(tick.func, "date", run_date=world.now(), id=name, misfire_grace_time=None)
    scheduler.start(paused=True)

    listed = {job.id for job in scheduler.get_jobs()}
    scheduler.remove_job("removed")
    scheduler.modify_job("changed", args=("anew",))
    left = {job.id for job in scheduler.get_jobs()}
    scheduler.resume()
    world.settle(scheduler)

    assert {"removed", "changed", "kept"} == listed
    assert {"changed", "kept"} == left
    assert [] == ticks["removed"].runs
    assert [("anew",)] == [run.arguments for run in ticks["changed"].runs]
    assert [()] == [run.arguments for run in ticks["kept"].runs]


@clause("PAUSE-5")
def test_a_paused_start_and_resume_are_announced(world: World) -> None:
    """
    A listener is told SCHEDULER_STARTED, and SCHEDULER_RESUMED once it is resumed.
    """
    scheduler = world.scheduler()
    events = world.events(scheduler)

    scheduler.start(paused=True)
    events.wait("SCHEDULER_STARTED")
    assert [] == events.of("SCHEDULER_RESUMED")
    scheduler.resume()

    events.wait("SCHEDULER_RESUMED")


@clause("PAUSE-6")
def test_pause_holds_back_due_jobs_and_leaves_a_running_one_alone(world: World) -> None:
    """
    A job held at a gate ends in the pause; one that falls due there waits for `resume()`.
    """
    scheduler = world.scheduler()
    running, due = world.gate("running"), world.tick("due")
    scheduler.start()
    scheduler.add_job(running.func, id="running", misfire_grace_time=None)
    running.wait_begun()
    run_date = world.now() + timedelta(minutes=1)
    scheduler.add_job(due.func, "date", run_date=run_date, misfire_grace_time=None)

    scheduler.pause()
    world.give_way()  # a pass that had begun may end
    world.move(minutes=1)
    scheduler.wakeup()
    world.linger(lambda: due.runs)
    running.open()
    world.events(scheduler).wait("JOB_EXECUTED", "running")
    world.move(minutes=1)
    scheduler.resume()
    world.settle(scheduler)

    assert [world.now()] == [run.at for run in due.runs]


@clause("PAUSE-7")
def test_pause_twice_and_resume_twice_change_nothing(world: World) -> None:
    """
    The second call of either raises nothing and leaves the state that the first led to.
    """
    scheduler = world.scheduler()
    scheduler.start()

    scheduler.resume()
    assert world.target.state("RUNNING") == scheduler.state
    scheduler.pause()
    scheduler.pause()
    assert world.target.state("PAUSED") == scheduler.state
    scheduler.resume()
    scheduler.resume()

    assert world.target.state("RUNNING") == scheduler.state


@clause("PAUSE-8")
def test_pause_and_resume_are_refused_when_stopped(world: World) -> None:
    """
    Both raise `SchedulerNotRunningError` before the first start and after a shutdown.
    """
    scheduler = world.scheduler()

    for _ in range(2):
        with raises("SchedulerNotRunningError"):
            scheduler.pause()
        with raises("SchedulerNotRunningError"):
            scheduler.resume()
        if not scheduler.running:
            scheduler.start()
            scheduler.shutdown()


@clause("PAUSE-9")
def test_wakeup_does_not_end_a_pause(world: World) -> None:
    """
    However often a paused scheduler is woken, a due job waits for `resume()`.
    """
    scheduler = world.scheduler()
    tick = world.tick()
    scheduler.start(paused=True)
    scheduler.add_job(tick.func, "date", run_date=world.now(), misfire_grace_time=None)

    for _ in range(2):
        scheduler.wakeup()
        world.linger(lambda: tick.runs)
    world.move(minutes=1)
    scheduler.resume()
    world.settle(scheduler)

    assert [world.now()] == [run.at for run in tick.runs]


@clause("PAUSE-10")
def test_shutdown_in_a_pause_consumes_no_run_time(world: World) -> None:
    """
    An overdue job in a store that outlives the scheduler keeps its run time and does not run.
    """
    store, _log = world.store(kept=True)
    scheduler = world.scheduler(jobstores={"default": store})
    tick = world.tick()
    overdue = world.now()
    scheduler.start(paused=True)
    scheduler.add_job(
        tick.func, "interval", hours=1, next_run_time=overdue, misfire_grace_time=None
    )
    world.move(minutes=1)

    scheduler.shutdown()

    following = world.scheduler(jobstores={"default": store})
    following.start(paused=True)
    assert [overdue] == [job.next_run_time for job in following.get_jobs()]
    assert [] == tick.runs


@clause("PAUSE-10")
def test_shutdown_in_a_pause_runs_no_job_in_line(world: World) -> None:
    """
    An overdue job of an in-line executor does not run when its paused scheduler is shut down.
    """
    in_line = world.target.symbol("executors.debug", "DebugExecutor")
    store, _log = world.store(kept=True)
    scheduler = world.scheduler(executors={"default": in_line()}, jobstores={"default": store})
    tick = world.tick()
    scheduler.start(paused=True)
    scheduler.add_job(tick.func, "date", run_date=world.now(), misfire_grace_time=None)

    scheduler.shutdown()

    assert [] == tick.runs


@clause(
    "START-2",
    "START-6",
    "START-9",
    "PAUSE-1",
    "PAUSE-2",
    "PAUSE-3",
    "PAUSE-6",
    "PAUSE-9",
    "SHUT-1",
    "SHUT-9",
    "ERR-1",
    "ERR-2",
    "ERR-4",
    "ERR-5",
)
def test_any_order_of_calls_leads_to_the_runs_of_a_plain_model(worlds: Worlds) -> None:
    """
    Whatever is called in whatever order, the states, refusals and runs are those of the model.
    """
    run_state_machine_as_test(lambda: Lives(worlds))  # type: ignore[arg-type]
