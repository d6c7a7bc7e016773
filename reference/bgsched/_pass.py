"""
One scheduling pass: plan, commit, hand over.

Planning and committing happen under the scheduler's lock; handing over and announcing happen after
it is released. No job function and no listener ever runs while the lock is held.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bgsched._interrupts import is_for_main_thread
from bgsched._plan import plan
from bgsched._run import failed_runs
from bgsched.errors import JobLookupError, MaxInstancesReachedError, UnknownAliasError
from bgsched.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MODIFIED,
    EVENT_JOB_REMOVED,
    EVENT_JOB_SUBMITTED,
    JobEvent,
    JobSubmissionEvent,
    SchedulerEvent,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from bgsched._directory import Directory
    from bgsched._listeners import ListenerTable
    from bgsched._loop import Loop
    from bgsched._options import Options
    from bgsched.executors.base import BaseExecutor
    from bgsched.job import Job
    from bgsched.jobstores.base import BaseJobStore

BATCH = 256
"""Most jobs planned under one hold of the lock, so that no caller waits long for it."""


class Parts(NamedTuple):
    """
    What a pass works on.
    """

    lock: threading.RLock
    executors: Directory[BaseExecutor]
    jobstores: Directory[BaseJobStore]
    listeners: ListenerTable
    options: Options


Assignment: TypeAlias = "tuple[Job, str, list[datetime], BaseExecutor | None, int]"
"""
A committed plan, to be handed over: the job, the alias of its store, the run times, the executor,
and the code of the event to announce after the hand-over, or 0.
"""


class Pass:
    """
    A single pass. Make a new one for each.

    Args:
        parts: The scheduler's parts.
        loop: The loop on whose behalf the pass is done; it stops as soon as the loop is not active.
    """

    def __init__(self, parts: Parts, loop: Loop) -> None:
        self._parts = parts
        self._loop = loop
        self._now = parts.options.clock.now().astimezone(parts.options.timezone)
        self._limit = self._now.timestamp()

    def run(self) -> datetime | None:
        """
        Do the pass.

        Returns:
            When the next pass is due; None if nothing is scheduled.
        """
        lock, jobstores = self._parts.lock, self._parts.jobstores
        with lock:
            self._end_rests()
            stores = tuple(jobstores.running.items())
        for alias, store in stores:
            due = self._due_jobs(alias, store)
            more = True
            while more:
                with lock:
                    if not self._may_plan():
                        return None
                    batch, more = self._commit_batch(alias, store, due)
                if batch:
                    self._hand_over(batch)
        with lock:
            if not self._may_plan():
                return None
            until = self._next_wakeup()
            # Set in the same hold as the stores were read: a job added later compares its run time
            # with this and rings if it is earlier (ADD-20).
            self._loop.deadline = inf if until is None else until.timestamp()
        return until

    def _may_plan(self) -> bool:
        # V4-V6: nothing is planned or consumed once a pause or a shutdown has begun.
        if self._loop.active:
            return True
        self._loop.deadline = inf
        return False

    def _commit_batch(
        self, alias: str, store: BaseJobStore, due: Iterator[Job]
    ) -> tuple[list[Assignment], bool]:
        """
        Plan and commit the next jobs of a store; tell also whether there may be more.
        """
        batch: list[Assignment] = []
        try:
            job = next(due, None)
            if job is None:
                return batch, False
            with store.transaction():
                more = self._fill(batch, alias, store, chain((job,), due))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - stores are user code
            self._leave_alone(alias, store, error)
            # What is not committed must not run: it would run again and again.
            return [] if store.transactional else batch, False
        return batch, more

    def _fill(
        self, batch: list[Assignment], alias: str, store: BaseJobStore, jobs: Iterator[Job]
    ) -> bool:
        """
        Put planned and committed jobs into a batch; tell whether there may be more.
        """
        running = self._parts.executors.running
        now, limit = self._now, self._limit
        for job in jobs:
            executor = running.get(job.executor)
            run_times, following, failure = plan(job, now, limit)
            code = self._commit(store, job, run_times, following, failure)
            if code is None:
                continue
            batch.append((job, alias, run_times, executor, code))
            # A job run in this thread may do anything: pause, remove others, shut down. What is
            # due after it must not be committed before (SHUT-15).
            if len(batch) >= BATCH or executor is None or executor.runs_inline:
                return True
        return False

    def _due_jobs(self, alias: str, store: BaseJobStore) -> Iterator[Job]:
        """
        Yield the due jobs; advanced only under the lock, which is released between batches.
        """
        jobstores = self._parts.jobstores
        running = jobstores.running
        if running.get(alias) is not store or alias in jobstores.resting:
            return
        due = store.get_due_jobs(self._now)
        edits = jobstores.edits
        for job in due:
            if edits == jobstores.edits:
                yield job
                continue
            # The lock was released since the list was made, and others have paused, changed or
            # removed a job, maybe this one, or the whole store.
            if running.get(alias) is not store:
                return
            current = store.lookup_job(job.id)
            if (
                current is not None
                and current.next_run_time is not None
                and current.next_run_time.timestamp() <= self._limit
            ):
                yield current

    def _commit(
        self,
        store: BaseJobStore,
        job: Job,
        run_times: list[datetime],
        following: datetime | None,
        failure: Exception | None,
    ) -> int | None:
        """
        Move the job on in its store, before any of its runs begins.

        Returns:
            The code of the event to announce, 0 for none; None if the job must not run, because
            another process that shares the store has removed it.
        """
        before = job.next_run_time
        try:
            if following is None and failure is None:
                store.retire_job(job, run_times[-1])  # JOB-21
                return EVENT_JOB_REMOVED
            job.next_run_time = following
            store.update_job(job)
        except JobLookupError:
            return None
        except BaseException:
            job.next_run_time = before
            raise
        if failure is None:
            return 0
        self._parts.options.logger.error(
            'The trigger of job "%s" failed; the job is paused', job, exc_info=failure
        )
        return EVENT_JOB_MODIFIED

    def _leave_alone(self, alias: str, store: BaseJobStore, error: BaseException) -> None:
        """
        Let a store rest that has failed; the loop goes on (THREAD-7).
        """
        if is_for_main_thread(error):
            raise error
        options, jobstores = self._parts.options, self._parts.jobstores
        with suppress(Exception):  # a log handler that raises must not cost the other stores
            options.logger.warning(
                "Error in job store %r; trying again in %g seconds: %s",
                alias,
                options.retry_interval.total_seconds(),
                error,
            )
        if jobstores.running.get(alias) is store:  # it may have called back, and be detached now
            jobstores.resting[alias] = options.retry_moment()

    def _end_rests(self) -> None:
        """
        Forget which stores have failed, if that is long enough ago.
        """
        jobstores = self._parts.jobstores
        longest = self._parts.options.retry_interval
        jobstores.resting = {
            alias: moment
            for alias, moment in jobstores.resting.items()
            # One still farther away was noted before the clock was set back.
            if timedelta() < moment - self._now <= longest
        }

    def _next_wakeup(self) -> datetime | None:
        """
        Return the earliest of all stores' next run times, and of the next retry.
        """
        jobstores = self._parts.jobstores
        moments: list[datetime] = []
        for alias, store in jobstores.running.items():
            if alias not in jobstores.resting:
                try:
                    moment = _checked(store.get_next_run_time())
                except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
                    self._leave_alone(alias, store, error)
                else:
                    if moment is not None:
                        moments.append(moment)
        moments.extend(jobstores.resting.values())
        return min(moments, key=lambda moment: moment.timestamp(), default=None)

    def _hand_over(self, batch: list[Assignment]) -> None:
        """
        Give committed runs to their executors, then announce them. No lock is held.
        """
        listeners = self._parts.listeners
        outbox: list[SchedulerEvent] = []
        for job, alias, run_times, executor, code in batch:
            if run_times:
                outcome, error = self._submit(job, run_times, executor)
                if outcome != EVENT_JOB_SUBMITTED:
                    self._log_refusal(job, error)
                if error is not None:
                    outbox.extend(failed_runs(job, alias, run_times, error))
                elif outcome & listeners.mask:
                    outbox.append(JobSubmissionEvent(outcome, job.id, alias, run_times))
            if code & listeners.mask:
                outbox.append(JobEvent(code, job.id, alias))
        for event in outbox:
            listeners.dispatch(event)

    def _submit(
        self, job: Job, run_times: list[datetime], executor: BaseExecutor | None
    ) -> tuple[int, BaseException | None]:
        """
        Give one job to its executor.

        Returns:
            The code of the event to announce, and why the job could not be handed over, if so.
        """
        if executor is None:
            return EVENT_JOB_ERROR, UnknownAliasError("executor", job.executor)
        try:
            executor.submit_job(job, run_times)
        except MaxInstancesReachedError:
            return EVENT_JOB_MAX_INSTANCES, None
        except BaseException as error:  # THREAD-7: an executor must not end the loop
            if is_for_main_thread(error):
                raise
            return EVENT_JOB_ERROR, error
        return EVENT_JOB_SUBMITTED, None

    def _log_refusal(self, job: Job, error: BaseException | None) -> None:
        """
        Log why a job was not handed over: an error, or None for as many instances as it may have.
        """
        logger = self._parts.options.logger
        with suppress(Exception):  # a log handler that raises must not cost the rest of the batch
            if error is not None:
                logger.error(
                    'Error submitting job "%s" to executor %r', job, job.executor, exc_info=error
                )
            else:
                logger.warning(
                    'Execution of job "%s" skipped: maximum number of running instances reached '
                    "(%d)",
                    job,
                    job.max_instances,
                )


def _checked(moment: object) -> datetime | None:
    """
    Return what a store gave as its next run time.

    Raises:
        TypeError: It is nothing to wait for.
    """
    if moment is None or (isinstance(moment, datetime) and moment.tzinfo is not None):
        return moment
    raise TypeError(f"the next run time must be an aware datetime or None, not {moment!r}")
