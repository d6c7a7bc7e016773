"""
Schedulers whose faults show themselves rarely: what a deep run is for.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from bgsched.schedulers.background import BackgroundScheduler
from bgsched.triggers.interval import IntervalTrigger

_MANY_STEPS = 4096


class Drifting(IntervalTrigger):
    """
    After very many steps in a zone whose clock is changed by half an hour, it is a second late.
    """

    def get_next_fire_time(self, previous_fire_time: Any, now: datetime) -> datetime | None:
        """
        Answer right, for a while.
        """
        found = super().get_next_fire_time(previous_fire_time, now)
        unusual = str(self.timezone) == "Australia/Lord_Howe"
        if found is None or self.start_date is None or not unusual:
            return found
        many = found - self.start_date > _MANY_STEPS * self.interval
        return found + timedelta(seconds=1) if many else found


_module = ModuleType(f"{__name__}.triggers.interval")
vars(_module)["IntervalTrigger"] = Drifting
sys.modules[_module.__name__] = _module


class DriftsInLordHowe(BackgroundScheduler):
    """
    Publishes the trigger that drifts.
    """
