"""
What stores that outlive the program promise: over restarts, crashes and damage.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import stored_jobs

from bgsched.events import (
    EVENT_JOB_ADDED,
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    EVENT_JOB_REMOVED,
    EVENT_JOB_SUBMITTED,
)
from bgsched.executors.base import BaseExecutor
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.jobstores.sqlalchemy import SQLAlchemyJobStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.reference.conftest import Recorder, SchedulerFactory, StandingClock

    from bgsched import BackgroundScheduler
    from bgsched.jobstores.base import BaseJobStore

    NewStore = Callable[[], BaseJobStore]
    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)


class DeafExecutor(BaseExecutor):
    """
    An executor that never tells what became of a job, as if the program was killed.
    """

    runs_inline = False

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[str, datetime]] = []

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        self.taken += [(job.id, run_time) for run_time in run_times]


def damage(store: Any, job_id: str, record: bytes = b"{damaged") -> None:
    """
    Overwrite the record of a job.
    """
    if isinstance(store, SQLAlchemyJobStore):
        with store.engine.begin() as connection:
            table = store.jobs_t
            connection.execute(table.update().values(job_state=record).where(table.c.id == job_id))
    else:
        store.redis.hset(store.jobs_key, job_id, record)


def test_jobs_survive_a_restart(
    make_scheduler: SchedulerFactory, new_persistent: NewStore, clock: StandingClock
) -> None:
    """
    A new scheduler has the jobs; with an id they are replaced, without one they pile up (STO-10).
    """
    for _ in range(2):
        scheduler = make_scheduler(jobstores={"default": new_persistent()}, clock=clock)
        scheduler.add_job(
            stored_jobs.returned, "interval", hours=1, id="mine", replace_existing=True
        )
        scheduler.add_job(stored_jobs.returned, "interval", hours=2)
        scheduler.start(paused=True)
        jobs = scheduler.get_jobs()
        scheduler.shutdown()

    assert 3 == len(jobs)
    assert 1 == [job.id for job in jobs].count("mine")


def test_a_start_that_fails_leaves_stored_jobs_as_they_were(
    make_scheduler: SchedulerFactory, new_persistent: NewStore
) -> None:
    """
    What was replaced before the failure is put back, and what was new is taken out.
    """
    first = make_scheduler(jobstores={"default": new_persistent()})
    for job_id in "replaced", "taken":
        first.add_job(stored_jobs.returned, "interval", hours=1, args=["old"], id=job_id)
    first.start(paused=True)
    before = {job.id: (job.args, job.next_run_time) for job in first.get_jobs()}
    first.shutdown()
    second = make_scheduler(jobstores={"default": new_persistent()})
    for job_id, replace in {"replaced": True, "new": True, "taken": False}.items():
        second.add_job(
            stored_jobs.returned, args=["new"], id=job_id, replace_existing=replace, trigger="date"
        )

    with pytest.raises(KeyError, match="taken"):
        second.start(paused=True)
    second.remove_all_jobs()
    second.start(paused=True)

    assert before == {job.id: (job.args, job.next_run_time) for job in second.get_jobs()}


def test_one_scheduler_can_be_restarted_on_its_store(
    make_scheduler: SchedulerFactory, new_persistent: NewStore, record: Record
) -> None:
    """
    A store that was shut down can be started again.
    """
    scheduler = make_scheduler(jobstores={"default": new_persistent()})
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="a")
    scheduler.shutdown()

    scheduler.start()
    assert ["a"] == [job.id for job in scheduler.get_jobs()]
    scheduler.add_job(stored_jobs.returned, id="b")
    recorder.wait_for(EVENT_JOB_EXECUTED, "b")


def test_what_is_overdue_runs_after_a_restart(
    make_scheduler: SchedulerFactory,
    new_persistent: NewStore,
    clock: StandingClock,
    record: Record,
) -> None:
    """
    Run times that passed while no scheduler ran are run at the next start (SHUT-22).
    """
    scheduler = make_scheduler(jobstores={"default": new_persistent()}, clock=clock)
    scheduler.start()
    options: dict[str, Any] = {"coalesce": False, "misfire_grace_time": None}
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="a", **options)
    scheduler.shutdown()
    clock.advance(hours=3)

    scheduler = make_scheduler(jobstores={"default": new_persistent()}, clock=clock)
    recorder = record(scheduler, EVENT_JOB_SUBMITTED)
    scheduler.start()

    hours = [T0 + timedelta(hours=each) for each in (1, 2, 3)]
    assert hours == recorder.wait_for(EVENT_JOB_SUBMITTED, "a").scheduled_run_times


def test_a_job_that_cannot_be_stored_is_not_there(
    make_scheduler: SchedulerFactory, new_persistent: NewStore
) -> None:
    """
    A refused job leaves nothing in the store, and a refused change leaves the job as it was.
    """
    scheduler = make_scheduler(jobstores={"default": new_persistent()})
    scheduler.start(paused=True)
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="good")

    with pytest.raises(ValueError, match="module-level function"):
        scheduler.add_job(lambda: None, "interval", hours=1, id="bad")
    with pytest.raises(TypeError, match="args cannot be pickled"):
        scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="bad", args=[scheduler])
    with pytest.raises(ValueError, match="module-level function"):
        scheduler.modify_job("good", func=lambda: None)

    (job,) = scheduler.get_jobs()
    assert ("good", stored_jobs.returned) == (job.id, job.func)


def test_a_damaged_job_harms_nobody(
    make_scheduler: SchedulerFactory,
    new_persistent: NewStore,
    clock: StandingClock,
    record: Record,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """
    It is logged once and left where it is; others run, and it runs when repaired (STO-9).
    """
    store: Any = new_persistent()
    scheduler = make_scheduler(
        jobstores={"default": store, "memory": {"type": "memory"}}, clock=clock
    )
    recorder = record(scheduler)
    scheduler.start(paused=True)
    for job_id in "bad", "good":
        scheduler.add_job(
            stored_jobs.returned, "interval", hours=1, id=job_id, misfire_grace_time=None
        )
    good = store.record(scheduler.get_job("bad"))
    damage(store, "bad")
    scheduler.resume()

    for _ in range(2):
        clock.advance(hours=1)
        recorder.wait_for(EVENT_JOB_EXECUTED, "good")
    scheduler.add_job(stored_jobs.returned, id="after", jobstore="memory", misfire_grace_time=None)
    recorder.wait_for(EVENT_JOB_EXECUTED, "after")

    assert ["good"] == [job.id for job in scheduler.get_jobs()]
    assert scheduler.get_job("bad") is None
    errors = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert 1 == len(errors)
    assert "Unable to restore job 'bad'" in errors[0].getMessage()
    damage(store, "bad", good)
    scheduler.wakeup()
    assert (
        T0 + timedelta(hours=2) == recorder.wait_for(EVENT_JOB_EXECUTED, "bad").scheduled_run_time
    )


@pytest.mark.parametrize("way", ["replace", "remove"])
def test_a_damaged_job_can_be_got_rid_of(
    make_scheduler: SchedulerFactory, new_persistent: NewStore, way: str
) -> None:
    """
    A job that cannot be read can be replaced, and removed.
    """
    store = new_persistent()
    scheduler = make_scheduler(jobstores={"default": store})
    scheduler.start(paused=True)
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="bad")
    damage(store, "bad")
    assert [] == scheduler.get_jobs()

    if way == "replace":
        scheduler.add_job(
            stored_jobs.returned, "interval", hours=2, id="bad", replace_existing=True
        )
        assert ["bad"] == [job.id for job in scheduler.get_jobs()]
    scheduler.remove_job("bad")

    scheduler.add_job(stored_jobs.returned, "interval", hours=2, id="bad")
    assert store.get_next_run_time() is not None


@pytest.fixture
def cut_off(
    make_scheduler: SchedulerFactory,
    new_persistent: NewStore,
    clock: StandingClock,
    record: Record,
) -> Iterator[BackgroundScheduler]:
    """
    A scheduler that has handed over a last run and a recurring one, and then does nothing more.

    Left like this it has been killed, as far as its store can tell.
    """
    store, deaf = new_persistent(), DeafExecutor()
    scheduler = make_scheduler(
        jobstores={"default": store}, executors={"default": deaf}, clock=clock
    )
    recorder = record(scheduler, EVENT_JOB_SUBMITTED)
    scheduler.start()
    options: dict[str, Any]
    options = {"next_run_time": T0 + timedelta(seconds=1), "misfire_grace_time": 60}
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="often", **options)
    scheduler.add_job(stored_jobs.returned, id="once", **options)
    clock.advance(seconds=1)
    for _ in range(2):
        recorder.wait_for(EVENT_JOB_SUBMITTED)
    scheduler.pause()
    assert ["often"] == [job.id for job in scheduler.get_jobs()]
    yield scheduler
    if scheduler.running:
        scheduler.shutdown()  # before its data is removed


class NextLife:
    """
    Another scheduler on the store, which is shut down in order when it has nothing more to do.
    """

    def __init__(
        self,
        make_scheduler: SchedulerFactory,
        new_persistent: NewStore,
        clock: StandingClock,
        record: Record,
    ) -> None:
        stores = {"default": new_persistent(), "memory": MemoryJobStore()}
        self.scheduler = make_scheduler(jobstores=stores, clock=clock)
        self.recorder = record(self.scheduler)

    def events(self, job_id: str) -> list[int]:
        """
        Live, and return the events of a job.
        """
        self.scheduler.start()
        for name in "one", "two":  # the second can only be removed by a pass later than the first's
            self.scheduler.add_job(
                int, id=name, jobstore="memory", misfire_grace_time=None, executor="default"
            )
            self.recorder.wait_for(EVENT_JOB_REMOVED, name)
        self.scheduler.shutdown()
        return self.recorder.of(job_id)


@pytest.fixture
def next_life(
    make_scheduler: SchedulerFactory,
    new_persistent: NewStore,
    clock: StandingClock,
    record: Record,
) -> Callable[[], NextLife]:
    """
    Make schedulers on the store of the test.
    """
    return lambda: NextLife(make_scheduler, new_persistent, clock, record)


def test_a_last_run_that_was_cut_off_is_repeated(
    cut_off: BackgroundScheduler, next_life: Callable[[], NextLife]
) -> None:
    """
    After a kill a one-shot job runs again, once; a run of a recurring job does not.
    """
    del cut_off
    life = next_life()

    assert [EVENT_JOB_SUBMITTED, EVENT_JOB_REMOVED, EVENT_JOB_EXECUTED] == sorted_as_made(
        life.events("once")
    )
    assert [] == life.recorder.of("often")
    assert [] == next_life().events("once")


def sorted_as_made(codes: list[int]) -> list[int]:
    """
    Return codes in the order of one thread; that of a worker comes last.
    """
    return sorted(codes, key=EVENT_JOB_EXECUTED.__eq__)


def test_a_last_run_may_be_too_late_to_be_repeated(
    cut_off: BackgroundScheduler, next_life: Callable[[], NextLife], clock: StandingClock
) -> None:
    """
    The grace time counts as for any run that is late, and the event tells.
    """
    del cut_off
    clock.advance(minutes=2)

    assert EVENT_JOB_MISSED in next_life().events("once")
    assert [] == next_life().events("once")


def test_an_orderly_shutdown_repeats_nothing(
    cut_off: BackgroundScheduler, next_life: Callable[[], NextLife]
) -> None:
    """
    A one-shot job that was handed over before the shutdown never runs again (SHUT-21).
    """
    cut_off.shutdown(wait=False)

    assert [] == next_life().events("once")


@pytest.mark.parametrize("orderly", [False, True])
def test_a_last_run_that_falls_due_while_the_program_ends(
    make_scheduler: SchedulerFactory,
    new_persistent: NewStore,
    next_life: Callable[[], NextLife],
    clock: StandingClock,
    record: Record,
    orderly: bool,
) -> None:
    """
    It is kept for the next life, or done by a shutdown that comes after all.
    """
    pool = ThreadPoolExecutor(1)
    stores = {"default": new_persistent(), "memory": MemoryJobStore()}
    scheduler = make_scheduler(jobstores=stores, executors={"default": pool}, clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_job(int, id="first", jobstore="memory")
    recorder.wait_for(EVENT_JOB_EXECUTED, "first")
    scheduler.add_job(
        stored_jobs.returned,
        "date",
        run_date=T0 + timedelta(hours=1),
        id="once",
        executor="default",
    )

    pool._crew.leave()  # as at the exit of the interpreter
    clock.advance(hours=1)
    recorder.wait_for(EVENT_JOB_REMOVED, "once")
    scheduler.pause()  # nor will it look again into the store, where the next life is at work
    if orderly:
        scheduler.shutdown(wait=False)

    handed_over = [EVENT_JOB_ADDED, EVENT_JOB_SUBMITTED, EVENT_JOB_REMOVED]
    assert handed_over + [EVENT_JOB_EXECUTED] * orderly == recorder.of("once")
    assert orderly is not (EVENT_JOB_EXECUTED in next_life().events("once"))


def test_a_scheduler_that_is_paused_brings_nothing_back(
    cut_off: BackgroundScheduler, next_life: Callable[[], NextLife]
) -> None:
    """
    A program that only looks into the store does not repeat what another one runs.
    """
    life = next_life()
    life.scheduler.start(paused=True)

    assert ["often"] == [job.id for job in life.scheduler.get_jobs()]
    assert ["often"] == [job.id for job in cut_off.get_jobs()]


def test_a_store_that_is_attached_again_repeats_no_run_in_progress(
    make_scheduler: SchedulerFactory, new_persistent: NewStore, clock: StandingClock, record: Record
) -> None:
    """
    A store that was detached during a last run, and not shut down, remembers that run.
    """
    store, deaf = new_persistent(), DeafExecutor()
    scheduler = make_scheduler(executors={"default": deaf}, clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_jobstore(store, "kept")
    scheduler.add_job(stored_jobs.returned, id="once", jobstore="kept", max_instances=2)
    recorder.wait_for(EVENT_JOB_SUBMITTED, "once")

    scheduler.remove_jobstore("kept", shutdown=False)
    scheduler.add_jobstore(store, "kept")
    recorder.after_pass(scheduler)

    assert ["once"] == [job_id for job_id, _ in deaf.taken if "sentinel" not in job_id]


def test_a_new_job_of_the_same_id_counts(
    cut_off: BackgroundScheduler, next_life: Callable[[], NextLife]
) -> None:
    """
    A job that took the id meanwhile, as one that repeats itself does, is not replaced.
    """
    cut_off.add_job(stored_jobs.returned, "interval", hours=2, id="once")
    life = next_life()

    assert [] == life.events("once")


def test_who_removes_all_jobs_gets_none_back(
    cut_off: BackgroundScheduler, next_life: Callable[[], NextLife]
) -> None:
    """
    A last run that was cut off is not repeated after `remove_all_jobs`.
    """
    del cut_off
    life = next_life()
    life.scheduler.start(paused=True)
    life.scheduler.remove_all_jobs()
    life.scheduler.shutdown()

    assert [] == next_life().events("once")


def failing() -> None:
    """
    Raise an error.
    """
    raise ValueError("as planned")


@pytest.mark.parametrize(
    ("func", "code"), [(stored_jobs.returned, EVENT_JOB_EXECUTED), (failing, EVENT_JOB_ERROR)]
)
def test_a_last_run_that_is_over_is_forgotten(
    make_scheduler: SchedulerFactory,
    new_persistent: NewStore,
    record: Record,
    func: Callable[..., object],
    code: int,
) -> None:
    """
    However it ends, a run that is over is not repeated, not even after a kill.
    """
    store: Any = new_persistent()
    scheduler = make_scheduler(jobstores={"default": store})
    recorder = record(scheduler, code)  # after the store's own listener
    scheduler.start()
    scheduler.add_listener(recorder, code)
    scheduler.add_job(func, id="once", misfire_grace_time=None)
    for _ in range(2):
        recorder.wait_for(code, "once")

    assert [] == store._bring_back_jobs()
    assert not store._last_runs
