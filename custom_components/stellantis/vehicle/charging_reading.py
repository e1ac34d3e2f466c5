"""What a state of a car tells about charging."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from ..api import ChargingStatus
from .battery import battery_capacity
from .state import VehicleState
from .stored import StoredModel
from .trip import Coordinates

# Maximum difference between the charged energy by level, which is in whole %, and by residual energy, as a share of
# the capacity
ENERGY_TOLERANCE: Final = 0.05
# A car that moved less was not driven: odometers waver, and cars are maneuvered
MIN_DRIVE: Final = 1.0  # km
# The level of a parked car wavers with the temperature, in %
LEVEL_DRIFT: Final = 2.0
# Driving downhill, and the combustion engine of a hybrid, raise the level. The first bounds it in % per km, the
# second in % for a car without an engine
MAX_GAIN_PER_KM: Final = 3.0
MAX_GAIN_BY_BRAKING: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySample(StoredModel):
    """What a car last reported of its traction battery.

    Attributes:
        measured_at: When it was measured.
        level: Battery level, in %.
        residual: Energy in the battery, in kWh, from a car with a credible capacity.
        mileage: Odometer reading, in km.
    """

    measured_at: datetime
    level: float
    residual: float | None = None
    mileage: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingReading:
    """What a state of the car tells about charging.

    Attributes:
        sample: The level, the energy and the odometer reading.
        is_charging: Whether the car charges.
        is_plugged: Whether it is plugged in.
        is_finished: Whether it has finished charging.
        is_driving: Whether it is driven.
        has_engine: Whether it has a combustion engine.
        capacity: The usable battery capacity in kWh, as the user entered it or else as the car reports it.
        reported_capacity: The usable battery capacity in kWh as the car reports it, if that is credible.
        zone: The name of the zone in which the car is.
        position: Coordinates of the place where the car is, if they are to be kept.
    """

    sample: BatterySample
    is_charging: bool
    is_plugged: bool
    is_finished: bool
    is_driving: bool
    has_engine: bool
    capacity: float | None
    reported_capacity: float | None
    zone: str | None
    position: Coordinates | None

    @classmethod
    def from_state(
        cls, state: VehicleState, capacity: float | None, zone: str | None, position: Coordinates | None
    ) -> Self | None:
        """Return the reading of a state; None if it lacks the level, the charging status, or their time."""
        energy, charging = state.electric, state.charging
        level = state.battery_level
        if energy is None or level is None or energy.measured_at is None:
            return None
        if charging is None or charging.status is None:
            return None
        told = battery_capacity(energy)
        load = energy.battery.load if energy.battery else None
        sample = BatterySample(
            measured_at=energy.measured_at,
            level=level,
            residual=load.residual / 1000 if told and load and load.residual else None,
            mileage=state.mileage,
        )
        return cls(
            sample=sample,
            is_charging=state.is_charging,
            is_plugged=charging.status != ChargingStatus.DISCONNECTED if charging.plugged is None else charging.plugged,
            is_finished=charging.status == ChargingStatus.FINISHED,
            is_driving=state.is_driving,
            has_engine=state.has_combustion_engine,
            capacity=capacity or told,
            reported_capacity=told,
            zone=zone,
            position=position,
        )

    def driven_distance(self, mileage: float | None) -> float:
        """Return the distance in km that the car was driven since an odometer reading; 0 if it is unknown."""
        if mileage is None or self.sample.mileage is None:
            return 0.0
        return max(0.0, self.sample.mileage - mileage)

    def is_charged(self, rise: float, mileage: float | None) -> bool:
        """Return whether the level has risen by more than without charging, such as by driving downhill.

        Args:
            rise: By how much the level has risen, in %.
            mileage: The odometer reading before, in km.
        """
        distance = self.driven_distance(mileage)
        if self.is_charging and distance < MIN_DRIVE:
            return rise > 0
        # Odometers are rounded, and some follow after the drive
        explained = (distance if self.is_plugged else distance + MIN_DRIVE) * MAX_GAIN_PER_KM
        is_distance_unknown = not self.is_plugged and (self.is_driving or self.sample.mileage is None)
        if not self.has_engine:
            explained = MAX_GAIN_BY_BRAKING if is_distance_unknown else min(explained, MAX_GAIN_BY_BRAKING)
        if not self.is_charging:
            explained += LEVEL_DRIFT
        return rise > explained
