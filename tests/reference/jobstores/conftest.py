"""
Job stores on every backend there is.

Those that need a server are skipped unless BGSCHED_POSTGRESQL_URL and BGSCHED_REDIS_URL tell where
one is, as they do under `.ci/servers`.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import sqlalchemy as sa
from apscheduler.jobstores.memory import MemoryJobStore as TheirMemoryStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore as TheirDatabaseStore
from foreign_parts import PlainJobStore

from bgsched._foreign import ForeignJobStore
from bgsched.jobstores.memory import MemoryJobStore
from bgsched.jobstores.redis import RedisJobStore
from bgsched.jobstores.sqlalchemy import SQLAlchemyJobStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bgsched.jobstores.base import BaseJobStore

FOREIGN_IN_MEMORY: dict[str, Callable[[], Any]] = {
    "plain": PlainJobStore,
    "apscheduler's memory": TheirMemoryStore,
}
PERSISTENT = ["sqlite", "postgresql", "redis"]
FOREIGN = ["apscheduler's sqlite", *FOREIGN_IN_MEMORY]


def server(variable: str) -> str:
    """
    Return the URL of a server, or skip the test.
    """
    url = os.environ.get(variable)
    if not url:
        pytest.skip(f"{variable} is not set; run the tests through .ci/servers")
    return url


@pytest.fixture(autouse=True)
def stack() -> Iterator[ExitStack]:
    """
    Remove the data of a test when all else, its schedulers too, has come to its end.
    """
    with ExitStack() as stack:
        yield stack


def hurry(connection: Any, _: object) -> None:
    """
    Tell SQLite not to wait for the disk: no test switches the machine off.
    """
    connection.execute("PRAGMA synchronous=OFF").close()


def backend(name: str, tmp_path: Path, stack: ExitStack) -> Callable[[], BaseJobStore]:
    """
    Return what makes stores that share their data.
    """
    unique = f"test_{uuid4().hex}"
    if name == "memory":
        return MemoryJobStore
    if name in FOREIGN_IN_MEMORY:
        return lambda: ForeignJobStore(FOREIGN_IN_MEMORY[name]())
    if name == "redis":
        where = urlsplit(server("BGSCHED_REDIS_URL"))
        keys = (f"{unique}.jobs", f"{unique}.run_times")

        def make_redis() -> RedisJobStore:
            return RedisJobStore(0, *keys, host=where.hostname, port=where.port)

        def clean_redis() -> None:
            client = make_redis().redis
            client.delete(*keys, f"{unique}.jobs.last_runs")
            client.close()

        stack.callback(clean_redis)
        return make_redis
    url = {
        "sqlite": f"sqlite:///{tmp_path / 'jobs.sqlite'}",
        "apscheduler's sqlite": f"sqlite:///{tmp_path / 'jobs.sqlite'}",
        "sqlite in memory": "sqlite://",
        "postgresql": "",
    }[name] or server("BGSCHED_POSTGRESQL_URL")
    engine = sa.create_engine(url)

    def clean() -> None:
        metadata = sa.MetaData()
        metadata.reflect(engine, only=lambda table, _: table.startswith(unique))
        metadata.drop_all(engine)
        engine.dispose()

    def make_theirs() -> ForeignJobStore:
        part = TheirDatabaseStore(url, tablename=unique)
        sa.event.listen(part.engine, "connect", hurry)
        return ForeignJobStore(part)

    def make() -> SQLAlchemyJobStore:
        store = SQLAlchemyJobStore(url, tablename=unique)
        if url.startswith("sqlite"):
            sa.event.listen(store.engine, "connect", hurry)
        return store

    stack.callback(clean)
    return make_theirs if name == "apscheduler's sqlite" else make


@pytest.fixture(params=["memory", "sqlite in memory", *PERSISTENT, *FOREIGN])
def new_store(request: Any, tmp_path: Path, stack: ExitStack) -> Callable[[], BaseJobStore]:
    """
    Make job stores of every kind.
    """
    return backend(request.param, tmp_path, stack)


@pytest.fixture
def redis_store(tmp_path: Path, stack: ExitStack) -> BaseJobStore:
    """
    A store in Redis.
    """
    return backend("redis", tmp_path, stack)()


@pytest.fixture(params=PERSISTENT)
def new_persistent(request: Any, tmp_path: Path, stack: ExitStack) -> Callable[[], BaseJobStore]:
    """
    Make job stores of every persistent kind; those of one test share their data.
    """
    return backend(request.param, tmp_path, stack)
