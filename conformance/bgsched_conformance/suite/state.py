"""
State: `state`, `running`, `wakeup()`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bgsched_conformance.marks import clause
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.world import World

# Where each call is accepted, and what it leads to.
CALLS: dict[str, dict[str, str]] = {
    "start": {"STOPPED": "RUNNING"},
    "start paused": {"STOPPED": "PAUSED"},
    "pause": {"RUNNING": "PAUSED", "PAUSED": "PAUSED"},
    "resume": {"RUNNING": "RUNNING", "PAUSED": "RUNNING"},
    "shutdown": {"RUNNING": "STOPPED", "PAUSED": "STOPPED"},
}


@clause("STATE-1")
def test_every_order_of_calls_leads_to_the_states_of_a_plain_model(world: World) -> None:
    """
    After each of up to five calls `state` is the constant that it leads to, and `running` agrees.
    """
    constants = {
        name: world.target.symbol("schedulers.base", f"STATE_{name}")
        for name in ("STOPPED", "RUNNING", "PAUSED")
    }

    for life in _lives((), "STOPPED", 5):
        scheduler = world.bare_scheduler()
        state = "STOPPED"
        assert (constants[state], False) == (scheduler.state, scheduler.running)
        for call in life:
            method, _, paused = call.partition(" ")
            getattr(scheduler, method)(**({"paused": True} if paused else {}))
            state = CALLS[call][state]

            told = {name for name, constant in constants.items() if constant == scheduler.state}
            assert ({state}, state != "STOPPED") == (told, scheduler.running)


@clause("STATE-2")
def test_each_pause_and_each_resumption_is_announced(world: World) -> None:
    """
    After two pauses of a scheduler that was started paused, both events are counted.
    """
    scheduler = world.scheduler()
    events = world.events(scheduler)

    scheduler.start(paused=True)
    for count in (1, 2):
        scheduler.resume()
        events.wait("SCHEDULER_RESUMED", count=count)
        scheduler.pause()
        events.wait("SCHEDULER_PAUSED", count=count)

    assert 2 == len(events.of("SCHEDULER_RESUMED"))
    assert 2 == len(events.of("SCHEDULER_PAUSED"))


@clause("STATE-3", informational=True)
def test_running_cannot_be_assigned_to(world: World) -> None:
    """
    An assignment raises or changes nothing; the scheduler is running and runs jobs.
    """
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.start()

    with suppress(Exception):
        scheduler.raw.running = False

    assert scheduler.running
    scheduler.add_job(tick.func, misfire_grace_time=None)
    tick.wait_ended()


@clause("STATE-4")
def test_wakeup_makes_a_job_run_whose_time_has_come(world: World) -> None:
    """
    When the clock has moved past a run time, the job runs after `wakeup()`, with no other call.
    """
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    due = START + timedelta(hours=1)
    scheduler.add_job(tick.func, "date", run_date=due, misfire_grace_time=None)
    world.settle(scheduler)
    world.move(hours=2)

    scheduler.wakeup()

    tick.wait_ended()


@clause("STATE-4")
def test_wakeup_makes_no_job_run_more_often(world: World) -> None:
    """
    However often and from how many threads it is called, a due run takes place once.
    """
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    hour = timedelta(hours=1)
    scheduler.add_job(
        tick.func,
        "interval",
        hours=1,
        start_date=START + hour,
        coalesce=False,
        misfire_grace_time=None,
    )
    world.settle(scheduler)

    def wake() -> None:
        for _ in range(20):
            scheduler.raw.wakeup()

    for _ in range(3):
        world.move(hours=1)
        for call in [world.call(wake) for _ in range(3)]:
            call.result()
        world.settle(scheduler)

    assert [START + number * hour for number in (1, 2, 3)] == [run.at for run in tick.runs]


@clause("STATE-5")
def test_a_listener_of_the_start_finds_the_scheduler_started(world: World) -> None:
    """
    At SCHEDULER_STARTED `running` is true, and `state` running or paused as it was asked for.
    """
    for paused, state in ((False, "RUNNING"), (True, "PAUSED")):
        scheduler = world.scheduler()
        seen = _seen_at(world, scheduler.raw, "SCHEDULER_STARTED")

        scheduler.start(paused=paused)
        world.wait_until(partial(bool, seen), "the listener to be called")

        assert [(world.target.state(state), True)] == seen


@clause("STATE-5", informational=True)
def test_a_listener_of_the_shutdown_finds_the_scheduler_stopped(world: World) -> None:
    """
    At SCHEDULER_SHUTDOWN `running` is false, and `state` stopped.
    """
    scheduler = world.scheduler()
    seen = _seen_at(world, scheduler.raw, "SCHEDULER_SHUTDOWN")
    scheduler.start()

    scheduler.shutdown()
    world.wait_until(lambda: bool(seen), "the listener to be called")

    assert [(world.target.state("STOPPED"), False)] == seen


@clause("STATE-6")
def test_what_comes_in_a_pause_is_late_after_it(world: World) -> None:
    """
    Of three run times in a pause one job makes one run, one makes three, and one misses them.
    """
    scheduler = world.scheduler()
    jobs: dict[str, dict[str, Any]] = {
        "rolled": {"coalesce": True, "misfire_grace_time": None},
        "each": {"coalesce": False, "misfire_grace_time": None},
        "strict": {"coalesce": False, "misfire_grace_time": 60},
    }
    ticks = {name: world.tick(name) for name in jobs}
    first = START + timedelta(minutes=10)
    scheduler.start()
    for name, rules in jobs.items():
        scheduler.add_job(
            ticks[name].func, "interval", minutes=10, start_date=first, id=name, **rules
        )
    world.settle(scheduler)

    scheduler.pause()
    world.give_way()  # a pass that had begun may end
    world.move(minutes=35)
    scheduler.resume()
    world.settle(scheduler)

    assert [1, 3, 0] == [len(ticks[name].runs) for name in jobs]
    missed = world.events(scheduler).of("JOB_MISSED")
    assert ["strict"] * 3 == [event.job_id for event in missed]


def _lives(calls: tuple[str, ...], state: str, most: int) -> Iterator[tuple[str, ...]]:
    if most == 0 or "shutdown" in calls:
        yield calls  # another life is the matter of another chapter
        return
    for call, leads in CALLS.items():
        if state in leads:
            yield from _lives((*calls, call), leads[state], most - 1)


def _seen_at(world: World, scheduler: Any, event: str) -> list[tuple[Any, bool]]:
    seen: list[tuple[Any, bool]] = []
    scheduler.add_listener(
        lambda _: seen.append((scheduler.state, scheduler.running)), world.target.event(event)
    )
    return seen
