"""
A database in a file that lasts as long as one test, and schedulers that keep their jobs in it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.subject import Subject
    from bgsched_conformance.target import Target
    from bgsched_conformance.world import World


def ids(scheduler: Subject, alias: str | None = None) -> list[str]:
    """
    Return the ids of the jobs of one store, or of all, sorted.
    """
    return sorted(job.id for job in scheduler.get_jobs(alias))


@dataclass(frozen=True)
class Database:
    """
    An SQLite file, and the implementation's job store that uses it.

    Attributes:
        cls: The class of SQLAlchemy job stores.
        url: Where the file is, as SQLAlchemy wants it.
    """

    cls: Any
    url: str

    def engine(self) -> Any:
        """
        Return an SQLAlchemy engine for the file, to be disposed of by the caller.
        """
        return import_module("sqlalchemy").create_engine(self.url)

    def life(self, world: World) -> Subject:
        """
        Return a scheduler that keeps its jobs in the file: one life of an application.
        """
        return world.scheduler(jobstores={"default": self.cls(url=self.url)})


@contextmanager
def database(target: Target) -> Iterator[Database]:
    """
    Make a database.

    Enter it before the world: SQLAlchemy is imported here, and must not see a frozen clock then.

    Raises:
        Unsupported: The implementation publishes no SQLAlchemy job store, or lacks SQLAlchemy.
    """
    cls = target.symbol("jobstores.sqlalchemy", "SQLAlchemyJobStore")
    with TemporaryDirectory(
        prefix="bgsched-kit-", dir=_in_memory(), ignore_cleanup_errors=True
    ) as directory:
        yield Database(cls, f"sqlite:///{Path(directory, 'jobs.sqlite').as_posix()}")


def _in_memory() -> str | None:
    # Where there is a disk of memory: how long a commit takes on a real one tells nothing.
    place = "/dev/shm"  # noqa: S108 - the directory made there is private
    return place if os.access(place, os.W_OK) else None
