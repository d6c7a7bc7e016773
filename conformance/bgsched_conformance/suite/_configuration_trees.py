"""
Random trees of options, and what they come to by a model too plain to be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bgsched_conformance.suite._configuration_scenes import left_open, noon, noon_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgsched_conformance.subject import Subject

Path = tuple[str, str]

_zones = st.builds(lambda hours: timezone(timedelta(hours=hours)), st.integers(-11, 13))
_flags = st.booleans() | st.sampled_from(["true", "false"])
_counts = st.integers(1, 99)
_numbers = _counts | _counts.map(str)
LEAVES: dict[Path, st.SearchStrategy[Any]] = {
    ("timezone", ""): _zones,
    ("job_defaults", "coalesce"): _flags,
    ("job_defaults", "misfire_grace_time"): _numbers,
    ("job_defaults", "max_instances"): _numbers,
}
_TEXTS = {"true": True, "false": False}


@dataclass(frozen=True)
class Tree:
    """
    Options, some in a mapping and some as keywords.

    Attributes:
        prefix: What the keys of the mapping begin with, and what `configure()` is told.
        mapped: The options in the mapping.
        keywords: The options given as keywords.
        nested: The groups that stand in the mapping as a dict, not as dotted keys.
        foreign: Options under a prefix that does not count.
    """

    prefix: str | None
    mapped: dict[Path, Any]
    keywords: dict[Path, Any]
    nested: bool = False
    foreign: dict[Path, Any] = field(default_factory=dict)

    @property
    def mapping(self) -> dict[str, Any]:
        """
        The mapping, as a user would write it.
        """
        written = dict(_written(self.prefix or "", self.mapped, nested=self.nested))
        if self.prefix:
            for wrong in ("", "other.", self.prefix.upper()):
                written |= _written(wrong, self.foreign, nested=self.nested)
        return written

    @property
    def options(self) -> dict[str, Any]:
        """
        The keywords, as a user would write them.
        """
        return dict(_written("", self.keywords, nested=True))

    @property
    def expected(self) -> dict[Path, Any]:
        """
        The value of each option; without those that the documentation leaves open.
        """
        groups = {group for group, _ in self.keywords}
        # Whether a group given as keyword keeps what the mapping has besides can be read both ways.
        alone = {path: value for path, value in self.mapped.items() if path[0] not in groups}
        return {path: meaning(value) for path, value in (alone | self.keywords).items()}

    def clause_of(self, path: Path) -> str:
        """
        Return the clause that a wrong value of this option breaks.
        """
        if path in self.keywords:
            return "CONF-7"
        if not self.prefix:
            return "CONF-4"
        if self.prefix != "apscheduler.":
            return "CONF-5"
        return "CONF-6" if path[1] else "CONF-3"


def meaning(value: Any) -> Any:
    """
    Return what an option means that may be written as text.
    """
    if not isinstance(value, str):
        return value
    return _TEXTS[value] if value in _TEXTS else int(value)


def effects(scheduler: Subject) -> dict[Path, Any]:
    """
    Return what a scheduler, started paused, makes of its options.
    """
    return {("timezone", ""): noon(scheduler)} | {
        ("job_defaults", name): value for name, value in left_open(scheduler).items()
    }


def effect(value: Any) -> Any:
    """
    Return what `effects` shows for an option of this value.
    """
    return noon_in(value) if isinstance(value, timezone) else value


def some_options() -> st.SearchStrategy[dict[Path, Any]]:
    """
    Any of the options.
    """
    return st.fixed_dictionaries({}, optional=LEAVES)


def trees(prefixes: st.SearchStrategy[str | None]) -> st.SearchStrategy[Tree]:
    """
    Trees of options: each in the mapping, as keyword, in both or not at all.
    """
    return st.builds(
        Tree, prefixes, some_options(), some_options(), st.booleans(), foreign=some_options()
    )


def _written(prefix: str, options: dict[Path, Any], *, nested: bool) -> Iterator[tuple[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for (group, name), value in options.items():
        if not name:
            yield prefix + group, value
        elif nested:
            groups.setdefault(group, {})[name] = value
        else:
            yield f"{prefix}{group}.{name}", value
    for group, inside in groups.items():
        yield prefix + group, inside
