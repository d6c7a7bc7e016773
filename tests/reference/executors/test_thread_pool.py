"""
Thread pools: how many at once, in which order, and how they end.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.errors import MaxInstancesReachedError
from bgsched.executors.pool import PoolExecutor, ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.reference.conftest import Background, Gate, SchedulerFactory

    from bgsched.job import Job

    MakeJob = Callable[..., Job]

T0 = datetime(2030, 1, 1, tzinfo=UTC)
PATIENCE = 20


def nothing() -> None:
    """
    Do nothing.
    """


@pytest.fixture
def make_job(make_scheduler: SchedulerFactory) -> MakeJob:
    """
    Make jobs that are never due, to be submitted by hand.
    """
    scheduler = make_scheduler()
    scheduler.start(paused=True)

    def make(func: Callable[..., Any], **settings: Any) -> Job:
        return scheduler.add_job(func, "date", run_date="9000-01-01", **settings)

    return make


@pytest.fixture
def pool(make_scheduler: SchedulerFactory) -> Iterator[Callable[..., ThreadPoolExecutor]]:
    """
    Make started pools; all are shut down in the end.
    """
    made: list[ThreadPoolExecutor] = []

    def make(**settings: Any) -> ThreadPoolExecutor:
        executor = ThreadPoolExecutor(**settings)
        executor.start(make_scheduler(), "default")
        made.append(executor)
        return executor

    yield make
    for executor in made:
        executor.shutdown(wait=False)


def test_as_many_as_allowed_at_once(
    pool: Callable[..., ThreadPoolExecutor], make_job: MakeJob, gates: Callable[[], Gate]
) -> None:
    """
    Of eleven jobs ten run by default, and the last when one has ended (EXEC-A2).
    """
    executor = pool()
    held = [gates() for _ in range(11)]
    for each in held:
        executor.submit_job(make_job(each, misfire_grace_time=None), [T0])
    for each in held[:10]:
        each.wait_entered()
    early = held[10].count_entered()
    made = len(executor._crew._threads)

    held[0].open()
    held[10].wait_entered()

    assert (0, 10) == (early, made)


def test_a_blocked_worker_holds_up_nobody(
    pool: Callable[..., ThreadPoolExecutor], make_job: MakeJob, gates: Callable[[], Gate]
) -> None:
    """
    A thousand times: a job submitted while another runs finds a thread at once.
    """
    executor = pool(max_workers=2)
    blocker = gates()
    executor.submit_job(make_job(blocker, misfire_grace_time=None), [T0])
    blocker.wait_entered()
    job = make_job(nothing, misfire_grace_time=None, max_instances=1000)

    for _ in range(1000):
        done = threading.Event()
        job.modify(func=done.set)
        executor.submit_job(job, [T0])
        assert done.wait(PATIENCE)


def give_way() -> None:
    """
    Let another thread have its turn.
    """
    threading.Event().wait(0.001)


def test_threads_are_kept(pool: Callable[..., ThreadPoolExecutor], make_job: MakeJob) -> None:
    """
    Jobs that follow one another run in one thread.
    """
    executor = pool()
    threads = set()
    for _ in range(20):
        done = threading.Event()

        def body(done: threading.Event = done) -> None:
            threads.add(threading.get_ident())
            done.set()

        executor.submit_job(make_job(body, misfire_grace_time=None), [T0])
        assert done.wait(PATIENCE)
        while executor._crew._unfinished:  # the thread that ran the job is not free yet
            give_way()

    assert 1 == len(threads)


@pytest.mark.parametrize("wait", [True, False])
def test_queued_runs_end_after_shutdown(
    pool: Callable[..., ThreadPoolExecutor],
    make_job: MakeJob,
    in_background: type[Background],
    gate: Gate,
    wait: bool,
) -> None:
    """
    A shutdown pool takes no more jobs and finishes those it has.
    """
    executor = pool(max_workers=1)
    done = threading.Event()
    executor.submit_job(make_job(gate, misfire_grace_time=None), [T0])
    executor.submit_job(make_job(done.set, misfire_grace_time=None), [T0])
    gate.wait_entered()

    shutdown = in_background(lambda: executor.shutdown(wait))
    if not wait:
        assert shutdown.wait() is None
    gate.open()

    assert done.wait(PATIENCE)
    assert shutdown.wait() is None
    with pytest.raises(RuntimeError, match="shut down"):
        executor.submit_job(make_job(nothing), [T0])


def test_a_pool_starts_again(
    pool: Callable[..., ThreadPoolExecutor],
    make_job: MakeJob,
    make_scheduler: SchedulerFactory,
) -> None:
    """
    After a shutdown and a start, jobs run again.
    """
    executor = pool()
    executor.shutdown()
    executor.start(make_scheduler(), "default")
    done = threading.Event()

    executor.submit_job(make_job(done.set, misfire_grace_time=None), [T0])

    assert done.wait(PATIENCE)


def test_no_threads_are_left_of_a_life_without_a_shutdown(
    pool: Callable[..., ThreadPoolExecutor],
    make_job: MakeJob,
    make_scheduler: SchedulerFactory,
    gate: Gate,
) -> None:
    """
    A pool that is started again lets the workers go that it had, when they have done their work.
    """
    executor = pool(max_workers=1)
    done = threading.Event()
    executor.submit_job(make_job(gate, misfire_grace_time=None), [T0])
    executor.submit_job(make_job(done.set, misfire_grace_time=None), [T0])
    gate.wait_entered()
    (worker,) = executor._crew._threads

    executor.start(make_scheduler(), "default")
    gate.open()
    worker.join(PATIENCE)

    assert not worker.is_alive()
    assert done.is_set()


def test_a_shutdown_waits_for_runs_of_earlier_lives(
    make_scheduler: SchedulerFactory, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    """
    A run that an earlier shutdown left alone is in progress, so the next one waits for it (SHUT-5).
    """
    executor = ThreadPoolExecutor()
    scheduler = make_scheduler(executors={"default": executor})
    scheduler.start()
    scheduler.add_job(gate)
    ident = gate.wait_entered()
    (worker,) = (thread for thread in threading.enumerate() if thread.ident == ident)
    join = worker.join
    for _ in range(2):
        scheduler.shutdown(wait=False)
        scheduler.start()

    def let_go_and_join() -> None:
        gate.open()  # when somebody waits for the run, and not before
        join()

    monkeypatch.setattr(worker, "join", let_go_and_join)
    scheduler.shutdown()

    assert gate.finished.is_set()


def test_instances_are_counted_over_a_restart(
    pool: Callable[..., ThreadPoolExecutor],
    make_job: MakeJob,
    make_scheduler: SchedulerFactory,
    gate: Gate,
) -> None:
    """
    A run nobody waited for still counts in the next life.
    """
    executor = pool()
    job = make_job(gate, misfire_grace_time=None)
    executor.submit_job(job, [T0])
    gate.wait_entered()
    executor.shutdown(wait=False)
    executor.start(make_scheduler(), "default")

    with pytest.raises(MaxInstancesReachedError) as caught:
        executor.submit_job(job, [T0])

    assert (job.id, 1) == (caught.value.job_id, caught.value.max_instances)


def test_pool_kwargs(pool: Callable[..., ThreadPoolExecutor], make_job: MakeJob) -> None:
    """
    Names and initializer of threads are as asked for.
    """
    initialized: list[str] = []
    executor = pool(
        max_workers="3",
        pool_kwargs={
            "thread_name_prefix": "mine",
            "initializer": initialized.append,
            "initargs": ("ready",),
        },
    )
    names: list[str] = []
    done = threading.Event()

    def body() -> None:
        names.append(threading.current_thread().name)
        done.set()

    executor.submit_job(make_job(body, misfire_grace_time=None), [T0])

    assert done.wait(PATIENCE)
    assert (["ready"], True) == (initialized, names[0].startswith("mine"))


@pytest.mark.parametrize("count", [0, -1, "none"])
def test_impossible_sizes(count: Any) -> None:
    """
    A pool needs a positive number of threads.
    """
    with pytest.raises(ValueError, match=repr(count)):
        ThreadPoolExecutor(count)


def test_the_name_on_the_page() -> None:
    """
    `PoolExecutor` is the default executor, as APScheduler's page calls it (V24).
    """
    assert ThreadPoolExecutor is PoolExecutor
