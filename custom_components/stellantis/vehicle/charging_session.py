"""Charging sessions: detection of their start and end, and estimation of the charged energy."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from .state import VehicleState
from .stored import StoredModel, stored_as

# Credible capacities of a car's traction battery, in kWh
CAPACITY_RANGE: Final = (4.0, 200.0)
# Maximum difference between the reported level and the one calculated from residual energy, as a share of the capacity
LEVEL_TOLERANCE: Final = 0.15
# Maximum difference between the charged energy by level, which is in whole %, and by residual energy, as such a share
ENERGY_TOLERANCE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSession(StoredModel):
    """A charging session that has not ended yet.

    Attributes:
        start: When charging was first reported.
        start_level: Battery level at the start, in %.
        start_residual: Energy in the battery at the start, in kWh.
        last_seen: When the car measured the latest values.
        level: Latest battery level, in %.
        residual: Latest energy in the battery, in kWh.
        capacity: Latest credible battery capacity, in kWh.
        mileage: Odometer reading, in km.
        zone: The name of the zone in which the car is parked.
    """

    start: datetime
    start_level: float
    start_residual: float | None = None
    last_seen: datetime = field(metadata=stored_as("seen"))
    level: float
    residual: float | None = None
    capacity: float | None = None
    mileage: float | None = None
    zone: str | None = field(default=None, metadata=stored_as("place"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSession(StoredModel):
    """A charging session that has ended.

    Attributes:
        start: When charging was first reported.
        end: When the end of charging was reported.
        start_level: Battery level at the start, in %.
        end_level: Battery level at the end, in %.
        energy: Estimated charged energy in kWh; None if the car reports no credible battery capacity.
        cost: Cost at the price at the end of the session; None if it was unknown.
        zone: The name of the zone in which the car was parked.
    """

    start: datetime
    end: datetime
    start_level: float
    end_level: float
    energy: float | None = None
    cost: float | None = None
    zone: str | None = field(default=None, metadata=stored_as("place"))

    @property
    def minutes(self) -> float:
        """The duration in minutes."""
        return (self.end - self.start).total_seconds() / 60


def battery_capacity(state: VehicleState) -> float | None:
    """Return the capacity of the traction battery in kWh, or None if it is not credible or contradicts the level."""
    energy = state.electric
    battery = energy.battery if energy else None
    if energy is None or battery is None:
        return None
    watt_hours = battery.load.capacity if battery.load and battery.load.capacity else battery.capacity
    if not watt_hours or not CAPACITY_RANGE[0] <= watt_hours / 1000 <= CAPACITY_RANGE[1]:
        return None
    residual = battery.load.residual if battery.load else None
    if residual and energy.level is not None and abs(residual / watt_hours - energy.level / 100) > LEVEL_TOLERANCE:
        return None
    return watt_hours / 1000


def update_session(
    active: ActiveSession | None,
    state: VehicleState,
    *,
    zone: str | None = None,
    price: float | None = None,
    last_end: datetime | None = None,
) -> tuple[ActiveSession | None, ChargingSession | None]:
    """Start, update or end a charging session with a new state of the car.

    Args:
        active: The session that was active before.
        state: The new state.
        zone: The name of the zone in which the car is parked.
        price: The price of a kWh.
        last_end: When the previous session ended. An older state, as it may arrive after a restart, starts no session.

    Returns:
        The session that is active now, and the one that has ended.
    """
    energy = state.electric
    if energy is None or energy.level is None or energy.measured_at is None:
        return active, None
    if energy.charging is None or energy.charging.status is None:
        return active, None
    last_seen = active.last_seen if active else last_end
    if last_seen and energy.measured_at < last_seen:
        return active, None
    capacity = battery_capacity(state)
    load = energy.battery.load if energy.battery else None
    residual = load.residual / 1000 if capacity and load and load.residual else None
    if active and not _was_driven(active, state):
        # Energy charged since the last update counts, energy consumed after the end does not
        is_charge = state.is_charging or energy.level >= active.level
        active = replace(
            active,
            last_seen=energy.measured_at,
            level=energy.level if is_charge else active.level,
            residual=residual if is_charge else active.residual,
            capacity=capacity or active.capacity,
            mileage=state.mileage if active.mileage is None else active.mileage,
        )
        if state.is_charging:
            return active, None
    ended = _end_session(active, price) if active else None
    if not state.is_charging:
        return None, ended
    started = ActiveSession(
        start=energy.measured_at,
        start_level=energy.level,
        start_residual=residual,
        last_seen=energy.measured_at,
        level=energy.level,
        residual=residual,
        capacity=capacity,
        mileage=state.mileage,
        zone=zone,
    )
    return started, ended


def _was_driven(active: ActiveSession, state: VehicleState) -> bool:
    """Return whether the car was driven since the last update, which ends a session even if the car charges now."""
    return active.mileage is not None and state.mileage is not None and state.mileage - active.mileage >= 1


def _charged_energy(session: ActiveSession) -> float | None:
    """Return the charged energy in kWh.

    The difference in residual energy is more precise than the difference in level; it is used where the two agree.
    """
    if session.capacity is None:
        return None
    by_level = max(0.0, session.level - session.start_level) / 100 * session.capacity
    if session.start_residual is None or session.residual is None:
        return by_level
    by_residual = session.residual - session.start_residual
    # Some cars keep reporting an outdated residual energy
    is_credible = by_residual > 0 and abs(by_residual - by_level) <= ENERGY_TOLERANCE * session.capacity
    return by_residual if is_credible else by_level


def _end_session(session: ActiveSession, price: float | None) -> ChargingSession:
    energy = _charged_energy(session)
    return ChargingSession(
        start=session.start,
        end=session.last_seen,
        start_level=session.start_level,
        end_level=session.level,
        energy=energy,
        cost=None if energy is None or price is None else energy * price,
        zone=session.zone,
    )
