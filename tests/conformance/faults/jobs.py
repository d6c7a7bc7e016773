"""
Faults of looking jobs up, and of changing, pausing, resuming and removing them.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bgsched._plan import first_run_time
from bgsched._run import inside_job_of
from bgsched.errors import JobLookupError as RealJobLookupError
from bgsched.events import EVENT_ALL, EVENT_JOB_REMOVED
from bgsched.job import Job
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.schedulers.background import BackgroundScheduler
from bgsched.schedulers.base import STATE_RUNNING
from bgsched.triggers.date import DateTrigger
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


@fault("JOB-1")
class ForgetsItsDefaults(BackgroundScheduler):
    """
    `max_instances` is 1 if not given, whatever `job_defaults` say.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        return super().add_job(*arguments, **{"max_instances": 1} | keywords)


@fault("JOB-2")
class KeepsTheExecutor(BackgroundScheduler):
    """
    The executor of a job cannot be changed, and nobody is told.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        changes.pop("executor", None)
        return super().modify_job(job_id, jobstore, **changes)


@fault("JOB-2")
class CallsWhatWasAdded(BackgroundScheduler):
    """
    A change of the callable has no effect while the scheduler runs.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        if self.state == STATE_RUNNING and "func" in changes:
            changes = {}
        return super().modify_job(job_id, jobstore, **changes)


@fault("JOB-3")
class IgnoresANewId(BackgroundScheduler):
    """
    A new id is accepted and forgotten.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        changes.pop("id", None)
        return super().modify_job(job_id, jobstore, **changes)


@fault("JOB-4")
class ChangesWhatItCan(BackgroundScheduler):
    """
    Changes are made one by one, until one is refused.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        for name, value in list(changes.items())[:-1]:
            if name != "id":
                super().modify_job(job_id, jobstore, **{name: value})
                del changes[name]
        return super().modify_job(job_id, jobstore, **changes)


@fault("JOB-4")
class IgnoresUnknownSettings(BackgroundScheduler):
    """
    An unknown setting is accepted and forgotten, the others are changed.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        known = {name: value for name, value in changes.items() if hasattr(Job, name)}
        return super().modify_job(job_id, jobstore, **known)


class Asleep(BackgroundScheduler):
    """
    Can be kept from waking up.
    """

    def asleep(self, call: Callable[[], Job]) -> Job:
        """
        Make a call that wakes nobody.
        """
        vars(self._engine)["wakeup"] = lambda: None
        try:
            return call()
        finally:
            vars(self._engine).pop("wakeup", None)


@fault("JOB-5")
class ChangesAsleep(Asleep):
    """
    A change does not wake the scheduling thread.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        change = super().modify_job
        return self.asleep(lambda: change(job_id, jobstore, **changes))


@fault("JOB-5")
class DelaysNothing(BackgroundScheduler):
    """
    While it runs, a planned run cannot be put off.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        moment, job = changes.get("next_run_time"), self.get_job(job_id, jobstore)
        if self.state == STATE_RUNNING and moment and job and job.next_run_time:
            changes["next_run_time"] = min(moment, job.next_run_time)
        return super().modify_job(job_id, jobstore, **changes)


@fault("JOB-6")
class FollowsTheTriggerAtOnce(BackgroundScheduler):
    """
    A change of the trigger is a rescheduling.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        if "trigger" in changes and "next_run_time" not in changes:
            first = changes["trigger"].get_next_fire_time(None, self.clock.now())
            changes["next_run_time"] = first
        return super().modify_job(job_id, jobstore, **changes)


@fault("JOB-7", also=("JOB-24",))
class KeepsTheOldTime(BackgroundScheduler):
    """
    A rescheduled job has its old run first.
    """

    def reschedule_job(self, job_id: str, *arguments: Any, **keywords: Any) -> Job:
        old = self.get_job(job_id)
        moment = getattr(old, "next_run_time", None)
        job = super().reschedule_job(job_id, *arguments, **keywords)
        return job.modify(next_run_time=moment) if moment and self.running else job


@fault("JOB-7")
class ReschedulesAsleep(Asleep):
    """
    A new trigger does not wake the scheduling thread.
    """

    def reschedule_job(self, job_id: str, *arguments: Any, **keywords: Any) -> Job:
        reschedule = super().reschedule_job
        return self.asleep(lambda: reschedule(job_id, *arguments, **keywords))


@fault("JOB-8", also=("JOB-22",))
class PausesNothingThatRuns(BackgroundScheduler):
    """
    On a running scheduler `pause_job()` finds the job and leaves it as it is.
    """

    def pause_job(self, job_id: str, jobstore: str | None = None) -> Job:
        if self.state == STATE_RUNNING:
            return self.modify_job(job_id, jobstore)
        return super().pause_job(job_id, jobstore)


@fault("JOB-8")
class ForgetsArguments(BackgroundScheduler):
    """
    A job that is paused loses its arguments.
    """

    def pause_job(self, job_id: str, jobstore: str | None = None) -> Job:
        if self.running:
            return self.modify_job(job_id, jobstore, next_run_time=None, args=[])
        return super().pause_job(job_id, jobstore)


@fault("JOB-9")
class MakesUpForThePause(BackgroundScheduler):
    """
    A resumed job begins with the first run that it has not had.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._since: dict[str, datetime] = {}

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        job = super().add_job(*arguments, **keywords)
        self._since[job.id] = self.clock.now()
        return job

    def resume_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        job = super().resume_job(job_id, jobstore)
        if job is not None and self.running:
            first = job.trigger.get_next_fire_time(None, self._since[job_id])
            self.modify_job(job_id, jobstore, next_run_time=first)
        return job


@fault("JOB-10")
class KeepsWhatIsOver(BackgroundScheduler):
    """
    A job whose schedule is over stays, paused.
    """

    def resume_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        job = self.get_job(job_id, jobstore)
        if job is not None and first_run_time(job.trigger, self.clock.now()) is None:
            return job
        return super().resume_job(job_id, jobstore)


@fault("JOB-10")
class ResumesInThePast(BackgroundScheduler):
    """
    A job with a date gets it back, however long it is past.
    """

    def resume_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        job = self.get_job(job_id, jobstore)
        if job is not None and isinstance(job.trigger, DateTrigger):
            return job.modify(next_run_time=job.trigger.run_date)
        return super().resume_job(job_id, jobstore)


@fault("JOB-11")
class RemovesFromUnnamedStores(BackgroundScheduler):
    """
    On a running scheduler nothing is removed from a store that is named.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        if self.state != STATE_RUNNING or jobstore is None:
            super().remove_job(job_id, jobstore)


@fault("JOB-11")
class RemovesNamesakes(BackgroundScheduler):
    """
    A job of the same id in another store is removed as well.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        super().remove_job(job_id, jobstore)
        with suppress(RealJobLookupError):
            super().remove_job(job_id)


@fault("JOB-12", also=("JOB-25",))
class RemovesInSilence(BackgroundScheduler):
    """
    A job that is not there counts as removed.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        with suppress(RealJobLookupError):
            super().remove_job(job_id, jobstore)


@fault("JOB-12")
class RemovesFromAnyStore(BackgroundScheduler):
    """
    The store that is named does not matter.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        try:
            super().remove_job(job_id, jobstore)
        except RealJobLookupError:
            super().remove_job(job_id)


class JobLookupError(Exception):
    """
    Not the one that is published.
    """


@fault("JOB-12")
class RaisesAnotherError(BackgroundScheduler):
    """
    The error has the right name and cannot be caught.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        try:
            super().remove_job(job_id, jobstore)
        except RealJobLookupError:
            raise JobLookupError from None


@fault("JOB-13")
class ResumesWhatIsNotThere(BackgroundScheduler):
    """
    A job that is not there counts as one whose schedule is over.
    """

    def resume_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        try:
            return super().resume_job(job_id, jobstore)
        except RealJobLookupError:
            return None


@fault("JOB-13")
class ReschedulesWhatIsNotThere(BackgroundScheduler):
    """
    A job that is not there is added.
    """

    def reschedule_job(
        self, job_id: str, jobstore: str | None = None, trigger: Any = None, **trigger_args: Any
    ) -> Job:
        try:
            return super().reschedule_job(job_id, jobstore, trigger, **trigger_args)
        except RealJobLookupError:
            return self.add_job(print, trigger, id=job_id, **trigger_args)


@fault("JOB-14")
class FindsNoPendingJob(BackgroundScheduler):
    """
    Before the start no job is found.
    """

    def get_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        return super().get_job(job_id, jobstore) if self.running else None


@fault("JOB-14")
class FindsJobsInAnyStore(BackgroundScheduler):
    """
    The store that is named does not matter.
    """

    def get_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        return super().get_job(job_id, jobstore) or super().get_job(job_id)


@fault("JOB-14")
class KnowsItsStores(BackgroundScheduler):
    """
    To look in an unknown store is an error.
    """

    def get_job(self, job_id: str, jobstore: str | None = None) -> Job | None:
        if self.running and jobstore is not None:
            _ = self._engine.jobstores.running[jobstore]
        return super().get_job(job_id, jobstore)


@fault("JOB-15")
class ListsAllPendingJobs(BackgroundScheduler):
    """
    Before the start the store that is named does not matter.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        return super().get_jobs(jobstore if self.running else None, pending)


@fault("JOB-15", also=("JOB-11",))
class ListsAllStoredJobs(BackgroundScheduler):
    """
    After the start the store that is named does not matter.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        return super().get_jobs(None if self.running else jobstore, pending)


@fault("JOB-15")
class GivesItsOnlyList(BackgroundScheduler):
    """
    Who empties the list that was returned empties the scheduler.
    """

    _given: tuple[list[Job], int] = [], 0

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        given, length = self._given
        if len(given) < length:
            return given
        jobs = super().get_jobs(jobstore, pending)
        self._given = jobs, len(jobs)
        return jobs


@fault("JOB-16")
class ListsByWallClock(BackgroundScheduler):
    """
    Run times are compared without their zones.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        jobs = super().get_jobs(jobstore, pending)
        return sorted(jobs, key=_wall_clock) if self.running else jobs


@fault("JOB-16")
class ListsPausedJobsFirst(BackgroundScheduler):
    """
    Jobs without a run time come first.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        jobs = super().get_jobs(jobstore, pending)
        return sorted(jobs, key=lambda job: getattr(job, "next_run_time", None) is not None)


@fault("JOB-17")
class WarnsOfNothing(BackgroundScheduler):
    """
    `pending` is accepted in silence.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        del pending
        return super().get_jobs(jobstore)


@fault("JOB-17")
class TakesPendingAtItsWord(BackgroundScheduler):
    """
    `pending` still chooses jobs.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        jobs = super().get_jobs(jobstore, pending)
        return [job for job in jobs if pending is None or pending == job.pending]


@fault("JOB-18", also=("JOB-12",))
class RemovesNoPendingJob(BackgroundScheduler):
    """
    A pending job cannot be removed, and nobody is told.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        if self.running or self.get_job(job_id, jobstore) is None:
            super().remove_job(job_id, jobstore)


@fault("JOB-18")
class PausesNoPendingJob(BackgroundScheduler):
    """
    A pause before the start has no effect.
    """

    def pause_job(self, job_id: str, jobstore: str | None = None) -> Job:
        if self.running:
            return super().pause_job(job_id, jobstore)
        return self.modify_job(job_id, jobstore)


@fault("JOB-18")
class ChangesNoPendingJob(BackgroundScheduler):
    """
    The arguments of a pending job cannot be changed, and nobody is told.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        if not self.running:
            changes.pop("args", None)
        return super().modify_job(job_id, jobstore, **changes)


@fault("JOB-18")
class ReschedulesNoPendingJob(BackgroundScheduler):
    """
    The trigger of a pending job cannot be changed, and nobody is told.
    """

    def reschedule_job(
        self, job_id: str, jobstore: str | None = None, *rest: Any, **new: Any
    ) -> Job:
        if self.running:
            return super().reschedule_job(job_id, jobstore, *rest, **new)
        return self.modify_job(job_id, jobstore)


@fault("JOB-19")
class EmptiesAllStores(BackgroundScheduler):
    """
    The store that is named does not matter.
    """

    def remove_all_jobs(self, jobstore: str | None = None) -> None:
        del jobstore
        super().remove_all_jobs()


@fault("JOB-19")
class EmptiesNoPendingStore(BackgroundScheduler):
    """
    Pending jobs stay.
    """

    def remove_all_jobs(self, jobstore: str | None = None) -> None:
        if self.running:
            super().remove_all_jobs(jobstore)


@fault("JOB-20")
class PrintsNoPausedJob(BackgroundScheduler):
    """
    Jobs without a run time are left out.
    """

    def print_jobs(self, jobstore: str | None = None, out: Any = None) -> None:
        jobs = [job for job in self.get_jobs(jobstore) if getattr(job, "next_run_time", self)]
        print(*jobs, sep="\n", file=out or sys.stdout)


@fault("JOB-20")
class PrintsToStandardError(BackgroundScheduler):
    """
    The list is taken for a message.
    """

    def print_jobs(self, jobstore: str | None = None, out: Any = None) -> None:
        super().print_jobs(jobstore, out or sys.stderr)


@fault("JOB-21")
class RemovesUnheard(BackgroundScheduler):
    """
    REMOVED is not announced.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int = EVENT_ALL) -> None:
        super().add_listener(callback, mask & ~EVENT_JOB_REMOVED)


class Attic(MemoryJobStore):
    """
    Keeps jobs that are over, as paused ones.
    """

    def remove_job(self, job_id: str) -> None:
        job = self.lookup_job(job_id)
        super().remove_job(job_id)
        if job is not None and isinstance(job.trigger, DateTrigger) and "date" in job_id:
            job.next_run_time = None
            self.add_job(job)


@fault("JOB-21")
class KeepsFinishedJobs(BackgroundScheduler):
    """
    A job with a date stays after its run.
    """

    def start(self, paused: bool = False) -> None:
        if self._engine.jobstores.get("default") is None:
            self.add_jobstore(Attic())
        super().start(paused)


@fault("JOB-22")
class PausesNoRunningJob(BackgroundScheduler):
    """
    A job that pauses itself goes on.
    """

    def pause_job(self, job_id: str, jobstore: str | None = None) -> Job:
        if inside_job_of(self):
            return self.modify_job(job_id, jobstore)
        return super().pause_job(job_id, jobstore)


@fault("JOB-22")
class RemovesNoRunningJob(BackgroundScheduler):
    """
    A job that removes itself stays.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        if not inside_job_of(self):
            super().remove_job(job_id, jobstore)


class Heavy:
    """
    Stands in for a job, without room for weak references.
    """

    __slots__ = ("_job",)

    def __init__(self, job: Job) -> None:
        self._job = job

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._job, attribute)

    def __eq__(self, other: object) -> bool:
        return self._job.id == getattr(other, "id", None)

    __hash__ = None  # type: ignore[assignment]


@fault("JOB-23")
class ReturnsHeavyJobs(BackgroundScheduler):
    """
    A job that was added without an id has no room for weak references.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Any:
        job = super().add_job(*arguments, **keywords)
        return job if "id" in keywords else Heavy(job)


class View:
    """
    Shows a job and is equal to none.
    """

    def __init__(self, job: Job) -> None:
        self._job = job

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._job, attribute)

    def __str__(self) -> str:
        return str(self._job)


@fault("JOB-23")
class ListsViews(BackgroundScheduler):
    """
    What is listed is no job.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Any]:
        return [View(job) for job in super().get_jobs(jobstore, pending)]


@fault("JOB-24")
class SavesNoChange(BackgroundScheduler):
    """
    A change of a job does not come to its store, if that does not keep the job itself.
    """

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        job = self.get_job(job_id, jobstore)
        if job is None or job is self.get_job(job_id, jobstore):
            return super().modify_job(job_id, jobstore, **changes)
        return job


@fault("JOB-25")
class OutlivesItsShutdown(BackgroundScheduler):
    """
    Changes and removals after the shutdown are lost without a word.
    """

    _over = False

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        self._over = True

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Any:
        return None if self._over else super().modify_job(job_id, jobstore, **changes)


def _wall_clock(job: Job) -> tuple[bool, str]:
    moment = job.next_run_time
    return moment is None, f"{moment:%Y-%m-%d %H:%M}" if moment else ""
