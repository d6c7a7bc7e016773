"""
What becomes of late runs, told by a model too plain to be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from bgsched_conformance.findings import blaming

if TYPE_CHECKING:
    from datetime import datetime

    from bgsched_conformance.jobs import Tick
    from bgsched_conformance.recorder import Recorder
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World

STEP = 10  # seconds


def _steps(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most).map(lambda number: number * STEP)


@dataclass(frozen=True)
class Rules:
    """
    A job's schedule, and what is to be done with its late runs.

    Attributes:
        lead: Seconds from the addition to the first run time; may be negative.
        every: Seconds from one run time to the next; None for a one-shot job.
        coalesce: Run times that are due together lead to one run.
        grace: Seconds that a run may be late; None for any.
    """

    lead: int
    every: int | None
    coalesce: bool
    grace: int | None


@dataclass(frozen=True)
class Jump:
    """
    A jump of the clock.

    Attributes:
        seconds: How far.
        paused: The scheduler is paused before and resumed after it, else it is woken.
    """

    seconds: int
    paused: bool


# Run times and jumps are whole steps and graces are not, so no run is exactly as late as it may be.
some_rules = st.builds(
    Rules,
    lead=_steps(-6, 12),
    every=st.none() | _steps(1, 6),
    coalesce=st.booleans(),
    grace=st.none() | _steps(0, 8).map(lambda seconds: seconds + STEP // 2),
)
some_jumps = st.builds(Jump, seconds=_steps(0, 20), paused=st.booleans())


@dataclass
class Backlog:
    """
    One job, and what must have become of its run times by now.

    Attributes:
        name: Its id.
        rules: Its schedule and rules.
        tick: What it calls.
        events: What its scheduler announces.
        next: The following run time; None when there is none.
        runs: When each run began, with the run times that it may be announced for.
        missed: Run times of which at least one must be announced as missed, and none run.
    """

    name: str
    rules: Rules
    tick: Tick
    events: Recorder
    next: datetime | None
    runs: list[tuple[datetime, tuple[datetime, ...]]] = field(default_factory=list)
    missed: list[tuple[datetime, ...]] = field(default_factory=list)

    @classmethod
    def add(cls, world: World, scheduler: Subject, name: str, rules: Rules) -> Backlog:
        """
        Add a job of these rules to a scheduler.
        """
        first = world.now() + timedelta(seconds=rules.lead)
        tick = world.tick(name)
        schedule = (
            {"trigger": "date", "run_date": first}
            if rules.every is None
            else {"trigger": "interval", "seconds": rules.every, "start_date": first}
        )
        scheduler.add_job(
            tick.func,
            id=name,
            next_run_time=first,
            coalesce=rules.coalesce,
            misfire_grace_time=rules.grace,
            max_instances=100,
            **schedule,
        )
        return cls(name, rules, tick, world.events(scheduler), first)

    def process(self, now: datetime) -> None:
        """
        Plan what one pass of the scheduler leads to.
        """
        due = []
        every = self.rules.every
        while self.next is not None and self.next <= now:
            due.append(self.next)
            self.next = None if every is None else self.next + timedelta(seconds=every)
        groups = [tuple(due)] if self.rules.coalesce and due else [(moment,) for moment in due]
        for group in groups:
            if any(self._in_time(moment, now) for moment in group):
                self.runs.append((now, group))
            else:
                self.missed.append(group)

    def _in_time(self, moment: datetime, now: datetime) -> bool:
        grace = self.rules.grace
        return grace is None or now - moment <= timedelta(seconds=grace)

    def check(self) -> None:
        """
        Wait for what must have been announced, and see that nothing else has.
        """
        with blaming(self._clause()):
            for name, count in (("JOB_EXECUTED", len(self.runs)), ("JOB_MISSED", len(self.missed))):
                if count:
                    self.events.wait(name, self.name, count)
            executed, missed = self._announced("JOB_EXECUTED"), self._announced("JOB_MISSED")

            assert [at for at, _ in self.runs] == [run.at for run in self.tick.runs]
            for (_, group), run_time in zip(self.runs, executed, strict=True):
                assert run_time in group
            assert len(set(missed)) == len(missed)
            for group in self.missed:
                assert set(group) & set(missed)
            assert set(missed) <= {moment for group in self.missed for moment in group}

    def _announced(self, event: str) -> list[datetime]:
        return sorted(e.raw.scheduled_run_time for e in self.events.of(event, self.name))

    def _clause(self) -> str:
        if self.rules.coalesce:
            return "MISF-3"
        if self.rules.grace is None:
            return "MISF-2"
        return "MISF-4" if len(self.tick.runs) < len(self.runs) else "MISF-1"
