"""
Construction: building a scheduler, and the members it has.
"""

from __future__ import annotations

import inspect
import pickle
from inspect import Parameter
from typing import TYPE_CHECKING, Any

from bgsched_conformance.calls import raises
from bgsched_conformance.capabilities import of_member
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World

MEMBERS = (
    "add_executor",
    "add_job",
    "add_jobstore",
    "add_listener",
    "configure",
    "export_jobs",
    "get_job",
    "get_jobs",
    "import_jobs",
    "modify_job",
    "pause",
    "pause_job",
    "print_jobs",
    "remove_all_jobs",
    "remove_executor",
    "remove_job",
    "remove_jobstore",
    "remove_listener",
    "reschedule_job",
    "resume",
    "resume_job",
    "running",
    "scheduled_job",
    "shutdown",
    "start",
    "state",
    "wakeup",
)
SEVEN: dict[str, Any] = {"apscheduler.job_defaults.max_instances": 7}
DEFAULT = 1  # max_instances of a job when nothing else is said


def max_instances(world: World, scheduler: Subject) -> int:
    """
    Start *scheduler* paused and return how often a job of it may run at a time by default.
    """
    job = scheduler.add_job(world.tick().func, "interval", hours=1)
    scheduler.start(paused=True)
    return int(job.max_instances)


@clause("CTOR-1")
def test_it_is_built_without_arguments_and_does_not_run(world: World) -> None:
    """
    The class can be built without any argument, and the new scheduler is not running.
    """
    scheduler = world.bare_scheduler()

    assert not scheduler.running


@clause("CTOR-2")
def test_gconfig_is_the_only_positional_parameter(target: Target) -> None:
    """
    The signature names `gconfig` first, lets it be left out, and takes nothing else by position.
    """
    first, *others = inspect.signature(target.cls).parameters.values()

    assert ("gconfig", Parameter.POSITIONAL_OR_KEYWORD) == (first.name, first.kind)
    assert first.default is not Parameter.empty
    by_keyword = {Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD}
    assert set() == {other.kind for other in others} - by_keyword


@clause("CTOR-2")
def test_an_empty_gconfig_is_like_none(world: World) -> None:
    """
    An empty mapping, by position or by name, changes nothing.
    """
    assert DEFAULT == max_instances(world, world.bare_scheduler({}))
    assert DEFAULT == max_instances(world, world.bare_scheduler(gconfig={}))


@clause("CTOR-2")
def test_gconfig_counts_by_position_and_by_name(world: World) -> None:
    """
    The settings in the mapping take effect however it is given, with further options or without.
    """
    assert max_instances(world, world.bare_scheduler(SEVEN)) == 7
    assert max_instances(world, world.bare_scheduler(gconfig=SEVEN)) == 7
    assert max_instances(world, world.bare_scheduler(SEVEN, timezone="Asia/Tokyo")) == 7


@clause("CTOR-3")
def test_the_given_mapping_is_left_as_it_was(world: World) -> None:
    """
    Building a scheduler does not change the top level of the mapping it was given.
    """
    given = {**SEVEN, "apscheduler.timezone": "Asia/Tokyo", "acme.colour": "blue"}
    copy = dict(given)

    world.bare_scheduler(given)

    assert copy == given


@clause("CTOR-3")
def test_the_next_scheduler_has_the_defaults(world: World) -> None:
    """
    What one scheduler was built with, as mapping or as options, is not in the next.
    """
    world.bare_scheduler(SEVEN)
    world.bare_scheduler(job_defaults={"max_instances": 7})

    assert DEFAULT == max_instances(world, world.bare_scheduler())


@clause("CTOR-4")
def test_building_starts_no_thread(world: World) -> None:
    """
    The threads before and after are the same.
    """
    world.bare_scheduler()

    assert [] == world.new_threads()


@clause("CTOR-4")
def test_building_starts_no_executor_and_no_job_store(world: World) -> None:
    """
    Configured executors and job stores are not started by the constructor.
    """
    executor, executor_log = world.executor()
    store, store_log = world.store()

    world.bare_scheduler(executors={"default": executor}, jobstores={"default": store})

    assert (0, 0) == (executor_log.count("start"), store_log.count("start"))


@clause("CTOR-6")
def test_pickling_is_refused(world: World) -> None:
    """
    Pickling a scheduler raises TypeError.
    """
    scheduler = world.bare_scheduler()

    with raises("TypeError"):
        pickle.dumps(scheduler.raw)


@clause("CTOR-7")
def test_schedulers_do_not_influence_each_other(world: World) -> None:
    """
    Of two schedulers each runs its own job, and one still runs jobs when the other is shut down.
    """
    one, other = world.scheduler(), world.scheduler()
    of_one, of_other, later = world.tick("of_one"), world.tick("of_other"), world.tick("later")
    one.add_job(of_one.func, id="job", misfire_grace_time=None)
    other.add_job(of_other.func, id="job", misfire_grace_time=None)

    one.start()
    other.start()
    world.settle(one)
    world.settle(other)
    one.shutdown()
    other.add_job(later.func, misfire_grace_time=None)
    world.settle(other)

    assert [1, 1, 1] == [len(tick.runs) for tick in (of_one, of_other, later)]
    assert (False, True) == (one.running, other.running)


@clause("BASE-1")
def test_it_derives_from_the_documented_bases(target: Target) -> None:
    """
    BlockingScheduler and BaseScheduler occur among the bases of the class, by name.
    """
    bases = {base.__name__ for base in target.cls.__mro__}

    assert set() == {"BlockingScheduler", "BaseScheduler"} - bases


@clause("BASE-2")
def test_it_has_every_documented_member(world: World) -> None:
    """
    A scheduler has each public member that is documented for its base class.
    """
    scheduler = world.bare_scheduler()

    missing = [member for member in MEMBERS if not hasattr(scheduler.raw, member)]
    declared = {member: of_member(member) for member in missing}
    assert [] == [one for one, name in declared.items() if name not in world.target.missing]
    world.need(*(name for name in declared.values() if name is not None))


@clause("BASE-3")
def test_start_does_not_block(world: World) -> None:
    """
    A call of `start()` ends while the scheduler runs.
    """
    scheduler = world.bare_scheduler()

    world.call(scheduler.start).result()

    assert scheduler.running
