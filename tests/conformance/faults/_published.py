"""
Schedulers whose fault is in a trigger class that they publish.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bgsched import BackgroundScheduler
from faults import FAULTS, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from bgsched.triggers.base import BaseTrigger

ALIASES = {
    "AndTrigger": "and",
    "CalendarIntervalTrigger": "calendarinterval",
    "CronTrigger": "cron",
    "DateTrigger": "date",
    "IntervalTrigger": "interval",
    "OrTrigger": "or",
}
# Of `add_job`; all other arguments are the trigger's.
_OF_THE_JOB = ("id", "misfire_grace_time", "coalesce", "next_run_time")


def faulty(
    clause: str, *, also: tuple[str, ...] = ()
) -> Callable[[type[BaseTrigger]], type[BackgroundScheduler]]:
    """
    Enter a scheduler that publishes this trigger class instead of the one it is derived from.

    The class goes by the name of that one, also as an alias of `add_job` and when it is pickled.
    """

    def enter(trigger: type[BaseTrigger]) -> type[BackgroundScheduler]:
        right = next(base for base in trigger.__mro__ if base.__module__.startswith("bgsched."))
        home, name = trigger.__module__, trigger.__name__
        package = f"{home.rpartition('.')[2]}_{name}"
        module = f"{package}.{right.__module__.removeprefix('bgsched.')}"
        for path in (package, f"{package}.triggers", module):
            sys.modules[path] = ModuleType(path)
        setattr(sys.modules[module], right.__name__, trigger)
        trigger.__module__, trigger.__qualname__ = module, right.__name__
        # The names published beside a class are looked for beside its bases, too.
        beside = type("Beside", (), {"__module__": package})

        def add_job(self: BackgroundScheduler, func: Any, kind: Any = None, **options: Any) -> Any:
            if kind == ALIASES[right.__name__]:
                own = {each: options.pop(each) for each in _OF_THE_JOB if each in options}
                if kind not in ("and", "or"):
                    options.setdefault("timezone", self.timezone)
                kind, options = trigger(**options), own
            return BackgroundScheduler.add_job(self, func, kind, **options)

        body = {"__module__": home, "__doc__": trigger.__doc__, "add_job": add_job}
        scheduler = type(name, (beside, BackgroundScheduler), body)
        FAULTS.append(Fault(scheduler, clause, also))
        return scheduler

    return enter
