"""
Triggers made of triggers: at the times all agree on, or at those of any.

Run times are compared as moments, in UTC: two members may be in two time zones.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from bgsched.triggers.base import (
    BaseTrigger,
    anchored,
    check_jitter,
    check_version,
    last_fire_time_of,
    random_delay,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

LONGEST_SEARCH = 10_000
"""How many questions an `AndTrigger` asks its members before it takes them for never agreeing."""

# The moment, in UTC, and how the member wrote it.
_Found: TypeAlias = "tuple[datetime, datetime]"


class BaseCombiningTrigger(BaseTrigger):
    """
    What the triggers made of triggers have in common.

    Members that have run times of their own, which are all that come with this library, keep them
    in company: an interval counts from its own start, not from a run of another member or a
    `next_run_time` that the user chose. Any other trigger is told the previous run time of the
    whole, as if it had been its own.

    Attributes:
        triggers: The members.
        jitter: The longest random delay in seconds, or None. A run is never delayed beyond the
            next one. Members should have no jitter of their own: they would hardly ever agree.

    Args:
        triggers: The members, at least one.
        jitter: Delay each run at random by up to so many seconds.

    Raises:
        ValueError: There are no members, or *jitter* is negative.
        TypeError: A member is no trigger.

    .. versionadded:: 0.1
    """

    __slots__ = ("_anchored", "jitter", "triggers")

    triggers: list[BaseTrigger]
    jitter: float | None
    _anchored: bool

    def __init__(self, triggers: Iterable[BaseTrigger], jitter: float | None = None) -> None:
        self.triggers = list(triggers)
        if not self.triggers:
            raise ValueError(f"{type(self).__name__} needs at least one trigger, and got none")
        for trigger in self.triggers:
            if not callable(getattr(trigger, "get_next_fire_time", None)):
                raise TypeError(f"triggers must hold nothing but triggers, not {trigger!r}")
        self.jitter = check_jitter(jitter)
        self._anchored = False

    def anchor(self, now: datetime, timezone: tzinfo) -> None:
        """
        Settle what the members left open.
        """
        self.triggers = [anchored(trigger, now, timezone) for trigger in self.triggers]
        self._anchored = True

    def _anchored_here(self, now: datetime) -> Self:
        anchored = copy.copy(self)
        anchored.triggers = [_anchored_member(trigger, now) for trigger in self.triggers]
        anchored._anchored = True  # noqa: SLF001 - a copy of this very trigger
        return anchored

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return the first run time after *previous_fire_time*; without one, the first there is.

        Args:
            previous_fire_time: The last run time, aware; None before the first.
            now: The present moment, aware.
        """
        if not self._anchored:
            anchored = self._anchored_here(previous_fire_time or now)
            return BaseCombiningTrigger.get_next_fire_time(anchored, previous_fire_time, now)
        found = self._search(previous_fire_time, now)
        if found is None:
            return None
        moment, written = found
        if not self.jitter:
            return written
        delay = random_delay(self.jitter)
        following = self._search(written, now)
        if following is not None:
            # A run delayed beyond the next one would swallow it.
            delay = min(delay, following[0] - moment - datetime.resolution)
        return (moment + delay).astimezone(written.tzinfo)

    def fire_time_from(self, moment: datetime) -> datetime | None:
        """
        Return the first run time that is not before *moment*.
        """
        return self.get_next_fire_time(moment.astimezone(UTC) - datetime.resolution, moment)

    @abstractmethod
    def _search(self, previous: datetime | None, now: datetime) -> _Found | None:
        """
        Return the first run time after *previous*, without jitter.
        """

    def __getstate__(self) -> dict[str, Any]:
        return {
            "version": 1,
            "triggers": self.triggers,
            "jitter": self.jitter,
            "anchored": self._anchored,
        }

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        check_version(self, state)
        self.triggers = state["triggers"]
        self.jitter = state["jitter"]
        self._anchored = state["anchored"]

    def __repr__(self) -> str:
        jitter = f", jitter={self.jitter}" if self.jitter else ""
        return f"<{type(self).__name__}({self.triggers}{jitter})>"


class AndTrigger(BaseCombiningTrigger):
    """
    Fires at the times that all members agree on, to the microsecond.

    It is finished when any member is, or when the members do not agree in `LONGEST_SEARCH` answers.
    That bound is far off: a member that lags behind is asked for its first run time not before the
    latest one of the others, so every answer leads a whole run further.
    """

    __slots__ = ()

    def _search(self, previous: datetime | None, now: datetime) -> _Found | None:
        found = []
        for trigger in self.triggers:
            first = _first(trigger, previous, now)
            if first is None:
                return None  # TX-4
            found.append(first)
        questions = 0
        while questions < LONGEST_SEARCH:
            latest = max(found, key=_moment)[0]
            if latest == min(found, key=_moment)[0]:
                return found[0]
            for number, (moment, written) in enumerate(found):
                if moment < latest:
                    questions += 1
                    following = _follow(self.triggers[number], written, latest)
                    if following is None:
                        return None
                    found[number] = following
                    latest = max(latest, following[0])
        return None

    def __str__(self) -> str:
        return f"and[{', '.join(str(trigger) for trigger in self.triggers)}]"


class OrTrigger(BaseCombiningTrigger):
    """
    Fires at the times of every member; once where several fire together.

    It is finished when all members are.
    """

    __slots__ = ()

    def _search(self, previous: datetime | None, now: datetime) -> _Found | None:
        found = (_first(trigger, previous, now) for trigger in self.triggers)
        return min((first for first in found if first is not None), default=None, key=_moment)

    def last_fire_time(self, not_before: datetime, now: datetime) -> datetime | None:
        """
        Return the latest run time up to *now*; None if the members offer no short cut to it.

        Args:
            not_before: A run time of this trigger, aware; the search starts there.
            now: The present moment, aware.
        """
        if not self._anchored:
            return OrTrigger.last_fire_time(self._anchored_here(not_before), not_before, now)
        limit = now.astimezone(UTC)
        last = _found(not_before)
        for trigger in self.triggers:
            first = _first(trigger, not_before, now)
            if first is None or first[0] > limit:
                continue
            latest = last_fire_time_of(trigger)
            reached = None if latest is None else _found(latest(first[1], now))
            if reached is None or self.jitter:
                return None
            last = reached if last is None else max(last, reached, key=_moment)
        return None if last is None else last[1]

    def __str__(self) -> str:
        return f"or[{', '.join(str(trigger) for trigger in self.triggers)}]"


def _first(trigger: BaseTrigger, previous: datetime | None, now: datetime) -> _Found | None:
    """
    Ask a member for its first run time after *previous*, which may be that of another one.
    """
    if previous is None:
        return _found(trigger.get_next_fire_time(None, now))
    moment = previous.astimezone(UTC)
    from_ = getattr(trigger, "fire_time_from", None)
    if from_ is not None:
        return _found(from_(moment + datetime.resolution))
    found = _found(trigger.get_next_fire_time(previous, now))
    return None if found is None or found[0] <= moment else found


def _follow(trigger: BaseTrigger, reached: datetime, latest: datetime) -> _Found | None:
    """
    Ask a member that has *reached* a run time for a later one, if possible not before *latest*.
    """
    from_ = getattr(trigger, "fire_time_from", None)
    if from_ is not None:
        return _found(from_(latest))
    return _found(trigger.get_next_fire_time(reached, latest))


def _found(run_time: datetime | None) -> _Found | None:
    try:
        return None if run_time is None else (run_time.astimezone(UTC), run_time)
    except OverflowError:  # in UTC the calendar has ended
        return None


def _moment(found: _Found) -> datetime:
    return found[0]


def _anchored_member(trigger: BaseTrigger, now: datetime) -> BaseTrigger:
    """
    Return an anchored copy of a member; the member itself if it leaves nothing open.
    """
    if isinstance(trigger, BaseTrigger) and type(trigger).anchor is not BaseTrigger.anchor:
        return trigger._anchored_here(now)  # noqa: SLF001 - among triggers
    return trigger
