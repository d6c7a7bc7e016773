"""
Which names a piece of source takes from its module, and not from a scope of its own.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_NOTHING: frozenset[str] = frozenset()


def free_names(
    node: ast.AST, hidden: frozenset[str] = _NOTHING, own: frozenset[str] = _NOTHING
) -> Iterator[ast.Name]:
    """
    Yield the names in *node* that mean something of the module; those in annotations are left out.

    Args:
        node: Any syntax tree.
        hidden: Names of enclosing functions.
        own: Names of the class whose body *node* stands in, which functions in it do not see.
    """
    if isinstance(node, ast.Name):
        if node.id not in hidden | own:
            yield node
    elif isinstance(node, Function | ast.Lambda):
        for outer in (*getattr(node, "decorator_list", ()), *_defaults(node.args)):
            yield from free_names(outer, hidden, own)
        inside = node.body if isinstance(node.body, list) else [node.body]
        hidden |= _parameters(node.args) | _bound(inside)
        for inner in inside:
            yield from free_names(inner, hidden)
    elif isinstance(node, _Comprehension):
        bound = _bound([generator.target for generator in node.generators])
        for child in ast.iter_child_nodes(node):
            yield from free_names(child, hidden | bound, own)
    elif isinstance(node, ast.ClassDef):
        for outer in (*node.decorator_list, *node.bases, *node.keywords):
            yield from free_names(outer, hidden, own)
        for statement in node.body:
            yield from free_names(statement, hidden, _bound(node.body))
    else:
        for name, field in ast.iter_fields(node):
            if name != "annotation":
                for child in field if isinstance(field, list) else [field]:
                    if isinstance(child, ast.AST):
                        yield from free_names(child, hidden, own)


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
