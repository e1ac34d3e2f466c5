"""Live data as Iternio's telemetry interface has it. Pure."""

from typing import Any

import pytest

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.features.abrp.live_data import build_live_data
from custom_components.stellantis.vehicle.state import VehicleState
from tests.support.charging import CHARGING, START, state_at

TIMES = {"createdAt": START.isoformat()}


def build_state(**members: Any) -> VehicleState:
    """Return the state of an electric car with 50 % and further members."""
    charging = {"plugged": True, **members.pop("charging", {"status": "Disconnected", "plugged": False})}
    energy = {**TIMES, "type": "Electric", "level": 50, "extension": {"electric": {"charging": charging}}}
    status = Status.from_dict({**TIMES, "energies": [{**energy, "autonomy": 200}], **members})
    return VehicleState.from_status(START, Vehicle(motorization="Electric"), status)


@pytest.mark.parametrize(
    ("members", "power", "values"),
    [
        ({}, 7.0, {"is_charging": 0, "is_parked": 1}),
        ({"kinetic": {**TIMES, "moving": True, "speed": 80}}, None, {"is_charging": 0, "is_parked": 0, "speed": 80}),
        (
            {"charging": {"status": CHARGING, "chargingMode": "Quick"}},
            50.0,
            {"is_charging": 1, "is_parked": 1, "is_dcfc": 1, "power": -50},
        ),
        (
            {"charging": {"status": CHARGING, "chargingMode": "Slow"}},
            None,
            {"is_charging": 1, "is_parked": 1, "is_dcfc": 0},
        ),
        (
            {"odometer": {**TIMES, "mileage": 1000}, "environment": {"air": {**TIMES, "temp": -3}}},
            None,
            {"is_charging": 0, "is_parked": 1, "odometer": 1000, "ext_temp": -3},
        ),
    ],
)
def test_values(members: dict[str, Any], power: float | None, values: dict[str, float]) -> None:
    assert build_live_data(build_state(**members), power) == {"soc": 50, "est_battery_range": 200, **values}


def test_without_level() -> None:
    assert build_live_data(state_at(0, None), None) is None
    assert build_live_data(state_at(0, 50, motorization="Thermic"), None) is None
