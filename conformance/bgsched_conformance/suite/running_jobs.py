"""
Running jobs: misfires, coalescing, limits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.marks import clause
from bgsched_conformance.suite._running_jobs_ends import *  # noqa: F403 - how runs end
from bgsched_conformance.suite._running_jobs_model import Backlog, some_jumps, some_rules
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.jobs import Gate, Tick
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.suite._running_jobs_model import Jump, Rules
    from bgsched_conformance.world import World

MINUTE = timedelta(minutes=1)
ENDS = ("JOB_EXECUTED", "JOB_MISSED", "JOB_ERROR")


@clause("MISF-1", "MISF-2", "MISF-3", "MISF-4")
@given(
    rules=st.lists(some_rules, min_size=1, max_size=3),
    jumps=st.lists(some_jumps, max_size=3),
)
def test_any_backlog_comes_to_what_a_plain_model_says(
    worlds: Worlds, rules: list[Rules], jumps: list[Jump]
) -> None:
    """
    Whatever the jobs and however the clock jumps, the runs and the missed ones are the model's.
    """
    with worlds() as world:
        scheduler = world.scheduler()
        scheduler.start(paused=True)
        backlogs = [
            Backlog.add(world, scheduler, f"job{number}", each) for number, each in enumerate(rules)
        ]
        scheduler.resume()
        _all_is_as_planned(world, scheduler, backlogs)
        for jump in jumps:
            if jump.paused:
                scheduler.pause()
                world.move(seconds=jump.seconds)
                scheduler.resume()
            else:
                world.move(seconds=jump.seconds)
                scheduler.wakeup()
            _all_is_as_planned(world, scheduler, backlogs)


def _all_is_as_planned(world: World, scheduler: Subject, backlogs: list[Backlog]) -> None:
    world.settle(scheduler)
    for backlog in backlogs:
        backlog.process(world.now())
        backlog.check()


@clause("MISF-1")
def test_a_run_beyond_its_grace_is_missed(world: World) -> None:
    """
    Of two jobs two minutes late, the one with a grace of an hour runs, the other is missed.
    """
    lenient, strict = world.tick("lenient"), world.tick("strict")
    scheduler = world.scheduler()
    scheduler.start(paused=True)
    scheduler.add_job(lenient.func, "date", run_date=START, misfire_grace_time=3600)
    scheduler.add_job(strict.func, "date", run_date=START, id="strict", misfire_grace_time=60)

    world.move(minutes=2)
    scheduler.resume()
    world.settle(scheduler)

    missed = world.events(scheduler).wait("JOB_MISSED", "strict")
    assert START == missed.raw.scheduled_run_time
    assert (1, 0) == (len(lenient.runs), len(strict.runs))
    assert 1 == len(world.events(scheduler).of("JOB_MISSED"))


@clause("MISF-1")
def test_the_grace_may_be_a_default(world: World) -> None:
    """
    A job two minutes late runs or is missed as the grace of `job_defaults` says.
    """
    for grace, expected in ((3600, ["JOB_EXECUTED"]), (60, ["JOB_MISSED"])):
        scheduler = world.scheduler(job_defaults={"misfire_grace_time": grace})
        scheduler.start(paused=True)
        scheduler.add_job(world.tick().func, "date", run_date=world.now(), id="job")

        world.move(minutes=2)
        scheduler.resume()
        world.settle(scheduler)

        world.events(scheduler).wait(expected[0])
        ends = [name for name in world.events(scheduler).names if name in ENDS]
        assert expected == ends


@clause("MISF-2")
def test_with_unlimited_grace_no_run_is_too_late(world: World) -> None:
    """
    A job ten years late runs.
    """
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.start(paused=True)
    scheduler.add_job(tick.func, "date", run_date=START, misfire_grace_time=None)

    world.move(days=3650)
    scheduler.resume()

    tick.wait_ended()


@clause("MISF-3")
def test_a_backlog_is_coalesced_into_one_run(world: World) -> None:
    """
    Four run times that are due lead to one submission, for one of them, and nothing is missed.
    """
    scheduler, tick = backlogged(world, coalesce=True, misfire_grace_time=None)

    (submitted,) = world.events(scheduler).of("JOB_SUBMITTED", "job")
    assert 1 == len(submitted.raw.scheduled_run_times)
    assert 1 == len(tick.runs)
    assert [] == world.events(scheduler).of("JOB_MISSED")


@clause("MISF-3")
def test_a_coalesced_backlog_runs_if_one_run_time_is_within_the_grace(world: World) -> None:
    """
    Of four run times the last is in time and the others are not: one run, and nothing is missed.
    """
    scheduler, tick = backlogged(world, coalesce=True, misfire_grace_time=60)

    assert 1 == len(tick.runs)
    assert [] == world.events(scheduler).of("JOB_MISSED")


@clause("MISF-4")
def test_a_backlog_is_run_in_order(world: World) -> None:
    """
    Four run times that are due lead to four runs in their order, though one instance is the limit.
    """
    scheduler, tick = backlogged(world, coalesce=False, misfire_grace_time=None)

    executed = world.events(scheduler).of("JOB_EXECUTED", "job")
    assert [START + number * 10 * MINUTE for number in range(4)] == [
        event.raw.scheduled_run_time for event in executed
    ]
    assert 4 == len(tick.runs)


@clause("MISF-4")
def test_a_backlog_of_a_cron_trigger_is_run(world: World) -> None:
    """
    Three minutes that a cron trigger matches and that are due together lead to three runs.
    """
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(
        tick.func, "cron", minute="*", timezone="UTC", coalesce=False, misfire_grace_time=None
    )

    world.move(minutes=3, seconds=30)
    scheduler.wakeup()

    tick.wait_ended(3)


@clause("MISF-4")
def test_only_what_is_within_the_grace_is_run(world: World) -> None:
    """
    Of four run times the first two are missed and the others run.
    """
    scheduler, tick = backlogged(world, coalesce=False, misfire_grace_time=900)

    world.events(scheduler).wait("JOB_MISSED", "job", count=2)
    missed, executed = (
        [event.raw.scheduled_run_time for event in world.events(scheduler).of(name, "job")]
        for name in ("JOB_MISSED", "JOB_EXECUTED")
    )
    assert [START, START + 10 * MINUTE] == missed
    assert [START + 20 * MINUTE, START + 30 * MINUTE] == executed
    assert 2 == len(tick.runs)


@clause("MISF-5")
def test_jobs_coalesce_by_default(world: World) -> None:
    """
    Where nobody speaks of coalescing, four run times that are due lead to one run.
    """
    _, tick = backlogged(world, misfire_grace_time=None)

    assert 1 == len(tick.runs)


def backlogged(world: World, **options: object) -> tuple[Subject, Tick]:
    """
    Let a job have four run times, ten minutes apart, in a pause that ends with the last of them.
    """
    tick = world.tick("job")
    scheduler = world.scheduler()
    scheduler.start(paused=True)
    scheduler.add_job(
        tick.func,
        "interval",
        minutes=10,
        start_date=START,
        next_run_time=START,
        id="job",
        **options,
    )
    world.move(minutes=30)
    scheduler.resume()
    world.settle(scheduler)
    return scheduler, tick


@clause("MISF-6")
def test_a_job_does_not_overlap_by_default(world: World) -> None:
    """
    While a job is held its next run time comes: no second run, but JOB_MAX_INSTANCES.
    """
    scheduler, gate = overrunning(world)

    world.advance(scheduler, minutes=1)

    skipped = world.events(scheduler).wait("JOB_MAX_INSTANCES", "job")
    assert [START + MINUTE] == list(skipped.raw.scheduled_run_times)
    assert 1 == len(gate.runs)


@clause("MISF-6", "MISF-7")
def test_as_many_runs_overlap_as_the_limit_says(world: World) -> None:
    """
    At each run time a further run begins, up to the limit, and no more.
    """
    for limit in (2, 3, 8):
        scheduler, gate = overrunning(world, max_instances=limit)
        for count in range(2, limit + 1):
            world.move(minutes=1)
            scheduler.wakeup()
            gate.wait_begun(count)

        world.move(minutes=1)
        scheduler.wakeup()
        world.events(scheduler).wait("JOB_MAX_INSTANCES", "job")
        world.settle(scheduler)

        assert limit == len(gate.runs)
        assert 1 == len(world.events(scheduler).of("JOB_MAX_INSTANCES"))
        gate.open()


@clause("MISF-8")
def test_the_schedule_goes_on_after_a_skipped_run(world: World) -> None:
    """
    Two run times are skipped; once the run has ended, one of the next leads to a run.
    """
    scheduler, gate = overrunning(world)
    for count in (1, 2):
        world.advance(scheduler, minutes=1)
        world.events(scheduler).wait("JOB_MAX_INSTANCES", "job", count)

    gate.open()
    world.events(scheduler).wait("JOB_EXECUTED", "job")
    for _ in range(3):  # the end may be announced a little before the instance is free
        world.give_way()
        world.advance(scheduler, minutes=1)

    assert 2 <= len(gate.runs)
    assert START < world.events(scheduler).of("JOB_EXECUTED", "job")[1].raw.scheduled_run_time


def overrunning(world: World, **options: object) -> tuple[Subject, Gate]:
    """
    Let a job that is to run each minute be held in its first run.
    """
    gate = world.gate("job")
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.add_job(
        gate.func,
        "interval",
        minutes=1,
        start_date=world.now(),
        next_run_time=world.now(),
        id="job",
        misfire_grace_time=None,
        **options,
    )
    gate.wait_begun()
    world.settle(scheduler)
    return scheduler, gate


@clause("MISF-14")
def test_no_run_begins_before_its_time(world: World) -> None:
    """
    Half a minute before its run time a job has not begun; a minute later it has.
    """
    scheduler = world.scheduler()
    scheduler.start()

    for minutes in (1, 1.61, 59, 60, 61.8, 1439.99, 1440, 44640, 525600.125, 10**7):
        tick = world.tick(f"in_{minutes}_minutes")
        due = world.now() + minutes * MINUTE
        scheduler.add_job(tick.func, "date", run_date=due, id=tick.name, misfire_grace_time=None)

        world.advance(scheduler, minutes=minutes - 0.5)
        early = len(tick.runs)
        world.advance(scheduler, minutes=1)

        (executed,) = world.events(scheduler).of("JOB_EXECUTED", tick.name)
        assert (0, 1) == (early, len(tick.runs))
        assert executed.raw.scheduled_run_time <= tick.runs[0].at
