"""
Scenes that the tests of the shutdown share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.calls import Call
    from bgsched_conformance.jobs import Gate
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


def held_job(
    world: World,
    scheduler: Subject,
    name: str = "gate",
    *,
    action: Callable[[], object] = lambda: None,
    executor: str = "default",
) -> Gate:
    """
    Let a job run up to a gate, the pass that handed it over included.
    """
    if world.jobs_held:
        world.need("parallel-jobs")
    # Settled, so that the pass which handed the job over does not meet the shutdown: SHUT-20.
    gate = world.gate(name, action)
    scheduler.add_job(gate.func, id=name, executor=executor, misfire_grace_time=None)
    gate.wait_begun()
    if world.offers("parallel-jobs"):
        world.settle(scheduler)
    return gate


def shutting_down(world: World, scheduler: Subject) -> Call:
    """
    Call `shutdown()` in a thread of its own and let it get as far as it can.
    """
    stopping = world.call(scheduler.shutdown)
    # `running` may turn false at the beginning or at the end of the call: both are right.
    comes_true(world, lambda: stopping.ended or not scheduler.running)
    world.give_way()
    return stopping


def comes_true(world: World, question: Callable[[], bool]) -> bool:
    """
    Tell whether something comes true soon that may, but need not.
    """
    # Asked in a thread of its own, since even `running` may block while another call is under way.
    answer = world.call(lambda: world.linger(question, rounds=10))
    world.linger(lambda: answer.ended, rounds=10)
    return answer.ended and question()


def error_of(call: Callable[[], object]) -> Exception | None:
    """
    Make a call and return what it raised, or None.
    """
    try:
        call()
    except Exception as error:  # noqa: BLE001 - what is raised is for the test to judge
        return error
    return None


def fail(*_: object) -> None:
    """
    Raise an error, whatever the arguments.
    """
    raise ValueError("raised by the test")


def nothing() -> None:
    """
    Do nothing; a job for tests that look at something else.
    """
