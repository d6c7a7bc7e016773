"""
Jobs and values as text: nothing is lost on the way, and what is damaged is refused.
"""

from __future__ import annotations

import json
import math
import pickle
import threading
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import stored_jobs
from hypothesis import given, settings
from hypothesis import strategies as st

from bgsched import BackgroundScheduler
from bgsched._refs import resolve
from bgsched.errors import UnserializableJobError
from bgsched.job import Job
from bgsched.jobstores._records import job_in, record_of
from bgsched.jobstores._values import Writer, value_of
from bgsched.triggers.cron import CronTrigger
from bgsched.triggers.date import DateTrigger
from bgsched.triggers.interval import IntervalTrigger

T0 = datetime(2030, 1, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

zones = st.sampled_from(
    [None, UTC, BERLIN, timezone(timedelta(hours=5, seconds=1)), timezone(timedelta(0), "odd")]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.dates()
    | st.timedeltas()
    | st.builds(lambda when, zone: when.replace(tzinfo=zone), st.datetimes(), zones)
    | st.builds(lambda when, zone: when.replace(tzinfo=zone), st.times(), zones)
)
keys = st.text() | st.integers() | st.tuples(st.text()) | st.sampled_from(["$tuple", "$dict", "$"])
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(keys, inner)
        | st.dictionaries(st.text(), inner)
        | st.frozensets(scalars)
        | st.sets(scalars)
    ),
    max_leaves=6,
)


def through_text(value: Any) -> tuple[Any, bool]:
    """
    Return what becomes of a value, and whether it had to be pickled.
    """
    writer = Writer(pickle.HIGHEST_PROTOCOL)
    return value_of(json.loads(json.dumps(writer.plain(value)))), writer.pickled


def make_job(func: Any = stored_jobs.returned, trigger: Any = None, **changes: Any) -> Job:
    """
    Return a job as a scheduler would give it to a store.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    trigger = trigger or IntervalTrigger(hours=1, start_date=T0)
    args, kwargs = changes.pop("args", ()), changes.pop("kwargs", {})
    job = Job(scheduler, "x", func, args, kwargs, "a name", trigger, "pool", 60, True, 2, T0)
    job.change(**changes)
    return job


@settings(max_examples=60)
@given(values)
def test_values_come_back_as_they_were(value: Any) -> None:
    """
    All values of plain types come back equal, of the same types, and without pickle.
    """
    found, pickled = through_text(value)

    assert not pickled
    assert value == found
    assert type(value) is type(found)


@pytest.mark.parametrize(
    "value",
    [
        datetime(2030, 10, 27, 2, 30, fold=1, tzinfo=BERLIN),
        time(2, 30, 0, 1, fold=1, tzinfo=BERLIN),
        datetime.max.replace(tzinfo=UTC),
        date.min,
        timedelta.max,
        timedelta(microseconds=-1),
        Decimal("sNaN"),
        UUID(int=0),
        -0.0,
        math.inf,
        2**4000,
        "\ud800 lone",
        {"$tuple": 1, "b": 2},
        {"$pickle": "gASVAAAA"},
        {1: "int", "1": "text", None: ()},
        stored_jobs.returned,
        stored_jobs.Greeter,
        len,
        int,
    ],
)
def test_awkward_values(value: Any) -> None:
    """
    The edges of each type are told as text, too.
    """
    found, pickled = through_text(value)

    assert not pickled
    assert repr(value) == repr(found)
    assert getattr(value, "fold", 0) == getattr(found, "fold", 0)


@pytest.mark.parametrize(
    "value",
    [
        stored_jobs.Greeter("hello"),
        OrderedDict(a=1),
        bytearray(b"x"),
        2**5000,
        1j,
        stored_jobs.Greeter("hello").greet,
        BERLIN.__class__.no_cache("Europe/Paris"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_pickled(value: Any) -> None:
    """
    What JSON cannot tell comes back, too; inside of other values as well.
    """
    found, _ = through_text([{"a": (value,)}])

    assert [{"a": (value,)}] == found or str(value) == str(found[0]["a"][0])
    assert type(value) is type(found[0]["a"][0])


def test_the_record_is_readable_text() -> None:
    """
    A job with plain arguments is all text, which says that nothing is pickled.
    """
    record = record_of(make_job(args=(1, "a"), kwargs={"when": T0}), 5)

    document = json.loads(record)
    assert not document["pickled"]
    assert "stored_jobs:returned" == document["job"]["func"]
    assert "pickle" not in str(document["job"])
    assert json.loads(record_of(make_job(args=(1j,)), 5))["pickled"]


@pytest.mark.parametrize(
    ("func", "args", "result"),
    [
        (stored_jobs.returned, ["a", (1,)], (("a", (1,)), {})),
        ("stored_jobs:returned", [], ((), {})),
        (stored_jobs.Greeter("hello").greet, ["you"], "hello you"),
        (stored_jobs.Greeter("hello"), [], "hello"),
        (stored_jobs.Greeter, ["hi"], stored_jobs.Greeter("hi")),
    ],
)
def test_a_job_comes_back_with_its_call(func: Any, args: list[Any], result: object) -> None:
    """
    Functions, methods, callable objects and classes do the same afterwards (STO-7).
    """
    found = job_in(record_of(make_job(func, args=args), 5))

    called, found_args, found_kwargs = found.call
    assert result == called(*found_args, **found_kwargs)


@pytest.mark.parametrize(
    "trigger",
    [
        DateTrigger(T0),
        DateTrigger("2030-01-01 12:00", timezone="Europe/Berlin"),
        IntervalTrigger(weeks=1, seconds=0.5, start_date=T0, end_date="2031-01-01", jitter=3),
        CronTrigger(day="last sun", hour="*/2", minute=5, timezone="Europe/Berlin", end_date=T0),
        stored_jobs.Once(),
    ],
    ids=lambda trigger: type(trigger).__name__,
)
def test_a_job_comes_back_with_its_settings(trigger: Any) -> None:
    """
    All settings and the trigger come back, only custom triggers by pickle.
    """
    job = make_job(trigger=trigger, next_run_time=T0.astimezone(BERLIN), misfire_grace_time=None)
    record = record_of(job, 5)
    found = job_in(record)

    state, found_state = job.__getstate__(), found.__getstate__()
    custom = isinstance(trigger, stored_jobs.Once)
    shown = type if custom else repr
    assert shown(state.pop("trigger")) == shown(found_state.pop("trigger"))
    assert state == found_state
    assert custom == json.loads(record)["pickled"]
    previous = trigger.get_next_fire_time(None, T0)
    assert previous == found.trigger.get_next_fire_time(None, T0) or trigger.jitter


def test_a_list_that_holds_itself() -> None:
    """
    Even that survives, by pickle.
    """
    endless: list[Any] = []
    endless.append(endless)

    (found,) = job_in(record_of(make_job(args=[endless]), 5)).args
    assert found[0] is found


@pytest.mark.parametrize("func", [lambda: None, threading.Thread().start, [].clear])
def test_what_has_no_name_is_refused(func: Any) -> None:
    """
    A callable that no name or pickle leads back to is refused with advice (STO-6).
    """
    with pytest.raises((ValueError, UnserializableJobError)) as caught:
        record_of(make_job(func), 5)
    assert "'x'" in str(caught.value)


@pytest.mark.parametrize("bad", [threading.Lock(), lambda: None, BackgroundScheduler()])
def test_what_cannot_be_pickled_is_refused(bad: Any) -> None:
    """
    The error names the job, the part and the reason, whichever error pickle has for it.
    """
    with pytest.raises(TypeError, match="job 'x' cannot be stored: its kwargs cannot be pickled"):
        record_of(make_job(kwargs={"when": [bad]}), 5)


GOOD = record_of(make_job(), 5)


def spoilt(**changes: Any) -> bytes:
    """
    Return a record in which parts of the job were replaced.
    """
    document = json.loads(GOOD)
    document["job"].update(changes)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"{",
        b"{}",
        b"garbage",
        GOOD[:-1],
        GOOD.replace(b'"bgsched":1', b'"bgsched":2'),
        pickle.dumps("no job"),
        pickle.dumps({"id": "x"}),
        spoilt(func="stored_jobs:renamed"),
        spoilt(func="no_such_module:f"),
        spoilt(func=None),
        spoilt(next_run_time="2030-01-01"),
        spoilt(next_run_time={"$datetime": ["2030-01-01", None, 0]}),
        spoilt(next_run_time={"$moment": "2030-01-01"}),
        spoilt(trigger=None),
        spoilt(trigger={"$trigger": ["os:system", {}]}),
        spoilt(trigger={"$trigger": ["bgsched.triggers.interval:IntervalTrigger", {"version": 9}]}),
        spoilt(args=5),
        spoilt(kwargs=[1]),
        spoilt(max_instances=0),
        spoilt(misfire_grace_time=-1),
        spoilt(args={"$pickle": "AAAA"}),
        spoilt(version=2),
    ],
)
def test_damaged_records_raise(record: bytes) -> None:
    """
    Whatever is wrong with a record, reading it raises, so that no pass stumbles over the job.
    """
    with pytest.raises(Exception, match=r"(?s).") as caught:
        job_in(record)
    assert not isinstance(caught.value, AssertionError)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_flipped_byte_never_ends_in_half_a_job(place: int, byte: int) -> None:
    """
    One wrong byte gives an error, or a job that can be planned.
    """
    record = GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]
    try:
        job = job_in(record)
    except Exception:  # noqa: BLE001 - any error will do
        return
    assert job.next_run_time is not None or b"null" in record
    assert callable(job.call[0])
    assert hasattr(job.trigger, "get_next_fire_time")


def test_references_lead_back() -> None:
    """
    A callable object is found by its class and itself, not by its class alone.
    """
    job = make_job(stored_jobs.Greeter("hello"))

    assert job.func_ref is not None
    assert "hello" == resolve(job.func_ref)(stored_jobs.Greeter("hello"))
