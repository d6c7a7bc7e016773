"""
All jobs of a scheduler: those waiting for its start, and those in its job stores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bgsched._plan import fire_time, first_run_time
from bgsched._settings import approved_trigger
from bgsched.errors import ConflictingIdError, JobLookupError, UnknownAliasError
from bgsched.triggers.base import anchored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bgsched._arguments import Trigger
    from bgsched._directory import Directory
    from bgsched._options import Options
    from bgsched.job import Job
    from bgsched.jobstores.base import BaseJobStore


class Scheduled(NamedTuple):
    """
    A job that was put into its store, and what it takes to undo that.

    Attributes:
        job: The job.
        settled: Names of the settings it had left open.
        trigger: Its trigger as it was given, not anchored.
        replaced: The job whose place it took, if any.
    """

    job: Job
    settled: tuple[str, ...]
    trigger: Trigger
    replaced: Job | None


class JobTable:
    """
    The jobs of one scheduler.

    The caller holds the scheduler's lock.

    Args:
        jobstores: The scheduler's job stores.

    Attributes:
        options: The scheduler's options.
        live: Whether the job stores serve. If not, new jobs wait, and only those are seen.
    """

    def __init__(self, jobstores: Directory[BaseJobStore], options: Options) -> None:
        self._jobstores = jobstores
        self._pending: dict[tuple[str, str], tuple[Job, bool]] = {}
        self._pending_aliases: dict[str, None] = {}
        self.options = options
        self.live = False

    def add(self, job: Job, alias: str, replace_existing: bool) -> None:
        """
        Add a job, for now or for the start.

        Raises:
            ConflictingIdError: The id is taken and *replace_existing* is false.
            UnknownAliasError: The table is live and there is no such job store.
            TypeError: The alias is no text.
        """
        if not isinstance(alias, str):
            raise TypeError(f"jobstore must be the alias of a job store, not {alias!r}")
        if self.live:
            self._schedule(job, alias, replace_existing)
            return
        if (alias, job.id) in self._pending and not replace_existing:
            raise ConflictingIdError(job.id)  # ADD-12
        self._pending[alias, job.id] = (job, replace_existing)
        self._pending_aliases[alias] = None

    def schedule_pending(self) -> list[Scheduled]:
        """
        Put all waiting jobs into their stores; or, on an error, change nothing.

        Raises:
            UnknownAliasError: A job names a job store that is not there.
        """
        for alias, _ in self._pending:
            self._store(alias)
        return self.schedule_all(
            (job, alias, replace_existing)
            for (alias, _), (job, replace_existing) in self._pending.items()
        )

    def schedule_all(self, wanted: Iterable[tuple[Job, str, bool]]) -> list[Scheduled]:
        """
        Put jobs into their stores; or, on an error, change nothing.

        Args:
            wanted: The jobs, each with the alias of its store and whether to replace another one.

        Raises:
            ConflictingIdError: The id of one is taken.
            UnknownAliasError: A job names a job store that is not there.
        """
        done: list[Scheduled] = []
        try:
            for job, alias, replace_existing in wanted:
                replaced = self._store(alias).lookup_job(job.id) if replace_existing else None
                settled, trigger = job.left_open, job.trigger
                self._schedule(job, alias, replace_existing)
                done.append(Scheduled(job, settled, trigger, replaced))
        except BaseException:
            self.withdraw(done)
            raise
        return done

    def withdraw(self, scheduled: list[Scheduled]) -> None:
        """
        Undo `schedule_all`, so that the next start computes everything anew (START-15).
        """
        for job, settled, trigger, replaced in reversed(scheduled):
            store = self._store(job.jobstore or "")
            if replaced is None:
                store.remove_job(job.id)
            else:
                store.update_job(replaced)
            _take_back(job, settled, trigger)

    def go_live(self) -> None:
        """
        Look into the job stores from now on; no job waits any more.
        """
        self._pending.clear()
        self._pending_aliases.clear()
        self.live = True

    def find(self, job_id: str, alias: str | None) -> tuple[Job | None, str]:
        """
        Return a job, or None if there is no such, and the alias of its store.

        Args:
            job_id: Id of the job.
            alias: The only job store to look in; None for all.
        """
        if self.live:
            for each, store in self._jobstores.running.items():
                if alias is None or alias == each:
                    job = store.lookup_job(job_id)
                    if job is not None:
                        return job, each
        else:
            for each in self._pending_aliases if alias is None else (alias,):
                waiting = self._pending.get((each, job_id))
                if waiting is not None:
                    return waiting[0], each
        return None, ""

    def get(self, job_id: str, alias: str | None) -> tuple[Job, str]:
        """
        Return a job and the alias of its store.

        Raises:
            JobLookupError: There is no such job.
        """
        job, each = self.find(job_id, alias)
        if job is None:
            raise JobLookupError(job_id, alias)
        return job, each

    def listing(self, alias: str | None) -> list[tuple[str, list[Job]]]:
        """
        Return the jobs of one store, or of all, by alias.
        """
        if self.live:
            return [(each, store.get_all_jobs()) for each, store in self._stores(alias)]
        found: dict[str, list[Job]] = {}
        for (each, _), (job, _) in self._pending.items():
            if alias in (None, each):
                found.setdefault(each, []).append(job)
        return list(found.items())

    def modify(self, job: Job, alias: str, changes: dict[str, Any]) -> None:
        """
        Change a job that `get` gave, and save it.
        """
        if self.live and "trigger" in changes:
            # Or it would be anchored anew at every question, in the zone of this machine (TC-20).
            trigger = self._anchored(approved_trigger(changes["trigger"]), self._now())
            changes = {**changes, "trigger": trigger}
        self._save(job, alias, changes)

    def reschedule(self, job: Job, alias: str, trigger: Trigger) -> None:
        """
        Give a job that `get` gave another trigger. A paused job stays paused.
        """
        changes: dict[str, Any] = {"trigger": trigger}
        paused = getattr(job, "next_run_time", self) is None
        if self.live:
            now = self._now()
            trigger = changes["trigger"] = self._anchored(trigger, now)
            if not paused:
                changes["next_run_time"] = fire_time(trigger, None, now)
        elif not paused:
            job.leave_open(("next_run_time",))  # computed at the start
        self._save(job, alias, changes)

    def resume(self, job: Job, alias: str) -> bool:
        """
        Resume a job that `get` gave; False if there is nothing left for it to run.
        """
        now = self._now()
        moment = first_run_time(self._anchored(job.trigger, now), now)
        if moment is None:
            return False
        if self.live:
            self._save(job, alias, {"next_run_time": moment})
        else:
            job.leave_open(("next_run_time",))  # computed anew at the start
        return True

    def remove(self, job_id: str, alias: str | None) -> str:
        """
        Remove a job and return the alias of its store.

        Raises:
            JobLookupError: There is no such job.
        """
        if not self.live:
            _, each = self.get(job_id, alias)
            del self._pending[each, job_id]
            return each
        self._jobstores.edits += 1
        for each, store in self._jobstores.running.items():
            if alias is None or alias == each:
                try:
                    store.remove_job(job_id)
                except JobLookupError:
                    continue
                return each
        raise JobLookupError(job_id, alias)

    def remove_all(self, alias: str | None) -> None:
        """
        Remove the jobs of one store, or of all.
        """
        if self.live:
            self._jobstores.edits += 1
            for _, store in self._stores(alias):
                store.remove_all_jobs()
        else:
            for key in [key for key in self._pending if alias in (None, key[0])]:
                del self._pending[key]

    def _save(self, job: Job, alias: str, changes: dict[str, Any]) -> None:
        job.change(**changes)
        if self.live:
            self._jobstores.edits += 1
            self._store(alias).update_job(job)

    def _schedule(self, job: Job, alias: str, replace_existing: bool) -> None:
        """
        Settle what the job left open and put it in its store; on an error it is as it was.
        """
        store = self._store(alias)
        settled, trigger = job.left_open, job.trigger
        try:
            job.settle(self.options.job_defaults)
            now = self._now()
            job.trigger = self._anchored(trigger, now)
            if "next_run_time" in settled:
                job.next_run_time = fire_time(job.trigger, None, now)
            job.left_open = ()
            job.bind(job.scheduler, alias)
            try:
                store.add_job(job)
            except ConflictingIdError:
                if not replace_existing:
                    raise
                self._jobstores.edits += 1
                store.update_job(job)
        except BaseException:
            _take_back(job, settled, trigger)
            raise

    def _anchored(self, trigger: Trigger, now: datetime) -> Trigger:
        return anchored(trigger, now, self.options.timezone)

    def _now(self) -> datetime:
        return self.options.clock.now().astimezone(self.options.timezone)

    def _store(self, alias: str) -> BaseJobStore:
        try:
            return self._jobstores.running[alias]
        except KeyError:
            raise UnknownAliasError("job store", alias) from None

    def _stores(self, alias: str | None) -> Iterator[tuple[str, BaseJobStore]]:
        for each, store in self._jobstores.running.items():
            if alias in (None, each):
                yield each, store


def _take_back(job: Job, settled: tuple[str, ...], trigger: Trigger) -> None:
    """
    Make a job one that waits for the start, with what it had left open then.
    """
    job.bind(job.scheduler, None)
    job.leave_open(settled)
    job.trigger = trigger
