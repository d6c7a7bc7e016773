"""
START: what a toy scheduler does first.
"""

import threading

from bgsched_conformance.marks import clause
from bgsched_conformance.target import Target


@clause("START-1")
def test_answer(target: Target) -> None:
    """
    The answer is known.
    """
    assert 42 == target.cls().answer()


@clause("START-2")
def test_word(target: Target) -> None:
    """
    It is polite.
    """
    expected = "please"
    assert expected == target.cls().word()


@clause("START-1", informational=True)
def test_extra(target: Target) -> None:
    """
    It does more than promised.
    """
    assert target.cls().extra()


@clause("START-3")
def test_optional(target: Target) -> None:
    """
    It publishes a gadget, if it has one.
    """
    assert target.symbol("gadgets", "Gadget")


@clause("START-1", "START-2")
def test_thread(target: Target) -> None:
    """
    What a thread of it raises is no test's failure.
    """
    thread = threading.Thread(target=target.cls().run)
    thread.start()
    thread.join()
