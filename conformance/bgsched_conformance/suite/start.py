"""
Start: `start()`, and jobs added before and after it.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from bgsched_conformance.calls import raises
from bgsched_conformance.marks import clause
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from bgsched_conformance.stubs import Log
    from bgsched_conformance.world import World


def told(log: Log) -> list[tuple[Any, Any]]:
    """
    Return what each `start` of an executor or a job store was told: scheduler and alias.
    """
    return [
        (request.value(0, "scheduler"), request.value(1, "alias")) for request in log.of("start")
    ]


@clause("START-1")
def test_start_waits_for_no_job(world: World) -> None:
    """
    `start()` returns while a due job has not ended and another is due in a year.
    """
    due = world.gate("due")
    scheduler = world.scheduler()
    scheduler.add_job(due.func, next_run_time=world.now(), misfire_grace_time=None)
    scheduler.add_job(world.tick("far").func, next_run_time=world.now() + timedelta(days=365))

    world.call(scheduler.start).result()
    world.turn(scheduler)
    due.wait_begun()

    assert 1 == due.held


@clause("START-2")
def test_jobs_run_after_start_has_returned(world: World) -> None:
    """
    Jobs added before the start, and after it, run in their time.
    """
    scheduler = world.scheduler()
    jobs = {delay: world.tick(f"after_{delay}_minutes") for delay in (0, 1, 60)}

    def add() -> None:
        for delay, job in jobs.items():
            at = START + timedelta(minutes=delay)
            scheduler.add_job(job.func, next_run_time=at, misfire_grace_time=None)

    add()
    scheduler.start()
    add()
    world.advance(scheduler, minutes=1)
    early = [len(job.runs) for job in jobs.values()]
    world.advance(scheduler, hours=1)

    assert [2, 2, 0] == early
    assert [2, 2, 2] == [len(job.runs) for job in jobs.values()]


@clause("START-3")
def test_each_executor_is_started_once(world: World) -> None:
    """
    Each executor, configured or added, is started once and told the scheduler and its alias.
    """
    one, one_log = world.executor()
    other, other_log = world.executor()
    scheduler = world.scheduler(executors={"default": one})
    scheduler.add_executor(other, "other")

    scheduler.start()

    assert [(scheduler.raw, "default")] == told(one_log)
    assert [(scheduler.raw, "other")] == told(other_log)


@clause("START-4")
def test_each_job_store_is_started_once(world: World) -> None:
    """
    Each job store, configured or added, is started once and told the scheduler and its alias.
    """
    one, one_log = world.store()
    other, other_log = world.store()
    scheduler = world.scheduler(jobstores={"default": one})
    scheduler.add_jobstore(other, "other")

    scheduler.start()

    assert [(scheduler.raw, "default")] == told(one_log)
    assert [(scheduler.raw, "other")] == told(other_log)


@clause("START-5")
def test_a_job_due_at_the_start_runs(world: World) -> None:
    """
    A pending job that is due runs without any call besides `start()`.
    """
    job = world.tick()
    scheduler = world.bare_scheduler()
    scheduler.add_job(job.func, next_run_time=world.now(), misfire_grace_time=None)

    scheduler.start()

    job.wait_ended()


@clause("START-6")
def test_a_job_is_pending_until_the_start(world: World) -> None:
    """
    A job added before the start is pending and unannounced until then.
    """
    scheduler = world.scheduler()
    events = world.events(scheduler)

    job = scheduler.add_job(world.tick().func, "interval", hours=1, id="job")
    before = job.pending, events.of("JOB_ADDED")
    scheduler.start()

    assert (True, []) == before
    assert not job.pending
    events.wait("JOB_ADDED", "job")


@clause("START-6")
def test_the_start_puts_a_pending_job_into_its_store(world: World) -> None:
    """
    The job store named by a pending job is given the job by `start()`, and not before.
    """
    store, log = world.store()
    scheduler = world.scheduler(jobstores={"shelf": store})

    scheduler.add_job(world.tick().func, "interval", hours=1, id="job", jobstore="shelf")
    before = log.count("add_job")
    scheduler.start()

    assert 0 == before
    assert ["job"] == [request.value(0, "job").id for request in log.of("add_job")]


@clause("START-7")
def test_a_pending_job_has_no_run_time(world: World) -> None:
    """
    The first run time of a job is not known before the start, and known after it.
    """
    scheduler = world.bare_scheduler()

    job = scheduler.add_job(world.tick().func, "interval", hours=1, id="job")
    before = getattr(job, "next_run_time", None)
    scheduler.start()

    assert before is None
    assert scheduler.get_job("job").next_run_time is not None


@clause("START-7")
def test_an_interval_counts_from_the_start(world: World) -> None:
    """
    A pending job's interval begins at the start, however long ago the job was added.
    """
    scheduler = world.bare_scheduler()
    scheduler.add_job(world.tick().func, "interval", hours=1, id="job")
    world.move(minutes=20)

    scheduler.start()

    first = scheduler.get_job("job").next_run_time.astimezone(UTC)
    assert "2030-01-01 01:20" == f"{first:%Y-%m-%d %H:%M}"


@clause("START-7")
def test_a_job_without_trigger_runs_at_the_start(world: World) -> None:
    """
    A job added without trigger long before the start is run at the start, and is not late.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.add_job(job.func, misfire_grace_time=1)
    world.move(hours=1)

    scheduler.start()
    world.settle(scheduler)

    assert ["01:00"] == [f"{run.at:%H:%M}" for run in job.runs]


@clause("START-8")
def test_jobs_of_many_threads_are_all_kept(world: World) -> None:
    """
    Of the jobs that several threads add at once to a running scheduler none is lost.
    """
    scheduler = world.scheduler()
    scheduler.start()
    job, go = world.tick(), world.event("all threads to be let go")

    def add(thread: int) -> None:
        go.wait()
        for number in range(20):
            scheduler.add_job(job.func, "interval", hours=1, id=f"{thread}-{number}")

    calls = [world.call(add, thread) for thread in range(4)]
    go.set()
    for call in calls:
        call.result()

    expected = {f"{thread}-{number}" for thread in range(4) for number in range(20)}
    assert expected == {added.id for added in scheduler.get_jobs()}


@clause("START-9")
def test_it_runs_after_the_start(world: World) -> None:
    """
    `running` is true once `start()` has returned.
    """
    scheduler = world.bare_scheduler()

    scheduler.start()

    assert scheduler.running


@clause("START-10")
def test_the_start_is_announced(world: World) -> None:
    """
    A listener added before the start is told once that the scheduler was started.
    """
    scheduler = world.scheduler()

    scheduler.start()
    world.events(scheduler).wait("SCHEDULER_STARTED")
    world.settle(scheduler)

    assert 1 == world.events(scheduler).names.count("SCHEDULER_STARTED")


@clause("START-9", "START-11")
def test_start_takes_paused(world: World) -> None:
    """
    `start()` leads to the paused state if told so, by name or position; else to the running one.
    """
    running = world.target.symbol("schedulers.base", "STATE_RUNNING")
    paused = world.target.symbol("schedulers.base", "STATE_PAUSED")

    def state(*arguments: bool, **keywords: bool) -> Any:
        scheduler = world.bare_scheduler()
        scheduler.start(*arguments, **keywords)
        return scheduler.state

    assert running == state()
    assert running == state(paused=False)
    assert paused == state(paused=True)
    assert paused == state(True)


@clause("START-12")
def test_an_unknown_argument_is_refused(world: World) -> None:
    """
    `start(foo=1)` raises TypeError, and the scheduler stays stopped and able to start.
    """
    job = world.tick()
    scheduler = world.scheduler()
    scheduler.add_job(job.func, misfire_grace_time=None)

    with raises("TypeError"):
        scheduler.start(foo=1)
    refused = scheduler.running
    scheduler.start()
    world.settle(scheduler)

    assert not refused
    assert 1 == len(job.runs)


@clause("START-13")
def test_defaults_are_supplied(world: World) -> None:
    """
    With nothing configured a job runs, and an executor and a job store named default are announced.
    """
    job = world.tick()
    scheduler = world.scheduler()
    events = world.events(scheduler)

    scheduler.start()
    scheduler.add_job(job.func, misfire_grace_time=None)
    world.settle(scheduler)

    assert 1 == len(job.runs)
    assert "default" == events.wait("EXECUTOR_ADDED").alias
    assert "default" == events.wait("JOBSTORE_ADDED").alias


@clause("START-14")
def test_a_failing_executor_stops_the_start(world: World) -> None:
    """
    An error of an executor reaches the caller; nothing runs, no thread is left, jobs are kept.
    """
    executor, _log = world.executor({"start": broken})
    scheduler = world.scheduler(executors={"default": executor})
    scheduler.add_job(world.tick().func, "interval", hours=1, id="job")

    error = world.call(scheduler.start).error()
    world.linger(lambda: not world.new_threads(), rounds=5)

    assert error is not None
    assert not scheduler.running
    assert [] == world.new_threads()
    assert ["job"] == [job.id for job in scheduler.get_jobs()]


@clause("START-14")
def test_a_failing_job_store_stops_the_start(world: World) -> None:
    """
    An error of a job store reaches the caller; the scheduler does not run, and jobs are kept.
    """
    store, _log = world.store({"start": broken})
    scheduler = world.scheduler(jobstores={"default": store})
    scheduler.add_job(world.tick().func, "interval", hours=1, id="job")

    error = world.call(scheduler.start).error()

    assert error is not None
    assert not scheduler.running
    assert ["job"] == [job.id for job in scheduler.get_jobs()]


@clause("START-15")
def test_a_start_works_after_a_bad_job_was_removed(world: World) -> None:
    """
    After a start that failed for a job without job store, removing the job lets the others run.
    """
    good = world.tick("good")
    scheduler = world.scheduler()
    scheduler.add_job(good.func, id="good", misfire_grace_time=None)
    scheduler.add_job(world.tick("bad").func, id="bad", jobstore="missing")

    error = world.call(scheduler.start).error()
    scheduler.remove_job("bad")
    scheduler.start()
    world.settle(scheduler)

    assert error is not None
    assert 1 == len(good.runs)


@clause("START-15")
def test_a_start_works_after_an_executor_was_repaired(world: World) -> None:
    """
    After a start that failed for an executor, the next one runs the jobs.
    """
    failures = [OSError("no connection yet")]

    def fail_once(*_: object) -> None:
        if failures:
            raise failures.pop()

    job = world.tick()
    executor, _log = world.executor({"start": fail_once})
    scheduler = world.scheduler(executors={"default": executor})
    scheduler.add_job(job.func, misfire_grace_time=None)

    error = world.call(scheduler.start).error()
    scheduler.start()
    world.settle(scheduler)

    assert error is not None
    assert 1 == len(job.runs)


@clause("START-16")
def test_an_overdue_pending_job_is_run_or_missed(world: World) -> None:
    """
    Of two jobs an hour late at the start one has unlimited grace and runs; the other is missed.
    """
    patient, hasty = world.tick("patient"), world.tick("hasty")
    hour_ago = world.now() - timedelta(hours=1)
    scheduler = world.scheduler()
    scheduler.add_job(patient.func, "date", run_date=hour_ago, misfire_grace_time=None)
    scheduler.add_job(hasty.func, "date", run_date=hour_ago, misfire_grace_time=1, id="hasty")

    scheduler.start()
    world.settle(scheduler)

    assert (1, 0) == (len(patient.runs), len(hasty.runs))
    assert 1 == len(world.events(scheduler).of("JOB_MISSED", "hasty"))


def broken(*_: object) -> None:
    """
    Fail, as a part of a scheduler may when it is started.
    """
    raise OSError("no connection")
