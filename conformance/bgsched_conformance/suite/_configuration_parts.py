"""
Executors and job stores in a configuration: how they are described, kept and asked again.

The other half of the chapter is `configuration`, which takes these tests in.
"""

from __future__ import annotations

from copy import copy
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any

from bgsched_conformance.calls import raises
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._configuration_scenes import (
    configurable,
    left_open,
    most_at_once,
    noon,
    noon_in,
    nothing,
    refusal,
)

if TYPE_CHECKING:
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World

NOT_DESCRIBED: dict[str, Any] = {
    "ValueError": {"max_workers": 1},
    "TypeError": 7,
    "LookupError": {"type": "no such plugin"},
}


def started_as(alias: str, log: Any) -> bool:
    """
    Whether a part was started once, under this alias.
    """
    return [alias] == [request.value(1, "alias") for request in log.of("start")]


@clause("CONF-6")
def test_dotted_keys_lead_to_nested_options(world: World) -> None:
    """
    Two job defaults and a part of each kind, all by dotted keys, arrive.
    """
    executor, executor_log = world.executor()
    store, store_log = world.store()
    scheduler = world.scheduler(
        {
            "apscheduler.job_defaults.max_instances": 5,
            "apscheduler.job_defaults.misfire_grace_time": "77",
            "apscheduler.executors.one": executor,
            "apscheduler.jobstores.two": store,
        }
    )

    scheduler.start(paused=True)

    settings = left_open(scheduler)
    assert (5, 77) == (settings["max_instances"], settings["misfire_grace_time"])
    assert started_as("one", executor_log)
    assert started_as("two", store_log)


@clause("CONF-6", informational=True)
def test_keys_may_be_dotted_down_to_the_last_entry(world: World) -> None:
    """
    The entries of one executor may each have a key of their own.
    """
    one = configurable(*world.executor())
    scheduler = world.scheduler(
        {"apscheduler.executors.one.class": one.reference, "apscheduler.executors.one.size": "3"}
    )

    scheduler.start(paused=True)

    assert [{"size": "3"}] == one.given
    assert started_as("one", one.log)


@clause("CONF-7")
def test_a_keyword_overrides_the_same_part_in_the_mapping(world: World) -> None:
    """
    Of two executors and two job stores for one alias, those given as keywords are started.
    """
    executors, stores = [world.executor() for _ in "ab"], [world.store() for _ in "ab"]
    scheduler = world.scheduler(
        {
            "apscheduler.executors.one": executors[0][0],
            "apscheduler.jobstores.one": stores[0][0],
        },
        executors={"one": executors[1][0]},
        jobstores={"one": stores[1][0]},
    )

    scheduler.start(paused=True)

    assert [False, True] == [started_as("one", log) for _, log in executors]
    assert [False, True] == [started_as("one", log) for _, log in stores]


@clause("CONF-11")
def test_an_executor_may_be_an_instance(world: World) -> None:
    """
    An instance is started under its alias, and runs the jobs that name it.
    """
    executor, log = world.executor()
    tick = world.tick()
    scheduler = world.scheduler(executors={"one": executor})

    scheduler.start()
    scheduler.add_job(tick.func, executor="one", misfire_grace_time=None)
    tick.wait_ended()

    assert started_as("one", log)
    assert 1 == log.count("submit_job")


@clause("CONF-11")
def test_an_executor_may_be_described_by_its_class(world: World) -> None:
    """
    The class that a text names is built with the other entries, and started under its alias.
    """
    described = configurable(*world.executor())
    scheduler = world.scheduler(
        executors={"one": {"class": described.reference, "size": 3, "label": "x"}}
    )

    scheduler.start(paused=True)

    assert [{"size": 3, "label": "x"}] == described.given
    assert started_as("one", described.log)


@clause("CONF-11")
def test_an_executor_may_be_described_by_its_type(world: World) -> None:
    """
    A thread pool of two threads, told as number or as text, runs two of three jobs at once.
    """
    for workers in (2, "2"):
        pool = {"type": "threadpool", "max_workers": workers}
        scheduler = world.scheduler(executors={"default": pool})
        scheduler.start()

        assert 2 == most_at_once(world, scheduler, 2)


@clause("CONF-11", informational=True)
def test_the_class_of_an_executor_may_be_the_class_itself(world: World) -> None:
    """
    It is built as one named by a text.
    """
    described = configurable(*world.executor())
    scheduler = world.scheduler(executors={"one": {"class": described.cls, "size": 3}})

    scheduler.start(paused=True)

    assert [{"size": 3}] == described.given
    assert started_as("one", described.log)


@clause("CONF-12")
def test_job_stores_may_be_instances_or_of_a_type(world: World) -> None:
    """
    A job added to the alias of either is listed under it and nowhere else.
    """
    instance, log = world.store()
    scheduler = world.scheduler(jobstores={"one": instance, "two": {"type": "memory"}})
    scheduler.start(paused=True)

    for alias in ("one", "two"):
        scheduler.add_job(nothing, "interval", hours=1, id=f"of_{alias}", jobstore=alias)

    assert ["of_one"] == [job.id for job in scheduler.get_jobs("one")]
    assert ["of_two"] == [job.id for job in scheduler.get_jobs("two")]
    assert 1 == log.count("add_job")


@clause("CONF-12")
def test_a_job_store_may_be_described_by_its_class(world: World) -> None:
    """
    The class that a text names is built with the other entries, and started under its alias.
    """
    described = configurable(*world.store())
    scheduler = world.scheduler(
        jobstores={"one": {"class": described.reference, "url": "here", "size": 3}}
    )

    scheduler.start(paused=True)

    assert [{"url": "here", "size": 3}] == described.given
    assert started_as("one", described.log)


@clause("CONF-12", informational=True)
def test_the_class_of_a_job_store_may_be_the_class_itself(world: World) -> None:
    """
    It is built as one named by a text.
    """
    described = configurable(*world.store())
    scheduler = world.scheduler(jobstores={"one": {"class": described.cls, "url": "here"}})

    scheduler.start(paused=True)

    assert [{"url": "here"}] == described.given
    assert started_as("one", described.log)


@clause("CONF-13")
def test_what_describes_no_part_is_refused(world: World) -> None:
    """
    A dict without type and class, an unknown type and a number raise, at the latest at the start.
    """
    for group in ("executors", "jobstores"):
        for value in NOT_DESCRIBED.values():
            refusal(world, partial(begun, world, group, value))


@clause("CONF-13", informational=True)
def test_what_describes_no_part_raises_a_telling_class(world: World) -> None:
    """
    Each of the three mistakes is told by the built-in exception that it is an instance of.
    """
    for group in ("executors", "jobstores"):
        for name, value in NOT_DESCRIBED.items():
            with raises(name):
                begun(world, group, value)


def begun(world: World, group: str, value: object) -> Subject:
    """
    Build and start a scheduler with one part.
    """
    # A copy, for the dict may be changed: CONF-17.
    scheduler = world.bare_scheduler(**{group: {"one": copy(value)}})
    scheduler.start(paused=True)
    return scheduler


@clause("CONF-15")
def test_a_failed_job_store_is_asked_again_after_the_interval(world: World) -> None:
    """
    A store fails once; after a short interval its job runs without any call.
    """
    failures = [OSError("no connection yet")]

    def fail_once(*_: object) -> None:
        if failures:
            raise failures.pop()

    tick = world.tick()
    store, log = world.store({"get_due_jobs": fail_once})
    scheduler = world.scheduler(jobstores={"default": store}, jobstore_retry_interval=0.05)
    scheduler.add_job(tick.func, misfire_grace_time=None)

    def ran_a_second_later() -> bool:
        # Real time passes by itself; who goes by the clock alone has to see it move.
        if log.count("get_due_jobs"):
            world.move(seconds=1)
        return tick.ended > 0

    scheduler.start()

    world.wait_until(ran_a_second_later, "the job to run after a retry")


@clause("CONF-15", informational=True)
def test_a_failed_job_store_is_left_alone_for_the_interval(world: World) -> None:
    """
    With an interval of an hour, a store that always fails is not asked again and again.
    """

    def fail(*_: object) -> None:
        raise OSError("no connection")

    store, log = world.store({"get_due_jobs": fail})
    scheduler = world.scheduler(jobstores={"failing": store}, jobstore_retry_interval=3600)

    scheduler.start()
    world.linger(lambda: log.count("get_due_jobs") > 10, rounds=10)

    # A start, and what it adds, may each lead to a pass and so to a retry.
    assert log.count("get_due_jobs") <= 10


@clause("CONF-16", informational=True)
def test_configure_keeps_parts_that_were_added(world: World) -> None:
    """
    A job runs on an executor and from a job store that were added before `configure()`.
    """
    executor, _ = world.executor()
    store, _ = world.store()
    tick = world.tick()
    scheduler = world.scheduler()
    scheduler.add_executor(executor, "one")
    scheduler.add_jobstore(store, "two")
    scheduler.add_job(tick.func, executor="one", jobstore="two", misfire_grace_time=None)

    scheduler.configure(timezone="UTC")
    scheduler.start()

    tick.wait_ended()


@clause("CONF-19")
def test_the_three_ways_of_the_user_guide_lead_to_the_same(world: World) -> None:
    """
    Instances as keywords, text in one mapping, and both after construction have the same effects.
    """
    pool = world.target.symbol("executors.pool", "ThreadPoolExecutor")
    memory = world.target.symbol("jobstores.memory", "MemoryJobStore")
    defaults = {"coalesce": False, "max_instances": 3}
    by_keywords = world.scheduler(
        jobstores={"second": memory(), "default": memory()},
        executors={"default": pool(2), "spare": pool(1)},
        job_defaults=defaults,
        timezone="UTC",
    )
    by_mapping = world.scheduler(
        {
            "apscheduler.jobstores.second": {"type": "memory"},
            "apscheduler.jobstores.default": {"type": "memory"},
            "apscheduler.executors.default": {
                "class": f"{pool.__module__}:{pool.__qualname__}",
                "max_workers": "2",
            },
            "apscheduler.executors.spare": {"type": "threadpool", "max_workers": "1"},
            "apscheduler.job_defaults.coalesce": "false",
            "apscheduler.job_defaults.max_instances": "3",
            "apscheduler.timezone": "UTC",
        }
    )
    configured = world.scheduler()
    configured.configure(
        jobstores={"second": {"type": "memory"}, "default": memory()},
        executors={"default": {"type": "threadpool", "max_workers": 2}, "spare": pool(1)},
        job_defaults=defaults,
        timezone="UTC",
    )

    for scheduler in (by_keywords, by_mapping, configured):
        scheduler.start()
        settings = left_open(scheduler)
        on_spare = world.tick("on_spare")
        scheduler.add_job(on_spare.func, executor="spare", misfire_grace_time=None)
        scheduler.add_job(nothing, "interval", hours=1, id="stored", jobstore="second")

        assert noon_in(UTC) == noon(scheduler)
        assert (False, 3) == (settings["coalesce"], settings["max_instances"])
        assert ["stored"] == [job.id for job in scheduler.get_jobs("second")]
        assert 2 == most_at_once(world, scheduler, 2)
        on_spare.wait_ended()
