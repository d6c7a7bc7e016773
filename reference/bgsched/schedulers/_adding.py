"""
The part of a scheduler's public face through which jobs come in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from bgsched._plugins import make_trigger
from bgsched.events import EVENT_JOB_ADDED
from bgsched.job import Job, Undefined, undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bgsched._arguments import (
        CalendarJob,
        CombiningJob,
        CronJob,
        DateJob,
        IntervalJob,
        JobOptions,
        Moment,
        Trigger,
    )
    from bgsched._engine import Engine

Function = TypeVar("Function", bound="Callable[..., Any]")


class AddingMethods:
    """
    Adding jobs.

    The overloads tell which arguments go with which trigger type. A name that is known only when
    the program runs has to be typed as `Any`.
    """

    _engine: Engine

    @overload
    def add_job(
        self,
        func: Callable[..., Any] | str,
        trigger: Literal["date"] | None = None,
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        replace_existing: bool = False,
        **options: Unpack[DateJob],
    ) -> Job: ...

    @overload
    def add_job(
        self,
        func: Callable[..., Any] | str,
        trigger: Literal["interval"],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        replace_existing: bool = False,
        **options: Unpack[IntervalJob],
    ) -> Job: ...

    @overload
    def add_job(
        self,
        func: Callable[..., Any] | str,
        trigger: Literal["cron"],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        replace_existing: bool = False,
        **options: Unpack[CronJob],
    ) -> Job: ...

    @overload
    def add_job(
        self,
        func: Callable[..., Any] | str,
        trigger: Literal["calendarinterval"],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        replace_existing: bool = False,
        **options: Unpack[CalendarJob],
    ) -> Job: ...

    @overload
    def add_job(
        self,
        func: Callable[..., Any] | str,
        trigger: Literal["and", "or"],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        replace_existing: bool = False,
        **options: Unpack[CombiningJob],
    ) -> Job: ...

    @overload
    def add_job(
        self,
        func: Callable[..., Any] | str,
        trigger: Trigger,
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        replace_existing: bool = False,
        **options: Unpack[JobOptions],
    ) -> Job: ...

    def add_job(
        self,
        func: Callable[..., Any] | str,
        trigger: str | Trigger | None = None,
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        id: str | None = None,  # noqa: A002 - APScheduler's name
        name: str | None = None,
        misfire_grace_time: int | Undefined | None = undefined,
        coalesce: bool | Undefined = undefined,
        max_instances: int | Undefined = undefined,
        next_run_time: Moment | Undefined | None = undefined,
        jobstore: str = "default",
        executor: str = "default",
        replace_existing: bool = False,
        **trigger_args: Any,
    ) -> Job:
        """
        Add a job. On a stopped scheduler it waits for the start, and is really scheduled then.

        Args:
            func: What to call, or its textual reference ``package.module:object``.
            trigger: When to call it: a trigger, or the name of a trigger type; None for once and
                at once. Jobs may share a trigger: one that leaves its zone or its start to the
                scheduler is copied when the job is really scheduled.
            args: Positional arguments for *func*.
            kwargs: Keyword arguments for *func*.
            id: Unique in the job store; one is made up if it is not given.
            name: A description for people.
            misfire_grace_time: How many seconds late a run may still begin; None for any.
            coalesce: Whether several run times that are due at once become one run.
            max_instances: How many runs may be in progress at once.
            next_run_time: The first run time, whatever the trigger says; None to add it paused.
            jobstore: Alias of the job store to keep it in.
            executor: Alias of the executor to run it.
            replace_existing: Whether to replace a job of the same id.
            trigger_args: Arguments for the trigger type.

        Raises:
            ConflictingIdError: The id is taken and *replace_existing* is false.
            UnknownAliasError: The scheduler runs and has no such job store.
            TypeError: An argument is of the wrong type.
            ValueError: *args* and *kwargs* do not fit *func*, or a date cannot be understood.
        """
        engine = self._engine
        job = Job(
            engine.host,
            id,
            func,
            args,
            kwargs,
            name,
            make_trigger(trigger, trigger_args, engine.options.timezone),
            executor,
            misfire_grace_time,
            coalesce,
            max_instances,
            next_run_time,
        )
        self._add(job, jobstore, replace_existing)
        return job

    @overload
    def scheduled_job(
        self,
        trigger: Literal["date"] | None,
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[DateJob],
    ) -> Callable[[Function], Function]: ...

    @overload
    def scheduled_job(
        self,
        trigger: Literal["interval"],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[IntervalJob],
    ) -> Callable[[Function], Function]: ...

    @overload
    def scheduled_job(
        self,
        trigger: Literal["cron"],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[CronJob],
    ) -> Callable[[Function], Function]: ...

    @overload
    def scheduled_job(
        self,
        trigger: Literal["calendarinterval"],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[CalendarJob],
    ) -> Callable[[Function], Function]: ...

    @overload
    def scheduled_job(
        self,
        trigger: Literal["and", "or"],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[CombiningJob],
    ) -> Callable[[Function], Function]: ...

    @overload
    def scheduled_job(
        self,
        trigger: Trigger,
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[JobOptions],
    ) -> Callable[[Function], Function]: ...

    def scheduled_job(
        self,
        trigger: str | Trigger | None,
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        id: str | None = None,  # noqa: A002 - APScheduler's name
        name: str | None = None,
        misfire_grace_time: int | Undefined | None = undefined,
        coalesce: bool | Undefined = undefined,
        max_instances: int | Undefined = undefined,
        next_run_time: Moment | Undefined | None = undefined,
        jobstore: str = "default",
        executor: str = "default",
        **trigger_args: Any,
    ) -> Callable[[Function], Function]:
        """
        Return a decorator that adds a function as a job, as `add_job` does.

        A job of the same id is replaced. The function is returned unchanged.
        """

        def decorate(func: Function) -> Function:
            add_job: Callable[..., Job] = self.add_job
            add_job(
                func,
                trigger,
                args,
                kwargs,
                id,
                name,
                misfire_grace_time,
                coalesce,
                max_instances,
                next_run_time,
                jobstore,
                executor,
                replace_existing=True,
                **trigger_args,
            )
            return func

        return decorate

    def _add(self, job: Job, jobstore: str, replace_existing: bool) -> None:
        engine = self._engine
        with engine.lock:
            engine.table.add(job, jobstore, replace_existing)
            live = engine.table.live
            ring = engine.must_wake_for(job)
        if not live:
            return
        engine.announce_job(EVENT_JOB_ADDED, job.id, jobstore)
        # Ring after the commit: a loop woken earlier would read the old table, sleep until its old
        # deadline, and start this job late. A ring before the wait is kept, so those two may race.
        if ring:
            engine.wakeup()  # ADD-20
