"""What a state of a car tells about charging."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from ..api import ChargingStatus
from .battery import battery_capacity, is_capacity_checked
from .state import VehicleState
from .stored import StoredModel
from .trip import Coordinates

# Maximum difference between the charged energy by level, which is in whole %, and by residual energy, as a share of
# the capacity
ENERGY_TOLERANCE: Final = 0.05
# The difference between two levels in whole % is wrong by less
MAX_ROUNDING: Final = 2.0
# A car that moved less was not driven: odometers waver, and cars are maneuvered
MIN_DRIVE: Final = 1.0  # km
# The level of a parked car wavers with the temperature, in %
LEVEL_DRIFT: Final = 2.0
# Driving downhill, and the combustion engine of a hybrid, raise the level. The first bounds it in % per km, the
# second in % for a car without an engine
MAX_GAIN_PER_KM: Final = 3.0
MAX_GAIN_BY_BRAKING: Final = 20.0
# The speed of a shorter charge is not known
MIN_SPEED_GAIN: Final = 5.0
MIN_SPEED_TIME: Final = timedelta(minutes=15)


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
class ObservedCharge(StoredModel):
    """The part of a charging session in which all reports of the car said that it charges.

    Attributes:
        first: The first of these reports.
        last: The last one.
    """

    first: BatterySample
    last: BatterySample

    @classmethod
    def extend(cls, observed: Self | None, sample: BatterySample) -> Self:
        """Return what was seen of a charge with one more report, which may be the first one."""
        return cls(first=observed.first if observed else sample, last=sample)

    def speed(
        self, capacity: float | None, *, min_gain: float = MIN_SPEED_GAIN, min_time: timedelta = MIN_SPEED_TIME
    ) -> float | None:
        """Return the charging speed in % per hour; None if the charge was too short.

        Args:
            capacity: The reported battery capacity in kWh. With it, the residual energy tells more than whole %.
            min_gain: The level must have risen by so many %.
            min_time: The time that must have passed.
        """
        gain, duration = self.last.level - self.first.level, self.last.measured_at - self.first.measured_at
        if gain < min_gain or duration < min_time:
            return None
        if capacity and self.first.residual is not None and self.last.residual is not None:
            precise = (self.last.residual - self.first.residual) / capacity * 100
            gain = precise if abs(precise - gain) < MAX_ROUNDING else gain
        return gain / (duration / timedelta(hours=1))


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
        told = battery_capacity(energy) if is_capacity_checked(energy) else None
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

    def first_sample(self, last: BatterySample | None) -> BatterySample:
        """Return the first sample of a charge; the energy that came before it, but less than 1 %, counts as well.

        Args:
            last: What was known of the battery before.
        """
        sample = self.sample
        if last is None or last.level != sample.level or self.driven_distance(last.mileage) >= MIN_DRIVE:
            return sample
        if last.residual is None or sample.residual is None:
            return sample
        return replace(sample, residual=min(last.residual, sample.residual))

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
