"""
A job: what to call, when and how, and the user's handle on it.
"""

from __future__ import annotations

from inspect import isclass, ismethod, isroutine
from os import urandom
from typing import TYPE_CHECKING, Any

from bgsched import _timezones
from bgsched._handle import JobHandle, JobOwner
from bgsched._refs import callable_name, reference_to, resolve
from bgsched._settings import (
    CALL_SETTINGS,
    CHECKS,
    Undefined,
    approved_bool,
    approved_call,
    approved_count,
    approved_grace,
    approved_text,
    names_left_open,
    undefined,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from bgsched._arguments import Moment, Trigger
    from bgsched._settings import Call

__all__ = ["Job", "JobOwner", "Undefined", "undefined"]


class Job(JobHandle):
    """
    The settings of a job and its place in the schedule.

    Made by `add_job`, never by the user. Before the job is really scheduled, options left open
    (``coalesce``, ``misfire_grace_time``, ``max_instances``, ``next_run_time``) are not set.

    Attributes:
        id: Unique in its job store; cannot be changed.
        name: A description for people.
        trigger: Computes the run times.
        executor: Alias of the executor that runs the job.
        call: The callable with its arguments, in one tuple, so that a worker never sees half an
            edit. The parts are not to be changed.
        left_open: Names of the options that will take their defaults when the job is really
            scheduled; they are not set until then.
        coalesce: Whether several run times that are due at once become one run.
        misfire_grace_time: How many seconds late a run may still begin; None for any.
        max_instances: How many runs of this job may be in progress at once.
        next_run_time: The next run time, aware; None while the job is paused.
    """

    __slots__ = (
        "_func_ref",
        "call",
        "coalesce",
        "executor",
        "left_open",
        "max_instances",
        "misfire_grace_time",
        "name",
        "next_run_time",
        "trigger",
    )

    _func_ref: str | None
    call: Call
    coalesce: bool
    executor: str
    left_open: tuple[str, ...]
    max_instances: int
    misfire_grace_time: int | None
    name: str
    next_run_time: datetime | None
    trigger: Trigger

    def __init__(
        self,
        scheduler: JobOwner,
        id: str | None,  # noqa: A002 - APScheduler's name
        func: Callable[..., Any] | str,
        args: Iterable[Any] | None,
        kwargs: Mapping[str, Any] | None,
        name: str | None,
        trigger: Trigger,
        executor: str,
        misfire_grace_time: int | Undefined | None,
        coalesce: bool | Undefined,
        max_instances: int | Undefined,
        next_run_time: Moment | Undefined | None,
    ) -> None:
        if id is not None and not isinstance(id, str):
            raise TypeError(f"id must be text, not {id!r}")
        self._scheduler = scheduler
        self._jobstore_alias = None
        self.id = id or urandom(16).hex()
        self.call = approved_call(
            func, () if args is None else args, {} if kwargs is None else kwargs
        )
        self._func_ref = func if isinstance(func, str) else None
        self.name = callable_name(self.call[0]) if name is None else approved_text("name", name)
        self.trigger = trigger
        self.executor = approved_text("executor", executor)
        # One by one, not in a loop over names: this is where the time of add_job goes.
        if misfire_grace_time is not undefined:
            self.misfire_grace_time = approved_grace(misfire_grace_time)
        if coalesce is not undefined:
            self.coalesce = approved_bool("coalesce", coalesce)
        if max_instances is not undefined:
            self.max_instances = approved_count(max_instances)
        if next_run_time is not undefined:
            self.next_run_time = _timezones.as_datetime(
                next_run_time, scheduler.timezone, "next_run_time"
            )
        self.left_open = names_left_open(
            (misfire_grace_time, coalesce, max_instances, next_run_time)
        )

    @property
    def func(self) -> Callable[..., Any]:
        """
        The callable.
        """
        return self.call[0]

    @property
    def args(self) -> tuple[Any, ...]:
        """
        The positional arguments it is called with.
        """
        return self.call[1]

    @property
    def kwargs(self) -> dict[str, Any]:
        """
        The keyword arguments it is called with; a copy, so use `modify` to change them.
        """
        return self.call[2].copy()

    @property
    def func_ref(self) -> str | None:
        """
        The textual reference of the callable; None if it cannot be reached by name.
        """
        if self._func_ref is not None:
            return self._func_ref
        try:
            return reference_to(self.func)
        except ValueError:
            return None

    def settle(self, defaults: Mapping[str, Any]) -> None:
        """
        Give the options left open their defaults; all but the next run time.
        """
        left_open = self.left_open
        if "misfire_grace_time" in left_open:
            self.misfire_grace_time = defaults["misfire_grace_time"]
        if "coalesce" in left_open:
            self.coalesce = defaults["coalesce"]
        if "max_instances" in left_open:
            self.max_instances = defaults["max_instances"]

    def leave_open(self, names: tuple[str, ...]) -> None:
        """
        Have these options take their defaults later, as if they had not been given.
        """
        for name in names:
            if hasattr(self, name):
                delattr(self, name)
        self.left_open += tuple(name for name in names if name not in self.left_open)

    def change(self, **changes: Any) -> None:
        """
        Change settings of this object only; for schedulers and job stores.

        All changes are made, or none if one is refused.

        Raises:
            TypeError: A value is of the wrong type.
            ValueError: The id was to be changed, or the arguments do not fit the callable.
            AttributeError: There is no such setting.
        """
        if "id" in changes:
            raise ValueError(f"the id of job {self.id!r} cannot be changed")
        approved: dict[str, Any] = {}
        for name, value in changes.items():
            check = CHECKS.get(name)
            if check is not None:
                approved[name] = check(value)
            elif name == "next_run_time":
                approved[name] = _timezones.as_datetime(value, self._owner.timezone, name)
            elif name not in CALL_SETTINGS:
                raise AttributeError(
                    f"a job has no setting {name!r} that could be changed; it has "
                    f"{', '.join([*sorted(CALL_SETTINGS), *CHECKS, 'next_run_time'])}"
                )
        if not CALL_SETTINGS.isdisjoint(changes):
            func, args, kwargs = self.call
            func = changes.get("func", self._func_ref or func)
            call = approved_call(func, changes.get("args", args), changes.get("kwargs", kwargs))
            approved["call"] = call
            approved["_func_ref"] = func if isinstance(func, str) else None
        for name, value in approved.items():
            setattr(self, name, value)
        if self.left_open:
            self.left_open = tuple(name for name in self.left_open if name not in approved)

    def __getstate__(self) -> dict[str, Any]:
        func_ref = self.func_ref
        if func_ref is None:
            raise ValueError(
                f"job {self.id!r} cannot be serialized: its callable {self.func!r} cannot be found "
                "by name; use a module-level function or give func as text 'module:name'"
            )
        func, args, kwargs = self.call
        if self._func_ref is None and not isclass(func):
            # The reference names the function in the class: its instance travels as an argument.
            if not isroutine(func):
                args = (func, *args)
            elif ismethod(func) and not isclass(func.__self__):
                args = (func.__self__, *args)
        return {
            "version": 1,
            "id": self.id,
            "func": func_ref,
            "trigger": self.trigger,
            "executor": self.executor,
            "args": args,
            "kwargs": kwargs,
            "name": self.name,
            "misfire_grace_time": self.misfire_grace_time,
            "coalesce": self.coalesce,
            "max_instances": self.max_instances,
            "next_run_time": self.next_run_time,
        }

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        if state.get("version", 1) > 1:
            raise ValueError(
                f"the job was saved in format {state['version']}; this release reads format 1"
            )
        self._scheduler = None
        self._jobstore_alias = None
        self._func_ref = state["func"]
        self.call = (resolve(state["func"]), tuple(state["args"]), dict(state["kwargs"]))
        self.left_open = ()
        for name in ("id", *CHECKS, "next_run_time"):
            setattr(self, name, state[name])

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, Job) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<Job (id={self.id} name={self.name})>"

    def __str__(self) -> str:
        if not hasattr(self, "next_run_time"):
            status = "pending"
        elif self.next_run_time is None:
            status = "paused"
        else:
            status = f"next run at: {self.next_run_time:%Y-%m-%d %H:%M:%S %Z}"
        return f"{self.name} (trigger: {self.trigger}, {status})"
