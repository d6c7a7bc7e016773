"""
Events: codes, classes, listeners.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.findings import Broken, Unsupported
from bgsched_conformance.marks import clause
from bgsched_conformance.recorder import Recorder
from bgsched_conformance.suite._events_occasions import *  # noqa: F403 - the rest of the chapter
from bgsched_conformance.suite._events_scenes import (
    CLASSES,
    JobFailure,
    events_of_further_parts,
    fail,
    live_through,
    overrun,
    run_and_fail_and_miss,
)

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World


@clause("EVT-1")
def test_the_codes_are_published_as_distinct_single_bits(target: Target) -> None:
    """
    All documented constants exist, each is one bit of its own, and EVENT_ALL has all of them.
    """
    codes: dict[str, int] = {}
    missing = []
    for name in (*CLASSES, "ALL"):
        try:
            codes[name] = int(target.symbol("events", f"EVENT_{name}"))
        except Unsupported:
            missing.append(f"EVENT_{name}")
    if not codes:
        raise Unsupported(f"{target.spec} publishes no event codes")
    if missing:
        raise Broken("every documented code beside those published", f"no {', '.join(missing)}")
    everything = codes.pop("ALL")

    assert [] == [name for name, code in codes.items() if code.bit_count() != 1]
    assert len(codes) == len(set(codes.values()))
    assert [] == [name for name, code in codes.items() if not code & everything]


@clause("EVT-2")
def test_a_listener_hears_what_its_mask_lets_through(world: World) -> None:
    """
    Of an eventful life, listeners to one event, and to all but one, hear these and no others.
    """
    scheduler = world.scheduler()
    masks = [{name} for name in CLASSES] + [set(CLASSES) - {name} for name in CLASSES]
    listeners = [Recorder(world.target, world.patience) for _ in masks]
    for heard, names in zip(listeners, masks, strict=True):
        scheduler.add_listener(heard, reduce(or_, map(world.target.event, names)))

    live_through(world, scheduler)
    scheduler.shutdown()

    everything = world.events(scheduler)
    everything.wait("SCHEDULER_SHUTDOWN")
    for heard, names in zip(listeners, masks, strict=True):
        _wait_for_the_same(world, everything, heard, names)
        assert set(heard.names) <= names


def _wait_for_the_same(world: World, one: Recorder, other: Recorder, names: set[str]) -> None:
    def counts(recorder: Recorder) -> dict[str, int]:
        return {name: len(recorder.of(name)) for name in sorted(names)}

    world.wait_until(
        lambda: counts(one) == counts(other),
        f"a listener to hear {counts(one)} as often as another one does",
        lambda: f"it heard {counts(other)}",
    )


@clause("EVT-2")
def test_a_listener_without_a_mask_hears_every_event(world: World) -> None:
    """
    A listener added with nothing but itself hears each of the documented events.
    """
    scheduler = world.scheduler()
    heard = Recorder(world.target, world.patience)
    scheduler.add_listener(heard)

    live_through(world, scheduler)
    scheduler.shutdown()

    for name in CLASSES:
        heard.wait(name)


@clause("EVT-2")
def test_a_listener_added_during_a_run_hears_of_its_end(world: World) -> None:
    """
    Whoever starts a job and listens then has not come too late, if nobody listened before.
    """
    scheduler, gate = world.bare_scheduler(), world.gate("job")
    heard = Recorder(world.target, world.patience)
    scheduler.start()
    scheduler.add_job(gate.func, id="job", misfire_grace_time=None)
    gate.wait_begun()

    scheduler.add_listener(heard, world.target.event("JOB_EXECUTED"))
    gate.open()

    heard.wait("JOB_EXECUTED", "job")


class Hearer:
    """
    An object with a method that listens.
    """

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def hear(self, event: Any) -> None:
        """
        Keep the event.
        """
        self.heard.append(event)


@clause("EVT-3")
def test_a_removed_listener_hears_no_more_and_the_others_go_on(world: World) -> None:
    """
    Of three listening objects, exactly those not removed hear of the start, whichever these are.
    """
    for is_removed in itertools.product((False, True), repeat=3):
        scheduler = world.scheduler()
        hearers = [Hearer() for _ in is_removed]
        for hearer in hearers:
            scheduler.add_listener(hearer.hear)
        for hearer in itertools.compress(hearers, is_removed):
            scheduler.remove_listener(hearer.hear)

        scheduler.start(paused=True)
        world.events(scheduler).wait("SCHEDULER_STARTED")

        _wait_heard(world, [h for h, gone in zip(hearers, is_removed, strict=True) if not gone])
        assert list(is_removed) == [not hearer.heard for hearer in hearers]


def _wait_heard(world: World, hearers: list[Hearer]) -> None:
    world.wait_until(
        lambda: all(hearer.heard for hearer in hearers),
        "each listener that was not removed to be told of the start",
    )


@clause("EVT-3")
def test_a_listener_can_be_removed_while_the_scheduler_runs(world: World) -> None:
    """
    A listener that has heard of one job hears nothing of the next, once it has been removed.
    """
    scheduler = world.scheduler()
    hearer = Hearer()
    scheduler.add_listener(hearer.hear, world.target.event("JOB_ADDED"))
    scheduler.start(paused=True)
    scheduler.add_job(fail, "interval", hours=1, id="first")
    world.wait_until(lambda: len(hearer.heard) == 1, "the listener to be told of the first job")

    scheduler.remove_listener(hearer.hear)
    scheduler.add_job(fail, "interval", hours=1, id="second")

    world.events(scheduler).wait("JOB_ADDED", "second")
    world.linger(lambda: len(hearer.heard) > 1, rounds=3)
    assert ["first"] == [event.job_id for event in hearer.heard]


@clause("EVT-4")
def test_a_raising_listener_stops_nobody(world: World) -> None:
    """
    Behind a listener that raises at every event, another one hears all, and jobs go on running.
    """
    scheduler = world.bare_scheduler()
    raised = Hearer()

    def complain(event: Any) -> None:
        raised.hear(event)
        raise JobFailure("a listener raises on purpose")

    heard = Recorder(world.target, world.patience)
    tick = world.tick()
    scheduler.add_listener(complain)
    scheduler.add_listener(heard)

    scheduler.start()
    scheduler.add_job(
        tick.func, "interval", minutes=1, next_run_time=world.now(), misfire_grace_time=None
    )
    for count in (1, 2, 3):
        tick.wait_ended(count)
        heard.wait("JOB_EXECUTED", count=count)
        heard.wait("JOB_SUBMITTED", count=count)
        world.move(minutes=1)
        scheduler.wakeup()
    scheduler.shutdown()

    heard.wait("SCHEDULER_SHUTDOWN")
    assert raised.heard


@clause("EVT-5")
def test_events_of_parts_carry_code_and_alias(world: World) -> None:
    """
    Events of an executor and a job store carry their alias, as does the emptying of one store.
    """
    scheduler = world.scheduler()
    scheduler.start(paused=True)

    scheduler.add_executor("threadpool", "crew")
    scheduler.add_jobstore("memory", "shelf")
    scheduler.remove_all_jobs("shelf")
    scheduler.remove_executor("crew")
    scheduler.remove_jobstore("shelf")

    for name, alias in (
        ("EXECUTOR_ADDED", "crew"),
        ("JOBSTORE_ADDED", "shelf"),
        ("ALL_JOBS_REMOVED", "shelf"),
        ("EXECUTOR_REMOVED", "crew"),
        ("JOBSTORE_REMOVED", "shelf"),
    ):
        told = events_of_further_parts(world, scheduler, name)
        assert [(world.target.event(name), alias)] == [(raw.code, raw.alias) for raw in told]


@clause("EVT-6")
def test_events_of_a_job_tell_its_id_and_job_store(world: World) -> None:
    """
    A job in a second job store is added, modified and removed: each event names it and the store.
    """
    scheduler = world.scheduler()
    events = world.events(scheduler)
    scheduler.start(paused=True)
    scheduler.add_jobstore("memory", "shelf")

    scheduler.add_job(fail, "interval", hours=1, id="mine", jobstore="shelf")
    scheduler.modify_job("mine", name="anew")
    scheduler.remove_job("mine")

    for name in ("JOB_ADDED", "JOB_MODIFIED", "JOB_REMOVED"):
        raw = events.wait(name).raw
        told = (raw.code, raw.job_id, raw.jobstore)
        assert (world.target.event(name), "mine", "shelf") == told


@clause("EVT-7")
@given(backlog=st.integers(0, 5))
def test_a_submission_tells_its_run_times(worlds: Worlds, backlog: int) -> None:
    """
    However many run times are due together, the SUBMITTED events tell each of them once.
    """
    with worlds() as world:
        scheduler = world.scheduler()
        due = [world.now() - timedelta(minutes=ago) for ago in range(backlog, -1, -1)]
        scheduler.start()
        scheduler.add_job(
            world.tick().func,
            "interval",
            minutes=1,
            start_date=due[0],
            next_run_time=due[0],
            id="late",
            coalesce=False,
            misfire_grace_time=None,
            max_instances=10,
        )
        world.settle(scheduler)

        submitted = world.events(scheduler).of("JOB_SUBMITTED", "late")
        told = [run_time for event in submitted for run_time in event.raw.scheduled_run_times]
        assert due == told
        assert {"default"} == {event.raw.jobstore for event in submitted}


@clause("EVT-7", "EVT-9")
def test_a_refused_submission_is_announced_with_its_run_time(world: World) -> None:
    """
    A run that falls due while the only instance goes on is announced as refused, with its time.
    """
    scheduler = world.scheduler()
    scheduler.start()

    overrun(world, scheduler)

    raw = world.events(scheduler).wait("JOB_MAX_INSTANCES", "held").raw
    assert [world.now()] == list(raw.scheduled_run_times)


@clause("EVT-8")
def test_events_of_runs_tell_their_outcome(world: World) -> None:
    """
    EXECUTED tells the result, ERROR the exception and a traceback, MISSED neither; all the time.
    """
    result = object()
    scheduler = world.scheduler()
    events = world.events(scheduler)
    scheduler.start()
    missed_at = world.now() - timedelta(hours=2)
    run_and_fail_and_miss(world, scheduler)
    scheduler.add_job(lambda: result, id="returns", misfire_grace_time=None)

    executed = events.wait("JOB_EXECUTED", "returns").raw
    failed = events.wait("JOB_ERROR", "failed").raw
    missed = events.wait("JOB_MISSED", "missed").raw
    assert (world.now(), None) == (executed.scheduled_run_time, executed.exception)
    assert executed.retval is result
    assert world.now() == failed.scheduled_run_time
    assert (JobFailure, ("on purpose",)) == (type(failed.exception), failed.exception.args)
    assert isinstance(failed.traceback, str)
    assert (missed_at, None, None) == (missed.scheduled_run_time, missed.retval, missed.exception)
