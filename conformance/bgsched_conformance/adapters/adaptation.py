"""
The adapter of a run: found by the option or the fixture, checked, and applied.
"""

from __future__ import annotations

import difflib
import importlib.util
import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bgsched_conformance.capabilities import CAPABILITIES
from bgsched_conformance.naming import Named, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

FIXTURE = "bgsched_adapter"
_OPTION = "--bgsched-adapter"
_EXAMPLE = "module:Object, for example acme.conformance:Adapter"


@dataclass(frozen=True)
class Adaptation:
    """
    An adapter, and where it came from.

    Attributes:
        name: ``module:Object``, or the fixture as in ``conftest.py:bgsched_adapter``.
        source: What another process finds it by; see `adapted`.
        capabilities: Whether each capability is offered.
        adapter: What was found.
        asked: How it was asked for, in messages.
    """

    name: str
    source: str
    capabilities: Mapping[str, bool]
    adapter: Any
    asked: str

    @property
    def words(self) -> list[str]:
        """
        What repeats it on the command line; nothing for a fixture, which is found again.
        """
        return [self.asked] if self.asked.startswith(_OPTION) else []

    def wrap(self, cls: type[Any]) -> type[Any]:
        """
        Return the class to judge in place of *cls*.

        Raises:
            pytest.UsageError: The adapter fails, or returns something else than a class.
        """
        try:
            made = self.adapter.wrap(cls)
        except (Exception, SystemExit) as error:
            raise _wrong(self.asked, f"wrap({cls.__name__}) raised {one_line(error)}") from error
        if not isinstance(made, type):
            raise _wrong(
                self.asked, f"wrap({cls.__name__}) returned a {type(made).__name__}, not a class"
            )
        return made


def find(spec: str | None, config: pytest.Config) -> Adaptation | None:
    """
    Find the adapter that the option names, or that the fixture `FIXTURE` of a conftest.py returns.

    The fixture is called here, outside of any test.

    Args:
        spec: ``module:Object``; None if the option was not given.
        config: Of the run.

    Raises:
        pytest.UsageError: There is none where one was named, it is no adapter, or there are two.
    """
    fixtures = [
        module for module in config.pluginmanager.get_plugins() if _is_conftest_with_fixture(module)
    ]
    origins = [_relative(module, config) for module in fixtures]
    if spec is not None:
        origins.insert(0, f"{_OPTION}={spec}")
    if not origins:
        return None
    if len(origins) > 1:
        raise pytest.UsageError(f"give one adapter, not several: {', '.join(origins)}")
    if spec is not None:
        named = Named(_OPTION, spec, _EXAMPLE)
        asked = origins[0]
        found, name, source = named.find(config), spec, spec
    else:
        asked = f"fixture {origins[0]}"
        found = _called(vars(fixtures[0])[FIXTURE], asked)
        name, source = origins[0], f"{fixtures[0].__file__}:{FIXTURE}"
    adapter = _built(found, asked)
    return Adaptation(name, source, _capabilities(adapter, asked), adapter, asked)


def adapted(cls: type[Any], source: str) -> type[Any]:
    """
    Apply an adapter in another process than that of the run.

    Args:
        cls: The class under test.
        source: Of the run's `Adaptation`.
    """
    place, _, name = source.rpartition(":")
    if place.endswith(".py"):
        spec = importlib.util.spec_from_file_location("conftest", place)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found = _called(vars(module)[name], source)
    else:
        found = importlib.import_module(place)
        for part in name.split("."):
            found = getattr(found, part)
    made: type[Any] = _built(found, source).wrap(cls)
    return made


def _is_conftest_with_fixture(plugin: object) -> bool:
    file = getattr(plugin, "__file__", None)
    return bool(file) and Path(str(file)).name == "conftest.py" and FIXTURE in vars(plugin)


def _relative(module: ModuleType, config: pytest.Config) -> str:
    path = Path(os.path.relpath(str(module.__file__), config.rootpath)).as_posix()
    return f"{path}:{FIXTURE}"


def _called(fixture: Any, asked: str) -> Any:
    # What pytest makes of a function, in all its releases, leads to the function by __wrapped__.
    function: Callable[[], Any] = inspect.unwrap(fixture)
    if not inspect.isfunction(function):
        raise _wrong(asked, "it is no fixture; decorate a function with @pytest.fixture")
    if inspect.isgeneratorfunction(function) or inspect.signature(function).parameters:
        raise _wrong(
            asked, "it is called before all tests: it takes no other fixture, and returns its value"
        )
    try:
        return function()
    except (Exception, SystemExit) as error:
        raise _wrong(asked, f"it raised {one_line(error)}") from error


def _built(found: Any, asked: str) -> Any:
    if isinstance(found, type):
        try:
            found = found()
        except (Exception, SystemExit) as error:
            raise _wrong(asked, f"building it raised {one_line(error)}") from error
    if not callable(getattr(found, "wrap", None)):
        raise _wrong(asked, f"a {type(found).__name__} is no adapter: it has no method wrap(cls)")
    return found


def _capabilities(adapter: Any, asked: str) -> Mapping[str, bool]:
    try:
        declared = getattr(adapter, "supports", {})
    except (Exception, SystemExit) as error:
        raise _wrong(asked, f"supports raised {one_line(error)}") from error
    if not isinstance(declared, Mapping):
        raise _wrong(asked, f"supports is a {type(declared).__name__}, not a mapping")
    for name, value in declared.items():
        if name not in CAPABILITIES:
            near = difflib.get_close_matches(str(name), CAPABILITIES, 1)
            advice = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(CAPABILITIES)}"
            raise _wrong(asked, f"no capability {name!r}; {advice}")
        if not isinstance(value, bool):
            raise _wrong(asked, f"supports[{name!r}] = {value!r} is neither True nor False")
    return dict.fromkeys(CAPABILITIES, True) | dict(declared)


def _wrong(asked: str, what: str) -> pytest.UsageError:
    return pytest.UsageError(f"{asked}: {what}")
