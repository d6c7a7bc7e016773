"""
The fixtures of the suite.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance.example import Example
from bgsched_conformance.patience import Patience
from bgsched_conformance.target import TARGET
from bgsched_conformance.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.target import Target

    Worlds = Callable[[], World]

DID = pytest.StashKey[list[str]]()
EXAMPLE = pytest.StashKey[Example]()
PATIENCE = pytest.StashKey[Patience]()
PROBES = pytest.StashKey[str]()


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    """
    The implementation under test.
    """
    found = request.config.stash[TARGET]
    return replace(found, probing=True) if PROBES in request.node.stash else found


@pytest.fixture
def worlds(request: pytest.FixtureRequest, target: Target) -> Worlds:
    """
    Make a fresh world for each example of a property test, one per call.
    """

    def make() -> World:
        world = World(target, request.config.stash[PATIENCE])
        request.node.stash[DID] = world.did
        return world

    return make


@pytest.fixture
def world(worlds: Worlds) -> World:
    """
    The one world of a test; the runner enters and leaves it around the body.
    """
    return worlds()
