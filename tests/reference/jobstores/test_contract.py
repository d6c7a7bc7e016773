"""
What every job store promises, on every backend.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import stored_jobs
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bgsched import BackgroundScheduler
from bgsched.errors import ConflictingIdError, JobLookupError
from bgsched.events import EVENT_JOB_EXECUTED
from bgsched.job import Job
from bgsched.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Recorder, SchedulerFactory, StandingClock

    from bgsched.jobstores.base import BaseJobStore

    NewStore = Callable[[], BaseJobStore]
    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)
REPEATED_HOUR = datetime(2030, 10, 27, tzinfo=UTC)

# Around the hour that Berlin repeats, and to the microsecond.
moments = st.builds(
    lambda minutes, micros, zone: (
        REPEATED_HOUR + timedelta(minutes=minutes, microseconds=micros)
    ).astimezone(zone),
    st.integers(-30, 150),
    st.integers(0, 3),
    st.sampled_from([UTC, ZoneInfo("Europe/Berlin")]),
)
ids = st.sampled_from(["a", "b", "c", "d", "ünïcode \N{SNOWMAN} '; --", "x" * 191])


def stamp(moment: datetime | None) -> float | None:
    """
    Return what can be compared: Python finds no moment of a repeated hour equal to any in UTC.
    """
    return None if moment is None else moment.timestamp()


def make_job(job_id: str, moment: datetime | None) -> Job:
    """
    Return a job as a scheduler would give it to a store.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    trigger = IntervalTrigger(hours=1, start_date=T0)
    func = stored_jobs.returned
    return Job(scheduler, job_id, func, None, None, None, trigger, "default", 1, True, 1, moment)


class StoreMachine(RuleBasedStateMachine):
    """
    Any sequence of calls leaves in the store what a dict would hold.
    """

    def __init__(self, store: BaseJobStore) -> None:
        super().__init__()
        self.store = store
        self.model: dict[str, datetime | None] = {}
        store.start(BackgroundScheduler(timezone="UTC"), "alias")

    @rule(job_id=ids, moment=st.none() | moments)
    def add(self, job_id: str, moment: datetime | None) -> None:
        """
        Add a job, unless its id is taken.
        """
        if job_id in self.model:
            with pytest.raises(ConflictingIdError):
                self.store.add_job(make_job(job_id, moment))
        else:
            self.store.add_job(make_job(job_id, moment))
            self.model[job_id] = moment

    @rule(job_id=ids, moment=st.none() | moments)
    def update(self, job_id: str, moment: datetime | None) -> None:
        """
        Put a job in the place of another.
        """
        if job_id in self.model:
            self.store.update_job(make_job(job_id, moment))
            self.model[job_id] = moment
        else:
            with pytest.raises(JobLookupError):
                self.store.update_job(make_job(job_id, moment))

    @rule(job_id=ids, last_run=st.booleans())
    def remove(self, job_id: str, last_run: bool) -> None:
        """
        Remove a job, or retire it.
        """
        job = make_job(job_id, REPEATED_HOUR)
        with nullcontext() if job_id in self.model else pytest.raises(JobLookupError):
            if last_run:
                self.store.retire_job(job, REPEATED_HOUR)
            else:
                self.store.remove_job(job_id)
        self.model.pop(job_id, None)

    @rule(data=st.data())
    def change_several(self, data: st.DataObject) -> None:
        """
        Move several jobs on in one transaction.
        """
        with self.store.transaction():
            for job_id in self.model:
                self.model[job_id] = data.draw(moments)
                self.store.update_job(make_job(job_id, self.model[job_id]))

    @rule()
    def remove_all(self) -> None:
        """
        Remove all jobs.
        """
        self.store.remove_all_jobs()
        self.model.clear()

    @invariant()
    def holds_the_model(self) -> None:
        """
        All questions are answered as the model would.
        """
        jobs = self.store.get_all_jobs()
        model = {job_id: stamp(moment) for job_id, moment in self.model.items()}
        assert model == {job.id: stamp(job.next_run_time) for job in jobs}
        planned = sorted(moment for moment in model.values() if moment is not None)
        order: list[float | None] = [*planned, *[None] * (len(model) - len(planned))]
        assert order == [stamp(job.next_run_time) for job in jobs]
        assert (planned[0] if planned else None) == stamp(self.store.get_next_run_time())
        limit = planned[len(planned) // 2] if planned else 0
        due = self.store.get_due_jobs(datetime.fromtimestamp(limit, UTC))
        assert [each for each in planned if each <= limit] == [
            stamp(job.next_run_time) for job in due
        ]
        for job_id in "a", "b":
            found = self.store.lookup_job(job_id)
            assert (job_id in self.model) == (found is not None)
            assert found is None or found.id == job_id

    def teardown(self) -> None:
        """
        Leave nothing for the next example.
        """
        self.store.remove_all_jobs()
        self.store.shutdown()


def test_any_sequence_of_calls(new_store: NewStore) -> None:
    """
    The store holds what a dict would hold, in the order of a sort.
    """
    factory: Any = lambda: StoreMachine(new_store())  # noqa: E731 - hypothesis asks for a class
    run_state_machine_as_test(
        factory,
        settings=settings(
            max_examples=6,
            stateful_step_count=12,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_change_that_fails_undoes_its_transaction(new_persistent: NewStore) -> None:
    """
    If not all changes can be made, a transactional store makes none.
    """
    store = new_persistent()
    store.start(BackgroundScheduler(timezone="UTC"), "alias")
    store.add_job(make_job("a", T0))
    changed = make_job("a", None)

    with suppress(OSError), store.transaction():
        store.update_job(changed)
        raise OSError

    found = store.lookup_job("a")
    assert found is not None
    assert (T0 if store.transactional else None) == found.next_run_time
    store.shutdown()


def test_jobs_belong_to_scheduler_and_store(
    make_scheduler: SchedulerFactory, new_store: NewStore
) -> None:
    """
    Whatever way a job comes out of a store, its methods work.
    """
    scheduler = make_scheduler(jobstores={"kept": new_store()})
    scheduler.start(paused=True)
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="a", jobstore="kept")

    ways: list[Callable[[], Any]]
    ways = [lambda: scheduler.get_jobs("kept")[0], lambda: scheduler.get_job("a")]
    for find in ways:
        assert ("kept", scheduler) == (find().jobstore, find().scheduler)
        find().pause()
        assert find().next_run_time is None
        find().resume()
        assert find().next_run_time is not None


@pytest.mark.parametrize("count", [1, 260])
def test_due_jobs_run_once(
    make_scheduler: SchedulerFactory,
    new_store: NewStore,
    clock: StandingClock,
    record: Record,
    count: int,
) -> None:
    """
    Each due job runs with its arguments, exactly once, even if there are more than one batch.
    """
    scheduler = make_scheduler(jobstores={"default": new_store()}, clock=clock)
    recorder = record(scheduler, EVENT_JOB_EXECUTED)
    scheduler.start()
    for number in range(count):
        scheduler.add_job(
            stored_jobs.returned,
            "interval" if number % 2 else "date",
            args=[number],
            next_run_time=clock.now() + timedelta(seconds=1),
            misfire_grace_time=None,
        )

    clock.advance(seconds=2)

    seen = [recorder.wait_for(EVENT_JOB_EXECUTED).retval[0][0] for _ in range(count)]
    assert list(range(count)) == sorted(seen)
    assert count // 2 == len(scheduler.get_jobs())
