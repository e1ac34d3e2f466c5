"""The status of a car: the latest that the platform knows of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, override

from .adas import Adas
from .base import Bounds, Celsius, JsonObject, ModelGroup, Percent, TimedModel, UpdatedModel, json_names
from .body import Alarm, DoorsState, LightingSystem, Safety
from .energy import Energy, EnergySubType, EnergyType
from .engine import Engine, Powertrain
from .position import Position
from .preconditioning import Preconditioning


class IgnitionType(StrEnum):
    """The position of the key."""

    STOP = "Stop"
    START_UP = "StartUp"
    START = "Start"


class PrivacyState(StrEnum):
    """What the driver hides: nothing, the position, everything."""

    NONE = "None"
    GEOLOCATION = "Geolocation"
    FULL = "Full"


class ServiceType(StrEnum):
    """The kind of car that the connected services were made for."""

    ELECTRIC = "Electric"
    HYBRID = "Hybrid"
    UNKNOWN = "Unknown"


class DrivingMode(StrEnum):
    """The mode that the driver chose."""

    NORMAL = "Normal"
    SPORT = "Sport"
    COMFORT = "Comfort"
    ECO = "Eco"
    SAND = "Sand"
    MUD = "Mud"
    SNOW = "Snow"
    ZEV = "ZEV"
    HYBRID = "Hybrid"
    ZEV_ECO = "ZEVEco"
    HYBRID_ECO = "HybridEco"
    ECO_PLUS = "EcoPlus"
    EAWD = "eAWD"
    FOUR_AWD = "4AWD"
    REINFORCED_LOAD = "ReinforcedLoad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignition(TimedModel):
    """The position of the key."""

    type: IgnitionType | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy(TimedModel):
    """What the driver hides."""

    state: PrivacyState | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuxiliaryBattery(TimedModel):
    """The 12 V battery.

    Attributes:
        voltage: %, whatever its name says.
    """

    voltage: Percent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(TimedModel):
    """The kind of car; deprecated in favour of the vehicle's motorization."""

    type: ServiceType | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Odometer(TimedModel):
    """How far the car has come.

    Attributes:
        mileage: km.
    """

    mileage: Annotated[float, Bounds(0, 1e7)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinetic(TimedModel):
    """How the car moves. Can be a year old while the car stands.

    Attributes:
        moving: whether it does.
        speed: km/h.
        acceleration: m/s².
    """

    moving: bool | None = None
    speed: float | None = None
    acceleration: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Luminosity(TimedModel):
    """Whether it is day outside, as the car sees it."""

    day: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Air(TimedModel):
    """The air outside.

    Attributes:
        temp: °C.
    """

    temp: Celsius | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleEnvironment(ModelGroup):
    """What is around the car."""

    luminosity: Luminosity | None = None
    air: Air | None = None

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        if "createdAt" not in members and "updatedAt" not in members:
            return members
        # Until October 2023 both parts shared the time of the whole.
        times = {name: members[name] for name in ("createdAt", "updatedAt") if name in members}
        return {name: {**times, **part} if type(part) is dict else part for name, part in members.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingBehavior(TimedModel):
    """The mode that the driver chose."""

    mode: DrivingMode | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(UpdatedModel):
    """What the platform knows of a car (`GET /user/vehicles/{id}/status`), each part with its own time.

    `energies` and `engines` are in the order of their types, since cars send them in any order.
    """

    ignition: Ignition | None = None
    last_position: Position | None = None
    preconditioning: Preconditioning | None = field(
        default=None, metadata=json_names("preconditioning", "preconditionning")
    )
    energies: tuple[Energy, ...] = ()
    engines: tuple[Engine, ...] = ()
    powertrain: Powertrain | None = None
    doors_state: DoorsState | None = None
    privacy: Privacy | None = None
    battery: AuxiliaryBattery | None = None
    service: Service | None = None
    safety: Safety | None = None
    odometer: Odometer | None = field(default=None, metadata=json_names("odometer", "timed.odometer"))
    kinetic: Kinetic | None = None
    environment: VehicleEnvironment | None = None
    driving_behavior: DrivingBehavior | None = None
    lighting_system: LightingSystem | None = None
    alarm: Alarm | None = None
    adas: Adas | None = None

    @property
    def electric(self) -> Energy | None:
        """The electric energy, if the car lists one."""
        return next(self._energies_of_type(EnergyType.ELECTRIC), None)

    @property
    def fuel(self) -> Energy | None:
        """The fossil fuel, if the car lists one; electric cars list a ghost of it."""
        return next(self._energies_of_type(EnergyType.FUEL), None)

    @property
    def hydrogen(self) -> Energy | None:
        """The hydrogen, if the car lists it."""
        return next((energy for energy in self.energies if energy.sub_type == EnergySubType.HYDROGEN), None)

    def _energies_of_type(self, energy_type: EnergyType) -> Iterator[Energy]:
        return (e for e in self.energies if e.type == energy_type and e.sub_type != EnergySubType.HYDROGEN)

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        shaped = {**members, "energies": _sort_by_type(_merge_deprecated_energies(members))}
        if "engines" in members:
            shaped["engines"] = _sort_by_type(members["engines"])
        return shaped


def _merge_deprecated_energies(members: JsonObject) -> Any:
    """The energies, each with the time of its deprecated twin, which goes on when its own is frozen."""
    current, deprecated = members.get("energies"), members.get("energy")
    if type(current) is not list:
        return [deprecated] if type(deprecated) is dict else deprecated
    if type(deprecated) is not list:
        return current
    times = {
        f"{deprecated_energy.get('type')}": deprecated_energy["updatedAt"]
        for deprecated_energy in deprecated
        if type(deprecated_energy) is dict and "updatedAt" in deprecated_energy
    }
    return [
        {"updatedAt": times[energy_type], **energy}
        if type(energy) is dict and (energy_type := f"{energy.get('type')}") in times
        else energy
        for energy in current
    ]


def _sort_by_type(parts: Any) -> Any:
    return sorted(parts, key=_sort_key) if type(parts) is list and len(parts) > 1 else parts


def _sort_key(part: Any) -> str:
    return f"{part.get('type')} {part.get('subType') or ''}" if type(part) is dict else ""
