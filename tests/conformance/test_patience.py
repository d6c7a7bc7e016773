"""
Haste is for waits that are expected to end in vain, never for work that takes its time.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bgsched import BackgroundScheduler
from bgsched_conformance import runner
from bgsched_conformance.patience import SHORT, SLICE, WEARY, Patience
from bgsched_conformance.target import Target
from bgsched_conformance.world import World

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SLOW_TO_IMPORT = f"""\
import threading
threading.Event().wait({3 * SHORT * SLICE})
class Scheduler: pass
"""


def test_a_slow_program_is_waited_for_in_haste_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A test that is expected to fail may start programs: these come up as slowly as they like.
    """
    (tmp_path / "slow_to_import.py").write_text(SLOW_TO_IMPORT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    patience = Patience()
    patience.hurried = True
    codes: list[int] = []

    def body(world: World) -> None:
        codes.append(world.child("say('done')").wait_exit())

    world = World(Target(BackgroundScheduler, "slow_to_import:Scheduler"), patience)
    runner.run(body, {"world": world}, patience)

    assert [0] == codes


def test_a_slow_call_is_waited_for_in_haste_too() -> None:
    """
    Also what is expected to fail must fail by its own fault: a slow call is none that hangs.
    """
    patience = Patience()
    patience.hurried = True

    runner.run(lambda: threading.Event().wait(1.5 * WEARY * SLICE), {}, patience)
