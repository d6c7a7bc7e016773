"""
The job store that keeps jobs in Redis.
"""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bgsched.jobstores.base import ConflictingIdError, JobLookupError
from bgsched.jobstores.persistent import PersistentJobStore

try:
    import redis
except ImportError as error:
    raise ImportError('RedisJobStore needs redis: pip install "bgsched[redis]"') from error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bgsched.job import Job
    from bgsched.jobstores.persistent import LastRun

__all__ = ["RedisJobStore"]


class RedisJobStore(PersistentJobStore):
    """
    Keeps jobs in a hash, and their run times in a sorted set, of a Redis database.

    Those that APScheduler made are taken over. A second hash, named after the first, keeps the jobs
    of last runs until these are over. Plugin alias: ``redis``.

    Args:
        db: Number of the database.
        jobs_key: Key of the hash.
        run_times_key: Key of the sorted set.
        pickle_protocol: For what cannot be written as text; see `pickle`.
        connect_args: Further arguments of `redis.Redis`.

    Attributes:
        redis: The client.

    Raises:
        ValueError: *db*, *jobs_key* or *run_times_key* is empty.

    .. versionadded:: 0.1
    """

    def __init__(
        self,
        db: int | str = 0,
        jobs_key: str = "apscheduler.jobs",
        run_times_key: str = "apscheduler.run_times",
        pickle_protocol: int = pickle.HIGHEST_PROTOCOL,
        **connect_args: Any,
    ) -> None:
        super().__init__(pickle_protocol)
        given = {"db": db, "jobs_key": jobs_key, "run_times_key": run_times_key}
        for name, value in given.items():
            if value is None or value == "":
                raise ValueError(f"{name} must not be empty, but is {value!r}")
        self.jobs_key = jobs_key
        self.run_times_key = run_times_key
        self._last_runs_key = f"{jobs_key}.last_runs"
        connect_args["decode_responses"] = False  # records are bytes
        # Replies are as various as commands; redis does not type them.
        self.redis: Any = redis.Redis(db=int(db), **connect_args)

    def shutdown(self) -> None:
        """
        Close all connections.
        """
        try:
            super().shutdown()
        finally:
            self.redis.close()

    def lookup_job(self, job_id: str) -> Job | None:
        """
        Return the job of this id, or None.
        """
        with self.redis.pipeline() as pipe:
            pipe.hget(self.jobs_key, job_id)
            pipe.zscore(self.run_times_key, job_id)
            record, timestamp = pipe.execute()
        return None if record is None else self.restore(job_id, record, timestamp)

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """
        Return the jobs whose next run time is not later than *now*, earliest first.
        """
        self.recover()
        due = self.redis.zrangebyscore(self.run_times_key, "-inf", now.timestamp(), withscores=True)
        entries = self._with_records(due)
        return self._restored(entry for entry in entries if self.is_readable(*entry[:2]))

    def get_next_run_time(self) -> datetime | None:
        """
        Return the earliest run time of all jobs, or None if all are paused.
        """
        count = len(self._unreadable)
        earliest = self.redis.zrange(self.run_times_key, 0, count, withscores=True)
        if count:
            entries = self._with_records(earliest)
            earliest = [(entry[0], entry[2]) for entry in entries if self.is_readable(*entry[:2])]
        return datetime.fromtimestamp(earliest[0][1], UTC) if earliest else None

    def get_all_jobs(self) -> list[Job]:
        """
        Return all jobs, ordered by next run time, the paused ones last.
        """
        with self.redis.pipeline() as pipe:
            pipe.hgetall(self.jobs_key)
            pipe.zrange(self.run_times_key, 0, -1, withscores=True)
            records, run_times = pipe.execute()
        entries = [(job_id, records.pop(job_id, None), moment) for job_id, moment in run_times]
        entries += [(job_id, record, None) for job_id, record in sorted(records.items())]
        return self._restored((job_id.decode(), *rest) for job_id, *rest in entries)

    def add_job(self, job: Job) -> None:
        """
        Keep a new job.

        Raises:
            ConflictingIdError: There is a job of this id.
            ValueError: The job's callable cannot be found by name.
            UnserializableJobError: An argument or the trigger cannot be pickled.
        """
        record = self.record(job)

        def add(pipe: Any) -> None:
            if pipe.hexists(self.jobs_key, job.id):
                raise ConflictingIdError(job.id)
            pipe.multi()
            self._put(pipe, job, record)

        self._change(add)

    def update_job(self, job: Job) -> None:
        """
        Keep this job in place of the one of the same id.

        Raises:
            JobLookupError: There is no job of this id.
            ValueError: The job's callable cannot be found by name.
            UnserializableJobError: An argument or the trigger cannot be pickled.
        """
        record = self.record(job)

        def update(pipe: Any) -> None:
            self._begin_change_of(job.id, pipe)
            self._put(pipe, job, record)

        self._change(update)

    def remove_job(self, job_id: str) -> None:
        """
        Forget a job.

        Raises:
            JobLookupError: There is no job of this id.
        """

        def remove(pipe: Any) -> None:
            self._begin_change_of(job_id, pipe)
            self._take(pipe, job_id)

        self._change(remove)

    def remove_all_jobs(self) -> None:
        """
        Forget all jobs, those of last runs included.
        """
        self.redis.delete(self.jobs_key, self.run_times_key, self._last_runs_key)

    def retire_job(self, job: Job, run_time: datetime) -> None:
        """
        Take a job out of the schedule, but keep it until its last run is over.

        Raises:
            JobLookupError: There is no job of this id.
        """
        record = self.record(job)
        field = json.dumps(self.retired(job, run_time))

        def retire(pipe: Any) -> None:
            self._begin_change_of(job.id, pipe)
            self._take(pipe, job.id)
            pipe.hset(self._last_runs_key, field, record)

        self._change(retire)

    def _change(self, change: Callable[[Any], None]) -> None:
        """
        Do what *change* adds to its pipeline, in one go; again if another client was quicker.
        """
        self.redis.transaction(change, self.jobs_key)

    def _begin_change_of(self, job_id: str, pipe: Any) -> None:
        if not pipe.hexists(self.jobs_key, job_id):
            raise JobLookupError(job_id, self._alias)
        pipe.multi()

    def _put(self, pipe: Any, job: Job, record: bytes) -> None:
        pipe.hset(self.jobs_key, job.id, record)
        moment = job.next_run_time
        if moment is None:
            pipe.zrem(self.run_times_key, job.id)
        else:
            pipe.zadd(self.run_times_key, {job.id: moment.timestamp()})

    def _take(self, pipe: Any, job_id: str) -> None:
        pipe.hdel(self.jobs_key, job_id)
        pipe.zrem(self.run_times_key, job_id)

    def _with_records(
        self, run_times: list[tuple[bytes, float]]
    ) -> list[tuple[str, bytes | None, float]]:
        if not run_times:
            return []
        records = self.redis.hmget(self.jobs_key, [job_id for job_id, _ in run_times])
        return [
            (job_id.decode(), record, timestamp)
            for (job_id, timestamp), record in zip(run_times, records, strict=True)
        ]

    def _restored(self, entries: Iterable[tuple[str, bytes | None, float | None]]) -> list[Job]:
        jobs = [self.restore(*entry) for entry in entries]
        return [job for job in jobs if job is not None]

    def _forget_last_runs(self, keys: Iterable[LastRun]) -> None:
        self.redis.hdel(self._last_runs_key, *[json.dumps(key) for key in keys])

    def _bring_back_jobs(self) -> list[str]:
        brought: list[str] = []

        def bring_back(pipe: Any) -> None:
            brought.clear()
            going_on = self._runs_in_progress()
            kept = pipe.hgetall(self._last_runs_key)
            taken = set(pipe.hkeys(self.jobs_key)) if kept else set()
            pipe.multi()
            for field, record in kept.items():
                job_id, timestamp = json.loads(field)
                if (job_id, timestamp) in going_on:
                    continue
                if job_id.encode() not in taken:
                    taken.add(job_id.encode())
                    brought.append(job_id)
                    pipe.hset(self.jobs_key, job_id, record)
                    pipe.zadd(self.run_times_key, {job_id: timestamp})
                pipe.hdel(self._last_runs_key, field)

        self.redis.transaction(bring_back, self.jobs_key, self._last_runs_key)
        return brought
