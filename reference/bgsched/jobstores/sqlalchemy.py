"""
The job store that keeps jobs in a database table.
"""

from __future__ import annotations

import pickle
import threading
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bgsched._refs import resolve
from bgsched.jobstores.base import ConflictingIdError, JobLookupError
from bgsched.jobstores.persistent import PersistentJobStore

try:
    import sqlalchemy as sa
    from sqlalchemy.exc import IntegrityError, SQLAlchemyError
    from sqlalchemy.pool import SingletonThreadPool, StaticPool
except ImportError as error:
    raise ImportError(
        'SQLAlchemyJobStore needs SQLAlchemy 2: pip install "bgsched[sqlalchemy]"'
    ) from error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from bgsched.job import Job
    from bgsched.jobstores.base import StoreHost
    from bgsched.jobstores.persistent import LastRun

__all__ = ["SQLAlchemyJobStore"]

_IN_MEMORY = (None, "", ":memory:")
"""How SQLite calls a database that is no file."""


class SQLAlchemyJobStore(PersistentJobStore):
    """
    Keeps jobs in a table of any database that SQLAlchemy knows.

    The table is made if it is not there; one that APScheduler made is taken over. Another one,
    named after it, keeps the jobs of last runs until these are over. Plugin alias: ``sqlalchemy``.

    Args:
        url: Where the database is, as in `sqlalchemy.create_engine`. With ``sqlite://`` jobs are
            kept in memory and forgotten at the shutdown.
        engine: An engine, or a textual reference to one, in the place of *url*. It is left to its
            owner to be disposed of.
        tablename: Name of the table.
        metadata: The `sqlalchemy.MetaData` to put the tables in, or a textual reference to it.
        pickle_protocol: For what cannot be written as text; see `pickle`.
        tableschema: Name of the schema that the table is in, which must exist.
        engine_options: Arguments for `sqlalchemy.create_engine`; not used with *engine*.

    Attributes:
        engine: The engine.
        jobs_t: The table.

    Raises:
        ValueError: Neither *url* nor *engine* is given, or the engine gives each thread a database
            of its own.

    .. versionadded:: 0.1
    """

    transactional = True

    def __init__(
        self,
        url: str | sa.URL | None = None,
        engine: sa.Engine | str | None = None,
        tablename: str = "apscheduler_jobs",
        metadata: sa.MetaData | str | None = None,
        pickle_protocol: int = pickle.HIGHEST_PROTOCOL,
        tableschema: str | None = None,
        engine_options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(pickle_protocol)
        self._owns_engine = engine is None
        if engine is not None:
            self.engine: sa.Engine = resolve(engine) if isinstance(engine, str) else engine
        elif url:
            self.engine = sa.create_engine(url, **_engine_options(url, engine_options or {}))
        else:
            raise ValueError("a job store needs the 'url' of a database, or an 'engine'")
        _check_shared(self.engine)
        if metadata is None:
            metadata = sa.MetaData()
        tables: sa.MetaData = resolve(metadata) if isinstance(metadata, str) else metadata
        self.jobs_t = sa.Table(
            tablename,
            tables,
            # MySQL's longest key, and what each database takes for eight bytes.
            sa.Column("id", sa.Unicode(191), primary_key=True),
            sa.Column("next_run_time", sa.Float(25), index=True),
            sa.Column("job_state", sa.LargeBinary, nullable=False),
            schema=tableschema,
        )
        self._last_runs_t = sa.Table(
            f"{tablename}_last_runs",
            tables,
            sa.Column("id", sa.Unicode(191), primary_key=True),
            sa.Column("run_time", sa.Float(25), primary_key=True, autoincrement=False),
            sa.Column("job_state", sa.LargeBinary, nullable=False),
            schema=tableschema,
        )
        self._keeps_last_runs = True
        self._current = threading.local()
        # Workers tell of the ends of runs at any time. SQLite lets one thread write, and others ask
        # again and again; so they had better wait here. One connection serves one thread at a time.
        single = self.engine.dialect.name == "sqlite" or isinstance(self.engine.pool, StaticPool)
        self._turn: AbstractContextManager[object] = threading.Lock() if single else nullcontext()

    def start(self, scheduler: StoreHost, alias: str) -> None:
        """
        Get ready; make the tables that are not there.
        """
        self.jobs_t.create(self.engine, checkfirst=True)
        try:
            self._last_runs_t.create(self.engine, checkfirst=True)
            self._keeps_last_runs = True
        except SQLAlchemyError as error:
            self._keeps_last_runs = False
            self._logger.warning(
                "Cannot make the table %s, so a one-shot job that runs when the program is killed "
                "will be lost: %s",
                self._last_runs_t.fullname,
                error,
            )
        super().start(scheduler, alias)

    def shutdown(self) -> None:
        """
        Close all connections, unless the engine is the user's.
        """
        try:
            super().shutdown()
        finally:
            if self._owns_engine:
                self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """
        Make all changes within this context, and thread, in one transaction.
        """
        with self._turn, self.engine.begin() as connection:
            self._current.connection = connection
            try:
                yield
            finally:
                self._current.connection = None

    def lookup_job(self, job_id: str) -> Job | None:
        """
        Return the job of this id, or None.
        """
        jobs = self._jobs_where(self.jobs_t.c.id == job_id)
        return jobs[0] if jobs else None

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """
        Return the jobs whose next run time is not later than *now*, earliest first.
        """
        if self._keeps_last_runs:
            self.recover()
        due = self.jobs_t.c.next_run_time <= now.timestamp()
        return self._jobs_where(due, skip_unreadable=True)

    def get_next_run_time(self) -> datetime | None:
        """
        Return the earliest run time of all jobs, or None if all are paused.
        """
        table = self.jobs_t
        earliest = (
            sa.select(table)
            .where(table.c.next_run_time.is_not(None))
            .order_by(table.c.next_run_time)
            .limit(len(self._unreadable) + 1)
        )
        with self._connection() as connection:
            for job_id, timestamp, record in connection.execute(earliest):
                if self.is_readable(job_id, record):
                    return datetime.fromtimestamp(timestamp, UTC)
        return None

    def get_all_jobs(self) -> list[Job]:
        """
        Return all jobs, ordered by next run time, the paused ones last.
        """
        jobs = self._jobs_where()
        self._fix_paused_jobs_sorting(jobs)
        return jobs

    def add_job(self, job: Job) -> None:
        """
        Keep a new job.

        Raises:
            ConflictingIdError: There is a job of this id.
            ValueError: The job's callable cannot be found by name.
            UnserializableJobError: An argument or the trigger cannot be pickled.
        """
        row = {"id": job.id, **self._values(job)}
        try:
            with self._connection() as connection:
                connection.execute(self.jobs_t.insert().values(row))
        except IntegrityError as error:
            raise ConflictingIdError(job.id) from error

    def update_job(self, job: Job) -> None:
        """
        Keep this job in place of the one of the same id.

        Raises:
            JobLookupError: There is no job of this id.
            ValueError: The job's callable cannot be found by name.
            UnserializableJobError: An argument or the trigger cannot be pickled.
        """
        self._change(job.id, self.jobs_t.update().values(self._values(job)))

    def remove_job(self, job_id: str) -> None:
        """
        Forget a job.

        Raises:
            JobLookupError: There is no job of this id.
        """
        self._change(job_id, self.jobs_t.delete())

    def remove_all_jobs(self) -> None:
        """
        Forget all jobs, those of last runs included.
        """
        with self._connection() as connection:
            connection.execute(self.jobs_t.delete())
            if self._keeps_last_runs:
                connection.execute(self._last_runs_t.delete())

    def retire_job(self, job: Job, run_time: datetime) -> None:
        """
        Take a job out of the table, but keep it until its last run is over.

        Raises:
            JobLookupError: There is no job of this id.
        """
        self.remove_job(job.id)
        if self._keeps_last_runs:
            job_id, timestamp = key = self.retired(job, run_time)
            row = {"id": job_id, "run_time": timestamp, "job_state": self.record(job)}
            with self._connection() as connection:
                connection.execute(self._last_run(key))
                connection.execute(self._last_runs_t.insert().values(row))

    def _change(self, job_id: str, change: sa.Update | sa.Delete) -> None:
        with self._connection() as connection:
            result = connection.execute(change.where(self.jobs_t.c.id == job_id))
        if not result.rowcount:
            raise JobLookupError(job_id, self._alias)

    def _values(self, job: Job) -> dict[str, Any]:
        moment = job.next_run_time
        timestamp = None if moment is None else moment.timestamp()
        return {"next_run_time": timestamp, "job_state": self.record(job)}

    def _jobs_where(
        self, *conditions: sa.ColumnElement[bool], skip_unreadable: bool = False
    ) -> list[Job]:
        table = self.jobs_t
        wanted = sa.select(table).where(*conditions).order_by(table.c.next_run_time, table.c.id)
        with self._connection() as connection:
            rows = connection.execute(wanted).all()
        jobs = [
            self.restore(job_id, record, timestamp)
            for job_id, timestamp, record in rows
            if not skip_unreadable or self.is_readable(job_id, record)
        ]
        return [job for job in jobs if job is not None]

    def _forget_last_runs(self, keys: Iterable[LastRun]) -> None:
        with self._connection() as connection:
            for key in keys:
                connection.execute(self._last_run(key))

    def _last_run(self, key: LastRun) -> sa.Delete:
        table = self._last_runs_t
        return table.delete().where(table.c.id == key[0], table.c.run_time == key[1])

    def _bring_back_jobs(self) -> list[str]:
        kept, jobs = self._last_runs_t, self.jobs_t
        going_on = self._runs_in_progress()
        with self._connection() as connection:
            rows = connection.execute(sa.select(kept).order_by(kept.c.run_time)).all()
            brought = []
            for job_id, timestamp, record in rows:
                if (job_id, timestamp) in going_on:
                    continue
                taken = connection.execute(sa.select(jobs.c.id).where(jobs.c.id == job_id)).first()
                if taken is None:
                    row = {"id": job_id, "next_run_time": timestamp, "job_state": record}
                    connection.execute(jobs.insert().values(row))
                    brought.append(job_id)
                connection.execute(self._last_run((job_id, timestamp)))
        return brought

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        """
        Give the connection of this thread's transaction, or that of a new one.
        """
        connection = getattr(self._current, "connection", None)
        if connection is not None:
            yield connection
        else:
            with self._turn, self.engine.begin() as connection:
                yield connection

    def __repr__(self) -> str:
        return f"<{type(self).__name__} (url={self.engine.url})>"


def _check_shared(engine: sa.Engine) -> None:
    if isinstance(engine.pool, SingletonThreadPool) and engine.url.database in _IN_MEMORY:
        raise ValueError(
            f"the engine of {engine.url} has a database for each thread, but jobs are used by "
            "several; make it with poolclass=StaticPool, or give the url instead of an engine"
        )


def _engine_options(url: str | sa.URL, given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Complete the user's options for the engine.
    """
    where = sa.make_url(url)
    if where.get_backend_name() != "sqlite":
        # A connection that broke while it was idle is to be noticed before a run is due.
        return {"pool_pre_ping": True, **given}
    if where.database in _IN_MEMORY and "poolclass" not in given:
        # SQLAlchemy would give each thread a database of its own.
        arguments = {"check_same_thread": False, **given.get("connect_args", {})}
        return {**given, "poolclass": StaticPool, "connect_args": arguments}
    return dict(given)
