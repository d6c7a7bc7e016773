"""
Programs that show a failure without pytest and the kit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from bgsched_conformance.failure import Story

SCRIPTS = "scripts"


def program_of(item: pytest.Item, story: Story) -> str | None:
    """
    Write a program that shows a failure; None if it cannot be shown so.

    Args:
        item: The test that failed, with what it stashed.
        story: What is told about the failure.
    """
    del item, story
    return None
