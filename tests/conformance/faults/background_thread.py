"""
Faults of the scheduling thread.
"""

from __future__ import annotations

import _thread
import threading
from typing import TYPE_CHECKING, Any

from bgsched.errors import SchedulerAlreadyRunningError
from bgsched.schedulers.background import BackgroundScheduler
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bgsched._loop import Loop
    from bgsched.job import Job


def _sent_away(*_arguments: object, **_keywords: object) -> None:
    """
    Stand for a job whose work is done elsewhere.
    """


@fault("THREAD-1")
class WakesTheCaller(BackgroundScheduler):
    """
    The thread that calls `wakeup()` has to do the pass itself.
    """

    def wakeup(self) -> None:
        if self._engine.loop is not None:
            self._engine._run_pass(self._engine.loop)


@fault("THREAD-2", also=("THREAD-3", "THREAD-5", "THREAD-7"))
class RunsElsewhere(BackgroundScheduler):
    """
    What a job does, it does to copies in another process; here nothing of it is seen.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        return super().add_job(_sent_away, *arguments[1:], **keywords)


@fault("THREAD-3")
class HidesItsThread(BackgroundScheduler):
    """
    `start()` adds no thread that anybody could know of.
    """

    def _launch(self, loop: Loop) -> None:
        _thread.start_new_thread(loop.run, ())


@fault("THREAD-3")
class KeepsItsThread(BackgroundScheduler):
    """
    The scheduling thread lives on after the loop has ended.
    """

    def _launch(self, loop: Loop) -> None:
        def run() -> None:
            loop.run()
            threading.Event().wait(1)

        threading.Thread(target=run, daemon=True).start()


@fault("THREAD-3")
class KeepsItsThreadUnlessToldToWait(BackgroundScheduler):
    """
    `shutdown(wait=False)` does not wait for the scheduling thread either.
    """

    _waited = False

    def _launch(self, loop: Loop) -> None:
        def run() -> None:
            loop.run()
            if not self._waited:
                threading.Event().wait(1)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._thread = thread

    def shutdown(self, wait: bool = True) -> None:
        self._waited = wait
        super().shutdown(wait)
        if wait:
            self._thread.join()


@fault("THREAD-3", also=("THREAD-5",))
class ShutsDownLater(BackgroundScheduler):
    """
    `shutdown()` has another thread do the work, and returns at once.
    """

    def shutdown(self, wait: bool = True) -> None:
        threading.Thread(target=super().shutdown, args=(wait,), daemon=True).start()


@fault("THREAD-4")
class MakesAThreadForEachStart(BackgroundScheduler):
    """
    A start during a start makes a thread of its own.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._over = threading.Event()

    def start(self, paused: bool = False) -> None:
        try:
            super().start(paused)
        except SchedulerAlreadyRunningError:
            threading.Thread(target=self._over.wait, daemon=True).start()

    def shutdown(self, wait: bool = True) -> None:
        self._over.set()
        super().shutdown(wait)


@fault("THREAD-5", also=("THREAD-4",))
class BelongsToAThread(BackgroundScheduler):
    """
    Only the thread that built a scheduler may start it.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._owner = threading.get_ident()

    def start(self, paused: bool = False) -> None:
        if threading.get_ident() != self._owner:
            raise RuntimeError("start the scheduler in the thread that made it")
        super().start(paused)


class AsksFirst(BackgroundScheduler):
    """
    Each pass begins with a look at the stores, which subclasses define.
    """

    def _launch(self, loop: Loop) -> None:
        run_pass = loop._run_pass

        def look_and_run(loop: Loop) -> datetime | None:
            self._look(self.clock.now())
            return run_pass(loop)

        loop._run_pass = look_and_run
        super()._launch(loop)

    def _look(self, now: datetime) -> None:
        """
        Look, before each pass.
        """


@fault("THREAD-7")
class DiesOfAFailingStore(AsksFirst):
    """
    A job store that cannot tell its due jobs ends the scheduling thread.
    """

    def _look(self, now: datetime) -> None:
        for store in self._engine.jobstores.running.values():
            try:
                store.get_due_jobs(now)
            except OSError as error:
                raise SystemExit from error


@fault("THREAD-7")
class GivesUpAFailingStore(AsksFirst):
    """
    A job store that could not tell its due jobs once is never asked again.
    """

    def _look(self, now: datetime) -> None:
        for alias, store in list(self._engine.jobstores.running.items()):
            try:
                store.get_due_jobs(now)
            except OSError:
                del self._engine.jobstores.running[alias]


@fault("THREAD-7")
class DiesOfARaisingTrigger(AsksFirst):
    """
    A trigger that raises ends the scheduling thread.
    """

    def _look(self, now: datetime) -> None:
        for job in self.get_jobs():
            try:
                job.trigger.get_next_fire_time(job.next_run_time, now)
            except ArithmeticError as error:
                raise SystemExit from error
