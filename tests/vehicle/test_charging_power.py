"""The estimated charging power, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.stellantis.vehicle.charging_power import average_power, charging_power
from custom_components.stellantis.vehicle.charging_reading import BatterySample, ObservedCharge
from custom_components.stellantis.vehicle.charging_session import ActiveSession, ChargingSession

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SESSION = ActiveSession(start=NOON, start_level=40, last_seen=NOON, level=48, capacity=50, reported_capacity=50)


def observed(minutes: float, gain: float, first: float | None = None, last: float | None = None) -> dict[str, object]:
    """Return what was seen of a charge; `first` and `last` is the energy in the battery at its ends."""
    end = NOON + timedelta(minutes=minutes)
    return {
        "observed": ObservedCharge(
            first=BatterySample(measured_at=NOON, level=40, residual=first),
            last=BatterySample(measured_at=end, level=40 + gain, residual=last),
        )
    }


@pytest.mark.parametrize(
    ("changes", "power"),
    [
        (observed(30, 8), 8.0),
        (observed(30, 8, 20.0, 24.2), 8.4),  # more precise than whole %
        (observed(30, 8, 20.0, 25.2), 8.0),  # not that of the level
        (observed(30, 8, 14.0, 17.0) | {"reported_capacity": 35}, 8.57),  # of a car that reports less than it has
        (observed(30, 8) | {"capacity": None}, None),
        (observed(30, 2), None),
        (observed(4, 8), None),
        (observed(30, 8) | {"started_before": NOON}, 8.0),
        ({"speed": 20.0}, 10.0),
        (observed(6, 2) | {"speed": 20.0}, 10.0),  # after a pause
        ({}, None),
    ],
)
def test_charging_power(changes: dict[str, object], power: float | None) -> None:
    session = replace(SESSION, **changes)  # type: ignore[arg-type]
    assert charging_power(session, is_charging=True) == (power and pytest.approx(power, rel=1e-3))
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


@pytest.mark.parametrize(("started_before", "power"), [(NOON, 10.0), (None, 5.5)])
def test_average_power_of_a_session_that_was_not_seen_from_start_to_end(
    started_before: datetime | None, power: float
) -> None:
    end = NOON + timedelta(hours=2)
    session = ChargingSession(
        start=NOON, started_before=started_before, end=end, start_level=40, end_level=62, energy=11.0, power=10.0
    )
    assert average_power(session) == power
