"""
The cron trigger: as a crontab says (docs/spec/cron-trigger.md).

All triggers are asked directly; the expected answers are the oracle's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from bgsched_conformance.cron_oracle import FIELDS, MONTHS, ORDINALS, WEEKDAYS
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._cron_trigger_bounds import *  # noqa: F403 - the rest of the chapter
from bgsched_conformance.suite._cron_trigger_clocks import *  # noqa: F403 - and more of it
from bgsched_conformance.suite._cron_trigger_scenes import (
    NOON,
    Case,
    asked,
    asked_before,
    cron_class,
    expressions,
    lists,
    named,
    nows,
    ranges,
    refused,
    stepped_ranges,
    steps,
    values,
    values_of,
    with_one,
)

if TYPE_CHECKING:
    from bgsched_conformance.target import Target

_STEPPED = [name for name in FIELDS if name != "year"]  # where its steps begin is not documented
_DAY = timedelta(days=1)


def until(year: int) -> datetime:
    """
    Return the beginning of a year, for questions that reach further than most.
    """
    return datetime(year, 1, 1, tzinfo=UTC)


@clause("TC-1")
@example(moment=NOON, as_text=set(FIELDS), optional=set())
@given(
    moment=nows,
    as_text=st.sets(st.sampled_from(list(FIELDS))),
    optional=st.sets(st.sampled_from(["week", "day_of_week"])),
)
def test_all_fields_given_as_numbers_or_text_name_one_moment(
    target: Target, moment: datetime, as_text: set[str], optional: set[str]
) -> None:
    """
    A trigger whose fields are those of one moment fires at that moment, and never again.
    """
    fields = {
        name: str(value) if name in as_text else value
        for name, value in values_of(moment).items()
        if name not in optional
    }

    Case(fields, moment - 9 * _DAY, until=moment + 400 * _DAY).check(target)


@clause("TC-2")
@example(case=Case({"day": 1, "minute": 20}))
@example(case=Case({"month": 7}))
@example(case=Case({"week": 30}))
@example(case=Case({"day_of_week": 2}))
@given(case=asked_before(lambda _, value: st.just(value), most=3))
def test_omitted_fields_have_the_documented_defaults(target: Target, case: Case) -> None:
    """
    Above the least significant field given, omitted fields mean any value; below, the least one.
    """
    case.check(target)


@clause("TC-3")
def test_a_star_means_every_value(target: Target) -> None:
    """
    A star in a field fires at every value of it, whichever the field is.
    """
    for name in FIELDS:
        Case({name: "*"}).check(target)
        Case({name: "*", "second": 59}).check(target)


@clause("TC-4")
@example(case=Case({"hour": "*/5"}))
@example(case=Case({"day": "*/10"}))
@example(case=Case({"month": "*/5"}))
@given(case=with_one(_STEPPED, steps))
def test_steps_begin_at_the_least_value(target: Target, case: Case) -> None:
    """
    Any step in any field fires at the least value and at every so many from there.
    """
    case.check(target)


@clause("TC-5")
@example(case=Case({"day_of_week": "1-4"}))
@example(case=Case({"minute": "58-59"}))
@given(case=with_one(FIELDS, lambda name: ranges(name).map(lambda ab: f"{ab[0]}-{ab[1]}")))
def test_a_range_includes_both_ends(target: Target, case: Case) -> None:
    """
    Any range in any field fires at each of its values, both ends included.
    """
    case.check(target)


@clause("TC-5")
def test_a_range_that_runs_backwards_is_refused(target: Target) -> None:
    """
    A range whose first end is the greater one is an error; nothing wraps around.
    """
    for name, (low, high) in FIELDS.items():
        refused(target, name, f"{high}-{low}")
        refused(target, name, f"{low + 1}-{low}")


@clause("TC-6")
@example(case=Case({"hour": "3-9/3"}))
@example(case=Case({"minute": "0-30/10"}))
@given(case=with_one(FIELDS, stepped_ranges))
def test_a_range_with_steps_begins_at_its_first_value(target: Target, case: Case) -> None:
    """
    Any stepped range in any field fires at its first value and at every so many up to its last.
    """
    case.check(target)


@clause("TC-7")
def test_a_weekday_can_be_named_by_its_place_in_the_month(target: Target) -> None:
    """
    The first to fifth of a weekday in the month fires; a month without a fifth does not.
    """
    for ordinal in ORDINALS:
        for weekday in WEEKDAYS[::2]:
            Case({"day": f"{ordinal} {weekday}"}).check(target)


@clause("TC-8")
def test_the_last_of_a_weekday_fires(target: Target) -> None:
    """
    The last of any weekday in the month fires, be it the fourth or the fifth.
    """
    for weekday in WEEKDAYS:
        Case({"day": f"last {weekday}"}).check(target)


@clause("TC-9")
def test_the_last_day_of_the_month_fires(target: Target) -> None:
    """
    The last day of each month fires, in leap years too.
    """
    for month in range(12):
        Case({"day": "last"}, NOON + month * 30 * _DAY).check(target)
    Case({"month": 2, "day": "last"}, until=until(2030)).check(target)


@clause("TC-10")
@example(case=Case({"day": "1-5,last"}))
@example(case=Case({"day": "1st mon , 3rd mon"}))
@example(case=Case({"month": "6-8,11-12", "day": "3rd fri", "hour": "0-3"}))
@given(case=asked_before(lists, most=4))
def test_expressions_of_all_forms_combine_in_lists(target: Target, case: Case) -> None:
    """
    Any fields with lists of any expressions fire where each field has an expression that matches.
    """
    case.check(target)


@clause("TC-11")
@example(case=Case({"day_of_week": "mon-fri"}))
@example(case=Case({"month": "may-aug", "day": 15}))
@given(case=with_one(["month", "day_of_week"], named))
def test_ranges_may_be_of_names(target: Target, case: Case) -> None:
    """
    Any range of names of months or weekdays means what the numbers do.
    """
    case.check(target)


@clause("TC-11")
def test_each_name_means_its_number(target: Target) -> None:
    """
    Each of the twelve months and of the seven weekdays goes by its own name.
    """
    for name, names in (("month", MONTHS), ("day_of_week", WEEKDAYS)):
        for word in names:
            Case({name: word}).check(target)


@clause("TC-11")
def test_a_range_of_names_does_not_wrap_around(target: Target) -> None:
    """
    A range of names that runs over the end of the week or the year is an error.
    """
    refused(target, "day_of_week", "sat-mon")
    refused(target, "month", "nov-feb")


@clause("TC-11", informational=True)
def test_names_may_be_in_capitals(target: Target) -> None:
    """
    Names of months and weekdays may be written in upper case or with a capital.
    """
    for name, text in (("month", "JUN"), ("day_of_week", "Tue-Thu"), ("day", "2nd MON")):
        Case({name: text}).check(target)


@clause("TC-13")
def test_the_first_weekday_is_monday(target: Target) -> None:
    """
    The numbers of the weekdays go from 0, Monday, to 6, Sunday; there is no 7.
    """
    for number in range(7):
        Case({"day_of_week": number}).check(target)

    refused(target, "day_of_week", "7")


@clause("TC-14")
@example(case=Case({"week": 53, "day": 28}, until=until(2033)))
@example(case=Case({"week": 1, "day": 30}))
@given(case=asked(st.fixed_dictionaries({"week": values("week")})))
def test_weeks_are_those_of_iso_8601(target: Target, case: Case) -> None:
    """
    Any week number means the ISO week, which begins on a Monday; only long years have 53.
    """
    case.check(target)


@clause("TC-18")
@example(case=Case({"day": 13, "day_of_week": 4}))
@example(case=Case({"month": 2, "day": 29, "day_of_week": 3}, until=until(2030)))
@given(
    case=asked(
        st.fixed_dictionaries(
            {"day": values("day"), "day_of_week": values("day_of_week")},
            optional={"hour": expressions("hour")},
        )
    )
)
def test_a_day_must_match_every_field(target: Target, case: Case) -> None:
    """
    Any day of the month and day of the week must both match, and all other fields with them.
    """
    case.check(target)


@clause("TC-18", informational=True)
def test_a_day_must_match_both_fields_of_a_crontab_line(target: Target) -> None:
    """
    In a crontab line, too, day of the month and day of the week must both match.
    """
    trigger = cron_class(target).from_crontab("0 0 13 * fri", timezone="UTC")

    Case({"day": 13, "day_of_week": "fri"}).check_trigger(trigger)
