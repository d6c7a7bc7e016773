"""
What every trigger promises, and what the triggers that live in a time zone share.
"""

from __future__ import annotations

import copy
import random
from abc import ABC, abstractmethod
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bgsched import _timezones

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime, tzinfo

AnyTrigger = TypeVar("AnyTrigger")


class BaseTrigger(ABC):
    """
    Computes the run times of a job.

    A trigger keeps no record of its runs: the answer depends on its settings and on the arguments
    alone, jitter apart. Therefore it can be asked from any thread, and pickled.

    Two methods are optional, and spare the long way round. ``last_fire_time(not_before, now)``
    gives the latest run time up to *now*; a job that coalesces a long backlog asks for it, unless
    a subclass has overridden `get_next_fire_time` and not this one.
    ``fire_time_from(moment)`` gives the first run time that is not before *moment*, whatever ran
    before; a trigger that has it keeps to its own run times inside an `AndTrigger` or `OrTrigger`.

    .. versionadded:: 0.1
    """

    __slots__ = ()

    @abstractmethod
    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return the next time to fire at, aware; None if there is none.

        Args:
            previous_fire_time: The last time this method gave, aware; None before the first.
            now: The present moment, aware.
        """

    def anchor(self, now: datetime, timezone: tzinfo) -> None:  # noqa: B027 - optional by design
        """
        Settle what was left open when the trigger was built.

        The scheduler calls this when a job is really scheduled, which may be long after its
        trigger was built: a default start counts from *now* (START-7), and a trigger without a
        zone of its own takes *timezone* (TC-20). What is settled once stays so.

        It is called on a shallow copy, so that jobs may share a trigger. Give attributes new
        values; do not change what they hold.

        Args:
            now: The present moment, aware.
            timezone: The zone of the scheduler.
        """

    def __copy__(self) -> Self:
        return _twin(self)

    def _anchored_here(self, now: datetime) -> Self:
        """
        Return a copy anchored at *now* on this machine, for use without a scheduler.
        """
        anchored = copy.copy(self)
        anchored.anchor(now, getattr(self, "timezone", None) or _timezones.local_timezone())
        return anchored

    def _apply_jitter(
        self, next_fire_time: datetime | None, jitter: float | None, now: datetime
    ) -> datetime | None:
        """
        Return *next_fire_time* delayed at random.

        Args:
            next_fire_time: An aware datetime, or None, which is returned as it is.
            jitter: The longest delay, in seconds; None or zero for no delay.
            now: Not used; custom triggers written for APScheduler 3 pass it.
        """
        del now
        if next_fire_time is None or not jitter:
            return next_fire_time
        return (next_fire_time.astimezone(UTC) + random_delay(jitter)).astimezone(
            next_fire_time.tzinfo
        )


class ZonedTrigger(BaseTrigger):
    """
    A trigger with a time zone, a first and a last date, and jitter.

    Attributes:
        timezone: The zone of all run times; None as long as it is left to the scheduler.
        start_date: The first date, or None; naive as long as *timezone* is None and it came naive.
        end_date: The last date at which to fire, or None; naive in the same case.
        jitter: The longest random delay in seconds, or None.
    """

    # _ground is the zone to calculate in, where equal steps are equal durations: the trigger's own
    # if its offset is fixed, else UTC. _start and _end are the two dates in it.
    __slots__ = ("_end", "_ground", "_start", "end_date", "jitter", "start_date", "timezone")

    timezone: tzinfo | None
    start_date: datetime | None
    end_date: datetime | None
    jitter: float | None
    _ground: tzinfo
    _start: datetime | None
    _end: datetime | None

    def __init__(
        self,
        start_date: date | datetime | str | None,
        end_date: date | datetime | str | None,
        timezone: tzinfo | str | None,
        jitter: float | None,
    ) -> None:
        self.jitter = check_jitter(jitter)
        self.start_date = _timezones.read_datetime(start_date, "start_date")
        self.end_date = _timezones.read_datetime(end_date, "end_date")
        zone = timezone or _zone_of(start_date) or _zone_of(end_date)
        self._settle(_timezones.as_timezone(zone) if zone else None)

    def anchor(self, now: datetime, timezone: tzinfo) -> None:
        """
        Take the scheduler's *timezone*, unless the trigger has its own.
        """
        del now
        if self.timezone is None:
            self._settle(timezone)

    def _settle(self, zone: tzinfo | None) -> None:
        """
        Fix the zone, and with it the moments that naive dates mean.
        """
        self._ground = UTC
        self._start = self._end = None
        if zone is not None:
            if _timezones.is_fixed(zone):
                self._ground = zone
            if self.start_date is not None:
                self.start_date = _timezones.localise(self.start_date, zone)
                self._start = self.start_date.astimezone(self._ground)
            if self.end_date is not None:
                self.end_date = _timezones.localise(self.end_date, zone)
                self._end = self.end_date.astimezone(self._ground)
        # Last, because a thread that sees a zone takes all the rest for settled.
        self.timezone = zone

    def fire_time_from(self, moment: datetime) -> datetime | None:
        """
        Return the first run time that is not before *moment*, whatever ran before.
        """
        return self.get_next_fire_time(None, moment)

    def _backlog(self, not_before: datetime, now: datetime) -> tuple[datetime, datetime] | None:
        """
        Return where run times up to *now* may lie, from *not_before* on, in the ground zone.

        Returns:
            The first and the last moment; None if *not_before* is behind *now* or the end date.
        """
        first, limit = not_before.astimezone(self._ground), now.astimezone(self._ground)
        if self._end is not None:
            limit = min(limit, self._end)
        return None if first > limit else (first, limit)

    def _delayed(self, moment: datetime, jitter: float) -> datetime:
        """
        Return *moment*, given in the ground zone, with its jitter, but never beyond the end date.
        """
        delayed = moment + random_delay(jitter)
        return delayed if self._end is None else min(delayed, self._end)  # TC-25

    def _described(self) -> list[str]:
        """
        Return the settings that all these triggers show in their repr.
        """
        options = []
        if self.start_date is not None:
            options.append(f"start_date='{shown(self.start_date)}'")
        if self.end_date is not None:
            options.append(f"end_date='{shown(self.end_date)}'")
        if self.jitter:
            options.append(f"jitter={self.jitter}")
        if self.timezone is not None:
            options.append(f"timezone='{self.timezone}'")
        return options

    def __getstate__(self) -> dict[str, Any]:
        return {
            "version": 1,
            "timezone": self.timezone,
            "start_date": self.start_date,
            "end_date": self.end_date,
            "jitter": self.jitter,
        }

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        check_version(self, state)
        self.start_date = state["start_date"]
        self.end_date = state["end_date"]
        self.jitter = state["jitter"]
        self._settle(state["timezone"])


def _zone_of(value: object) -> tzinfo | None:
    """
    Return the zone that a datetime brings along; text with an offset brings none.
    """
    zone: tzinfo | None = getattr(value, "tzinfo", None)
    return zone


def anchored(trigger: AnyTrigger, now: datetime, timezone: tzinfo) -> AnyTrigger:
    """
    Return an anchored copy of a trigger; the trigger itself if it leaves nothing open.

    A copy, because others may share the trigger, and a start that fails must leave it as it was
    (START-15).
    """
    # Triggers written for APScheduler have no such method, and fixed their start when built.
    if getattr(trigger, "anchor", None) is None:
        return trigger
    if getattr(type(trigger), "anchor", None) is BaseTrigger.anchor:
        return trigger
    twin: Any = _twin(trigger)
    twin.anchor(now, timezone)
    copied: AnyTrigger = twin
    return copied


def _twin(trigger: AnyTrigger) -> AnyTrigger:
    """
    Return a shallow copy, with all attributes, whatever the class has to say about pickling.

    Derived classes may hold more than the inherited ``__getstate__`` gives; and one that passes
    on all attributes of another trigger has, by its looks, the ``__setstate__`` of that.
    """
    state = object.__getstate__(trigger)
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    twin = object.__new__(type(trigger))
    for name, value in {**(attributes or {}), **(slots or {})}.items():
        object.__setattr__(twin, name, value)
    return twin


def last_fire_time_of(
    trigger: object,
) -> Callable[[datetime, datetime], datetime | None] | None:
    """
    Return the method ``last_fire_time`` of a trigger; None if it has none that can be trusted.

    One that was inherited from behind an own ``get_next_fire_time`` knows nothing of that.
    """
    for names in (getattr(trigger, "__dict__", {}), *map(vars, type(trigger).__mro__)):
        if "last_fire_time" in names:
            break
        if "get_next_fire_time" in names:
            return None
    method: Callable[[datetime, datetime], datetime | None] | None
    method = getattr(trigger, "last_fire_time", None)
    return method


def check_jitter(jitter: float | None) -> float | None:
    """
    Return *jitter* as it is.

    Raises:
        TypeError: It is no number.
        ValueError: It is negative, or no run could be delayed by so much.
    """
    if jitter is None:
        return None
    if not isinstance(jitter, (int, float)):
        raise TypeError(f"jitter must be a number of seconds or None, not {jitter!r}")
    if jitter < 0:
        raise ValueError(f"jitter={jitter!r} is negative; a run can only be delayed")
    if not jitter <= timedelta.max.total_seconds():  # true of nan as well
        raise ValueError(f"jitter={jitter!r} is no delay that a run could have")
    return jitter


def random_delay(jitter: float) -> timedelta:
    """
    Return a duration between nothing and *jitter* seconds.
    """
    return timedelta(seconds=random.uniform(0, jitter))  # noqa: S311 - spreads load, keeps no secret


def check_version(trigger: BaseTrigger, state: Mapping[str, Any]) -> None:
    """
    Refuse the pickled *state* of a trigger that this release does not know.

    Raises:
        ValueError: The state was written by a newer release.
    """
    if state["version"] != 1:
        raise ValueError(
            f"the pickled {type(trigger).__name__} has version {state['version']!r}, "
            "but this release reads version 1 only; upgrade bgsched"
        )


def shown(moment: datetime) -> str:
    """
    Return *moment* as the reprs of triggers show it.
    """
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z").rstrip()
