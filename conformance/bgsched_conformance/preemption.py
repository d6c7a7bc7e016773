"""
One change of turns between two threads, at a line of the implementation that can be chosen.

Most races take no more: one thread looks, another acts, and the first goes on with what it has
seen. So the first is stopped at a line, the other gets as far as it can, and each line has its
turn. Whatever order comes about so may come about anywhere, any day. How long the other is given
decides only how much is tried: an order that is not reached raises no alarm.
"""

from __future__ import annotations

import linecache
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bgsched_conformance.patience import SLICE, give_way

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from types import FrameType

    from bgsched_conformance.calls import Call
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.world import World

    Line = tuple[str, int]
    Scene = Callable[[World, "Preemption"], None]

_ROUNDS = 3


class Preemption:
    """
    Stops the first thread that comes to a line, until it is released.

    Args:
        packages: Names of the top-level packages whose lines count.
        line: File and number of the line; None to stop nowhere.
        note: Is told where a thread is stopped.

    Attributes:
        lines: The lines that threads came to while it was armed, in order of the first visits.
    """

    def __init__(
        self, packages: Collection[str], line: Line | None, note: Callable[[str], None]
    ) -> None:
        self.lines: dict[Line, None] = {}
        self._packages = packages
        self._line = line
        self._note = note
        self._armed = False
        self._there = threading.Event()
        self._released = threading.Event()

    def call(self, world: World, function: Callable[[], object]) -> Call:
        """
        Make a call in a thread of its own; it has been stopped or has ended when this returns.
        """

        def traced() -> None:
            self._armed = True
            sys.settrace(self._trace)
            try:
                function()
            finally:
                sys.settrace(None)
                self._there.set()

        traced.__name__ = getattr(function, "__name__", "call")
        call = world.call(traced)
        self._there.wait(SLICE)
        return call

    @contextmanager
    def new_threads(self) -> Iterator[None]:
        """
        Watch the threads that are started meanwhile; see `stop_one`.
        """
        before = threading.gettrace()
        threading.settrace(self._trace)
        try:
            yield
        finally:
            threading.settrace(before)

    def stop_one(self, rouse: Callable[[], object]) -> None:
        """
        Set the watched threads to work by *rouse*; one has been stopped when this returns.

        Unless none comes to the line, in which case this returns soon.
        """
        self._armed = True
        rouse()
        self._there.wait(SLICE)

    def release_after(self, call: Call) -> None:
        """
        Let *call* get as far as it can, then let the stopped thread go on.
        """
        for _ in range(_ROUNDS):
            if call.ended:
                break
            give_way(10)
        self.release()

    def release(self) -> None:
        """
        Let the stopped thread go on, and stop none any more.
        """
        self._armed = False
        self._released.set()

    def _trace(self, frame: FrameType, _event: str, _argument: object) -> Any:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        return self._step if package in self._packages else None

    def _step(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line" and self._armed:
            self._come_to((frame.f_code.co_filename, frame.f_lineno))
        return self._step

    def _come_to(self, line: Line) -> None:
        self.lines.setdefault(line)
        if line == self._line and not self._there.is_set():
            self._there.set()
            file, number = line
            text = linecache.getline(file, number).strip()
            self._note(f"stopped at {Path(file).name}:{number}, {text}")
            self._released.wait()


def at_each_line(worlds: Worlds, scene: Scene) -> None:
    """
    Play a scene without a stop, then once for each line that threads came to.
    """
    with worlds() as world:
        unstopped = world.preemption(None)
        scene(world, unstopped)
    for line in list(unstopped.lines)[:: world.patience.stride]:
        with worlds() as world:
            scene(world, world.preemption(line))
