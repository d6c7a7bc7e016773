"""
Events and who hears of them.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from bgsched._listeners import ListenerTable
from bgsched.events import (
    EVENT_JOB_ADDED,
    EVENT_JOB_EXECUTED,
    EVENT_SCHEDULER_STARTED,
    JobEvent,
    JobExecutionEvent,
    JobSubmissionEvent,
    SchedulerEvent,
)


@pytest.fixture
def table() -> ListenerTable:
    """
    An empty table.
    """
    return ListenerTable(logging.getLogger("test"))


def test_only_matching_codes_are_heard(table: ListenerTable) -> None:
    """
    The mask of a listener selects; a mask of zero selects nothing.
    """
    heard: list[int] = []
    table.add(lambda event: heard.append(event.code), EVENT_JOB_ADDED | EVENT_JOB_EXECUTED)
    table.add(lambda _: heard.append(-1), 0)

    for code in (EVENT_SCHEDULER_STARTED, EVENT_JOB_ADDED, EVENT_JOB_EXECUTED):
        table.dispatch(SchedulerEvent(code))

    assert [EVENT_JOB_ADDED, EVENT_JOB_EXECUTED] == heard
    assert EVENT_JOB_ADDED | EVENT_JOB_EXECUTED == table.mask


@pytest.mark.parametrize(("callback", "mask"), [(None, EVENT_JOB_ADDED), (print, None)])
def test_an_unfit_listener_is_not_added(table: ListenerTable, callback: Any, mask: Any) -> None:
    """
    What cannot be called, or selected by its mask, is refused, and the others still hear.
    """
    heard: list[SchedulerEvent] = []
    table.add(heard.append, EVENT_JOB_ADDED)

    with pytest.raises(TypeError, match="not None"):
        table.add(callback, mask)

    table.dispatch(SchedulerEvent(EVENT_JOB_ADDED))
    assert 1 == len(heard)


def test_removal_removes_all_of_a_listener(table: ListenerTable) -> None:
    """
    However often it was added, a removed listener hears nothing; bound methods compare equal.
    """
    heard: list[SchedulerEvent] = []
    for _ in range(3):
        table.add(heard.append, EVENT_JOB_ADDED)

    table.remove(heard.append)
    table.remove(print)
    table.dispatch(SchedulerEvent(EVENT_JOB_ADDED))

    assert ([], 0) == (heard, table.mask)


def test_a_listener_may_remove_itself(table: ListenerTable) -> None:
    """
    A change during the telling counts for the next event.
    """
    heard: list[str] = []

    def once(_: SchedulerEvent) -> None:
        heard.append("once")
        table.remove(once)

    table.add(once, EVENT_JOB_ADDED)
    table.add(lambda _: heard.append("always"), EVENT_JOB_ADDED)

    for _ in range(2):
        table.dispatch(SchedulerEvent(EVENT_JOB_ADDED))

    assert ["once", "always", "always"] == heard


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (SchedulerEvent(1, "x"), "<SchedulerEvent (code=1)>"),
        (JobEvent(512, "x", "default"), "<JobEvent (code=512, job_id='x')>"),
        (JobSubmissionEvent(1, "x", "y", []), "<JobSubmissionEvent (code=1, job_id='x')>"),
        (
            JobExecutionEvent(1, "x", "y", datetime(2030, 1, 1, tzinfo=UTC)),
            "<JobExecutionEvent (code=1, job_id='x')>",
        ),
    ],
)
def test_the_repr_names_the_class(event: SchedulerEvent, text: str) -> None:
    """
    An event shows what it is (fault 12).
    """
    assert text == repr(event)
