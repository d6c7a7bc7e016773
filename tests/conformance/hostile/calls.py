"""
Schedulers whose methods never return, or end what is not theirs to end.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from bgsched.schedulers.background import BackgroundScheduler

if TYPE_CHECKING:
    from collections.abc import Callable


class HangingStart(BackgroundScheduler):
    """
    Does not return from `start`.
    """

    def start(self, paused: bool = False) -> None:
        """
        Hang.
        """
        del paused
        threading.Event().wait()


class HangingShutdown(BackgroundScheduler):
    """
    Does not return from `shutdown`.
    """

    def shutdown(self, wait: bool = True) -> None:
        """
        Hang.
        """
        del wait
        threading.Event().wait()


class Hanging:
    """
    Has no method that returns, nor an attribute that can be read.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        pass

    def __getattr__(self, name: str) -> NoReturn:
        """
        Hang.
        """
        threading.Event().wait()
        raise AttributeError(name)


class Exiting:
    """
    Ends the program, whatever it is asked for.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        pass

    def __getattr__(self, name: str) -> NoReturn:
        """
        Exit, as if all were well.
        """
        sys.exit(0)


class Interrupting:
    """
    Pretends that the user has pressed Ctrl-C.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        pass

    def __getattr__(self, name: str) -> NoReturn:
        """
        Interrupt.
        """
        raise KeyboardInterrupt


class Bare:
    """
    Can be built, and that is all.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        pass


class Raising:
    """
    Raises whatever is looked at, and cannot be shown either.
    """

    def __init__(self, gconfig: Any = None, **options: Any) -> None:
        pass

    def __getattr__(self, name: str) -> NoReturn:
        """
        Raise.
        """
        raise ArithmeticError("nothing to see")

    def __repr__(self) -> str:
        raise ArithmeticError("nothing to show")


class Unprintable(Exception):  # noqa: N818 - it is no proper error
    """
    An exception that cannot be written.
    """

    def __str__(self) -> str:
        raise ArithmeticError("nothing to tell")

    __repr__ = __str__


class RaisingUnprintably(Bare):
    """
    Raises what cannot be written.
    """

    def __getattr__(self, name: str) -> NoReturn:
        """
        Raise.
        """
        raise Unprintable


class Deaf(BackgroundScheduler):
    """
    Never calls a listener.
    """

    def add_listener(self, callback: Callable[[Any], object], mask: int = 0) -> None:
        """
        Forget it.
        """


class Swallowing(BackgroundScheduler):
    """
    Raises nothing, whatever happens.
    """

    def start(self, paused: bool = False) -> None:
        """
        Start, if it can be done.
        """
        with suppress(BaseException):
            super().start(paused)

    def shutdown(self, wait: bool = True) -> None:
        """
        Shut down, if it can be done.
        """
        with suppress(BaseException):
            super().shutdown(wait)


class RefusingToBeBuilt:
    """
    Has a constructor that raises.
    """

    def __init__(self, _gconfig: Any = None, **_options: Any) -> None:
        raise OSError("no licence found")


class ExitingWhenBuilt:
    """
    Has a constructor that ends the program.
    """

    def __init__(self, _gconfig: Any = None, **_options: Any) -> None:
        sys.exit(0)
