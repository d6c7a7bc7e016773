"""
The implementation under test: from ``module:Class`` to a class and the names published beside it.
"""

from __future__ import annotations

import importlib
import sys
import threading
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from bgsched_conformance.adapters.adaptation import find
from bgsched_conformance.capabilities import Declared, off
from bgsched_conformance.findings import Unsupported
from bgsched_conformance.naming import Named, one_line
from bgsched_conformance.offers import Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from bgsched_conformance.adapters.adaptation import Adaptation

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
EVENT_NUMBERS = {name: 1 << position for position, name in enumerate(_EVENTS)}
_CONSTRUCTION_SECONDS = 30
_OPTION = "--bgsched-impl"
_EXAMPLE = "module:Class, for example acme.sched:BackgroundScheduler"


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
        cls: The class to judge.
        spec: The ``module:Class`` that the user named.
        named: The class that is named so, if an adapter made the one to judge of it.
        adaptation: The adapter; None without one.
        offering: Makes what tells a world of it what it offers.
    """

    cls: type[Any]
    spec: str
    named: type[Any] | None = None
    adaptation: Adaptation | None = None
    offering: Callable[[], Offer] = Offer

    @property
    def origin(self) -> type[Any]:
        """
        The class that the user named.
        """
        return self.named or self.cls

    @property
    def adapter(self) -> str | None:
        """
        What the adapter is called; None without one.
        """
        return None if self.adaptation is None else self.adaptation.name

    @property
    def capabilities(self) -> Mapping[str, bool]:
        """
        Whether each capability is offered, as the adapter declares; empty without one.
        """
        return {} if self.adaptation is None else self.adaptation.capabilities

    @property
    def missing(self) -> tuple[str, ...]:
        """
        The capabilities that are declared off.
        """
        return off(self.capabilities)

    @property
    def words(self) -> list[str]:
        """
        The options that name it on the command line.
        """
        adapter = [] if self.adaptation is None else self.adaptation.words
        return [f"--bgsched-impl={self.spec}", *adapter]

    def behind(self, adaptation: Adaptation) -> Target:
        """
        Return the target as an adapter shows it.

        Raises:
            pytest.UsageError: The adapter fails, or makes no class.
        """
        declared = partial(Declared, off(adaptation.capabilities))
        return Target(adaptation.wrap(self.cls), self.spec, self.cls, adaptation, declared)

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
        return self.origin.__module__.partition(".")[0]

    @cached_property
    def tops(self) -> frozenset[str]:
        """
        Names of the top-level packages that the class and its bases are in.
        """
        tops = {package.partition(".")[0] for package in self._packages()}
        return frozenset(tops - sys.stdlib_module_names - {__name__.partition(".")[0]})

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
        return self._number("events", f"EVENT_{name}", EVENT_NUMBERS[name])

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
        for base in (*self.cls.__mro__, *self.origin.__mro__):
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


def load(spec: str, config: pytest.Config, option: str = _OPTION) -> Target:
    """
    Import the class that *spec* names.

    Args:
        spec: ``module:Class``.
        config: Tells where to look, see `Named.find`.
        option: What *spec* was given with, for the message.

    Raises:
        pytest.UsageError: There is no such class; the message is one line.
    """
    named = Named(option, spec, _EXAMPLE)
    found = named.find(config)
    if not isinstance(found, type):
        path = spec.partition(":")[2]
        raise named.wrong(f"{path!r} is a {type(found).__name__}, not a class")
    return Target(found, spec)


def adapted(target: Target, adapter: str | None, config: pytest.Config) -> Target:
    """
    Adapt the class, if there is an adapter.

    Args:
        target: The class as it is.
        adapter: ``module:Object`` of an adapter; None lets a fixture provide one, or nobody.
        config: Tells where to look, see `Named.find`.

    Raises:
        pytest.UsageError: There is no such adapter, or it fails; the message is one line.
    """
    adaptation = find(adapter, config)
    return target if adaptation is None else target.behind(adaptation)


def try_out(target: Target, option: str = _OPTION) -> None:
    """
    Build one scheduler, so that a class which cannot be built is told once and not by each test.

    Args:
        target: Holds the class.
        option: What it was given with, for the message.

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
    named = Named(option, target.spec, _EXAMPLE)
    if not errors:
        raise named.wrong(f"{name}() did not return within {_CONSTRUCTION_SECONDS} s")
    if errors[0] is not None:
        raise named.wrong(f"{name}() raised {one_line(errors[0])}")
