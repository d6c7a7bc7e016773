"""
How hard property tests try; hypothesis is told so around our tests only.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import hypothesis
import hypothesis.configuration
import hypothesis.core
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.internal.conjecture import providers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PROFILE = "bgsched-conformance"
_EXAMPLES = {"quick": 10, "default": 30, "deep": 500}
_STEPS = {"quick": 10, "default": 20, "deep": 60}


def profile(effort: str) -> settings:
    """
    Return settings with every field given, so that none comes from the host's profile.

    Args:
        effort: ``quick``, ``default`` or ``deep``.
    """
    return settings(
        max_examples=_EXAMPLES[effort],
        stateful_step_count=_STEPS[effort],
        phases=(Phase.explicit, Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.normal,
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
    )


@contextmanager
def applied(effort: str, seed: int) -> Iterator[None]:
    """
    Let hypothesis use our settings and *seed*, and give the host its own back afterwards.
    """
    settings.register_profile(_PROFILE, profile(effort))
    host_profile = settings.get_current_profile_name()
    host_seed = hypothesis.core.global_force_seed
    settings.load_profile(_PROFILE)
    # Not @hypothesis.seed: state machines make a test function of their own.
    hypothesis.core.global_force_seed = seed  # type: ignore[assignment]
    try:
        with _same_constants():
            yield
    finally:
        hypothesis.core.global_force_seed = host_seed
        settings.load_profile(host_profile)


@contextmanager
def _same_constants() -> Iterator[None]:
    """
    Keep hypothesis from trying numbers and texts that it reads in the modules loaded so far.

    Which those are depends on the tests before, so a seed would not repeat a test that runs alone.
    """
    # Hypothesis has no setting for it. A version that has these no more gives up that alone.
    known = vars(providers)
    if not {"Constants", "CONSTANTS_CACHE", "_get_local_constants"} <= known.keys():
        yield
        return
    read = known["_get_local_constants"]
    known["_get_local_constants"] = known["Constants"]
    known["CONSTANTS_CACHE"].cache.clear()
    try:
        yield
    finally:
        known["_get_local_constants"] = read
        known["CONSTANTS_CACHE"].cache.clear()


def move_storage() -> Callable[[], None]:
    """
    Keep hypothesis from writing into the host's directory. The call returned ends it.
    """
    directory = tempfile.mkdtemp(prefix="bgsched-kit-")
    hypothesis.configuration.set_hypothesis_home_dir(directory)

    def restore() -> None:
        hypothesis.configuration.set_hypothesis_home_dir(None)
        shutil.rmtree(directory, ignore_errors=True)

    return restore
