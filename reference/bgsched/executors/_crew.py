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

_PAUSE: Task = ("pause",)
"""What a worker of a crew that leaves takes in place of its next task."""


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
        # What waits for a worker since the crew began to leave; None before.
        self._kept: list[Task] | None = None
        self._at_rest = threading.Semaphore(0)
        self._go_on = threading.Event()
        self._warned = False

    def submit(self, task: Task) -> None:
        """
        Have a worker do a task. Workers take tasks in the order they were submitted.

        A crew that leaves keeps the task; it is done if the crew is closed.

        Raises:
            RuntimeError: The crew was closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the thread pool has been shut down; start it first")
            if self._kept is not None:
                self._kept.append(task)
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
            if self._closed or self._kept is not None:
                return
            while len(self._threads) < self._size and self._hire():
                pass

    def close(self, wait: bool) -> None:
        """
        Take no more tasks; those submitted are still done.

        Args:
            wait: Whether to return only after they are done. A worker that calls this does not
                wait for itself. An exit function waits in any case: nobody would after it.
        """
        with self._lock:
            leaving = self._kept is not None
            if not self._closed:
                self._closed = True
                for task in self._kept or ():
                    self._tasks.put(task)
                for _ in self._threads:
                    self._tasks.put(None)
                self._go_on.set()
        if wait or (leaving and threading.current_thread() is threading.main_thread()):
            self._join()

    @property
    def ended(self) -> bool:
        """
        Whether all workers have gone.
        """
        return not any(thread.is_alive() for thread in self._threads)

    def leave(self) -> None:
        """
        Let the tasks in progress end and begin no others: the interpreter is about to exit.

        A crew that was closed still does all its tasks. The others keep theirs, and do them if
        they are closed after all: by an exit function that is called later (EXIT-5), or by one of
        the tasks in progress.
        """
        busy = 0
        with self._lock:
            if not self._closed and self._kept is None:
                busy = len(self._threads)
                self._kept = []
                with suppress(Empty):
                    while (task := self._tasks.get_nowait()) is not None:
                        self._kept.append(task)
                for _ in range(busy):
                    self._tasks.put(_PAUSE)
        for _ in range(busy):
            self._at_rest.acquire()
        if self._closed:
            self._join()

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
        try:
            while (task := self._tasks.get()) is not None:
                if task is _PAUSE:
                    self._at_rest.release()
                    self._go_on.wait()
                    continue
                self._do(task)
                del task  # an idle worker must not keep the last job alive
        finally:
            self._at_rest.release()  # nobody waits for a worker that is gone

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
    # Twice, because the last run of one crew may have closed another that was at rest already.
    for crew in (*crews, *crews):
        crew.leave()


if hasattr(os, "register_at_fork"):
    # The workers are not there in a child, so there is nothing to wait for.
    os.register_at_fork(after_in_child=_crews.clear)
