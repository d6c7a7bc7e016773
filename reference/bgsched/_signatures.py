"""
Does a callable take these arguments? Asked once per job, so the verdict is remembered.
"""

from __future__ import annotations

from inspect import signature
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from types import CodeType

_MOST_VERDICTS = 1024
# The code is kept, so that the number in the key stays its own: hashing code itself is slow.
_accepted: dict[Hashable, CodeType] = {}


def check_call(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """
    Make sure that a callable can be called with these arguments.

    Callables that tell no signature are taken on trust.

    Raises:
        ValueError: The arguments do not fit.
    """
    shape, code = _shape(func, args, kwargs)
    if shape in _accepted:
        return
    try:
        # The wrapper is what gets called, not what it wraps.
        expected = signature(func, follow_wrapped=False)
    except (TypeError, ValueError):
        return
    try:
        expected.bind(*args, **kwargs)
    except TypeError as error:
        raise ValueError(f"cannot call {func!r} with these arguments: {error}") from None
    if code is not None:
        if len(_accepted) >= _MOST_VERDICTS:
            _accepted.clear()
        _accepted[shape] = code


def _shape(
    func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Hashable, CodeType | None]:
    """
    Return what the verdict depends on, and the code; None for callables that may change their mind.
    """
    given = len(args)
    if isinstance(func, MethodType):
        func, given = func.__func__, given + 1
    if not isinstance(func, FunctionType) or "__signature__" in func.__dict__:
        return None, None
    code = func.__code__
    defaults, keyword_defaults = func.__defaults__, func.__kwdefaults__
    shape = (
        id(code),
        len(defaults) if defaults else 0,
        tuple(keyword_defaults) if keyword_defaults else (),
        given,
        tuple(kwargs) if kwargs else (),
    )
    return shape, code
