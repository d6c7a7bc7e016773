"""
The cron trigger's edges: what is refused, first and last dates, jitter, crontab lines.

The other parts of the chapter are `cron_trigger`, which takes these tests in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from bgsched_conformance.calls import raises
from bgsched_conformance.cron_oracle import FIELDS
from bgsched_conformance.findings import Broken
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._cron_trigger_scenes import (
    NOON,
    Case,
    cron_class,
    expressions,
    instant,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.target import Target

_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@clause("TC-12")
def test_steps_of_a_named_range_are_kept_or_refused(target: Target) -> None:
    """
    A range of names with steps fires at its steps, or is an error; the steps are never dropped.
    """
    for name, text in (
        ("day_of_week", "mon-fri/2"),
        ("day_of_week", "tue-sun/3"),
        ("month", "jan-jun/3"),
        ("month", "feb-dec/2"),
    ):
        try:
            trigger = cron_class(target)(**{name: text}, timezone="UTC")
        except ValueError:
            continue
        Case({name: text}).check_trigger(trigger)


@clause("TC-12")
def test_text_behind_an_expression_is_refused(target: Target) -> None:
    """
    An expression that is followed by something else is an error; the rest is never dropped.
    """
    for name, text in (("day", "lastfoo"), ("day", "3rd fri foo"), ("hour", "3 foo")):
        refused(target, name, text)


@clause("TC-15")
def test_values_above_the_range_of_a_field_are_refused(target: Target) -> None:
    """
    A value above the greatest of its field raises ValueError, alone and as the end of a range.
    """
    for name, (low, high) in FIELDS.items():
        for value in (high + 1, high + 2, 10 * high, 10**6):
            for written in (value, str(value), f"{low + 1}-{value}"):
                refused(target, name, written, "ValueError")


@clause("TC-15")
def test_zero_is_no_month_day_or_week(target: Target) -> None:
    """
    A value below the least of its field raises ValueError.
    """
    for name in ("month", "day", "week"):
        refused(target, name, 0, "ValueError")


@clause("TC-15")
def test_steps_of_nothing_or_over_everything_are_refused(target: Target) -> None:
    """
    A step of zero, or one longer than its field has values, raises ValueError.
    """
    for name, (low, high) in FIELDS.items():
        if name == "year":  # how many years there are is not documented
            continue
        for step in (0, high - low + 2, 10**6):
            refused(target, name, f"*/{step}", "ValueError")
            refused(target, name, f"{low}-{high}/{step}", "ValueError")


@clause("TC-15")
def test_unknown_text_is_refused(target: Target) -> None:
    """
    Text in no documented form raises ValueError, in any field.
    """
    for name in FIELDS:
        for text in ("foo", "!", "1,,2", "a-b", "6th fri", "3rd foo", "*/x", "-", "1:2"):
            refused(target, name, text, "ValueError")


_bounds: dict[str, Callable[[datetime], Any]] = {
    "aware": lambda moment: moment,
    "aware elsewhere": lambda moment: moment.astimezone(),
    "naive": lambda moment: moment.replace(tzinfo=None),
    "text": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}",
}


@clause("TC-16")
@example(form="naive", skip=0, keep=2, inside=True)
@given(
    form=st.sampled_from(list(_bounds)),
    skip=st.integers(0, 5),
    keep=st.integers(0, 5),
    inside=st.booleans(),
)
def test_the_first_and_the_last_date_are_included(
    target: Target, form: str, skip: int, keep: int, inside: bool
) -> None:
    """
    Fire times from `start_date` to `end_date` fire, those at the very dates too, and no others.
    """
    first = NOON.replace(second=0) + (skip + 1) * _DAY
    kept = [first + number * _DAY for number in range(keep + 1)]
    margin = 0 * _SECOND if inside else _SECOND
    start, end = kept[0] + margin, kept[-1] - margin
    if end < start:
        start = end = kept[0] + margin
    expected = [noon for noon in kept if start <= noon <= end]

    trigger = cron_class(target)(
        hour=12, start_date=_bounds[form](start), end_date=_bounds[form](end), timezone="UTC"
    )

    assert [*expected, None] == in_utc(fire_times(trigger, NOON, len(expected) + 1))


@clause("TC-16")
def test_a_date_without_time_means_its_midnight(target: Target) -> None:
    """
    An `end_date` that is a date, or the text of one, ends the schedule as that day begins.
    """
    for end in (date(2024, 6, 7), "2024-06-07"):
        morning = cron_class(target)(
            day_of_week="mon-fri", hour=5, minute=30, end_date=end, timezone="UTC"
        )
        midnight = cron_class(target)(hour=0, start_date=end, end_date=end, timezone="UTC")

        sixth, seventh = datetime(2024, 6, 6, 5, 30, tzinfo=UTC), datetime(2024, 6, 7, tzinfo=UTC)
        assert [sixth, None] == in_utc(fire_times(morning, NOON, 2))
        assert [seventh, None] == in_utc(fire_times(midnight, NOON, 2))


@clause("TC-16")
def test_a_schedule_whose_time_is_over_never_fires(target: Target) -> None:
    """
    With an `end_date` that is past there is no fire time, whatever the fields.
    """
    for fields in ({"second": "*"}, {"hour": 12}, {"day": "last"}, {"year": 2025}):
        trigger = cron_class(target)(**fields, end_date=NOON - _DAY, timezone="UTC")
        assert [None] == fire_times(trigger, NOON, 1)


@clause("TC-17")
def test_fields_that_never_match_have_no_fire_time(target: Target) -> None:
    """
    Dates that no year has lead to no fire time, and not to an endless search.
    """
    for fields in (
        {"month": 2, "day": 30},
        {"year": "2025-2040", "month": "4,6,9,11", "day": 31},
        {"year": "2025-2040", "month": 6, "week": 53},
        {"year": 2023},
        {"year": "1999-2020", "month": 12, "day": 31},
    ):
        trigger = cron_class(target)(**fields, timezone="UTC")
        assert [None] == fire_times(trigger, NOON, 1), fields


@clause("TC-19")
@example(line={"minute": "0", "hour": "0", "day": "1-15", "month": "may-aug", "day_of_week": "*"})
@example(line={"minute": "0", "hour": "0", "day": "*", "month": "*", "day_of_week": "0"})
@example(line={"minute": "5", "hour": "4", "day": "3", "month": "2", "day_of_week": "*"})
@given(
    line=st.fixed_dictionaries(
        {name: expressions(name) for name in ("minute", "hour", "month")}
        | {"day": st.integers(1, 28).map(str), "day_of_week": st.just("*")}
    )
)
def test_a_crontab_line_has_five_fields_in_crontab_order(
    target: Target, line: dict[str, str]
) -> None:
    """
    `from_crontab` reads minute, hour, day, month and weekday, where 0 is Monday.
    """
    order = ("minute", "hour", "day", "month", "day_of_week")
    trigger = cron_class(target).from_crontab(
        " ".join(line[name] for name in order), timezone="UTC"
    )

    Case(line).check_trigger(trigger)


@clause("TC-19")
def test_a_crontab_line_of_other_length_is_refused(target: Target) -> None:
    """
    `from_crontab` raises ValueError for any number of fields but five.
    """
    for count in (0, 1, 4, 6, 7):
        with raises("ValueError"):
            cron_class(target).from_crontab(" ".join("*" * count))


@clause("TC-24")
def test_jitter_moves_a_fire_time_by_no_more_than_it_says(target: Target) -> None:
    """
    With `jitter`, the first fire time is at most so many seconds away from that without.
    """
    exact = NOON.replace(hour=15, second=0)
    for jitter in (1, 120, 5000):
        trigger = cron_class(target)(hour=15, jitter=jitter, timezone="UTC")
        for _ in range(30):
            moved = first_time(trigger, NOON)
            if abs(moved - exact) > jitter * _SECOND:
                raise Broken(f"a time within {jitter} s of {exact}", f"{moved}")


@clause("TC-25")
def test_jitter_goes_not_beyond_the_end(target: Target) -> None:
    """
    However great the jitter, no fire time is later than `end_date`.
    """
    for room in (0, 1, 100):
        end = NOON.replace(hour=15, second=0) + room * _SECOND
        trigger = cron_class(target)(hour=15, jitter=5000, end_date=end, timezone="UTC")
        for _ in range(30):
            (moved,) = fire_times(trigger, NOON, 1)
            if moved is not None and instant(moved) > end:
                raise Broken(f"no time after {end}", f"{moved}")


@clause("TC-26")
def test_a_fraction_of_a_second_is_rounded_up(target: Target) -> None:
    """
    Asked within a second, a trigger of every second fires at the next whole one.
    """
    trigger = cron_class(target)(second="*", timezone="UTC")

    for fraction in (1, 5, 499_999, 500_000, 999_999):
        asked = fire_times(trigger, NOON + fraction * _MICROSECOND, 2)
        assert [NOON + _SECOND, NOON + 2 * _SECOND] == in_utc(asked)


@clause("TC-26")
def test_a_second_that_has_begun_is_past(target: Target) -> None:
    """
    Asked a fraction of a second after its time, a daily trigger fires on the next day.
    """
    trigger = cron_class(target)(hour=12, minute=0, second=17, timezone="UTC")

    for fraction in (1, 500_000, 999_999):
        assert NOON + _DAY == first_time(trigger, NOON + fraction * _MICROSECOND)


@clause("TC-26", informational=True)
def test_a_present_that_matches_is_a_fire_time(target: Target) -> None:
    """
    Asked at the very moment that matches, a trigger without previous fire time answers it.
    """
    trigger = cron_class(target)(hour=12, minute=0, second=17, timezone="UTC")

    assert first_time(trigger, NOON) == NOON


@clause("TC-27")
def test_an_unknown_field_is_refused(target: Target) -> None:
    """
    A field that does not exist, such as `hours`, raises TypeError.
    """
    for name in ("hours", "minutes", "days", "weeks", "weekday", "at"):
        with raises("TypeError"):
            cron_class(target)(**{name: 1}, timezone="UTC")


def in_utc(answers: list[datetime | None]) -> list[datetime | None]:
    """
    Return in UTC what a trigger answered.
    """
    return [None if answer is None else instant(answer) for answer in answers]


def first_time(trigger: Any, now: datetime) -> datetime:
    """
    Return in UTC the first fire time of a trigger that has one.
    """
    (answer,) = fire_times(trigger, now, 1)
    if answer is None:
        raise Broken("a fire time", "None")
    return instant(answer)
