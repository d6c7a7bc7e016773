"""
`start()` after `shutdown()`.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.world import World


@clause("RESTART-1")
def test_a_scheduler_can_be_started_again(world: World) -> None:
    """
    After the second start `running` is true, and SCHEDULER_STARTED has been announced.
    """
    scheduler = world.bare_scheduler()
    scheduler.start()
    scheduler.shutdown()
    announced = world.event("SCHEDULER_STARTED to be announced for the second start")
    scheduler.add_listener(lambda _event: announced.set(), world.target.event("SCHEDULER_STARTED"))

    scheduler.start()

    assert scheduler.running
    announced.wait()


@clause("RESTART-2")
def test_jobs_run_after_a_restart(world: World) -> None:
    """
    A job added to the second life of a scheduler with the default executor runs.
    """
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.shutdown()
    scheduler.start()
    tick = world.tick()

    scheduler.add_job(tick.func, misfire_grace_time=None)

    tick.wait_ended()


@clause("RESTART-3")
def test_a_job_added_after_a_shutdown_is_scheduled_at_the_restart(world: World) -> None:
    """
    It is pending and listed at once, and has its run time when the scheduler has started again.
    """
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.shutdown()
    run_date = world.now() + timedelta(hours=1)

    job = scheduler.add_job(world.tick().func, "date", run_date=run_date, id="between")

    assert job.pending
    assert ["between"] == [listed.id for listed in scheduler.get_jobs()]
    scheduler.start()
    assert not job.pending
    assert [("between", run_date)] == [
        (listed.id, listed.next_run_time) for listed in scheduler.get_jobs()
    ]


@clause("RESTART-4")
def test_the_memory_store_forgets_its_jobs_at_a_shutdown(world: World) -> None:
    """
    No job is listed after the shutdown, and none after the next start.
    """
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(world.tick().func, "interval", hours=1)

    scheduler.shutdown()

    assert [] == scheduler.get_jobs()
    scheduler.start()
    assert [] == scheduler.get_jobs()


@clause("RESTART-5")
def test_the_jobs_of_a_persistent_store_go_on_with_the_next_scheduler(world: World) -> None:
    """
    All are there; of the overdue ones, that within its grace runs, and that beyond it is missed.
    """
    store, _log = world.store(kept=True)
    first = world.scheduler(jobstores={"default": store})
    first.start()
    ticks = {name: world.tick(name) for name in ("ahead", "late", "too-late")}
    for name, hours, grace in (("ahead", 3, None), ("late", 1, None), ("too-late", 1, 1)):
        first.add_job(
            ticks[name].func,
            "date",
            run_date=world.now() + timedelta(hours=hours),
            id=name,
            misfire_grace_time=grace,
        )
    first.shutdown()
    world.move(hours=2)

    second = world.scheduler(jobstores={"default": store})
    second.start(paused=True)
    found = {job.id for job in second.get_jobs()}
    second.resume()
    world.settle(second)

    assert {"ahead", "late", "too-late"} == found
    assert {"ahead": 0, "late": 1, "too-late": 0} == {
        name: len(tick.runs) for name, tick in ticks.items()
    }
    assert ["too-late"] == [event.job_id for event in world.events(second).of("JOB_MISSED")]


@clause("RESTART-6")
def test_configure_between_two_lives_takes_effect_in_the_second(world: World) -> None:
    """
    The same text is a run time of the one time zone in the first life, of the other in the second.
    """
    there = timezone(timedelta(hours=9))
    scheduler = world.scheduler(timezone="UTC")
    noon = {"run_date": "2031-01-01 12:00:00"}
    scheduler.start(paused=True)
    first = scheduler.add_job(world.tick().func, "date", **noon).next_run_time
    scheduler.shutdown()

    scheduler.configure(timezone=there)
    scheduler.start(paused=True)
    second = scheduler.add_job(world.tick().func, "date", **noon).next_run_time

    assert datetime(2031, 1, 1, 12, tzinfo=UTC) == first
    assert datetime(2031, 1, 1, 12, tzinfo=there) == second


@clause("RESTART-7")
def test_a_restart_makes_a_new_scheduling_thread(world: World) -> None:
    """
    Another thread hands jobs over in the second life, with the `daemon` option set meanwhile.
    """
    threads: list[threading.Thread] = []
    scheduler = world.scheduler()
    for daemon in (True, False):
        executor, _log = world.executor({"submit_job": _noting_its_thread(threads)})
        scheduler.configure(daemon=daemon, executors={"default": executor})
        scheduler.start()
        tick = world.tick()
        scheduler.add_job(tick.func, misfire_grace_time=None)
        tick.wait_ended()
        scheduler.shutdown()

    first, second = threads
    assert first is not second
    assert (True, False) == (first.daemon, second.daemon)


def _noting_its_thread(threads: list[threading.Thread]) -> Callable[..., None]:
    return lambda *_, **__: threads.append(threading.current_thread())


@clause("RESTART-8")
def test_listeners_stay_over_a_restart(world: World) -> None:
    """
    A listener added once is told of both starts.
    """
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.shutdown()

    scheduler.start()

    world.events(scheduler).wait("SCHEDULER_STARTED", count=2)
