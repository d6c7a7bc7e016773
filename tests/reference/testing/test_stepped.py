"""
The scheduler without threads: what runs when, in which order, and what is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent import futures
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgsched.errors import ShutdownInsideJobError
from bgsched.events import (
    EVENT_ALL,
    EVENT_EXECUTOR_ADDED,
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    SchedulerEvent,
)
from bgsched.testing import ClockInUseError, ManualClock, NotQuietError, SteppedScheduler
from bgsched.testing import clock as clock_module

T0 = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

Note = Callable[[], None]


@pytest.fixture
def clock() -> ManualClock:
    """
    A clock at the beginning of 2030.
    """
    return ManualClock(T0)


@pytest.fixture
def scheduler(clock: ManualClock) -> SteppedScheduler:
    """
    A started scheduler on that clock.
    """
    made = SteppedScheduler(clock=clock, timezone="UTC")
    made.start()
    return made


@pytest.fixture
def times(clock: ManualClock) -> list[timedelta]:
    """
    What `note` has noted: how long after the start it was called.
    """
    del clock
    return []


@pytest.fixture
def note(clock: ManualClock, times: list[timedelta]) -> Note:
    """
    A job that notes the time.
    """
    return lambda: times.append(clock.now() - T0)


def test_jobs_run_at_their_times(
    scheduler: SteppedScheduler, times: list[timedelta], note: Note
) -> None:
    """
    An hourly job runs 8760 times in a year, each time on the hour.
    """
    scheduler.add_job(note, "interval", hours=1)

    scheduler.advance(days=365)

    assert [HOUR * number for number in range(1, 8761)] == times


def test_the_wall_clock_of_a_zone(clock: ManualClock) -> None:
    """
    A cron job keeps to the wall clock, over the change of the hour and back.
    """
    scheduler = SteppedScheduler(clock=clock, timezone="Europe/Helsinki")
    hours: list[int] = []
    scheduler.add_job(lambda: hours.append(clock.now().hour), "cron", hour=9)
    scheduler.start()

    scheduler.advance(days=365)

    assert [7] * 89 + [6] * 210 + [7] * 66 == hours


def test_jobs_run_in_order_in_this_thread(scheduler: SteppedScheduler) -> None:
    """
    By run time, not by the order in which they were added; listeners included.
    """
    here = threading.get_ident()
    seen: list[tuple[str, bool]] = []

    def body(name: str) -> None:
        seen.append((name, threading.get_ident() == here))

    scheduler.add_listener(lambda event: body(f"after {event.job_id}"), EVENT_JOB_EXECUTED)
    for name, minutes in (("late", 3), ("early", 1), ("middle", 2)):
        scheduler.add_job(body, "interval", minutes=minutes, id=name, args=[name])
    scheduler.advance(minutes=2)

    order = ["early", "after early", "middle", "after middle", "early", "after early"]
    assert [(name, True) for name in order[:2]] == seen[:2]
    assert sorted(order) == sorted(name for name, _ in seen)
    assert all(mine for _, mine in seen)


def test_nothing_runs_until_time_is_moved(
    scheduler: SteppedScheduler, times: list[timedelta], note: Note
) -> None:
    """
    What is due already waits for the next move, even one of no length.
    """
    scheduler.add_job(note)
    before = list(times)

    scheduler.advance()

    assert ([], [timedelta()]) == (before, times)


def test_triggers_count_from_the_clock(
    scheduler: SteppedScheduler, clock: ManualClock, note: Note
) -> None:
    """
    The default starts of triggers, named or built by hand, are the manual time.
    """
    clock.advance(hours=5)

    interval = scheduler.add_job(note, "interval", minutes=1)
    date = scheduler.add_job(note)
    daily = scheduler.add_job(note, "cron", hour=6)

    start = T0 + 5 * HOUR
    assert (start + timedelta(minutes=1), start) == (interval.next_run_time, date.next_run_time)
    assert T0 + 6 * HOUR == daily.next_run_time


def test_a_job_may_add_jobs(
    scheduler: SteppedScheduler, times: list[timedelta], note: Note
) -> None:
    """
    Those that become due within the same move run in it; those due at once, at once.
    """

    def begin() -> None:
        scheduler.add_job(note)
        scheduler.add_job(note, "date", run_date=T0 + 3 * HOUR)
        scheduler.add_job(note, "date", run_date=T0 + 9 * HOUR)

    scheduler.add_job(begin, "date", run_date=T0 + 2 * HOUR)
    scheduler.advance(hours=8)

    assert [2 * HOUR, 3 * HOUR] == times


def test_a_job_may_shut_down(
    scheduler: SteppedScheduler, clock: ManualClock, times: list[timedelta], note: Note
) -> None:
    """
    The move goes on without the scheduler; a new start is a new life.
    """
    errors: list[Any] = []
    scheduler.add_listener(errors.append, EVENT_JOB_ERROR)
    scheduler.add_job(scheduler.shutdown, "date", run_date=T0 + HOUR)
    scheduler.add_job(note, "date", run_date=T0 + 2 * HOUR)

    scheduler.advance(hours=3)
    reading = clock.now() - T0
    scheduler.start()
    scheduler.add_job(note, "interval", hours=1)
    scheduler.advance(hours=2)
    scheduler.shutdown()
    clock.advance(hours=2)

    assert (False, 3 * HOUR) == (scheduler.running, reading)
    assert [4 * HOUR, 5 * HOUR] == times
    assert [ShutdownInsideJobError] == [type(event.exception) for event in errors]


def test_shutdown_from_another_thread_of_a_job(scheduler: SteppedScheduler) -> None:
    """
    A job may wait for a thread that shuts the scheduler down.
    """
    ended: list[bool] = []

    def body() -> None:
        thread = threading.Thread(target=scheduler.shutdown, daemon=True)
        thread.start()
        thread.join(20)
        ended.append(thread.is_alive())

    scheduler.add_job(body)
    scheduler.advance()

    assert ([False], False) == (ended, scheduler.running)


def test_pauses(scheduler: SteppedScheduler, times: list[timedelta], note: Note) -> None:
    """
    What becomes due in a pause is late after it.
    """
    events: list[SchedulerEvent] = []
    scheduler.add_listener(events.append, EVENT_JOB_EXECUTED | EVENT_JOB_MISSED)
    scheduler.add_job(note, "date", run_date=T0 + HOUR, misfire_grace_time=60)
    scheduler.add_job(note, "interval", hours=1, misfire_grace_time=None)
    scheduler.pause()
    scheduler.advance(hours=2.5)
    during = list(times)

    scheduler.resume()
    scheduler.advance()

    assert ([], [2.5 * HOUR]) == (during, times)
    assert [EVENT_JOB_EXECUTED, EVENT_JOB_MISSED] == sorted(event.code for event in events)


def test_errors_of_jobs_do_not_stop_time(
    scheduler: SteppedScheduler, times: list[timedelta], note: Note
) -> None:
    """
    They are announced, as ever.
    """
    errors: list[Any] = []
    scheduler.add_listener(errors.append, EVENT_JOB_ERROR)
    scheduler.add_job(divmod, args=[1, 0])
    scheduler.add_job(note, "interval", hours=1)

    scheduler.advance(hours=2)

    assert [ZeroDivisionError] == [type(event.exception) for event in errors]
    assert [HOUR, 2 * HOUR] == times


@pytest.mark.parametrize("move", ["scheduler", "clock"])
@pytest.mark.parametrize("place", ["job", "listener"])
def test_only_the_test_moves_time(
    scheduler: SteppedScheduler, clock: ManualClock, place: str, move: str
) -> None:
    """
    A job or listener that tries to gets an error at once.
    """
    caught: list[BaseException] = []

    def meddle(_: object = None) -> None:
        try:
            (scheduler if move == "scheduler" else clock).advance(hours=1)
        except ClockInUseError as error:
            caught.append(error)

    if place == "listener":
        scheduler.add_listener(meddle, EVENT_JOB_EXECUTED)
    scheduler.add_job(meddle if place == "job" else int)
    scheduler.advance(minutes=1)

    assert ["move it from the test alone"] == [str(error).split("; ")[1] for error in caught]
    assert T0 + timedelta(minutes=1) == clock.now()


def test_several_schedulers_on_one_clock(
    scheduler: SteppedScheduler, clock: ManualClock, times: list[timedelta], note: Note
) -> None:
    """
    Each stops the clock at its own run times; they may work for each other.
    """
    other = SteppedScheduler(clock=clock, timezone="UTC")
    other.start()
    other.add_job(note, "interval", hours=2)
    scheduler.add_job(note, "interval", hours=3)
    scheduler.add_job(lambda: other.add_job(note), "date", run_date=T0 + 5 * HOUR)

    scheduler.advance(hours=6)

    assert [2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR, 6 * HOUR, 6 * HOUR] == times


def test_all_executors_work_in_line(clock: ManualClock) -> None:
    """
    A program's own configuration is taken, and its jobs run in this thread.
    """
    scheduler = SteppedScheduler(
        clock=clock,
        timezone="UTC",
        executors={
            "pool": {"type": "threadpool", "max_workers": 3},
            "futures": {"class": "concurrent.futures:ThreadPoolExecutor"},
        },
    )
    added: list[str] = []
    scheduler.add_listener(lambda event: added.append(event.alias), EVENT_EXECUTOR_ADDED)
    scheduler.add_executor("processpool", "processes", max_workers=2)
    scheduler.start()
    with futures.ThreadPoolExecutor(1) as pool:
        scheduler.add_executor(pool, "mine")
        threads: list[int] = []
        for alias in ("default", "pool", "futures", "processes", "mine"):
            scheduler.add_job(lambda: threads.append(threading.get_ident()), executor=alias)
        scheduler.advance()
    scheduler.remove_executor("pool")

    assert [threading.get_ident()] * 5 == threads
    assert ["processes", "default", "mine"] == added
    with pytest.raises(TypeError):
        scheduler.add_executor("threadpool", "wrong", max_workers=2, colour="red")
    with pytest.raises(ValueError, match="already"):
        scheduler.add_executor("threadpool", "mine")


def test_options(clock: ManualClock) -> None:
    """
    The clock is needed, in whatever form options are given, and outlives a new configuration.
    """
    for options in ({}, {"clock": "noon"}, {"clock": type(clock)}):
        with pytest.raises(TypeError, match="clock"):
            SteppedScheduler(**options)
    scheduler = SteppedScheduler({"apscheduler.clock": clock, "apscheduler.timezone": "UTC"})

    scheduler.configure(timezone="Asia/Tokyo", executors={"x": {"type": "threadpool"}})
    scheduler.start(paused=True)

    assert clock is scheduler.clock
    assert "Asia/Tokyo" == str(scheduler.timezone)


def test_an_endless_present_is_an_error(
    scheduler: SteppedScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A job that always adds another that is due at once does not hang the test.
    """
    monkeypatch.setattr(clock_module, "MOST_PASSES", 100)

    def again() -> None:
        scheduler.add_job(again)

    scheduler.add_job(again)

    with pytest.raises(NotQuietError, match="always finds more jobs due"):
        scheduler.advance()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_the_ends_of_the_calendar(clock: ManualClock, zone: str) -> None:
    """
    A run in the year 9999 is waited for; time cannot go beyond it.
    """
    scheduler = SteppedScheduler(clock=clock, timezone=zone)
    scheduler.start()
    scheduler.add_job(int, "date", run_date="9999-12-31 23:59:59")
    scheduler.advance(days=1)

    with pytest.raises(OverflowError):
        scheduler.advance(weeks=52 * 9000)
    assert 1 == len(scheduler.get_jobs())


@settings(max_examples=30)
@given(
    interval=st.integers(7, 500),
    steps=st.lists(st.integers(0, 1000), min_size=1, max_size=10),
)
def test_time_in_pieces_is_time_at_once(interval: int, steps: list[int]) -> None:
    """
    However a move is cut into pieces, the same jobs run at the same times, and events are the same.
    """

    def record(pieces: list[int]) -> list[tuple[Any, ...]]:
        clock = ManualClock(T0)
        scheduler = SteppedScheduler(clock=clock, timezone="UTC")
        seen: list[tuple[Any, ...]] = []
        scheduler.add_listener(lambda event: seen.append((event.code, clock.now())), EVENT_ALL)
        scheduler.start()
        scheduler.add_job(int, "interval", seconds=interval, id="interval")
        scheduler.add_job(int, "cron", minute="*/7", id="cron")
        for seconds in pieces:
            scheduler.advance(seconds=seconds)
        return seen

    assert record([sum(steps)]) == record(steps)
