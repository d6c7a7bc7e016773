"""
The part of a scheduler's public face that deals with jobs.
"""

from __future__ import annotations

import sys
import warnings
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, Unpack, overload

from bgsched._plugins import make_trigger
from bgsched._transfer import jobs_in_text, text_of_jobs
from bgsched.errors import SchedulerNotRunningError
from bgsched.events import (
    EVENT_ALL_JOBS_REMOVED,
    EVENT_JOB_ADDED,
    EVENT_JOB_MODIFIED,
    EVENT_JOB_REMOVED,
    SchedulerEvent,
)
from bgsched.schedulers._adding import AddingMethods

if TYPE_CHECKING:
    from bgsched._arguments import (
        CalendarArguments,
        CombiningArguments,
        CronArguments,
        DateArguments,
        IntervalArguments,
        JobChanges,
        Trigger,
    )
    from bgsched.job import Job


class JobMethods(AddingMethods):
    """
    Adding, finding, changing and removing jobs.
    """

    def modify_job(
        self, job_id: str, jobstore: str | None = None, **changes: Unpack[JobChanges]
    ) -> Job:
        """
        Change settings of a job, as `Job.modify` does, and return it.

        Raises:
            JobLookupError: There is no such job.
        """
        engine = self._engine
        with engine.lock:
            job, alias = engine.table.get(job_id, jobstore)
            engine.table.modify(job, alias, {**changes})
            ring = engine.must_wake_for(job)
        self._announce_change(job_id, alias, ring)
        return job

    @overload
    def reschedule_job(
        self,
        job_id: str,
        jobstore: str | None = None,
        trigger: Literal["date"] | None = None,
        **trigger_args: Unpack[DateArguments],
    ) -> Job: ...

    @overload
    def reschedule_job(
        self,
        job_id: str,
        jobstore: str | None = None,
        trigger: Literal["interval"] = ...,
        **trigger_args: Unpack[IntervalArguments],
    ) -> Job: ...

    @overload
    def reschedule_job(
        self,
        job_id: str,
        jobstore: str | None = None,
        trigger: Literal["cron"] = ...,
        **trigger_args: Unpack[CronArguments],
    ) -> Job: ...

    @overload
    def reschedule_job(
        self,
        job_id: str,
        jobstore: str | None = None,
        trigger: Literal["calendarinterval"] = ...,
        **trigger_args: Unpack[CalendarArguments],
    ) -> Job: ...

    @overload
    def reschedule_job(
        self,
        job_id: str,
        jobstore: str | None = None,
        trigger: Literal["and", "or"] = ...,
        **trigger_args: Unpack[CombiningArguments],
    ) -> Job: ...

    @overload
    def reschedule_job(
        self,
        job_id: str,
        jobstore: str | None = None,
        trigger: Trigger = ...,
    ) -> Job: ...

    def reschedule_job(
        self,
        job_id: str,
        jobstore: str | None = None,
        trigger: str | Trigger | None = None,
        **trigger_args: Any,
    ) -> Job:
        """
        Give a job another trigger and a new next run time, and return it. Paused, it stays paused.

        Raises:
            JobLookupError: There is no such job.
        """
        made = make_trigger(trigger, trigger_args, self._engine.options.timezone)
        engine = self._engine
        with engine.lock:
            job, alias = engine.table.get(job_id, jobstore)
            engine.table.reschedule(job, alias, made)
            ring = engine.must_wake_for(job)
        self._announce_change(job_id, alias, ring)
        return job

    def pause_job(self, job_id: str, jobstore: str | None = None) -> Job:
        """
        Let a job not run until it is resumed, and return it.

        Raises:
            JobLookupError: There is no such job.
        """
        return self.modify_job(job_id, jobstore, next_run_time=None)

    def resume_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        """
        Resume a job with its next run time from now; what it missed is not made up for.

        Returns:
            The job; None if there is nothing left for it to run, and it was removed.

        Raises:
            JobLookupError: There is no such job.
        """
        with self._engine.lock:
            job, alias = self._engine.table.get(job_id, jobstore)
            resumed = self._engine.table.resume(job, alias)
            if not resumed:
                self._engine.table.remove(job_id, alias)
            ring = self._engine.must_wake_for(job)
        code = EVENT_JOB_MODIFIED if resumed else EVENT_JOB_REMOVED
        self._engine.announce_job(code, job_id, alias)
        if ring:
            self._engine.wakeup()
        return job if resumed else None

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        """
        Return the jobs of one job store or of all; of a stopped scheduler, those that wait.

        Args:
            jobstore: Alias of the job store; None for all.
            pending: Deprecated, and has no effect.
        """
        if pending is not None:
            warnings.warn(
                "the pending argument of get_jobs() has no effect", DeprecationWarning, stacklevel=2
            )
        with self._engine.lock:
            return [job for _, jobs in self._engine.table.listing(jobstore) for job in jobs]

    def get_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        """
        Return a job, or None if there is no such.

        Args:
            job_id: Its id.
            jobstore: Alias of the only job store to look in; None for all.
        """
        engine = self._engine
        with engine.lock:
            return engine.table.find(job_id, jobstore)[0]

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        """
        Remove a job. A run in progress goes on.

        Raises:
            JobLookupError: There is no such job.
        """
        with self._engine.lock:
            alias = self._engine.table.remove(job_id, jobstore)
        self._engine.announce_job(EVENT_JOB_REMOVED, job_id, alias)

    def remove_all_jobs(self, jobstore: str | None = None) -> None:
        """
        Remove the jobs of one job store, or of all.
        """
        with self._engine.lock:
            self._engine.table.remove_all(jobstore)
        self._engine.listeners.dispatch(SchedulerEvent(EVENT_ALL_JOBS_REMOVED, jobstore))

    def print_jobs(self, jobstore: str | None = None, out: TextIO | None = None) -> None:
        """
        Print a list of the jobs for people to read.

        Args:
            jobstore: Alias of the job store; None for all.
            out: Where to; standard output by default.
        """
        with self._engine.lock:
            live = self._engine.table.live
            listing = self._engine.table.listing(jobstore)
        lines = [] if live else ["Pending jobs:"]
        for alias, jobs in sorted(listing, key=lambda entry: entry[0]):
            if live:
                lines.append(f"Jobstore {alias}:")
            lines.extend(f"    {job}" for job in jobs)
            if not jobs:
                lines.append("    No scheduled jobs")
        if lines == ["Pending jobs:"]:
            lines.append("    No pending jobs")
        print(*lines, sep="\n", file=out or sys.stdout)

    def export_jobs(
        self, outfile: TextIO | PathLike[str] | str, jobstore: str | None = None
    ) -> None:
        """
        Write jobs as JSON. Unlike `import_jobs`, this cannot run code.

        Args:
            outfile: An open text file, or the path of one to be written.
            jobstore: Alias of the job store; None for all.

        Raises:
            SchedulerNotRunningError: The scheduler is not running.
            ValueError: The callable of a job cannot be found by name.
            TypeError: An argument or the trigger of a job cannot be serialized.
        """
        if not self._engine.table.live:
            raise SchedulerNotRunningError
        # All of it before the file is opened: an error must not cost what the file held.
        text = text_of_jobs(self.get_jobs(jobstore))
        if isinstance(outfile, (str, PathLike)):
            Path(outfile).write_text(text, encoding="utf-8")
        else:
            outfile.write(text)

    def import_jobs(self, infile: TextIO | PathLike[str] | str, jobstore: str = "default") -> None:
        """
        Add jobs that `export_jobs` wrote. Only read files you trust: they can run code.

        On an error no job is added.

        Args:
            infile: An open text file, or the path of one.
            jobstore: Alias of the job store to add them to.

        Raises:
            SchedulerNotRunningError: The scheduler is not running.
            ConflictingIdError: An id is taken.
            UnknownAliasError: There is no such job store.
            ValueError: The text is something else, or one of its jobs cannot be made here.
        """
        engine = self._engine
        if not engine.table.live:
            raise SchedulerNotRunningError
        if isinstance(infile, (str, PathLike)):
            text = Path(infile).read_text(encoding="utf-8")
        else:
            text = infile.read()
        jobs = jobs_in_text(text)
        with engine.lock:
            for job in jobs:
                job.bind(engine.host, None)
            engine.table.schedule_all((job, jobstore, False) for job in jobs)
            ring = any(engine.must_wake_for(job) for job in jobs)
        for job in jobs:
            engine.announce_job(EVENT_JOB_ADDED, job.id, jobstore)
        if ring:
            engine.wakeup()  # XPORT-5

    def _announce_change(self, job_id: str, alias: str, ring: bool) -> None:
        self._engine.announce_job(EVENT_JOB_MODIFIED, job_id, alias)
        if ring:
            self._engine.wakeup()  # JOB-5
