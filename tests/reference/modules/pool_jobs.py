"""
Jobs that the processes of a pool can import.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any, Never


def unpicklable() -> object:
    """
    Return what cannot be sent back.
    """
    return threading.Lock()


class Worker:
    """
    Something with methods.
    """

    def __init__(self, value: int) -> None:
        self.value = value

    def method(self) -> tuple[int, int]:
        """
        Return the value and the process.
        """
        return self.value, os.getpid()

    @classmethod
    def class_method(cls) -> str:
        """
        Return the name of the class.
        """
        return cls.__name__


class Heir(Worker):
    """
    Something with inherited methods.
    """


def fail() -> Never:
    """
    Raise what can travel.
    """
    raise KeyError("no such thing")


class TreacherousError(Exception):
    """
    Can be pickled and not unpickled, as many exceptions can.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")


def betray() -> Never:
    """
    Raise what cannot be unpickled.
    """
    raise TreacherousError("result", "lost")


class Explosive:
    """
    Raises when it is unpickled.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _explode, ("boom",)


def _explode(text: str) -> Never:
    raise SystemExit(text)


def give(value: object) -> object:
    """
    Return what was given.
    """
    return value


def give_explosive() -> Explosive:
    """
    Return what can be pickled and not unpickled.
    """
    return Explosive()


def note(path: str) -> None:
    """
    Leave a mark in a file.
    """
    with Path(path).open("a", encoding="utf-8") as file:
        file.write("x")


def die() -> None:
    """
    End this process at once, as when memory runs out.
    """
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> Never:
    """
    Try to end this process in order.
    """
    raise SystemExit(3)


_remembered: list[str] = []


def remember(word: str) -> None:
    """
    Keep a word in this process.
    """
    _remembered.append(word)


def remembered() -> list[str]:
    """
    Return the words of this process.
    """
    return _remembered
