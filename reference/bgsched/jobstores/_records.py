"""
Jobs as the records of a job store, and back.

A record is JSON text, so that it can be read by people, and by other releases of Python and of this
library. Values that JSON cannot tell are pickled into it, and the record says so. Reading a record
can run code: whoever can write a job store can run code.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bgsched._settings import CHECKS
from bgsched.errors import UnserializableJobError
from bgsched.job import Job
from bgsched.jobstores import _apscheduler
from bgsched.jobstores._values import Writer, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
_TEXT = b"{"  # begins no pickle


def record_of(job: Job, protocol: int) -> bytes:
    """
    Return the record of a job.

    Args:
        job: The job; really scheduled, so that no option is left open.
        protocol: The pickle protocol for values that JSON cannot tell.

    Raises:
        ValueError: The job's callable cannot be found by name.
        UnserializableJobError: An argument or the trigger cannot be pickled.
    """
    writer = Writer(protocol)
    state = {}
    for name, value in job.__getstate__().items():
        try:
            try:
                state[name] = writer.plain(value)
            except RecursionError:  # a list that holds itself, which pickle knows how to tell
                state[name] = writer.opaque(value)
        except Exception as error:
            raise UnserializableJobError(job.id, name, error) from error
    record = {"bgsched": FORMAT, "pickled": writer.pickled, "job": state}
    return json.dumps(record, separators=(",", ":")).encode("ascii")


def job_in(record: bytes) -> Job:
    """
    Return the job of a record, which may also be one that APScheduler 3 wrote.

    Raises:
        ValueError: The record is damaged, or written by a newer release.
        LookupError: The job's callable, or a class it needs, is not there.
        Exception: Whatever the classes of pickled values raise.
    """
    state = _read(record) if record.startswith(_TEXT) else _apscheduler.job_state(record)
    _check(state)
    job = Job.__new__(Job)
    job.__setstate__(state)
    return job


def _read(record: bytes) -> dict[str, Any]:
    document = json.loads(record)
    if document.get("bgsched") != FORMAT:
        raise ValueError(
            f"the record has format {document.get('bgsched')!r}, but this release reads "
            f"format {FORMAT}; upgrade bgsched"
        )
    return {name: value_of(plain) for name, plain in document["job"].items()}


def _check(state: Mapping[str, Any]) -> None:
    """
    Refuse what a pass would stumble over.
    """
    for name, check in CHECKS.items():
        check(state[name])
    moment = state["next_run_time"]
    if moment is not None and not (isinstance(moment, datetime) and moment.tzinfo):
        raise ValueError(f"next_run_time={moment!r} is no datetime with a time zone")
