"""The estimated charging power, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.stellantis.vehicle.charging_power import average_power, charging_power
from custom_components.stellantis.vehicle.charging_session import ActiveSession, ChargingSession

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SESSION = ActiveSession(
    start=NOON, start_level=40, last_seen=NOON + timedelta(minutes=30), level=48, capacity=50, residual=None
)


@pytest.mark.parametrize(
    ("changes", "power"),
    [
        ({}, 8.0),
        ({"start_residual": 20.0, "residual": 24.2}, 8.4),  # more precise than whole %
        ({"capacity": None}, None),
        ({"level": 41}, None),
        ({"last_seen": NOON + timedelta(minutes=4)}, None),
        ({"started_before": NOON + timedelta(minutes=20)}, None),
    ],
)
def test_charging_power(changes: dict[str, object], power: float | None) -> None:
    session = replace(SESSION, **changes)  # type: ignore[arg-type]
    assert charging_power(session, is_charging=True) == (power and pytest.approx(power))
    assert charging_power(session, is_charging=False) == 0


def test_power_without_a_session() -> None:
    assert charging_power(None, is_charging=True) is None
    assert charging_power(None, is_charging=False) == 0


@pytest.mark.parametrize(
    ("energy", "minutes", "started_before", "power"),
    [(11.0, 120, None, 5.5), (None, 120, None, None), (11.0, 4, None, None), (11.0, 120, NOON, None)],
)
def test_average_power(
    energy: float | None, minutes: float, started_before: datetime | None, power: float | None
) -> None:
    session = ChargingSession(
        start=NOON,
        end=NOON + timedelta(minutes=minutes),
        started_before=started_before,
        start_level=40,
        end_level=62,
        energy=energy,
    )
    assert average_power(session) == power
