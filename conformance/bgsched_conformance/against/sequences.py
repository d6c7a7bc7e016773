"""
Sequences of steps to try: what a maintainer's users do to a scheduler, in any order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bgsched_conformance import job_table, models
from bgsched_conformance.against.steps import Step, defined
from bgsched_conformance.schedules import schedules
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from bgsched_conformance.schedules import Schedule

Steps = st.SearchStrategy[tuple[Step, ...]]

_START = Step("start")
_PAUSED = Step("start", keywords={"paused": True})
_SHUTDOWN = Step("shutdown")
_FIRST = Step("add_job", ("tick", "interval"), {"id": "a", "hours": 1, "start_date": START})
_STAGES = (
    Step("add_jobstore", ("memory", "shelf")),
    Step("add_executor", ("threadpool", "spare")),
)

_WRONG: tuple[tuple[Any, ...], ...] = (
    (
        "interval",
        {"seconds": "many"},
        {"start_date": "yesterday"},
        {"fortnights": 1},
        {"seconds": 5, "timezone": "Mars/Olympus"},
        {"seconds": 5, "next_run_time": "soon"},
        {"seconds": 5, "misfire_grace_time": -5},
        {"seconds": 5, "max_instances": -1},
        {"seconds": 5, "args": 3},
        {"seconds": 5, "kwargs": 3},
        {"seconds": 5, "id": 3},
    ),
    (
        "cron",
        {"hour": 24},
        {"minute": "61"},
        {"day_of_week": "nay"},
        {"month": "5-3"},
        {"day": "x"},
    ),
    ("date", {"run_date": "someday"}),
    ("nonesuch", {"seconds": 5}),
)

_booleans = st.booleans()
_ids = st.sampled_from("abc")
# Whole tens of seconds: whether a run that is as late as its grace is missed is left open.
_leads = models.leads.map(lambda seconds: seconds // 10 * 10)
_every = models.steps.map(lambda seconds: seconds // 10 * 10)
_graces = st.sampled_from((None, 5, 95, 1234))
_moves = models.jumps.map(lambda seconds: Step("move", (seconds // 10 * 10 + 10,)))
_starts = st.sampled_from((_START, _PAUSED))
_turns = st.sampled_from((Step("pause"), Step("resume"), Step("wakeup")))
_shutdowns = _booleans.map(lambda wait: Step("shutdown", keywords={"wait": wait}))
_stages = st.sampled_from(_STAGES)
_listeners = st.lists(
    st.sampled_from(
        ("JOB_ADDED", "JOB_REMOVED", "JOB_EXECUTED", "JOB_ERROR", "JOB_MISSED", "SCHEDULER_PAUSED")
    ),
    min_size=1,
    max_size=3,
    unique=True,
).map(lambda names: Step("listen", (tuple(names),)))


@st.composite
def _timed_jobs(draw: st.DrawFn) -> Step:
    """
    Give a job whose run times are told by its arguments alone, with any grace.
    """
    moment = START + timedelta(seconds=draw(_leads))
    work = draw(st.sampled_from(("tick", "tick", "fails")))
    keywords: dict[str, Any] = {"id": draw(_ids), "misfire_grace_time": draw(_graces)}
    keywords |= draw(st.sampled_from(({}, {"args": [1], "kwargs": {"x": 2}})))
    if draw(_booleans):
        return Step("add_job", (work, "date"), keywords | {"run_date": moment})
    every = {"seconds": draw(_every), "start_date": moment}
    return Step("add_job", (work, "interval"), keywords | every | {"coalesce": draw(_booleans)})


_held_jobs = st.builds(
    lambda every, most: Step(
        "add_job",
        ("held", "interval"),
        {
            "seconds": every,
            "start_date": START,
            "max_instances": most,
            "coalesce": True,  # whether the runs of one backlog count as several is left open
            "misfire_grace_time": None,
        },
    ),
    _every,
    st.integers(1, 2),
)
_plain_jobs = st.builds(
    lambda job_id, trigger, every: Step(
        "add_job", ("tick", *trigger), {"id": job_id, "misfire_grace_time": None} | every
    ),
    _ids,
    *(st.just(("interval",)), _every.map(lambda every: {"seconds": every})),
) | _ids.map(lambda job_id: Step("add_job", ("tick",), {"id": job_id, "misfire_grace_time": None}))


@st.composite
def _table_jobs(draw: st.DrawFn) -> Step:
    """
    Give a job of any settings, with an id that may be taken in its store.
    """
    schedule: Schedule = draw(schedules)
    job_id = draw(job_table.ids)
    keywords = dict(draw(job_table.settings), replace_existing=draw(_booleans))
    if job_id is not None:
        keywords["id"] = job_id
    # An id stands in one store alone: which of two jobs is meant without the store is left open.
    if job_id == "c" or (job_id is None and draw(_booleans)):
        keywords["jobstore"] = "shelf"
    # So is what becomes of a job that is not paused and has no run time.
    keywords |= draw(_run_times) if schedule.first(START) else {"next_run_time": None}
    return Step("add_job", ("tick", schedule.alias), keywords | schedule.arguments)


_run_times: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.builds(
    lambda time: {"next_run_time": time}, st.none() | job_table.run_times
)


@st.composite
def _changes(draw: st.DrawFn) -> Step:
    """
    Give a change of one job, which may not be there, through the scheduler or its handle.
    """
    verb = draw(st.sampled_from(("modify", "reschedule", "pause", "resume", "remove")))
    keywords: dict[str, Any] = {}
    if verb == "modify":
        keywords = dict(draw(job_table.settings)) | draw(_run_times)
    elif verb == "reschedule":
        schedule = draw(schedules.filter(lambda schedule: schedule.first(START) is not None))
        keywords = {"trigger": schedule.alias, **schedule.arguments}
    return Step(f"{verb}_job", (draw(_ids),), keywords, handle=draw(_booleans))


_removals = st.one_of(
    st.sampled_from((Step("remove_all_jobs"), Step("remove_all_jobs", ("default",)))),
    _ids.map(lambda job_id: Step("remove_job", (job_id,))),
)
_questions = _ids.map(lambda job_id: Step("get_job", (job_id,)))
_wrong_jobs = st.sampled_from(
    [
        Step("add_job", ("tick", alias), dict(keywords))
        for alias, *wrong in _WRONG
        for keywords in wrong
    ]
)
_wrong_changes = st.sampled_from(
    (
        Step("modify_job", ("a",), {"id": "b"}),
        Step("modify_job", ("a",), {"colour": "blue"}),
        Step("modify_job", ("a",), {"max_instances": -1}),
        Step("modify_job", ("a",), {"name": 3}),
        Step("modify_job", ("a",), {"misfire_grace_time": -1, "name": "x"}),
        Step("reschedule_job", ("a",), {"trigger": "nonesuch"}),
        Step("reschedule_job", ("a",), {"trigger": "cron", "hour": 24}),
    )
)


def _some(*steps: st.SearchStrategy[Step], least: int = 5) -> st.SearchStrategy[list[Step]]:
    # A few at least, or most sequences are too short; which are needed is found out at the end.
    return st.lists(st.one_of(*steps), min_size=least, max_size=least + 15)


def _in_turn(*parts: st.SearchStrategy[list[Step]] | Step, waiting: bool = False) -> Steps:
    drawn = [st.just([part]) if isinstance(part, Step) else part for part in parts]
    return st.tuples(*drawn).map(
        lambda lists: defined((step for each in lists for step in each), waiting=waiting)
    )


def _ending(sequence: tuple[Step, ...]) -> tuple[Step, ...]:
    """
    Cut off what follows the first shutdown, calls aside that must be refused then.
    """
    ends = [n for n, step in enumerate(sequence) if step.verb == "shutdown"]
    return tuple(
        step
        for n, step in enumerate(sequence)
        if not ends or n <= ends[0] or step.verb in {"shutdown", "pause", "resume"}
    )


lives = _in_turn(_some(_starts, _turns, _turns, _shutdowns, _stages, _listeners)).map(_ending)
restarts = _in_turn(
    _START, _some(_turns, _timed_jobs(), least=0), _SHUTDOWN, _some(_timed_jobs(), _starts, _moves)
)
waits = _in_turn(_some(_plain_jobs, _moves, _removals, _questions), _PAUSED, waiting=True)
tables = _in_turn(
    st.sampled_from(([], list(_STAGES))),
    _some(_table_jobs(), _changes(), _removals, _questions, least=0),
    _PAUSED,
    _some(_table_jobs(), _changes(), _changes(), _removals, _questions, _moves),
)
runs = _in_turn(_START, _some(_timed_jobs(), _moves, _moves, _turns, _listeners))
changed_runs = _in_turn(_START, _some(_timed_jobs(), _moves, _changes()))
overlaps = _in_turn(_START, _some(_held_jobs, _moves, _moves, st.just(Step("release"))))
refusals = _in_turn(_PAUSED, _FIRST, _some(_wrong_jobs, _wrong_changes, _table_jobs(), _questions))
