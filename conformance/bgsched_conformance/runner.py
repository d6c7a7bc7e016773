"""
Run a test body where it can do no harm: in a daemon thread that the run can walk away from.

An implementation that never returns, or raises `SystemExit`, ends its own test and nothing else.
"""

from __future__ import annotations

import sys
import threading
import traceback
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import TYPE_CHECKING

from bgsched_conformance.patience import SLICE
from bgsched_conformance.world import World, thaw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bgsched_conformance.patience import Patience

# freezegun leaves `time.time()` real within five frames of `threading`; keep the body further away.
_PADDING = 6


def run(
    body: Callable[..., object],
    arguments: dict[str, object],
    patience: Patience,
    look: Callable[[], object] = bool,
) -> None:
    """
    Call *body* with *arguments* in a thread of its own, each `World` among them entered.

    Args:
        body: The test function.
        arguments: Its fixtures by name.
        patience: Signs of life of the body, watched so that a hang ends the test.
        look: Called now and then meanwhile, in the caller's thread.

    Raises:
        Stalled: A call that the body makes does not return; names the line that it hangs at.
        BaseException: Whatever the body raised.
    """
    outcome = _Outcome()

    def inside() -> None:
        with ExitStack() as stack:
            for value in arguments.values():
                if isinstance(value, World):
                    stack.enter_context(value)
            with _beating(body, patience):
                body(**arguments)

    thread = threading.Thread(
        target=outcome.collect, args=(inside,), name="bgsched-kit-body", daemon=True
    )
    thread.start()
    try:
        _watch(thread, outcome, patience, look)
    finally:
        thaw()  # also of what the body has entered and not left
    if outcome.error is not None:
        raise outcome.error


@contextmanager
def _beating(body: Callable[..., object], patience: Patience) -> Iterator[None]:
    """
    Take the end of each example of a property test for a sign of life; others have none to show.
    """
    handle = getattr(body, "hypothesis", None)
    if handle is None:
        yield
        return
    inner = handle.inner_test

    @wraps(inner)
    def beating(*arguments: object, **keywords: object) -> object:
        patience.beat()
        patience.examples += 1
        return inner(*arguments, **keywords)

    handle.inner_test = beating
    try:
        yield
    finally:
        handle.inner_test = inner


class _Outcome:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: BaseException | None = None

    def collect(self, inside: Callable[[], None]) -> None:
        try:
            far_from_threading(inside)
        except BaseException as error:  # noqa: BLE001 - SystemExit of an implementation included
            self.error = error
        finally:
            self.done.set()


def far_from_threading(inside: Callable[[], None], frames: int = _PADDING) -> None:
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
