"""
Which names a piece of source takes from its module, and not from a scope of its own.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def free_names(node: ast.AST) -> list[ast.Name]:
    """
    Return the names in *node* that mean something of its module; not those in annotations.
    """
    reader = _Reader()
    reader.visit(node)
    return reader.found


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[ast.Name] = []
        self._hidden: frozenset[str] = frozenset()  # by the functions around
        self._own: frozenset[str] = frozenset()  # of the class around, which its functions ignore

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _visit_inside(
        self,
        nodes: Iterable[ast.AST],
        hidden: frozenset[str] = frozenset(),
        own: frozenset[str] = frozenset(),
    ) -> None:
        around = self._hidden, self._own
        self._hidden, self._own = self._hidden | hidden, own
        self._visit_all(nodes)
        self._hidden, self._own = around

    def visit_Name(self, node: ast.Name) -> None:
        if node.id not in self._hidden | self._own:
            self.found.append(node)

    def visit_FunctionDef(self, node: Function) -> None:
        self._visit_all([*node.decorator_list, *_defaults(node.args)])
        self._visit_inside(node.body, _parameters(node.args) | _bound(node.body))

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - a name of ast

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all(_defaults(node.args))
        self._visit_inside([node.body], _parameters(node.args))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        self._visit_inside(node.body, own=_bound(node.body))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_all(filter(None, (node.target, node.value)))

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, _Comprehension):
            bound = _bound([generator.target for generator in node.generators])
            self._visit_inside(ast.iter_child_nodes(node), bound, self._own)
        else:
            super().generic_visit(node)


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *filter(None, arguments.kw_defaults)]


def _parameters(arguments: ast.arguments) -> frozenset[str]:
    return frozenset(node.arg for node in ast.walk(arguments) if isinstance(node, ast.arg))


def _bound(statements: list[ast.stmt] | list[ast.expr]) -> frozenset[str]:
    """
    Return the names that statements give a meaning in the scope that they stand in.
    """
    bound, of_module = set(), set()
    waiting: list[ast.AST] = [*statements]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Global):
            of_module.update(node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif not isinstance(node, ast.Lambda | _Comprehension):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                bound.add(node.name)
            waiting += ast.iter_child_nodes(node)
    return frozenset(bound - of_module)
