"""
Adapters: judge a scheduler whose face is not that of ``BackgroundScheduler``.

An adapter translates and does nothing more. What the scheduler lacks it declares off; it does not
make up for it. Two are shipped: `apscheduler4` and `schedule_library`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Adapter:
    """
    Base class of adapters; any object with the same two members will do.

    Attributes:
        supports: Capabilities by name, see `bgsched_conformance.capabilities`. What is not named
            is offered; False declares it off.
    """

    supports: Mapping[str, bool] = MappingProxyType({})

    def wrap(self, cls: type[Any]) -> type[Any]:
        """
        Return a class that is used like ``BackgroundScheduler`` and does its work with *cls*.

        Args:
            cls: The class under test.
        """
        raise NotImplementedError(f"wrap() of {type(self).__name__}")
