"""
The scheduling thread looks at the clock every few milliseconds, instead of waiting for a moment.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

from bgsched.schedulers.background import BackgroundScheduler

PERIOD = 0.004  # seconds


class PollingAlarm:
    """
    An alarm that is never set: it asks again and again whether its time has come.
    """

    def __init__(self, clock: PollingClock) -> None:
        self._clock = clock
        self._rung = False

    def wait(self, until: datetime | None) -> None:
        """
        Return in the period after *until*, or after `ring`.
        """
        pause = threading.Event()
        while not self._rung and (until is None or self._clock.now() < until):
            pause.wait(PERIOD)
        self._rung = False

    def ring(self) -> None:
        """
        Be found at the next look.
        """
        self._rung = True

    def close(self) -> None:
        """
        Do nothing.
        """


class PollingClock:
    """
    A clock whose alarms poll.
    """

    def now(self) -> datetime:
        """
        Return the present moment.
        """
        return datetime.now(UTC)  # noqa: TID251 - a scheduler of its own

    def alarm(self, _: object) -> PollingAlarm:
        """
        Return a new alarm.
        """
        return PollingAlarm(self)


class PollingScheduler(BackgroundScheduler):
    """
    Begins everything a little late.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **{"clock": PollingClock(), **options})

    def configure(
        self, gconfig: Any = None, prefix: str | None = "apscheduler.", **options: Any
    ) -> None:
        """
        Replace all options but the clock.
        """
        super().configure(gconfig, prefix, **{"clock": PollingClock(), **options})


class RestlessAlarm(PollingAlarm):
    """
    An alarm that goes off all the time.
    """

    def wait(self, until: datetime | None) -> None:
        """
        Return soon, whatever was asked for.
        """
        del until
        threading.Event().wait(PERIOD)


class RestlessClock(PollingClock):
    """
    A clock whose alarms go off all the time.
    """

    def alarm(self, _: object) -> RestlessAlarm:
        """
        Return a new alarm.
        """
        return RestlessAlarm(self)


class RestlessScheduler(BackgroundScheduler):
    """
    Does hundreds of passes each second, nearly all of them for nothing.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **{"clock": RestlessClock(), **options})

    def configure(
        self, gconfig: Any = None, prefix: str | None = "apscheduler.", **options: Any
    ) -> None:
        """
        Replace all options but the clock.
        """
        super().configure(gconfig, prefix, **{"clock": RestlessClock(), **options})
