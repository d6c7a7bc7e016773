"""
The date trigger, and the reading of dates and zones that all triggers share.
"""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bgsched._timezones import as_datetime, as_timezone, localise, offset_change
from bgsched.triggers.base import BaseTrigger
from bgsched.triggers.date import DateTrigger

NOW = datetime(2024, 6, 5, 12, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
HELSINKI = ZoneInfo("Europe/Helsinki")


class PytzLikeZone(tzinfo):
    """
    A zone as the pytz package makes them: not PEP 495, known by ``zone`` and ``localize``.
    """

    def __init__(self, zone: str | None, offset: timedelta | None) -> None:
        self.zone = zone
        self.offset = offset

    def utcoffset(self, dt: datetime | None, /) -> timedelta | None:
        """
        Return the offset, if it is fixed.
        """
        del dt
        return self.offset

    def dst(self, dt: datetime | None, /) -> timedelta | None:
        """
        Return what utcoffset() returns, since nobody asks.
        """
        del dt
        return self.offset

    def tzname(self, dt: datetime | None, /) -> str | None:
        """
        Return the name, if there is one.
        """
        del dt
        return self.zone

    def localize(self, dt: datetime) -> datetime:
        """
        Give a naive datetime this zone.
        """
        return dt.replace(tzinfo=self)


def pickled_copy(trigger: DateTrigger) -> DateTrigger:
    """
    Return what becomes of a trigger in a persistent job store.
    """
    again = pickle.loads(pickle.dumps(trigger))  # noqa: S301 - bytes of our own
    assert isinstance(again, DateTrigger)
    return again


def test_it_fires_once() -> None:
    """
    The run date comes first, and nothing after it.
    """
    trigger = DateTrigger(datetime(2024, 6, 6, tzinfo=UTC))

    assert datetime(2024, 6, 6, tzinfo=UTC) == trigger.get_next_fire_time(None, NOW)
    assert trigger.get_next_fire_time(trigger.run_date, NOW) is None


@pytest.mark.parametrize(
    ("run_date", "zone", "expected"),
    [
        (date(2024, 6, 6), "UTC", datetime(2024, 6, 6, tzinfo=UTC)),
        (
            datetime.fromisoformat("2024-06-06T01:00:00"),
            TOKYO,
            datetime(2024, 6, 5, 16, tzinfo=UTC),
        ),
        ("2024-06-06 01:00:00", "Asia/Tokyo", datetime(2024, 6, 5, 16, tzinfo=UTC)),
        ("2024-06-06T01:00:00Z", "Asia/Tokyo", datetime(2024, 6, 6, 1, tzinfo=UTC)),
        ("2024-06-06 01:00:00+02:00", "Asia/Tokyo", datetime(2024, 6, 5, 23, tzinfo=UTC)),
        (datetime(2024, 6, 6, tzinfo=UTC), TOKYO, datetime(2024, 6, 6, tzinfo=UTC)),
    ],
)
def test_naive_dates_take_the_zone_and_aware_ones_keep_their_own(
    run_date: str | date, zone: str | tzinfo, expected: datetime
) -> None:
    """
    A date without a zone is read in the trigger's (TD-2, bug 27).
    """
    assert expected == DateTrigger(run_date, zone).get_next_fire_time(None, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2009-11-06", datetime(2009, 11, 6, tzinfo=UTC)),
        ("20091106", datetime(2009, 11, 6, tzinfo=UTC)),
        ("2009-11-06 16:30", datetime(2009, 11, 6, 16, 30, tzinfo=UTC)),
        ("2009-11-06T16:30:05", datetime(2009, 11, 6, 16, 30, 5, tzinfo=UTC)),
        ("20091106T163005Z", datetime(2009, 11, 6, 16, 30, 5, tzinfo=UTC)),
        ("2009-11-06 16:30:05.25", datetime(2009, 11, 6, 16, 30, 5, 250_000, tzinfo=UTC)),
        ("2009-11-06 16:30:05.000025", datetime(2009, 11, 6, 16, 30, 5, 25, tzinfo=UTC)),
        ("2009-1-6 5:03:01.5", datetime(2009, 1, 6, 5, 3, 1, 500_000, tzinfo=UTC)),
        (" 2009-11-06 ", datetime(2009, 11, 6, tzinfo=UTC)),
    ],
)
def test_iso_8601_text_is_understood(text: str, expected: datetime) -> None:
    """
    All usual forms of ISO 8601 are read, fractions as fractions (V23).
    """
    assert expected == as_datetime(text, UTC, "run_date")


def test_no_date_stays_none() -> None:
    """
    None is no date.
    """
    assert as_datetime(None, UTC, "end_date") is None


def test_a_skipped_wall_time_moves_on() -> None:
    """
    A run date at a time which the clock skips becomes the moment as long after the jump.
    """
    trigger = DateTrigger("2025-03-30 03:30:00", HELSINKI)

    assert trigger.get_next_fire_time(None, NOW) == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    assert str(trigger) == "date[2025-03-30 04:30:00 EEST]"


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("run_date", "yesterday", ValueError, "run_date='yesterday' is no date; write it like"),
        ("run_date", "2009-13-01", ValueError, "run_date='2009-13-01' is no date"),
        ("run_date", 5, TypeError, "run_date must be a date, a datetime or ISO 8601 text, not 5"),
        ("timezone", "Mars/Base", ValueError, "unknown time zone 'Mars/Base'; use a name such as"),
        ("timezone", "../etc/passwd", ValueError, r"unknown time zone '\.\./etc/passwd'"),
        ("timezone", "Europe", ValueError, "unknown time zone 'Europe'"),
        ("timezone", 5, TypeError, "a time zone is a name or a tzinfo, not 5"),
    ],
)
def test_errors_show_the_value(name: str, value: Any, error: type[Exception], message: str) -> None:
    """
    What is no date or no zone is refused, with its value in the message.
    """
    with pytest.raises(error, match=message):
        DateTrigger(**{name: value})


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("9999-12-31 23:59:59", "America/New_York"),
        ("9999-12-31 23:59:59", timezone(timedelta(hours=-5))),
        ("9999-12-31 23:59:59-05:00", None),
        ("0001-01-01", "Asia/Tokyo"),
    ],
)
def test_moments_that_utc_does_not_have_are_refused(text: str, zone: str | tzinfo | None) -> None:
    """
    A date near the ends of the calendar has to be one in UTC, too; job stores count in it.
    """
    last = DateTrigger("9999-12-31 23:59:59.999999", "UTC").run_date

    assert datetime.max.replace(tzinfo=UTC) == last
    with pytest.raises(ValueError, match=f"^{text[:10]} .* is outside the calendar"):
        DateTrigger(text, zone)


def test_zones_of_the_pytz_kind_are_replaced() -> None:
    """
    A pytz zone means the standard zone of its name, or of its offset if it has no name (TZ-4).
    """
    hour = timedelta(hours=1)

    assert as_timezone(PytzLikeZone("Europe/Helsinki", None)) is HELSINKI
    assert timezone(hour) == as_timezone(PytzLikeZone(None, hour))


def test_a_missing_zone_is_the_default_or_the_local_one() -> None:
    """
    None means the default given, else the zone of the machine.
    """
    assert as_timezone(None, TOKYO) is TOKYO
    assert isinstance(as_timezone(None), tzinfo)
    assert as_timezone("UTC") is UTC


def test_localising_keeps_the_first_of_two() -> None:
    """
    A wall time which the clock shows twice means the first of both moments.
    """
    moment = localise(datetime.fromisoformat("2025-10-26T03:30:00"), HELSINKI)

    assert datetime(2025, 10, 26, 0, 30, tzinfo=UTC) == moment.astimezone(UTC)


def test_the_change_of_an_offset_is_found_to_the_second() -> None:
    """
    The search ends on the first second of the new offset.
    """
    day = datetime(2025, 3, 30, tzinfo=UTC)

    assert day + timedelta(hours=1) == offset_change(HELSINKI, day, day + timedelta(hours=20))
    assert day + timedelta(hours=1) == offset_change(
        HELSINKI, day, day + timedelta(hours=1, microseconds=5)
    )


def test_an_empty_run_date_is_the_moment_of_anchoring() -> None:
    """
    Before it is anchored, an empty date means now; afterwards it stays (START-7).
    """
    trigger = DateTrigger()
    later = NOW + timedelta(hours=1)
    assert later == trigger.get_next_fire_time(None, later)
    assert str(trigger) == "date[now]"
    assert repr(trigger) == "<DateTrigger (run_date='now')>"

    trigger.anchor(NOW, TOKYO)
    trigger.anchor(later, UTC)

    assert NOW == trigger.get_next_fire_time(None, later)
    assert repr(trigger) == "<DateTrigger (run_date='2024-06-05 21:00:00 JST')>"


def test_a_naive_run_date_takes_the_zone_of_the_scheduler() -> None:
    """
    A date without any zone is in that of the scheduler; a zone of its own goes first.
    """
    open_zone = DateTrigger("2024-06-06 09:00:00")
    own_zone = DateTrigger("2024-06-06 09:00:00", "UTC")
    assert open_zone.get_next_fire_time(None, NOW) is not None

    for trigger in (open_zone, own_zone):
        trigger.anchor(NOW, TOKYO)

    assert datetime(2024, 6, 6, tzinfo=UTC) == open_zone.get_next_fire_time(None, NOW)
    assert datetime(2024, 6, 6, 9, tzinfo=UTC) == own_zone.get_next_fire_time(None, NOW)


def test_pickling_keeps_what_is_settled_and_what_is_not() -> None:
    """
    An anchored trigger comes back anchored, an open one comes back open (TX-8).
    """
    anchored = DateTrigger()
    anchored.anchor(NOW, TOKYO)
    later = NOW + timedelta(days=1)

    again = pickled_copy(anchored)
    still_open = pickled_copy(DateTrigger(timezone="Asia/Tokyo"))

    assert NOW == again.get_next_fire_time(None, later)
    moment = still_open.get_next_fire_time(None, later)
    assert later == moment
    assert moment is not None
    assert moment.tzinfo is TOKYO


def test_a_pickle_of_the_future_is_refused() -> None:
    """
    A state of an unknown version is not guessed at.
    """
    with pytest.raises(ValueError, match="the pickled DateTrigger has version 2"):
        DateTrigger().__setstate__({"version": 2})


class EveryMoment(BaseTrigger):
    """
    A custom trigger, as users write them for APScheduler 3.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """
        Return now, with a jitter of ten seconds before the first run, and without after it.
        """
        return self._apply_jitter(now, None if previous_fire_time else 10, now)


def test_custom_triggers_inherit_jitter_and_need_no_anchor() -> None:
    """
    The base class delays by up to the jitter, and anchoring does nothing by default (TX-7).
    """
    trigger = EveryMoment()
    trigger.anchor(NOW, UTC)
    delays = {trigger.get_next_fire_time(None, NOW) for _ in range(50)}

    assert len(delays) > 1
    assert all(NOW <= moment <= NOW + timedelta(seconds=10) for moment in delays if moment)
    assert NOW == trigger.get_next_fire_time(NOW, NOW)
    assert trigger._apply_jitter(None, 10, NOW) is None
