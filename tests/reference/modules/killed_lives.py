"""
Lives of a scheduler that end by SIGKILL.

Run as a program, this forks one short life after another, each on the same database, and kills it
at a random moment. A log tells what each life handed over, began and ended. Forking a process that
has all imported makes lives cheap; it has one thread, and no connection, whenever it forks.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from select import select
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bgsched import BackgroundScheduler
from bgsched.executors.pool import ThreadPoolExecutor
from bgsched.jobstores.sqlalchemy import SQLAlchemyJobStore

if TYPE_CHECKING:
    from bgsched.job import Job

OFTEN = 3
ONCE_EACH_LIFE = 4


def note(log: str | Path, line: str) -> None:
    """
    Append a line to the log, in one piece.
    """
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(out, f"{line}\n".encode())
    os.close(out)


def run(log: str, name: str) -> None:
    """
    Be a job: note that its run has begun and, a little later, that it has ended.
    """
    note(log, f"begin {name}")
    select([], [], [], 0.002)
    note(log, f"end {name}")


class NotingExecutor(ThreadPoolExecutor):
    """
    A thread pool that notes what it is given.
    """

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        for run_time in run_times:
            note(job.args[0], f"take {job.id}@{run_time.timestamp()}")
        super()._do_submit_job(job, run_times)


def live(folder: Path, life: int) -> None:
    """
    Schedule for as long as one is let live.
    """
    log = str(folder / "log")
    store = SQLAlchemyJobStore(f"sqlite:///{folder / 'jobs.sqlite'}")
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        executors={"default": NotingExecutor()},
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )
    if life == 0:
        for number in range(OFTEN):
            name = f"often-{number}"
            scheduler.add_job(
                run, "interval", seconds=0.02 + number / 100, id=name, args=[log, name]
            )
    scheduler.start()
    now = datetime.now(UTC)  # noqa: TID251 - jobs for the real scheduler of a real process
    for number in range(ONCE_EACH_LIFE):
        name = f"once-{life}-{number}"
        when = now + timedelta(seconds=number / 100)
        scheduler.add_job(run, "date", run_date=when, id=name, args=[log, name])
        os.write(1, f"added {name}\n".encode())
    signal.pause()


def kill_one(folder: Path, life: int, chance: random.Random) -> list[str]:
    """
    Let a scheduler live for a while, kill it, and return the jobs that it said it had added.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(writing, 1)
            live(folder, life)
        finally:
            os._exit(1)
    os.close(writing)
    # Most lives are measured from their first sign, or else a slow machine would kill the unborn.
    if life == 0 or chance.random() < 0.8:
        select([reading], [], [], 20)
    select([], [], [], chance.uniform(0, 0.1))
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(reading) as said:
        added = [line.split()[1] for line in said.read().splitlines() if line.startswith("added")]
    note(folder / "log", f"kill {life}")
    if os.WTERMSIG(status) != signal.SIGKILL:
        sys.exit(f"life {life} ended by itself: {status}")
    return added


def last_life(folder: Path) -> list[str]:
    """
    Let a scheduler finish what is left, shut it down in order, and return the jobs that stay.
    """
    store = SQLAlchemyJobStore(f"sqlite:///{folder / 'jobs.sqlite'}")
    executors = {"default": NotingExecutor()}
    scheduler = BackgroundScheduler(jobstores={"default": store}, executors=executors)
    scheduler.start()
    while not store._recovered or any("once" in job.id for job in scheduler.get_jobs()):
        select([], [], [], 0.01)
    jobs = [job.id for job in scheduler.get_jobs()]
    scheduler.shutdown()
    return jobs


def warm_up() -> None:
    """
    Have all modules imported before the first fork.
    """
    store = SQLAlchemyJobStore("sqlite://")
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
    scheduler.start()
    scheduler.add_job("os:getpid", "interval", seconds=1, id="warm")
    scheduler.get_jobs()
    scheduler.shutdown()


def main() -> None:
    """
    Live and die as often as the arguments say, and print the story.
    """
    folder, lives, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    logging.disable()  # each life tells what it has to repeat
    warm_up()
    chance = random.Random(seed)  # noqa: S311 - for moments, not for secrets
    added = [name for life in range(lives) for name in kill_one(folder, life, chance)]
    jobs = last_life(folder)
    engine = sa.create_engine(f"sqlite:///{folder / 'jobs.sqlite'}")
    with engine.connect() as connection:
        intact = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        kept = connection.exec_driver_sql(
            "SELECT count(*) FROM apscheduler_jobs_last_runs"
        ).scalar()
    engine.dispose()
    story = {"added": added, "jobs": jobs, "intact": intact, "kept": kept}
    sys.stdout.write(json.dumps(story))


if __name__ == "__main__":
    main()
