"""Telemetry: samples measured by a vehicle on its trips."""

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
from .odometer import Odometer
from .position import Position
from .status import AuxiliaryBattery, DrivingBehavior, Ignition, Kinetic, Privacy, VehicleEnvironment


class GearRatio(StrEnum):
    """Engaged gear."""

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
    """Speed of the wipers."""

    HIGH = "High"
    LOW = "Low"


@dataclass(frozen=True, slots=True, kw_only=True)
class GearboxMode(Model):
    """Active modes of the gearbox."""

    automatic: bool | None = None
    sport: bool | None = None
    snow: bool | None = None
    sequential: bool | None = None
    semi_manual: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gearbox(Model):
    """The gearbox.

    Attributes:
        mode: Active modes.
        ratio: Engaged gear.
    """

    mode: GearboxMode | None = None
    ratio: GearRatio | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmission(Model):
    """The transmission."""

    gearbox: Gearbox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WipingBlades(Model):
    """The wipers.

    Attributes:
        active: Whether they are active.
        speed: Speed while they are active.
    """

    active: bool | None = None
    speed: WipingSpeed | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleTelemetry(Model):
    """State of the vehicle in a sample, in the same units as in the status; its time is that of the sample."""

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
    """A sample of a vehicle or on a trip (GET /user/vehicles/{id}/telemetry).

    Attributes:
        privacy: Privacy mode.
        vehicle: State of the vehicle.
        environment: Surroundings of the vehicle.
        location: Position; None unless requested.
        maintenance: Next maintenance; None unless requested.
        trip_id: Identifier of the trip.
    """

    privacy: Privacy | None = None
    vehicle: VehicleTelemetry | None = None
    environment: VehicleEnvironment | None = None
    location: Position | None = None
    maintenance: Maintenance | None = None
    trip_id: str | None = None

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        extension = get_nested(data, "_embedded", "extension")
        return {
            **data,
            "location": get_nested(extension, "location"),
            "maintenance": get_nested(extension, "maintenance"),
            "tripId": get_linked_id(data, "trip", "trips"),
        }
