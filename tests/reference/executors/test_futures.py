"""
Any executor of concurrent.futures: how jobs get there, how they end, and who shuts it down.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent import futures
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bgsched.errors import MaxInstancesReachedError
from bgsched.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES
from bgsched.executors.futures import FuturesExecutor
from bgsched.executors.pool import BasePoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.reference.conftest import Background, Gate, Recorder, SchedulerFactory

    Record = Callable[..., Recorder]

ENDED = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR
PATIENCE = 20
T0 = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def pool() -> Iterator[futures.ThreadPoolExecutor]:
    """
    A pool of one thread, as a user makes it.
    """
    with futures.ThreadPoolExecutor(1, thread_name_prefix="mine") as made:
        yield made


class Inline(futures.Executor):
    """
    Runs each call before `submit` returns, as executors for tests do.
    """

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        """
        Run the call.
        """
        done: futures.Future[Any] = futures.Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Keeping(futures.Executor):
    """
    Keeps its futures, and leaves it to the test what becomes of them.
    """

    def __init__(self) -> None:
        self.kept: list[futures.Future[Any]] = []

    def submit(self, *_: Any, **__: Any) -> futures.Future[Any]:
        """
        Keep the future.
        """
        self.kept.append(futures.Future())
        return self.kept[-1]


def thread_name() -> str:
    """
    Return the name of the thread.
    """
    return threading.current_thread().name


@pytest.mark.parametrize("way", ["option", "class", "added", "added later"])
def test_jobs_run_in_a_given_executor(
    make_scheduler: SchedulerFactory, record: Record, pool: futures.ThreadPoolExecutor, way: str
) -> None:
    """
    An executor may be handed in as it is, or described by its class.
    """
    described = {
        "class": "concurrent.futures:ThreadPoolExecutor",
        "max_workers": 1,
        "thread_name_prefix": "mine",
    }
    given = {"option": {"x": pool}, "class": {"x": described}}
    scheduler = make_scheduler(executors=given.get(way))
    recorder = record(scheduler, ENDED)
    if way == "added":
        scheduler.add_executor(pool, "x")
    scheduler.start()
    if way == "added later":
        scheduler.add_executor(pool, "x")

    local = scheduler.add_job(lambda: thread_name(), executor="x")  # noqa: PLW0108 - has no name
    event = recorder.take()

    assert (local.id, "mine_0") == (event.job_id, event.retval)


def test_what_you_made_is_left_open(
    make_scheduler: SchedulerFactory,
    record: Record,
    in_background: type[Background],
    pool: futures.ThreadPoolExecutor,
    gate: Gate,
) -> None:
    """
    A shutdown waits for its own runs and their events; the executor serves on, after a restart too.
    """
    scheduler = make_scheduler(executors={"default": pool})
    recorder = record(scheduler, ENDED)
    scheduler.start()
    scheduler.add_job(gate, id="held")
    gate.wait_entered()

    shutdown = in_background(scheduler.shutdown)
    while scheduler.running:
        threading.Event().wait(0.001)
    waited = shutdown.busy
    gate.open()
    failure = shutdown.wait()
    codes = recorder.codes
    answer = pool.submit(thread_name).result(PATIENCE)
    scheduler.start()
    scheduler.add_job(thread_name)

    assert (True, None, [EVENT_JOB_EXECUTED]) == (waited, failure, codes)
    assert "mine_0" == answer == recorder.take().retval


def test_what_it_made_is_shut_down(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    A function is called at each start, and what it made is shut down with the scheduler.
    """
    made: list[futures.ThreadPoolExecutor] = []

    def make() -> futures.Executor:
        made.append(futures.ThreadPoolExecutor(1))
        return made[-1]

    scheduler = make_scheduler(executors={"default": FuturesExecutor(make)})
    recorder = record(scheduler, ENDED)
    for _ in range(2):
        scheduler.start()
        scheduler.add_job(thread_name)
        assert EVENT_JOB_EXECUTED == recorder.take().code
        scheduler.shutdown()

    assert 2 == len(made)
    for pool in made:
        with pytest.raises(RuntimeError):
            pool.submit(thread_name)


def test_a_pool_of_a_subclass_is_shut_down(make_scheduler: SchedulerFactory) -> None:
    """
    `BasePoolExecutor` shuts down the pool it is given, as in APScheduler.
    """
    pool = futures.ThreadPoolExecutor(1)
    scheduler = make_scheduler(executors={"default": BasePoolExecutor(pool)})
    scheduler.start()
    scheduler.shutdown()

    with pytest.raises(RuntimeError):
        pool.submit(thread_name)


def test_jobs_go_to_processes_of_any_pool(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    In an executor that pickles its calls, what cannot be pickled is an error of that job.
    """
    context = multiprocessing.get_context("spawn")
    with futures.ProcessPoolExecutor(1, context) as processes:
        scheduler = make_scheduler(executors={"default": processes})
        recorder = record(scheduler, ENDED)
        scheduler.start()
        scheduler.add_job("os:getpid", id="pid")
        scheduler.add_job(lambda: None, id="lambda")
        ended = {event.job_id: event for event in (recorder.take(), recorder.take())}
        scheduler.shutdown()

    assert os.getpid() != ended["pid"].retval
    assert "use a module-level function" in str(ended["lambda"].exception)


def test_an_inline_executor(make_scheduler: SchedulerFactory, record: Record) -> None:
    """
    A job may run before it is handed over; if it shuts down, what is due after it does not run.
    """
    scheduler = make_scheduler(executors={"default": Inline()})
    recorder = record(scheduler, ENDED)
    scheduler.start(paused=True)
    loop: list[threading.Thread] = []

    def stop() -> None:
        loop.append(threading.current_thread())
        scheduler.shutdown(wait=False)

    scheduler.add_job(stop, id="first")
    scheduler.add_job(thread_name, id="second")
    scheduler.resume()

    assert ("first", EVENT_JOB_EXECUTED) == (recorder.take().job_id, recorder.seen[-1].code)
    loop[0].join(PATIENCE)
    assert [] == recorder.of("second")


@pytest.mark.parametrize(
    ("become", "told"),
    [
        (lambda future: future.cancel(), "CancelledError"),
        (lambda future: future.set_exception(MemoryError()), "MemoryError"),
        (lambda future: future.set_result(None), "TypeError"),
        (lambda future: future.set_result(["nonsense"]), "AttributeError"),
    ],
    ids=["cancelled", "failed", "nothing", "nonsense"],
)
def test_a_lost_run_is_told(
    make_scheduler: SchedulerFactory,
    record: Record,
    become: Callable[[futures.Future[Any]], object],
    told: str,
) -> None:
    """
    A future that is cancelled, failed or wrong ends the run with an error, and frees the instance.
    """
    keeping = Keeping()
    executor = FuturesExecutor(keeping)
    scheduler = make_scheduler(executors={"default": executor})
    recorder = record(scheduler, ENDED | EVENT_JOB_MAX_INSTANCES)
    scheduler.start(paused=True)
    job = scheduler.add_job(thread_name, "date", run_date="9000-01-01")
    executor.submit_job(job, [T0])
    with pytest.raises(MaxInstancesReachedError):
        executor.submit_job(job, [T0])

    become(keeping.kept[0])
    event = recorder.take()
    executor.submit_job(job, [T0])
    keeping.kept[1].cancel()
    scheduler.shutdown()

    assert (EVENT_JOB_ERROR, told) == (event.code, type(event.exception).__name__)
    assert T0 == event.scheduled_run_time


def test_an_executor_that_was_shut_down_is_told(
    make_scheduler: SchedulerFactory, record: Record, pool: futures.ThreadPoolExecutor
) -> None:
    """
    Where no job can be handed over any more, each run ends in an error.
    """
    scheduler = make_scheduler(executors={"default": pool})
    recorder = record(scheduler, ENDED)
    scheduler.start()
    pool.shutdown()

    for _ in range(2):
        scheduler.add_job(thread_name)
        assert "cannot schedule new futures" in str(recorder.take().exception)


def test_a_job_can_remove_its_own_executor(
    make_scheduler: SchedulerFactory, record: Record, pool: futures.ThreadPoolExecutor
) -> None:
    """
    It does not wait for itself.
    """
    scheduler = make_scheduler(executors={"x": pool})
    recorder = record(scheduler, ENDED)
    scheduler.start()
    scheduler.add_job(scheduler.remove_executor, args=["x"], executor="x")

    assert EVENT_JOB_EXECUTED == recorder.take().code


def test_a_broken_pool_of_yours_is_not_replaced(
    make_scheduler: SchedulerFactory, record: Record
) -> None:
    """
    Its runs end in errors; only you can tell what should take its place.
    """

    def initializer() -> None:
        raise OSError("no licence")

    scheduler = make_scheduler(
        executors={"yours": futures.ThreadPoolExecutor(1, initializer=initializer)}
    )
    recorder = record(scheduler, ENDED)
    scheduler.start()
    for _ in range(2):
        scheduler.add_job(thread_name, executor="yours")
        assert "BrokenThreadPool" == type(recorder.take().exception).__name__


@pytest.mark.parametrize("wrong", [None, 5, "threadpool", object()])
def test_what_is_no_executor(make_scheduler: SchedulerFactory, wrong: Any) -> None:
    """
    Anything else is refused at once.
    """
    with pytest.raises(TypeError, match="neither an executor nor a function that makes one"):
        FuturesExecutor(wrong)
    if not isinstance(wrong, str):
        with pytest.raises(TypeError, match="executor"):
            make_scheduler().add_executor(wrong, "x")
