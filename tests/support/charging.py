"""States of a car that charges, and the sessions that they make."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.vehicle.charging_reading import BatterySample
from custom_components.stellantis.vehicle.charging_session import (
    ActiveSession,
    ChargingSession,
    SessionUpdate,
    update_session,
)
from custom_components.stellantis.vehicle.state import VehicleState

START: Final = datetime(2026, 3, 2, 22, 5, tzinfo=UTC)
BATTERY: Final = 50_000
UNPLUGGED: Final[dict[str, Any]] = {"status": "Disconnected", "plugged": False}
CHARGING: Final = "InProgress"
MISSING: Final = object()


def time(minutes: float) -> datetime:
    """Return the time a number of minutes after the first state."""
    return START + timedelta(minutes=minutes)


def state_at(
    minutes: float,
    level: float | None,
    status: object = CHARGING,
    *,
    km: float | None = 1000,
    residual: float | None = None,
    capacity: float | None = BATTERY,
    motorization: str | None = "Electric",
    plugged: bool | None = True,
    is_driving: bool = False,
) -> VehicleState:
    """Return the state of a car."""
    measured_at = time(minutes).isoformat()
    load: dict[str, Any] = {"createdAt": measured_at, "capacity": capacity}
    if residual is not None:
        load["residual"] = residual
    charging = {"plugged": plugged} | ({} if status is MISSING else {"status": status})
    energy: dict[str, Any] = {
        "type": "Electric",
        "createdAt": measured_at,
        "level": level,
        "extension": {"electric": {"charging": charging, "battery": {"load": load}}},
    }
    odometer = {"createdAt": measured_at, "mileage": km}
    kinetic = {"createdAt": measured_at, "moving": is_driving}
    status_of_car = Status.from_dict(
        {"createdAt": measured_at, "energies": [energy], "odometer": odometer, "kinetic": kinetic}
    )
    return VehicleState.from_status(time(minutes), Vehicle(motorization=motorization), status_of_car)


def update_all(*states: VehicleState, **options: Any) -> tuple[ActiveSession | None, list[ChargingSession]]:
    """Return the active session after all states, and the sessions that have ended, with a restart after each state."""
    update, ended = SessionUpdate(), list[ChargingSession]()
    for state in states:
        active = update.active and ActiveSession.from_dict(update.active.to_dict())
        sample = update.sample and BatterySample.from_dict(update.sample.to_dict())
        update = update_session(active, sample, state, **options)
        ended += [ChargingSession.from_dict(session.to_dict()) for session in update.ended]
    return update.active, ended
