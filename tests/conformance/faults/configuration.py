"""
Faults of options and of `configure()`.
"""

from __future__ import annotations

import contextlib
import logging
from datetime import UTC
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from bgsched.errors import SchedulerAlreadyRunningError
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.schedulers.base import STATE_PAUSED, STATE_RUNNING
from faults import fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bgsched._options import Options
    from bgsched.job import Job

Config = dict[str, Any]


class Configured(BackgroundScheduler):
    """
    Reads its options in a way that subclasses define.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        mapping, prefix, keywords = self._read(
            dict(gconfig or {}), options.pop("prefix", "apscheduler."), options
        )
        super().__init__(mapping, **keywords, prefix=prefix)

    def configure(
        self,
        gconfig: Mapping[str, Any] | None = None,
        prefix: str | None = "apscheduler.",
        **options: Any,
    ) -> None:
        mapping, prefix, keywords = self._read(dict(gconfig or {}), prefix, options)
        super().configure(mapping, prefix, **keywords)

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        """
        Return what takes the place of what the user gave.
        """
        return mapping, prefix, keywords


class OneOption(Configured):
    """
    Treats one option differently, wherever it is given.
    """

    option = ""

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        key = f"{prefix or ''}{self.option}"
        for options, name in ((mapping, key), (keywords, self.option)):
            if name in options:
                options[name] = self._treat(options[name])
        return mapping, prefix, keywords

    def _treat(self, value: Any) -> Any:
        """
        Return what takes the place of the option's value.
        """
        return value


@fault("CONF-1", also=("CONF-18",))
class ForgetsJobsWhenConfigured(BackgroundScheduler):
    """
    `configure()` drops pending jobs.
    """

    def configure(self, *arguments: Any, **options: Any) -> None:
        super().configure(*arguments, **options)
        self.remove_all_jobs()


@fault("CONF-1")
class IsConfiguredBeforeItsFirstStartOnly(BackgroundScheduler):
    """
    `configure()` is refused for good once the scheduler has run.
    """

    _started = False

    def start(self, paused: bool = False) -> None:
        self._started = True
        super().start(paused)

    def configure(self, *arguments: Any, **options: Any) -> None:
        if self._started:
            raise SchedulerAlreadyRunningError
        super().configure(*arguments, **options)


class ConfiguredWhenStarted(BackgroundScheduler):
    """
    Takes over options in one of the started states, and raises afterwards.
    """

    state_taken = STATE_RUNNING

    def configure(self, *arguments: Any, **options: Any) -> None:
        if self.state == self.state_taken:
            other = BackgroundScheduler(*arguments, **options)
            self._engine.options = self._engine.table.options = other._engine.options
        super().configure(*arguments, **options)


@fault("CONF-2")
class ConfiguresBeforeItRefuses(ConfiguredWhenStarted):
    """
    A running scheduler refuses, but has taken over the options.
    """


@fault("CONF-2")
class ConfiguresInAPause(ConfiguredWhenStarted):
    """
    A paused scheduler refuses, but has taken over the options.
    """

    state_taken = STATE_PAUSED


@fault("CONF-2")
class IgnoresALateConfiguration(BackgroundScheduler):
    """
    A started scheduler takes no options, but does not say so.
    """

    def configure(self, *arguments: Any, **options: Any) -> None:
        with contextlib.suppress(SchedulerAlreadyRunningError):
            super().configure(*arguments, **options)


@fault("CONF-2")
class ReplacesExecutorsBeforeItRefuses(BackgroundScheduler):
    """
    A refused call replaces the executors all the same.
    """

    def configure(self, *arguments: Any, **options: Any) -> None:
        if self.running:
            for alias, executor in options.get("executors", {}).items():
                executor.start(self, alias)
                self._engine.executors.running[alias] = executor
        super().configure(*arguments, **options)


@fault("CONF-3")
class TakesKeysWithoutPrefix(Configured):
    """
    A key without the prefix counts as well.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        bare = {f"{prefix or ''}{key}": value for key, value in mapping.items()}
        return mapping | bare, prefix, keywords


@fault("CONF-4")
class NeedsAPrefix(Configured):
    """
    None stands for the default prefix.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        return mapping, "apscheduler." if prefix is None else prefix, keywords


@fault("CONF-4")
class TakesAnEmptyPrefixForNone(Configured):
    """
    An empty prefix stands for the default one.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        return mapping, "apscheduler." if prefix == "" else prefix, keywords


@fault("CONF-4")
class MindsKeysOfOthers(Configured):
    """
    A key of another program is an error.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        if not prefix and "colour" in mapping:
            raise ValueError("unknown option colour")
        return mapping, prefix, keywords


@fault("CONF-5")
class KnowsOnePrefix(Configured):
    """
    The default prefix counts, whatever is given.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        return mapping, prefix and "apscheduler.", keywords


@fault("CONF-5")
class TakesNoPrefixWhenBuilt(BackgroundScheduler):
    """
    The constructor knows the default prefix alone.
    """

    def __init__(self, gconfig: Mapping[str, Any] | None = None, **options: Any) -> None:
        options.pop("prefix", None)
        super().__init__(gconfig, **options)


@fault("CONF-6", also=("CONF-4", "CONF-19", "CONF-3"))
class TakesNoDottedDefaults(Configured):
    """
    Dotted keys of job defaults lead nowhere.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        kept = {key: mapping[key] for key in mapping if "job_defaults." not in key}
        return kept, prefix, keywords


@fault("CONF-6", also=("CONF-7", "CONF-19"))
class TakesNoDottedParts(Configured):
    """
    Dotted keys of executors and job stores lead nowhere.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        kept = {
            key: mapping[key]
            for key in mapping
            if "executors." not in key and "jobstores." not in key
        }
        return kept, prefix, keywords


@fault("CONF-6")
class TakesDottedDefaultsOnly(Configured):
    """
    A dict of job defaults in the mapping leads nowhere.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        mapping.pop(f"{prefix or ''}job_defaults", None)
        return mapping, prefix, keywords


@fault("CONF-6")
class SplitsKeysOnce(Configured):
    """
    A key is split at its first dot alone.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        kept = {key: mapping[key] for key in mapping if key.count(".") < 3}
        return kept, prefix, keywords


class MappingWins(Configured):
    """
    Options of the mapping override those keywords that `option` says.
    """

    options: tuple[str, ...] = ()

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        groups = {key.removeprefix(prefix or "").partition(".")[0] for key in mapping}
        for name in groups.intersection(self.options):
            keywords.pop(name, None)
        return mapping, prefix, keywords


@fault("CONF-7")
class MappingWinsOverTheZone(MappingWins):
    """
    A zone in the mapping overrides the keyword.
    """

    options = ("timezone", "job_defaults")


@fault("CONF-7")
class MappingWinsOverParts(MappingWins):
    """
    Executors in the mapping override the keyword.
    """

    options = ("executors", "jobstores")


@fault("CONF-8", also=("CONF-19",))
class KnowsNoZoneByName(OneOption):
    """
    A name is passed over, and the local zone used.
    """

    option = "timezone"

    def _treat(self, value: Any) -> Any:
        return "Etc/GMT+7" if value == "Asia/Tokyo" else value


@fault("CONF-8")
class DefaultsToUtc(Configured):
    """
    Without a zone it is UTC.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        return {f"{prefix or ''}timezone": UTC} | mapping, prefix, keywords


class ChecksNoZone(OneOption):
    """
    What cannot be a zone is taken for the local one.
    """

    option = "timezone"
    unchecked: type = object

    def _treat(self, value: Any) -> Any:
        try:
            BackgroundScheduler(timezone=value)
        except (TypeError, ValueError):
            return UTC if isinstance(value, self.unchecked) else value
        return value


@fault("CONF-9")
class ChecksNoName(ChecksNoZone):
    """
    An unknown name is taken for UTC.
    """

    unchecked = str


@fault("CONF-9")
class ChecksNoType(ChecksNoZone):
    """
    A number is taken for UTC.
    """

    unchecked = int


class ChangesDefaults(BackgroundScheduler):
    """
    Reads job defaults in a way that subclasses define.
    """

    def _launch(self, loop: Any) -> None:
        self._adjust(self._engine.options)
        super()._launch(loop)

    def start(self, paused: bool = False) -> None:
        self._adjust(self._engine.options)
        super().start(paused)

    def _adjust(self, options: Options) -> None:
        """
        Change the defaults that were read.
        """


@fault("CONF-10", also=("CONF-2", "CONF-3", "CONF-4", "CONF-5", "CONF-6", "CONF-7", "CONF-18"))
class ForgetsTheGrace(ChangesDefaults):
    """
    The default grace cannot be set.
    """

    def _adjust(self, options: Options) -> None:
        options.job_defaults["misfire_grace_time"] = 1


@fault("CONF-10", also=("CONF-7", "CONF-19", "CONF-3"))
class TakesTextForTrue(OneOption):
    """
    Any text is true, "false" as well.
    """

    option = "job_defaults"

    def _treat(self, value: Any) -> Any:
        return {name: bool(inner) if name == "coalesce" else inner for name, inner in value.items()}


@fault("CONF-10")
class OverridesTheJobsOwn(BackgroundScheduler):
    """
    Job defaults that were set override what a job was given.
    """

    def add_job(self, *arguments: Any, **options: Any) -> Job:
        job = super().add_job(*arguments, **options)
        if self.running and self._engine.options.job_defaults["max_instances"] > 1:
            alias = options.get("jobstore", "default")
            self._engine.table.modify(job, alias, dict(self._engine.options.job_defaults))
        return job


@fault("CONF-11", also=("CONF-2", "CONF-7"))
class BuildsItsOwnExecutors(OneOption):
    """
    An instance is replaced by a new pool of two threads.
    """

    option = "executors"

    def _treat(self, value: Any) -> Any:
        return {
            alias: ThreadPoolExecutor(2) if isinstance(part, ThreadPoolExecutor) else part
            for alias, part in value.items()
        }


class DropsEntries(OneOption):
    """
    Entries beside the class or the type do not reach the constructor.
    """

    kinds: tuple[str, ...] = ("class",)

    def _treat(self, value: Any) -> Any:
        def dropped(part: Any) -> Any:
            if not isinstance(part, dict) or not set(self.kinds) & set(part):
                return part
            return {kind: part[kind] for kind in self.kinds if kind in part}

        return {alias: dropped(part) for alias, part in value.items()}


@fault("CONF-11")
class DropsEntriesOfExecutorClasses(DropsEntries):
    """
    A class of executors is built without arguments.
    """

    option = "executors"


@fault("CONF-11", also=("CONF-19",))
class DropsEntriesOfExecutorTypes(DropsEntries):
    """
    A type of executors is built without arguments.
    """

    option = "executors"
    kinds = ("type",)


class KnowsClassesByTextOnly(OneOption):
    """
    The class of a part has to be a text.
    """

    def _treat(self, value: Any) -> Any:
        if any(
            isinstance(part, dict) and isinstance(part.get("class"), type)
            for part in value.values()
        ):
            raise TypeError("write the class as package.module:Class")
        return value


@fault("CONF-11")
class KnowsClassesOfExecutorsByTextOnly(KnowsClassesByTextOnly):
    """
    The class of an executor has to be a text.
    """

    option = "executors"


@fault("CONF-12")
class KnowsClassesOfStoresByTextOnly(KnowsClassesByTextOnly):
    """
    The class of a job store has to be a text.
    """

    option = "jobstores"


@fault("CONF-12", also=("CONF-7", "CONF-15", "CONF-6"))
class BuildsItsOwnStores(OneOption):
    """
    An instance is replaced by a new store.
    """

    option = "jobstores"

    def _treat(self, value: Any) -> Any:
        return {
            alias: MemoryJobStore() if isinstance(part, MemoryJobStore) else part
            for alias, part in value.items()
        }


@fault("CONF-12")
class DropsEntriesOfStoreClasses(DropsEntries):
    """
    A class of job stores is built without arguments.
    """

    option = "jobstores"


@fault("CONF-13")
class DropsWhatItCannotRead(Configured):
    """
    A part that is described badly is left out.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        for group in ("executors", "jobstores"):
            parts = keywords.get(group, {})
            if 7 in parts.values() or {"max_workers": 1} in parts.values():
                keywords[group] = {}
        return mapping, prefix, keywords


@fault("CONF-14")
class LogsElsewhere(OneOption):
    """
    A logger that is given is not used.
    """

    option = "logger"

    def _treat(self, value: Any) -> Any:
        return logging.getLogger("elsewhere") if isinstance(value, logging.Logger) else value


@fault("CONF-14")
class LogsUnderItsOwnName(Configured):
    """
    The default logger has another name.
    """

    def _read(
        self, mapping: Config, prefix: str | None, keywords: Config
    ) -> tuple[Config, str | None, Config]:
        return {f"{prefix or ''}logger": logging.getLogger("other")} | mapping, prefix, keywords


@fault("CONF-14")
class KnowsNoLoggerByName(OneOption):
    """
    A text is no logger.
    """

    option = "logger"

    def _treat(self, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError("invalid reference")  # noqa: TRY004 - as APScheduler does
        return value


@fault("CONF-15")
class AsksAgainAtOnce(OneOption):
    """
    There is no pause before a retry.
    """

    option = "jobstore_retry_interval"

    def _treat(self, value: Any) -> Any:
        return 0 * value


@fault("CONF-13")
class TellsTheWrongMistake(BackgroundScheduler):
    """
    What describes no part raises RuntimeError.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        try:
            super().__init__(*arguments, **options)
        except (TypeError, ValueError, LookupError) as error:
            raise RuntimeError("wrong option") from error


@fault("CONF-16")
class ForgetsAddedParts(BackgroundScheduler):
    """
    `configure()` drops what was added.
    """

    def configure(self, *arguments: Any, **options: Any) -> None:
        self._engine.executors._parts.clear()
        self._engine.jobstores._parts.clear()
        super().configure(*arguments, **options)


@fault("CONF-17")
class EatsTheMapping(BackgroundScheduler):
    """
    The user's mapping is empty afterwards.
    """

    def __init__(self, gconfig: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(gconfig, **options)
        (gconfig or {}).clear()


@fault("CONF-15")
class NeverAsksAgain(BackgroundScheduler):
    """
    A job store that failed is left alone until somebody calls.
    """

    def _launch(self, loop: Any) -> None:
        run_pass = loop._run_pass

        def without_retry(this: Any) -> object:
            run_pass(this)
            return None

        loop._run_pass = without_retry
        super()._launch(loop)


@fault("CONF-18")
class SettlesWhenAdded(BackgroundScheduler):
    """
    A job takes the defaults of the moment at which it is added.
    """

    def add_job(self, *arguments: Any, **options: Any) -> Job:
        return super().add_job(*arguments, **(self._engine.options.job_defaults | options))


@fault("CONF-19", also=("CONF-6", "CONF-11"))
class ReadsOneWorkerMore(OneOption):
    """
    In a mapping the number of workers means one more.
    """

    option = "executors.default"

    def _treat(self, value: Any) -> Any:
        if isinstance(value, dict) and "max_workers" in value:
            return value | {"max_workers": int(value["max_workers"]) + 1}
        return value
