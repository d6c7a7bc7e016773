"""
The kit's modules as text: what each defines at its top level, and where its other names come from.
"""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

KIT = "bgsched_conformance"


class Unbundled(Exception):  # noqa: N818 - the reason why there is no script, no error of ours
    """
    A test cannot be put into a script; says what stands in the way.
    """


class Own(NamedTuple):
    """
    A definition at the top level of one of the modules that are bundled.
    """

    module: str
    name: str


class Outside(NamedTuple):
    """
    A module, or with *name* something in it, that a script imports.
    """

    module: str
    name: str = ""


Origin = Own | Outside
Span = tuple[int, int]


@dataclass(frozen=True)
class Module:
    """
    The text of one module.

    Attributes:
        name: Its full name.
        source: Its text.
    """

    name: str
    source: str

    @cached_property
    def _encoded(self) -> bytes:
        return self.source.encode()  # as syntax trees count columns

    @cached_property
    def lines(self) -> list[bytes]:
        """
        Its lines, with their ends.
        """
        return self._encoded.splitlines(keepends=True)

    @cached_property
    def _begins(self) -> list[int]:
        return [0, *itertools.accumulate(map(len, self.lines))]

    def offset(self, line: int, column: int = 0) -> int:
        """
        Return where a line, counted from one, and a column in it are.
        """
        return self._begins[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.arg) -> Span:
        """
        Return where a syntax tree begins and ends.
        """
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def block(self, node: ast.stmt) -> tuple[int, int]:
        """
        Return the first and the last line of a statement, its decorators and comments included.
        """
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        while first > 1 and self.lines[first - 2].lstrip().startswith(b"#"):
            first -= 1
        return first, node.end_lineno or node.lineno

    def next_written(self, line: int) -> int:
        """
        Return the next line that is not empty.
        """
        line += 1
        while line <= len(self.lines) and not self.lines[line - 1].strip():
            line += 1
        return line

    def text(self, start: int, end: int) -> bytes:
        """
        Return what stands between two places.
        """
        return self._encoded[start:end]

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """
        The statements that define a name, by that name.
        """
        found: dict[str, ast.stmt] = {}
        for node in ast.parse(self.source).body:
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    found[name] = node
                case (
                    ast.Assign(targets=[ast.Name(id=name)])
                    | ast.AnnAssign(target=ast.Name(id=name))
                ):
                    found[name] = node
                case ast.Assign(targets=[ast.Tuple(elts=names)]):
                    found |= {one.id: node for one in names if isinstance(one, ast.Name)}
        return found

    @cached_property
    def imports(self) -> dict[str, Outside]:
        """
        Where each imported name comes from, those for type checkers aside.
        """
        found: dict[str, Outside] = {}
        for node in ast.parse(self.source).body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.name if alias.asname else alias.name.partition(".")[0]
                    found[alias.asname or name] = Outside(name)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if alias.name == "*":
                        found |= {
                            name: Outside(node.module, name)
                            for name in read(node.module).public
                            if name not in found
                        }
                    else:
                        found[alias.asname or alias.name] = Outside(node.module, alias.name)
        return found

    @property
    def public(self) -> list[str]:
        """
        What a star imports.
        """
        return [name for name in {**self.imports, **self.definitions} if not name.startswith("_")]

    def origin(self, name: str, inside: frozenset[str]) -> Origin | None:
        """
        Find out where a name comes from.

        Args:
            name: As it stands in this module.
            inside: The top packages whose modules are bundled.

        Returns:
            None for a builtin, or a name that nobody defines.
        """
        if name in self.definitions:
            return Own(self.name, name)
        found = self.imports.get(name)
        if found is None or found.module.partition(".")[0] not in inside or not found.name:
            return found
        below = f"{found.module}.{found.name}"
        if is_module(below):
            return Outside(below)
        return read(found.module).origin(found.name, inside)


@cache
def read(name: str) -> Module:
    """
    Read a module's source.

    Raises:
        Unbundled: There is none.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise Unbundled(f"there is no source of {name}")
    try:
        return Module(name, Path(spec.origin).read_text(encoding="utf-8"))
    except OSError as error:
        raise Unbundled(f"the source of {name} cannot be read: {error}") from error


@cache
def is_module(name: str) -> bool:
    """
    Whether there is a module of this name.
    """
    try:
        return find_spec(name) is not None
    except ImportError:  # its parent is no package
        return False
