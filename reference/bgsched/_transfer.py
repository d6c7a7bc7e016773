"""
Jobs as JSON text, and back.

Objects that JSON does not know travel by their class and state where they have one, such as
triggers, and pickled otherwise. Unpickling runs code: whoever can write such a file can run code.
"""

from __future__ import annotations

import json
import pickle
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from bgsched._refs import resolve
from bgsched.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMAT = 1
_CLASS, _STATE, _PICKLE = "__bgsched_class__", "__bgsched_state__", "__bgsched_pickle__"


def write_jobs(jobs: Iterable[Job], outfile: TextIO) -> None:
    """
    Write jobs as one JSON object.

    Raises:
        ValueError: The callable of a job cannot be found by name.
    """
    document = {"version": _FORMAT, "jobs": [job.__getstate__() for job in jobs]}
    json.dump(document, outfile, default=_encode)


def read_jobs(infile: TextIO) -> list[Job]:
    """
    Read what `write_jobs` wrote; from sources you trust only, for this can run code.

    Raises:
        ValueError: The text is something else.
    """
    document = json.load(infile, object_hook=_decode)
    version = document.get("version") if isinstance(document, dict) else None
    if version != _FORMAT:
        raise ValueError(f"exported jobs of format {_FORMAT} were expected, not {version!r}")
    jobs = []
    for state in document["jobs"]:
        job = Job.__new__(Job)
        job.__setstate__(state)
        if not hasattr(job.trigger, "get_next_fire_time"):
            raise ValueError(
                f"job {job.id!r} has no usable trigger; import only what bgsched has exported"
            )
        jobs.append(job)
    return jobs


def _encode(value: Any) -> dict[str, Any]:
    if hasattr(value, "__setstate__"):
        state = value.__getstate__()
        if isinstance(state, Mapping):
            class_ = type(value)
            return {_CLASS: f"{class_.__module__}:{class_.__qualname__}", _STATE: dict(state)}
    return {_PICKLE: b64encode(pickle.dumps(value)).decode("ascii")}


def _decode(found: dict[str, Any]) -> Any:
    if _PICKLE in found:
        return pickle.loads(b64decode(found[_PICKLE]))  # noqa: S301 - documented above
    if _CLASS in found:
        class_ = resolve(found[_CLASS])
        value = class_.__new__(class_)
        value.__setstate__(found[_STATE])
        return value
    return found
