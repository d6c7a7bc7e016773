"""
Schedulers that are always shut down, gates to hold jobs, and clocks that stand still.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from hypothesis import settings

from bgsched import BackgroundScheduler
from bgsched.events import EVENT_ALL, EVENT_JOB_REMOVED, SchedulerEvent

# How long an example takes is up to the machine.
settings.register_profile("bgsched-tests", deadline=None)
settings.load_profile("bgsched-tests")

PATIENCE = 20
"""Seconds after which a test gives up; never how long anything is meant to take."""


class Gate:
    """
    A job that tells when it has begun, and goes on when it is let.
    """

    def __init__(self) -> None:
        self._entered: SimpleQueue[int] = SimpleQueue()
        self._open = threading.Event()
        self.finished = threading.Event()

    def __call__(self) -> None:
        """
        Run as the job.
        """
        self._entered.put(threading.get_ident())
        assert self._open.wait(PATIENCE), "nobody opened the gate"
        self.finished.set()

    def wait_entered(self) -> int:
        """
        Wait until one more run has begun; return the id of its thread.
        """
        return self._entered.get(timeout=PATIENCE)

    def count_entered(self) -> int:
        """
        Return how many runs have begun that nobody has waited for.
        """
        return self._entered.qsize()

    def open(self) -> None:
        """
        Let all runs go on.
        """
        self._open.set()


class Recorder:
    """
    A listener that keeps events in the order they came.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[SchedulerEvent] = SimpleQueue()
        self.seen: list[SchedulerEvent] = []

    def __call__(self, event: SchedulerEvent) -> None:
        """
        Take an event.
        """
        self._queue.put(event)

    def take(self) -> Any:
        """
        Wait for the next event.
        """
        try:
            event = self._queue.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError(f"no event came after {self.codes}") from None
        self.seen.append(event)
        return event

    def wait_for(self, code: int, job_id: str | None = None) -> Any:
        """
        Wait for the next event of this code, and this job if one is given.
        """
        while True:
            event = self.take()
            if event.code == code and job_id in (None, getattr(event, "job_id", None)):
                return event

    def after_pass(self, scheduler: BackgroundScheduler) -> None:
        """
        Wait until a pass has ended that began after this call.

        The second of two sentinels can only be seen by a later pass than the first.
        """
        for name in ("sentinel 1", "sentinel 2"):
            scheduler.add_job(int, id=name, misfire_grace_time=None)
            self.wait_for(EVENT_JOB_REMOVED, name)

    @property
    def codes(self) -> list[int]:
        """
        Codes of all events so far.
        """
        while not self._queue.empty():
            self.seen.append(self._queue.get())
        return [event.code for event in self.seen]

    def of(self, job_id: str) -> list[int]:
        """
        Codes of all events of one job so far.
        """
        codes = self.codes
        pairs = zip(codes, self.seen, strict=True)
        return [code for code, event in pairs if getattr(event, "job_id", None) == job_id]


class StandingClock:
    """
    A clock that stands still until it is moved.
    """

    def __init__(self) -> None:
        self._now = datetime(2030, 1, 1, tzinfo=UTC)
        self._alarms: list[StandingAlarm] = []

    def now(self) -> datetime:
        """
        Return the moment it was moved to.
        """
        return self._now

    def alarm(self, _: object) -> StandingAlarm:
        """
        Return an alarm that goes off when the clock is moved past its moment.
        """
        alarm = StandingAlarm(self)
        self._alarms.append(alarm)
        return alarm

    def advance(self, **delta: float) -> None:
        """
        Move forward and wake everybody.
        """
        self._now += timedelta(**delta)
        for alarm in self._alarms:
            alarm.ring()


class StandingAlarm:
    """
    An alarm that only rings: a moment still to come does not come by itself.
    """

    def __init__(self, clock: StandingClock) -> None:
        self._clock = clock
        self._rung = threading.Event()

    def wait(self, until: datetime | None) -> None:
        """
        Wait until rung, unless the moment is past.
        """
        if until is None or until > self._clock.now():
            self._rung.wait()
        self._rung.clear()

    def ring(self) -> None:
        """
        Wake the waiting thread.
        """
        self._rung.set()

    def close(self) -> None:
        """
        Do nothing.
        """


class Background:
    """
    A call in a thread of its own.
    """

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._call()
        except BaseException as error:  # noqa: BLE001 - the test asks for it
            self.error = error

    @property
    def busy(self) -> bool:
        """
        Whether the call has not returned yet.
        """
        return self._thread.is_alive()

    def wait(self) -> BaseException | None:
        """
        Wait for the call to end; return what it raised.
        """
        self._thread.join(PATIENCE)
        assert not self.busy, "the call hangs"
        return self.error


SchedulerFactory = Callable[..., BackgroundScheduler]


@pytest.fixture
def gates() -> Iterator[Callable[[], Gate]]:
    """
    Make gates; all are opened in the end, so that nothing hangs.
    """
    made: list[Gate] = []

    def make() -> Gate:
        made.append(Gate())
        return made[-1]

    yield make
    for gate in made:
        gate.open()


@pytest.fixture
def gate(gates: Callable[[], Gate]) -> Gate:
    """
    One gate.
    """
    return gates()


@pytest.fixture
def make_scheduler(gates: Callable[[], Gate]) -> Iterator[SchedulerFactory]:
    """
    Make schedulers in UTC; those that run in the end are shut down.

    By the real clock, jobs are run however late: a machine may be slow.
    """
    del gates  # opened only after the schedulers were told to end
    made: list[BackgroundScheduler] = []

    def make(*args: Any, **options: Any) -> BackgroundScheduler:
        if "clock" not in options:
            options.setdefault("job_defaults", {"misfire_grace_time": None})
        made.append(BackgroundScheduler(*args, **{"timezone": "UTC", **options}))
        return made[-1]

    yield make
    for scheduler in made:
        if scheduler.running:
            scheduler.shutdown(wait=False)


@pytest.fixture
def clock() -> StandingClock:
    """
    A clock at 2030-01-01 00:00 UTC.
    """
    return StandingClock()


@pytest.fixture
def record() -> Callable[[BackgroundScheduler], Recorder]:
    """
    Record all events of a scheduler.
    """

    def attach(scheduler: BackgroundScheduler, mask: int = EVENT_ALL) -> Recorder:
        recorder = Recorder()
        scheduler.add_listener(recorder, mask)
        return recorder

    return attach


@pytest.fixture
def in_background() -> type[Background]:
    """
    Call something in a thread of its own.
    """
    return Background
