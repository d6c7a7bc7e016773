"""
A hand-over that can leave the process, and what comes back.

A process pool of the standard library loses a process over an argument that can be pickled but not
unpickled, and breaks altogether over such a result. So what belongs to users travels as bytes,
which are opened where a failure costs nothing but the run it belongs to.
"""

from __future__ import annotations

import os
import pickle
import threading
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple

from bgsched._run import failed_runs, run_job
from bgsched.errors import UnsendableError
from bgsched.events import EVENT_JOB_ERROR, JobExecutionEvent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bgsched.job import Job


class Parcel:
    """
    One hand-over of a job, as a callable for any `concurrent.futures` executor.

    Called in this process, it runs the job and returns the events. An executor that sends it to
    another process pickles it, which makes it a `PackedParcel`; only then must the job be such as
    can be pickled.

    Args:
        job: The job to run.
        run_times: The run times, earliest first.
        logger_name: Name of the executor's logger.

    Attributes:
        job_id: The id of the job.
        thread: Ident of the thread of this process that runs the job or announces its end, if any.
    """

    def __init__(self, job: Job, run_times: list[datetime], logger_name: str) -> None:
        self._job = job
        self._jobstore = job.jobstore
        self._run_times = run_times
        self._logger_name = logger_name
        # Dask takes two calls that look the same for one, and runs it once.
        self._nonce = os.urandom(8)
        self.__name__ = job.name  # what Dask shows
        self.job_id = job.id
        self.thread: int | None = None

    def __call__(self) -> list[JobExecutionEvent]:
        """
        Run the job in this process.
        """
        self.thread = threading.get_ident()
        return run_job(self._job, self._jobstore, self._run_times, self._logger_name)

    def __reduce__(self) -> tuple[type[PackedParcel], tuple[str, bytes, int, bytes]]:
        contents = (self._job, self._jobstore, self._run_times, self._logger_name)
        packed = pickle.dumps(contents)
        return PackedParcel, (self.job_id, packed, len(self._run_times), self._nonce)

    def events(self, answer: Iterable[JobExecutionEvent | Outcome]) -> list[JobExecutionEvent]:
        """
        Return the events, given what the call returned, here or elsewhere.
        """
        return [
            each if isinstance(each, JobExecutionEvent) else self._unpacked(each, run_time)
            for each, run_time in zip(answer, self._run_times, strict=True)
        ]

    def lost(self, error: BaseException) -> list[JobExecutionEvent]:
        """
        Return the events of a call that never arrived, or whose answer did not.
        """
        return failed_runs(self._job, self._jobstore, self._run_times, error)

    def _unpacked(self, outcome: Outcome, run_time: datetime) -> JobExecutionEvent:
        code = outcome.code
        try:
            value = pickle.loads(outcome.contents)  # noqa: S301 - from our own worker
        except BaseException as error:  # noqa: BLE001 - unpickling runs code of the user's classes
            code = EVENT_JOB_ERROR
            value = UnsendableError(self.job_id, outcome.described, _in_words(error))
        event = JobExecutionEvent(code, self.job_id, self._jobstore, run_time)
        event.traceback = outcome.traceback
        if code == EVENT_JOB_ERROR:
            event.exception = value
        else:
            event.retval = value
        return event


class PackedParcel:
    """
    A parcel under way, and in the process where it is called. The call never raises.

    Args:
        job_id: The id of the job.
        contents: Pickled: the job, the alias of its store, the run times, the name of the logger.
        count: The number of run times.
        nonce: Unlike that of any other parcel.
    """

    def __init__(self, job_id: str, contents: bytes, count: int, nonce: bytes) -> None:
        self._job_id = job_id
        self._contents = contents
        self._count = count
        self._nonce = nonce

    def __call__(self) -> list[Outcome]:
        """
        Unpack the job, run it and pack what became of each run.
        """
        try:
            events = run_job(*pickle.loads(self._contents))  # noqa: S301 - from our own scheduler
        except BaseException as error:  # noqa: BLE001 - unpickling runs code of the user's classes
            text = "".join(traceback.format_tb(error.__traceback__))
            return [self._packed(EVENT_JOB_ERROR, error, text)] * self._count
        return [
            self._packed(
                event.code,
                event.retval if event.exception is None else event.exception,
                event.traceback,
            )
            for event in events
        ]

    def _packed(self, code: int, value: Any, text: str | None) -> Outcome:
        described = (
            f"raised {_in_words(value)}"
            if code == EVENT_JOB_ERROR
            else f"returned an object of type {type(value).__qualname__}"
        )
        try:
            contents = pickle.dumps(value)
        except BaseException as error:  # noqa: BLE001 - as above
            code = EVENT_JOB_ERROR
            contents = pickle.dumps(UnsendableError(self._job_id, described, _in_words(error)))
        return Outcome(code, contents, described, text)


class Outcome(NamedTuple):
    """
    What became of one run, on its way back.
    """

    code: int
    """The code of the event."""
    contents: bytes
    """What the job returned or raised, pickled."""
    described: str
    """The same in words, for the case that it cannot be unpickled."""
    traceback: str | None
    """Of what the job raised."""


def _in_words(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()
