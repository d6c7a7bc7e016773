"""
The executor that runs jobs in any executor of `concurrent.futures`.
"""

from __future__ import annotations

import threading
from concurrent.futures import BrokenExecutor, Executor
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from bgsched.errors import UnsendableError
from bgsched.executors._parcel import Parcel
from bgsched.executors.base import BaseExecutor

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from datetime import datetime

    from bgsched.events import JobExecutionEvent
    from bgsched.executors.base import ExecutorHost
    from bgsched.job import Job

__all__ = ["FuturesExecutor"]


class Submitter(Protocol):
    """
    What an executor of `concurrent.futures`, or a Dask client, can do.
    """

    def submit(self, fn: Callable[[], Any], /) -> Any:
        """
        Have a function called, and return its future.
        """


class FuturesExecutor(BaseExecutor):
    """
    Runs jobs in an executor of `concurrent.futures`, or in a Dask client.

    Whoever makes the executor shuts it down. One that you made stays yours: a shutdown of the
    scheduler waits for its own runs there, and leaves it open for you and for the next start. Give
    a function that makes one, and it is called at each start; what it made is shut down with the
    scheduler, and replaced when it is broken.

    If the executor sends its calls to other processes, the callables of jobs must be reachable by
    name, and their arguments and results picklable; a job for which that fails ends in an error
    event, whose exception is an `UnsendableError` if it is the result that fails. Lateness is
    judged by the system's clock there. Listeners are told in whatever thread the executor completes
    its futures.

    Args:
        executor: The executor, or whatever else has a method ``submit`` that returns futures; or a
            function without parameters that returns a new executor.

    Raises:
        TypeError: *executor* is neither.

    .. versionadded:: 0.1
    """

    def __init__(self, executor: Submitter | Callable[[], Executor]) -> None:
        super().__init__()
        self._make: Callable[[], Any]
        if callable(executor) and not isinstance(executor, Executor):
            self._make, self._owns = executor, True
        elif hasattr(executor, "submit"):
            self._make, self._owns = lambda: executor, False
        else:
            raise TypeError(f"{executor!r} is neither an executor nor a function that makes one")
        self._executor: Executor | None = None
        self._unfinished: set[Parcel] = set()
        # A leaf, like the lock of the base class. Notified when a parcel is finished.
        self._change = threading.Condition(threading.Lock())

    def start(self, scheduler: ExecutorHost, alias: str) -> None:
        """
        Get ready to run jobs.
        """
        super().start(scheduler, alias)
        self._executor = self._make()

    def shutdown(self, wait: bool = True) -> None:
        """
        Take no more jobs; those that were taken still end.

        Args:
            wait: Whether to return only after they have ended. A job that runs here, and a listener
                that is told of its end, does not wait: it would wait for itself.
        """
        with self._change:
            executor, self._executor = self._executor, None
            here = threading.get_ident()
            wait = wait and all(parcel.thread != here for parcel in self._unfinished)
        if self._owns and executor is not None:
            executor.shutdown(wait)
        if wait:
            with self._change:
                self._change.wait_for(lambda: not self._unfinished)

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        parcel = Parcel(job, run_times, self._logger.name)
        with self._change:
            self._unfinished.add(parcel)
        try:
            self._submit(parcel).add_done_callback(partial(self._finish, parcel))
        except BaseException:
            self._forget(parcel)
            raise

    def _submit(self, parcel: Parcel) -> Future[Any]:
        executor = self._executor
        if executor is None:
            raise RuntimeError("the executor has not been started, or has been shut down")
        try:
            return executor.submit(parcel)
        except BrokenExecutor:
            if not self._owns:
                raise
        self._logger.warning("The pool is broken; replacing it with a new one")
        return self._replaced(executor).submit(parcel)

    def _replaced(self, broken: Executor) -> Executor:
        made: Executor = self._make()
        with self._change:
            wanted = self._executor is broken
            if wanted:
                self._executor = made
        if not wanted:  # it was shut down meanwhile, and nobody else knows of the new one
            made.shutdown(wait=False)
            raise RuntimeError("the executor has been shut down")
        return made

    def _finish(self, parcel: Parcel, future: Future[Any]) -> None:
        parcel.thread = threading.get_ident()
        lost: BaseException | None = None
        try:
            events = parcel.events(future.result())
        except BaseException as error:  # noqa: BLE001 - cancelled, not picklable, its process died
            lost = error
            events = parcel.lost(error)  # EXE-9
        if hasattr(future, "release"):
            future.release()  # until then Dask would run the job again if it lost the result
        try:
            self._log_losses(parcel, lost, events)
        finally:
            self._run_job_success(parcel.job_id, events)
            self._forget(parcel)
            del future, events, lost  # an exception in them may hold this frame: a cycle

    def _log_losses(
        self, parcel: Parcel, lost: BaseException | None, events: list[JobExecutionEvent]
    ) -> None:
        if lost is not None:
            self._logger.error('Job "%s" was lost on the way', parcel.job_id, exc_info=lost)
        for event in events:
            if isinstance(event.exception, UnsendableError):
                self._logger.error("%s", event.exception)

    def _forget(self, parcel: Parcel) -> None:
        with self._change:
            self._unfinished.discard(parcel)
            self._change.notify_all()
