"""The battery level between two reports, as tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.vehicle.charge_limit import ChargeReport
from custom_components.stellantis.vehicle.charging_session import ActiveSession, ChargingSession
from custom_components.stellantis.vehicle.estimated_level import estimated_level

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
REPORT: Final = ChargeReport(measured_at=NOON, level=40, is_charging=True, percent_per_hour=20)
ACTIVE: Final = ActiveSession(start=NOON, start_level=40, last_seen=NOON, level=40, zone="Home")


def session(percent_per_hour: float, *, hours: float = 2, zone: str | None = "Home", **changes: Any) -> ChargingSession:
    """Return a session of some speed."""
    start = NOON - timedelta(days=1)
    end, gain = start + timedelta(hours=hours), percent_per_hour * hours
    return ChargingSession(start=start, end=end, start_level=20, end_level=20 + gain, zone=zone, **changes)


def estimate(
    hours: float,
    *,
    active: ActiveSession | None = None,
    sessions: tuple[ChargingSession, ...] = (),
    limit: float = 100,
    **changes: Any,
) -> float | None:
    """Return the level a number of hours after the report."""
    now = NOON + timedelta(hours=hours)
    return estimated_level(replace(REPORT, **changes), now, active=active, sessions=sessions, limit=limit)


@pytest.mark.parametrize(
    ("hours", "options", "level"),
    [
        (0, {}, 40),
        (1, {}, 60),  # as the car reports its speed
        (1, {"percent_per_hour": None}, 40),
        (1, {"percent_per_hour": None, "remaining": timedelta(hours=6)}, 50),
        (1, {"percent_per_hour": None, "remaining": timedelta(hours=4), "target": 80}, 50),
        # this charge
        (1, {"active": replace(ACTIVE, speed=10.0)}, 50),
        (1, {"active": replace(ACTIVE, speed=10.0, started_before=NOON)}, 50),
        (1, {"active": replace(ACTIVE, speed=10.0), "sessions": (session(30),)}, 50),
        # the median of those at the same place
        (1, {"active": ACTIVE, "sessions": (session(10), session(30), session(12))}, 52),
        (1, {"active": ACTIVE, "sessions": (session(90, hours=0.5), *[session(11)] * 5)}, 51),
        (1, {"active": ACTIVE, "sessions": (session(10, ended_after=NOON, speed=12.0),)}, 52),
        (1, {"active": ACTIVE, "sessions": (session(10, speed=12.0),)}, 52),
        (1, {"active": ACTIVE, "sessions": (session(10, zone="Office"), session(10, zone=None))}, 60),
        (1, {"active": replace(ACTIVE, zone="not_home"), "sessions": (session(10, zone="not_home"),)}, 60),
        (1, {"active": replace(ACTIVE, zone=None), "sessions": (session(10, zone=None),)}, 60),
        (1, {"active": ACTIVE, "sessions": (session(10, ended_after=NOON), session(10, hours=0.1))}, 60),
        # never beyond a limit
        (4, {}, 100),
        (4, {"limit": 70}, 70),
        (4, {"own_limit": 80}, 80),
        (1, {"level": 75, "limit": 70}, 75),
        # silence
        (23, {}, 100),
        (25, {}, None),
        (25, {"is_charging": False}, 40),
        (24 * 6, {"is_charging": False}, 40),
        (24 * 8, {"is_charging": False}, None),
        (-1, {}, 40),  # the car's clock is ahead
        (1, {"level": None}, None),
        (1, {"measured_at": None}, None),
    ],
)
def test_estimated_level(hours: float, options: dict[str, Any], level: float | None) -> None:
    assert estimate(hours, **options) == (level and pytest.approx(level))


def test_without_a_report() -> None:
    assert estimated_level(None, NOON, active=None, sessions=(), limit=100) is None


@given(st.floats(0, 200), st.floats(0, 100), st.floats(0, 500), st.floats(20, 100), st.sampled_from((80.0, 100.0)))
def test_never_beyond_a_limit_nor_below_the_report(
    hours: float, level: float, speed: float, limit: float, own_limit: float
) -> None:
    estimated = estimate(hours, level=level, percent_per_hour=speed, limit=limit, own_limit=own_limit)
    if estimated is not None:
        assert level <= estimated <= max(level, min(limit, own_limit))
