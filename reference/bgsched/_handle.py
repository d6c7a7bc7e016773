"""
The user's handle on a job: what can be done to it, wherever it is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, Unpack, overload

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from bgsched._arguments import (
        CalendarArguments,
        CombiningArguments,
        CronArguments,
        DateArguments,
        IntervalArguments,
        JobChanges,
        Trigger,
    )
    from bgsched._clock import Clock


class JobOwner(Protocol):
    """
    What a job needs of its scheduler.
    """

    @property
    def timezone(self) -> tzinfo:
        """
        The zone of naive run times.
        """

    @property
    def clock(self) -> Clock:
        """
        The clock by which the job's lateness is judged.
        """

    # Overloaded methods match no signature but this one.
    @property
    def modify_job(self) -> Callable[..., object]: ...

    @property
    def reschedule_job(self) -> Callable[..., object]: ...

    def pause_job(self, job_id: str, jobstore: str | None = None) -> object: ...

    def resume_job(self, job_id: str, jobstore: str | None = None) -> object: ...

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None: ...


class JobHandle:
    """
    A job as far as its scheduler is concerned.

    Attributes:
        id: Unique in its job store; cannot be changed.
    """

    __slots__ = ("__weakref__", "_jobstore_alias", "_scheduler", "id")

    _jobstore_alias: str | None
    _scheduler: JobOwner | None
    id: str

    def modify(self, **changes: Unpack[JobChanges]) -> Self:
        """
        Change settings of this job and save them in its job store.

        Args:
            changes: Any of the attributes but ``id``, and ``func``, ``args``, ``kwargs``. All are
                made, or none if one is refused.

        Raises:
            JobLookupError: The job is not in its job store any more.
        """
        self._owner.modify_job(self.id, self._jobstore_alias, **changes)
        return self

    @overload
    def reschedule(
        self, trigger: Literal["date"] | None, **trigger_args: Unpack[DateArguments]
    ) -> Self: ...

    @overload
    def reschedule(
        self, trigger: Literal["interval"], **trigger_args: Unpack[IntervalArguments]
    ) -> Self: ...

    @overload
    def reschedule(
        self, trigger: Literal["cron"], **trigger_args: Unpack[CronArguments]
    ) -> Self: ...

    @overload
    def reschedule(
        self, trigger: Literal["calendarinterval"], **trigger_args: Unpack[CalendarArguments]
    ) -> Self: ...

    @overload
    def reschedule(
        self, trigger: Literal["and", "or"], **trigger_args: Unpack[CombiningArguments]
    ) -> Self: ...

    @overload
    def reschedule(self, trigger: Trigger) -> Self: ...

    def reschedule(self, trigger: str | Trigger | None, **trigger_args: Any) -> Self:
        """
        Replace the trigger and compute the next run time anew. A paused job stays paused.

        Raises:
            JobLookupError: The job is not in its job store any more.
        """
        self._owner.reschedule_job(self.id, self._jobstore_alias, trigger, **trigger_args)
        return self

    def pause(self) -> Self:
        """
        Let the job not run until it is resumed.

        Raises:
            JobLookupError: The job is not in its job store any more.
        """
        self._owner.pause_job(self.id, self._jobstore_alias)
        return self

    def resume(self) -> Self:
        """
        Resume the paused job with its next run time from now; remove it if there is none.

        Raises:
            JobLookupError: The job is not in its job store any more.
        """
        self._owner.resume_job(self.id, self._jobstore_alias)
        return self

    def remove(self) -> None:
        """
        Remove the job from its job store. A run in progress goes on.

        Raises:
            JobLookupError: The job is not in its job store any more.
        """
        self._owner.remove_job(self.id, self._jobstore_alias)

    @property
    def pending(self) -> bool:
        """
        Whether the job still waits for the scheduler's start to be put in its job store.
        """
        return self._jobstore_alias is None

    @property
    def jobstore(self) -> str | None:
        """
        Alias of the job store that holds the job; None while it is pending.
        """
        return self._jobstore_alias

    @property
    def scheduler(self) -> JobOwner | None:
        """
        The scheduler the job belongs to; None in the process of a process pool.
        """
        return self._scheduler

    def bind(self, scheduler: JobOwner | None, jobstore: str | None) -> None:
        """
        Tell the job which scheduler it belongs to and which job store holds it.
        """
        self._scheduler = scheduler
        self._jobstore_alias = jobstore

    @property
    def _owner(self) -> JobOwner:
        if self._scheduler is None:
            raise RuntimeError(f"job {self.id!r} belongs to no scheduler")
        return self._scheduler
