"""
Run a test body where it can do no harm: in a daemon thread that the run can walk away from.

An implementation that never returns, or raises `SystemExit`, ends its own test and nothing else.
"""

from __future__ import annotations

import sys
import threading
import traceback
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from bgsched_conformance.example import Example, watched
from bgsched_conformance.patience import SLICE
from bgsched_conformance.world import World, thaw

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.patience import Patience

# freezegun leaves `time.time()` real within five frames of `threading`; keep the body further away.
_PADDING = 6


def run(
    body: Callable[..., object],
    arguments: dict[str, object],
    patience: Patience,
    look: Callable[[], object] = bool,
    example: Example | None = None,
) -> None:
    """
    Call *body* with *arguments* in a thread of its own, each `World` among them entered.

    Args:
        body: The test function.
        arguments: Its fixtures by name.
        patience: Signs of life of the body, watched so that a hang ends the test.
        look: Called now and then meanwhile, in the caller's thread.
        example: Takes note of what a property test tries.

    Raises:
        Stalled: A call that the body makes does not return; names the line that it hangs at.
        BaseException: Whatever the body raised.
    """

    def inside() -> None:
        with ExitStack() as stack:
            for value in arguments.values():
                if isinstance(value, World):
                    stack.enter_context(value)
            stack.enter_context(watched(body, arguments, patience, example or Example()))
            body(**arguments)

    try:
        error = bounded(inside, patience, look)
    finally:
        thaw()  # also of what the body has entered and not left
    if error is not None:
        raise error


def bounded(
    call: Callable[[], object], patience: Patience, look: Callable[[], object] = bool
) -> BaseException | None:
    """
    Make a call in a thread of its own and return what it raised.

    Args:
        call: What to do there.
        patience: Its signs of life, watched so that a hang ends it.
        look: Called now and then meanwhile, in the caller's thread.

    Raises:
        Stalled: It does not return; names the line that it hangs at.
    """
    outcome = _Outcome()
    thread = threading.Thread(
        target=outcome.collect, args=(call,), name="bgsched-kit-body", daemon=True
    )
    thread.start()
    _watch(thread, outcome, patience, look)
    return outcome.error


class _Outcome:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: BaseException | None = None

    def collect(self, inside: Callable[[], object]) -> None:
        try:
            far_from_threading(inside)
        except BaseException as error:  # noqa: BLE001 - SystemExit of an implementation included
            self.error = error
        finally:
            self.done.set()


def far_from_threading(inside: Callable[[], object], frames: int = _PADDING) -> None:
    """
    Call *inside* so deep in the stack of a thread that all of the clock is frozen for it.
    """
    if frames:
        far_from_threading(inside, frames - 1)
    else:
        inside()


def _watch(
    thread: threading.Thread, outcome: _Outcome, patience: Patience, look: Callable[[], object]
) -> None:
    beats, budget = patience.beats, patience.guard()
    while not outcome.done.wait(SLICE):
        with suppress(Exception):  # what cannot be shown is no failure of the implementation
            look()
        if patience.beats != beats:
            beats, budget = patience.beats, patience.guard()
        elif not budget.spend():
            place = f"one hangs at {_place(thread)}"
            patience.expire(budget, "every call of the test to return", place)


def _place(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - the documented way
    if frame is None:
        return "an unknown place"
    calls = traceback.extract_stack(frame)
    return "; called from ".join(
        f"{call.filename}:{call.lineno} in {call.name}" for call in reversed(calls[-3:])
    )
