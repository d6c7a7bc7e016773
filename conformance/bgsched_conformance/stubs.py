"""
Executors and job stores that record how the scheduler treats them, and triggers told what to do.

They are subclasses of the implementation's own documented classes, found through the scheduler's
package; an implementation that does not publish those is `Unsupported` where they are needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bgsched_conformance.target import Target

Before = Callable[..., object]
NextTime = Callable[[datetime | None, datetime], datetime | None]


@dataclass(frozen=True)
class Request:
    """
    One call that the scheduler made on a component.

    Attributes:
        method: Name of the method.
        arguments: Positional arguments.
        keywords: Keyword arguments.
        thread: Identity of the calling thread.
    """

    method: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    thread: int

    def value(self, index: int, name: str) -> Any:
        """
        Return an argument however it was passed; None when it was not.
        """
        if len(self.arguments) > index:
            return self.arguments[index]
        return self.keywords.get(name)


@dataclass
class Log:
    """
    What the scheduler asked of one component, in order.
    """

    requests: list[Request] = field(default_factory=list)

    def of(self, method: str) -> list[Request]:
        """
        Return the calls of one method.
        """
        return [request for request in self.requests if request.method == method]

    def count(self, method: str) -> int:
        """
        Return how often one method was called.
        """
        return len(self.of(method))


def recording_executor(target: Target, before: dict[str, Before] | None = None) -> tuple[Any, Log]:
    """
    Return a thread-pool executor that records start, shutdown and submit_job, and its log.

    Args:
        target: Whose thread-pool class is used.
        before: Called first, by name of the method, with its arguments; may block or raise.
    """
    base = target.symbol("executors.pool", "ThreadPoolExecutor")
    return _recording(base, ("start", "shutdown", "submit_job"), before or {}, silent=())


def recording_store(
    target: Target, before: dict[str, Before] | None = None, *, kept: bool = False
) -> tuple[Any, Log]:
    """
    Return a memory job store that records start, shutdown and its changes, and its log.

    Args:
        target: Whose memory-store class is used.
        before: Called first, by name of the method, with its arguments; may block or raise.
        kept: The store keeps its jobs over its shutdown, as a persistent one does, and may then
            serve the next scheduler.
    """
    base = target.symbol("jobstores.memory", "MemoryJobStore")
    methods = ("start", "shutdown", "add_job", "update_job", "remove_job", "get_due_jobs")
    return _recording(base, methods, before or {}, silent=("shutdown",) if kept else ())


def scripted_trigger(target: Target, next_time: NextTime) -> Any:
    """
    Return a trigger whose run times are what *next_time* says.

    Args:
        target: Whose base class of triggers is used.
        next_time: Called with the previous run time, None at first, and the present; may block.
    """
    base = target.symbol("triggers.base", "BaseTrigger")

    def get_next_fire_time(
        _self: Any, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        return next_time(previous_fire_time, now)

    return type("ScriptedTrigger", (base,), {"get_next_fire_time": get_next_fire_time})()


def _recording(
    base: type, methods: tuple[str, ...], before: dict[str, Before], silent: tuple[str, ...]
) -> tuple[Any, Log]:
    log = Log()

    def recorded(method: str) -> Callable[..., Any]:
        original = getattr(base, method)

        def call(self: Any, *arguments: Any, **keywords: Any) -> Any:
            log.requests.append(Request(method, arguments, keywords, threading.get_ident()))
            if method in before:
                before[method](*arguments, **keywords)
            if method in silent:
                return None
            return original(self, *arguments, **keywords)

        return call

    body = {method: recorded(method) for method in methods}
    return type(f"Recording{base.__name__}", (base,), body)(), log
