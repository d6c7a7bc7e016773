"""
Scenes of the cron trigger: questions put to a trigger and to the oracle, and how to invent them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from bgsched_conformance.clock_changes import ZONES, changes, zone
from bgsched_conformance.cron_oracle import FIELDS, MONTHS, ORDINALS, WEEKDAYS, Schedule
from bgsched_conformance.findings import Broken
from bgsched_conformance.fire_times import fire_times
from bgsched_conformance.triggers import zone_taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bgsched_conformance.clock_changes import Change
    from bgsched_conformance.target import Target

NOON = datetime(2024, 6, 5, 12, 0, 17, tzinfo=UTC)  # a Wednesday in a leap year
_COUNT = 4
_HORIZON = timedelta(days=500)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_NONE = timedelta()

# Whole seconds of fifteen years.
nows = st.integers(0, 15 * 365 * 86400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def cron_class(target: Target) -> Any:
    """
    Return the implementation's class of cron triggers.
    """
    return target.symbol("triggers.cron", "CronTrigger")


class Case(NamedTuple):
    """
    One question: when does a trigger with these fields fire next, and then, and then?

    Attributes:
        fields: The cron fields.
        now: The present when it is first asked, in UTC, a whole second.
        zone: Name of the zone whose clock counts.
        until: What comes later than this is left open; in UTC.
    """

    fields: dict[str, Any]
    now: datetime = NOON
    zone: str = "UTC"
    until: datetime | None = None

    def check(self, target: Target) -> None:
        """
        Hold the implementation's own trigger to the oracle, with its zone in both forms.
        """
        forms = [self.zone] if self.zone == "UTC" else [self.zone, zone_taken(target, self.zone)]
        for form in dict.fromkeys(forms):
            self.check_trigger(cron_class(target)(**self.fields, timezone=form))

    @property
    def place(self) -> Any:
        """
        The zone itself.
        """
        return UTC if self.zone == "UTC" else zone(self.zone)

    def check_trigger(self, trigger: Any) -> None:
        """
        Hold a trigger to the oracle.

        Whether a present that matches counts as a fire time is left open here: TC-26.

        Raises:
            Broken: It fires at other moments.
        """
        until = self.until or self.now + _HORIZON
        expected = Schedule(self.fields).first(_COUNT, self.place, self.now, until)
        asked = fire_times(trigger, self.now.astimezone(self.place), len(expected) + 2)
        actual = [None if answer is None else instant(answer) for answer in asked]
        if actual[0] == self.now:
            actual = actual[1:]
        actual = actual[: len(expected) + 1]
        beyond = actual[len(expected) :]
        if actual[: len(expected)] != expected or (
            len(expected) < _COUNT
            and any(answer is not None and answer <= until for answer in beyond)
        ):
            raise Broken(
                f"cron {self.fields} in {self.zone}, asked at {self.shown(self.now)}, to fire at "
                f"{self._listed([*expected])}"
                + (f" and not again until {self.shown(until)}" if len(expected) < _COUNT else ""),
                self._listed(actual[: max(len(expected), 1) + (len(expected) < _COUNT)]),
            )

    def shown(self, moment: datetime | None) -> str:
        """
        Write a moment as the clock of the zone shows it.
        """
        return "never" if moment is None else f"{moment.astimezone(self.place):%F %T%z}"

    def _listed(self, moments: list[datetime | None]) -> str:
        return ", ".join(self.shown(moment) for moment in moments) or "no time"


def instant(answer: datetime) -> datetime:
    """
    Return in UTC what a trigger answered.

    Raises:
        Broken: It is naive, so nobody knows when it is.
    """
    if answer.utcoffset() is None:
        raise Broken("an aware datetime", f"{answer!r}")
    return answer.astimezone(UTC)


# Fields in each documented form. A year is taken from those that `nows` leads to.


def values(name: str) -> st.SearchStrategy[int]:
    """
    Give one value of a field.
    """
    return st.integers(2024, 2036) if name == "year" else st.integers(*FIELDS[name])


def steps(name: str) -> st.SearchStrategy[str]:
    """
    Give ``*/a``.
    """
    low, high = FIELDS[name]
    return st.integers(1, high - low).map(lambda step: f"*/{step}")


def ranges(name: str) -> st.SearchStrategy[tuple[int, int]]:
    """
    Give the ends of a range, the smaller one first.
    """
    return (
        st.lists(values(name), min_size=2, max_size=2, unique=True)
        .map(sorted)
        .map(lambda ends: (ends[0], ends[1]))
    )


@st.composite
def stepped_ranges(draw: st.DrawFn, name: str) -> str:
    """
    Give ``a-b/c``.
    """
    first, last = draw(ranges(name))
    return f"{first}-{last}/{draw(st.integers(1, last - first))}"


def named(name: str) -> st.SearchStrategy[str]:
    """
    Give a range of two months or two weekdays by name.
    """
    names = MONTHS if name == "month" else WEEKDAYS
    least = FIELDS[name][0]
    return ranges(name).map(lambda ends: f"{names[ends[0] - least]}-{names[ends[1] - least]}")


positions = st.builds("{} {}".format, st.sampled_from(ORDINALS), st.sampled_from(WEEKDAYS))
last_weekdays = st.sampled_from(WEEKDAYS).map("last {}".format)


def expressions(name: str) -> st.SearchStrategy[str]:
    """
    Give one expression of any form that a field may have.
    """
    forms = [
        values(name).map(str),
        ranges(name).map(lambda ends: f"{ends[0]}-{ends[1]}"),
        stepped_ranges(name),
    ]
    if name != "year":  # where its steps would begin is not documented
        forms.append(steps(name))
    if name == "day":
        forms += [positions, last_weekdays, st.just("last")]
    if name in {"month", "day_of_week"}:
        forms.append(named(name))
    return st.one_of(forms)


@st.composite
def lists(draw: st.DrawFn, name: str, value: int) -> str:
    """
    Give a list of a value and up to three more expressions, with and without blanks between them.
    """
    parts = draw(st.lists(expressions(name), max_size=3))
    parts.insert(draw(st.integers(0, len(parts))), str(value))
    return draw(st.sampled_from([",", ", ", " , "])).join(parts)


def values_of(moment: datetime) -> dict[str, int]:
    """
    Return the values that all fields have at a moment.
    """
    special = {"week": moment.isocalendar().week, "day_of_week": moment.weekday()}
    return {name: special[name] if name in special else getattr(moment, name) for name in FIELDS}


@st.composite
def asked_before(draw: st.DrawFn, form: Callable[[str, int], Any], most: int) -> Case:
    """
    Give the question about some fields that all match at one moment at least, asked before it.
    """
    moment = draw(nows)
    names = draw(st.sets(st.sampled_from(list(FIELDS)), min_size=1, max_size=most))
    given = values_of(moment)
    fields = {name: draw(form(name, given[name])) for name in FIELDS if name in names}
    return Case(fields, moment - timedelta(seconds=draw(st.integers(1, 100 * 86400))))


# Questions about the days on which a clock jumps.


def is_plain(change: Change) -> bool:
    """
    Tell whether a clock jumps at a whole hour, and by no more than an hour, as nearly all do.
    """
    return abs(change.jump) <= _HOUR and (change.wall.minute, change.wall.second) == (0, 0)


@st.composite
def jumps(draw: st.DrawFn, wanted: Callable[[Change], bool]) -> Change:
    """
    Give one jump of a clock somewhere.
    """
    found: list[Change] = []
    # Not every zone has what is wanted; the names go round until one has.
    first = draw(st.sampled_from(range(len(ZONES))))
    for name in (*ZONES[first:], *ZONES[:first]):
        found = [change for change in changes(name) if wanted(change)]
        if found:
            break
    return draw(st.sampled_from(found))


def forward(change: Change) -> bool:
    """
    Tell whether a clock is put forward.
    """
    return change.jump > _NONE


def back(change: Change) -> bool:
    """
    Tell whether a clock is put back.
    """
    return change.jump < _NONE


@st.composite
def asked_around(draw: st.DrawFn, change: Change, fields: dict[str, Any]) -> Case:
    """
    Give the question when fields lead to a fire time around a jump, and around no other.
    """
    name = str(change.zone)
    moments = [other.moment for other in changes(name)]
    place = moments.index(change.moment)
    lead = timedelta(seconds=draw(st.one_of(st.integers(0, 9000), st.integers(0, 40 * 86400))))
    now, until = change.moment - lead, change.moment + 40 * _DAY
    if place > 0:
        now = max(now, moments[place - 1] + 2 * _DAY)
    if place + 1 < len(moments):
        until = min(until, moments[place + 1] - 2 * _DAY)
    return Case(fields, min(now, change.moment), name, until)


@st.composite
def touched(draw: st.DrawFn, wanted: Callable[[Change], bool]) -> Case:
    """
    Give the question about fields that name a wall time which a clock skips or repeats, or nearly.
    """
    change = draw(jumps(wanted))
    length = abs(change.jump)
    first = change.wall if forward(change) else change.wall - length
    wall = first + timedelta(seconds=draw(st.integers(0, int(length.total_seconds()) - 1)))
    hour = draw(st.sampled_from([wall.hour, wall.hour, (wall.hour + 1) % 24, "*"]))
    fields = {"hour": hour, "minute": draw(st.sampled_from([wall.minute, 0, 30, "*/15"]))}
    if draw(st.booleans()):
        fields |= draw(_details(wall))
    return draw(asked_around(change, fields))


def _details(wall: datetime) -> st.SearchStrategy[dict[str, Any]]:
    following = wall + _DAY
    return st.fixed_dictionaries(
        {},
        optional={
            "second": st.sampled_from([wall.second, 0, "*/20"]),
            "day": st.sampled_from([wall.day, following.day, "*", "last"]),
            "day_of_week": st.sampled_from([wall.weekday(), following.weekday()]),
            "month": st.sampled_from([wall.month, "*"]),
        },
    )


@st.composite
def spared(draw: st.DrawFn) -> Case:
    """
    Give the question about fields that name no wall time which the clock, put forward, skips.
    """
    change = draw(jumps(lambda change: _NONE < change.jump <= 2 * _HOUR))
    skipped = {
        (change.wall + number * timedelta(minutes=1)).hour
        for number in range(int(change.jump / timedelta(minutes=1)) + 1)
    }
    behind = (change.wall + change.jump + _HOUR).hour
    hours = [hour for hour in range(24) if hour not in skipped]
    favourite = st.sampled_from([hour for hour in (0, 1, behind) if hour not in skipped] or hours)
    fields: dict[str, Any] = {
        "hour": draw(st.one_of(favourite, st.sampled_from(hours))),
        "minute": draw(st.sampled_from([0, 30, 59])),
    }
    following = change.wall + _DAY
    fields |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "day": st.sampled_from([change.wall.day, following.day, 1, "*"]),
                "day_of_week": st.sampled_from([change.wall.weekday(), following.weekday()]),
            },
        )
    )
    return draw(asked_around(change, fields))


@st.composite
def dense(draw: st.DrawFn, wanted: Callable[[Change], bool]) -> Case:
    """
    Give the question about every so many minutes, asked within hours of a jump.
    """
    change = draw(jumps(wanted))
    minute = draw(st.one_of(steps("minute"), st.sampled_from(["*/30", "*/15", "*"])))
    lead = timedelta(seconds=draw(st.integers(0, 7200)))
    return Case({"minute": minute}, change.moment - lead, str(change.zone))


def asked(fields: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Case]:
    """
    Give questions about such fields in UTC.
    """
    return st.tuples(fields, nows).map(lambda drawn: Case(*drawn))


def with_one(names: Iterable[str], form: Callable[[str], Any]) -> st.SearchStrategy[Case]:
    """
    Give the question about one of some fields, alone, in one form.
    """
    return asked(
        st.sampled_from(list(names)).flatmap(lambda name: st.fixed_dictionaries({name: form(name)}))
    )


def refused(target: Target, name: str, text: object, error: str = "Exception") -> None:
    """
    Check that a field is not accepted.

    Args:
        target: The implementation.
        name: The field.
        text: What is written into it.
        error: Name of the class that the error must be of.

    Raises:
        Broken: A trigger was built, or another error raised.
    """
    try:
        trigger = cron_class(target)(**{name: text}, timezone="UTC")
    except Exception as raised:
        if error not in {base.__name__ for base in type(raised).__mro__}:
            raise Broken(f"cron {name}={text!r} to raise {error}", f"raised {raised!r}") from raised
        return
    (first,) = fire_times(trigger, NOON, 1)
    raise Broken(f"cron {name}={text!r} to be refused", f"a trigger that first fires at {first}")
