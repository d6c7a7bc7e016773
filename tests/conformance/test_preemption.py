"""
A thread is stopped at each line that it comes to, while another acts.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.patience import Patience
from bgsched_conformance.preemption import at_each_line
from bgsched_conformance.target import Target
from bgsched_conformance.world import World, thaw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from bgsched_conformance.preemption import Preemption


class Counter:
    """
    Stands for an implementation: loses an increment if its turn comes between two others' lines.
    """

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self.value = 0
        self._lock = lock

    def increment(self) -> None:
        """
        Read, then write.
        """
        with self._lock:
            value = self.value
            self.value = value + 1


class NoLock:
    """
    Stands in for a lock, and keeps nobody out.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """
    Give the clock back.
    """
    yield
    thaw()


def worlds() -> World:
    """
    Make a world in which this module is the implementation.
    """
    return World(Target(Counter, f"{__name__}:Counter"), Patience())


def outcomes(lock: type[AbstractContextManager[object]]) -> set[int]:
    """
    Let two threads increment a counter, in all orders; return what came of it.
    """
    found = set()

    def scene(world: World, stop: Preemption) -> None:
        counter = Counter(lock())
        first = stop.call(world, counter.increment)
        second = world.call(counter.increment)
        stop.release_after(second)
        assert None is first.error()
        assert None is second.error()
        found.add(counter.value)

    at_each_line(worlds, scene)
    return found


def test_a_lost_update_comes_about() -> None:
    """
    In some order the second increment is lost, in others it is not.
    """
    assert {1, 2} == outcomes(NoLock)


def test_a_thread_that_waits_for_the_stopped_one_is_not_waited_for() -> None:
    """
    Where there is a lock the second thread waits; the first goes on, and no update is lost.
    """
    assert {2} == outcomes(threading.Lock)


def test_threads_of_the_implementation_are_stopped() -> None:
    """
    A thread started while new threads are watched is stopped once, and told where.
    """
    told = []

    def scene(world: World, stop: Preemption) -> None:
        counter, begin = Counter(NoLock()), threading.Event()

        def work() -> None:
            begin.wait()
            counter.increment()

        with stop.new_threads():
            thread = threading.Thread(target=work)
            thread.start()
        stop.stop_one(begin.set)
        seen = counter.value
        stop.release()
        thread.join()
        told.append((seen, counter.value, [line for line in world.did if "value + 1" in line]))

    before = threading.gettrace()
    at_each_line(worlds, scene)

    assert threading.gettrace() is before
    assert {1} == {after for _, after, _ in told}
    assert [0] == [seen for seen, _, line in told if line]


def test_the_end_of_a_world_releases_who_is_stopped() -> None:
    """
    A scene that fails leaves no thread behind.
    """
    threads = []

    def scene(world: World, stop: Preemption) -> None:
        threads.append(stop.call(world, Counter(NoLock()).increment).thread)
        assert not world.did, "stopped"

    with pytest.raises(AssertionError, match="stopped"):
        at_each_line(worlds, scene)

    threads[-1].join()
