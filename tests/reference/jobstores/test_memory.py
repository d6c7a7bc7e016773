"""
The memory store against a model: a dict and a sort.
"""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bgsched.errors import ConflictingIdError, JobLookupError
from bgsched.jobstores.memory import MemoryJobStore

START = datetime(2030, 10, 27, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

# Moments around the hour that Berlin repeats, in either zone.
moments = st.builds(
    lambda minutes, zone: (START + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(-30, 150),
    st.sampled_from([UTC, BERLIN]),
)
ids = st.sampled_from("abcdefgh")


def job(job_id: str, moment: datetime | None) -> Any:
    """
    Return what a store needs of a job.
    """
    return SimpleNamespace(id=job_id, next_run_time=moment)


def in_utc(job: Any) -> Any:
    """
    Return the run time of a job in UTC: in the hour that is repeated, zones make equal ones differ.
    """
    return job.next_run_time and job.next_run_time.astimezone(UTC)


class StoreMachine(RuleBasedStateMachine):
    """
    Any sequence of calls leaves the store in the order a sort would give.
    """

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryJobStore()
        self.jobs: dict[str, Any] = {}

    @rule(job_id=ids, moment=st.none() | moments)
    def add(self, job_id: str, moment: datetime | None) -> None:
        """
        Add a job, unless its id is taken.
        """
        new = job(job_id, moment)
        if job_id in self.jobs:
            with pytest.raises(ConflictingIdError):
                self.store.add_job(new)
        else:
            self.store.add_job(new)
            self.jobs[job_id] = new

    @rule(job_id=ids, moment=st.none() | moments, replace=st.booleans())
    def update(self, job_id: str, moment: datetime | None, replace: bool) -> None:
        """
        Change a job, or put another object in its place.
        """
        if job_id not in self.jobs:
            with pytest.raises(JobLookupError):
                self.store.update_job(job(job_id, moment))
            return
        changed = job(job_id, moment) if replace else self.jobs[job_id]
        changed.next_run_time = moment
        self.store.update_job(changed)
        self.jobs[job_id] = changed

    @rule(job_id=ids)
    def remove(self, job_id: str) -> None:
        """
        Remove a job, if there is one.
        """
        if job_id in self.jobs:
            self.store.remove_job(job_id)
            del self.jobs[job_id]
        else:
            with pytest.raises(JobLookupError):
                self.store.remove_job(job_id)

    @precondition(lambda self: len(self.jobs) > 4)
    @rule()
    def remove_all(self) -> None:
        """
        Remove all jobs.
        """
        self.store.remove_all_jobs()
        self.jobs.clear()

    def ordered(self) -> list[datetime | None]:
        """
        Return the run times, in UTC, in the order they should be listed.
        """
        timed = [in_utc(each) for each in self.jobs.values() if each.next_run_time]
        return sorted(timed) + [None] * (len(self.jobs) - len(timed))

    @invariant()
    def listing_is_sorted(self) -> None:
        """
        All jobs are listed, by run time, the paused ones last.
        """
        listed = self.store.get_all_jobs()
        assert self.ordered() == list(map(in_utc, listed))
        assert set(self.jobs) == {each.id for each in listed}

    @invariant()
    def due_jobs_are_the_head_of_the_listing(self) -> None:
        """
        Due jobs are those up to now, earliest first.
        """
        now = START + timedelta(minutes=60)
        expected = [moment for moment in self.ordered() if moment and moment <= now]
        assert expected == list(map(in_utc, self.store.get_due_jobs(now)))

    @invariant()
    def next_run_time_is_the_first(self) -> None:
        """
        The next run time is that of the first job, and None if that one is paused.
        """
        first = self.store.get_next_run_time()
        assert (self.ordered() or [None])[0] == (first and first.astimezone(UTC))

    @invariant()
    def lookup_finds_the_object_itself(self) -> None:
        """
        The store gives out the very objects it was given.
        """
        for job_id in "abcdefgh":
            assert self.jobs.get(job_id) is self.store.lookup_job(job_id)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=40, stateful_step_count=30)


def test_a_changed_listing_does_not_reach_the_store() -> None:
    """
    The list of jobs belongs to the caller.
    """
    store = MemoryJobStore()
    store.add_job(job("a", None))

    store.get_all_jobs().clear()

    assert 1 == len(store.get_all_jobs())


class Weakling:
    """
    A job that can be watched dying.
    """

    def __init__(self, job_id: str) -> None:
        self.id = job_id
        self.next_run_time = START


def test_removed_jobs_do_not_pile_up() -> None:
    """
    However many jobs come and go, only about as many are kept alive as are stored.
    """
    store = MemoryJobStore()
    store.add_job(job("stays", START))
    ghosts = []
    for number in range(1000):
        passing: Any = Weakling(str(number))
        store.add_job(passing)
        store.remove_job(passing.id)
        ghosts.append(weakref.ref(passing))
        del passing

    gc.collect()

    assert sum(ghost() is not None for ghost in ghosts) <= 2
