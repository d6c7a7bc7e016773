"""
Child interpreters, for what can only be seen when a process ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from bgsched_conformance.findings import Broken, Inconclusive, Stalled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bgsched_conformance.patience import Patience
    from bgsched_conformance.target import Target

_BOUND = 600  # seconds; a child whose run was killed has nobody else to end it
_PREAMBLE = """\
import faulthandler, importlib, sys, threading
faulthandler.dump_traceback_later({bound}, exit=True)
def say(line):
    sys.stdout.write(line + "\\n"); sys.stdout.flush()
module, _, name = {spec!r}.partition(":")
Scheduler = importlib.import_module(module)
for part in name.split("."):
    Scheduler = getattr(Scheduler, part)
{adapt}say("up")
"""
_ADAPT = """\
from bgsched_conformance.adapters.adaptation import adapted
Scheduler = adapted(Scheduler, {source!r})
"""
_COMING_UP = 200  # slices; an interpreter starts with much work, and slowly on a busy machine


class Child:
    """
    A Python process that runs *source*, in which ``Scheduler`` is the class under test.

    ``say(line)`` in the source sends a line to `expect`; `tell` ends one ``sys.stdin.readline()``
    of it. Use as a context manager: a child that still lives at the end is killed.

    Args:
        target: The implementation under test.
        source: The child's program.
        patience: Budget for waiting.
        variables: Environment variables to set for it.
    """

    def __init__(
        self,
        target: Target,
        source: str,
        patience: Patience,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._patience = patience
        self._condition = threading.Condition()
        self._up = False
        self._lines: list[str] = []
        self._taken = 0
        self._noise: list[str] = []
        self._gone = False
        adaptation = target.adaptation
        adapt = _ADAPT.format(source=adaptation.source) if adaptation else ""
        preamble = _PREAMBLE.format(spec=target.spec, adapt=adapt, bound=_BOUND)
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", preamble + source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **path, **variables},
        )
        self._readers = [
            threading.Thread(target=target, name="bgsched-kit-child", daemon=True)
            for target in (self._read_lines, self._read_noise, self._await_end)
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        """
        Return the child.
        """
        return self

    def __exit__(self, *_: object) -> None:
        """
        Kill the child if it still lives, and let go of its pipes.
        """
        if self._process.poll() is None:
            self._process.kill()
        self._readers[-1].join()
        for reader in self._readers[:-1]:
            reader.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what `tell` could not send
                    pipe.close()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._condition:
                if self._up:
                    self._lines.append(line.rstrip("\n"))
                self._up = True
                self._condition.notify_all()

    def _read_noise(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._condition:
                self._noise.append(line)

    def _await_end(self) -> None:
        self._process.wait()
        for reader in self._readers[:-1]:
            reader.join()
        with self._condition:
            self._gone = True
            self._condition.notify_all()

    @property
    def noise(self) -> str:
        """
        What the child has written to its standard error.
        """
        with self._condition:
            return "".join(self._noise)

    @property
    def alive(self) -> bool:
        """
        Whether the process still runs.
        """
        return self._process.poll() is None

    def expect(self, line: str) -> None:
        """
        Wait for the next line and check that it is *line*.

        Raises:
            Stalled: No further line came.
            Broken: Another line came, or the child ended first.
        """
        self._come_up()
        self._patience.wait(
            self._condition,
            lambda: len(self._lines) > self._taken or self._gone,
            f"the program to print {line!r}",
            lambda: f"it printed {self._lines}",
            # An interpreter may take long to come up, for its files have to be read.
            hurry=bool(self._lines),
        )
        with self._condition:
            if len(self._lines) <= self._taken:
                raise Broken(f"the program to print {line!r}", f"it ended; {self._story()}")
            found = self._lines[self._taken]
            self._taken += 1
        if found != line:
            raise Broken(f"the program to print {line!r}", f"it printed {found!r}")

    def tell(self) -> None:
        """
        Send a line to the child's standard input; a child that has ended cannot mind.
        """
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()

    def interrupt(self) -> None:
        """
        Send SIGINT, as Ctrl-C does.
        """
        self._come_up()
        self._process.send_signal(signal.SIGINT)

    def wait_exit(self) -> int:
        """
        Wait for the end and return the exit code.

        Raises:
            Stalled: The process goes on.
        """
        self._come_up()
        self._patience.wait(
            self._condition,
            lambda: self._gone,
            "the process to exit",
            lambda: f"it goes on; it printed {self._lines}",
            hurry=False,
        )
        return self._process.returncode

    def _come_up(self) -> None:
        try:
            self._patience.wait(
                self._condition,
                lambda: self._up or self._gone,
                "the process to come up",
                slices=_COMING_UP,
            )
        except Stalled as slow:
            raise Inconclusive("the machine was too slow to start a process") from slow

    def _story(self) -> str:
        return f"it printed {self._lines}, and on standard error {''.join(self._noise[-8:])!r}"
