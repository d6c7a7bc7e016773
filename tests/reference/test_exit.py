"""
What becomes of jobs when the main thread, or the whole program, ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import bgsched

REFERENCE = Path(bgsched.__file__).parent.parent

PREAMBLE = """
import atexit
atexit.register(lambda: globals().get("at_last", int)())  # called after all that comes later
import logging, os, sys, threading, warnings
from bgsched import BackgroundScheduler
def scheduler(**options):  # that runs its jobs however late: the machine may be slow
    defaults = {"misfire_grace_time": None}
    return BackgroundScheduler(timezone="UTC", job_defaults=defaults, **options)
def say(text):
    os.write(1, f"{text}\\n".encode())
def main_is_over():
    threading.main_thread().join()
"""


def interpreters() -> list[str]:
    """
    This Python, and a Python that makes no threads once its main thread has ended.
    """
    found = [sys.executable]
    for name in ("python3.12", "python3.13"):
        path = shutil.which(name)
        if path and subprocess.run([path, "-V"], check=False, capture_output=True).returncode == 0:
            found.append(path)
    return found


PYTHONS = interpreters()


def run(program: str, python: str = sys.executable) -> list[str]:
    """
    Run a program to its end; return the lines it printed.
    """
    done = subprocess.run(
        [python, "-c", PREAMBLE + program],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(REFERENCE)},
    )
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout.split()


@pytest.mark.parametrize("python", PYTHONS)
def test_an_idle_daemon_does_not_keep_the_program_up(python: str) -> None:
    """
    With work in the future and idle workers, the program ends with its main thread (EXIT-1).
    """
    lines = run(
        """
s = scheduler()
done = threading.Event()
s.add_job(done.set)
s.add_job(say, "interval", hours=1, args=["never"])
s.start()
done.wait()
say("end")
""",
        python,
    )

    assert ["end"] == lines


@pytest.mark.parametrize("python", PYTHONS)
def test_a_non_daemon_goes_on_running_jobs(python: str) -> None:
    """
    After the main thread has ended, jobs still run, several at once, until shutdown (V2).
    """
    lines = run(
        """
s = scheduler(daemon=False)
both = threading.Barrier(2)
def first():
    main_is_over()
    s.add_job(second)
    both.wait(20)
    say("first")
    s.shutdown(wait=False)
def second():
    both.wait(20)
    say("second")
s.start()
s.add_job(first)
""",
        python,
    )

    assert {"first", "second"} == set(lines)


@pytest.mark.parametrize("python", PYTHONS)
def test_the_first_job_of_a_non_daemon_comes_after_the_end_of_main(python: str) -> None:
    """
    Even if no worker was needed before, jobs run after the main thread has ended (EXIT-4).
    """
    lines = run(
        """
s = scheduler(daemon=False)
def job():
    say("ran")
    s.shutdown(wait=False)
def later():
    main_is_over()
    s.add_job(job)
threading.Thread(target=later).start()
s.start()
""",
        python,
    )

    assert ["ran"] == lines


@pytest.mark.parametrize("python", PYTHONS)
def test_a_daemon_in_a_program_kept_up_by_others(python: str) -> None:
    """
    While another thread keeps the program up, jobs run, though no worker could be made (fault 46).
    """
    lines = run(
        """
logging.disable(logging.WARNING)  # that it goes on without a worker
s = scheduler()
done = threading.Event()
def later():
    main_is_over()
    s.add_job(done.set)
    say("ran" if done.wait(20) else "lost")
    s.shutdown()
threading.Thread(target=later).start()
s.start()
""",
        python,
    )

    assert ["ran"] == lines


def test_a_run_in_progress_ends_before_the_program() -> None:
    """
    A job that runs when the main thread ends is waited for; one that waits is not begun.
    """
    lines = run(
        """
s = scheduler()
s.add_executor("threadpool", max_workers=1)
begun = threading.Event()
def job():
    begun.set()
    main_is_over()
    say("finished")
s.start()
s.add_job(job)
begun.wait()
s.add_job(say, args=["begun-too-late"])
while s.get_jobs():
    pass
"""
    )

    assert ["finished"] == lines


def test_a_run_that_has_just_begun_ends_before_the_program() -> None:
    """
    The main thread may end before the one that has made the worker knows that it runs.
    """
    lines = run(
        """
start = threading.Thread.start
def start_and_dawdle(thread):
    start(thread)
    if thread.name.startswith("bgsched-worker"):
        main_is_over()
threading.Thread.start = start_and_dawdle
s = scheduler()
begun = threading.Event()
def job():
    begun.set()
    main_is_over()
    say("finished")
s.start()
s.add_job(job)
begun.wait()
"""
    )

    assert ["finished"] == lines


def test_shutdown_without_waiting_leaves_the_program_to_the_job() -> None:
    """
    After shutdown(wait=False), the program ends when the run in progress has (EXIT-6).
    """
    lines = run(
        """
s = scheduler(daemon=False)
begun = threading.Event()
def job():
    begun.set()
    main_is_over()
    say("finished")
s.add_job(job)
s.start()
begun.wait()
s.shutdown(wait=False)
"""
    )

    assert ["finished"] == lines


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "ending",
    [
        "atexit.register(s.shutdown)",
        "atexit.register(s.shutdown, wait=False)",
        "at_last = s.shutdown",
        "at_last = lambda: s.shutdown(wait=False)",
        "threading.Thread(target=lambda: (main_is_over(), s.shutdown(wait=False))).start()",
        "at_end = lambda: s.shutdown(wait=False)",
        "in_job = lambda: s.shutdown(wait=False)",
    ],
)
@pytest.mark.parametrize("early", [True, False])
def test_a_shutdown_at_the_end_does_what_waits_for_a_worker(
    python: str, ending: str, early: bool
) -> None:
    """
    Whoever shuts down, and whenever: what was handed over is done before the program ends (EXIT-5).
    """
    lines = run(
        f"""
at_end = in_job = int
s = scheduler()
s.add_executor("threadpool", max_workers=1)
begun = threading.Event()
def job():
    begun.set()
    main_is_over()
    in_job()
    say("finished")
if {early}:
    {ending}
s.start()
s.add_job(job)
begun.wait()
for number in range(3):
    s.add_job(say, args=[number])
while s.get_jobs():
    pass
if not {early}:
    {ending}
at_end()
""",
        python,
    )

    assert ["finished", "0", "1", "2"] == lines


def test_shutdown_at_exit() -> None:
    """
    shutdown() may be registered with atexit (EXIT-5).
    """
    lines = run(
        """
s = scheduler()
atexit.register(lambda: say(s.running))
atexit.register(s.shutdown)
done = threading.Event()
s.add_job(done.set)
s.start()
done.wait()
"""
    )

    assert ["False"] == lines


@pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
@pytest.mark.parametrize("scheduler", ["BackgroundScheduler", "BlockingScheduler"])
def test_an_interrupt_can_be_answered_by_shutdown(scheduler: str) -> None:
    """
    Ctrl-C and shutdown() end a program with exit code 0 (EXIT-7, EX-2).
    """
    program = f"""
import bgsched
s = bgsched.{scheduler}(timezone="UTC")
s.add_job(say, args=["ready"])
try:
    s.start()
    while True:  # Python does not notice a signal that comes just before a wait for ever
        threading.Event().wait(0.1)
except (KeyboardInterrupt, SystemExit):
    s.shutdown()
    say("bye")
"""
    child = subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REFERENCE)},
    )
    assert child.stdout is not None
    ready = child.stdout.readline()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)

    assert ("ready\n", "bye\n", "", 0) == (ready, out, err, child.returncode)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_child_can_shut_down() -> None:
    """
    A child has no scheduling thread to wait for, so that its shutdown returns.
    """
    lines = run("""
scheduler = BackgroundScheduler()
scheduler.start()
warnings.simplefilter("ignore")  # Python 3.12 and later warn of forks of a process with threads
child = os.fork()
if child == 0:
    scheduler.shutdown()
    say("shut-down")
    os._exit(0)
os.waitpid(child, 0)
scheduler.shutdown()
say("both")
""")

    assert ["shut-down", "both"] == lines


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_child_can_end() -> None:
    """
    A child has no workers to wait for, so that it ends although a job runs in its parent.
    """
    lines = run("""
s = scheduler()
begun, go_on = threading.Event(), threading.Event()
s.add_job(lambda: (begun.set(), go_on.wait()))
s.start()
begun.wait()
warnings.simplefilter("ignore")  # Python 3.12 and later warn of forks of a process with threads
child = os.fork()
if child == 0:
    sys.exit(0)
say(os.waitpid(child, 0)[1])
go_on.set()
s.shutdown()
""")

    assert ["0"] == lines
