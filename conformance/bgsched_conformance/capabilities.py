"""
What an implementation behind an adapter may do without, if its adapter says so.

A capability declared off makes *unsupported* whatever needs it: the clauses that are about it, and
each test from the call on that makes use of it. Its probe is a test that only a scheduler which
offers it passes; that one runs all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from bgsched_conformance.catalogue import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Capability:
    """
    One thing that can be declared off.

    Attributes:
        about: What it is, in words.
        probe: The test that tells whether it is there after all.
        clauses: Patterns of the clauses that are about it.
        members: Names of the scheduler's members that belong to it.
    """

    about: str
    probe: str
    clauses: str
    members: str = ""

    def concerns(self, clause: str) -> bool:
        """
        Whether a clause is about it.
        """
        return any(fnmatchcase(clause, pattern) for pattern in self.clauses.split())


CAPABILITIES = {
    "pause": Capability(
        "`pause()` and `resume()`, and `start(paused=True)`",
        "pause::test_no_job_runs_between_a_paused_start_and_resume",
        "PAUSE-* START-11 ERR-5 SHUT-13 STATE-2 STATE-6",
        "pause resume",
    ),
    "restart": Capability(
        "`start()` after a shutdown",
        "restart::test_jobs_run_after_a_restart",
        "RESTART-*",
    ),
    "shutdown-wait": Capability(
        "`shutdown()` that waits for running jobs",
        "process-exit::test_shutdown_can_be_left_to_atexit",
        "SHUT-5 SHUT-12 SHUT-13 SHUT-18 SHUT-19 SHUT-22 SHUT-24 EXIT-5 CONC-3",
    ),
    "shutdown-now": Capability(
        "`shutdown(wait=False)`, which does not wait for running jobs",
        "shutdown::test_shutdown_without_waiting_returns_while_a_job_runs",
        "SHUT-6 SHUT-7 SHUT-8 SHUT-15 SHUT-25",
    ),
    "daemon": Capability(
        "the option `daemon`",
        "process-exit::test_a_non_daemon_scheduler_keeps_the_program_until_it_is_shut_down",
        "DAEMON-[2-6] EXIT-3 EXIT-4 EXIT-6 RESTART-7",
    ),
    "configuration": Capability(
        "options of the constructor, and `configure()`",
        "configuration::test_a_scheduler_that_was_shut_down_can_be_configured",
        "CTOR-2 CTOR-3 DAEMON-[3-6] RESTART-6 CONF-*",
        "configure",
    ),
    "parallel-jobs": Capability(
        "jobs that run beside one another and beside the scheduling thread",
        "defaults::test_a_blocked_job_holds_up_no_other",
        "EXEC-A* MISF-6 MISF-7 MISF-8",
    ),
    "events": Capability(
        "`add_listener()` and `remove_listener()`",
        "start::test_the_start_is_announced",
        "EVT-* START-10 PAUSE-5 SHUT-11 SHUT-12 SHUT-16 RESTART-8 STATE-2 STATE-5",
        "add_listener remove_listener",
    ),
    "executors": Capability(
        "executors of the user's choice, by alias",
        "start::test_each_executor_is_started_once",
        "EXE-* START-3 START-13 SHUT-2 SHUT-8 SHUT-23 ERR-10 CONF-11 ADD-18",
        "add_executor remove_executor",
    ),
    "job-stores": Capability(
        "job stores of the user's choice, by alias",
        "start::test_each_job_store_is_started_once",
        "STO-* START-4 SHUT-3 SHUT-21 SHUT-22 RESTART-5 CONF-12 CONF-15 CONF-16 ADD-14 JOB-24",
        "add_jobstore remove_jobstore",
    ),
    "triggers": Capability(
        "triggers that are objects, all types and the user's own",
        "background-thread::test_scheduling_is_done_on_another_thread",
        "TD-* TI-* TC-* TCI-* TX-* TZ-*",
    ),
    "misfire": Capability(
        "`misfire_grace_time`: runs that are too late do not take place",
        "start::test_an_overdue_pending_job_is_run_or_missed",
        "START-16 MISF-1 MISF-3 MISF-4 TD-5 EXE-12",
    ),
    "coalesce": Capability(
        "`coalesce=False`: each run time of a backlog leads to a run",
        "running-jobs::test_a_backlog_is_run_in_order",
        "MISF-3 MISF-4 MISF-5",
    ),
    "max-instances": Capability(
        "`max_instances`: how many runs of a job may overlap",
        "running-jobs::test_as_many_runs_overlap_as_the_limit_says",
        "MISF-6 MISF-7 MISF-8",
    ),
    "job-changes": Capability(
        "changing, rescheduling, pausing and resuming a job",
        "jobs::test_a_job_whose_run_time_is_moved_runs_then",
        "JOB-[2-9] JOB-10 JOB-13 JOB-18 JOB-22 JOB-24 JOB-25 PAUSE-4 EXIT-4",
        "modify_job reschedule_job pause_job resume_job",
    ),
    "export-import": Capability(
        "`export_jobs()` and `import_jobs()`",
        "export-import::test_imported_jobs_run_at_their_times",
        "XPORT-*",
        "export_jobs import_jobs",
    ),
}

_OWN_OPTIONS = {"executors": "executors", "jobstores": "job-stores", "daemon": "daemon"}
_PLAIN_TRIGGERS = {"date", "interval", None}


def of_member(member: str) -> str | None:
    """
    Return the capability that a member of the scheduler belongs to.
    """
    for name, capability in CAPABILITIES.items():
        if member in capability.members.split():
            return name
    return None


def of_construction(arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Iterator[str]:
    """
    Yield what a scheduler built with these arguments must offer.
    """
    if arguments:
        yield "configuration"
    for option in options:
        yield _OWN_OPTIONS.get(option, "configuration")


def of_call(
    member: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any], *, jobs_held: bool
) -> Iterator[str]:
    """
    Yield what a scheduler must offer for a call to make sense.

    Args:
        member: What is called.
        arguments: Positional arguments.
        keywords: Keyword arguments.
        jobs_held: Whether a job of the test lasts until the test lets it go.
    """
    first = next(iter(arguments), None)
    if member == "start" and (arguments or "paused" in keywords):
        yield "pause"
    if member == "shutdown":
        waits = keywords.get("wait", True) if first is None else first
        if not waits:
            yield "shutdown-now"
        elif jobs_held:
            yield "shutdown-wait"
    if member == "add_job":
        yield from _of_job(arguments[1] if arguments[1:] else keywords.get("trigger"), keywords)


def _of_job(trigger: object, keywords: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(trigger, str | None) or trigger not in _PLAIN_TRIGGERS:
        yield "triggers"
    if keywords.get("misfire_grace_time") is not None:
        yield "misfire"
    if not keywords.get("coalesce", True):
        yield "coalesce"
    if keywords.get("max_instances", 1) != 1:
        yield "max-instances"
    if keywords.get("executor", "default") != "default":
        yield "executors"
    if keywords.get("jobstore", "default") != "default":
        yield "job-stores"


def off(capabilities: Mapping[str, bool]) -> tuple[str, ...]:
    """
    Return the names that are declared off.
    """
    return tuple(name for name, offered in capabilities.items() if not offered)


def of_probe(node_id: str) -> str | None:
    """
    Return the capability that a test probes.
    """
    for name, capability in CAPABILITIES.items():
        if node_id == f"{PREFIX}/{capability.probe}":
            return name
    return None


def of_clauses(clauses: Iterable[str], missing: Iterable[str]) -> str | None:
    """
    Return a missing capability if all of some clauses are about missing ones.
    """
    found = [
        next((name for name in missing if CAPABILITIES[name].concerns(clause)), None)
        for clause in clauses
    ]
    return found[0] if found and all(found) else None
