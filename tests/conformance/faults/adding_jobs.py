"""
Faults of `add_job()` and `scheduled_job()`.
"""

from __future__ import annotations

import inspect
import threading
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from bgsched.errors import ConflictingIdError as RealConflictingIdError
from bgsched.errors import JobLookupError
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.schedulers.background import BackgroundScheduler
from bgsched.schedulers.base import STATE_PAUSED, STATE_RUNNING
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bgsched.job import Job


class ByName(BackgroundScheduler):
    """
    Gets all options of a job by name, whatever way they were given.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        names = [*inspect.signature(super().add_job).parameters]
        return self.add(dict(zip(names, arguments, strict=False)) | keywords)

    def add(self, options: dict[str, Any]) -> Job:
        """
        Add the job.
        """
        return super().add_job(**options)


@fault("ADD-1")
class LosesAnOption(BackgroundScheduler):
    """
    `coalesce` is accepted and forgotten.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        keywords.pop("coalesce", None)
        return super().add_job(*arguments, **keywords)


@fault("ADD-1", also=("ADD-21",))
class NamesBeforeIds(BackgroundScheduler):
    """
    `id` and `name` have changed places in the signature.
    """

    def add_job(
        self,
        func: Any,
        trigger: Any = None,
        args: Any = None,
        kwargs: Any = None,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - the documented name
        *arguments: Any,
        **keywords: Any,
    ) -> Job:
        add_job: Callable[..., Job] = super().add_job
        return add_job(func, trigger, args, kwargs, id, name, *arguments, **keywords)


class Stranger:
    """
    Looks like a job, under another name.
    """

    name = "stranger"

    def __init__(self, job: Job) -> None:
        self._job = job

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._job, attribute)


@fault("ADD-1")
class ReturnsAStranger(BackgroundScheduler):
    """
    What is returned is not the job that was added.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Any:
        return Stranger(super().add_job(*arguments, **keywords))


@fault("ADD-2")
class TakesTheFirstName(BackgroundScheduler):
    """
    Of ``module:object.attribute`` the object is called.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        if isinstance(func, str):
            module, _, path = func.partition(":")
            func = f"{module}:{path.partition('.')[0]}"
        return super().add_job(func, *arguments, **keywords)


@fault("ADD-2")
class RefusesTheNameless(BackgroundScheduler):
    """
    Callables without a name of their own are refused.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        if not isinstance(func, str) and not hasattr(func, "__name__"):
            raise TypeError(f"{func!r} has no name")
        return super().add_job(func, *arguments, **keywords)


@fault("ADD-3")
class TakesWhatCannotBeCalled(BackgroundScheduler):
    """
    A plain object is taken; it will fail when it is to run.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        if not isinstance(func, str) and not callable(func):
            return super().add_job(lambda: None, *arguments, **keywords)
        return super().add_job(func, *arguments, **keywords)


@fault("ADD-3")
class ResolvesLater(BackgroundScheduler):
    """
    Text that leads nowhere is taken.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        try:
            return super().add_job(func, *arguments, **keywords)
        except LookupError:
            return super().add_job(lambda: None, *arguments, **keywords)


@fault("ADD-4")
class KnowsTriggersByNameOnly(BackgroundScheduler):
    """
    A trigger object is taken and not asked: the job is paused.
    """

    def add_job(self, func: Any, trigger: Any = None, *arguments: Any, **keywords: Any) -> Job:
        if trigger is not None and not isinstance(trigger, str):
            keywords["next_run_time"] = None
        return super().add_job(func, trigger, *arguments, **keywords)


@fault("ADD-4")
class RepeatsWhatHasNoTrigger(BackgroundScheduler):
    """
    A job without trigger runs now, and each day at this time.
    """

    def add_job(self, func: Any, trigger: Any = None, *arguments: Any, **keywords: Any) -> Job:
        if self.running and trigger is None and "next_run_time" not in keywords:
            trigger, keywords["next_run_time"] = "interval", self.clock.now()
            keywords |= {"days": 1}
        return super().add_job(func, trigger, *arguments, **keywords)


@fault("ADD-5", also=("ADD-2", "ADD-6", "ADD-7", "ADD-18"))
class RunsInASecond(BackgroundScheduler):
    """
    A job without trigger is due in a second.
    """

    def add_job(self, func: Any, trigger: Any = None, *arguments: Any, **keywords: Any) -> Job:
        if self.state == STATE_RUNNING and trigger is None and "next_run_time" not in keywords:
            keywords["next_run_time"] = self.clock.now() + timedelta(seconds=1)
        return super().add_job(func, trigger, *arguments, **keywords)


@fault("ADD-6")
class TakesATupleForOneArgument(BackgroundScheduler):
    """
    Positional arguments in a tuple arrive as one.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        if isinstance(keywords.get("args"), tuple):
            keywords["args"] = [keywords["args"]]
        return super().add_job(*arguments, **keywords)


@fault("ADD-7")
class ChecksNoArguments(BackgroundScheduler):
    """
    Arguments that do not fit are taken.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        try:
            return super().add_job(func, *arguments, **keywords)
        except ValueError:
            return super().add_job(lambda *_, **__: None, *arguments, **keywords)


@fault("ADD-7")
class CountsNoDefaults(BackgroundScheduler):
    """
    Each parameter of the callable needs a value.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        if inspect.isfunction(func) and len(keywords.get("args", ())) < func.__code__.co_argcount:
            raise ValueError("an argument is missing")
        return super().add_job(func, *arguments, **keywords)


@fault("ADD-7")
class AsksWhatIsWrapped(BackgroundScheduler):
    """
    The signature of a wrapped function decides.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        inspect.signature(getattr(func, "__wrapped__", lambda *_: None)).bind(
            *keywords.get("args", ())
        )
        return super().add_job(func, *arguments, **keywords)


@fault("ADD-8")
class StripsIds(BackgroundScheduler):
    """
    Blanks around an id are not part of it.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        if keywords.get("id"):
            keywords["id"] = keywords["id"].strip()
        return super().add_job(*arguments, **keywords)


@fault("ADD-8")
class RunsOutOfIds(ByName):
    """
    After sixteen jobs the ids made up begin anew, and replace.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        self._numbers = count()

    def add(self, options: dict[str, Any]) -> Job:
        if options.get("id") is None:
            options |= {"id": f"job {next(self._numbers) % 16}", "replace_existing": True}
        return super().add(options)


@fault("ADD-9")
class MakesNamesUnique(BackgroundScheduler):
    """
    A name that another job has gets a number.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        if keywords.get("name") in [job.name for job in self.get_jobs()]:
            keywords["name"] += " (2)"
        return super().add_job(*arguments, **keywords)


@fault("ADD-9")
class NamesNoText(BackgroundScheduler):
    """
    A job whose callable is given as text has no name.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        job = super().add_job(func, *arguments, **keywords)
        if isinstance(func, str) and keywords.get("name") is None:
            job.name = ""
        return job


@fault("ADD-10")
class AlwaysReplaces(ByName):
    """
    The last job of an id wins, asked for or not.
    """

    def add(self, options: dict[str, Any]) -> Job:
        return super().add(options | ({"replace_existing": True} if self.running else {}))


@fault("ADD-10")
class PausesWhatIsInTheWay(BackgroundScheduler):
    """
    The first job of an id is paused when a second one is refused.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        try:
            return super().add_job(*arguments, **keywords)
        except RealConflictingIdError:
            with suppress(JobLookupError):
                self.pause_job(keywords["id"])
            raise


class ConflictingIdError(Exception):
    """
    Not the one that is published.
    """


@fault("ADD-10")
class RaisesAnUnknownError(BackgroundScheduler):
    """
    The error has the right name and cannot be caught.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        try:
            return super().add_job(*arguments, **keywords)
        except RealConflictingIdError:
            raise ConflictingIdError from None


@fault("ADD-11")
class KeepsTheOldRunTime(ByName):
    """
    A job that replaces another has the next run time of that.
    """

    def add(self, options: dict[str, Any]) -> Job:
        if self.running and options.get("replace_existing"):
            old = self.get_job(options["id"])
            if old is not None:
                options["next_run_time"] = old.next_run_time
        return super().add(options)


@fault("ADD-11", also=("ADD-21",))
class ReplacesOnly(ByName):
    """
    On a started scheduler nothing can be replaced that is not there.
    """

    def add(self, options: dict[str, Any]) -> Job:
        if self.running and options.get("replace_existing") and not self.get_job(options["id"]):
            raise JobLookupError(options["id"])
        return super().add(options)


@fault("ADD-12")
class DropsDuplicates(BackgroundScheduler):
    """
    The second pending job of an id is lost without a word.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        try:
            return super().add_job(*arguments, **keywords)
        except RealConflictingIdError:
            job = self.get_job(keywords["id"])
            if self.running or job is None:
                raise
            return job


@fault("ADD-13", also=("ADD-21",))
class TheFirstDefinitionWins(ByName):
    """
    A pending job is not replaced.
    """

    def add(self, options: dict[str, Any]) -> Job:
        job = None if self.running else self.get_job(options.get("id", ""))
        return job if job and options.get("replace_existing") else super().add(options)


@fault("ADD-14")
class KnowsOneNameSpace(BackgroundScheduler):
    """
    An id that is taken in one store is taken in all.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        job_id, alias = keywords.get("id"), keywords.get("jobstore", "default")
        taken = {job.id for job in self.get_jobs()} - {job.id for job in self.get_jobs(alias)}
        if job_id in taken:
            raise RealConflictingIdError(job_id)
        return super().add_job(*arguments, **keywords)


@fault("ADD-15")
class NeverRunsEarly(BackgroundScheduler):
    """
    A first run time before that of the trigger has no effect.
    """

    def add_job(self, func: Any, trigger: Any = None, *arguments: Any, **keywords: Any) -> Job:
        if trigger == "cron" and keywords.get("next_run_time"):
            given = keywords.pop("next_run_time")
            job = super().add_job(func, trigger, *arguments, **keywords)
            assert job.next_run_time is not None
            return job.modify(next_run_time=max(given, job.next_run_time))
        return super().add_job(func, trigger, *arguments, **keywords)


@fault("ADD-15")
class CountsFromTheFirstRun(BackgroundScheduler):
    """
    The later run times come hourly after the first.
    """

    def add_job(self, func: Any, trigger: Any = None, *arguments: Any, **keywords: Any) -> Job:
        if trigger == "cron" and keywords.get("next_run_time"):
            del keywords["minute"]
            trigger = "interval"
            keywords |= {"hours": 1, "start_date": keywords["next_run_time"]}
        return super().add_job(func, trigger, *arguments, **keywords)


@fault("ADD-16")
class TakesNoneForLeftOut(BackgroundScheduler):
    """
    No run time means that of the trigger.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        if keywords.get("next_run_time", self) is None:
            del keywords["next_run_time"]
        return super().add_job(*arguments, **keywords)


@fault("ADD-16")
class RunsPausedPendingJobs(BackgroundScheduler):
    """
    The start resumes all jobs.
    """

    def start(self, paused: bool = False) -> None:
        super().start(paused)
        for job in self.get_jobs():
            if job.next_run_time is None:
                job.resume()


@fault("ADD-17", also=("ADD-1", "ADD-14"))
class HasOneStore(ByName):
    """
    All jobs go to the default store.
    """

    def add(self, options: dict[str, Any]) -> Job:
        return super().add(options | {"jobstore": "default"})


@fault("ADD-17", also=("ADD-1",))
class HasOneExecutor(ByName):
    """
    All jobs run on the default executor.
    """

    def add(self, options: dict[str, Any]) -> Job:
        return super().add(options | {"executor": "default"})


class Nowhere(ThreadPoolExecutor):
    """
    Takes jobs when it is told to go on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def submit_job(self, *_: Any) -> None:
        self.go_on.wait()

    def shutdown(self, wait: bool = True) -> None:
        self.go_on.set()
        super().shutdown(wait)


@fault("ADD-18")
class AwaitsTheExecutor(BackgroundScheduler):
    """
    The pass waits until somebody adds the executor that a job names.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        if keywords.get("executor") == "nowhere":
            self._nowhere = Nowhere()
            self.add_executor(self._nowhere, "nowhere")
        return super().add_job(*arguments, **keywords)

    def shutdown(self, wait: bool = True) -> None:
        self._nowhere.go_on.set()
        super().shutdown(wait)

    _nowhere = Nowhere()


@fault("ADD-19")
class RefusesLargeNumbers(BackgroundScheduler):
    """
    A day of grace is too much.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        if (keywords.get("misfire_grace_time") or 0) >= 86400:
            raise ValueError("too long")
        return super().add_job(*arguments, **keywords)


@fault("ADD-19")
class RoundsLimitsUp(BackgroundScheduler):
    """
    Limits that make no sense are taken for the least that does.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        for name in ("misfire_grace_time", "max_instances"):
            if isinstance(keywords.get(name), int):
                keywords[name] = max(1, keywords[name])
        return super().add_job(*arguments, **keywords)


@fault("ADD-20")
class SleepsOn(BackgroundScheduler):
    """
    A job that has a trigger does not wake the scheduling thread.
    """

    def add_job(self, func: Any, trigger: Any = None, *arguments: Any, **keywords: Any) -> Job:
        if trigger is not None:
            vars(self._engine)["wakeup"] = lambda: None
        try:
            return super().add_job(func, trigger, *arguments, **keywords)
        finally:
            vars(self._engine).pop("wakeup", None)


@fault("ADD-21")
class DecoratesIntoJobs(BackgroundScheduler):
    """
    The decorated name is the job.
    """

    def scheduled_job(self, *arguments: Any, **keywords: Any) -> Callable[[Any], Any]:
        keywords["replace_existing"] = True
        return lambda func: self.add_job(func, *arguments, **keywords)


@fault("ADD-21")
class DecoratesOnce(BackgroundScheduler):
    """
    The decorator does not replace.
    """

    def scheduled_job(self, *arguments: Any, **keywords: Any) -> Callable[[Any], Any]:
        def decorate(func: Any) -> Any:
            self.add_job(func, *arguments, **keywords)
            return func

        return decorate


@fault("ADD-22")
class IsNeverPending(BackgroundScheduler):
    """
    A job before the start says that it is stored.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        job = super().add_job(*arguments, **keywords)
        if not self.running:
            job.bind(self, "default")
        return job


@fault("ADD-22")
class IsPendingForEver(BackgroundScheduler):
    """
    A job that was added before the start goes on saying that it is pending.
    """

    def start(self, paused: bool = False) -> None:
        pending = self.get_jobs()
        super().start(paused)
        for job in pending:
            job.bind(self, None)


@fault("ADD-23")
class FindsARunTime(BackgroundScheduler):
    """
    A job without run time runs at once.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        job = super().add_job(*arguments, **keywords)
        if self.state != STATE_PAUSED and self.running and "next_run_time" not in keywords:
            job_left = self.get_job(job.id)
            if job_left is not None and job_left.next_run_time is None:
                job_left.modify(next_run_time=self.clock.now())
        return job
