"""
What is called, with which arguments, and what `add_job()` refuses.

A part of the chapter `adding_jobs`, which takes these tests in.
"""

from __future__ import annotations

import inspect
import math
from functools import partial, wraps
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from bgsched_conformance.findings import Broken
from bgsched_conformance.marks import clause

if TYPE_CHECKING:
    from bgsched_conformance.fixtures import Worlds
    from bgsched_conformance.subject import Subject
    from bgsched_conformance.world import World

_values = st.sampled_from((None, True, 0, -7, 2.5, "", "text", [], [1, ["2"]], {}, {"key": None}))
# Such keywords meet parameters of the same name in an implementation that hands them on carelessly.
_keywords = st.sampled_from(("key", "self", "func", "args", "kwargs", "job", "trigger", "id"))


def refused(scheduler: Subject, *arguments: Any, **options: Any) -> bool:
    """
    Try to add a job and tell whether it was refused, with an error of whatever class.
    """
    try:
        scheduler.add_job(*arguments, **options)
    except Exception:  # noqa: BLE001 - no class is documented
        return True
    return False


@clause("ADD-2")
def test_func_may_be_text(world: World) -> None:
    """
    The object that ``module:object.attribute`` leads to is called.
    """
    scheduler = world.scheduler()
    scheduler.start()
    expected = {
        "math:factorial": ([5], math.factorial(5)),
        "os.path:basename": (["a/b"], "b"),
        "builtins:str.upper": (["a"], "A"),
    }

    for text, (args, _) in expected.items():
        scheduler.add_job(text, args=args, id=text, misfire_grace_time=None)
    executed = {text: world.events(scheduler).wait("JOB_EXECUTED", text) for text in expected}

    assert {text: result for text, (_, result) in expected.items()} == {
        text: event.raw.retval for text, event in executed.items()
    }


@clause("ADD-2")
def test_func_may_be_any_callable(world: World) -> None:
    """
    Functions, methods, classes, partial objects and objects with `__call__` are called.
    """

    class Doubling:
        def __call__(self, text: str) -> str:
            return text * 2

    callables: dict[str, Any] = {
        "built-in": len,
        "class": str,
        "instance": Doubling(),
        "lambda": lambda text: text + "!",
        "method": "-".join,
        "partial": partial(int, base=16),
    }
    scheduler = world.scheduler()
    scheduler.start()

    for name, func in callables.items():
        scheduler.add_job(func, args=["ab"], id=name, misfire_grace_time=None)
    executed = {name: world.events(scheduler).wait("JOB_EXECUTED", name) for name in callables}

    assert {name: func("ab") for name, func in callables.items()} == {
        name: event.raw.retval for name, event in executed.items()
    }


@clause("ADD-3")
def test_what_cannot_be_called_is_refused(world: World) -> None:
    """
    Neither an object that cannot be called is taken, nor text that leads nowhere.
    """
    scheduler = world.scheduler()
    scheduler.start(paused=True)

    for func in (5, None, object(), "no.such.module:function", "math:no_such_function"):
        if not refused(scheduler, func):
            raise Broken(f"add_job({func!r}) to be refused", "it returned")

    assert [] == scheduler.get_jobs()


@clause("ADD-6")
@given(
    args=st.lists(_values, max_size=4),
    kwargs=st.dictionaries(_keywords, _values, max_size=4),
    as_tuple=st.booleans(),
)
def test_arguments_are_passed(
    worlds: Worlds, args: list[Any], kwargs: dict[str, Any], as_tuple: bool
) -> None:
    """
    The callable gets the positional and the keyword arguments given, or none if none are.
    """
    with worlds() as world:
        bare, full = world.tick("bare"), world.tick("full")
        scheduler = world.scheduler()
        scheduler.start()

        scheduler.add_job(bare.func, misfire_grace_time=None)
        scheduler.add_job(
            full.func,
            args=tuple(args) if as_tuple else args,
            kwargs=kwargs,
            misfire_grace_time=None,
        )
        bare.wait_ended()
        full.wait_ended()

        assert [((), {})] == [(run.arguments, run.keywords) for run in bare.runs]
        assert [(tuple(args), kwargs)] == [(run.arguments, run.keywords) for run in full.runs]


@clause("ADD-7")
def test_arguments_that_do_not_fit_are_refused(world: World) -> None:
    """
    Of all calls of ``func(a, b=1, *, c=2)`` those are refused that Python would refuse.
    """

    def func(a: int, b: int = 1, *, c: int = 2) -> None:
        raise NotImplementedError

    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    names = chain.from_iterable(combinations("abcd", size) for size in range(5))

    for keywords in [dict.fromkeys(each, 0) for each in names]:
        for count in range(4):
            fits = _fits(func, [0] * count, keywords)
            if fits == refused(scheduler, func, args=[0] * count, kwargs=keywords):
                raise Broken(
                    f"add_job(func, args={[0] * count}, kwargs={keywords}) for "
                    f"def func(a, b=1, *, c=2) to be {'taken' if fits else 'refused'}",
                    "it was refused" if fits else "it was taken",
                )


@clause("ADD-7")
def test_arguments_that_may_fit_are_taken(world: World) -> None:
    """
    Nothing is refused for a built-in without signature, nor by the signature of what is wrapped.
    """

    def wrapped() -> tuple[object, ...]:
        raise NotImplementedError

    @wraps(wrapped)
    def wrapper(*arguments: object) -> tuple[object, ...]:
        return arguments

    expected = {"wrapper": ("ab", "cd"), "built-in": "cd"}
    scheduler = world.scheduler()
    scheduler.start()

    for name, func in (("wrapper", wrapper), ("built-in", max)):
        scheduler.add_job(func, args=["ab", "cd"], id=name, misfire_grace_time=None)
    executed = {name: world.events(scheduler).wait("JOB_EXECUTED", name) for name in expected}

    assert expected == {name: event.raw.retval for name, event in executed.items()}


@clause("ADD-19")
def test_limits_in_range_are_taken(world: World) -> None:
    """
    Positive numbers of seconds, or none, and positive numbers of instances.
    """
    limits = [(None, 1), (1, 2), (86400, 10), (10**9, 10**6)]
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)

    jobs = [
        scheduler.add_job(world.tick().func, misfire_grace_time=grace, max_instances=instances)
        for grace, instances in limits
    ]

    assert limits == [(job.misfire_grace_time, job.max_instances) for job in jobs]


@clause("ADD-19")
def test_limits_that_make_no_sense_are_refused(world: World) -> None:
    """
    Neither a negative grace nor less than one instance is taken.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    func = world.tick().func

    for name, value in (("misfire_grace_time", -1), ("max_instances", 0), ("max_instances", -1)):
        if not refused(scheduler, func, **{name: value}):
            raise Broken(f"add_job(func, {name}={value}) to be refused", "it returned")


@clause("ADD-19", informational=True)
def test_limits_of_other_types_are_refused(world: World) -> None:
    """
    Text and fractions are no numbers of seconds or instances, and no grace is not a grace of zero.
    """
    scheduler = world.bare_scheduler()
    scheduler.start(paused=True)
    func = world.tick().func

    for name, value in (
        ("misfire_grace_time", 0),
        ("misfire_grace_time", 1.5),
        ("misfire_grace_time", "30"),
        ("max_instances", 1.5),
        ("max_instances", "3"),
    ):
        if not refused(scheduler, func, **{name: value}):
            raise Broken(f"add_job(func, {name}={value!r}) to be refused", "it returned")


def _fits(func: Any, args: list[int], kwargs: dict[str, int]) -> bool:
    try:
        inspect.signature(func).bind(*args, **kwargs)
    except TypeError:
        return False
    return True
