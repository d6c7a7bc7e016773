"""
What a test needs of the kit: the definitions that its names lead to, and the methods it mentions.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bgsched_conformance.reproduction.modules import KIT, Outside, Own, Unbundled, is_module, read
from bgsched_conformance.reproduction.scopes import Function, free_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.reproduction.modules import Module, Origin

# What asserted comparisons become, so that both sides can be told.
CHECK = Own(f"{KIT}.reproduction.stage", "check")
# What decorators and bases of these make of a definition, a script does itself.
_LEFT_OUT = {"hypothesis", "pytest", f"{KIT}.marks", f"{KIT}.machines"}
# Classes of pytest, and what does as well where there is no pytest.
STANDING_IN = {Outside("_pytest.outcomes", "Skipped"): "BaseException"}


class Reference(NamedTuple):
    """
    A name in the text of a piece.

    Attributes:
        start: Where it begins in the module.
        end: Where it ends.
        origin: What it means.
        spelt: How it is written.
    """

    start: int
    end: int
    origin: Origin
    spelt: str


@dataclass
class Piece:
    """
    One definition that a script needs.

    Attributes:
        own: Its name.
        module: The module it stands in.
        inside: The top packages whose modules are bundled.
        kept: Names of the methods that are needed.
    """

    own: Own
    module: Module
    inside: frozenset[str]
    kept: set[str] = field(default_factory=set)

    @cached_property
    def node(self) -> ast.stmt:
        """
        The statement that defines it.
        """
        return self.module.definitions[self.own.name]

    @cached_property
    def decorations(self) -> list[ast.expr]:
        """
        The decorators and bases that a script does without.
        """
        return [
            one
            for node in ast.walk(self.node)
            if isinstance(node, Function | ast.ClassDef)
            for one in (*node.decorator_list, *getattr(node, "bases", ()))
            if self._is_left_out(one)
        ]

    def _is_left_out(self, decoration: ast.expr) -> bool:
        names = [node.id for node in ast.walk(decoration) if isinstance(node, ast.Name)]
        origin = self.module.origin(names[0], self.inside) if names else None
        return origin is not None and (
            origin.module in _LEFT_OUT or origin.module.partition(".")[0] in _LEFT_OUT
        )

    @cached_property
    def optional(self) -> list[Function]:
        """
        The methods that are called by name only, so that one nobody mentions can go.
        """
        if not isinstance(self.node, ast.ClassDef):
            return []
        for base in self.node.bases:
            if base not in self.decorations:
                origin = self._origin_of(base)
                if isinstance(origin, Outside) and origin.module != "typing":
                    return []  # who knows what it calls
        return [
            node
            for node in self.node.body
            if isinstance(node, Function) and not node.name.startswith("__")
        ]

    def _origin_of(self, node: ast.expr) -> Origin | None:
        return self.module.origin(node.id, self.inside) if isinstance(node, ast.Name) else None

    @cached_property
    def comparisons(self) -> list[ast.Assert]:
        """
        The assertions that compare two values and say nothing more.
        """
        return [
            node
            for node in ast.walk(self.node)
            if isinstance(node, ast.Assert)
            and node.msg is None
            and isinstance(node.test, ast.Compare)
            and len(node.test.ops) == 1
        ]

    @property
    def dropped(self) -> list[Function]:
        """
        The methods that are not needed.
        """
        return [method for method in self.optional if method.name not in self.kept]

    def _cuts(self) -> list[tuple[int, int]]:
        return [self.module.span(node) for node in (*self.decorations, *self.dropped)]

    def _remaining(self) -> Iterator[ast.AST]:
        # Positions and not nodes: what is cut away is cut with all that is in it.
        cuts = self._cuts()
        for node in ast.walk(self.node):
            if isinstance(node, ast.Name | ast.Attribute | ast.Call):
                start, _ = self.module.span(node)
                if not any(begin <= start < end for begin, end in cuts):
                    yield node

    def references(self) -> list[Reference]:
        """
        Return the names that mean something of other definitions or modules.
        """
        free = {id(name) for name in free_names(self.node)}
        found: list[Reference] = []
        of_modules: set[int] = set()
        for node in self._remaining():  # an attribute comes before what it is an attribute of
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                origin = self._origin_of(node.value)
                if id(node.value) in free and self._is_own_module(origin):
                    assert origin is not None
                    of_modules.add(id(node.value))
                    there = read(_full(origin)).origin(node.attr, self.inside)
                    spelt = f"{node.value.id}.{node.attr}"
                    if there is None:
                        raise Unbundled(f"{spelt} is not defined")
                    found.append(Reference(*self.module.span(node), there, spelt))
            elif isinstance(node, ast.Name) and id(node) in free and id(node) not in of_modules:
                origin = self._origin_of(node)
                if origin is not None:
                    found.append(Reference(*self.module.span(node), origin, node.id))
        return found

    def _is_own_module(self, origin: Origin | None) -> bool:
        return (
            isinstance(origin, Outside)
            and origin.module.partition(".")[0] in self.inside
            and is_module(_full(origin))
        )

    def mentioned(self) -> set[str]:
        """
        Return the names of all attributes that it reads or calls.
        """
        found = set()
        for node in self._remaining():
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
                found |= {one.value for one in node.args if isinstance(one, ast.Constant)}
        return found


def _full(origin: Origin) -> str:
    return f"{origin.module}.{origin.name}" if origin.name else origin.module


def reach(root: Module, main: Own, inside: frozenset[str]) -> dict[Own, Piece]:
    """
    Return what all definitions of a module need, in the order in which it was come upon.

    Args:
        root: Where to begin.
        main: What is needed besides.
        inside: The top packages whose modules are bundled.

    Raises:
        Unbundled: Something is needed that cannot be put into a script.
    """
    pieces = {
        own: Piece(own, root, inside) for own in (Own(root.name, name) for name in root.definitions)
    }
    mentioned: set[str] = set()
    waiting = list(pieces.values())
    while waiting:
        piece = waiting.pop(0)
        needed: list[Origin] = [reference.origin for reference in piece.references()]
        needed += [CHECK] if piece.comparisons else []
        for own in needed:
            if isinstance(own, Own) and own not in pieces:
                pieces[own] = Piece(own, read(own.module), inside)
                waiting.append(pieces[own])
        mentioned |= piece.mentioned()
        if not waiting and main not in pieces:
            pieces[main] = Piece(main, read(main.module), inside)
            waiting.append(pieces[main])
        elif not waiting:
            for each in pieces.values():
                wanted = {method.name for method in each.dropped} & mentioned
                if wanted:
                    each.kept |= wanted
                    waiting.append(each)
    return pieces
