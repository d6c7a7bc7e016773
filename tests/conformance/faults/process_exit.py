"""
Faults of the `daemon` option and of the end of the program.

Those that only a child process can see do no harm in this one: they wait for jobs to be run, or for
the main thread to end, and for no longer than a test has patience.
"""

from __future__ import annotations

import atexit
import functools
import sys
import threading
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bgsched.job import Job

DAEMON = "apscheduler.daemon"
A_LONG_TIME = 12  # seconds, longer than any test waits


@fault("DAEMON-1", also=("EXIT-1", "EXIT-2", "EXIT-5"))
class NoDaemonByDefault(BackgroundScheduler):
    """
    `daemon` is false by default.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__({DAEMON: False, **(gconfig or {})}, **options)


@fault("DAEMON-2", also=("DAEMON-3", "DAEMON-4", "EXIT-3", "EXIT-4"))
class DropsTheOption(BackgroundScheduler):
    """
    The constructor does not look at `daemon`.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__({**(gconfig or {}), DAEMON: True}, **{**options, "daemon": True})


@fault("DAEMON-3")
class TakesAnyTextForTrue(BackgroundScheduler):
    """
    The text "false" counts as true.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        mapping = dict(gconfig or {})
        for values, key in ((mapping, DAEMON), (options, "daemon")):
            if key in values:
                values[key] = bool(values[key])
        super().__init__(mapping, **options)


@fault("DAEMON-4")
class PrefersTheMapping(BackgroundScheduler):
    """
    The mapping wins over the keyword.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        if DAEMON in (gconfig or {}):
            options.pop("daemon", None)
        super().__init__(gconfig, **options)


@fault("DAEMON-5")
class ReadsTheOptionOnce(BackgroundScheduler):
    """
    `configure()` does not look at `daemon`.
    """

    def configure(self, *arguments: Any, **options: Any) -> None:
        options.pop("daemon", None)
        super().configure(*arguments, **options)


@fault("DAEMON-6")
class TakesOptionsWhileRunning(BackgroundScheduler):
    """
    `configure()` on a running scheduler does nothing, and raises nothing.
    """

    def configure(self, *arguments: Any, **options: Any) -> None:
        if not self.running:
            super().configure(*arguments, **options)


@fault("EXIT-1", also=("EXIT-2",))
class WaitsAtExit(BackgroundScheduler):
    """
    The program waits for a shutdown before it ends.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.stopped = threading.Event()
        self.stopped.set()
        atexit.register(self.stopped.wait, A_LONG_TIME)

    def start(self, paused: bool = False) -> None:
        self.stopped.clear()
        super().start(paused)

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        self.stopped.set()


class WrapsItsJobs(BackgroundScheduler):
    """
    Has `before` called at the beginning of each run; the run takes place if that returns true.
    """

    def before(self) -> bool:
        raise NotImplementedError

    def add_job(self, func: Any, *arguments: Any, **options: Any) -> Job:
        @functools.wraps(func)
        def wrapped() -> None:
            if self.before():
                func()

        return super().add_job(wrapped, *arguments, **options)


@fault("EXIT-2", also=("EXIT-1", "EXIT-5"))
class WorkersWaitForMore(WrapsItsJobs):
    """
    Threads that ran jobs wait for more until the shutdown, and keep the program.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.stopped = threading.Event()

    def before(self) -> bool:
        threading.Thread(target=self.stopped.wait, args=(A_LONG_TIME,), daemon=False).start()
        return True

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        self.stopped.set()


@fault("EXIT-3", also=("EXIT-4",))
class EndsWithTheMainThread(BackgroundScheduler):
    """
    With `daemon=False` the scheduler shuts down when the main thread has ended.
    """

    def start(self, paused: bool = False) -> None:
        super().start(paused)
        if not self._engine.options.daemon:
            threading.Thread(target=self.follow, daemon=True).start()

    def follow(self) -> None:
        threading.main_thread().join()
        if self.running:
            self.shutdown()


@fault("EXIT-4")
class RunsNothingWithoutTheMainThread(WrapsItsJobs):
    """
    When the main thread has ended, jobs are not run any more.
    """

    def before(self) -> bool:
        return threading.main_thread().is_alive()


@fault("EXIT-5")
class CannotShutDownAtExit(BackgroundScheduler):
    """
    `shutdown()` fails when it is called by an exit handler.
    """

    def shutdown(self, wait: bool = True) -> None:
        main = threading.main_thread()
        if threading.current_thread() is main and not main.is_alive():
            raise RuntimeError("can't start new thread at interpreter shutdown")
        super().shutdown(wait)


@fault("EXIT-6")
class LeavesAThreadBehind(WrapsItsJobs):
    """
    After the shutdown of a scheduler that ran a job, a thread goes on that keeps the program.
    """

    ran = False

    def before(self) -> bool:
        self.ran = True
        return True

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        if self.ran:
            threading.Thread(
                target=threading.Event().wait, args=(A_LONG_TIME,), daemon=False
            ).start()


@fault("EXIT-7")
class CannotShutDownWhenInterrupted(BackgroundScheduler):
    """
    `shutdown()` fails while an interrupt is being handled.
    """

    def shutdown(self, wait: bool = True) -> None:
        if sys.exc_info()[0] is KeyboardInterrupt:
            raise RuntimeError("interrupted")
        super().shutdown(wait)
