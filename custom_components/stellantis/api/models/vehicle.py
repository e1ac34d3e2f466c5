"""Vehicles, their capabilities, and the user who owns them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, override

from .base import JsonObject, Model, UpdatedModel, get_nested, json_names


class Motorization(StrEnum):
    """Motorization of a vehicle."""

    ELECTRIC = "Electric"
    HYBRID = "Hybrid"
    THERMIC = "Thermic"
    HYDROGEN = "Hydrogen"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCapability(Model):
    """Support for a type of command.

    Attributes:
        supported: Whether the vehicle supports it.
        scope_name: OAuth scope that it requires.
    """

    supported: bool | None = None
    scope_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramsCapability(Model):
    """Support for programs.

    Attributes:
        supported: Whether the vehicle supports programs.
        size: Maximum number of programs.
    """

    supported: bool | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditioningParameters(Model):
    """Support for variants of preconditioning commands.

    Attributes:
        programs: Support for programs.
        immediate: Whether preconditioning can be started immediately.
    """

    programs: ProgramsCapability | None = None
    immediate: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditioningCapability(RemoteCapability):
    """Support for preconditioning commands."""

    parameters: PreconditioningParameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmediateChargingCapability(Model):
    """Whether charging can be started and stopped immediately."""

    start: bool | None = None
    stop: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingScheduleCapability(Model):
    """Whether charging can be scheduled, by programs or by the start of the next charge."""

    programs: ProgramsCapability | None = None
    next_delayed_time: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPreferencesCapability(Model):
    """Whether the charging power level and type can be set."""

    level: bool | None = None
    type: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingParameters(Model):
    """Support for variants of charging commands."""

    immediate: ImmediateChargingCapability | None = None
    schedule: ChargingScheduleCapability | None = None
    preferences: ChargingPreferencesCapability | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingCapability(RemoteCapability):
    """Support for charging commands."""

    parameters: ChargingParameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCapabilities(Model):
    """Support for each type of command."""

    preconditioning: PreconditioningCapability | None = None
    charging: ChargingCapability | None = None
    door: RemoteCapability | None = None
    horn: RemoteCapability | None = None
    lights: RemoteCapability | None = None
    wakeup: RemoteCapability | None = None
    navigation: RemoteCapability | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities(Model):
    """Capabilities of a vehicle.

    Attributes:
        data: Scopes of the data it provides, such as `data:telemetry:vehicle:doorsState`.
        remote: Support for commands.
    """

    data: frozenset[str] = frozenset()
    remote: RemoteCapabilities | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StolenCallCenter(Model):
    """Call center for stolen vehicles; only for some partners, and only if a country was requested.

    Attributes:
        country_code: ISO 3166-1 alpha-2 code.
        phone_number: Phone number.
    """

    country_code: str | None = None
    phone_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCenter(Model):
    """Call centers for a vehicle."""

    stolen: StolenCallCenter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle(UpdatedModel):
    """A vehicle of the user (GET /user/vehicles, GET /user/vehicles/{id}).

    Attributes:
        id: Identifier in the API.
        vin: Vehicle identification number.
        motorization: Motorization.
        brand: Name of the brand, or a letter such as C.
        label: Name of the model.
        pictures: URLs of pictures.
        capabilities: Capabilities; None unless requested.
        call_center: Call centers.
    """

    id: str | None = None
    vin: str | None = None
    motorization: Motorization | str | None = None
    brand: str | None = None
    label: str | None = None
    pictures: tuple[str, ...] = ()
    capabilities: Capabilities | None = field(default=None, metadata=json_names("onboardCapabilities"))
    call_center: CallCenter | None = None

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        shaped = dict(data)
        for name, expected_type in (("brand", str), ("label", str), ("pictures", list), ("onboardCapabilities", dict)):
            candidates = (value for value in _iter_candidates(data, name) if type(value) is expected_type)
            shaped[name] = next((value for value in candidates if type(value) is not str or value.strip()), None)
        return shaped


def _iter_candidates(data: JsonObject, name: str) -> Iterator[Any]:
    """Yield the values where a member may be: as documented, as in old flat bodies, and as observed once."""
    extension, undocumented = get_nested(data, "_embedded", "extension"), data.get("vehicleExtension")
    yield get_nested(extension, "branding", name)
    yield get_nested(extension, name)
    yield get_nested(extension, name, name)
    yield data.get(name)
    yield get_nested(undocumented, "vehicleBranding", name)
    yield get_nested(undocumented, f"vehicle{name.capitalize()}", name)
    yield get_nested(undocumented, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class User(UpdatedModel):
    """The user who gave consent (GET /user).

    Attributes:
        email: Email address.
        first_name: First name.
        last_name: Last name.
        vehicles: Vehicles of the user, without extensions.
    """

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    vehicles: tuple[Vehicle, ...] = ()

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        candidates = (get_nested(data, "_embedded", name) for name in ("Vehicles", "vehicles"))
        return {**data, "vehicles": next((vehicles for vehicles in candidates if type(vehicles) is list), None)}
