"""
Executors: what a pool of processes can run, and what becomes of a pool that breaks.

The other parts of the chapter are `executors`, which takes these tests in, and `_executors_pools`.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bgsched_conformance.marks import clause
from bgsched_conformance.suite._executors_scenes import (
    Account,
    await_process,
    scheduler_with_processes,
)

if TYPE_CHECKING:
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


class Savings(Account):
    """
    Has everything from a class of another module.
    """


def decorated() -> int:
    """
    Return the process that this runs in.
    """
    return os.getpid()


@clause("EXE-8")
def test_a_process_pool_runs_jobs_in_another_process(world: World) -> None:
    """
    A job that returns the id of its process returns another one than this.
    """
    pid = returned(world, "os:getpid")

    assert isinstance(pid, int)
    assert os.getpid() != pid


@clause("EXE-8")
def test_a_process_pool_runs_a_decorated_function(world: World) -> None:
    """
    A function that was decorated as its module was imported, and so before it had its name, runs.
    """
    with scheduler_with_processes(world) as scheduler:
        events = world.events(scheduler)
        function = decorated
        del globals()["decorated"]
        try:
            scheduler.scheduled_job(
                "date", run_date=world.now(), executor="processes", misfire_grace_time=None
            )(function)
        finally:
            globals()["decorated"] = function
        scheduler.wakeup()

        await_process(world, lambda: events.of("JOB_EXECUTED"), "a job in a process pool to end")


@clause("EXE-8")
def test_a_process_pool_calls_a_method(world: World) -> None:
    """
    A method of an object, inherited from a class of another module, is called on that object.
    """
    assert ("Savings", "Ann") == returned(world, Savings("Ann").tell)


@clause("EXE-8")
def test_a_process_pool_calls_a_method_given_as_text(world: World) -> None:
    """
    The method of an object in a module, named by text, gets that object once.
    """
    assert ("Account", "text") == returned(world, f"{Account.__module__}:ACCOUNT.tell")


@clause("EXE-8")
def test_a_process_pool_calls_a_class_method(world: World) -> None:
    """
    A class method is called on its class.
    """
    assert "Account" == returned(world, Account.title)


@clause("EXE-8")
def test_a_process_pool_calls_an_inherited_class_method(world: World) -> None:
    """
    A class method inherited from a class of another module is called on the class it was taken of.
    """
    assert "Savings" == returned(world, Savings.title)


@clause("EXE-10", informational=True)
def test_a_broken_process_pool_is_replaced(world: World) -> None:
    """
    After a job has ended its process, one of the jobs that follow runs.
    """
    with scheduler_with_processes(world) as scheduler:
        events = world.events(scheduler)
        end_its_process(world, scheduler)

        def another_runs() -> bool:
            # Those that were sent to the dying process are lost with it.
            scheduler.raw.add_job("os:getpid", executor="processes", misfire_grace_time=None)
            return bool(events.of("JOB_EXECUTED"))

        await_process(world, another_runs, "a job to run after a process has died")


@clause("EXE-10", informational=True)
def test_a_replaced_process_pool_has_the_arguments_of_the_first(world: World) -> None:
    """
    The processes of the pool that takes the place of a broken one are initialized as well.
    """
    initialized = {"initializer": sys.setrecursionlimit, "initargs": (4321,)}
    with scheduler_with_processes(world, pool_kwargs=initialized) as scheduler:
        events = world.events(scheduler)
        end_its_process(world, scheduler)

        def another_runs() -> bool:
            scheduler.raw.add_job(
                "sys:getrecursionlimit", executor="processes", misfire_grace_time=None
            )
            return bool(events.of("JOB_EXECUTED"))

        await_process(world, another_runs, "a job to run after a process has died")
        assert 4321 == events.of("JOB_EXECUTED")[0].raw.retval


def end_its_process(world: World, scheduler: Subject) -> None:
    """
    Add a job that ends its process, due before all others.
    """
    scheduler.add_job(
        "os:_exit",
        args=[1],
        executor="processes",
        next_run_time=world.now() - timedelta(minutes=1),
        misfire_grace_time=None,
    )


def returned(world: World, func: Any) -> Any:
    """
    Return what a job returns that a pool of processes runs.
    """
    with scheduler_with_processes(world) as scheduler:
        events = world.events(scheduler)

        scheduler.add_job(func, executor="processes", misfire_grace_time=None, id="abroad")

        ends = ("JOB_EXECUTED", "JOB_ERROR")
        await_process(
            world, lambda: any(events.of(end) for end in ends), "a job in a process pool to end"
        )
        return events.wait("JOB_EXECUTED", "abroad").raw.retval
