"""
Faults of attaching and detaching job stores, and of what they keep.
"""

from __future__ import annotations

import copy
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bgsched.jobstores.base import BaseJobStore
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.schedulers.background import BackgroundScheduler
from bgsched.schedulers.base import STATE_PAUSED
from faults import fault

if TYPE_CHECKING:
    from bgsched._loop import Loop
    from bgsched.events import SchedulerEvent
    from bgsched.job import Job

with suppress(ImportError):
    import_module("sqlalchemy")  # takes longer than the tests of a faulty scheduler may


@fault("STO-1", also=("STO-2", "STO-3", "STO-8"))
class KeepsAllInDefault(BackgroundScheduler):
    """
    The store that a job names is not asked for.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        keywords.pop("jobstore", None)
        return super().add_job(*arguments, **keywords)


@fault("STO-1")
class HasAnotherDefaultStore(BackgroundScheduler):
    """
    A store without an alias is not the default one.
    """

    def add_jobstore(self, jobstore: Any, alias: str = "main", **jobstore_opts: Any) -> None:
        super().add_jobstore(jobstore, alias, **jobstore_opts)


@fault("STO-1")
class ReplacesStores(BackgroundScheduler):
    """
    A second store of one alias takes the place of the first.
    """

    def add_jobstore(self, jobstore: Any, alias: str = "default", **jobstore_opts: Any) -> None:
        if self._engine.jobstores.get(alias) is not None:
            self.remove_jobstore(alias)
        super().add_jobstore(jobstore, alias, **jobstore_opts)


@fault("STO-2")
class LeavesStoresToResume(BackgroundScheduler):
    """
    A store added to a paused scheduler is not started.
    """

    def add_jobstore(self, jobstore: Any, alias: str = "default", **jobstore_opts: Any) -> None:
        if self.state == STATE_PAUSED and isinstance(jobstore, BaseJobStore):
            self._engine.jobstores.add(alias, jobstore)
        else:
            super().add_jobstore(jobstore, alias, **jobstore_opts)


@fault("STO-2")
class DoesNotLook(BackgroundScheduler):
    """
    The scheduling thread is not told of a store that was added.
    """

    def add_jobstore(self, jobstore: Any, alias: str = "default", **jobstore_opts: Any) -> None:
        loop = self._engine.loop
        if loop is None:
            super().add_jobstore(jobstore, alias, **jobstore_opts)
            return
        ring = loop.ring
        loop.ring = lambda: None  # type: ignore[method-assign]
        super().add_jobstore(jobstore, alias, **jobstore_opts)
        loop.ring = ring  # type: ignore[method-assign]


@fault("STO-3", also=("STO-2",))
class GoesOnWithRemovedStores(BackgroundScheduler):
    """
    A store that was removed without being shut down is still asked for due jobs.
    """

    def remove_jobstore(self, alias: str, shutdown: bool = True) -> None:
        store = self._engine.jobstores.get(alias)
        super().remove_jobstore(alias, shutdown)
        if store is not None and not shutdown:
            self._engine.jobstores.running["removed"] = store


@fault("STO-3")
class LeavesStoresOpen(BackgroundScheduler):
    """
    A removed store is never shut down.
    """

    def remove_jobstore(self, alias: str, shutdown: bool = True) -> None:
        del shutdown
        super().remove_jobstore(alias, shutdown=False)


@fault("STO-3", also=("STO-2",))
class AlwaysShutsStoresDown(BackgroundScheduler):
    """
    A removed store is shut down even if it is not to be.
    """

    def remove_jobstore(self, alias: str, shutdown: bool = True) -> None:
        del shutdown
        super().remove_jobstore(alias)


@fault("STO-3")
class LeavesStoresOpenByDefault(BackgroundScheduler):
    """
    A removed store is shut down only if that is asked for.
    """

    def remove_jobstore(self, alias: str, shutdown: bool = False) -> None:
        super().remove_jobstore(alias, shutdown)


@fault("STO-4")
class AnnouncesNoStore(BackgroundScheduler):
    """
    The removal of a store does not tell which.
    """

    def remove_jobstore(self, alias: str, shutdown: bool = True) -> None:
        listeners = self._engine.listeners
        dispatch = listeners.dispatch

        def forgetful(event: SchedulerEvent) -> None:
            event.alias = None
            dispatch(event)

        listeners.dispatch = forgetful  # type: ignore[method-assign]
        super().remove_jobstore(alias, shutdown)
        listeners.dispatch = dispatch  # type: ignore[method-assign]


@fault("STO-4")
class DetachesInSilence(BackgroundScheduler):
    """
    Before the start, removals are not announced.
    """

    def remove_jobstore(self, alias: str, shutdown: bool = True) -> None:
        if self.running:
            super().remove_jobstore(alias, shutdown)
        else:
            self._engine.jobstores.remove(alias)


@fault("STO-5")
class CopiesLists(BackgroundScheduler):
    """
    Lists among the arguments are copied when the job is added.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        given = keywords.get("args") or []
        keywords["args"] = [copy.copy(each) if isinstance(each, list) else each for each in given]
        return super().add_job(*arguments, **keywords)


@fault("STO-5", also=("STO-6",))
class WantsToPickle(BackgroundScheduler):
    """
    Arguments that cannot be copied are replaced by their names.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        given = keywords.get("args") or []
        keywords["args"] = [
            each if isinstance(each, (list, str, int)) else str(each) for each in given
        ]
        return super().add_job(*arguments, **keywords)


def is_persistent(scheduler: BackgroundScheduler, alias: str) -> bool:
    """
    Whether the store of this alias is one that serializes.
    """
    return not isinstance(scheduler._engine.jobstores.get(alias), MemoryJobStore | None)


@fault("STO-6")
class SwallowsTheRefusal(BackgroundScheduler):
    """
    That a callable cannot be stored is not told.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job | None:  # type: ignore[override]
        try:
            return super().add_job(func, *arguments, **keywords)
        except ValueError:
            if is_persistent(self, "default") and "<" in func.__qualname__:
                return None
            raise


@fault("STO-6")
class DropsBadArguments(BackgroundScheduler):
    """
    A job whose arguments cannot be stored is stored without them.
    """

    def add_job(self, *arguments: Any, **keywords: Any) -> Job:
        try:
            return super().add_job(*arguments, **keywords)
        except TypeError:
            if not is_persistent(self, keywords.get("jobstore", "default")):
                raise
            keywords |= {"args": ["none"], "kwargs": {}}
            return super().add_job(*arguments, **keywords)


@fault("STO-7")
class RefusesMethods(BackgroundScheduler):
    """
    A method cannot be put into a persistent store.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        if hasattr(func, "__self__") and is_persistent(self, "default"):
            raise ValueError("cannot store a method")
        return super().add_job(func, *arguments, **keywords)


@fault("STO-8")
class NeedsNoDatabase(BackgroundScheduler):
    """
    A store that is told no database takes one of its own.
    """

    def add_jobstore(self, jobstore: Any, alias: str = "default", **jobstore_opts: Any) -> None:
        if jobstore == "sqlalchemy" and not jobstore_opts:
            jobstore = "memory"
        super().add_jobstore(jobstore, alias, **jobstore_opts)


@fault("STO-8")
class KnowsOneTable(BackgroundScheduler):
    """
    The name of the table is not heeded.
    """

    def add_jobstore(self, jobstore: Any, alias: str = "default", **jobstore_opts: Any) -> None:
        jobstore_opts.pop("tablename", None)
        super().add_jobstore(jobstore, alias, **jobstore_opts)


@fault("STO-8", also=("STO-7", "STO-10"))
class StartsEmpty(BackgroundScheduler):
    """
    Every start empties the stores.
    """

    def start(self, paused: bool = False) -> None:
        waiting = self.get_jobs()
        super().start(paused=True)
        for job in self.get_jobs():
            if job.id not in {each.id for each in waiting}:
                job.remove()
        if not paused:
            self.resume()


@fault("STO-8")
class RestoresDefaults(BackgroundScheduler):
    """
    A stored job comes back without some of its settings.
    """

    def get_job(self, *arguments: Any, **keywords: Any) -> Job | None:
        job = super().get_job(*arguments, **keywords)
        if job is not None and is_persistent(self, "default") and self.state != STATE_PAUSED:
            job.max_instances = 1
        return job


@fault("STO-8")
class EmptiesEnginesOfOthers(BackgroundScheduler):
    """
    What was kept by the user's own engine is gone after the shutdown.
    """

    def shutdown(self, wait: bool = True) -> None:
        for store in self._engine.jobstores.running.values():
            if not getattr(store, "_owns_engine", True):
                store.remove_all_jobs()
        super().shutdown(wait)


@fault("STO-10")
class AddsAnotherCopy(BackgroundScheduler):
    """
    A stored job that is to be replaced gets a twin.
    """

    def start(self, paused: bool = False) -> None:
        waiting = {job.id for job in self.get_jobs()}
        super().start(paused)
        for job in self.get_jobs():
            if job.id in waiting and len(job.id) == len("mine"):
                self.add_job(job.func, job.trigger, job.args)


@fault("STO-10")
class NamesJobsByFunction(BackgroundScheduler):
    """
    A job without an id has that of its function.
    """

    def add_job(self, func: Any, *arguments: Any, **keywords: Any) -> Job:
        if keywords.get("id") is None and getattr(func, "__module__", "").endswith("_reachable"):
            keywords |= {"id": func.__name__, "replace_existing": True}
        return super().add_job(func, *arguments, **keywords)


@fault("STO-11")
class StopsAtAFailingStore(BackgroundScheduler):
    """
    No job runs while one of the stores fails.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        engine = self._engine
        run_pass = engine._run_pass

        def ask_all_first(loop: Loop) -> Any:
            try:
                for store in list(engine.jobstores.running.values()):
                    store.get_due_jobs(self.clock.now())
            except OSError:
                return None
            return run_pass(loop)

        engine._run_pass = ask_all_first  # type: ignore[method-assign]
