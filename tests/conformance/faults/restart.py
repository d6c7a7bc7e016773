"""
Faults that show when a scheduler has been shut down and is started again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from bgsched.events import EVENT_ALL, EVENT_SCHEDULER_STARTED
from bgsched.executors.pool import ThreadPoolExecutor
from faults import fault

if TYPE_CHECKING:
    from bgsched._loop import Loop

Callback = Callable[[Any], object]


class Counting(BackgroundScheduler):
    """
    Knows how many times it has been started.
    """

    lives = 0

    def start(self, paused: bool = False) -> None:
        self.lives += 1
        super().start(paused)


@fault(
    "RESTART-1",
    also=("RESTART-2", "RESTART-3", "RESTART-4", "RESTART-6", "RESTART-7", "RESTART-8"),
)
class LivesOnce(Counting):
    """
    A second `start()` is refused.
    """

    def start(self, paused: bool = False) -> None:
        if self.lives:
            raise RuntimeError("this scheduler is closed")
        super().start(paused)


@fault("RESTART-1", also=("RESTART-8",))
class RestartsInSilence(Counting):
    """
    Only the first start is announced.
    """

    def add_listener(self, callback: Callback, mask: int = EVENT_ALL) -> None:
        def filtered(event: Any) -> object:
            unheard = event.code == EVENT_SCHEDULER_STARTED and self.lives > 1
            return None if unheard else callback(event)

        super().add_listener(filtered, mask)


@fault("RESTART-2")
class KeepsADeadPool(Counting):
    """
    The default executor stays closed after a restart.
    """

    def start(self, paused: bool = False) -> None:
        super().start(paused)
        executor = self._engine.executors.running["default"]
        if self.lives > 1 and type(executor) is ThreadPoolExecutor:
            executor.shutdown()


@fault("RESTART-3")
class DropsJobsAddedBetweenLives(Counting):
    """
    Jobs added after a shutdown are gone at the restart.
    """

    def start(self, paused: bool = False) -> None:
        if self.lives:
            self.remove_all_jobs()
        super().start(paused)


@fault("RESTART-3")
class RefusesJobsAfterAShutdown(Counting):
    """
    No job can be added after a shutdown.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Any:
        if self.lives and not self.running:
            raise RuntimeError("this scheduler is closed")
        return super().add_job(*arguments, **keywords)


@fault("RESTART-4")
class RemembersItsJobs(BackgroundScheduler):
    """
    The jobs of the first life come back in the second.
    """

    def shutdown(self, wait: bool = True) -> None:
        jobs = self.get_jobs() if self.running else []
        super().shutdown(wait)
        for job in jobs:
            self.add_job(job.func, job.trigger, id=job.id)


@fault("RESTART-5")
class EmptiesItsStores(BackgroundScheduler):
    """
    A shutdown removes the jobs of every store.
    """

    def shutdown(self, wait: bool = True) -> None:
        if self.running:
            self.remove_all_jobs()
        super().shutdown(wait)


@fault("RESTART-6")
class KeepsItsTimeZone(Counting):
    """
    A time zone that is configured after the first life has no effect.
    """

    def configure(self, *arguments: Any, **options: Any) -> None:
        if self.lives:
            options["timezone"] = self._engine.options.timezone
        super().configure(*arguments, **options)


@fault("RESTART-7")
class AlwaysADaemon(BackgroundScheduler):
    """
    The scheduling thread is a daemon whatever the option says.
    """

    def _launch(self, loop: Loop) -> None:
        thread = threading.Thread(target=loop.run, daemon=True)
        loop.run_in(thread, owned=True)
        thread.start()


@fault("RESTART-7")
class KeepsItsThread(BackgroundScheduler):
    """
    One thread, made at the first start, does the work of all lives.
    """

    def _launch(self, loop: Loop) -> None:
        if not hasattr(self, "_loops"):
            self._loops: queue.SimpleQueue[Loop] = queue.SimpleQueue()
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        loop.run_in(self._thread, owned=False)
        self._loops.put(loop)

    def _work(self) -> None:
        while True:
            self._loops.get().run()


@fault("RESTART-8")
class ForgetsItsListeners(BackgroundScheduler):
    """
    A shutdown removes all listeners.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._callbacks: list[Callback] = []
        super().__init__(*arguments, **options)

    def add_listener(self, callback: Callback, mask: int = EVENT_ALL) -> None:
        self._callbacks.append(callback)
        super().add_listener(callback, mask)

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        for callback in self._callbacks:
            self.remove_listener(callback)
