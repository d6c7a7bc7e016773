"""
From the name of a trigger, executor or job store type to an instance of it.

The types that come with this library are found without reading the metadata of what is installed;
others announce themselves through the entry point groups ``bgsched.triggers``,
``bgsched.executors`` and ``bgsched.jobstores``.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, NamedTuple

from bgsched._foreign import ExecutorLike, ForeignExecutor, ForeignJobStore, JobStoreLike
from bgsched._refs import resolve
from bgsched.errors import UnknownPluginError
from bgsched.executors.base import BaseExecutor
from bgsched.executors.futures import FuturesExecutor
from bgsched.jobstores.base import BaseJobStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from bgsched._arguments import Trigger
    from bgsched.triggers.base import BaseTrigger


class PluginKind(NamedTuple):
    """
    A family of exchangeable parts.

    Attributes:
        name: What they are called in error messages.
        group: The entry point group of types that others bring.
        builtin: The types that come with this library, and where.
        base: The base class of our own.
        like: What others must have: all its methods.
        wrapper: Makes one of our own of another one.
    """

    name: str
    group: str
    builtin: Mapping[str, str]
    base: type[Any] = object
    like: type[Any] = object
    wrapper: Any = None


TRIGGERS = PluginKind(
    "trigger",
    "bgsched.triggers",
    {
        "and": "bgsched.triggers.combining:AndTrigger",
        "calendarinterval": "bgsched.triggers.calendarinterval:CalendarIntervalTrigger",
        "cron": "bgsched.triggers.cron:CronTrigger",
        "date": "bgsched.triggers.date:DateTrigger",
        "interval": "bgsched.triggers.interval:IntervalTrigger",
        "or": "bgsched.triggers.combining:OrTrigger",
    },
)
EXECUTORS = PluginKind(
    "executor",
    "bgsched.executors",
    {
        "debug": "bgsched.executors.debug:DebugExecutor",
        "processpool": "bgsched.executors.pool:ProcessPoolExecutor",
        "threadpool": "bgsched.executors.pool:ThreadPoolExecutor",
    },
    BaseExecutor,
    ExecutorLike,
    ForeignExecutor,
)
JOBSTORES = PluginKind(
    "job store",
    "bgsched.jobstores",
    {
        "memory": "bgsched.jobstores.memory:MemoryJobStore",
        "redis": "bgsched.jobstores.redis:RedisJobStore",
        "sqlalchemy": "bgsched.jobstores.sqlalchemy:SQLAlchemyJobStore",
    },
    BaseJobStore,
    JobStoreLike,
    ForeignJobStore,
)

# Their members have zones, or get them when they are anchored (TX-5).
_ZONELESS = {"and", "or"}

_loaded: dict[tuple[str, str], Any] = {}


def plugin_class(kind: PluginKind, name: str) -> Any:
    """
    Return the class of this name.

    Raises:
        UnknownPluginError: There is none.
        ImportError: It needs a package that is not installed.
    """
    key = (kind.group, name)
    loaded = _loaded.get(key)
    if loaded is None:
        if name in kind.builtin:
            module, _, class_name = kind.builtin[name].partition(":")
            # Not by `resolve`: an ImportError that tells what to install is to be seen as such.
            loaded = getattr(import_module(module), class_name)
        else:
            found = {point.name: point for point in entry_points(group=kind.group)}
            if name not in found:
                raise UnknownPluginError(kind.name, name, sorted({*kind.builtin, *found}))
            loaded = found[name].load()
        _loaded[key] = loaded
    return loaded


def make_trigger(
    trigger: str | Trigger | None, settings: dict[str, Any], timezone: tzinfo
) -> Trigger:
    """
    Return a trigger for a job.

    Args:
        trigger: A trigger, which is returned as it is; the name of a trigger type; or None, to run
            once and at once.
        settings: Arguments for the trigger type.
        timezone: The zone of the trigger, if *settings* name none.

    Raises:
        TypeError: *trigger* is none of these, or the type does not take these settings.
        UnknownPluginError: No trigger type has this name.
    """
    if trigger is None:
        trigger = "date"
        if not settings.keys() <= {"run_date", "timezone"}:
            raise TypeError(
                f"there are trigger arguments ({', '.join(settings)}) but no trigger; "
                "name it, like 'interval'"
            )
    if isinstance(trigger, str):
        class_ = plugin_class(TRIGGERS, trigger)
        if trigger not in _ZONELESS:
            settings.setdefault("timezone", timezone)
        made: BaseTrigger = class_(**settings)
        return made
    if isinstance(trigger, type) or not callable(getattr(trigger, "get_next_fire_time", None)):
        raise TypeError(f"trigger must be a trigger or the name of a trigger type, not {trigger!r}")
    return trigger


def make_part(kind: PluginKind, part: object, settings: Mapping[str, Any]) -> Any:
    """
    Return the executor or job store that the user described.

    Args:
        kind: `EXECUTORS` or `JOBSTORES`.
        part: An instance, or the name of a type.
        settings: Arguments for the type.

    Raises:
        TypeError: *part* is neither, or the named type is of the wrong kind.
        UnknownPluginError: No type has this name.
    """
    if isinstance(part, str):
        return _built(kind, plugin_class(kind, part), settings)
    return _checked(kind, part, f"the {kind.name} must be an instance, or the name of a type")


def configured_part(kind: PluginKind, alias: str, value: object) -> Any:
    """
    Return the executor or job store that a configuration describes.

    Args:
        kind: `EXECUTORS` or `JOBSTORES`.
        alias: Its alias, for error messages.
        value: An instance, or a mapping that holds either ``type`` (the name of a type) or
            ``class`` (a class or its textual reference), and the arguments. It is not changed.

    Raises:
        TypeError: *value* is neither.
        ValueError: The mapping names no type and no class.
    """
    if not isinstance(value, Mapping) or isinstance(value, kind.base):
        return _checked(kind, value, f"the {kind.name} {alias!r} must be an instance or a dict")
    settings = dict(value)  # CONF-17
    name, class_ = settings.pop("type", None), settings.pop("class", None)
    if name:
        return make_part(kind, name, settings)
    if not class_:
        raise ValueError(f"the {kind.name} {alias!r} needs a 'type' or a 'class': {value!r}")
    factory = resolve(class_) if isinstance(class_, str) else class_
    if not callable(factory):
        raise TypeError(f"the class of the {kind.name} {alias!r} must be a class, not {class_!r}")
    return _built(kind, factory, settings)


def _built(kind: PluginKind, factory: Callable[..., object], settings: Mapping[str, Any]) -> Any:
    if kind is EXECUTORS and isinstance(factory, type) and issubclass(factory, Executor):
        return FuturesExecutor(partial(factory, **settings))
    expected = f"the {kind.name} that {factory!r} makes must be an instance"
    return _checked(kind, factory(**settings), expected)


def _checked(kind: PluginKind, part: object, expected: str) -> Any:
    """
    Return a part as one of our own kind.

    Raises:
        TypeError: It is something else than *expected*, in words.
    """
    if isinstance(part, kind.base):
        return part
    if kind is EXECUTORS and isinstance(part, Executor):
        return FuturesExecutor(part)
    if isinstance(part, type):
        raise TypeError(f"{expected}, not the class {part!r}")
    methods = [name for name in vars(kind.like) if not name.startswith("_")]
    missing = [name for name in methods if not callable(getattr(part, name, None))]
    if missing:
        raise TypeError(f"{expected}, not {part!r}, which has no {', '.join(missing)}")
    return kind.wrapper(part)
