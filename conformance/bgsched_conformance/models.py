"""
What a scheduler must have done by now, told by a model too plain to be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition

from bgsched_conformance.calls import raises
from bgsched_conformance.findings import blaming
from bgsched_conformance.machines import initialize, invariant, rule
from bgsched_conformance.patience import give_way

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.jobs import Tick
    from bgsched_conformance.recorder import Recorder

STOPPED, RUNNING, PAUSED = "STOPPED", "RUNNING", "PAUSED"
# Seconds. A jump covers some ten run times at most, so that an example stays quick.
leads = st.integers(-300, 300)
steps = st.integers(30, 400)
jumps = st.integers(0, 300)
_ROUNDS = 30  # enough for a pass and a worker to have their turn, and quick


@dataclass(frozen=True)
class PlannedRun:
    """
    One run that must take place.

    Attributes:
        at: The frozen clock when it begins.
        run_times: The run times it may be announced for; several if it coalesces them.
    """

    at: datetime
    run_times: tuple[datetime, ...]


@dataclass
class PlannedJob:
    """
    One job, and the runs of it that must have taken place by now.

    Attributes:
        name: Its id.
        tick: What it calls.
        events: What its scheduler announces.
        next: The following run time; None when there is none.
        every: From one run time to the next; None for a one-shot job.
        coalesce: Run times that are due together lead to one run.
        runs: The runs so far.
    """

    name: str
    tick: Tick
    events: Recorder
    next: datetime | None
    every: timedelta | None = None
    coalesce: bool = False
    runs: list[PlannedRun] = field(default_factory=list)

    def process(self, now: datetime) -> None:
        """
        Plan what one pass of the scheduler leads to.
        """
        due = []
        while self.next is not None and self.next <= now:
            due.append(self.next)
            self.next = None if self.every is None else self.next + self.every
        if due and self.coalesce:
            self.runs.append(PlannedRun(now, tuple(due)))
        else:
            self.runs += [PlannedRun(now, (run_time,)) for run_time in due]

    def check(self) -> None:
        """
        Wait for the runs that must have taken place, and see that there are no others.
        """
        if self.runs:
            self.events.wait("JOB_EXECUTED", self.name, len(self.runs))
        assert [run.at for run in self.runs] == [run.at for run in self.tick.runs]
        executed = self.events.of("JOB_EXECUTED", self.name)
        announced = sorted(event.raw.scheduled_run_time for event in executed)
        for planned, run_time in zip(self.runs, announced, strict=True):
            assert run_time in planned.run_times


class Lives(RuleBasedStateMachine):
    """
    Any order of life-cycle calls, new jobs and jumps of the clock, one scheduler after the other.

    Each life has a scheduler of its own: whether one can be started again is another matter. So are
    calls whose outcome the documentation does not tell, such as `pause()` on a stopped scheduler.

    Args:
        worlds: Makes the world that the example takes place in.
    """

    def __init__(self, worlds: Worlds) -> None:
        super().__init__()
        self.world = worlds()
        self.world.__enter__()
        self.jobs: list[PlannedJob] = []

    def teardown(self) -> None:
        """
        Leave the world.
        """
        self.world.__exit__()

    @initialize()
    def begin_life(self) -> None:
        """
        Go on with a scheduler that was never started.
        """
        self.scheduler = self.world.scheduler()
        self.events = self.world.events(self.scheduler)
        self.state = STOPPED
        self.over = False
        self.resumed = self.woken = self.started_paused = self.rung = False
        self.living: list[PlannedJob] = []

    @property
    def clause_of_runs(self) -> str:
        """
        The clause that a missing run, or one too many, breaks as things stand.
        """
        if self.state == RUNNING:
            return "PAUSE-3" if self.resumed else "START-2"
        if self.state == STOPPED:
            return "SHUT-9" if self.over else "START-6"
        if self.woken:
            return "PAUSE-9"
        return "PAUSE-1" if self.started_paused else "PAUSE-6"

    @property
    def clause_of_state(self) -> str:
        """
        The clause that a wrong state breaks as things stand.
        """
        if self.state == STOPPED:
            return "SHUT-1" if self.over else "START-9"
        return "PAUSE-2" if self.state == PAUSED else "START-9"

    def process(self) -> None:
        """
        Plan what a pass now leads to; a scheduler that does not run makes none.
        """
        if self.state == RUNNING:
            self.rung = True
            for job in self.living:
                job.process(self.world.now())

    def is_any_due(self) -> bool:
        """
        Whether a pass now would hand a job over.
        """
        return any(job.next is not None and job.next <= self.world.now() for job in self.living)

    def plan(self, lead: int, every: int | None = None, *, coalesce: bool = False) -> PlannedJob:
        """
        Enter a job in the model, its first run time *lead* seconds from now.
        """
        name = f"job{len(self.jobs) + 1}"
        job = PlannedJob(
            name,
            self.world.tick(name),
            self.events,
            self.world.now() + timedelta(seconds=lead),
            None if every is None else timedelta(seconds=every),
            coalesce,
        )
        self.jobs.append(job)
        self.living.append(job)
        return job

    @rule(paused=st.booleans())
    def start(self, paused: bool) -> None:
        """
        What is due now runs, unless the start is a paused one.
        """
        takes_paused = self.world.offers("pause")
        paused = paused and takes_paused
        how = {"paused": paused} if takes_paused else {}
        if self.over:
            self.begin_life()
        if self.state != STOPPED:
            # A refused start that loses a wake-up on its way is the matter of ERR-7.
            if self.state == RUNNING:
                self.world.settle(self.scheduler)
                self.rung = False
            elif self.rung:
                return
            clause = "ERR-5" if paused or self.state == PAUSED else "ERR-4"
            with blaming(clause), raises("SchedulerAlreadyRunningError"):
                self.scheduler.start(**how)
            return
        self.started_paused = paused
        with blaming("PAUSE-1" if paused else "START-2"):
            self.scheduler.start(**how)
        self.state = PAUSED if paused else RUNNING
        self.process()

    @precondition(lambda self: self.state != STOPPED and self.world.offers("pause"))
    @rule()
    def pause_or_resume(self) -> None:
        """
        What fell due in the pause runs after it.
        """
        if self.state == RUNNING:
            self.started_paused = self.woken = False
            with blaming("PAUSE-6"):
                self.scheduler.pause()
            self.state = PAUSED
        else:
            with blaming("PAUSE-3"):
                self.scheduler.resume()
            self.resumed = True
            self.state = RUNNING
            self.process()

    # What a paused scheduler does with due jobs when it is shut down is the matter of PAUSE-10.
    @precondition(lambda self: self.state != PAUSED or not self.is_any_due())
    @rule(wait=st.booleans())
    def shutdown(self, wait: bool) -> None:
        """
        Nothing that was added in this life runs any more.
        """
        wait = wait or not self.world.offers("shutdown-now")
        if self.state == STOPPED:
            clause = "ERR-2" if self.over else "ERR-1"
            with blaming(clause), raises("SchedulerNotRunningError"):
                self.scheduler.shutdown(wait=wait)
            return
        with blaming("SHUT-1"):
            self.world.call(self.scheduler.shutdown, wait=wait).result()
        self.state = STOPPED
        self.over = True

    @precondition(lambda self: not self.over)
    @rule(lead=leads)
    def add_one_shot(self, lead: int) -> None:
        """
        Before and after the start, overdue ones within their grace too.
        """
        job = self.plan(lead)
        with blaming("START-2"):
            self.scheduler.add_job(
                job.tick.func, "date", run_date=job.next, id=job.name, misfire_grace_time=None
            )
        self.process()

    # When the next run of a late one is due is for the interval trigger to say.
    @precondition(lambda self: not self.over and self.world.offers("triggers"))
    @rule(lead=leads, every=steps, coalesce=st.booleans())
    def add_interval(self, lead: int, every: int, coalesce: bool) -> None:
        """
        As above; a backlog of run times may be coalesced.
        """
        coalesce = coalesce or not self.world.offers("coalesce")
        overlapping = {"max_instances": 1000} if self.world.offers("max-instances") else {}
        job = self.plan(lead, every, coalesce=coalesce)
        with blaming("START-2"):
            self.scheduler.add_job(
                job.tick.func,
                "interval",
                seconds=every,
                start_date=job.next,
                next_run_time=job.next,
                id=job.name,
                coalesce=coalesce,
                misfire_grace_time=None,
                **overlapping,
            )
        self.process()

    @precondition(lambda self: self.state != STOPPED)
    @rule()
    def wakeup(self) -> None:
        """
        Tell the scheduler to look; a paused one does not.
        """
        self.wake()

    @rule(seconds=jumps)
    def jump(self, seconds: int) -> None:
        """
        Move the clock, and tell a started scheduler as a frozen clock cannot.
        """
        self.world.move(seconds=seconds)
        if self.state != STOPPED:
            self.wake()
        self.process()

    def wake(self) -> None:
        """
        Call `wakeup()` on a started scheduler.
        """
        self.woken = self.rung = True
        with blaming(self.clause_of_runs):
            self.scheduler.wakeup()

    @invariant()
    def the_state_is_the_models(self) -> None:
        """
        `running` and `state` tell what the calls have led to.
        """
        with blaming(self.clause_of_state):
            assert (self.state != STOPPED) == self.scheduler.running
            assert self.world.target.state(self.state) == self.scheduler.state

    @invariant()
    def the_runs_are_the_models(self) -> None:
        """
        Every planned run takes place before the clock moves on, and no other does.
        """
        if self.state == PAUSED and self.is_any_due():
            give_way(_ROUNDS)  # PAUSE-6: a scheduler that goes on all the same may show it
        with blaming(self.clause_of_runs):
            for job in self.jobs:
                job.check()
