"""
Executors for the tests of executors, and scenes in which they are busy.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bgsched_conformance.findings import Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bgsched_conformance.jobs import Gate
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World


class Account:
    """
    What pools of processes are given methods of.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def tell(self) -> tuple[str, str]:
        """
        Return whose account this is, and of which class.
        """
        return type(self).__name__, self.owner

    @classmethod
    def title(cls) -> str:
        """
        Return the name of the class that this is called on.
        """
        return cls.__name__


ACCOUNT = Account("text")


@contextmanager
def scheduler_with_processes(world: World, **options: Any) -> Iterator[Subject]:
    """
    Give a running scheduler that has a pool of one process as "processes".

    Args:
        world: Of the test.
        options: Further ones of the pool.

    Raises:
        Unsupported: The implementation has no process pools.
    """
    scheduler = world.scheduler()
    try:
        scheduler.add_executor("processpool", "processes", max_workers=1, **options)
    except (LookupError, ImportError) as error:
        raise Unsupported(f"there are no process pools: {error}") from error
    # A new process imports the main module of this one: pytest, which takes time, or a script that
    # calls pytest and would do so again. It needs neither.
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        scheduler.start()
        yield scheduler
    finally:
        sys.modules["__main__"] = main


def await_process(world: World, reached: Callable[[], object], expected: str) -> None:
    """
    Wait for what takes the start of a process, which is never hurried.
    """
    world.patience.wait(threading.Condition(), lambda: bool(reached()), expected, hurry=False)


def crowded_pool(world: World) -> tuple[Subject, Gate]:
    """
    Return a running scheduler and the gate that holds the only worker of its executor "pool".
    """
    gate = world.gate()
    scheduler = world.scheduler()
    scheduler.add_executor("threadpool", "pool", max_workers=1)
    scheduler.start()
    scheduler.add_job(gate.func, executor="pool", misfire_grace_time=None)
    gate.wait_begun()
    return scheduler, gate


def inline_executor(target: Target, submitted: Callable[[], object]) -> Any:
    """
    Return a debug executor that calls *submitted* after each submission, in the same thread.
    """
    base = target.symbol("executors.debug", "DebugExecutor")

    def submit_job(self: Any, *arguments: Any, **keywords: Any) -> None:
        base.submit_job(self, *arguments, **keywords)
        submitted()

    return type("RecordingDebugExecutor", (base,), {"submit_job": submit_job})()


def direct_executor(target: Target) -> Any:
    """
    Return an executor written as the extending page says, which runs jobs as they are submitted.
    """
    base = target.symbol("executors.base", "BaseExecutor")
    run_job = target.symbol("executors.base", "run_job")

    def do_submit_job(self: Any, job: Any, run_times: Any) -> None:
        events = run_job(job, job._jobstore_alias, run_times, "bgsched-kit")  # noqa: SLF001 - noted
        self._run_job_success(job.id, events)

    return type("DirectExecutor", (base,), {"_do_submit_job": do_submit_job})()
