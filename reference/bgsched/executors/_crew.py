"""
The worker threads of a thread pool, fed from one queue.

The standard library's pool is not used: it refuses all work as soon as the main thread has ended,
even when the program goes on (EXIT-4), and a future for each run costs more than everything else.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("apscheduler.executors")

Task = tuple[Any, ...]


class Crew:
    """
    Worker threads, made on demand, from the start of an executor to its shutdown.

    Any thread may call any method.

    Args:
        size: Most threads at once.
        work: Called with each task in a worker thread; must not raise.
        thread_name_prefix: Begins the names of the threads.
        initializer: Called with *initargs* at the beginning of each thread.
        initargs: Arguments of *initializer*.
    """

    def __init__(
        self,
        size: int,
        work: Callable[..., object],
        thread_name_prefix: str = "bgsched-worker",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self._size = size
        self._work = work
        self._prefix = thread_name_prefix
        self._initializer = initializer
        self._initargs = initargs
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._unfinished = 0
        self._closed = False
        self._leaving = False
        self._held: list[Task] = []
        self._warned = False

    @property
    def at_work(self) -> bool:
        """
        Whether a worker is there, at work or waiting for some.
        """
        return any(thread.is_alive() for thread in self._threads)

    def submit(self, task: Task) -> None:
        """
        Have a worker do a task. Workers take tasks in the order they were submitted.

        Raises:
            RuntimeError: The crew was closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the thread pool has been shut down; start it first")
            if self._leaving:
                self._held.append(task)
                return
            self._tasks.put(task)
            if len(self._threads) == self._size:
                return  # a full crew stays full, so nobody needs the count any more
            # Exact, not "is a worker idle?": a worker about to take a task still looks idle, and
            # a second task would wait behind it although a thread could be made (EXEC-A3).
            self._unfinished += 1
            if self._unfinished > len(self._threads):
                self._hire()
            alone = not self._threads
        if alone:
            self._work_here()

    def fill(self) -> None:
        """
        Make all threads now.
        """
        with self._lock:
            while (
                not (self._closed or self._leaving)
                and len(self._threads) < self._size
                and self._hire()
            ):
                pass

    def close(self, wait: bool) -> None:
        """
        Take no more tasks; those submitted are still done.

        Args:
            wait: Whether to return only after they are done. A worker that calls this does not
                wait for itself.
        """
        with self._lock:
            if not self._closed and not self._leaving:
                self._dismiss()
            self._closed = True
            held, self._held = self._held, []
        for task in held:
            self._work(*task)  # EXIT-5: the workers have gone, and no others can be made
        if wait:
            self._join()

    def leave(self) -> None:
        """
        Let the tasks in progress end and begin no others, unless `close` still comes.

        The interpreter is about to exit. A closed crew does all that it has accepted.
        """
        with self._lock:
            if not self._closed and not self._leaving:
                self._leaving = True
                with suppress(Empty):
                    while task := self._tasks.get_nowait():
                        self._held.append(task)
                self._dismiss()
        self._join()

    def _dismiss(self) -> None:
        """
        Have each worker end when it comes to it. The caller holds the lock.
        """
        for _ in self._threads:
            self._tasks.put(None)

    def _join(self) -> None:
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _hire(self) -> bool:
        """
        Make one more thread, if the interpreter lets us. The caller holds the lock.
        """
        # First, or the program could end while the new thread is at work and nobody knows of it.
        _watch_exit(self)
        name = f"{self._prefix}_{len(self._threads)}"
        # A daemon, because idle workers must not keep the program up (EXIT-1).
        thread = threading.Thread(target=self._serve, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            # Python 3.12 and later make no threads once the main thread has ended (EXIT-4): the
            # workers there are go on alone. Memory may be short, too. Each task tries again.
            if not self._warned:
                _log.warning("cannot make a worker thread, going on with fewer: %s", error)
            self._warned = True
            return False
        self._threads.append(thread)
        return True

    def _serve(self) -> None:
        if self._initializer is not None:
            try:
                self._initializer(*self._initargs)
            except BaseException:  # noqa: BLE001 - the jobs will tell what they miss
                _log.exception("the initializer of a worker thread failed")
        while (task := self._tasks.get()) is not None:
            self._do(task)
            del task  # an idle worker must not keep the last job alive

    def _work_here(self) -> None:
        """
        Do the next task in the calling thread, there being no other.
        """
        try:
            task = self._tasks.get_nowait()
        except Empty:
            return
        if task is not None:
            self._do(task)

    def _do(self, task: Task) -> None:
        self._work(*task)
        # Without the lock in a full crew, where all workers would queue up for it. If the crew
        # fills up right after the question, one count too many is taken off, and never looked at.
        if len(self._threads) < self._size:
            with self._lock:
                self._unfinished -= 1


# A crew lives as long as one of its threads, so this knows of each run in progress.
_crews: WeakSet[Crew] = WeakSet()
_crews_lock = threading.Lock()


def _watch_exit(crew: Crew) -> None:
    with _crews_lock:
        if not _crews:
            atexit.unregister(_leave_all)
            atexit.register(_leave_all)
        _crews.add(crew)


def _leave_all() -> None:
    """
    Let the jobs in progress end before the interpreter does.
    """
    with _crews_lock:
        crews = list(_crews)
    for crew in crews:
        crew.leave()


if hasattr(os, "register_at_fork"):
    # A child has none of the workers, so it has nothing to wait for.
    os.register_at_fork(after_in_child=_crews.clear)
