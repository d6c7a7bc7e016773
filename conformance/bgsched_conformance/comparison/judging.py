"""
Judge one column of the matrix after another, several at once.
"""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bgsched_conformance.comparison.column import Column, from_report
from bgsched_conformance.comparison.environments import SetupError, Workshop, told
from bgsched_conformance.comparison.specs import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bgsched_conformance.comparison.processes import Processes
    from bgsched_conformance.comparison.specs import Spec


@dataclass(frozen=True)
class Plan:
    """
    How to judge.

    Attributes:
        options: For the kit, such as ``--bgsched-level=may``.
        python: The interpreter of the environments.
        seconds: How long one run may take.
        jobs: How many columns to work on at once.
    """

    options: tuple[str, ...]
    python: str
    seconds: float
    jobs: int


def judge(
    specs: Sequence[Spec],
    plan: Plan,
    directory: Path,
    processes: Processes,
    say: Callable[[str], None],
) -> list[Column]:
    """
    Judge all columns and return them in their order; one that cannot be judged tells why.

    Args:
        specs: What to judge.
        plan: How.
        directory: For environments and reports, one folder for each column.
        processes: Run what it takes. When they are stopped, the columns left are not judged.
        say: Is told, on any thread, what is going on.

    Raises:
        SetupError: The tools that all need cannot be installed.
    """
    workshop = Workshop(directory, plan.python, processes)
    say("installing the kit")
    workshop.prepare()

    def one(number: int, spec: Spec) -> Column:
        def report(what: str) -> None:
            say(f"[{number}/{len(specs)}] {spec.label}: {what}")

        folder = directory / re.sub(r"[^\w.-]+", "-", spec.label)
        try:
            column = _judged(spec, plan, workshop, folder, report)
        except (SetupError, OSError, ValueError) as error:
            column = Column(spec.label, spec.text, " ".join(str(error).split()))
        report(column.problem or column.sentence)
        return column

    with ThreadPoolExecutor(plan.jobs) as pool:
        futures = [pool.submit(one, number, spec) for number, spec in enumerate(specs, 1)]
        try:
            return [future.result() for future in futures]
        except BaseException:
            # The user has had enough: nothing may go on behind their back.
            pool.shutdown(wait=False, cancel_futures=True)
            processes.stop()
            raise


def _judged(
    spec: Spec, plan: Plan, workshop: Workshop, folder: Path, say: Callable[[str], None]
) -> Column:
    say("is being installed")
    folder.mkdir(parents=True, exist_ok=True)
    python = workshop.environment(spec, folder)
    work, reports = folder / "work", folder / "report"
    report, done = reports / "report.json", folder / "judged.txt"
    words = [python, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]
    words += [f"--rootdir={work}", "-c", "pytest.ini", f"--bgsched-impl={spec.impl or DEFAULT}"]
    words += [f"--bgsched-report={reports}", *plan.options]
    wanted = "\n".join([spec.text, workshop.kit, *words])
    if spec.local or not (report.exists() and done.exists() and done.read_text("utf-8") == wanted):
        say("is being judged")
        done.unlink(missing_ok=True)
        shutil.rmtree(reports, ignore_errors=True)
        work.mkdir(exist_ok=True)
        # Its own settings, or pytest would look for those of whatever project lies around it.
        (work / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        code, printed = workshop.run(words, work, plan.seconds)
        (folder / "output.txt").write_text(printed, encoding="utf-8")
        if not report.exists():
            raise SetupError(told(printed) or f"the run ended with exit status {code}")
        done.write_text(wanted, encoding="utf-8")
    return from_report(json.loads(report.read_text(encoding="utf-8")), spec.name, spec.text)
