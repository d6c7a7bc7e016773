"""
The job store on a database table: its options, and databases that are busy, gone or poor.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import stored_jobs
from sqlalchemy.pool import StaticPool

from bgsched.events import EVENT_JOB_EXECUTED, EVENT_JOB_SUBMITTED
from bgsched.jobstores.sqlalchemy import SQLAlchemyJobStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.reference.conftest import Recorder, SchedulerFactory, StandingClock

    Record = Callable[..., Recorder]

T0 = datetime(2030, 1, 1, tzinfo=UTC)
IMPATIENT = {"connect_args": {"timeout": 0.05}}
"""Does not wait long for a database that others have locked."""

metadata = sa.MetaData()
engine_in_memory = sa.create_engine(
    "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
)


@pytest.fixture(autouse=True)
def end_engine() -> Iterator[None]:
    """
    Close the connection of the engine of this module.
    """
    yield
    engine_in_memory.dispose()
    metadata.clear()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """
    A database that is not there yet.
    """
    return f"sqlite:///{tmp_path / 'jobs.sqlite'}"


def test_a_url_or_an_engine_is_needed() -> None:
    """
    Without either there is no store.
    """
    with pytest.raises(ValueError, match="'url' of a database, or an 'engine'"):
        SQLAlchemyJobStore()


def test_an_engine_with_a_database_for_each_thread_is_refused() -> None:
    """
    The loop would not see the jobs that others have added.
    """
    engine = sa.create_engine("sqlite://")
    with pytest.raises(ValueError, match="StaticPool"):
        SQLAlchemyJobStore(engine=engine)
    engine.dispose()


@pytest.mark.parametrize("by_reference", [False, True])
def test_engine_and_metadata_of_the_user(
    make_scheduler: SchedulerFactory, monkeypatch: pytest.MonkeyPatch, by_reference: bool
) -> None:
    """
    Both may be given as objects or by reference; the engine is left open for its owner.
    """
    tables = SimpleNamespace(engine=engine_in_memory, metadata=metadata)
    monkeypatch.setitem(sys.modules, "user_tables", tables)
    store = SQLAlchemyJobStore(
        engine="user_tables:engine" if by_reference else engine_in_memory,
        metadata="user_tables:metadata" if by_reference else metadata,
        tablename="mine",
    )
    scheduler = make_scheduler(jobstores={"default": store})
    scheduler.start(paused=True)
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="a")
    scheduler.shutdown()

    assert {"mine", "mine_last_runs"} == set(metadata.tables)
    with engine_in_memory.connect() as connection:
        assert ["a"] == list(connection.scalars(sa.select(store.jobs_t.c.id)))


def test_the_table_is_apschedulers(url: str, make_scheduler: SchedulerFactory) -> None:
    """
    Name and columns are those of APScheduler, and the record is text.
    """
    scheduler = make_scheduler(jobstores={"default": {"type": "sqlalchemy", "url": url}})
    scheduler.start(paused=True)
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="a", next_run_time=T0)

    engine = sa.create_engine(url)
    with engine.connect() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM apscheduler_jobs").all()
    engine.dispose()
    assert ("id", "next_run_time", "job_state") == tuple(row._fields)
    assert ("a", T0.timestamp()) == row[:2]
    assert row.job_state.startswith(b'{"bgsched":1,"pickled":false,')


def test_a_run_time_changed_by_hand_counts(
    url: str, make_scheduler: SchedulerFactory, clock: StandingClock, record: Record
) -> None:
    """
    The column counts, whatever the record says; even for a job that was paused.
    """
    store = SQLAlchemyJobStore(url)
    scheduler = make_scheduler(jobstores={"default": store}, clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    for job_id, moment in ("later", T0 + timedelta(days=1)), ("paused", None):
        scheduler.add_job(
            stored_jobs.returned, "interval", hours=1, id=job_id, next_run_time=moment
        )
    with store.engine.begin() as connection:
        connection.execute(store.jobs_t.update().values(next_run_time=T0.timestamp()))

    scheduler.wakeup()

    moments = [
        recorder.wait_for(EVENT_JOB_EXECUTED).scheduled_run_time.timestamp() for _ in range(2)
    ]
    assert [T0.timestamp()] * 2 == moments


@pytest.mark.parametrize("lock", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "BEGIN"])
def test_a_locked_database_costs_a_retry(
    url: str, make_scheduler: SchedulerFactory, clock: StandingClock, record: Record, lock: str
) -> None:
    """
    While another process writes or reads, no run is lost or doubled, and other stores go on.
    """
    busy = SQLAlchemyJobStore(url, engine_options=IMPATIENT)
    scheduler = make_scheduler(jobstores={"default": {"type": "memory"}, "busy": busy}, clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    for name in "one", "two":
        scheduler.add_job(
            stored_jobs.returned,
            "interval",
            hours=1,
            id=name,
            jobstore="busy",
            next_run_time=T0 + timedelta(seconds=1),
            misfire_grace_time=None,
        )
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute(lock)
    other.execute("SELECT * FROM apscheduler_jobs").fetchall()

    clock.advance(seconds=2)
    recorder.after_pass(scheduler)
    early = recorder.of("one") + recorder.of("two")
    other.execute("ROLLBACK")
    other.close()
    clock.advance(seconds=10)  # the retry interval
    recorder.wait_for(EVENT_JOB_EXECUTED, "one")
    recorder.after_pass(scheduler)

    assert EVENT_JOB_SUBMITTED not in early
    assert 1 == recorder.of("one").count(EVENT_JOB_SUBMITTED)
    assert 1 == recorder.of("two").count(EVENT_JOB_SUBMITTED)


@pytest.mark.parametrize("statement", ["SELECT", "UPDATE", "DELETE", "INSERT", "COMMIT"])
def test_an_engine_that_fails_costs_a_retry(
    url: str, make_scheduler: SchedulerFactory, clock: StandingClock, record: Record, statement: str
) -> None:
    """
    Whatever statement fails, in the end each run has happened once.
    """
    store = SQLAlchemyJobStore(url)
    scheduler = make_scheduler(jobstores={"default": store}, clock=clock)
    recorder = record(scheduler)
    scheduler.start()
    options: dict[str, Any] = {
        "next_run_time": T0 + timedelta(seconds=1),
        "misfire_grace_time": None,
    }
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="often", **options)
    scheduler.add_job(stored_jobs.returned, id="once", **options)
    failed = threading.Event()

    def fail(*about: Any) -> None:
        if not failed.is_set() and (len(about) == 1 or about[2].startswith(statement)):
            failed.set()
            raise OSError("the disk is gone")

    event = "commit" if statement == "COMMIT" else "before_cursor_execute"
    sa.event.listen(store.engine, event, fail)
    clock.advance(seconds=2)
    assert failed.wait(20)
    while not scheduler._engine.jobstores.resting:
        pass  # the interval counts from when the error has come through
    clock.advance(seconds=10)  # the retry interval

    executed = [recorder.wait_for(EVENT_JOB_EXECUTED).job_id for _ in range(2)]
    scheduler.shutdown()
    assert ["often", "once"] == sorted(executed)
    for job_id in "often", "once":
        assert 1 == recorder.of(job_id).count(EVENT_JOB_SUBMITTED)


def test_a_failing_add_job_leaves_nothing(url: str, make_scheduler: SchedulerFactory) -> None:
    """
    The error of the database reaches the caller, who may try again.
    """
    store = SQLAlchemyJobStore(url, engine_options=IMPATIENT)
    scheduler = make_scheduler(jobstores={"default": store})
    scheduler.start(paused=True)
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(sa.exc.OperationalError, match="locked"):
        scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="a")
    other.execute("ROLLBACK")
    other.close()

    assert [] == scheduler.get_jobs()
    scheduler.add_job(stored_jobs.returned, "interval", hours=1, id="a")
    assert ["a"] == [job.id for job in scheduler.get_jobs()]


def test_a_database_that_grants_one_table_will_do(
    url: str, make_scheduler: SchedulerFactory, record: Record, caplog: pytest.LogCaptureFixture
) -> None:
    """
    If the second table cannot be made, the store works without, and says so.
    """
    SQLAlchemyJobStore(url).jobs_t.create(engine := sa.create_engine(url))
    with engine.begin() as connection:
        # Nobody can make a table whose name is taken by an index.
        connection.exec_driver_sql(
            "CREATE INDEX apscheduler_jobs_last_runs ON apscheduler_jobs (job_state)"
        )
    engine.dispose()
    scheduler = make_scheduler(jobstores={"default": {"type": "sqlalchemy", "url": url}})
    recorder = record(scheduler)
    scheduler.start()

    scheduler.add_job(stored_jobs.returned, id="a")

    recorder.wait_for(EVENT_JOB_EXECUTED, "a")
    assert "Cannot make the table apscheduler_jobs_last_runs" in caplog.text


def test_a_missing_package_is_named() -> None:
    """
    Without SQLAlchemy, or redis, an ImportError tells what to install.
    """
    program = """
import sys
sys.modules["sqlalchemy"] = sys.modules["redis"] = None
from bgsched import BackgroundScheduler
for name in "sqlalchemy", "redis":
    try:
        BackgroundScheduler().add_jobstore(name)
    except ImportError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )
    assert 'pip install "bgsched[sqlalchemy]"' in done.stdout
    assert 'pip install "bgsched[redis]"' in done.stdout
