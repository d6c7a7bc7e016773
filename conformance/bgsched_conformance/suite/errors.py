"""
Errors: refused calls, and what they leave behind.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


@contextmanager
def uwsgi(*, has_threads: bool) -> Iterator[None]:
    """
    Let the process look like one of uWSGI, with or without ``--enable-threads``.
    """
    module = ModuleType("uwsgi")
    options = {"enable-threads": True, b"enable-threads": True} if has_threads else {}
    vars(module).update(has_threads=has_threads, opt=options)
    before = sys.modules.get("uwsgi")
    sys.modules["uwsgi"] = module
    try:
        yield
    finally:
        del sys.modules["uwsgi"]
        if before is not None:
            sys.modules["uwsgi"] = before


def start_and_be_quiet(world: World, scheduler: Subject) -> None:
    """
    Start *scheduler* and wait until it has taken the one wake-up that the start brings.

    A refused start may cost APScheduler a wake-up that is still to be taken, which ERR-7 notes.
    """
    first = world.tick("first")
    scheduler.add_job(first.func, next_run_time=world.now(), misfire_grace_time=None)
    scheduler.start()
    first.wait_ended()


@clause("ERR-1")
def test_shutdown_before_any_start_is_refused(world: World) -> None:
    """
    `shutdown()` on a scheduler that was never started raises SchedulerNotRunningError.
    """
    scheduler = world.bare_scheduler()

    with raises("SchedulerNotRunningError"):
        scheduler.shutdown()
    with raises("SchedulerNotRunningError"):
        scheduler.shutdown(wait=False)


@clause("ERR-2")
def test_shutdown_after_shutdown_is_refused(world: World) -> None:
    """
    A second `shutdown()` raises SchedulerNotRunningError.
    """
    scheduler = world.bare_scheduler()
    scheduler.start()
    scheduler.shutdown()

    with raises("SchedulerNotRunningError"):
        scheduler.shutdown()
    with raises("SchedulerNotRunningError"):
        scheduler.shutdown(wait=False)


@clause("ERR-3")
def test_a_refused_shutdown_changes_nothing(world: World) -> None:
    """
    A refused `shutdown()` is followed by no event and no thread, and a later start runs jobs.
    """
    job = world.tick()
    scheduler = world.scheduler()

    with raises("SchedulerNotRunningError"):
        scheduler.shutdown()
    after = scheduler.running, world.new_threads()
    scheduler.add_job(job.func, misfire_grace_time=None)
    scheduler.start()
    world.settle(scheduler)

    assert (False, []) == after
    assert 1 == len(job.runs)
    assert "SCHEDULER_SHUTDOWN" not in world.events(scheduler).names


@clause("ERR-4")
def test_start_while_running_is_refused(world: World) -> None:
    """
    `start()` on a running scheduler raises SchedulerAlreadyRunningError.
    """
    scheduler = world.bare_scheduler()
    start_and_be_quiet(world, scheduler)

    with raises("SchedulerAlreadyRunningError"):
        scheduler.start()


@clause("ERR-5")
def test_start_while_paused_is_refused(world: World) -> None:
    """
    `start()` on a scheduler that was started paused, or paused later, is refused; it stays paused.
    """
    born_paused, paused_later = world.bare_scheduler(), world.bare_scheduler()
    born_paused.start(paused=True)
    start_and_be_quiet(world, paused_later)
    paused_later.pause()

    for scheduler in (born_paused, paused_later):
        state = scheduler.state
        with raises("SchedulerAlreadyRunningError"):
            scheduler.start()
        assert state == scheduler.state


@clause("ERR-5")
def test_a_refused_paused_start_does_not_pause(world: World) -> None:
    """
    `start(paused=True)` on a running scheduler is refused; it goes on to run jobs.
    """
    job = world.tick()
    scheduler = world.scheduler()
    start_and_be_quiet(world, scheduler)
    state = scheduler.state

    with raises("SchedulerAlreadyRunningError"):
        scheduler.start(paused=True)

    assert state == scheduler.state
    scheduler.add_job(job.func, misfire_grace_time=None)
    job.wait_ended()


@clause("ERR-6")
def test_of_several_starts_at_once_one_succeeds(world: World) -> None:
    """
    While a first `start()` is held up two more are made: one of the three succeeds.
    """
    entered, released = world.event("an executor to be started"), world.event("its release")

    def hold(*_: object) -> None:
        entered.set()
        released.wait()

    executor, log = world.executor({"start": hold})
    scheduler = world.bare_scheduler(executors={"default": executor})

    calls = [world.call(scheduler.start)]
    entered.wait()
    calls += [world.call(scheduler.start) for _ in range(2)]
    # Each is refused by now, or has got as far as the first. One that waits for a lock does
    # neither; it gets all the time it needs to go past a test of the state, if it ever does.
    world.linger(
        lambda: log.count("start") + sum(call.ended for call in calls) == len(calls), rounds=40
    )
    released.set()
    errors = [call.error() for call in calls]

    succeeded = errors.count(None)
    if succeeded != 1:
        raise Broken("one of three starts to succeed", f"{succeeded} succeeded")
    for error in filter(None, errors):
        with raises("SchedulerAlreadyRunningError"):
            raise error


@clause("ERR-7")
def test_a_refused_start_does_no_harm(world: World) -> None:
    """
    After a refused `start()` no thread and no event has come, jobs run, and `shutdown()` returns.
    """
    job = world.tick()
    scheduler = world.scheduler()
    start_and_be_quiet(world, scheduler)
    world.events(scheduler).wait("JOB_EXECUTED")  # listeners may have threads of their own
    threads = set(world.new_threads())

    with raises("SchedulerAlreadyRunningError"):
        scheduler.start()
    world.linger(lambda: threads.issuperset(world.new_threads()), rounds=5)
    further = set(world.new_threads()) - threads
    scheduler.add_job(job.func, misfire_grace_time=None)
    job.wait_ended()
    world.settle(scheduler)
    names = world.events(scheduler).names
    world.call(scheduler.shutdown).result()

    assert set() == further
    of_scheduler = Counter(name for name in names if not name.startswith("JOB_"))
    assert set(of_scheduler) <= {"SCHEDULER_STARTED", "EXECUTOR_ADDED", "JOBSTORE_ADDED"}
    assert set() == {name for name, count in of_scheduler.items() if count > 1}


@clause("ERR-7")
def test_a_shutdown_after_a_refused_start_returns(world: World) -> None:
    """
    A scheduler that has nothing to do, and has refused a second `start()`, is shut down.
    """
    scheduler = world.scheduler()
    start_and_be_quiet(world, scheduler)
    world.turn(scheduler)

    for _ in range(3):  # once at least while the thread waits for something to do
        world.give_way()
        with raises("SchedulerAlreadyRunningError"):
            scheduler.start()

    world.call(scheduler.shutdown).result()


@clause("ERR-7", informational=True)
def test_a_refused_start_loses_no_wake_up(world: World) -> None:
    """
    A job added during a pass runs, although a `start()` is refused before that pass is over.
    """
    submitted, released = world.event("a job to be submitted"), world.event("the pass to go on")

    def hold(_event: object) -> None:
        submitted.set()
        released.wait()

    late = world.tick("late")
    scheduler = world.scheduler()
    scheduler.add_listener(hold, world.target.event("JOB_SUBMITTED"))
    scheduler.add_job(world.tick("first").func, misfire_grace_time=None)
    scheduler.start()
    submitted.wait()

    scheduler.add_job(late.func, misfire_grace_time=None)
    with raises("SchedulerAlreadyRunningError"):
        scheduler.start()
    released.set()

    late.wait_begun()


@clause("ERR-8")
def test_uwsgi_without_threads_is_refused(world: World) -> None:
    """
    Under uWSGI `start()` raises RuntimeError while threads are disabled, and works with threads.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.add_job(job.func, misfire_grace_time=None)

    with uwsgi(has_threads=False), raises("RuntimeError"):
        scheduler.start()
    refused = scheduler.running
    with uwsgi(has_threads=True):
        scheduler.start()
        world.settle(scheduler)

    assert not refused
    assert 1 == len(job.runs)


@clause("ERR-9")
def test_the_two_errors_are_distinct(world: World) -> None:
    """
    What a refused `start()` raises is no refused `shutdown()`, nor the other way round.
    """
    running, stopped = world.bare_scheduler(), world.bare_scheduler()
    start_and_be_quiet(world, running)

    of_start = world.call(running.start).error()
    of_shutdown = world.call(stopped.shutdown).error()

    assert isinstance(of_start, Exception)
    assert isinstance(of_shutdown, Exception)
    assert not isinstance(of_start, type(of_shutdown))
    assert not isinstance(of_shutdown, type(of_start))


@clause("ERR-9")
def test_the_two_errors_are_published(world: World) -> None:
    """
    Both errors can be caught by the classes found in the `schedulers` package.
    """
    already_running = world.target.symbol("schedulers", "SchedulerAlreadyRunningError")
    not_running = world.target.symbol("schedulers", "SchedulerNotRunningError")
    running, stopped = world.bare_scheduler(), world.bare_scheduler()
    start_and_be_quiet(world, running)

    assert isinstance(world.call(running.start).error(), already_running)
    assert isinstance(world.call(stopped.shutdown).error(), not_running)


@clause("ERR-10")
def test_a_refused_start_starts_no_part_again(world: World) -> None:
    """
    Executors and job stores see no further call of `start` from one that is refused.
    """
    executor, executor_log = world.executor()
    store, store_log = world.store()
    scheduler = world.bare_scheduler(executors={"default": executor}, jobstores={"default": store})
    start_and_be_quiet(world, scheduler)
    before = executor_log.count("start"), store_log.count("start")

    with raises("SchedulerAlreadyRunningError"):
        scheduler.start()

    assert before == (executor_log.count("start"), store_log.count("start"))
