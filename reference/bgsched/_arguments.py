"""
What may be said about jobs and triggers, by keyword: for editors and type checkers.

`add_job` and its like take the arguments of the trigger type that is named among their own; each
pair of a name and its arguments is an overload of them. Only type checkers look in here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Required, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime, tzinfo

    from bgsched._settings import Undefined

Moment: TypeAlias = "date | datetime | str"
Zone: TypeAlias = "tzinfo | str"


class Trigger(Protocol):
    """
    Whatever can tell when to run next; it need not be derived from `BaseTrigger`.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime, /
    ) -> datetime | None:
        """
        Return the next time to fire at, aware; None if there is none.
        """


class JobChanges(TypedDict, total=False):
    """
    The settings of a job that can be changed.
    """

    func: Callable[..., Any] | str
    args: Iterable[Any]
    kwargs: Mapping[str, Any]
    name: str
    trigger: Trigger
    executor: str
    misfire_grace_time: int | None
    coalesce: bool
    max_instances: int
    next_run_time: Moment | None


class JobOptions(TypedDict, total=False):
    """
    The settings of a new job, besides what to call and when.
    """

    id: str | None
    name: str | None
    misfire_grace_time: int | Undefined | None
    coalesce: bool | Undefined
    max_instances: int | Undefined
    next_run_time: Moment | Undefined | None
    jobstore: str
    executor: str


class DateArguments(TypedDict, total=False):
    """
    The arguments of `DateTrigger`.
    """

    run_date: Moment | None
    timezone: Zone | None


class _Bounds(TypedDict, total=False):
    """
    The arguments that triggers with a first and a last date share.
    """

    start_date: Moment | None
    end_date: Moment | None
    timezone: Zone | None
    jitter: float | None


class IntervalArguments(_Bounds, total=False):
    """
    The arguments of `IntervalTrigger`.
    """

    weeks: float
    days: float
    hours: float
    minutes: float
    seconds: float


class CronArguments(_Bounds, total=False):
    """
    The arguments of `CronTrigger`.
    """

    year: int | str | None
    month: int | str | None
    day: int | str | None
    week: int | str | None
    day_of_week: int | str | None
    hour: int | str | None
    minute: int | str | None
    second: int | str | None


class CalendarArguments(_Bounds, total=False):
    """
    The arguments of `CalendarIntervalTrigger`.
    """

    years: int
    months: int
    weeks: int
    days: int
    hour: int
    minute: int
    second: int


class CombiningArguments(TypedDict, total=False):
    """
    The arguments of `AndTrigger` and `OrTrigger`.
    """

    triggers: Required[Iterable[Trigger]]
    jitter: float | None


class DateJob(JobOptions, DateArguments, total=False):
    """
    A job that runs once.
    """


class IntervalJob(JobOptions, IntervalArguments, total=False):
    """
    A job that runs every so often.
    """


class CronJob(JobOptions, CronArguments, total=False):
    """
    A job that runs by the wall clock.
    """


class CalendarJob(JobOptions, CalendarArguments, total=False):
    """
    A job that runs on dates equally far apart.
    """


class CombiningJob(JobOptions, CombiningArguments, total=False):
    """
    A job with several triggers.
    """
