"""
SHA-256 of what was judged and of what judged it, to tell whether a report is about a given file.
"""

from __future__ import annotations

import hashlib
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bgsched_conformance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CODE = {".py", ".pyd", ".so"}


def gather(cls: type[Any], waivers: Sequence[str], directory: Path) -> dict[str, Any]:
    """
    Hash everything that a verdict depends on.

    Args:
        cls: The scheduler; the files of the package it is in are hashed, or its module.
        waivers: Names of bundled sets of waivers, or paths.
        directory: What the paths are relative to.
    """
    kit = Path(bgsched_conformance.__path__[0])
    return {
        "implementation": {name: _of(path.read_bytes()) for name, path in files_of(cls)},
        "kit": _of_tree(_below(kit)),
        "contract": _of((kit / "clauses.json").read_bytes()),
        "waivers": {name: _of(_waivers(name, directory)) for name in waivers},
    }


def files_of(cls: type[Any]) -> Iterator[tuple[str, Path]]:
    """
    Yield the name and the path of each file of the package that a class is in, or of its module.
    """
    parts = cls.__module__.split(".")
    for length in range(1, len(parts) + 1):
        # A namespace package has no file of its own: it is shared with strangers.
        module = sys.modules.get(".".join(parts[:length]))
        file = getattr(module, "__file__", None)
        if file is not None and Path(file).is_file():
            path = Path(file)
            root = path.parents[length if hasattr(module, "__path__") else length - 1]
            found = _below(path.parent) if hasattr(module, "__path__") else [path]
            for one in found:
                yield one.relative_to(root).as_posix(), one
            return


def _below(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.suffix in _CODE and path.is_file())


def _waivers(name: str, directory: Path) -> bytes:
    bundled = files("bgsched_conformance.waivers") / f"{name}.toml"
    return bundled.read_bytes() if bundled.is_file() else (directory / name).read_bytes()


def _of_tree(paths: Iterable[Path]) -> str:
    return _of("".join(_of(path.read_bytes()) for path in paths).encode())


def _of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
