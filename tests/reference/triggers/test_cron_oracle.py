"""
The cron trigger against the oracle of the kit, with more effort than the kit itself makes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgsched.triggers.cron import CronTrigger
from bgsched_conformance.clock_changes import ZONES, Change, changes
from bgsched_conformance.cron_oracle import FIELDS, Schedule
from bgsched_conformance.suite._cron_trigger_scenes import (
    Case,
    asked_around,
    asked_before,
    dense,
    expressions,
    jumps,
    lists,
    nows,
    spared,
    touched,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def check(case: Case) -> None:
    """
    Hold the trigger to the oracle, and its short cut over a backlog to where the walk leads.
    """
    trigger = CronTrigger(**case.fields, timezone=case.place)
    case.check_trigger(trigger)

    begun = trigger.get_next_fire_time(case.now, case.now)
    until = case.until or case.now + 500 * DAY
    for moment in Schedule(case.fields).first(4, case.place, case.now, until):
        assert begun is not None
        last = trigger.last_fire_time(begun, moment)
        assert last is not None
        assert moment == last.astimezone(UTC)


def anywhere(change: Change) -> bool:
    """
    Accept every jump.
    """
    return bool(change.jump)


@st.composite
def lists_around_a_jump(draw: st.DrawFn) -> Case:
    """
    Give the question about fields of all forms that match near a jump.
    """
    change = draw(jumps(anywhere))
    wall = change.wall + draw(st.integers(-150, 150)) * MINUTE
    values = {name: getattr(wall, name) for name in ("month", "day", "hour", "minute")}
    values["day_of_week"] = wall.weekday()
    names = draw(st.sets(st.sampled_from(list(values)), min_size=1))
    fields: dict[str, Any] = {name: draw(lists(name, values[name])) for name in names}
    if draw(st.booleans()):
        fields["second"] = draw(expressions("second"))
    return draw(asked_around(change, fields))


@settings(max_examples=300, deadline=None)
@given(case=touched(anywhere))
def test_skipped_and_repeated_wall_times(case: Case) -> None:
    """
    A wall time fires as often as the clock of any zone shows it.
    """
    check(case)


@settings(max_examples=150, deadline=None)
@given(case=spared())
def test_wall_times_around_a_skip(case: Case) -> None:
    """
    Nothing else is lost when the clock is put forward.
    """
    check(case)


@settings(max_examples=150, deadline=None)
@given(case=dense(anywhere))
def test_every_so_many_minutes_over_a_jump(case: Case) -> None:
    """
    Every so many minutes follow the clock over any jump.
    """
    check(case)


@settings(max_examples=300, deadline=None)
@given(case=lists_around_a_jump())
def test_lists_of_all_forms_around_a_jump(case: Case) -> None:
    """
    Expressions of all forms match what the clock shows around any jump.
    """
    check(case)


@settings(max_examples=200, deadline=None)
@given(case=asked_before(lists, most=8), zone=st.sampled_from(ZONES))
def test_lists_of_all_forms_in_any_zone(case: Case, zone: str) -> None:
    """
    Expressions of all forms match, in any zone and at any time of the year.
    """
    check(case._replace(zone=zone))


@settings(max_examples=100, deadline=None)
@given(
    fields=st.fixed_dictionaries(
        {}, optional={name: expressions(name) for name in FIELDS if name != "year"}
    ).filter(bool),
    now=nows,
)
def test_fields_that_may_never_match(fields: dict[str, Any], now: datetime) -> None:
    """
    Fields that have nothing to do with each other match when the oracle says, if at all.
    """
    check(Case(fields, now))


@pytest.mark.parametrize("zone", ZONES)
def test_jumps_of_all_decades(zone: str) -> None:
    """
    Every half hour, and a daily run in the midst of the jump, over every fifth jump of each zone.
    """
    half_hours = CronTrigger(minute="*/30", timezone=changes(zone)[0].zone)
    for change in changes(zone)[::5]:
        begin, end = change.moment - 150 * MINUTE, change.moment + 150 * MINUTE
        middle = change.wall + change.jump / 2
        daily: dict[str, Any] = {"hour": middle.hour, "minute": middle.minute}
        for fields, trigger, first, last in (
            ({"minute": "*/30"}, half_hours, begin, end),
            (daily, CronTrigger(**daily, timezone=change.zone), begin - DAY, end + DAY),
        ):
            expected = list(Schedule(fields).fire_times(change.zone, first, last))
            found = []
            moment = trigger.get_next_fire_time(first, first)
            while moment is not None and moment <= last:
                found.append(moment)
                moment = trigger.get_next_fire_time(moment, moment)
            assert expected == [moment.astimezone(last.tzinfo) for moment in found]
