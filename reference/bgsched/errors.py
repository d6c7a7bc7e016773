"""
Every exception of the library, under one root.

Each also inherits the builtin that APScheduler 3.x raised in its place, so that existing ``except``
lines keep working.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class LimitedJob(Protocol):
    """
    What an error about instances needs to know of a job.
    """

    @property
    def id(self) -> str:
        """
        Id of the job.
        """

    @property
    def max_instances(self) -> int:
        """
        How many instances may run at once.
        """


class BgschedError(Exception):
    """
    Root of all exceptions that bgsched raises on purpose.
    """


class SchedulerAlreadyRunningError(BgschedError):
    """
    The scheduler has been started already, so it cannot be started or configured.

    Attributes:
        stopping: A shutdown of it has begun and is still waiting for jobs in progress.
    """

    def __init__(self, *, stopping: bool = False) -> None:
        super().__init__()
        self.stopping = stopping

    def __str__(self) -> str:
        if self.stopping:
            return "the scheduler is still shutting down; wait for shutdown() to return"
        return "the scheduler is already running; shut it down first"


class SchedulerNotRunningError(BgschedError, RuntimeError):
    """
    The scheduler has not been started, or has been shut down.
    """

    def __str__(self) -> str:
        return "the scheduler is not running; start it first"


class ShutdownInsideJobError(BgschedError):
    """
    A job asked its own scheduler to shut down and wait for the running jobs, itself included.

    The scheduler has been shut down all the same, as with ``wait=False``: only the waiting was
    refused, since the job would have waited for itself for ever.
    """

    def __str__(self) -> str:
        return (
            "shutdown(wait=True) was called from inside a job, which cannot wait for itself; "
            "the scheduler was shut down without waiting; call shutdown(wait=False) here"
        )


class ClockInUseError(BgschedError, RuntimeError):
    """
    A manual clock was to be moved by a job or a listener, or by two threads at once.
    """

    def __str__(self) -> str:
        return (
            "the clock cannot be moved from here: it is being moved already, or the caller is a "
            "job or listener that the move would wait for; move it from the test alone"
        )


class NotQuietError(BgschedError):
    """
    A manual clock cannot go on, because somebody is still busy.

    Attributes:
        moment: Where the clock stands.
        busy: Who is busy, in words.
    """

    def __init__(self, moment: datetime, busy: list[str]) -> None:
        super().__init__(moment, busy)
        self.moment = moment
        self.busy = busy

    def __str__(self) -> str:
        return (
            f"the clock stands at {self.moment} because of {', '.join(self.busy)}; for jobs that "
            "are held on purpose say wait_for_jobs=False, for slow ones give the clock patience"
        )


class JobLookupError(BgschedError, KeyError):
    """
    No job has this id.

    Attributes:
        job_id: The id that was asked for.
        jobstore: Alias of the job store searched, or None for all of them.
    """

    def __init__(self, job_id: str, jobstore: str | None = None) -> None:
        super().__init__(job_id, jobstore)
        self.job_id = job_id
        self.jobstore = jobstore

    def __str__(self) -> str:
        where = "any job store" if self.jobstore is None else f"job store {self.jobstore!r}"
        return f"no job {self.job_id!r} in {where}"


class ConflictingIdError(BgschedError, KeyError):
    """
    The job store holds a job with this id already.

    Attributes:
        job_id: The id that is taken.
    """

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"job id {self.job_id!r} is taken; remove that job, or use replace_existing=True"


class TransientJobError(BgschedError, ValueError):
    """
    The job's callable cannot be found again by name, so this job store cannot keep it.

    Attributes:
        job_id: The id of the refused job.
    """

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return (
            f"job {self.job_id!r} cannot be stored: its callable cannot be found by name; "
            "use a module-level function or give func as text 'module:name'"
        )


class UnserializableJobError(BgschedError, TypeError):
    """
    A part of the job cannot be written down, so this job store cannot keep it.

    Attributes:
        job_id: The id of the refused job.
        part: Which part: ``"args"``, ``"kwargs"`` or ``"trigger"``.
        reason: What pickle raised for it.
    """

    def __init__(self, job_id: str, part: str, reason: Exception) -> None:
        super().__init__(job_id, part, reason)
        self.job_id = job_id
        self.part = part
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"job {self.job_id!r} cannot be stored: its {self.part} cannot be pickled "
            f"({type(self.reason).__name__}: {self.reason}); pass plain data, such as a name by "
            "which the job finds the object"
        )


class MaxInstancesReachedError(BgschedError):
    """
    As many instances of the job run already as its ``max_instances`` allows.

    Attributes:
        job_id: The id of the job.
        max_instances: The limit that was reached.
    """

    def __init__(self, job: LimitedJob) -> None:
        super().__init__(job)
        self.job_id = job.id
        self.max_instances = job.max_instances

    def __str__(self) -> str:
        return f"job {self.job_id!r} already has {self.max_instances} running instance(s)"


class UnsendableError(BgschedError):
    """
    What a job returned or raised in another process cannot be sent back to the scheduler's.

    Attributes:
        job_id: The id of the job.
        described: What the job did, in words.
        reason: Why it cannot be sent.
    """

    def __init__(self, job_id: str, described: str, reason: str) -> None:
        super().__init__(job_id, described, reason)
        self.job_id = job_id
        self.described = described
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"job {self.job_id!r} {self.described}, which cannot be sent back from its process "
            f"({self.reason}); return and raise only what can be pickled and unpickled"
        )


class UnknownAliasError(BgschedError, KeyError):
    """
    No executor or job store of this alias is attached to the scheduler.

    Attributes:
        kind: ``"executor"`` or ``"job store"``.
        alias: The alias that was asked for.
    """

    def __init__(self, kind: str, alias: str) -> None:
        super().__init__(kind, alias)
        self.kind = kind
        self.alias = alias

    def __str__(self) -> str:
        return f"the scheduler has no {self.kind} of the alias {self.alias!r}; add it first"


class UnknownPluginError(BgschedError, LookupError):
    """
    No trigger, executor or job store type goes by this name.

    Attributes:
        kind: ``"trigger"``, ``"executor"`` or ``"job store"``.
        name: The name that was asked for.
        known: The names there are.
    """

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        super().__init__(kind, name, known)
        self.kind = kind
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return f"no {self.kind} type is called {self.name!r}; there is {', '.join(self.known)}"
