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
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bgsched._refs import resolve
from bgsched._settings import CHECKS, approved_call, approved_text
from bgsched.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMAT = 1
_CLASS, _STATE, _PICKLE = "__bgsched_class__", "__bgsched_state__", "__bgsched_pickle__"


def text_of_jobs(jobs: Iterable[Job]) -> str:
    """
    Return jobs as one JSON object.

    Raises:
        ValueError: The callable of a job cannot be found by name.
        TypeError: An argument or the trigger of a job cannot be serialized.
    """
    # Each by itself, for the sake of the error message.
    texts = [_text_of(job) for job in jobs]
    return f'{{"version": {_FORMAT}, "jobs": [{", ".join(texts)}]}}'


def jobs_in_text(text: str) -> list[Job]:
    """
    Return the jobs that `text_of_jobs` wrote; from sources you trust only, for this can run code.

    Raises:
        ValueError: The text is something else, or one of its jobs cannot be made here.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ValueError(f"exported jobs were expected, but this is no JSON: {error}") from error
    version = document.get("version") if isinstance(document, dict) else None
    if version != _FORMAT:
        raise ValueError(f"exported jobs of format {_FORMAT} were expected, not {version!r}")
    states = document.get("jobs")
    if isinstance(states, list):
        return [_job_of(state) for state in states]
    raise ValueError(f"a list of exported jobs was expected, not {states!r}")


def _text_of(job: Job) -> str:
    try:
        return json.dumps(job.__getstate__(), default=_encode)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise TypeError(f"job {job.id!r} cannot be exported: {error}") from error


def _job_of(state: Any) -> Job:
    """
    Return a job, checked as if a user had given its settings.
    """
    try:
        state = _decoded(state)
        approved_call(state["func"], state["args"], state["kwargs"])
        approved_text("id", state["id"])
        job = Job.__new__(Job)
        job.__setstate__(state)
        job.change(**{name: state[name] for name in CHECKS})
        _check_moment(job.next_run_time)
    except Exception as error:
        name = state.get("id") if isinstance(state, dict) else state
        raise ValueError(
            f"job {name!r} cannot be imported ({error!r}); "
            "import only what export_jobs() of this release has written"
        ) from error
    return job


def _check_moment(value: object) -> None:
    if value is not None and (not isinstance(value, datetime) or value.utcoffset() is None):
        raise TypeError(f"next_run_time must be an aware datetime or None, not {value!r}")


def _encode(value: Any) -> dict[str, Any]:
    if hasattr(value, "__setstate__"):
        state = value.__getstate__()
        if isinstance(state, Mapping):
            class_ = type(value)
            return {_CLASS: f"{class_.__module__}:{class_.__qualname__}", _STATE: dict(state)}
    return {_PICKLE: b64encode(pickle.dumps(value)).decode("ascii")}


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: _decoded(item) for name, item in value.items()}
    if _PICKLE in found:
        return pickle.loads(b64decode(found[_PICKLE]))  # noqa: S301 - documented above
    if _CLASS in found:
        class_ = resolve(found[_CLASS])
        made = class_.__new__(class_)
        made.__setstate__(found[_STATE])
        return made
    return found
