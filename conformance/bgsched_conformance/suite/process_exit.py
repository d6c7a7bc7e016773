"""
Process exit: the `daemon` option, and the end of the program (docs/spec/process-exit.md).

The option shows itself in the threads that a paused start adds: that of a scheduler is among them.
A pool that is complete from the start adds workers, of which the option says nothing. The end
of a program can only be seen from outside, so those tests start a child each. What a child prints
is flushed before it ends, and its jobs wait with `os.read`: a thread that is cut off while it holds
the lock of `sys.stdin` would bring the interpreter down.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Broken, Unsupported
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World


@clause("DAEMON-1")
def test_the_scheduling_thread_is_a_daemon_by_default(world: World) -> None:
    """
    Without the option, a daemon thread is among those that a paused start adds.
    """
    scheduler = world.scheduler()

    assert True in _flags_once_started(world, scheduler)


@clause("DAEMON-2")
@given(daemon=st.booleans())
def test_the_option_sets_the_flag_of_the_scheduling_thread(worlds: Worlds, daemon: bool) -> None:
    """
    The scheduling thread is a daemon thread if the option says so, and none if it says no.
    """
    with worlds() as world:
        scheduler = world.scheduler(daemon=daemon)

        assert daemon in _flags_once_started(world, scheduler)


@clause("DAEMON-3")
@given(
    daemon=st.booleans(),
    case=st.sampled_from((str.lower, str.upper, str.title)),
    form=st.sampled_from(("{}", " {}\t")),
    mapped=st.booleans(),
)
def test_the_option_can_be_given_as_text(
    worlds: Worlds, daemon: bool, case: Callable[[str], str], form: str, mapped: bool
) -> None:
    """
    "true" and "false" in any case and with blanks around mean the booleans, wherever they stand.
    """
    text = form.format(case(str(daemon)))
    with worlds() as world:
        scheduler = (
            world.scheduler({"apscheduler.daemon": text})
            if mapped
            else world.scheduler(daemon=text)
        )

        assert daemon in _flags_once_started(world, scheduler)


@clause("DAEMON-4")
@given(daemon=st.booleans())
def test_the_keyword_wins_over_the_mapping(worlds: Worlds, daemon: bool) -> None:
    """
    When the mapping says one thing and the keyword the other, the keyword counts.
    """
    with worlds() as world:
        scheduler = world.scheduler({"apscheduler.daemon": not daemon}, daemon=daemon)

        assert daemon in _flags_once_started(world, scheduler)


@clause("DAEMON-5")
@given(daemon=st.booleans())
def test_the_option_can_be_set_by_configure(worlds: Worlds, daemon: bool) -> None:
    """
    configure(daemon=...) before the start sets the flag, whatever the constructor was given.
    """
    with worlds() as world:
        scheduler = world.scheduler(daemon=not daemon)
        scheduler.configure(daemon=daemon)

        assert daemon in _flags_once_started(world, scheduler)


@clause("DAEMON-6")
@given(daemon=st.booleans())
def test_the_option_cannot_be_changed_after_the_start(worlds: Worlds, daemon: bool) -> None:
    """
    On a started scheduler configure(daemon=...) is refused, and the flag stays as it was.
    """
    with worlds() as world:
        scheduler = world.scheduler(daemon=daemon)
        before = _flags_once_started(world, scheduler)

        with raises("SchedulerAlreadyRunningError"):
            scheduler.configure(daemon=not daemon)

        assert before == _flags(world)


@clause("EXIT-1")
def test_an_idle_daemon_scheduler_does_not_keep_the_program(world: World) -> None:
    """
    A program that never shuts its scheduler down ends with its own exit code, with jobs ahead.
    """
    silent = world.child("""
s = Scheduler()
s.start()
s.add_job(print, "interval", hours=1)
""")
    failing = world.child("""
ran = threading.Event()
s = Scheduler()
s.start()
s.add_job(print, "interval", hours=1)
s.add_job(ran.set, misfire_grace_time=None)
ran.wait()
sys.exit(7)
""")

    assert (0, 7) == (silent.wait_exit(), failing.wait_exit())


@clause("EXIT-2")
def test_a_running_job_keeps_the_program_no_longer_than_it_runs(world: World) -> None:
    """
    A program whose main thread ends while a job runs has ended soon after that job's own end.
    """
    child = world.child("""
import os
begun = threading.Event()
def job():
    begun.set()
    os.read(0, 1)
s = Scheduler()
s.start()
s.add_job(job, misfire_grace_time=None)
begun.wait()
say("main ends")
""")
    child.expect("main ends")
    world.give_way()

    child.tell()

    child.wait_exit()


@clause("EXIT-3")
def test_a_non_daemon_scheduler_keeps_the_program_until_it_is_shut_down(world: World) -> None:
    """
    With daemon=False the program outlives its main thread, and ends after shutdown().
    """
    child = world.child("""
import os
s = Scheduler(daemon=False)
def watch():
    threading.main_thread().join()
    say("main ended")
    os.read(0, 1)
    say("still here")
    s.shutdown()
s.start()
threading.Thread(target=watch, daemon=True).start()
""")
    child.expect("main ended")
    world.linger(lambda: not child.alive)
    child.tell()

    child.expect("still here")
    assert 0 == child.wait_exit()


@clause("EXIT-4")
def test_a_non_daemon_scheduler_runs_jobs_after_the_main_thread_has_ended(world: World) -> None:
    """
    With daemon=False a job whose time comes after the end of the main thread runs.
    """
    child = world.child("""
from datetime import datetime, timezone
ran = threading.Event()
def job():
    say("job ran")
    ran.set()
s = Scheduler(daemon=False)
def watch():
    threading.main_thread().join()
    say("main ended")
    s.modify_job("job", next_run_time=datetime.now(timezone.utc))
    ran.wait()
    s.shutdown()
s.start()
s.add_job(job, "interval", hours=1, id="job", misfire_grace_time=None)
threading.Thread(target=watch, daemon=True).start()
""")
    child.expect("main ended")

    child.expect("job ran")


@clause("EXIT-5")
def test_shutdown_can_be_left_to_atexit(world: World) -> None:
    """
    A shutdown() registered with atexit waits for the running job, returns, and the program ends.
    """
    child = world.child("""
import atexit, os
begun = threading.Event()
def job():
    begun.set()
    os.read(0, 1)
    say("job ended")
s = Scheduler()
def leave():
    s.shutdown()
    say("shut down")
atexit.register(leave)
s.start()
s.add_job(job, misfire_grace_time=None)
begun.wait()
say("main ends")
""")
    child.expect("main ends")
    child.tell()

    child.expect("job ended")
    child.expect("shut down")
    assert 0 == child.wait_exit()


@clause("EXIT-6")
def test_after_shutdown_nothing_keeps_the_program(world: World) -> None:
    """
    Once it has shut down and its last job has ended the program exits, for both values of daemon.
    """
    children = [
        world.child(f"""
import os
begun = threading.Event()
def job():
    begun.set()
    os.read(0, 1)
s = Scheduler(daemon={daemon})
s.start()
s.add_job(print, "interval", hours=1)
s.add_job(job, misfire_grace_time=None)
begun.wait()
say("job runs")
s.shutdown(wait={wait})
""")
        for daemon, wait in ((True, True), (False, True), (False, False))
    ]
    for child in children:
        child.expect("job runs")
        child.tell()

    assert [0, 0, 0] == [child.wait_exit() for child in children]


@clause("EXIT-7")
def test_an_interrupt_can_be_answered_by_shutdown(world: World) -> None:
    """
    A program that answers Ctrl-C, or SystemExit, by shutdown() ends quietly and with 0.
    """
    if os.name != "posix":
        raise Unsupported("a signal like that of Ctrl-C can be sent on POSIX alone")
    interrupted, leaving = (
        world.child(f"""
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
s = Scheduler()
s.add_job(print, "interval", hours=1)
s.start()
try:
    say("runs")
    {end}
except (KeyboardInterrupt, SystemExit):
    s.shutdown()
""")
        for end in ("threading.Event().wait()", "sys.exit(3)")
    )
    interrupted.expect("runs")
    interrupted.interrupt()

    assert (0, 0) == (interrupted.wait_exit(), leaving.wait_exit())
    assert ("", "") == tuple(
        child.noise if "Traceback" in child.noise else "" for child in (interrupted, leaving)
    )


def _flags_once_started(world: World, scheduler: Subject) -> set[bool]:
    if world.offers("pause"):
        scheduler.start(paused=True)
    else:
        scheduler.start()
    return _flags(world)


def _flags(world: World) -> set[bool]:
    threads = world.new_threads()
    if not threads:
        raise Broken("a thread that a paused start adds", "there is none")
    return {thread.daemon for thread in threads}
