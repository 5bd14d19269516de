"""Whether a queue is open at a moment, by the clock of its own time zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.handoff.settings import DAYS, OpeningHours


def is_open(hours: OpeningHours | None, now: float) -> bool:
    """Whether ``now`` (seconds since the epoch) lies in the hours; None is always open."""
    if hours is None:
        return True
    local = datetime.fromtimestamp(now, ZoneInfo(hours.timezone))
    yesterday = local - timedelta(days=1)
    at = local.time()
    for start, end in hours.days.get(DAYS[local.weekday()], ()):
        if (start <= at < end) if start < end else at >= start:
            return True
    # What began yesterday and runs past midnight.
    return any(end <= start and at < end for start, end in hours.days.get(DAYS[yesterday.weekday()], ()))
