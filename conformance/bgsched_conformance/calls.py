"""
Calls made in threads of their own, so that one that never returns can be seen and left behind.
"""

from __future__ import annotations

import ctypes
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from bgsched_conformance.findings import Broken
from bgsched_conformance.patience import SLICE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from bgsched_conformance.patience import Patience


class Call:
    """
    One call that goes on in a daemon thread.

    Args:
        label: What is called, in words, for failures.
        function: Called without arguments.
        patience: Budget for waiting.
    """

    def __init__(self, label: str, function: Callable[[], Any], patience: Patience) -> None:
        self.label = label
        self._function = function
        self._patience = patience
        self._ended = threading.Event()
        self._value: Any = None
        self._error: BaseException | None = None
        self.thread = threading.Thread(target=self._make, name="bgsched-kit-call", daemon=True)
        self.thread.start()

    def _make(self) -> None:
        try:
            self._value = self._function()
        except BaseException as error:  # noqa: BLE001 - judged by the test
            self._error = error
        finally:
            self._ended.set()

    @property
    def ended(self) -> bool:
        """
        Whether the call has returned or raised.
        """
        return self._ended.is_set()

    def wait(self) -> None:
        """
        Wait until the call has returned or raised.

        Raises:
            Stalled: It has not, in time.
        """
        self._patience.wait_event(self._ended, f"{self.label} to return")

    def error(self) -> BaseException | None:
        """
        Wait for the end and return what was raised, or None.
        """
        self.wait()
        return self._error

    def result(self) -> Any:
        """
        Wait for the end and return what was returned, or raise what was raised.
        """
        self.wait()
        if self._error is not None:
            raise self._error
        return self._value


class Signal:
    """
    A `threading.Event` whose wait is bounded.
    """

    def __init__(self, expected: str, patience: Patience) -> None:
        self._event = threading.Event()
        self._expected = expected
        self._patience = patience

    def set(self) -> None:
        """
        Set the flag, for good.
        """
        self._event.set()

    def is_set(self) -> bool:
        """
        Whether the flag has been set.
        """
        return self._event.is_set()

    def wait(self) -> None:
        """
        Wait for the flag.

        Raises:
            Stalled: It has not been set in time.
        """
        self._patience.wait_event(self._event, self._expected)


def break_off(threads: Collection[threading.Thread]) -> None:
    """
    End those of *threads* that are in an endless loop.

    They would take the processor from all tests to come, and perhaps all memory. `SystemExit` ends
    a thread without a word at its next step in Python. From one that waits it is taken back: much
    later, it might be reported to somebody else's test.
    """
    for thread in threads:
        _interrupt(thread, ctypes.py_object(SystemExit))
    for thread in threads:
        thread.join(SLICE)
    for thread in threads:
        _interrupt(thread, None)
    _settle_interrupts()


def _settle_interrupts() -> None:
    # Python 3.11 keeps looking for one that was taken back, in all threads, until a thread has got
    # its own; and while it does, no traced function gets beyond its first line.
    with suppress(SystemExit):
        _interrupt(threading.current_thread(), ctypes.py_object(SystemExit))
        for _ in range(1000):
            pass  # it comes at a jump back


def _interrupt(thread: threading.Thread, error: ctypes.py_object[type[SystemExit]] | None) -> None:
    # The identifier of one that has ended may be another's by now.
    if thread.is_alive() and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), error)


@contextmanager
def raises(name: str) -> Iterator[None]:
    """
    Expect an exception whose class, or one of its bases, is called *name*.

    By name, since the kit knows no class of the implementation but the scheduler.

    Raises:
        Broken: Nothing, or something else, was raised.
    """
    try:
        yield
    except Exception as error:
        if name not in {base.__name__ for base in type(error).__mro__}:
            raise Broken(name, f"raised {error!r}") from error
    else:
        raise Broken(name, "returned normally")
