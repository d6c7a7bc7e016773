"""
The fire times of a trigger, asked for directly: no scheduler, no thread, no clock.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def fire_times(trigger: Any, now: datetime, count: int) -> list[datetime | None]:
    """
    Return the first fire times of *trigger*, at most *count*, as a scheduler would get them.

    Each question passes the last answer both as the previous fire time and as the present. A
    trigger that has come to its end answers None, which ends the list.

    Args:
        trigger: Of the implementation.
        now: The present at the first question, aware.
        count: How many to ask for.
    """
    return list(islice(_chain(trigger, now), count))


def _chain(trigger: Any, now: datetime) -> Iterator[datetime | None]:
    previous = None
    while True:
        following = trigger.get_next_fire_time(previous, now)
        yield following
        if following is None:
            return
        previous = now = following
