"""
The job store in Redis: its options, and what a crash of others may leave.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import stored_jobs

from bgsched.events import EVENT_JOB_EXECUTED
from bgsched.jobstores.redis import RedisJobStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reference.conftest import Recorder, SchedulerFactory, StandingClock

    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["db", "jobs_key", "run_times_key"])
def test_no_name_may_be_empty(name: str) -> None:
    """
    Database and keys are needed.
    """
    options: dict[str, Any] = {name: None if name == "db" else ""}
    with pytest.raises(ValueError, match=f"{name} must not be empty"):
        RedisJobStore(**options)


def test_connect_args_reach_the_client() -> None:
    """
    What is left over is for redis, but answers are always bytes.
    """
    store = RedisJobStore(db="3", host="example.org", decode_responses=True)

    arguments = store.redis.connection_pool.connection_kwargs
    assert (3, "example.org", False) == (
        arguments["db"],
        arguments["host"],
        arguments["decode_responses"],
    )


def test_a_run_time_without_a_job_harms_nobody(
    make_scheduler: SchedulerFactory, redis_store: Any, clock: StandingClock, record: Record
) -> None:
    """
    An entry that some other client left behind neither runs nor keeps the loop busy.
    """
    redis_store.redis.zadd(redis_store.run_times_key, {"orphan": 1})
    scheduler = make_scheduler(jobstores={"default": redis_store}, clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    scheduler.add_job(stored_jobs.returned, id="a")

    recorder.wait_for(EVENT_JOB_EXECUTED, "a")

    assert [] == scheduler.get_jobs()
    assert redis_store.get_next_run_time() is None
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="orphan")
    assert ["orphan"] == [job.id for job in scheduler.get_jobs()]


def test_two_clients_at_once(make_scheduler: SchedulerFactory, redis_store: Any) -> None:
    """
    A change that another client has overtaken is done on what that one has left.
    """
    scheduler = make_scheduler(jobstores={"default": redis_store})
    scheduler.start(paused=True)
    job = scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="a", next_run_time=T0)
    overtaken: list[bool] = []

    def remove(pipe: Any) -> None:
        if not overtaken:  # between the look and the change
            overtaken.append(pipe.hexists(redis_store.jobs_key, "a"))
            redis_store.redis.hset(redis_store.jobs_key, "b", b"another client's")
        pipe.multi()
        pipe.hdel(redis_store.jobs_key, job.id)

    redis_store._change(remove)

    assert [True] == overtaken
    assert [b"b"] == redis_store.redis.hkeys(redis_store.jobs_key)
