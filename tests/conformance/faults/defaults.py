"""
Faults of the default executor, and of the documented example.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from bgsched.executors.debug import DebugExecutor
from bgsched.executors.pool import ThreadPoolExecutor
from faults import fault

if TYPE_CHECKING:
    from bgsched.executors.base import BaseExecutor


class AnotherExecutor(BackgroundScheduler):
    """
    Has a default executor of its own.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("executors", {"default": self.make_executor()})
        super().__init__(*arguments, **options)

    def make_executor(self) -> BaseExecutor:
        raise NotImplementedError


@fault("EXEC-A1", also=("EXEC-A2", "EXEC-A3"))
class WorksInLine(AnotherExecutor):
    """
    Jobs run on the scheduling thread.
    """

    def make_executor(self) -> BaseExecutor:
        return DebugExecutor()


@fault("EXEC-A2")
class HasNineThreads(AnotherExecutor):
    """
    The default pool is one thread short.
    """

    def make_executor(self) -> BaseExecutor:
        return ThreadPoolExecutor(9)


@fault("EXEC-A2")
class HasElevenThreads(AnotherExecutor):
    """
    The default pool has one thread too many.
    """

    def make_executor(self) -> BaseExecutor:
        return ThreadPoolExecutor(11)


@fault("EXEC-A3", also=("EXEC-A1", "EXEC-A2"))
class RunsOneByOne(AnotherExecutor):
    """
    Each job waits for the end of the one before it.
    """

    def make_executor(self) -> BaseExecutor:
        return ThreadPoolExecutor(1)


@fault("DEP-1")
class ImportsADatabaseDriver(BackgroundScheduler):
    """
    `start()` imports a package that only some job stores need.
    """

    def start(self, paused: bool = False) -> None:
        # Stands for the import: the package need not be installed where this is tested.
        sys.modules.setdefault("rethinkdb", ModuleType("rethinkdb"))
        super().start(paused)


@fault("EX-1")
class TicksTooSlowly(BackgroundScheduler):
    """
    An interval is taken for a second more than it is.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Any:
        if "seconds" in keywords:
            keywords["seconds"] += 1
        return super().add_job(*arguments, **keywords)


@fault("EX-2")
class PassesTheInterruptOn(BackgroundScheduler):
    """
    A shutdown that answers Ctrl-C raises it again.
    """

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        interrupt = sys.exception()
        if isinstance(interrupt, KeyboardInterrupt):
            raise interrupt
