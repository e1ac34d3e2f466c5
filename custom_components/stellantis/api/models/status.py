"""Status of a vehicle, as last known to the platform."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, override

from .adas import Adas
from .base import Celsius, JsonObject, ModelGroup, Percent, TimedModel, UpdatedModel, json_names
from .body import Alarm, DoorsState, LightingSystem, Safety
from .deprecated import complete_energies, fill_missing
from .energy import Energy, EnergySubType, EnergyType
from .engine import Engine, Powertrain
from .odometer import Odometer
from .position import Position
from .preconditioning import Preconditioning


class IgnitionType(StrEnum):
    """Position of the ignition. FREE is not in the description, but cars report it."""

    STOP = "Stop"
    START_UP = "StartUp"
    START = "Start"
    FREE = "Free"


class PrivacyState(StrEnum):
    """Privacy mode chosen by the driver: nothing, only the position, or everything is hidden."""

    NONE = "None"
    GEOLOCATION = "Geolocation"
    FULL = "Full"


class ServiceType(StrEnum):
    """Type of vehicle that the connected services were made for."""

    ELECTRIC = "Electric"
    HYBRID = "Hybrid"
    UNKNOWN = "Unknown"


class DrivingMode(StrEnum):
    """Driving mode chosen by the driver."""

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
    """The ignition."""

    type: IgnitionType | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy(TimedModel):
    """The privacy mode."""

    state: PrivacyState | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuxiliaryBattery(TimedModel):
    """The 12 V battery.

    Attributes:
        voltage: Charge in %, despite its name.
    """

    voltage: Percent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(TimedModel):
    """The type of vehicle; deprecated in favor of the motorization of the vehicle."""

    type: ServiceType | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinetic(TimedModel):
    """Motion of the vehicle. May be up to a year old while it is parked.

    Attributes:
        moving: Whether the vehicle is moving.
        speed: Speed in km/h.
        acceleration: Acceleration in m/s².
    """

    moving: bool | None = None
    speed: float | None = None
    acceleration: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Luminosity(TimedModel):
    """Brightness outside: whether it is day."""

    day: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Air(TimedModel):
    """The air outside.

    Attributes:
        temp: Temperature in °C.
    """

    temp: Celsius | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleEnvironment(ModelGroup):
    """Surroundings of the vehicle."""

    luminosity: Luminosity | None = None
    air: Air | None = None

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        if "createdAt" not in data and "updatedAt" not in data:
            return data
        # Before October 2023 both parts shared the timestamp of the whole.
        times = {name: data[name] for name in ("createdAt", "updatedAt") if name in data}
        return {name: {**times, **part} if type(part) is dict else part for name, part in data.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingBehavior(TimedModel):
    """The driving mode."""

    mode: DrivingMode | str | None = None


def _deprecated_name(name: str, deprecated_name: str) -> Mapping[str, Any]:
    """Return the metadata of a part that is also in bodies under a deprecated name, and may have more members there."""

    def read(members: JsonObject) -> Any:
        current, deprecated = members.get(name), members.get(deprecated_name)
        if type(deprecated) is not dict or current == deprecated:
            return current
        return fill_missing(current, deprecated) if type(current) is dict else deprecated

    return json_names(name, deprecated_name, read_fn=read)


def _read_energies(members: JsonObject) -> Any:
    return _sort_by_type(complete_energies(members.get("energies"), members.get("energy")))


def _read_engines(members: JsonObject) -> Any:
    return _sort_by_type(members.get("engines"))


def _sort_by_type(parts: Any) -> Any:
    return sorted(parts, key=_sort_key) if type(parts) is list and len(parts) > 1 else parts


def _sort_key(part: Any) -> str:
    return f"{part.get('type') or ''} {part.get('subType') or ''}" if type(part) is dict else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(UpdatedModel):
    """Last known status of a vehicle, each part with its own timestamp (GET /user/vehicles/{id}/status).

    `energies` and `engines` are sorted by type, because vehicles send them in any order.

    Attributes:
        redated_at: The time that replaced timestamps ahead of now; not in bodies, but set when statuses are merged.
    """

    ignition: Ignition | None = None
    last_position: Position | None = None
    preconditioning: Preconditioning | None = field(
        default=None, metadata=_deprecated_name("preconditioning", "preconditionning")
    )
    energies: tuple[Energy, ...] = field(default=(), metadata=json_names("energies", "energy", read_fn=_read_energies))
    engines: tuple[Engine, ...] = field(default=(), metadata=json_names("engines", read_fn=_read_engines))
    powertrain: Powertrain | None = None
    doors_state: DoorsState | None = None
    privacy: Privacy | None = None
    battery: AuxiliaryBattery | None = None
    service: Service | None = None
    safety: Safety | None = None
    odometer: Odometer | None = field(default=None, metadata=_deprecated_name("odometer", "timed.odometer"))
    kinetic: Kinetic | None = None
    environment: VehicleEnvironment | None = None
    driving_behavior: DrivingBehavior | None = None
    lighting_system: LightingSystem | None = None
    alarm: Alarm | None = None
    adas: Adas | None = None
    redated_at: datetime | None = field(default=None, compare=False)

    @property
    def electric(self) -> Energy | None:
        """The electric energy, if any."""
        return next(self._energies_of_type(EnergyType.ELECTRIC), None)

    @property
    def fuel(self) -> Energy | None:
        """The fossil fuel, if any. Electric vehicles also list a meaningless one."""
        return next(self._energies_of_type(EnergyType.FUEL), None)

    @property
    def hydrogen(self) -> Energy | None:
        """The hydrogen, if any."""
        return next((energy for energy in self.energies if energy.sub_type == EnergySubType.HYDROGEN), None)

    def _energies_of_type(self, energy_type: EnergyType) -> Iterator[Energy]:
        return (
            energy
            for energy in self.energies
            if energy.type == energy_type and energy.sub_type != EnergySubType.HYDROGEN
        )
