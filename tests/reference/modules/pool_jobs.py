"""
Jobs that the processes of a pool can import.
"""

from __future__ import annotations

import os
import threading


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
