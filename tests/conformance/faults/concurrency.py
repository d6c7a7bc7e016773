"""
Faults of many threads at once, and of errors in the user's code.
"""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from bgsched._run import inside_job_of
from bgsched.errors import ConflictingIdError, JobLookupError
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.triggers.interval import IntervalTrigger
from faults import fault
from faults.shutdown import A_LONG_TIME, WatchesItsWorkers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bgsched._loop import Loop
    from bgsched.job import Job


@fault("CONC-1", also=("CONC-2", "CONC-3"))
class ServesOneThread(BackgroundScheduler):
    """
    Refuses changes from other threads than the one that it was built in.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._home = threading.get_ident()

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        if threading.get_ident() != self._home:
            raise RuntimeError("wrong thread")
        return super().modify_job(job_id, jobstore, **changes)


@fault("CONC-1")
class LooksThenRemoves(BackgroundScheduler):
    """
    Looks for the job, then removes it; another thread may have done so in between.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        if self.get_job(job_id, jobstore) is None:
            raise JobLookupError(job_id)
        with contextlib.suppress(JobLookupError):
            super().remove_job(job_id, jobstore)


@fault("CONC-1")
class LooksThenAdds(BackgroundScheduler):
    """
    Looks for the id, then adds it; another thread may have done so in between.
    """

    def add_job(self, func: Any, *arguments: Any, **options: Any) -> Job:
        job_id = options.get("id")
        if job_id is not None and self.get_job(job_id) is not None:
            raise ConflictingIdError(job_id)
        return super().add_job(func, *arguments, **options | {"replace_existing": True})


@fault("CONC-1")
class ForgetsTheLate(BackgroundScheduler):
    """
    Takes the jobs that wait for its start, then starts; another may have come in between.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waiting: list[Callable[[], Job]] = []

    def add_job(self, *arguments: Any, **options: Any) -> Any:
        add = partial(super().add_job, *arguments, **options)
        return add() if self.running else self._waiting.append(add)

    def start(self, paused: bool = False) -> None:
        waiting = list(self._waiting)
        super().start(paused)
        for add in waiting:
            add()


class MindsPasses(BackgroundScheduler):
    """
    Does something after each pass, with what it saw before.
    """

    def _launch(self, loop: Loop) -> None:
        run_pass = loop._run_pass

        def minded(this: Loop) -> datetime | None:
            self._seen = [(job.id, job.name, job.next_run_time) for job in self.get_jobs()]
            following = run_pass(this)
            self._follow(this)
            return following

        loop._run_pass = minded
        super()._launch(loop)

    def _follow(self, loop: Loop) -> None:
        """
        Do what must not be done.
        """
        raise NotImplementedError


@fault("CONC-1")
class PutsNamesBack(MindsPasses):
    """
    A pass saves jobs as it has read them.
    """

    def _follow(self, loop: Loop) -> None:
        del loop
        for job_id, name, _ in self._seen:
            job = self.get_job(job_id)
            if job is not None and job.name != name:
                self.modify_job(job_id, name=name)


@fault("CONC-1")
class PutsTimesBack(MindsPasses):
    """
    A pass knows better than who paused a job meanwhile.
    """

    def _follow(self, loop: Loop) -> None:
        del loop
        for job_id, _, moment in self._seen:
            job = self.get_job(job_id)
            if job is not None and moment is not None and job.next_run_time is None:
                self.resume_job(job_id)


@fault("CONC-1")
class OverhearsTheBell(MindsPasses):
    """
    A wakeup that comes during a pass is lost.
    """

    def _follow(self, loop: Loop) -> None:
        loop.alarm._silence.acquire(blocking=False)  # type: ignore[attr-defined]


class MindsJobs(BackgroundScheduler):
    """
    Does something about calls that come from its own jobs.
    """

    def _mind(self) -> None:
        """
        Do what must not be done.
        """
        if inside_job_of(self):
            raise RuntimeError("not in a job")


@fault("CONC-2")
class TakesNoJobsOfJobs(MindsJobs):
    """
    A job cannot add another.
    """

    def add_job(self, func: Any, *arguments: Any, **options: Any) -> Job:
        self._mind()
        return super().add_job(func, *arguments, **options)


@fault("CONC-2")
class PutsOffNothing(MindsJobs):
    """
    A job that reschedules itself keeps its old schedule.
    """

    def reschedule_job(self, job_id: str, *arguments: Any, **options: Any) -> Job:
        if inside_job_of(self) and job_id == "job":
            return self.modify_job(job_id)
        return super().reschedule_job(job_id, *arguments, **options)


@fault("CONC-2")
class PrintsNothingInJobs(MindsJobs):
    """
    A job cannot print the list of jobs.
    """

    def print_jobs(self, *arguments: Any, **options: Any) -> None:
        self._mind()
        super().print_jobs(*arguments, **options)


@fault("CONC-3")
class LocksChangesOut(BackgroundScheduler):
    """
    `shutdown()` holds a lock while it waits for jobs which wait for that lock.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turn = threading.Lock()

    def modify_job(self, job_id: str, jobstore: str | None = None, **changes: Any) -> Job:
        if self._turn.acquire(timeout=A_LONG_TIME):
            self._turn.release()
        return super().modify_job(job_id, jobstore, **changes)

    def shutdown(self, wait: bool = True) -> None:
        with self._turn:
            super().shutdown(wait)


class PrefersIntervals(MemoryJobStore):
    """
    Gives no other job while it has one that runs each second.
    """

    def get_due_jobs(self, now: datetime) -> list[Job]:
        due = super().get_due_jobs(now)
        return [job for job in due if job in self._fast()] if self._fast() else due

    def get_next_run_time(self) -> datetime | None:
        moments = [job.next_run_time for job in self._fast() if job.next_run_time is not None]
        return min(moments, default=None) if moments else super().get_next_run_time()

    def _fast(self) -> list[Job]:
        return [
            job
            for job in self.get_all_jobs()
            if isinstance(job.trigger, IntervalTrigger)
            and job.trigger.interval.total_seconds() <= 1
        ]


@fault("CONC-4")
class StarvesSlowJobs(BackgroundScheduler):
    """
    A fast job keeps the others from running.
    """

    def start(self, paused: bool = False) -> None:
        self.add_jobstore(PrefersIntervals(), "default")
        super().start(paused)


@fault("CONC-5")
class InterruptsWhatIsRemoved(WatchesItsWorkers):
    """
    Removing a job cuts it off.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        super().remove_job(job_id, jobstore)
        self.interrupt_workers()


@fault("CONC-5", also=("CONC-2",))
class RefusesToRemoveItself(MindsJobs):
    """
    A job cannot remove itself.
    """

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        self._mind()
        super().remove_job(job_id, jobstore)


@fault("CONC-6")
class FailsWithItsListeners(BackgroundScheduler):
    """
    What a listener raises gets through to whoever sent the event.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        listeners = self._engine.listeners

        def dispatch(event: Any) -> None:
            for callback, mask in listeners._entries:
                if event.code & mask:
                    callback(event)

        vars(listeners)["dispatch"] = dispatch


class DiesOf(BackgroundScheduler):
    """
    The scheduling thread dies of an error that subclasses tell.
    """

    def _launch(self, loop: Loop) -> None:
        step = loop.step

        def deadly() -> datetime | None:
            following = step()
            if any(self._is_deadly(job) for job in self.get_jobs()):
                raise SystemExit
            return following

        vars(loop)["step"] = deadly
        super()._launch(loop)

    def _is_deadly(self, job: Job) -> bool:
        """
        Tell whether the thread dies of this job.
        """
        raise NotImplementedError


@fault("CONC-6")
class DiesOfTriggers(DiesOf):
    """
    The scheduling thread dies of a trigger that raises.
    """

    def _is_deadly(self, job: Job) -> bool:
        return type(job.trigger).__name__ == "ScriptedTrigger"


@fault("CONC-6")
class DiesOfStores(DiesOf):
    """
    The scheduling thread dies of a job store that raises.
    """

    def _is_deadly(self, job: Job) -> bool:
        return job.jobstore == "bad"
