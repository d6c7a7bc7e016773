"""
Toy schedulers, one for each way of coming out.
"""

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bgsched_conformance.findings import Inconclusive


class Good:
    """
    Keeps every clause of the toy suite that it can.
    """

    running = False

    def answer(self) -> int:
        """
        Return the answer.
        """
        return 42

    def word(self) -> str:
        """
        Return the word.
        """
        return "please"

    def extra(self) -> bool:
        """
        Do more than promised.
        """
        return True

    def run(self) -> None:
        """
        Run in a thread.
        """

    def double(self, number: int) -> int:
        """
        Return twice the number.
        """
        return 2 * number

    def steps(self, first: int, depth: int) -> list[int]:
        """
        Return some numbers.
        """
        return [first, depth]


class Wrong(Good):
    """
    Breaks a MUST.
    """

    def answer(self) -> int:
        """
        Return another answer.
        """
        return 41


class Foreign(Good):
    """
    Has another face.
    """

    answer = None  # type: ignore[assignment]

    def reply(self) -> int:
        """
        Return the answer.
        """
        return 42


class Rude(Good):
    """
    Breaks a SHOULD, and what is only noted.
    """

    def word(self) -> str:
        """
        Return another word.
        """
        return "now"

    def extra(self) -> bool:
        """
        Do no more than promised.
        """
        return False


class Stepless(Good):
    """
    Breaks the clause that a story is told of.
    """

    def steps(self, first: int, depth: int) -> list[int]:
        """
        Raise from inside.
        """
        raise LookupError(f"no step {first} of {depth}")


class Large(Good):
    """
    Errs with large numbers.
    """

    def double(self, number: int) -> int:
        """
        Return twice the number, if it is small.
        """
        return number + min(number, 500)


class Starved(Good):
    """
    Lives on a slow machine.
    """

    def answer(self) -> int:
        """
        Take too long to tell.
        """
        raise Inconclusive("the machine was too slow")


class Slow(Good):
    """
    Takes its time to answer.
    """

    def answer(self) -> int:
        """
        Wait for what does not come.
        """
        threading.Event().wait(0.3)
        return 42


class Closing(Slow):
    """
    Closes standard output and standard error after a while.
    """

    def answer(self) -> int:
        """
        Close both.
        """
        answer = super().answer()
        sys.stdout.close()
        sys.stderr.close()
        return answer


class Leaving(Good):
    """
    Tries to end the process, politely and otherwise.
    """

    def answer(self) -> int:
        """
        Exit.
        """
        raise SystemExit(3)

    def word(self) -> str:
        """
        Pretend that the user has interrupted.
        """
        raise KeyboardInterrupt


class Crashing(Good):
    """
    Ends the process.
    """

    def answer(self) -> int:
        """
        Die.
        """
        os._exit(9)


class Noisy(Good):
    """
    Its threads die of errors.
    """

    def run(self) -> None:
        """
        Raise.
        """
        raise RuntimeError("nobody listens")


class Leaking(Good):
    """
    Leaves a thread behind that would keep the process alive.
    """

    def run(self) -> None:
        """
        Start a thread that never ends.
        """
        threading.Thread(target=threading.Event().wait, daemon=False).start()


class LeakingPool(Good):
    """
    Leaves a pool behind, whose threads the interpreter waits for although they are daemons.
    """

    def run(self) -> None:
        """
        Submit what never ends.
        """
        ThreadPoolExecutor().submit(threading.Event().wait)


class Garbled(Good):
    """
    Raises what is hard to write down.
    """

    def answer(self) -> int:
        """
        Raise a text of controls, markup, half a surrogate pair, and ten thousand letters.
        """
        text = "\x1b[31m\x00\r|`\u202e</script><b>&\ud800\n# | heading |\n```\n"
        raise type("Odd|`<b>", (RuntimeError,), {})(text + "x" * 10_000)

    def word(self) -> str:
        """
        Return such a text.
        """
        return "\ud800|`</script>\x1b"


class Interrupted(Good):
    """
    Is judged by somebody who loses patience.
    """

    def word(self) -> str:
        """
        Press Ctrl-C and never return.
        """
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait()
        return ""


class Vandal(Good):
    """
    Keeps its clauses, and puts a file in the place of the report's directory.
    """

    def answer(self) -> int:
        """
        Return the answer and do some damage.
        """
        Path("out").rmdir()
        Path("out").touch()
        return 42
