"""
The jobs that a scheduler must list by now, told by a dict.

The scheduler is stopped or paused all the time, so that nothing runs away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import Broken, blaming
from bgsched_conformance.machines import initialize, invariant, rule
from bgsched_conformance.schedules import Hourly, schedules
from bgsched_conformance.subject import written
from bgsched_conformance.world import START

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.schedules import Schedule

STORES = ("default", "shelf")
DEFAULTS: dict[str, Any] = {"misfire_grace_time": 600, "coalesce": False, "max_instances": 3}
Key = tuple[str, str]


@dataclass
class Row:
    """
    What is known of one job.

    Attributes:
        handle: What `add_job` has returned.
        schedule: Its trigger.
        settings: Its other attributes.
        next: The next run times it may have; several where the documentation leaves it open.
    """

    handle: Any
    schedule: Schedule
    settings: dict[str, Any]
    next: set[datetime | None]


# Few draws from short lists: drawing is what takes most of the time.
ids = st.sampled_from((None, "a", "b", "c"))
_stores = st.sampled_from(STORES)
_some_store = st.sampled_from((None, *STORES))
_picks = st.integers(0, 99)
settings: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    (
        {},
        {"name": "report", "args": [1, "text"], "kwargs": {"x": None}, "coalesce": True},
        {"args": [], "kwargs": {"y": 2}, "executor": "spare", "misfire_grace_time": 7},
        {"name": "backup", "executor": "default", "misfire_grace_time": None, "max_instances": 9},
    )
)
run_times = st.sampled_from([START + timedelta(minutes=minute) for minute in (-40, 0, 90, 300)])


class JobTable(RuleBasedStateMachine):
    """
    Any order of calls that add, change, look up and remove jobs, before the start and after it.

    Left out is what the documentation leaves open, such as an id that is twice among the pending.

    Args:
        worlds: Makes the world that the example takes place in.
    """

    def __init__(self, worlds: Worlds) -> None:
        super().__init__()
        self.world = worlds()
        self.world.__enter__()
        self.workshop = self.world.bare_scheduler().raw  # triggers are had from its jobs
        self.rows: dict[Key, Row] = {}
        self.live = False
        self.clause = "JOB-15"

    def teardown(self) -> None:
        """
        Shut the scheduler down, which its jobs must notice, and leave the world.
        """
        try:
            if self.live:
                self.scheduler.shutdown()
                self.use_the_handles()
        finally:
            self.world.__exit__()

    @initialize(live=st.booleans())
    def begin(self, live: bool) -> None:
        """
        Make a scheduler with some jobs, started or not.
        """
        self.scheduler = self.world.bare_scheduler(job_defaults=DEFAULTS)
        self.scheduler.add_jobstore("memory", "shelf")
        self.scheduler.add_executor("threadpool", "spare")
        if live:
            self.start()
        full = {"name": "report", "args": [1], "kwargs": {"x": 2}, "coalesce": True}
        for job_id, alias in (("a", "default"), ("b", "shelf"), ("c", "default"), ("a", "shelf")):
            self.add(job_id, alias, full, Hourly(0), None, paused=job_id == "b", replace=False)

    def use_the_handles(self) -> None:
        """
        See that the jobs of a scheduler that was shut down can be neither changed nor removed.
        """
        for key, row in self.rows.items():
            for verb in (row.handle.modify, row.handle.remove):
                with blaming("JOB-25"):
                    try:
                        verb()
                    except Exception:  # noqa: BLE001, S112 - of what class is left open
                        continue
                    raise Broken(f"the handle of job {key[1]!r} to be of no use", "it worked")

    def change(self, clause: str) -> None:
        """
        Say which clause is broken if the table is not the model's after this change of a job.
        """
        self.clause = clause if self.live else "JOB-18"

    def key(self, pick: int) -> Key:
        """
        Choose a job.
        """
        return list(self.rows)[pick % len(self.rows)]

    def alias(self, key: Key, pick: int) -> str | None:
        """
        Choose whether to name the store of a job, where that need not be.
        """
        alone = [other for _, other in self.rows].count(key[1]) == 1
        return None if alone and pick % 2 else key[0]

    def call(self, key: Key, pick: int, verb: str, *arguments: Any, **keywords: Any) -> Any:
        """
        Call a method of the job or that of the scheduler, and check which job it returns.
        """
        if pick % 3 == 0:
            handle = self.rows[key].handle
            self.world.note(f"job {key[1]!r}.{verb}({written(arguments, keywords)})")
            found = getattr(handle, verb)(*arguments, **keywords)
            _same(f"what {verb}() returns", None if verb == "remove" else handle, found)
            return found
        method = getattr(self.scheduler, f"{verb}_job")
        found = method(key[1], self.alias(key, pick), *arguments, **keywords)
        if found is not None:
            _same("the id of the job returned", key[1], found.id)
        return found

    @rule(
        job_id=ids,
        alias=_stores,
        settings=settings,
        schedule=schedules,
        given=st.none() | run_times,
        paused=st.booleans(),
        replace=st.booleans(),
    )
    def add(
        self,
        job_id: str | None,
        alias: str,
        settings: dict[str, Any],
        schedule: Schedule,
        given: datetime | None,
        paused: bool,
        replace: bool,
    ) -> None:
        """
        To either store, paused or not, with an id that may be taken.
        """
        elsewhere = any(job_id == other and alias != each for each, other in self.rows)
        taken = (alias, job_id) in self.rows
        if not self.live and (taken or elsewhere):
            return
        computed = schedule.first(self.world.now())
        run_time = None if paused or computed is None else given or computed
        options = dict(settings, id=job_id, jobstore=alias, replace_existing=replace)
        if run_time != computed or run_time is None:
            options["next_run_time"] = run_time

        def add() -> Any:
            return self.scheduler.add_job(_nothing, schedule.alias, **options, **schedule.arguments)

        if taken and not replace:
            self.clause = "ADD-10"
            with blaming("ADD-10"), raises("ConflictingIdError"):
                add()
            return
        if taken or elsewhere:
            self.clause = "ADD-11" if taken else "ADD-14"
        else:
            self.clause = "ADD-16" if run_time is None else "ADD-15" if given else "JOB-1"
        with blaming(self.clause):
            job = add()
            _same("the id of the job", job_id or job.id, job.id)
        known = {"args": [], "kwargs": {}, "executor": "default", **(DEFAULTS if self.live else {})}
        self.rows[alias, job.id] = Row(job, schedule, known | settings, {run_time})

    @precondition(lambda self: self.rows)
    @rule(
        pick=_picks,
        settings=settings,
        given=st.none() | st.tuples(run_times),
        schedule=st.none() | schedules,
    )
    def modify(
        self,
        pick: int,
        settings: dict[str, Any],
        given: tuple[datetime] | None,
        schedule: Schedule | None,
    ) -> None:
        """
        Any attributes; a trigger that is changed alone leaves the next run time as it is.
        """
        key = self.key(pick)
        row, changes = self.rows[key], dict(settings)
        self.change("JOB-2")
        if given is not None:
            changes["next_run_time"] = given[0]
            row.next = {given[0]}
        if schedule is not None and self.live:
            # Of a pending job the first run time may not have been computed yet.
            made = self.workshop.add_job(_nothing, schedule.alias, **schedule.arguments)
            changes["trigger"] = made.trigger
            row.schedule = schedule
            if given is None:
                self.clause = "JOB-6"
        row.settings |= settings
        with blaming(self.clause):
            self.call(key, pick, "modify", **changes)

    @precondition(lambda self: self.rows)
    @rule(pick=_picks, schedule=schedules)
    def reschedule(self, pick: int, schedule: Schedule) -> None:
        """
        Whether a paused job stays paused is left open.
        """
        key = self.key(pick)
        row, first = self.rows[key], schedule.first(self.world.now())
        if first is None:
            return
        row.schedule = schedule
        row.next = {first, *row.next & {None}}
        self.change("JOB-7")
        with blaming(self.clause):
            self.call(key, pick, "reschedule", trigger=schedule.alias, **schedule.arguments)

    @precondition(lambda self: self.rows)
    @rule(pick=_picks)
    def pause_or_resume(self, pick: int) -> None:
        """
        A paused job has no run time; one whose schedule is over is removed when it is resumed.
        """
        key = self.key(pick)
        row = self.rows[key]
        if row.next != {None}:
            row.next = {None}
            self.change("JOB-8")
            with blaming(self.clause):
                self.call(key, pick, "pause")
            return
        first = row.schedule.first(self.world.now())
        self.change("JOB-10" if first is None else "JOB-9")
        with blaming(self.clause):
            found = self.call(key, pick, "resume")
            if pick % 3:
                _same("what resume_job() returns", first and row.handle, found and row.handle)
        row.next = {first}
        if first is None:
            del self.rows[key]

    @precondition(lambda self: self.rows)
    @rule(pick=_picks)
    def remove(self, pick: int) -> None:
        """
        One job, and no other of the same id.
        """
        key = self.key(pick)
        self.change("JOB-11")
        with blaming(self.clause):
            self.call(key, pick, "remove")
        del self.rows[key]

    @precondition(lambda self: len(self.rows) > len(STORES))
    @rule(alias=_some_store)
    def remove_all(self, alias: str | None) -> None:
        """
        Of one store or of both.
        """
        self.clause = "JOB-19"
        with blaming("JOB-19"):
            self.scheduler.remove_all_jobs(alias)
        self.rows = {key: row for key, row in self.rows.items() if alias not in (None, key[0])}

    @rule(
        verb=st.sampled_from(("modify", "reschedule", "pause", "resume", "remove")),
        job_id=st.sampled_from("abc"),
        alias=_stores,
    )
    def look_for_what_is_not_there(self, verb: str, job_id: str, alias: str) -> None:
        """
        An unknown id is refused, and so is that of a job in the other store.
        """
        # Whether a store's alias counts before the start is documented for no call but removal.
        counts = self.live or verb == "remove"
        if (alias, job_id) in self.rows or not counts:
            job_id = "nobody"
        more = {"trigger": "interval", "hours": 1} if verb == "reschedule" else {}
        self.clause = "JOB-12" if verb == "remove" else "JOB-13"
        with blaming(self.clause), raises("JobLookupError"):
            getattr(self.scheduler, f"{verb}_job")(job_id, alias, **more)

    @precondition(lambda self: not self.live)
    @rule()
    def start(self) -> None:
        """
        Paused; the pending jobs are put in their stores.
        """
        self.clause = "JOB-18"
        with blaming("JOB-18"):
            self.scheduler.start(paused=True)
        self.live = True
        for row in self.rows.values():
            row.settings = DEFAULTS | row.settings

    @precondition(lambda self: self.live)
    @rule(minutes=st.integers(1, 120))
    def jump(self, minutes: int) -> None:
        """
        Move the clock; in a pause nothing comes of it.
        """
        self.world.move(minutes=minutes)

    @invariant()
    def the_listing_is_the_models(self) -> None:
        """
        Each store lists its jobs in order, and all stores together list them all.
        """
        with blaming(self.clause):
            listed = sorted(job.id for job in self.scheduler.raw.get_jobs())
            _same("the ids of all jobs", sorted(own for _, own in self.rows), listed)
        for alias in STORES:
            with blaming("JOB-15"):
                jobs = self.scheduler.raw.get_jobs(alias)
                own = sorted(own for each, own in self.rows if each == alias)
                _same(f"the ids in store {alias}", own, sorted(job.id for job in jobs))
            if self.live:
                with blaming("JOB-16"):
                    times = [_written(job.next_run_time) for job in jobs]
                    _same(f"the run times in store {alias}", sorted(times), times)

    @invariant()
    def each_job_is_the_models(self) -> None:
        """
        A job that is looked up has the attributes that the calls have led to.
        """
        for (alias, job_id), row in self.rows.items():
            with blaming("JOB-14"):
                job = self.scheduler.raw.get_job(job_id, alias)
                _same("the id of the job found", job_id, getattr(job, "id", None))
            with blaming(self.clause):
                seen = {name: getattr(job, name) for name in row.settings}
                _same(f"job {job_id!r}", row.settings, seen | {"args": list(seen["args"])})
                if self.live and job.next_run_time not in row.next:
                    expected = " or ".join(_written(moment) for moment in row.next)
                    _same(f"the run time of job {job_id!r}", expected, _written(job.next_run_time))
            if self.live:
                row.next = {job.next_run_time}

    @invariant()
    def no_other_job_is_found(self) -> None:
        """
        An id that no job has is answered with None.
        """
        for job_id in set("abc") - {own for _, own in self.rows}:
            with blaming("JOB-14"):
                _same(f"get_job({job_id!r})", None, self.scheduler.raw.get_job(job_id))


def _same(what: str, expected: object, actual: object) -> None:
    if expected != actual:
        raise Broken(f"{what} to be {expected}", f"{actual}")


def _written(moment: datetime | None) -> str:
    return "paused" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _nothing(*_: object, **__: object) -> None:
    pass
