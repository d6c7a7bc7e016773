"""
What a run is to do: decided before it begins, and the same for all the hooks that take part in it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bgsched_conformance import effort, fixtures
from bgsched_conformance.collection import Collection
from bgsched_conformance.ending import Ending
from bgsched_conformance.options import SEEDS
from bgsched_conformance.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bgsched_conformance.options import Options
    from bgsched_conformance.selection import Chosen
    from bgsched_conformance.waivers import Waiver

_SEED = "bgsched_seed"


@dataclass(frozen=True)
class Plan:
    """
    One run, in one process: the one that the user started, or a worker of pytest-xdist.

    Attributes:
        config: Of pytest.
        options: What the user asked for.
        chosen: What has to run.
        waivers: All waivers of the run.
        seed: Of the random choices; the same in all workers.
        patience: Budget for waiting, shared by all tests.
    """

    config: pytest.Config
    options: Options
    chosen: Chosen
    waivers: tuple[Waiver, ...]
    seed: int
    patience: Patience = field(default_factory=Patience)

    @classmethod
    def draw(
        cls,
        config: pytest.Config,
        options: Options,
        chosen: Chosen,
        waivers: tuple[Waiver, ...] = (),
    ) -> Plan:
        """
        Make the plan of a run, with the seed that was asked for or a new one.
        """
        asked = options.seed if leads(config) else config.workerinput[_SEED]  # type: ignore[attr-defined]
        seed = secrets.randbelow(SEEDS) if asked is None else asked
        return cls(config, options, chosen, waivers, seed)

    def register(self, modules: Mapping[str, str | None], hooks: Iterable[object]) -> None:
        """
        Bring hooks into the run, and those that every run has.

        Args:
            modules: Name of the module of each chapter.
            hooks: In the order in which they are to be called last.
        """
        ending = Ending()
        if not self.config.args:
            ending.add(effort.move_storage())
        common = [ending, fixtures, Collection(modules, self.chosen), _Seeding(self.seed)]
        for plugin in (*common, *hooks):
            self.config.pluginmanager.register(plugin)


def leads(config: pytest.Config) -> bool:
    """
    Whether this is the process that the user started, and no worker.
    """
    return not hasattr(config, "workerinput")


class _Seeding:
    def __init__(self, seed: int) -> None:
        self._seed = seed

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """
        Let the workers of pytest-xdist make the same random choices.
        """
        node.workerinput[_SEED] = self._seed
