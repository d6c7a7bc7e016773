"""
Faults of exports and imports.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from bgsched.errors import ConflictingIdError, SchedulerNotRunningError
from bgsched.schedulers.background import BackgroundScheduler
from bgsched.schedulers.base import STATE_PAUSED
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched.job import Job


@fault("XPORT-1", also=("XPORT-2",))
class ExportsEverything(BackgroundScheduler):
    """
    A single store cannot be exported.
    """

    def export_jobs(self, outfile: Any, jobstore: str | None = None) -> None:
        del jobstore
        super().export_jobs(outfile)


@fault("XPORT-1")
class ExportsDefaultOnly(BackgroundScheduler):
    """
    Without a name the default store is exported.
    """

    def export_jobs(self, outfile: Any, jobstore: str | None = None) -> None:
        super().export_jobs(outfile, jobstore or "default")


@fault("XPORT-1", also=("XPORT-2",))
class ClosesTheFile(BackgroundScheduler):
    """
    An open file is closed after the export; one in memory is left alone.
    """

    def export_jobs(self, outfile: Any, jobstore: str | None = None) -> None:
        super().export_jobs(outfile, jobstore)
        if isinstance(outfile, io.TextIOWrapper):
            outfile.close()


@fault("XPORT-1")
class WritesNoJson(BackgroundScheduler):
    """
    The export is followed by a remark.
    """

    def export_jobs(self, outfile: Any, jobstore: str | None = None) -> None:
        super().export_jobs(outfile, jobstore)
        if hasattr(outfile, "write"):
            outfile.write("\n# end")

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        if isinstance(infile, io.StringIO):
            infile = io.StringIO(infile.getvalue().removesuffix("\n# end"))
        elif hasattr(infile, "read"):
            infile = io.StringIO(infile.read().removesuffix("\n# end"))
        super().import_jobs(infile, jobstore)


class Rewriting(BackgroundScheduler):
    """
    Lets `rewritten` change the exported jobs on their way in.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        if hasattr(infile, "read"):
            try:
                document = json.load(infile)
                document["jobs"] = [self.rewritten(job) for job in document["jobs"]]
            except (ValueError, LookupError, TypeError):
                infile.seek(0)
            else:
                infile = io.StringIO(json.dumps(document))
        super().import_jobs(infile, jobstore)

    def rewritten(self, job: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


@fault("XPORT-2")
class ForgetsOptions(Rewriting):
    """
    An imported job runs once at a time, whatever it did before.
    """

    def rewritten(self, job: dict[str, Any]) -> dict[str, Any]:
        return job | {"max_instances": 1}


@fault("XPORT-2")
class ForgetsKeywords(Rewriting):
    """
    An imported job has no keyword arguments.
    """

    def rewritten(self, job: dict[str, Any]) -> dict[str, Any]:
        return job | {"kwargs": {}}


@fault("XPORT-2")
class ResumesImportedJobs(BackgroundScheduler):
    """
    An imported job that was paused is so no more.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        super().import_jobs(infile, jobstore)
        for job in self.get_jobs(jobstore):
            if job.next_run_time is None:
                job.resume()


@fault("XPORT-2", also=("XPORT-6",))
class ImportsIntoDefault(BackgroundScheduler):
    """
    The store to import to is always the default one.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        del jobstore
        super().import_jobs(infile)


@fault("XPORT-2")
class LosesTheLink(BackgroundScheduler):
    """
    An imported job does not know its scheduler.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        super().import_jobs(infile, jobstore)
        if not self.running or self.state == STATE_PAUSED:
            for job in self.get_jobs(jobstore):
                job.bind(None, None)


@fault("XPORT-3")
class ExportsNothingWhenStopped(BackgroundScheduler):
    """
    A stopped scheduler writes an empty export.
    """

    def export_jobs(self, outfile: Any, jobstore: str | None = None) -> None:
        try:
            super().export_jobs(outfile, jobstore)
        except SchedulerNotRunningError:
            json.dump({"version": 1, "jobs": []}, outfile)


@fault("XPORT-4")
class ImportsIntoPausedFromTheStartOnly(BackgroundScheduler):
    """
    A scheduler that was paused after its start refuses to import.
    """

    _paused_later = False

    def pause(self) -> None:
        super().pause()
        self._paused_later = True

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        if self._paused_later:
            raise SchedulerNotRunningError
        super().import_jobs(infile, jobstore)


@fault("XPORT-5")
class SleepsOn(BackgroundScheduler):
    """
    An import does not wake the scheduler.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        wakeup: Callable[[], None] = self._engine.wakeup
        self._engine.wakeup = lambda: None  # type: ignore[method-assign]
        super().import_jobs(infile, jobstore)
        self._engine.wakeup = wakeup  # type: ignore[method-assign]


@fault("XPORT-5")
class RunsAtOnce(BackgroundScheduler):
    """
    A running scheduler runs what it imports at once.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        super().import_jobs(infile, jobstore)
        if self.running and self.state != STATE_PAUSED:
            for job in self.get_jobs(jobstore):
                if type(job.trigger).__name__ == "DateTrigger":
                    job.modify(next_run_time=self.clock.now())


@fault("XPORT-6")
class ReplacesOnImport(BackgroundScheduler):
    """
    An imported job takes the place of one of the same id.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        try:
            super().import_jobs(infile, jobstore)
        except ConflictingIdError as error:
            self.remove_job(error.job_id, jobstore)
            infile.seek(0)
            super().import_jobs(infile, jobstore)


@fault("XPORT-6")
class ReadsAnything(BackgroundScheduler):
    """
    A text that is no export counts as one without jobs.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        try:
            super().import_jobs(infile, jobstore)
        except ValueError:
            return


@fault("XPORT-6", also=("XPORT-1", "XPORT-2"))
class ReadsEmptyExports(BackgroundScheduler):
    """
    An empty object counts as an export without jobs.
    """

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        if infile.read() != "{}":
            infile.seek(0)
            super().import_jobs(infile, jobstore)


@fault("XPORT-7")
class LeavesLambdasBehind(BackgroundScheduler):
    """
    A job that cannot be exported is left out.
    """

    def get_jobs(self, jobstore: str | None = None, pending: bool | None = None) -> list[Job]:
        return [job for job in super().get_jobs(jobstore, pending) if job.func_ref is not None]
