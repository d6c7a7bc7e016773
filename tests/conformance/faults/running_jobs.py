"""
Faults of late, overlapping and failing runs.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from bgsched.errors import MaxInstancesReachedError
from bgsched.events import (
    EVENT_ALL,
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
)
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.job import undefined
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.triggers.cron import CronTrigger
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bgsched._loop import Loop
    from bgsched.job import Job

MODEL = ("MISF-1", "MISF-2", "MISF-3", "MISF-4")


class Rewrites(BackgroundScheduler):
    """
    Changes the options of each job that is added.
    """

    def add_job(self, func: Any, *arguments: Any, **options: Any) -> Job:
        self._rewrite(options)
        return super().add_job(func, *arguments, **options)

    def _rewrite(self, options: dict[str, Any]) -> None:
        """
        Change the options of one job.
        """


class Mistells(BackgroundScheduler):
    """
    Passes events to listeners as `_retell` has it, or not at all.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int = EVENT_ALL) -> None:
        def filtered(event: Any) -> None:
            if self._retell(event):
                callback(event)

        super().add_listener(filtered, mask)

    def _retell(self, event: Any) -> bool:
        """
        Change an event, and say whether it is passed on.
        """
        return bool(event)


class PoolOfOurOwn(BackgroundScheduler):
    """
    Has another default executor.
    """

    pool: type[ThreadPoolExecutor]

    def start(self, paused: bool = False) -> None:
        if self._engine.executors.get("default") is None:
            self.add_executor(self.pool(), "default")
        super().start(paused)


@fault("MISF-1", also=("MISF-4",))
class IsNeverTooLate(Rewrites):
    """
    The grace of a job has no effect.
    """

    def _rewrite(self, options: dict[str, Any]) -> None:
        if "misfire_grace_time" in options:
            options["misfire_grace_time"] = None


@fault("MISF-1", also=("MISF-4",))
class MissesInSilence(Mistells):
    """
    JOB_MISSED is not announced.
    """

    def _retell(self, event: Any) -> bool:
        return bool(event.code != EVENT_JOB_MISSED)


@fault("MISF-1")
class HasOneGraceForAll(Rewrites):
    """
    The default grace cannot be set.
    """

    def _rewrite(self, options: dict[str, Any]) -> None:
        if options.get("misfire_grace_time", undefined) is undefined:
            options["misfire_grace_time"] = 1


@fault("MISF-2")
class LosesPatience(Rewrites):
    """
    Unlimited grace means a year.
    """

    def _rewrite(self, options: dict[str, Any]) -> None:
        if options.get("misfire_grace_time", undefined) is None:
            options["misfire_grace_time"] = 365 * 86400


@fault("MISF-3", also=("MISF-5",))
class NeverCoalesces(Rewrites):
    """
    The option has no effect.
    """

    def _rewrite(self, options: dict[str, Any]) -> None:
        options["coalesce"] = False


class KnowsTheEarliest(BackgroundScheduler):
    """
    Notes, before each pass, which run time of each job is the first to come.
    """

    def _launch(self, loop: Loop) -> None:
        run_pass = loop._run_pass

        def noting(this: Loop) -> datetime | None:
            self.earliest = {job.id: job.next_run_time for job in self.get_jobs()}
            return run_pass(this)

        loop._run_pass = noting
        for executor in self._engine.executors.running.values():
            self._alter(executor)
        super()._launch(loop)

    def _alter(self, executor: Any) -> None:
        submit = executor.submit_job

        def altered(job: Job, run_times: list[datetime]) -> None:
            first = self.earliest.get(job.id)
            bypassed = job.coalesce and first is not None and first != run_times[0]
            submit(job, self._run_times(job, first, run_times) if first and bypassed else run_times)

        executor.submit_job = altered

    def _run_times(self, job: Job, first: datetime, run_times: list[datetime]) -> list[datetime]:
        """
        Return the run times of a coalesced backlog.
        """
        raise NotImplementedError


@fault("MISF-3")
class RunsForTheEarliest(KnowsTheEarliest):
    """
    A backlog is as late as its first run time.
    """

    def _run_times(self, job: Job, first: datetime, run_times: list[datetime]) -> list[datetime]:
        return [first] if job.misfire_grace_time is not None else run_times


@fault("MISF-3")
class MissesTheBypassed(KnowsTheEarliest):
    """
    JOB_MISSED is announced for a run time that was bypassed.
    """

    def _run_times(self, job: Job, first: datetime, run_times: list[datetime]) -> list[datetime]:
        missed = JobExecutionEvent(EVENT_JOB_MISSED, job.id, job.jobstore, first)
        self._engine.listeners.dispatch(missed)
        return run_times


@fault("MISF-3", also=("MISF-5",))
class SubmitsTheBypassed(KnowsTheEarliest):
    """
    What is coalesced is submitted with two run times, of which one is run.
    """

    def _run_times(self, job: Job, first: datetime, run_times: list[datetime]) -> list[datetime]:
        return run_times if job.misfire_grace_time is not None else [first, *run_times]


class RunsTheLast(ThreadPoolExecutor):
    """
    Runs the last of several run times.
    """

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        super().submit_job(job, run_times[-1:])


class RunsBackwards(ThreadPoolExecutor):
    """
    Runs the last of several run times first.
    """

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        super().submit_job(job, run_times[::-1])


class CountsThemAll(ThreadPoolExecutor):
    """
    Takes each run time of a backlog for an instance.
    """

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        if len(run_times) > job.max_instances:
            raise MaxInstancesReachedError(job)
        super().submit_job(job, run_times)


class RunsAPairOnce(ThreadPoolExecutor):
    """
    Loses a run of a short backlog.
    """

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        super().submit_job(job, run_times[:1] if len(run_times) < 4 else run_times)


class StopsAtTheFirstMissed(ThreadPoolExecutor):
    """
    Gives up a backlog when its first run time is too late.
    """

    def submit_job(self, job: Job, run_times: list[datetime]) -> None:
        grace = job.misfire_grace_time
        late = grace is not None and self._clock.now() - run_times[0] > timedelta(seconds=grace)
        super().submit_job(job, run_times[:1] if late else run_times)


@fault("MISF-4")
class ForgetsABacklog(PoolOfOurOwn):
    """
    Of several run times the last is run.
    """

    pool = RunsTheLast


@fault("MISF-4")
class ReversesABacklog(PoolOfOurOwn):
    """
    Of several run times the last is run first.
    """

    pool = RunsBackwards


@fault("MISF-4")
class LosesAShortBacklog(PoolOfOurOwn):
    """
    Of two or three run times the first is run.
    """

    pool = RunsAPairOnce


@fault("MISF-4")
class LimitsABacklog(PoolOfOurOwn):
    """
    A backlog longer than the limit of instances is skipped.
    """

    pool = CountsThemAll


@fault("MISF-4")
class DropsALateBacklog(PoolOfOurOwn):
    """
    A backlog whose first run time is too late is dropped.
    """

    pool = StopsAtTheFirstMissed


class Unmindful(CronTrigger):
    """
    Does not look at what came before.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        if previous_fire_time is not None:
            now = max(now, previous_fire_time)
        return super().get_next_fire_time(previous_fire_time and now, now)

    def last_fire_time(self, not_before: datetime, now: datetime) -> datetime | None:
        return not_before if not_before <= now else None


@fault("MISF-4")
class ForgetsTheBacklogOfCron(BackgroundScheduler):
    """
    Of several minutes that a cron trigger matches the first is run.
    """

    def add_job(self, func: Any, trigger: Any = None, *arguments: Any, **options: Any) -> Job:
        if trigger == "cron":
            trigger = Unmindful(minute=options.pop("minute"), timezone=options.pop("timezone"))
        return super().add_job(func, trigger, *arguments, **options)


@fault("MISF-5")
class CoalescesWhenTold(Rewrites):
    """
    Coalescing is off by default.
    """

    def _rewrite(self, options: dict[str, Any]) -> None:
        options.setdefault("coalesce", False)


@fault("MISF-6", also=("MISF-8",))
class AllowsOneMore(Rewrites):
    """
    The limit of instances is one too high.
    """

    def _rewrite(self, options: dict[str, Any]) -> None:
        options["max_instances"] = options.get("max_instances", 1) + 1


@fault("MISF-6", also=("MISF-8",))
class SkipsInSilence(Mistells):
    """
    JOB_MAX_INSTANCES is not announced.
    """

    def _retell(self, event: Any) -> bool:
        return bool(event.code != EVENT_JOB_MAX_INSTANCES)


@fault("MISF-6", also=("MISF-8",))
class OverlapsByDefault(Rewrites):
    """
    Jobs may overlap where nothing was said.
    """

    def _rewrite(self, options: dict[str, Any]) -> None:
        options.setdefault("max_instances", 3)


@fault("MISF-7")
class NeverOverlaps(Rewrites):
    """
    The limit of instances is one, whatever it is set to.
    """

    def _rewrite(self, options: dict[str, Any]) -> None:
        options["max_instances"] = 1


@fault("MISF-8")
class GivesUpWhatOverruns(BackgroundScheduler):
    """
    A job that was skipped twice is paused.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        skipped: list[str] = []

        def give_up(event: Any) -> None:
            skipped.append(event.job_id)
            if skipped.count(event.job_id) == 2:
                self.pause_job(event.job_id)

        super().add_listener(give_up, EVENT_JOB_MAX_INSTANCES)


@fault("MISF-9", also=("MISF-10",))
class FailsInSilence(Mistells):
    """
    JOB_ERROR is not announced.
    """

    def _retell(self, event: Any) -> bool:
        return bool(event.code != EVENT_JOB_ERROR)


@fault("MISF-9", also=("MISF-10",))
class ForgetsTheException(Mistells):
    """
    JOB_ERROR carries no exception.
    """

    def _retell(self, event: Any) -> bool:
        if event.code == EVENT_JOB_ERROR:
            object.__setattr__(event, "exception", None)
        return True


class ReactsToErrors(BackgroundScheduler):
    """
    Does something about a job that raised.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        super().add_listener(self._react, EVENT_JOB_ERROR)

    def _react(self, event: Any) -> None:
        """
        Do what must not be done.
        """


@fault("MISF-9", also=("MISF-10",))
class DropsWhatFails(ReactsToErrors):
    """
    A job that raises is removed.
    """

    def _react(self, event: Any) -> None:
        self.remove_job(event.job_id)


@fault("MISF-9", also=("MISF-10",))
class StopsAtAnError(ReactsToErrors):
    """
    A job that raises pauses the scheduler.
    """

    def _react(self, _event: Any) -> None:
        self.pause()


@fault("MISF-10")
class CatchesExceptionsAlone(Mistells):
    """
    What is no `Exception` ends the worker without a word.
    """

    def _retell(self, event: Any) -> bool:
        return event.code != EVENT_JOB_ERROR or isinstance(event.exception, Exception)


class Elsewhere(ThreadPoolExecutor):
    """
    Logs to another logger.
    """

    def start(self, scheduler: Any, alias: str) -> None:
        super().start(scheduler, alias)
        self._logger = logging.getLogger("elsewhere")


@fault("MISF-11")
class LogsErrorsElsewhere(PoolOfOurOwn):
    """
    What jobs raise is not logged below `apscheduler`.
    """

    pool = Elsewhere


@fault("MISF-12")
class ForgetsValues(Mistells):
    """
    JOB_EXECUTED carries the text of what was returned.
    """

    def _retell(self, event: Any) -> bool:
        if event.code == EVENT_JOB_EXECUTED and event.retval is not None:
            object.__setattr__(event, "retval", str(event.retval))
        return True


@fault("MISF-13")
class CannotSleepForLong(BackgroundScheduler):
    """
    The scheduling thread dies of a wait that is too long.
    """

    def _launch(self, loop: Loop) -> None:
        step = loop.step

        def short() -> datetime | None:
            until = step()
            if until is not None and until.year > 9000:
                raise SystemExit("timeout value is too large")
            return until

        vars(loop)["step"] = short
        super()._launch(loop)


class LooksAhead(MemoryJobStore):
    """
    Gives jobs that are due within a minute.
    """

    def get_due_jobs(self, now: datetime) -> list[Job]:
        return super().get_due_jobs(now + timedelta(seconds=35))


@fault("MISF-14", also=MODEL)
class RunsAhead(BackgroundScheduler):
    """
    Runs what is due within the next minute.
    """

    def start(self, paused: bool = False) -> None:
        self.add_jobstore(LooksAhead(), "default")
        super().start(paused)
