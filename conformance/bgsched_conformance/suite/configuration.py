"""
Configuration: options, their forms and precedence; `configure()`.
"""

from __future__ import annotations

import logging
import time
from copy import deepcopy
from datetime import timedelta, timezone
from functools import partial
from itertools import chain, product
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Unsupported, blaming
from bgsched_conformance.marks import clause
from bgsched_conformance.suite._configuration_parts import *  # noqa: F403 - half of the chapter
from bgsched_conformance.suite._configuration_scenes import (
    NOON,
    heard,
    left_open,
    live,
    named_zone,
    noon,
    noon_in,
    nothing,
    refusal,
)
from bgsched_conformance.suite._configuration_trees import Tree, effect, effects, meaning, trees

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.world import World

EAST, WEST = timezone(timedelta(hours=9)), timezone(timedelta(hours=-5))
_LOCAL_NOON = """
job_of = Scheduler()
job_of.start(paused=True)
from datetime import datetime, timezone
job = job_of.add_job(print, "date", run_date=datetime(2030, 6, 1, 12))
say(job.next_run_time.astimezone(timezone.utc).strftime("%H:%M"))
"""


@clause("CONF-1")
def test_a_stopped_scheduler_can_be_configured_before_and_after_jobs_are_added(
    world: World,
) -> None:
    """
    Jobs added before `configure()` are kept, and after the start the options count.
    """
    scheduler = world.scheduler()

    scheduler.configure(timezone=WEST)
    scheduler.add_job(nothing, "interval", hours=1, id="early")
    scheduler.configure({"apscheduler.timezone": EAST})
    scheduler.start(paused=True)

    assert ["early"] == [job.id for job in scheduler.get_jobs()]
    assert noon_in(EAST) == noon(scheduler)


@clause("CONF-1")
def test_a_scheduler_that_was_shut_down_can_be_configured(world: World) -> None:
    """
    `configure()` is not refused after `shutdown()`.
    """
    scheduler = world.scheduler()
    scheduler.start()
    scheduler.shutdown()

    scheduler.configure({}, "apscheduler.", timezone=EAST)


@clause("CONF-2")
def test_a_started_scheduler_refuses_to_be_configured(world: World) -> None:
    """
    Running or paused, it raises SchedulerAlreadyRunningError, and the old options go on to count.
    """
    executor, log = world.executor()
    other, other_log = world.executor()
    scheduler = world.scheduler(
        executors={"default": executor},
        job_defaults={"misfire_grace_time": 77},
        timezone=EAST,
    )
    tick = world.tick()

    for change in (scheduler.start, scheduler.pause, scheduler.resume):
        change()
        with raises("SchedulerAlreadyRunningError"):
            scheduler.configure(
                {"apscheduler.job_defaults.misfire_grace_time": 5},
                executors={"default": other},
                timezone=WEST,
            )
        assert 77 == left_open(scheduler)["misfire_grace_time"]
        assert noon_in(EAST) == noon(scheduler)
    scheduler.add_job(tick.func, misfire_grace_time=None)
    tick.wait_ended()

    assert (1, 0) == (log.count("submit_job"), other_log.count("submit_job"))


@clause("CONF-3")
def test_keys_without_the_prefix_have_no_effect(world: World) -> None:
    """
    Of the same option with and without prefix, the one with it counts.
    """
    scheduler = world.scheduler(
        {
            "other.timezone": WEST,
            "apscheduler.timezone": EAST,
            "timezone": WEST,
            "apscheduler.job_defaults.max_instances": 5,
            "job_defaults": {"max_instances": 7},
            "xapscheduler.job_defaults.max_instances": 7,
            "unheard.of": object(),
        }
    )
    scheduler.start(paused=True)

    assert noon_in(EAST) == noon(scheduler)
    assert 5 == left_open(scheduler)["max_instances"]


@clause("CONF-4")
def test_without_prefix_all_keys_count(world: World) -> None:
    """
    With an empty prefix and with None, plain and dotted keys count as they stand.
    """
    for prefix in ("", None):
        scheduler = world.scheduler()

        scheduler.configure({"timezone": EAST, "job_defaults.max_instances": "5"}, prefix)
        scheduler.start(paused=True)

        assert noon_in(EAST) == noon(scheduler)
        assert 5 == left_open(scheduler)["max_instances"]


@clause("CONF-4", informational=True)
def test_without_prefix_keys_of_others_do_no_harm(world: World) -> None:
    """
    Keys that are no options may stand beside those that are.
    """
    scheduler = world.scheduler()

    scheduler.configure({"timezone": EAST, "colour": "red", "shop.door.size": 3}, prefix="")
    scheduler.start(paused=True)

    assert noon_in(EAST) == noon(scheduler)


@clause("CONF-5")
def test_configure_takes_a_prefix(world: World) -> None:
    """
    Keys of the prefix given count, and those of the default one do not.
    """
    scheduler = world.scheduler()

    scheduler.configure({"mine.timezone": EAST, "apscheduler.timezone": WEST}, prefix="mine.")
    scheduler.start(paused=True)

    assert noon_in(EAST) == noon(scheduler)


@clause("CONF-5", informational=True)
def test_the_constructor_takes_a_prefix(world: World) -> None:
    """
    The prefix may be given among the options of the constructor.
    """
    scheduler = world.scheduler({"mine.timezone": EAST}, prefix="mine.")
    scheduler.start(paused=True)

    assert noon_in(EAST) == noon(scheduler)


@clause("CONF-3", "CONF-4", "CONF-5", "CONF-6", "CONF-7")
@given(tree=trees(st.sampled_from(["apscheduler.", "mine.", "", None])), constructor=st.booleans())
def test_any_tree_of_options_leads_to_the_values_of_a_plain_model(
    worlds: Worlds, tree: Tree, constructor: bool
) -> None:
    """
    Keywords win over the mapping, of which the keys with the prefix count, dotted or not.
    """
    with worlds() as world:
        if constructor and tree.prefix == "apscheduler.":
            scheduler = world.scheduler(tree.mapping, **tree.options)
        else:
            scheduler = world.scheduler()
            scheduler.configure(tree.mapping, tree.prefix, **tree.options)
        scheduler.start(paused=True)

        seen = effects(scheduler)
        for path, value in tree.expected.items():
            with blaming(tree.clause_of(path)):
                assert {path: effect(value)} == {path: seen[path]}


@clause("CONF-8")
def test_the_zone_may_be_a_tzinfo_or_a_name(world: World) -> None:
    """
    A naive date is one of the scheduler's zone, however that was given.
    """
    tokyo = named_zone("Asia/Tokyo")

    for given_zone, zone in (("Asia/Tokyo", tokyo), (tokyo, tokyo), (WEST, WEST)):
        scheduler = world.scheduler(timezone=given_zone)
        scheduler.start(paused=True)

        assert noon_in(zone) == noon(scheduler)


@clause("CONF-8")
def test_the_local_zone_is_the_default(world: World) -> None:
    """
    In a process with TZ set to a zone nine hours ahead, noon is at three in UTC.
    """
    named_zone("Asia/Tokyo")
    if not hasattr(time, "tzset"):
        raise Unsupported("this system does not take its zone from TZ")

    child = world.child(_LOCAL_NOON, TZ="Asia/Tokyo")

    child.expect("03:00")


@clause("CONF-9")
def test_what_is_no_zone_is_refused(world: World) -> None:
    """
    The constructor raises for an unknown name, and for a value of another type.
    """
    for value in ("Atlantis/Poseidonis", 9, [1]):
        refusal(world, partial(world.bare_scheduler, timezone=value))


@clause("CONF-10")
def test_job_defaults_fill_in_what_jobs_leave_open(world: World) -> None:
    """
    All three defaults reach a job, given as values or as text.
    """
    as_values = {"coalesce": False, "misfire_grace_time": 77, "max_instances": 5}
    as_text = {"coalesce": "true", "misfire_grace_time": "88", "max_instances": "6"}

    for defaults in (as_values, as_text, {**as_text, "coalesce": "false"}):
        scheduler = world.scheduler(job_defaults=dict(defaults))
        scheduler.start(paused=True)

        expected = {name: meaning(value) for name, value in defaults.items()}
        assert expected == left_open(scheduler)


@clause("CONF-10")
def test_job_defaults_leave_the_options_of_a_job_alone(world: World) -> None:
    """
    What a job is given, it keeps; unlimited grace included.
    """
    defaults = {"coalesce": False, "misfire_grace_time": 77, "max_instances": 5}
    own = {"coalesce": True, "misfire_grace_time": None, "max_instances": 6}
    scheduler = world.scheduler(job_defaults=defaults)
    scheduler.start(paused=True)

    job = scheduler.add_job(nothing, "date", run_date=NOON, **own)

    assert own == {name: getattr(job, name) for name in own}


@clause("CONF-14")
def test_a_logger_that_is_given_is_logged_to(world: World) -> None:
    """
    In a life of the scheduler at least one record goes to its logger.
    """
    logger = logging.getLogger("bgsched-kit-logger")

    with heard(logger) as records:
        live(world, world.scheduler(logger=logger))

    assert [] != records


@clause("CONF-14", informational=True)
def test_the_default_logger_is_apscheduler_scheduler(world: World) -> None:
    """
    Without a logger the records go to the one named so.
    """
    with heard(logging.getLogger("apscheduler.scheduler")) as records:
        live(world, world.scheduler())

    assert [] != records


@clause("CONF-14", informational=True)
def test_a_logger_may_be_given_by_name(world: World) -> None:
    """
    A text is taken for the name of a logger.
    """
    with heard(logging.getLogger("bgsched-kit-logger")) as records:
        live(world, world.scheduler(logger="bgsched-kit-logger"))

    assert [] != records


@clause("CONF-17", informational=True)
def test_the_users_mapping_is_left_as_it_was(world: World) -> None:
    """
    One mapping configures two schedulers and is the same afterwards.
    """
    mapping: dict[str, Any] = {
        "apscheduler.executors.default": {"type": "threadpool", "max_workers": "2"},
        "apscheduler.jobstores.default": {"type": "memory"},
        "apscheduler.job_defaults": {"max_instances": "5"},
    }
    before = deepcopy(mapping)

    for _ in range(2):
        scheduler = world.bare_scheduler(mapping)
        scheduler.start(paused=True)

        assert before == mapping
        assert 5 == left_open(scheduler)["max_instances"]


@clause("CONF-18")
def test_pending_jobs_take_the_defaults_of_the_last_configuration(world: World) -> None:
    """
    In every order of jobs added and defaults set, jobs keep what they have and take the last rest.
    """
    for order in chain.from_iterable(product(("add", "configure"), repeat=n) for n in (1, 2, 3)):
        scheduler = world.bare_scheduler()
        for number, call in enumerate(order, start=2):
            if call == "add":
                scheduler.add_job(nothing, "date", run_date=NOON, max_instances=number)
                scheduler.add_job(nothing, "date", run_date=NOON)
            else:
                scheduler.configure(job_defaults={"max_instances": 10 * number, "coalesce": False})
        scheduler.configure(job_defaults={"max_instances": 99, "misfire_grace_time": 77})

        scheduler.start(paused=True)

        expected = [limit for n, call in enumerate(order, 2) if call == "add" for limit in (n, 99)]
        jobs = scheduler.get_jobs()
        assert sorted(expected) == sorted(job.max_instances for job in jobs)
        assert [77] * len(jobs) == [job.misfire_grace_time for job in jobs]
