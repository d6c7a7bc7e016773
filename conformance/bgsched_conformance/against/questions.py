"""
Questions put to a trigger of an implementation, asked directly: no thread, and no frozen clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bgsched_conformance import triggers
from bgsched_conformance.against.sight import in_utc
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.subject import written
from bgsched_conformance.suite import _cron_trigger_scenes as scenes
from bgsched_conformance.suite import calendar_interval_trigger as calendar

if TYPE_CHECKING:
    from bgsched_conformance.target import Target

_COUNT = 4


@dataclass(frozen=True)
class Question:
    """
    When does a trigger fire next, and then, and then?

    Attributes:
        alias: Type of the trigger.
        arguments: What ``add_job`` is given for it.
        now: The present when it is first asked, in UTC.
        until: What comes later than this is left open.
    """

    alias: str
    arguments: dict[str, Any]
    now: datetime
    until: datetime

    def __str__(self) -> str:
        return (
            f"{written((self.alias,), self.arguments)}; when does it fire after {self.now:%F %T}?"
        )

    def ask(self, target: Target) -> str:
        """
        Return the answers, in a line.
        """
        trigger = target.cls().add_job(_nothing, self.alias, **self.arguments).trigger
        # Whether it fires at the very moment of the question is left open: TC-26.
        times = [
            time
            for time in fire_times(trigger, self.now, _COUNT + 1)
            if time is not None and self.now < time <= self.until
        ]
        return ", ".join(map(in_utc, times[:_COUNT])) or "never"


@st.composite
def dates(draw: st.DrawFn) -> Question:
    """
    Ask a date trigger.
    """
    form = draw(st.sampled_from(("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")))
    arguments = {
        "run_date": draw(triggers.moments).strftime(form),
        "timezone": draw(triggers.zones),
    }
    return Question("date", arguments, calendar.BEFORE, _after(calendar.BEFORE, years=60))


@st.composite
def intervals(draw: st.DrawFn) -> Question:
    """
    Ask an interval trigger; where it begins of itself is a matter of the scheduler's start.
    """
    start, now = draw(triggers.moments), draw(triggers.moments)
    unit = draw(st.sampled_from(("seconds", "minutes", "hours", "days", "weeks")))
    arguments = {unit: draw(st.integers(1, 100)), "start_date": start}
    end = start + timedelta(seconds=draw(st.integers(0, 10_000_000)))
    arguments |= draw(st.sampled_from(({}, {"end_date": end})))
    arguments["timezone"] = draw(triggers.zones)
    return Question("interval", arguments, now, _after(now, years=60))


def _cron(case: scenes.Case) -> Question:
    until = case.until or _after(case.now, years=1)
    return Question("cron", case.fields | {"timezone": case.zone}, case.now, until)


@st.composite
def calendar_intervals(draw: st.DrawFn) -> Question:
    """
    Ask a calendar interval trigger.
    """
    arguments = {
        **draw(calendar.intervals),
        "start_date": f"{draw(calendar.dates)}",
        "hour": draw(st.integers(0, 23)),
        "timezone": draw(triggers.zones),
    }
    until = _after(calendar.BEFORE, years=60)
    return Question("calendarinterval", arguments, calendar.BEFORE, until)


def _after(now: datetime, *, years: int) -> datetime:
    return now + timedelta(days=366 * years)


def _nothing() -> None:
    pass


crons = scenes.asked_before(scenes.lists, most=4).map(_cron)
crons_at_clock_changes = st.one_of(scenes.touched(bool), scenes.dense(bool), scenes.spared()).map(
    _cron
)
