"""
One definition of a module: what it refers to, and what of it a script can do without.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bgsched_conformance.reproduction.modules import KIT, Outside, Own, Unbundled, is_module, read
from bgsched_conformance.reproduction.scopes import Function, free_names

if TYPE_CHECKING:
    from bgsched_conformance.reproduction.modules import Module, Origin, Span

# What decorators and bases of these make of a definition, a script does itself.
_LEFT_OUT = {"hypothesis", "pytest", f"{KIT}.marks", f"{KIT}.machines"}


class Reference(NamedTuple):
    """
    A name in the text of a definition.

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


@dataclass(eq=False)
class Definition:
    """
    A statement at the top level of a module.

    Attributes:
        own: The name that it defines.
        module: The module it stands in.
        inside: The top packages whose modules are bundled.
    """

    own: Own
    module: Module
    inside: frozenset[str]

    @cached_property
    def node(self) -> ast.stmt:
        """
        The statement.
        """
        return self.module.definitions[self.own.name]

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """
        All syntax trees in it, the outer ones first.
        """
        return list(ast.walk(self.node))

    @cached_property
    def functions(self) -> list[Function]:
        """
        The functions in it, itself included.
        """
        return [node for node in self.nodes if isinstance(node, Function)]

    @cached_property
    def decorations(self) -> list[ast.expr]:
        """
        The decorators and bases that a script does without.
        """
        return [
            one
            for node in self.nodes
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
    def methods(self) -> list[Function]:
        """
        The methods that are called by name only, so that one nobody mentions can go.
        """
        if not isinstance(self.node, ast.ClassDef):
            return []
        for base in self.node.bases:
            if base not in self.decorations:
                origin = self._origin_of(base.value if isinstance(base, ast.Attribute) else base)
                if isinstance(origin, Outside) and origin.module != "typing":
                    return []  # who knows what it calls
        body = [node for node in self.node.body if isinstance(node, Function)]
        return [node for node in body if not node.name.startswith("__")]

    @cached_property
    def draws(self) -> list[Span]:
        """
        Where the arguments of ``data.draw(...)`` stand: a script knows what was drawn.
        """
        return [
            (self.module.span(node.func)[1] + 1, self.module.span(node)[1] - 1)
            for node in self.nodes
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "draw"
        ]

    @cached_property
    def comparisons(self) -> list[ast.Assert]:
        """
        The assertions that compare two values and say nothing more.
        """
        return [
            node
            for node in self.nodes
            if isinstance(node, ast.Assert)
            and node.msg is None
            and isinstance(node.test, ast.Compare)
            and len(node.test.ops) == 1
        ]

    @cached_property
    def identifiers(self) -> set[str]:
        """
        All names in it, of whatever scope.
        """
        names = {node.id for node in self.nodes if isinstance(node, ast.Name)}
        return names | {node.arg for node in self.nodes if isinstance(node, ast.arg)}

    @cached_property
    def references(self) -> list[Reference]:
        """
        The names that mean something of other definitions or modules.
        """
        free = {id(name) for name in free_names(self.node)}
        of_modules: set[int] = set()
        found: list[Reference] = []
        for node in self.nodes:
            if isinstance(node, ast.Attribute) and id(node.value) in free:
                assert isinstance(node.value, ast.Name)
                module = self._own_module(self._origin_of(node.value))
                if module is not None:
                    of_modules.add(id(node.value))
                    found.append(self._of_module(node, module))
            elif isinstance(node, ast.Name) and id(node) in free and id(node) not in of_modules:
                origin = self._origin_of(node)
                if origin is not None:
                    found.append(Reference(*self.module.span(node), origin, node.id))
        return found

    def _of_module(self, node: ast.Attribute, module: str) -> Reference:
        spelt = ast.unparse(node)
        origin = read(module).origin(node.attr, self.inside)
        if origin is None:
            raise Unbundled(f"{spelt} is not defined")
        return Reference(*self.module.span(node), origin, spelt)

    def _origin_of(self, node: ast.expr) -> Origin | None:
        return self.module.origin(node.id, self.inside) if isinstance(node, ast.Name) else None

    def _own_module(self, origin: Origin | None) -> str | None:
        if not isinstance(origin, Outside) or origin.module.partition(".")[0] not in self.inside:
            return None
        full = f"{origin.module}.{origin.name}".rstrip(".")
        return full if is_module(full) else None

    @cached_property
    def mentioned(self) -> list[tuple[int, str]]:
        """
        The attributes that it reads or calls, each with its place.
        """
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Attribute):
                found.append((self.module.span(node)[0], node.attr))
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
                place = self.module.span(node)[0]
                found += [
                    (place, one.value)
                    for one in node.args
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                ]
        return found
