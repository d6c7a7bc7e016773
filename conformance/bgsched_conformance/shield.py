"""
Keep standard output and standard error out of an implementation's reach.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Unclosable:
    """
    Stands in for a stream and does not let it be closed.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        """
        Return the stream's own attribute.
        """
        return getattr(self._stream, name)

    def close(self) -> None:
        """
        Do nothing.
        """


@contextmanager
def output_shielded() -> Iterator[None]:
    """
    Put both streams back at the end, open, whatever was done to them meanwhile.
    """
    before = sys.stdout, sys.stderr
    shields: list[Any] = [Unclosable(stream) for stream in before]
    sys.stdout, sys.stderr = shields
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
