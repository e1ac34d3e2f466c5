"""What a car measured on its way, sample by sample."""

from dataclasses import dataclass
from enum import StrEnum
from typing import override

from .adas import Adas
from .base import JsonObject, Model, TimedModel, get_nested
from .body import Alarm, DoorsState, LightingSystem, Safety
from .energy import Energy
from .engine import Engine, Powertrain
from .links import get_linked_id
from .maintenance import Maintenance
from .position import Position
from .status import AuxiliaryBattery, DrivingBehavior, Ignition, Kinetic, Odometer, Privacy, VehicleEnvironment


class GearRatio(StrEnum):
    """The gear that is in."""

    FIRST = "Ratio1"
    SECOND = "Ratio2"
    THIRD = "Ratio3"
    FOURTH = "Ratio4"
    FIFTH = "Ratio5"
    SIXTH = "Ratio6"
    SEVENTH = "Ratio7"
    EIGHTH = "Ratio8"
    NEUTRAL = "Neutral"
    REVERSE = "Reverse"


class WipingSpeed(StrEnum):
    """How fast the wipers go."""

    HIGH = "High"
    LOW = "Low"


@dataclass(frozen=True, slots=True, kw_only=True)
class GearboxMode(Model):
    """Which modes of the gearbox are on."""

    automatic: bool | None = None
    sport: bool | None = None
    snow: bool | None = None
    sequential: bool | None = None
    semi_manual: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gearbox(Model):
    """The gearbox.

    Attributes:
        mode: which modes are on.
        ratio: the gear that is in.
    """

    mode: GearboxMode | None = None
    ratio: GearRatio | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmission(Model):
    """What carries the power to the wheels."""

    gearbox: Gearbox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WipingBlades(Model):
    """The wipers.

    Attributes:
        active: whether they go.
        speed: how fast, while they go.
    """

    active: bool | None = None
    speed: WipingSpeed | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleTelemetry(Model):
    """What a car measured of itself, in the units of its status; the time is that of the sample."""

    engines: tuple[Engine, ...] = ()
    energies: tuple[Energy, ...] = ()
    transmission: Transmission | None = None
    powertrain: Powertrain | None = None
    adas: Adas | None = None
    lighting_system: LightingSystem | None = None
    ignition: Ignition | None = None
    doors_state: DoorsState | None = None
    battery: AuxiliaryBattery | None = None
    safety: Safety | None = None
    wiping_blades: WipingBlades | None = None
    odometer: Odometer | None = None
    kinetic: Kinetic | None = None
    driving_behavior: DrivingBehavior | None = None
    alarm: Alarm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry(TimedModel):
    """One sample (`GET /user/vehicles/{id}/telemetry`, and of a trip).

    Attributes:
        privacy: what the driver hides.
        vehicle: what the car measured of itself.
        environment: what is around the car.
        location: where it was; None where that was not asked for.
        maintenance: the next one; None where that was not asked for.
        trip_id: of the trip to which the sample belongs.
    """

    privacy: Privacy | None = None
    vehicle: VehicleTelemetry | None = None
    environment: VehicleEnvironment | None = None
    location: Position | None = None
    maintenance: Maintenance | None = None
    trip_id: str | None = None

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        extension = get_nested(members, "_embedded", "extension")
        return {
            **members,
            "location": get_nested(extension, "location"),
            "maintenance": get_nested(extension, "maintenance"),
            "tripId": get_linked_id(members, "trip", "trips"),
        }
