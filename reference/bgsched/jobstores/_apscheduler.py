"""
Jobs that APScheduler 3 has stored, read without APScheduler.

Its stores pickle a dict, in which the trigger is an object of APScheduler's. Here such objects
become notes of their state, from which triggers of this library are made.
"""

from __future__ import annotations

import io
import pickle
from datetime import datetime
from typing import Any

from bgsched import _timezones
from bgsched._refs import resolve
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.date import DateTrigger
from bgsched.triggers.interval import IntervalTrigger

_PACKAGE = "apscheduler"
_POSITIONS = ("1st", "2nd", "3rd", "4th", "5th", "last")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def job_state(record: bytes) -> dict[str, Any]:
    """
    Return the state of the pickled job, as `Job.__setstate__` takes it. This can run code.

    Raises:
        ValueError: It is no job.
        UnpicklingError: It is no pickle, or holds other objects of APScheduler's than triggers.
        Exception: Whatever the classes of its arguments raise.
    """
    state = _Unpickler(io.BytesIO(record)).load()
    if not isinstance(state, dict) or "trigger" not in state:
        raise ValueError(f"the pickle holds a {type(state).__name__} instead of a job")
    trigger = state["trigger"]
    if isinstance(trigger, _Trigger):
        trigger = trigger.translated()
    return {**state, "trigger": trigger, "next_run_time": _renewed(state["next_run_time"])}


class _Note:
    """
    The state of an object of APScheduler's, as its attributes.
    """


class _Trigger:
    """
    The state of a trigger of APScheduler's.
    """

    name = ""

    def __setstate__(self, state: Any) -> None:
        # A tuple: release 3.0 left the state to the slots.
        self.state: dict[str, Any] = state[1] if isinstance(state, tuple) else state

    def translated(self) -> Any:
        """
        Return the trigger of this library that fires at the same times.
        """
        state = self.state
        if self.name == "DateTrigger":
            return DateTrigger(_renewed(state["run_date"]))
        if self.name in _COMBINED:
            members = []
            for reference, member_state in state["triggers"]:
                member = _trigger_class(reference.rpartition(":")[2])()
                member.__setstate__(member_state)
                members.append(member.translated())
            return resolve(_COMBINED[self.name])(members, state.get("jitter"))
        common = {
            "start_date": _renewed(state["start_date"]),
            "end_date": _renewed(state["end_date"]),
            "timezone": state["timezone"],
            "jitter": state.get("jitter"),
        }
        if self.name == "IntervalTrigger":
            step = state["interval"]
            seconds = step.seconds + step.microseconds / 1_000_000
            return IntervalTrigger(days=step.days, seconds=seconds, **common)
        if self.name == "CronTrigger":
            given = [field for field in state["fields"] if not field.is_default]
            fields: dict[str, Any] = {field.name: _field(field) for field in given}
            return CronTrigger(**fields, **common)
        names = ("years", "months", "weeks", "days", "hour", "minute", "second")
        values = (*state["interval"], *state["time"])
        calendar = resolve("bgsched.triggers.calendarinterval:CalendarIntervalTrigger")
        return calendar(**dict(zip(names, values, strict=True)), **common)


class _Unpickler(pickle.Unpickler):
    """
    An unpickler that makes notes in the place of APScheduler's objects.
    """

    def find_class(self, module: str, name: str) -> Any:
        """
        Return the class of this name.
        """
        if module.partition(".")[0] != _PACKAGE:
            return super().find_class(module, name)
        if name.endswith("Trigger"):
            return _trigger_class(name)
        if module.startswith("apscheduler.triggers.cron."):
            return type(name, (_Note,), {})
        raise pickle.UnpicklingError(
            f"the job needs {module}.{name}, which has no equal here; add the job anew"
        )


def _trigger_class(name: str) -> type[_Trigger]:
    if name not in _TRIGGERS:
        raise pickle.UnpicklingError(f"APScheduler's {name} has no equal here; add the job anew")
    return type(name, (_Trigger,), {"name": name})


def _field(field: Any) -> str:
    return ",".join(_expression(each) for each in field.expressions)


def _expression(note: Any) -> str:
    """
    Return the text of a part of a cron field. Months and weekdays of ranges go by number.
    """
    kind = type(note).__name__
    if kind == "LastDayOfMonthExpression":
        return "last"
    if kind == "WeekdayPositionExpression":
        return f"{_POSITIONS[note.option_num]} {_WEEKDAYS[note.weekday]}"
    text = "*"
    if kind != "AllExpression":
        text = str(note.first)
        if note.last is not None and (note.step or note.last != note.first):
            text += f"-{note.last}"
    return f"{text}/{note.step}" if note.step else text


def _renewed(moment: Any) -> Any:
    """
    Return a datetime with a standard time zone in the place of one of pytz.
    """
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(_timezones.as_timezone(moment.tzinfo))
    return moment


_COMBINED = {
    "AndTrigger": "bgsched.triggers.combining:AndTrigger",
    "OrTrigger": "bgsched.triggers.combining:OrTrigger",
}
_TRIGGERS = {
    "CalendarIntervalTrigger",
    "CronTrigger",
    "DateTrigger",
    "IntervalTrigger",
    *_COMBINED,
}
