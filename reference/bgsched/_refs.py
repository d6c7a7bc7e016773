"""
Textual references: from ``package.module:object.attribute`` to the object, and back.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from inspect import isclass, ismethod, isroutine
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def resolve(ref: str) -> Any:
    """
    Return the object that a textual reference names.

    Args:
        ref: Text of the form ``package.module:object.attribute``.

    Raises:
        ValueError: The text is of another form.
        LookupError: The module cannot be imported, or holds no such object.
    """
    module_name, _, path = ref.partition(":")
    if not path or not module_name or module_name.startswith("."):
        raise ValueError(f"invalid reference {ref!r}: write 'package.module:object'")
    try:
        found: Any = import_module(module_name)
    except ImportError as error:
        raise LookupError(f"cannot resolve {ref!r}: {error}") from error
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError as error:
            raise LookupError(f"cannot resolve {ref!r}: {error}") from error
    return found


def callable_name(func: Callable[..., Any]) -> str:
    """
    Return a name that tells a person which callable this is.
    """
    if isinstance(func, MethodType):
        # The class the method was taken from, not the one that defines it: only that one is
        # certain to lead back to the same behaviour.
        owner = func.__self__ if isclass(func.__self__) else type(func.__self__)
        return f"{owner.__qualname__}.{func.__name__}"
    name: str | None = getattr(func, "__qualname__", None)
    return name or type(func).__qualname__


def reference_to(func: Callable[..., Any]) -> str:
    """
    Return the textual reference of a callable that lives at the top level of a module.

    The reference of a method of an instance names the function in its class, so the instance has
    to be passed as the first argument; so does that of an instance which can be called itself.

    Raises:
        ValueError: The callable cannot be reached by name.
    """
    name = callable_name(func)
    if isinstance(func, partial) or "<" in name:  # <lambda>, <locals>
        raise ValueError(f"{func!r} has no reference: it is not reachable by name from its module")
    target = func
    if not (isclass(func) or isroutine(func)):
        target, name = type(func), f"{name}.__call__"
    elif ismethod(func):
        target = func.__self__ if isclass(func.__self__) else type(func.__self__)
    module = getattr(target, "__module__", None)
    if not module:
        raise ValueError(f"{func!r} has no reference: its module is unknown")
    return f"{module}:{name}"
