"""
From ``module:Object`` to the object, for whatever the command line names that way.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bgsched_conformance.texts import fit

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@dataclass(frozen=True)
class Named:
    """
    A text of the command line that names an object.

    Attributes:
        option: The option it was given by, such as ``--bgsched-impl``.
        text: ``module:Object``; the object may be nested, as in ``module:Outer.Inner``.
        example: How to write one, for messages.
    """

    option: str
    text: str
    example: str

    def find(self, config: pytest.Config) -> Any:
        """
        Import what is named.

        Args:
            config: Tells where to look besides ``sys.path``: the directory pytest was called in,
                its rootdir and the ``src`` below it, which plain ``pytest`` does not look in.

        Raises:
            pytest.UsageError: There is no such object; the message is one line.
        """
        module_name, _, path = self.text.partition(":")
        if not all(part.isidentifier() for part in (*module_name.split("."), *path.split("."))):
            raise self.wrong(f"write it as {self.example}")
        found: Any = self._module(module_name, config)
        for name in path.split("."):
            if not hasattr(found, name):
                raise self.wrong(_missing(found, name))
            found = getattr(found, name)
        return found

    def wrong(self, what: str) -> pytest.UsageError:
        """
        Return an error that says what is wrong with it.
        """
        return pytest.UsageError(f"{self.option}={self.text}: {what}")

    def _module(self, name: str, config: pytest.Config) -> ModuleType:
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
                    raise self.wrong(f"importing {name} raised {one_line(error)}") from error
            except (Exception, SystemExit) as error:
                raise self.wrong(f"importing {name} raised {one_line(error)}") from error
        where = ", ".join(dict.fromkeys(str(place) for place in places if place is not None))
        raise self.wrong(f"no module named {name!r} on sys.path or in {where}")


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
