"""
While it runs, every call is made by one and the same thread, whoever asks for it.
"""

from __future__ import annotations

import functools
import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from bgsched.schedulers.background import BackgroundScheduler

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = (
    "add_executor",
    "add_job",
    "add_jobstore",
    "add_listener",
    "configure",
    "get_job",
    "get_jobs",
    "modify_job",
    "pause",
    "pause_job",
    "remove_all_jobs",
    "remove_executor",
    "remove_job",
    "remove_jobstore",
    "remove_listener",
    "reschedule_job",
    "resume",
    "resume_job",
    "wakeup",
)


class Actor:
    """
    A thread that makes calls for others, one at a time.
    """

    def __init__(self, *, daemon: bool) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._act, name="actor", daemon=daemon)
        self._thread.start()

    def make(self, call: Callable[[], Any]) -> Any:
        """
        Have a call made, and return or raise its outcome.
        """
        answer: Future[Any] | None = None
        if threading.current_thread() is not self._thread:
            with self._lock:
                if self._open:
                    answer = Future()
                    self._calls.put((answer, call))
        return call() if answer is None else answer.result()

    def end(self) -> None:
        """
        Make the calls asked for, and no more.
        """
        with self._lock:
            self._open = False
            self._calls.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _act(self) -> None:
        while (asked := self._calls.get()) is not None:
            answer, call = asked
            try:
                answer.set_result(call())
            except BaseException as error:  # noqa: BLE001 - for the caller
                answer.set_exception(error)


class ActorScheduler(BackgroundScheduler):
    """
    Slow, but right.
    """

    _actor: Actor | None = None

    def _launch(self, loop: Any) -> None:
        super()._launch(loop)
        self._actor = Actor(daemon=self._engine.options.daemon)

    def shutdown(self, wait: bool = True) -> None:
        """
        Shut down on the caller's thread: the jobs waited for may still ask for calls.
        """
        actor = self._actor if self.running else None
        try:
            super().shutdown(wait)
        finally:
            if actor is not None and not self.running:
                actor.end()


def _through_the_actor(name: str) -> Callable[..., Any]:
    original = getattr(BackgroundScheduler, name)

    @functools.wraps(original)
    def call(self: ActorScheduler, *arguments: Any, **keywords: Any) -> Any:
        def make() -> Any:
            return original(self, *arguments, **keywords)

        actor = self._actor
        return make() if actor is None else actor.make(make)

    return call


for each in CALLS:
    setattr(ActorScheduler, each, _through_the_actor(each))
