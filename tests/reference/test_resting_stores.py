"""
A job store that fails is left alone for a while, and costs no other store anything.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bgsched._listeners import ListenerTable
from bgsched._loop import Loop
from bgsched._options import read_options
from bgsched.events import EVENT_JOB_SUBMITTED
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.testing import ManualClock, SteppedScheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Background, Recorder, SchedulerFactory, StandingClock

    from bgsched.job import Job

    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)

METHODS = ["get_due_jobs", "get_next_run_time"]


def nothing() -> None:
    """
    Do nothing.
    """


class BrokenStore(MemoryJobStore):
    """
    A store in which a method fails, and which notes when it was asked.

    Args:
        method: The method; another name, or none, can be set at any time.
        error: What it raises.
    """

    def __init__(self, method: str, error: BaseException | None = None) -> None:
        super().__init__()
        self.method = method
        self.error = error or OSError("the database is away")
        self.asked: list[datetime] = []

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """
        Fail, or do it.
        """
        self._maybe_fail("get_due_jobs")
        return super().get_due_jobs(now)

    def get_next_run_time(self) -> datetime | None:
        """
        Fail, or do it.
        """
        self._maybe_fail("get_next_run_time")
        return super().get_next_run_time()

    def update_job(self, job: Job) -> None:
        """
        Fail, or do it.
        """
        self._maybe_fail("update_job")
        super().update_job(job)

    def remove_job(self, job_id: str) -> None:
        """
        Fail, or do it.
        """
        self._maybe_fail("remove_job")
        super().remove_job(job_id)

    def _maybe_fail(self, method: str) -> None:
        if method == self.method:
            assert self._scheduler is not None
            self.asked.append(self._scheduler.clock.now())
            raise self.error


class BabblingStore(BrokenStore):
    """
    A store whose next run time is none.

    Args:
        answer: What it gives instead.
    """

    def __init__(self, answer: Any) -> None:
        super().__init__("get_next_run_time")
        self.answer = answer

    def get_next_run_time(self) -> Any:
        """
        Give nonsense.
        """
        with suppress(OSError):
            super().get_next_run_time()
        return self.answer


@pytest.mark.parametrize("method", [*METHODS, "update_job", "remove_job"])
def test_a_failing_store_stops_nobody_else(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record, method: str
) -> None:
    """
    Jobs of other stores run; those of the failing one run once, when it works again (STO-11).
    """
    store = BrokenStore("")
    scheduler = make_scheduler(clock=clock, jobstores={"broken": store})
    recorder = record(scheduler)
    scheduler.start(paused=True)
    trigger: dict[str, Any]
    trigger = {"trigger": "date"} if method == "remove_job" else {"trigger": "interval", "hours": 1}
    scheduler.add_job(
        nothing, id="x", jobstore="broken", next_run_time=T0, misfire_grace_time=None, **trigger
    )
    store.method = method
    scheduler.resume()
    recorder.after_pass(scheduler)
    early = recorder.of("x").count(EVENT_JOB_SUBMITTED)

    store.method = ""
    clock.advance(seconds=10)
    recorder.after_pass(scheduler)

    assert (1 if method == "get_next_run_time" else 0) == early
    assert 1 == recorder.of("x").count(EVENT_JOB_SUBMITTED)


@pytest.mark.parametrize("method", METHODS)
def test_a_failing_store_is_asked_once_in_the_interval(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record, method: str
) -> None:
    """
    Passes for the sake of other stores do not ask it again before (CONF-15).
    """
    store = BrokenStore(method)
    scheduler = make_scheduler(clock=clock, jobstores={"broken": store})
    recorder = record(scheduler)
    scheduler.start()
    recorder.after_pass(scheduler)
    clock.advance(seconds=9)
    recorder.after_pass(scheduler)
    before = list(store.asked)

    clock.advance(seconds=1)
    recorder.after_pass(scheduler)

    assert [T0] == before
    assert [T0, T0 + timedelta(seconds=10)] == store.asked


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("busy", [True, False])
def test_the_retry_comes_by_itself(method: str, busy: bool, zone: str) -> None:
    """
    Each interval, to the second, whether or not other jobs wake the loop.
    """
    clock, store = ManualClock(T0), BrokenStore(method)
    scheduler = SteppedScheduler(
        clock=clock, timezone=zone, jobstores={"broken": store}, jobstore_retry_interval=7
    )
    times: list[datetime] = []
    if busy:
        scheduler.add_job(lambda: times.append(clock.now()), "interval", seconds=1)
    scheduler.start()

    scheduler.advance(seconds=20)

    assert [T0 + timedelta(seconds=number) for number in (0, 7, 14)] == store.asked
    assert (20 if busy else 0) == len(times)


@pytest.mark.parametrize("again", ["added again", "replaced", "in a new life"])
def test_what_is_forgotten_about_a_store(again: str) -> None:
    """
    A store that was added anew has not failed yet, and neither has one in a new life.
    """
    clock = ManualClock(T0)
    stores = [BrokenStore("get_due_jobs"), BrokenStore("get_due_jobs")]
    scheduler = SteppedScheduler(clock=clock, timezone="UTC", jobstores={"broken": stores[0]})
    scheduler.start()
    scheduler.advance(seconds=1)

    if again == "in a new life":
        scheduler.shutdown()
        scheduler.start()
    else:
        scheduler.remove_jobstore("broken")
        scheduler.add_jobstore(stores[again == "replaced"], "broken")
    scheduler.advance()

    assert [T0, T0 + timedelta(seconds=1)] == stores[0].asked + stores[1].asked


def test_a_clock_that_is_set_back_prolongs_no_rest(
    make_scheduler: SchedulerFactory, clock: StandingClock, record: Record
) -> None:
    """
    The interval is the longest that a store is left alone for.
    """
    store = BrokenStore("get_due_jobs")
    scheduler = make_scheduler(clock=clock, jobstores={"broken": store})
    recorder = record(scheduler)
    scheduler.start()
    recorder.after_pass(scheduler)

    clock.advance(hours=-1)
    recorder.after_pass(scheduler)

    assert [T0, T0 - timedelta(hours=1)] == store.asked


@pytest.mark.parametrize(
    "answer",
    ["soon", 5, object(), datetime(2030, 1, 1)],  # noqa: DTZ001 - a naive one is the point
)
def test_a_store_that_talks_nonsense(answer: object) -> None:
    """
    No other store's jobs wait for it, and it is asked again like one that raised (STO-11).
    """
    clock, store = ManualClock(T0), BabblingStore(answer)
    scheduler = SteppedScheduler(clock=clock, timezone="UTC", jobstores={"broken": store})
    times: list[datetime] = []
    scheduler.add_job(lambda: times.append(clock.now()), "interval", seconds=1)
    scheduler.start()

    scheduler.advance(seconds=15)

    assert 15 == len(times)
    assert [T0, T0 + timedelta(seconds=10)] == store.asked


@pytest.mark.parametrize("method", METHODS)
def test_a_store_that_raises_system_exit(
    make_scheduler: SchedulerFactory, record: Record, method: str
) -> None:
    """
    The scheduling thread goes on all the same (THREAD-7).
    """
    store = BrokenStore(method, SystemExit("no"))
    scheduler = make_scheduler(jobstores={"broken": store})
    recorder = record(scheduler)

    scheduler.start()

    recorder.after_pass(scheduler)
    assert 1 == len(store.asked)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_signals_get_through_to_the_main_thread(error: type[BaseException]) -> None:
    """
    What a signal raises there, while a store is asked, reaches the program (EXIT-7).
    """
    scheduler = SteppedScheduler(
        clock=ManualClock(T0), jobstores={"broken": BrokenStore("get_due_jobs", error())}
    )
    scheduler.start()

    with pytest.raises(error):
        scheduler.advance()


class FailingHandler(logging.Handler):
    """
    A log handler that raises.
    """

    def emit(self, _: logging.LogRecord) -> None:
        """
        Raise.
        """
        raise OSError("disk full")


def test_a_failing_store_that_cannot_be_logged() -> None:
    """
    A log handler that raises over it does not cost the jobs of other stores anything.
    """
    clock, store = ManualClock(T0), BrokenStore("get_due_jobs")
    logger = logging.getLogger("tests.mute")
    scheduler = SteppedScheduler(
        clock=clock, timezone="UTC", logger=logger, jobstores={"broken": store}
    )
    times: list[datetime] = []
    scheduler.add_job(lambda: times.append(clock.now()), "interval", seconds=1)
    scheduler.start()

    logger.addHandler(handler := FailingHandler())
    try:
        scheduler.advance(seconds=15)
    finally:
        logger.removeHandler(handler)

    assert 15 == len(times)
    assert 2 == len(store.asked)


@pytest.mark.parametrize("error", [OSError, SystemExit])
def test_a_pass_that_fails_as_a_whole(
    in_background: type[Background], error: type[BaseException]
) -> None:
    """
    The loop is known to sleep until the retry, so that who adds an earlier job rings (ADD-20).
    """
    clock = ManualClock(T0)

    def fail(_: Loop) -> None:
        raise error("no")

    options = read_options({}, "", {"clock": clock, "logger": "tests.silent"})
    loop = Loop(options, threading.RLock(), clock.alarm(ListenerTable(options.logger)), fail)
    loop.deadline = T0.timestamp()

    assert in_background(loop.step).wait() is None
    assert (T0 + timedelta(seconds=10)).timestamp() == loop.deadline
