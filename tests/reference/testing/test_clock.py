"""
The manual clock with schedulers that have threads: what a move waits for, and what it refuses.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from bgsched import BlockingScheduler
from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
)
from bgsched.testing import ClockInUseError, ManualClock, NotQuietError, SteppedScheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Background, Gate, SchedulerFactory

T0 = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PATIENCE = 20
SHORT = 0.05


@pytest.fixture
def clock() -> ManualClock:
    """
    A clock at the beginning of 2030.
    """
    return ManualClock(T0, patience=PATIENCE)


@pytest.mark.parametrize("kind", ["threadpool", "debug"])
def test_every_run_is_at_its_time(
    make_scheduler: SchedulerFactory, clock: ManualClock, kind: str
) -> None:
    """
    With any executor, none is late, and all is done when the move is: runs and listeners.
    """
    scheduler = make_scheduler(clock=clock, executors={"default": {"type": kind}})
    readings: list[timedelta] = []
    told: list[int] = []
    scheduler.start()
    scheduler.add_listener(
        lambda event: told.append(event.code),
        EVENT_JOB_EXECUTED | EVENT_JOB_MISSED | EVENT_JOB_SUBMITTED,
    )
    scheduler.add_job(lambda: readings.append(clock.now() - T0), "interval", hours=1)

    clock.advance(days=10)

    assert [HOUR * number for number in range(1, 241)] == readings
    assert sorted([EVENT_JOB_EXECUTED, EVENT_JOB_SUBMITTED] * 240) == sorted(told)


def test_jobs_in_processes_are_waited_for(
    make_scheduler: SchedulerFactory, clock: ManualClock
) -> None:
    """
    A move ends after the answer has come.
    """
    scheduler = make_scheduler(clock=clock, executors={"default": {"type": "processpool"}})
    told: list[Any] = []
    scheduler.add_listener(told.append, EVENT_JOB_EXECUTED)
    scheduler.start()
    scheduler.add_job("os:getpid", misfire_grace_time=None)

    clock.advance()

    assert 1 == len(told)


def test_a_blocking_scheduler(clock: ManualClock, in_background: type[Background]) -> None:
    """
    Its loop counts like any other, and the clock forgets it when it has ended.
    """
    scheduler = BlockingScheduler(clock=clock, timezone="UTC")
    ran: list[int] = []
    scheduler.add_job(lambda: ran.append(1), "interval", hours=1)
    started = threading.Event()
    scheduler.add_listener(lambda _: started.set(), 1)
    thread = in_background(scheduler.start)
    assert started.wait(PATIENCE)

    clock.advance(hours=5)
    scheduler.shutdown()
    ended = thread.wait()
    clock.advance(hours=5)

    assert ([1] * 5, None) == (ran, ended)


def test_a_job_that_is_held(
    make_scheduler: SchedulerFactory,
    clock: ManualClock,
    gate: Gate,
    in_background: type[Background],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Time does not pass it, unless told so; then its next run finds it running.
    """
    scheduler = make_scheduler(clock=clock)
    codes: list[int] = []
    scheduler.add_listener(
        lambda event: codes.append(event.code), EVENT_JOB_MAX_INSTANCES | EVENT_JOB_EXECUTED
    )
    scheduler.start()
    scheduler.add_job(gate, "interval", hours=1, id="held")

    def held() -> NotQuietError:
        with pytest.raises(NotQuietError) as caught:
            clock.advance_to(T0 + 3 * HOUR)
        return caught.value

    with monkeypatch.context() as patch:
        patch.setattr(clock, "_patience", SHORT)
        error = held()
        while "bgsched-scheduler" in str(error):  # its pass takes longer on a slow machine
            error = held()
    stopped_at = clock.now()
    clock.advance(hours=1, wait_for_jobs=False)
    gate.open()
    waiting = in_background(clock.advance)
    assert waiting.wait() is None

    assert T0 + HOUR == error.moment == stopped_at
    assert [f"job 'held', due at {T0 + HOUR}"] == error.busy
    assert "wait_for_jobs=False" in str(error)
    assert [EVENT_JOB_MAX_INSTANCES, EVENT_JOB_EXECUTED] == codes


def test_a_loop_that_is_held(make_scheduler: SchedulerFactory, gate: Gate) -> None:
    """
    The thread that does not come to rest is named.
    """
    clock = ManualClock(T0, patience=SHORT)
    scheduler = make_scheduler(clock=clock, executors={"default": {"type": "debug"}})
    scheduler.start()
    scheduler.add_job(gate)
    gate.wait_entered()

    with pytest.raises(NotQuietError, match="bgsched-scheduler"):
        clock.advance(hours=1, wait_for_jobs=False)
    gate.open()


def test_a_slow_listener_is_waited_for(
    make_scheduler: SchedulerFactory, clock: ManualClock, in_background: type[Background]
) -> None:
    """
    A run is over when all its listeners have been told, even those that came later.
    """
    scheduler = make_scheduler(clock=clock)
    scheduler.start()
    scheduler.add_job(int)
    told, go_on = threading.Event(), threading.Event()

    def listen(_: object) -> None:
        told.set()
        go_on.wait(PATIENCE)

    clock.advance()
    scheduler.add_listener(listen, EVENT_JOB_EXECUTED)
    scheduler.add_job(int)
    move = in_background(lambda: clock.advance(hours=1))
    assert told.wait(PATIENCE)
    busy = move.busy
    go_on.set()

    assert (True, None) == (busy, move.wait())


def caught_in(
    scheduler: Any, place: str, call: Callable[[], object]
) -> tuple[threading.Event, list[BaseException]]:
    """
    Make a call in a job or a listener, and return what it raised.
    """
    done, caught = threading.Event(), []

    def body(_: object = None) -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - the test asks for it
            caught.append(error)
        finally:
            done.set()

    if place != "job":
        code = EVENT_JOB_SUBMITTED if place == "listener of the loop" else EVENT_JOB_EXECUTED
        scheduler.add_listener(body, code)
    scheduler.add_job(body if place == "job" else int, misfire_grace_time=None)
    return done, caught


@pytest.mark.parametrize("place", ["job", "listener of the loop"])
def test_jobs_and_listeners_do_not_move_time(
    make_scheduler: SchedulerFactory, clock: ManualClock, place: str
) -> None:
    """
    They would wait for themselves.
    """
    scheduler = make_scheduler(clock=clock)
    scheduler.start()

    done, caught = caught_in(scheduler, place, lambda: clock.advance(hours=1))

    assert done.wait(PATIENCE)
    assert [ClockInUseError] == [type(error) for error in caught]
    assert T0 == clock.now()


@pytest.mark.parametrize("place", ["job", "listener of the loop", "listener of a worker"])
def test_one_moves_time_at_once(
    make_scheduler: SchedulerFactory, clock: ManualClock, place: str
) -> None:
    """
    While one thread moves the clock, others cannot.
    """
    scheduler = make_scheduler(clock=clock)
    scheduler.start(paused=True)
    done, caught = caught_in(scheduler, place, lambda: clock.advance(hours=1))
    scheduler.resume()
    clock.advance(hours=2)

    assert done.is_set()
    assert [ClockInUseError] == [type(error) for error in caught]
    assert T0 + 2 * HOUR == clock.now()


def test_lives_of_a_scheduler(
    make_scheduler: SchedulerFactory, clock: ManualClock, gate: Gate
) -> None:
    """
    The clock forgets a scheduler that was shut down, with the runs nobody waited for.
    """
    scheduler = make_scheduler(clock=clock)
    scheduler.start()
    scheduler.add_job(gate)
    gate.wait_entered()
    scheduler.shutdown(wait=False)
    clock.advance(hours=1)
    mask = scheduler.listeners.mask

    scheduler.start()
    ran: list[datetime] = []
    scheduler.add_job(lambda: ran.append(clock.now()), "interval", hours=1)
    gate.open()
    assert gate.finished.wait(PATIENCE)
    clock.advance(hours=2)

    assert 0 == mask
    assert [T0 + 2 * HOUR, T0 + 3 * HOUR] == ran


def test_a_job_may_shut_down(make_scheduler: SchedulerFactory, clock: ManualClock) -> None:
    """
    The move goes on without the scheduler.
    """
    scheduler = make_scheduler(clock=clock)
    scheduler.start()
    scheduler.add_job(scheduler.shutdown, "interval", hours=1, kwargs={"wait": False})

    clock.advance(hours=3)

    assert (False, T0 + 3 * HOUR) == (scheduler.running, clock.now())


def test_schedulers_of_all_kinds_on_one_clock(
    make_scheduler: SchedulerFactory, clock: ManualClock
) -> None:
    """
    Time stops for each of them, and they may add jobs to one another.
    """
    readings: list[float] = []

    def note() -> None:
        readings.append((clock.now() - T0) / HOUR)

    stepped = SteppedScheduler(clock=clock, timezone="UTC")
    one, two = make_scheduler(clock=clock), make_scheduler(clock=clock)
    for scheduler in (one, two, stepped):
        scheduler.start()
    one.add_job(note, "interval", hours=2)
    two.add_job(lambda: stepped.add_job(note), "interval", hours=3)
    stepped.add_job(lambda: one.add_job(note), "interval", hours=5)

    clock.advance(hours=6)

    assert [2, 3, 4, 5, 6, 6] == readings


def test_errors_end_in_an_error(make_scheduler: SchedulerFactory, clock: ManualClock) -> None:
    """
    A run that cannot be handed over holds up nobody.
    """
    scheduler = make_scheduler(clock=clock)
    codes: list[int] = []
    scheduler.add_listener(lambda event: codes.append(event.code), EVENT_JOB_ERROR)
    scheduler.start()
    scheduler.add_job(int, "interval", hours=1, executor="nowhere")

    clock.advance(hours=2)
    clock.advance(hours=1)

    assert [EVENT_JOB_ERROR] * 3 == codes


def test_readings(clock: ManualClock) -> None:
    """
    Readings are in UTC, whatever the zone of the moments given.
    """
    tokyo = timezone(9 * HOUR)
    clock.advance_to(datetime(2030, 1, 1, 12, tzinfo=tokyo))
    clock.advance(HOUR, minutes=1, seconds=0.5)

    assert datetime(2030, 1, 1, 4, 1, 0, 500000, UTC) == clock.now()
    assert UTC is clock.now().tzinfo
    assert "<ManualClock 2030-01-01T04:01:00.500000+00:00>" == repr(clock)


def test_wrong_times(clock: ManualClock) -> None:
    """
    What is naive or past is refused, and the clock stays.
    """
    naive = datetime(2031, 1, 1)  # noqa: DTZ001 - what this is about
    with pytest.raises(ValueError, match="start must be aware"):
        ManualClock(naive)
    with pytest.raises(ValueError, match="moment must be aware"):
        clock.advance_to(naive)
    moves: list[Callable[[], object]] = [
        lambda: clock.advance(seconds=-1),
        lambda: clock.advance(HOUR, hours=-2),
        lambda: clock.advance_to(T0 - HOUR),
    ]
    for move in moves:
        with pytest.raises(ValueError, match="time does not go back"):
            move()
    assert T0 == clock.now()


def test_a_run_that_was_lost_hides_no_other(
    make_scheduler: SchedulerFactory,
    clock: ManualClock,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    One that could not be handed over is not set off against one of the same job and time.
    """
    scheduler = make_scheduler(clock=clock)
    codes: list[int] = []
    scheduler.add_listener(
        lambda event: codes.append(event.code), EVENT_JOB_ERROR | EVENT_JOB_EXECUTED
    )
    scheduler.start()
    scheduler.add_job(gate, id="x", next_run_time=T0, executor="nowhere")
    clock.advance()

    scheduler.add_job(gate, id="x", next_run_time=T0)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "_patience", SHORT)
        with pytest.raises(NotQuietError):
            clock.advance()
    gate.open()

    clock.advance()
    assert [EVENT_JOB_ERROR, EVENT_JOB_EXECUTED] == codes
