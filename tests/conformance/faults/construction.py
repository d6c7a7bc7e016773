"""
Faults of construction, and of what a scheduler is.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar

from bgsched.schedulers.background import BackgroundScheduler
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Mapping


@fault("CTOR-1")
class RunsFromBirth(BackgroundScheduler):
    """
    `running` is true before the first start.
    """

    _down = False

    @property
    def running(self) -> bool:
        return not self._down

    def shutdown(self, wait: bool = True) -> None:
        self._down = True
        super().shutdown(wait)


@fault("CTOR-2")
class TakesTimezoneByPosition(BackgroundScheduler):
    """
    There is a second positional parameter.
    """

    def __init__(
        self, gconfig: Mapping[str, Any] | None = None, timezone: Any = None, **options: Any
    ) -> None:
        super().__init__(gconfig, timezone=timezone, **options)


@fault("CTOR-2")
class CallsItConfig(BackgroundScheduler):
    """
    The mapping is not taken by the name of gconfig, but as an option unknown.
    """

    def __init__(self, config: Mapping[str, Any] | None = None, **options: Any) -> None:
        options.pop("gconfig", None)
        super().__init__(config, **options)


@fault("CTOR-2")
class RefusesAnEmptyMapping(BackgroundScheduler):
    """
    An empty mapping is taken for a mistake.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        if gconfig is not None and not gconfig:
            raise ValueError("nothing is configured")
        super().__init__(gconfig, **options)


@fault("CTOR-3")
class PopsFromTheMapping(BackgroundScheduler):
    """
    The constructor takes its settings out of the mapping it was given.
    """

    def __init__(self, gconfig: dict[str, Any] | None = None, **options: Any) -> None:
        if gconfig is not None and "apscheduler.timezone" in gconfig:
            options["timezone"] = gconfig.pop("apscheduler.timezone")
        super().__init__(gconfig, **options)


@fault("CTOR-3", also=("CTOR-2",))
class RemembersSettings(BackgroundScheduler):
    """
    The settings of each scheduler are the defaults of the next.
    """

    _settings: ClassVar[dict[str, Any]] = {}

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        self._settings.update(gconfig or {})
        super().__init__(self._settings, **options)


@fault("CTOR-4")
class StartsAThreadAtOnce(BackgroundScheduler):
    """
    The constructor starts a thread.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        threading.Thread(target=threading.Event().wait, args=(1,), daemon=True).start()


@fault("CTOR-4")
class StartsPartsAtOnce(BackgroundScheduler):
    """
    The constructor starts the executors that it is given.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        for alias, executor in options.get("executors", {}).items():
            executor.start(self, alias)


@fault("CTOR-6")
class CanBePickled(BackgroundScheduler):
    """
    A pickled scheduler comes back as a new one.
    """

    def __reduce__(self) -> tuple[type[CanBePickled], tuple[()]]:
        return CanBePickled, ()


@fault("CTOR-7")
class ShutsDownTogether(BackgroundScheduler):
    """
    Shutting down one scheduler shuts down all others.
    """

    _started: ClassVar[list[BackgroundScheduler]] = []

    def start(self, paused: bool = False) -> None:
        super().start(paused)
        self._started.append(self)

    def shutdown(self, wait: bool = True) -> None:
        while self._started:
            BackgroundScheduler.shutdown(self._started.pop(), wait)


@fault("BASE-1")
class HasNoBase:
    """
    A wrapper that only behaves like a scheduler.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        self._scheduler = BackgroundScheduler(gconfig, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scheduler, name)


@fault("BASE-2")
class CannotExport(BackgroundScheduler):
    """
    One documented method is missing.
    """

    def __getattribute__(self, name: str) -> Any:
        if name == "export_jobs":
            raise AttributeError(name)
        return super().__getattribute__(name)


@fault("BASE-3")
class BlocksWithoutJobs(BackgroundScheduler):
    """
    `start()` returns only if there are jobs to run; else it waits for the shutdown.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._over = threading.Event()

    def start(self, paused: bool = False) -> None:
        idle = not self.get_jobs()
        super().start(paused)
        if idle:
            self._over.wait()

    def shutdown(self, wait: bool = True) -> None:
        self._over.set()
        super().shutdown(wait)
