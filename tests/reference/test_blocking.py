"""
The scheduler that takes the thread it is started in, and gives it back when it is shut down.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from bgsched import BlockingScheduler
from bgsched.errors import ShutdownInsideJobError
from bgsched.events import (
    EVENT_JOB_EXECUTED,
    EVENT_SCHEDULER_SHUTDOWN,
    EVENT_SCHEDULER_STARTED,
)
from bgsched.executors.pool import ThreadPoolExecutor

if TYPE_CHECKING:
    from tests.reference.conftest import Background, Gate

PATIENCE = 20


class FailingPool(ThreadPoolExecutor):
    """
    A pool that waits for its jobs, and then cannot be shut down.
    """

    def shutdown(self, wait: bool = True) -> None:
        """
        Fail late.
        """
        super().shutdown(wait)
        raise OSError("no")


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, FailingPool])
def test_start_returns_after_a_shutdown_that_waits(
    in_background: type[Background], gate: Gate, pool: type[ThreadPoolExecutor]
) -> None:
    """
    However long another thread's shutdown waits for jobs, the start returns last.
    """
    scheduler = BlockingScheduler(timezone="UTC", executors={"default": pool()})
    order: list[str] = []
    scheduler.add_listener(lambda _: order.append("shutdown"), EVENT_SCHEDULER_SHUTDOWN)
    scheduler.add_job(gate)

    def start() -> None:
        scheduler.start()
        order.append("start")

    starting = in_background(start)
    gate.wait_entered()
    loop = scheduler._engine.loop
    assert loop is not None
    stopping = in_background(scheduler.shutdown)
    assert loop._ended.wait(PATIENCE)
    gate.open()

    assert (pool is FailingPool) is isinstance(stopping.wait(), OSError)
    assert starting.wait() is None
    assert ["shutdown", "start"] == order


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("kind", ["debug", "threadpool"])
def test_a_job_may_end_the_start(in_background: type[Background], kind: str, wait: bool) -> None:
    """
    Be it in the thread of the loop or in another, the start returns, and can be repeated.
    """
    scheduler = BlockingScheduler(timezone="UTC", executors={"default": {"type": kind}})

    def job() -> None:
        with suppress(ShutdownInsideJobError):
            scheduler.shutdown(wait)

    for _ in range(2):
        scheduler.add_job(job)
        assert in_background(scheduler.start).wait() is None


@pytest.mark.parametrize("code", [EVENT_SCHEDULER_STARTED, EVENT_JOB_EXECUTED])
@pytest.mark.parametrize("kind", ["debug", "threadpool"])
def test_a_listener_may_end_the_start(
    in_background: type[Background], kind: str, code: int
) -> None:
    """
    It may do so before the loop has begun, too.
    """
    scheduler = BlockingScheduler(timezone="UTC", executors={"default": {"type": kind}})
    scheduler.add_listener(lambda _: scheduler.shutdown(), code)
    scheduler.add_job(int)

    assert in_background(scheduler.start).wait() is None
    assert not scheduler.running
