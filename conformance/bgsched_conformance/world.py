"""
One example's world: a frozen clock, the schedulers made in it, their jobs, calls and events.

Everything in it is taken back at the end, whatever the implementation did.
"""

from __future__ import annotations

import itertools
import threading
import time
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from freezegun import freeze_time

from bgsched_conformance.calls import Call, Signal, break_off
from bgsched_conformance.children import Child
from bgsched_conformance.findings import Inconclusive, Stalled
from bgsched_conformance.jobs import Gate, Tick
from bgsched_conformance.patience import Real, give_way
from bgsched_conformance.preemption import Preemption
from bgsched_conformance.recorder import FENCE, Recorder
from bgsched_conformance.stubs import recording_executor, recording_store, scripted_trigger
from bgsched_conformance.subject import Subject, in_thread, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bgsched_conformance.patience import Patience
    from bgsched_conformance.stubs import Before, Log, NextTime
    from bgsched_conformance.target import Target

START = datetime(2030, 1, 1, tzinfo=UTC)
_KIT = "bgsched-kit"
_open: list[World] = []
_frozen: list[tuple[Any, Any]] = []


def freeze() -> Any:
    """
    Return the clock, standing still at `START`; `thaw` gives it back.

    Freezing takes milliseconds, so the worlds of a test share one clock.
    """
    if not _frozen:
        freezer = freeze_time(START)
        _frozen.append((freezer, freezer.start()))
        # Hypothesis, which is at work between the worlds, limits its shrinking by this one.
        vars(time)["perf_counter"] = Real.seconds
    clock = _frozen[0][1]
    clock.move_to(START)
    return clock


def thaw() -> None:
    """
    Give back the clock, and the thread hook of worlds whose body hangs and will never leave them.
    """
    while _open:
        _open[-1].restore()
    while _frozen:
        _frozen.pop()[0].stop()


class World:
    """
    Where one example takes place; enter it, act, leave it.

    Time stands still at `START` until `move` or `advance`. Exceptions that end a thread are kept in
    `thread_errors` instead of reaching the test run.

    Attributes:
        target: The implementation under test.
        patience: Budget for waiting, shared by the run.
        did: What was done so far, line by line, for the failure report.
        thread_errors: Exceptions that ended a thread of the implementation.
    """

    def __init__(self, target: Target, patience: Patience) -> None:
        self.target = target
        self.patience = patience
        self.did: list[str] = []
        self.thread_errors: list[BaseException] = []
        self._now = START
        self._schedulers: dict[int, tuple[Subject, Recorder | None]] = {}
        self._gates: list[Gate] = []
        self._preemptions: list[Preemption] = []
        self._children: list[Child] = []
        self._fences = itertools.count(1)
        self._offer = target.offering()

    def __enter__(self) -> Self:
        """
        Freeze the clock and begin to watch threads.
        """
        self.patience.beat()
        self._home = threading.get_ident()
        self._threads_before = set(threading.enumerate())
        self._excepthook = threading.excepthook
        threading.excepthook = self._thread_ended
        self._clock = freeze()
        _open.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        """
        Take everything back: open the gates, stop the schedulers, end the children.

        Raises:
            DeclaredOff: The body needed what is declared off, whatever it made of being told so.
        """
        try:
            for child in self._children:
                child.__exit__()
            for preemption in self._preemptions:
                preemption.release()
            for gate in self._gates:
                gate.open()
            for subject, _recorder in self._schedulers.values():
                self._stop(subject)
        finally:
            self.restore()
            self.patience.beat()
        self._offer.conclude()

    def restore(self) -> None:
        """
        Give back the thread hook; nothing happens the second time.
        """
        if self in _open:
            _open.remove(self)
            threading.excepthook = self._excepthook

    def _thread_ended(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.thread_errors.append(args.exc_value)

    def _stop(self, subject: Subject) -> None:
        def stop() -> None:
            if subject.raw.running:
                subject.raw.shutdown(wait=False)

        # The body has been judged already; a call that hangs is left behind.
        try:
            Call("clean-up", stop, self.patience).error()
        except (Stalled, Inconclusive):  # a loop may be what has made the machine so slow
            break_off(self.new_threads())

    def offers(self, capability: str) -> bool:
        """
        Whether the implementation is not declared to lack a capability.
        """
        return self._offer.includes(capability)

    def need(self, *needed: str) -> None:
        """
        Go no further without these capabilities.

        Raises:
            DeclaredOff: The adapter declares one of them off.
        """
        self._offer.need(*needed)

    def _permit(
        self,
        member: str,
        arguments: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._offer.need_to_call(member, arguments, keywords, jobs_held=self.jobs_held)

    @property
    def jobs_held(self) -> bool:
        """
        Whether there is a gate that has not been opened.
        """
        return not all(gate.opened for gate in self._gates)

    def scheduler(self, *arguments: Any, **options: Any) -> Subject:
        """
        Build the implementation's scheduler with a listener for all events.
        """
        subject = self.bare_scheduler(*arguments, **options)
        recorder = Recorder(self.target, self.patience, self.need)
        subject.raw.add_listener(recorder)
        self._schedulers[id(subject)] = subject, recorder
        return subject

    def bare_scheduler(self, *arguments: Any, **options: Any) -> Subject:
        """
        Build the implementation's scheduler and nothing more.
        """
        self._offer.need_to_build(arguments, options)
        name = f"s{len(self._schedulers) + 1}" if self._schedulers else "s"
        self.note(f"{name} = {self.target.cls.__name__}({written(arguments, options)})")
        subject = Subject(self.target.cls(*arguments, **options), name, self.note, self._permit)
        self._schedulers[id(subject)] = subject, None
        return subject

    def events(self, scheduler: Subject) -> Recorder:
        """
        Return what *scheduler*, made by `scheduler`, has announced.
        """
        recorder = self._schedulers[id(scheduler)][1]
        assert recorder is not None, "a bare scheduler has no recorder"
        return recorder

    def executor(self, before: dict[str, Before] | None = None) -> tuple[Any, Log]:
        """
        Return a recording thread-pool executor and its log; see `recording_executor`.
        """
        self.need("executors")
        return recording_executor(self.target, before)

    def store(
        self, before: dict[str, Before] | None = None, *, kept: bool = False
    ) -> tuple[Any, Log]:
        """
        Return a recording memory store and its log; see `recording_store`.
        """
        self.need("job-stores")
        return recording_store(self.target, before, kept=kept)

    def trigger(self, next_time: NextTime) -> Any:
        """
        Return a trigger that asks *next_time* for its run times; see `scripted_trigger`.
        """
        self.need("triggers")
        return scripted_trigger(self.target, next_time)

    def tick(self, name: str = "tick", action: Callable[[], object] = lambda: None) -> Tick:
        """
        Return a job that records its runs; pass its ``func`` to ``add_job``.
        """
        return Tick(name, self.patience, action)

    def gate(self, name: str = "gate", action: Callable[[], object] = lambda: None) -> Gate:
        """
        Return a job whose runs last until it is opened.
        """
        gate = Gate(name, self.patience, action)
        self._gates.append(gate)
        return gate

    def preemption(self, line: tuple[str, int] | None) -> Preemption:
        """
        Return what stops a thread at a line of the implementation; see `Preemption`.
        """
        preemption = Preemption(self.target.tops, line, self.note)
        self._preemptions.append(preemption)
        return preemption

    def now(self) -> datetime:
        """
        Return the frozen present, aware, in UTC.
        """
        return self._now

    def move(self, **delta: float) -> None:
        """
        Move the clock without telling anybody; keywords are those of `timedelta`.
        """
        self._now += timedelta(**delta)
        self.note(f"clock moves to {self._now:%Y-%m-%d %H:%M:%S}")
        self._clock.move_to(self._now)

    def advance(self, scheduler: Subject, **delta: float) -> None:
        """
        Move the clock, wake a running *scheduler* and wait until all that was due has ended.
        """
        self.move(**delta)
        scheduler.wakeup()
        self.settle(scheduler)

    def turn(self, scheduler: Subject) -> None:
        """
        Wait until a whole pass of a running *scheduler*, begun after this call, is over.

        Two fences: the second can only be submitted by a later pass than the first, so the first
        one's pass is over, in whatever order the implementation announces.
        """
        if self.jobs_held:
            self.need("parallel-jobs")
        recorder = self.events(scheduler)
        for _ in range(2):
            fence = f"{FENCE}{next(self._fences)}"
            scheduler.raw.add_job(
                _nothing, id=fence, next_run_time=self._now, misfire_grace_time=None
            )
            recorder.wait_fence(fence)

    def settle(self, scheduler: Subject) -> None:
        """
        Wait for a `turn`, and for the end of every run that no gate holds.
        """
        self.turn(scheduler)
        self.events(scheduler).wait_quiet(self.held)

    def held(self) -> int:
        """
        Return how many runs are held by gates.
        """
        return sum(gate.held for gate in self._gates)

    def call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Call:
        """
        Make a call in a thread of its own.
        """
        label = f"{getattr(function, '__name__', 'call')}({written(arguments, keywords)})"
        return Call(label, lambda: function(*arguments, **keywords), self.patience)

    def new_threads(self) -> list[threading.Thread]:
        """
        Return the living threads that did not exist when the world began, the kit's own aside.
        """
        return [
            thread
            for thread in threading.enumerate()
            if thread not in self._threads_before and not thread.name.startswith(_KIT)
        ]

    def wait_gone(self, threads: list[threading.Thread]) -> None:
        """
        Wait until all of *threads* have ended.

        Raises:
            Stalled: They have not, in time.
        """

        def alive() -> list[str]:
            return [thread.name for thread in threads if thread.is_alive()]

        self.wait_until(
            lambda: not alive(),
            "the threads of the scheduler to end",
            lambda: f"{alive()} went on",
        )

    def wait_until(
        self,
        reached: Callable[[], bool],
        expected: str,
        actual: Callable[[], str] = lambda: "it did not happen",
    ) -> None:
        """
        Wait for what nothing announces, by asking again and again.

        Raises:
            Stalled: It has not come, in time.
        """
        self.linger(reached, rounds=5)
        self.patience.wait(threading.Condition(), reached, expected, actual)

    def give_way(self) -> None:
        """
        Let every other runnable thread have its turn; see `patience.give_way`.
        """
        self.patience.beat()
        give_way()

    def linger(self, reached: Callable[[], object], rounds: int = 25) -> None:
        """
        Give way until *reached* holds, but not for long; for what may come and need not.

        Each round is one `give_way`, so on a busy machine it takes as much longer as all else does.
        """
        for _ in range(rounds):
            if reached():
                return
            self.give_way()

    def event(self, expected: str) -> Signal:
        """
        Return a flag that one thread sets and another waits for, boundedly.
        """
        return Signal(expected, self.patience)

    def child(self, source: str, **variables: str) -> Child:
        """
        Start a program in a process of its own, with these environment variables; see `Child`.
        """
        child = Child(self.target, source, self.patience, variables)
        self._children.append(child)
        return child

    def note(self, line: str) -> None:
        """
        Add a line to what was done, which is a sign of life.
        """
        self.patience.beat()
        self.did.append(in_thread(line, self._home))


def _nothing() -> None:
    pass
