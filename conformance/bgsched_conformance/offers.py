"""
What an implementation offers: everything, unless an adapter declares otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Offer:
    """
    Offers everything. One serves one world; see `capabilities.Declared` for the other kind.
    """

    def includes(self, capability: str) -> bool:  # noqa: ARG002 - everything is included
        """
        Whether the implementation is not declared to lack a capability.
        """
        return True

    def need(self, *capabilities: str) -> None:
        """
        Go no further without these capabilities.
        """

    def need_to_build(self, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        """
        Go no further without what a scheduler must offer to be built with these arguments.
        """

    def need_to_call(
        self,
        member: str,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        *,
        jobs_held: bool,
    ) -> None:
        """
        Go no further without what a scheduler must offer for a call to make sense.

        Args:
            member: What is called, or only looked at.
            arguments: Positional arguments.
            keywords: Keyword arguments.
            jobs_held: Whether a job of the test lasts until the test lets it go.
        """

    def conclude(self) -> None:
        """
        Say once more what could not be had, whatever the test made of being told so.
        """
