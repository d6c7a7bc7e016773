"""
The implementation under test: from ``module:Class`` to a class and the names published beside it.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import threading
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from bgsched_conformance.findings import Unsupported
from bgsched_conformance.texts import fit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

# Names are documented, numbers are not: these serve where an implementation publishes no name.
_EVENTS = (
    "SCHEDULER_STARTED",
    "SCHEDULER_SHUTDOWN",
    "SCHEDULER_PAUSED",
    "SCHEDULER_RESUMED",
    "EXECUTOR_ADDED",
    "EXECUTOR_REMOVED",
    "JOBSTORE_ADDED",
    "JOBSTORE_REMOVED",
    "ALL_JOBS_REMOVED",
    "JOB_ADDED",
    "JOB_REMOVED",
    "JOB_MODIFIED",
    "JOB_EXECUTED",
    "JOB_ERROR",
    "JOB_MISSED",
    "JOB_SUBMITTED",
    "JOB_MAX_INSTANCES",
)
_EVENT_NUMBERS = {name: 1 << position for position, name in enumerate(_EVENTS)}
_CONSTRUCTION_SECONDS = 30


class _Unpublished:
    """
    A constant of unknown value: nothing can be wrong about it.
    """

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Target:
    """
    A scheduler class and what is published beside it.

    Attributes:
        cls: The class.
        spec: The ``module:Class`` it was named by.
    """

    cls: type[Any]
    spec: str

    @cached_property
    def distribution(self) -> metadata.Distribution | None:
        """
        The distribution that the class came in, if it came in one.
        """
        for name in (self.top, *metadata.packages_distributions().get(self.top, ())):
            try:
                return metadata.distribution(name)
            except metadata.PackageNotFoundError:
                continue
        return None

    @property
    def top(self) -> str:
        """
        Name of the package or module that the class is in, without what is below it.
        """
        return self.cls.__module__.partition(".")[0]

    @property
    def version(self) -> str:
        """
        Version of the distribution or of the package, or an empty text.
        """
        if self.distribution is not None:
            return self.distribution.version
        return str(getattr(sys.modules.get(self.top), "__version__", ""))

    def symbol(self, module_suffix: str, name: str) -> Any:
        """
        Find a documented name in the packages of the class and of its bases.

        Args:
            module_suffix: Module below the package, for example ``executors.pool``.
            name: The name in that module.

        Raises:
            Unsupported: No package of the class publishes it.
        """
        for package in self._packages():
            module = _published(f"{package}.{module_suffix}")
            if hasattr(module, name):
                return getattr(module, name)
        raise Unsupported(f"{self.spec} publishes no {module_suffix}.{name}")

    def event(self, name: str) -> int:
        """
        Return the number of an event, for example of ``JOB_SUBMITTED``.

        Raises:
            KeyError: No such event is documented.
        """
        return self._number("events", f"EVENT_{name}", _EVENT_NUMBERS[name])

    def event_names(self) -> dict[int, str]:
        """
        Return the name of each documented event by its number.
        """
        return {self.event(name): name for name in _EVENTS}

    def state(self, name: str) -> Any:
        """
        Return a state, which may be of any type: ``STOPPED``, ``RUNNING`` or ``PAUSED``.

        Where none is published, what is returned equals whatever it is compared with.
        """
        try:
            return self.symbol("schedulers.base", f"STATE_{name}")
        except Unsupported:
            return _Unpublished()

    def _number(self, module_suffix: str, name: str, otherwise: int) -> int:
        try:
            return int(self.symbol(module_suffix, name))
        except Unsupported:
            return otherwise

    def _packages(self) -> Iterator[str]:
        seen = set()
        for base in self.cls.__mro__:
            package = base.__module__
            while package not in seen and package != "builtins":
                seen.add(package)
                yield package
                package = package.rpartition(".")[0] or "builtins"


@cache
def _published(module: str) -> ModuleType | None:
    # Looked for anew each time, a module that does not exist would cost more than most tests.
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


TARGET = pytest.StashKey[Target]()


def load(spec: str, config: pytest.Config) -> Target:
    """
    Import the class that *spec* names.

    Args:
        spec: ``module:Class``; the class may be nested, as in ``module:Outer.Inner``.
        config: Tells where to look besides ``sys.path``: the directory pytest was called in, its
            rootdir and the ``src`` below it, which plain ``pytest`` does not look in.

    Raises:
        pytest.UsageError: There is no such class; the message is one line.
    """
    module_name, _, path = spec.partition(":")
    if not all(part.isidentifier() for part in (*module_name.split("."), *path.split("."))):
        raise _wrong(spec, "write it as module:Class, for example acme.sched:BackgroundScheduler")
    found: Any = _module(spec, module_name, config)
    for name in path.split("."):
        if not hasattr(found, name):
            raise _wrong(spec, _missing(found, name))
        found = getattr(found, name)
    if not isinstance(found, type):
        raise _wrong(spec, f"{path!r} is a {type(found).__name__}, not a class")
    return Target(found, spec)


def try_out(target: Target) -> None:
    """
    Build one scheduler, so that a class which cannot be built is told once and not by each test.

    Raises:
        pytest.UsageError: The class cannot be built without arguments, or takes too long.
    """
    errors: list[BaseException | None] = []

    def build() -> None:
        try:
            target.cls()
        except BaseException as error:  # noqa: BLE001 - SystemExit included
            errors.append(error)
        else:
            errors.append(None)

    thread = threading.Thread(target=build, name="bgsched-kit-construction", daemon=True)
    thread.start()
    thread.join(_CONSTRUCTION_SECONDS)
    name = target.cls.__name__
    if not errors:
        raise _wrong(target.spec, f"{name}() did not return within {_CONSTRUCTION_SECONDS} s")
    if errors[0] is not None:
        raise _wrong(target.spec, f"{name}() raised {one_line(errors[0])}")


def one_line(error: BaseException) -> str:
    """
    Write an exception as its class and the first line of its text.
    """
    lines = text_of(error).strip().splitlines()
    name = type(error).__name__
    return str(fit(f"{name}: {lines[0]}" if lines else name))


def text_of(error: BaseException) -> str:
    """
    Return the text of an exception, which may be of a class that cannot write it.
    """
    try:
        return str(error)
    except Exception as failure:  # noqa: BLE001 - a foreign text is no reason to fail
        return f"(its text cannot be had: {type(failure).__name__})"


def _wrong(spec: str, what: str) -> pytest.UsageError:
    return pytest.UsageError(f"--bgsched-impl={spec}: {what}")


def _module(spec: str, name: str, config: pytest.Config) -> ModuleType:
    places: list[Path | None] = [None, config.invocation_params.dir]
    places += [config.rootpath, config.rootpath / "src"]
    for place in places:
        if place is not None:
            if str(place) in sys.path:
                continue
            sys.path.append(str(place))
            importlib.invalidate_caches()
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise _wrong(spec, f"importing {name} raised {one_line(error)}") from error
        except (Exception, SystemExit) as error:
            raise _wrong(spec, f"importing {name} raised {one_line(error)}") from error
    where = ", ".join(dict.fromkeys(str(place) for place in places if place is not None))
    raise _wrong(spec, f"no module named {name!r} on sys.path or in {where}")


def _missing(found: object, name: str) -> str:
    if not inspect.ismodule(found):
        return f"class {getattr(found, '__qualname__', found)!r} has no attribute {name!r}"
    classes = [
        key
        for key, value in vars(found).items()
        if inspect.isclass(value) and value.__module__ == found.__name__ and key[0] != "_"
    ]
    has = f"it has: {', '.join(classes)}" if classes else "it has no class"
    return f"module {found.__name__!r} has no attribute {name!r}; {has}"
