"""
A scheduler that keeps the contract passes, however unusual it is in what the contract leaves open.
"""

from __future__ import annotations

import importlib

import pytest
from judging import judged, suite, verdict

from bgsched_conformance import effort
from bgsched_conformance.catalogue import PAGE
from bgsched_conformance.patience import Patience
from bgsched_conformance.target import Target

# Each with the SHOULD clauses that it gives up by declaration.
UNUSUAL: dict[str, set[str]] = {
    "unusual.actor:ActorScheduler": set(),
    "unusual.attended:AttendedScheduler": set(),
    "unusual.belated:BelatedScheduler": set(),
    "unusual.composed:ComposedScheduler": {"BASE-1"},
    "unusual.dispatched:DispatchedScheduler": set(),
    "unusual.eager:EagerScheduler": set(),
    "unusual.enumerated:EnumeratedScheduler": set(),
    "unusual.flipped:FlippedScheduler": set(),
    "unusual.forwarded:ForwardedScheduler": set(),
    "unusual.lazy:LazyScheduler": set(),
    "unusual.mini:MiniScheduler": {"BASE-1"},
    "unusual.perrun:PerRunScheduler": set(),
    "unusual.polling:PollingScheduler": set(),
    "unusual.polling:RestlessScheduler": set(),
    "unusual.renumbered:RenumberedScheduler": set(),
    "unusual.reordered:AfterwardsScheduler": set(),
    "unusual.reordered:BeforehandScheduler": set(),
    "unusual.solo:SoloScheduler": {"BASE-1"},
    "unusual.strict:StrictScheduler": set(),
}
# These publish no executors, job stores and triggers that a test could use.
RETICENT = {
    "unusual.composed:ComposedScheduler",
    "unusual.mini:MiniScheduler",
    "unusual.solo:SoloScheduler",
}


@pytest.mark.parametrize("spec", UNUSUAL)
def test_what_is_unusual_but_correct_passes(spec: str) -> None:
    """
    No test of the suite fails, and none is unsupported for want of what the class does publish.
    """
    module, _, name = spec.partition(":")
    target = Target(getattr(importlib.import_module(module), name), spec)
    patience = Patience()
    entries = [
        entry
        for entry in suite().entries.values()
        if entry.chapter in PAGE and judged(entry) and not UNUSUAL[spec] & set(entry.clauses)
    ]

    with effort.applied("quick", seed=0):
        ends = {entry.node_id: verdict(entry, target, patience) for entry in entries}

    bad = ("failed",) if spec in RETICENT else ("failed", "unsupported")
    assert {} == {node_id: end for node_id, end in ends.items() if end.startswith(bad)}
