"""The battery level between two reports of a car, by the speed of its charges so far: a pure function."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from homeassistant.const import STATE_NOT_HOME

from .charge_limit import ChargeReport
from .charging_session import ActiveSession, ChargingSession

HOUR: Final = timedelta(hours=1)
# A level that was measured longer ago is not known any more
MAX_AGE: Final = timedelta(days=7)
# The weakest socket fills a battery in about this time: a car that was silent for longer may have been driven
MAX_CHARGE_AGE: Final = timedelta(days=1)
# Levels are in whole %: the speed of a shorter charge is not known
MIN_GAIN: Final = 5.0
MIN_TIME: Final = timedelta(minutes=15)
# As many charges at the same place tell the speed there
MAX_CHARGES: Final = 5


def estimated_level(
    report: ChargeReport | None,
    now: datetime,
    *,
    active: ActiveSession | None,
    sessions: Sequence[ChargingSession],
    limit: float,
) -> float | None:
    """Return the battery level in % now; None if it is not known well enough.

    Args:
        report: What the car reported last.
        now: The present time.
        active: The session that has not ended.
        sessions: Earlier sessions, sorted by their end.
        limit: The level in % at which charging is stopped.
    """
    if report is None or report.level is None or report.measured_at is None:
        return None
    age = max(timedelta(0), now - report.measured_at)
    if age > (MAX_CHARGE_AGE if report.is_charging else MAX_AGE):
        return None
    speed = charging_speed(report, active, sessions) if report.is_charging else None
    end = min(limit, report.own_limit)
    if speed is None or report.level >= end:
        return report.level
    return min(end, report.level + speed * (age / HOUR))


def charging_speed(
    report: ChargeReport, active: ActiveSession | None, sessions: Sequence[ChargingSession]
) -> float | None:
    """Return the charging speed in % per hour: of this charge, else of those at its place, else as it is reported."""
    if active and active.speed:
        return active.speed
    speeds = [speed for session in sessions if active and _is_same_place(active, session) if (speed := _speed(session))]
    if speeds:
        return median(speeds[-MAX_CHARGES:])
    if report.remaining and report.level is not None and report.target > report.level:
        return (report.target - report.level) / (report.remaining / HOUR)
    return report.percent_per_hour


def _is_same_place(active: ActiveSession, session: ChargingSession) -> bool:
    """Return whether two sessions were at the same place; outside of all zones there are many."""
    return active.zone == session.zone and active.zone not in (None, STATE_NOT_HOME)


def _speed(session: ChargingSession) -> float | None:
    """Return the speed of a session in % per hour; None if it was too short, or not seen."""
    if session.speed:
        return session.speed
    gain = session.end_level - session.start_level
    if session.minutes is None or session.minutes < MIN_TIME / timedelta(minutes=1) or gain < MIN_GAIN:
        return None
    return gain / (session.minutes / 60)
