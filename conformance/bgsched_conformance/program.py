"""
Programs that show a failure without pytest and the kit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bgsched_conformance.fixtures import EXAMPLE
from bgsched_conformance.target import TARGET

if TYPE_CHECKING:
    import pytest

    from bgsched_conformance.failure import Story

SCRIPTS = "scripts"


def program_of(item: pytest.Item, story: Story, name: str) -> str | None:
    """
    Write a program that shows a failure; None if it cannot be shown so.

    Args:
        item: The test that failed, with what it stashed.
        story: What is told about the failure.
        name: Name of the program's file.
    """
    from bgsched_conformance.reproduction.script import script_of  # noqa: PLC0415 - rarely needed

    test = getattr(item, "obj", None)
    target = item.config.stash[TARGET]
    # An adapter is neither the implementation nor part of the kit that could be bundled.
    if test is None or EXAMPLE not in item.stash or target.adapter is not None:
        return None
    return script_of(test, story.clauses, target.spec, item.stash[EXAMPLE], name)
