"""
Refuses options it does not know, takes further ones in its methods, and has errors of its own.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bgsched import errors
from bgsched.schedulers.background import BackgroundScheduler

from .schedulers import SchedulerAlreadyRunningError, SchedulerNotRunningError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KNOWN = {
    "clock",
    "daemon",
    "executors",
    "job_defaults",
    "jobstore_retry_interval",
    "jobstores",
    "logger",
    "prefix",
    "timezone",
}


@contextmanager
def own_errors() -> Iterator[None]:
    """
    Replace the two state errors by those of this package.
    """
    try:
        yield
    except errors.SchedulerAlreadyRunningError as error:
        raise SchedulerAlreadyRunningError(str(error)) from None
    except errors.SchedulerNotRunningError as error:
        raise SchedulerNotRunningError(str(error)) from None


class StrictScheduler(BackgroundScheduler):
    """
    Has longer signatures than documented.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        unknown = options.keys() - KNOWN
        if unknown:
            raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
        super().__init__(gconfig, **options)

    def configure(
        self,
        gconfig: Mapping[str, Any] | None = None,
        prefix: str | None = "apscheduler.",
        **options: Any,
    ) -> None:
        """
        Replace all options.
        """
        with own_errors():
            super().configure(gconfig, prefix, **options)

    def start(self, paused: bool = False, *, banner: bool = False) -> None:
        """
        Start, and print nothing.
        """
        del banner
        with own_errors():
            super().start(paused)

    def shutdown(self, wait: bool = True, *, reason: str = "") -> None:
        """
        Shut down, for any *reason*.
        """
        del reason
        with own_errors():
            super().shutdown(wait)

    def pause(self) -> None:
        """
        Pause.
        """
        with own_errors():
            super().pause()

    def resume(self) -> None:
        """
        Resume.
        """
        with own_errors():
            super().resume()
