"""
Which runs are due, and what comes next: laws of a pure function.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgsched._plan import LONGEST_WALK, StuckTriggerError, TriggerExitError, first_run_time, plan
from bgsched.triggers.combining import OrTrigger
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.date import DateTrigger
from bgsched.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from tests.reference.conftest import Background

START = datetime(2030, 1, 1, tzinfo=UTC)


class Steps:
    """
    A trigger that offers no short cut, and counts how often it is asked.
    """

    def __init__(self, seconds: float) -> None:
        self.step = timedelta(seconds=seconds)
        self.asked = 0

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """
        Return the next step.
        """
        self.asked += 1
        return now if previous is None else previous + self.step


def job(trigger: Any, due: datetime = START, *, coalesce: bool = True) -> Any:
    """
    Return what a plan needs of a job.
    """
    return SimpleNamespace(id="x", trigger=trigger, next_run_time=due, coalesce=coalesce)


class Planned(NamedTuple):
    """
    A plan, its parts with names.
    """

    run_times: list[datetime]
    next_run_time: datetime | None
    failure: Exception | None


def planned_for(job: Any, now: datetime) -> Planned:
    """
    Return what is planned for a job at this moment.
    """
    return Planned(*plan(job, now, now.timestamp()))


@given(step=st.integers(1, 1000), late=st.integers(0, 50_000), coalesce=st.booleans())
def test_runs_are_the_due_part_of_the_grid(step: int, late: int, coalesce: bool) -> None:
    """
    All due steps are run, or the last of them, and the next one is the first not due.
    """
    now = START + timedelta(seconds=late)
    trigger = IntervalTrigger(seconds=step, start_date=START)

    planned = planned_for(job(trigger, coalesce=coalesce), now)

    due = [START + timedelta(seconds=step * n) for n in range(late // step + 1)]
    assert (due[-1:] if coalesce else due) == planned.run_times
    assert due[-1] + timedelta(seconds=step) == planned.next_run_time


@given(step=st.integers(1, 1000), late=st.integers(0, 50_000))
def test_a_trigger_without_short_cut_gives_the_same(step: int, late: int) -> None:
    """
    last_fire_time() changes the price, not the plan, unless the backlog is long.
    """
    now = START + timedelta(seconds=min(late, step * LONGEST_WALK))

    quick = planned_for(job(IntervalTrigger(seconds=step, start_date=START)), now)
    slow = planned_for(job(Steps(step)), now)

    assert quick == slow


def test_a_huge_backlog_costs_nothing_with_a_short_cut() -> None:
    """
    Forty days of seconds are rolled into one run at once (fault 49).
    """
    now = START + timedelta(days=40)

    planned = planned_for(job(IntervalTrigger(seconds=1, start_date=START)), now)

    assert ([now], now + timedelta(seconds=1), None) == planned


@pytest.mark.parametrize(
    "trigger",
    [
        CronTrigger(minute="*", timezone="Europe/Berlin"),
        OrTrigger([CronTrigger(minute="*", timezone="Europe/Berlin"), DateTrigger(START)]),
    ],
    ids=str,
)
def test_a_huge_backlog_of_a_cron_costs_little(trigger: Any) -> None:
    """
    Ten years of minutes are rolled into one run at once, over all changes of the clock.
    """
    now = START + timedelta(days=3650, seconds=59)

    planned = planned_for(job(trigger), now)

    minute = timedelta(minutes=1)
    latest = now - timedelta(seconds=59)
    assert ([latest], latest + minute, None) == planned


class Workdays(CronTrigger):
    """
    A bundled trigger that leaves out weekends.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """
        Return the next match on a workday.
        """
        found = super().get_next_fire_time(previous, now)
        while found is not None and found.weekday() >= 5:
            found = super().get_next_fire_time(found, found)
        return found


class WorkdaysWithShortCut(Workdays):
    """
    The same, and it knows what it does.
    """

    def last_fire_time(self, not_before: datetime, now: datetime) -> datetime | None:
        """
        Return the latest hour on a workday.
        """
        found = super().last_fire_time(not_before, now)
        while found is not None and found.weekday() >= 5:
            found -= timedelta(hours=1)
        return found


def overridden_in_the_object() -> CronTrigger:
    """
    Return a trigger whose method was replaced, but not that of its class.
    """

    class Open(CronTrigger):
        pass

    trigger = Open(hour="*", timezone=UTC)
    trigger.get_next_fire_time = Workdays(hour="*", timezone=UTC).get_next_fire_time  # type: ignore[method-assign,assignment]
    return trigger


class Wrapper:
    """
    A trigger that asks another one for all but its run times.
    """

    def __init__(self, inner: CronTrigger) -> None:
        self.inner = inner
        self.days = Workdays(hour="*", timezone=UTC)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """
        Return the next match on a workday.
        """
        return self.days.get_next_fire_time(previous, now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize(
    "trigger",
    [
        Workdays(hour="*", timezone=UTC),
        WorkdaysWithShortCut(hour="*", timezone=UTC),
        overridden_in_the_object(),
        Wrapper(CronTrigger(hour="*", timezone=UTC)),
        OrTrigger([Workdays(hour="*", timezone=UTC), DateTrigger(START)]),
        OrTrigger([OrTrigger([Workdays(hour="*", timezone=UTC)])]),
    ],
    ids=lambda trigger: type(trigger).__name__,
)
def test_a_short_cut_leads_past_no_override(trigger: Any) -> None:
    """
    An inherited last_fire_time() knows nothing of a get_next_fire_time() of the user's own.
    """
    friday = datetime(2030, 1, 4, 8, tzinfo=UTC)
    sunday = friday + timedelta(days=2, hours=4)

    planned = planned_for(job(trigger, friday), sunday)

    latest = friday.replace(hour=23)
    assert ([latest], latest + timedelta(days=2, hours=1), None) == planned


def test_a_short_cut_of_the_users_own_is_taken() -> None:
    """
    Where last_fire_time() was overridden as well, a long backlog costs little.
    """
    now = START + timedelta(days=3650)
    trigger = WorkdaysWithShortCut(hour="*", timezone=UTC)

    planned = planned_for(job(trigger), now)

    assert 1 == len(planned.run_times)


def test_a_huge_backlog_is_passed_over_in_slices() -> None:
    """
    Without short cut, a plan stops early, runs nothing yet, and the next goes on from there.
    """
    trigger = Steps(1)
    now = START + timedelta(days=1)

    planned = planned_for(job(trigger), now)

    assert [] == planned.run_times
    assert START + timedelta(seconds=LONGEST_WALK + 1) == planned.next_run_time
    assert trigger.asked <= LONGEST_WALK + 1


def test_the_repeated_hour_is_no_step_back() -> None:
    """
    Run times of one zone are compared as moments, not by the wall clock.
    """
    berlin = ZoneInfo("Europe/Berlin")
    trigger = CronTrigger(minute="0,30", timezone=berlin)
    due = datetime(2030, 10, 27, 2, 30, tzinfo=berlin)
    now = datetime(2030, 10, 27, 0, 45, tzinfo=UTC).astimezone(berlin)

    planned = planned_for(job(trigger, due), now)

    assert [datetime(2030, 10, 27, 0, 30, tzinfo=UTC)] == [
        moment.astimezone(UTC) for moment in planned.run_times
    ]
    assert planned.next_run_time is not None
    assert datetime(2030, 10, 27, 1, 0, tzinfo=UTC) == planned.next_run_time.astimezone(UTC)


@pytest.mark.parametrize("step", [0, -1])
def test_a_trigger_that_stands_still_fails(step: int) -> None:
    """
    A run time that is not later than the one before is a failure, and what was due is run.
    """
    planned = planned_for(job(Steps(step)), START)

    assert [START] == planned.run_times
    assert planned.next_run_time is None
    assert isinstance(planned.failure, StuckTriggerError)
    assert "not later" in str(planned.failure)


@pytest.mark.parametrize(("coalesce", "expected"), [(True, 1), (False, 3)])
def test_a_trigger_that_raises_late(coalesce: bool, expected: int) -> None:
    """
    What the trigger gave before it raised is run, by the rules of coalescing.
    """
    times = [START + timedelta(seconds=1), START + timedelta(seconds=2)]

    class Raising:
        def get_next_fire_time(self, previous: datetime, now: datetime) -> datetime:
            del now
            return times[0] if previous == START else self.second(previous)

        def second(self, previous: datetime) -> datetime:
            if previous == times[0]:
                return times[1]
            raise ValueError("no idea")

    planned = planned_for(job(Raising(), coalesce=coalesce), START + timedelta(seconds=9))

    assert expected == len(planned.run_times)
    assert isinstance(planned.failure, ValueError)


class Ending:
    """
    A trigger that raises what it is given.
    """

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def get_next_fire_time(self, *_: object) -> datetime:
        """
        Raise.
        """
        raise self.error


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()], ids=repr)
def test_a_trigger_that_would_end_the_thread_fails(
    in_background: type[Background], error: BaseException
) -> None:
    """
    What it raised is the cause of an error that can be handed on (THREAD-7).
    """
    plans: list[Planned] = []

    call = in_background(lambda: plans.append(planned_for(job(Ending(error)), START)))

    assert call.wait() is None
    ((run_times, following, failure),) = plans
    assert ([START], None) == (run_times, following)
    assert isinstance(failure, TriggerExitError)
    assert error is failure.__cause__
    assert repr(error) in str(failure)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_what_a_signal_handler_raises_is_no_failure_of_a_trigger(error: BaseException) -> None:
    """
    In the main thread, Ctrl-C and SystemExit may strike while a trigger is asked (EXIT-7).
    """
    with pytest.raises(type(error)):
        planned_for(job(Ending(error)), START)


def test_a_date_has_no_second_run() -> None:
    """
    The plan of a due date is that run and the end of the schedule.
    """
    planned = planned_for(job(DateTrigger(START)), START)

    assert ([START], None, None) == planned


@pytest.mark.parametrize(
    ("minutes", "expected"), [(-1, None), (0, START), (1, START + timedelta(minutes=1))]
)
def test_first_run_time_is_not_past(minutes: int, expected: datetime | None) -> None:
    """
    A date that is over gives none (V21).
    """
    trigger = DateTrigger(START + timedelta(minutes=minutes))

    assert expected == first_run_time(trigger, START)
