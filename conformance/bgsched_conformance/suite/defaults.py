"""
The default executor, dependencies, and the example.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from datetime import timedelta
from importlib import metadata
from typing import TYPE_CHECKING

from bgsched_conformance.findings import Unsupported
from bgsched_conformance.marks import clause
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World

POOL_SIZE = 10
# What schedulers of this kind offer support for, and no plain installation needs.
OPTIONAL = (
    "etcd3 gevent kazoo pymongo PyQt5 PyQt6 PySide2 PySide6 redis rethinkdb sqlalchemy tornado"
    " twisted"
)


@clause("EXEC-A1")
def test_jobs_run_in_a_pool_of_threads(world: World) -> None:
    """
    Two jobs run at once, on threads that are not the caller's, while a third is handed over.
    """
    scheduler = world.scheduler()
    gates = [world.gate("one"), world.gate("two")]
    third = world.tick("third")
    scheduler.start()

    for gate in gates:
        scheduler.add_job(gate.func, misfire_grace_time=None)
    for gate in gates:
        gate.wait_begun()
    scheduler.add_job(third.func, id="third", misfire_grace_time=None)
    world.events(scheduler).wait("JOB_SUBMITTED", "third")

    threads = {gate.runs[0].thread for gate in gates}
    assert [1, 1] == [gate.held for gate in gates]
    assert len(gates) == len(threads)
    assert threading.get_ident() not in threads


@clause("EXEC-A2")
def test_the_default_pool_runs_ten_jobs_at_once(world: World) -> None:
    """
    Ten of eleven jobs held at a gate have begun; the eleventh runs when the gate has opened.
    """
    scheduler = world.scheduler()
    gate = world.gate()
    scheduler.start()

    for _ in range(POOL_SIZE + 1):
        scheduler.add_job(gate.func, misfire_grace_time=None)
    gate.wait_begun(POOL_SIZE)
    world.linger(lambda: len(gate.runs) > POOL_SIZE)

    assert POOL_SIZE == len(gate.runs)
    gate.open()
    gate.wait_ended(POOL_SIZE + 1)


@clause("EXEC-A3")
def test_a_blocked_job_holds_up_no_other(world: World) -> None:
    """
    While one job is held at a gate, another that is added then runs to its end.
    """
    scheduler = world.scheduler()
    blocked, other = world.gate("blocked"), world.tick("other")
    scheduler.start()
    scheduler.add_job(blocked.func, misfire_grace_time=None)
    blocked.wait_begun()

    scheduler.add_job(other.func, misfire_grace_time=None)
    other.wait_ended()

    assert 1 == blocked.held


@clause("DEP-1")
def test_a_job_runs_without_any_optional_package(world: World) -> None:
    """
    A whole life imports no optional package that the distribution does not require itself.
    """
    required = _required(world.target)
    optional = [name for name in OPTIONAL.split() if name.lower() not in required]
    program = world.child(f"""
scheduler = Scheduler()
ran = threading.Event()
scheduler.start()
scheduler.add_job(ran.set, misfire_grace_time=None)
ran.wait()
scheduler.shutdown()
say("imported " + " ".join(name for name in {optional} if name in sys.modules))
""")

    program.expect("imported ")


def _required(target: Target) -> set[str]:
    # Names of the distributions behind the class, and of all that they cannot do without.
    providers = metadata.packages_distributions()
    packages = {base.__module__.partition(".")[0] for base in target.origin.__mro__}
    ahead = [name for package in packages for name in providers.get(package, ())]
    required: set[str] = set()
    while ahead:
        name = ahead.pop().lower()
        if name in required:
            continue
        required.add(name)
        with suppress(metadata.PackageNotFoundError):
            ahead += [
                re.split(r"[^\w.-]", line, maxsplit=1)[0]
                for line in metadata.requires(name) or ()
                if "extra ==" not in line
            ]
    return required


@clause("EX-1")
def test_the_documented_example_ticks_every_three_seconds(world: World) -> None:
    """
    Three steps of three seconds give three runs, three seconds apart, and none after `shutdown()`.
    """
    scheduler = world.scheduler()
    tick = world.tick()
    scheduler.add_job(tick.func, "interval", seconds=3)
    scheduler.start()

    for _ in range(3):
        world.advance(scheduler, seconds=3)
    scheduler.shutdown()
    world.move(seconds=3)
    world.linger(lambda: len(tick.runs) > 3)

    expected = [START + timedelta(seconds=seconds) for seconds in (3, 6, 9)]
    executed = world.events(scheduler).of("JOB_EXECUTED")
    assert expected == [event.raw.scheduled_run_time for event in executed]
    assert expected == [run.at for run in tick.runs]


@clause("EX-2")
def test_the_example_ends_with_success_on_ctrl_c(world: World) -> None:
    """
    The example as a script, sent SIGINT, exits with 0.
    """
    if os.name != "posix":
        raise Unsupported("SIGINT can be sent to another process on POSIX alone")
    program = world.child("""
import signal
# A parent that ignores Ctrl-C, such as a shell that runs us in the background, hands that on.
signal.signal(signal.SIGINT, signal.default_int_handler)
scheduler = Scheduler()
scheduler.add_job(lambda: None, "interval", seconds=3)
scheduler.start()
try:
    say("started")
    while True:
        threading.Event().wait(2)
except (KeyboardInterrupt, SystemExit):
    scheduler.shutdown()
""")
    program.expect("started")

    program.interrupt()

    assert 0 == program.wait_exit()
