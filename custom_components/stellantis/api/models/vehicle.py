"""Vehicles, what they can do, and the user to whom they belong."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, override

from .base import JsonObject, Model, UpdatedModel, get_nested, json_names


class Motorization(StrEnum):
    """What a vehicle runs on."""

    ELECTRIC = "Electric"
    HYBRID = "Hybrid"
    THERMIC = "Thermic"
    HYDROGEN = "Hydrogen"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCapability(Model):
    """A kind of command.

    Attributes:
        supported: whether the vehicle takes it.
        scope_name: the scope that it needs.
    """

    supported: bool | None = None
    scope_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramsCapability(Model):
    """Programs that a vehicle takes.

    Attributes:
        supported: whether it takes them at all.
        size: how many at most.
    """

    supported: bool | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditioningParameters(Model):
    """How preconditioning can be commanded.

    Attributes:
        programs: whether and how many.
        immediate: at once.
    """

    programs: ProgramsCapability | None = None
    immediate: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditioningCapability(RemoteCapability):
    """Commands of preconditioning."""

    parameters: PreconditioningParameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmediateChargingCapability(Model):
    """Whether charging can be started and stopped at once."""

    start: bool | None = None
    stop: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingScheduleCapability(Model):
    """Whether charging can be planned, by programs or by its next start."""

    programs: ProgramsCapability | None = None
    next_delayed_time: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPreferencesCapability(Model):
    """Whether power level and type of a charge can be chosen."""

    level: bool | None = None
    type: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingParameters(Model):
    """How charging can be commanded."""

    immediate: ImmediateChargingCapability | None = None
    schedule: ChargingScheduleCapability | None = None
    preferences: ChargingPreferencesCapability | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingCapability(RemoteCapability):
    """Commands of charging."""

    parameters: ChargingParameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCapabilities(Model):
    """Each kind of command."""

    preconditioning: PreconditioningCapability | None = None
    charging: ChargingCapability | None = None
    door: RemoteCapability | None = None
    horn: RemoteCapability | None = None
    lights: RemoteCapability | None = None
    wakeup: RemoteCapability | None = None
    navigation: RemoteCapability | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities(Model):
    """What a vehicle can tell and be told.

    Attributes:
        data: the scopes of what it can tell, such as `data:telemetry:vehicle:doorsState`.
        remote: what it can be told.
    """

    data: frozenset[str] = frozenset()
    remote: RemoteCapabilities | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StolenCallCenter(Model):
    """Whom to call when the vehicle was stolen; only for some partners and where a country was asked for.

    Attributes:
        country_code: ISO 3166-1, two letters.
        phone_number: of the call centre.
    """

    country_code: str | None = None
    phone_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCenter(Model):
    """Call centres for a vehicle."""

    stolen: StolenCallCenter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle(UpdatedModel):
    """A vehicle of the user (`GET /user/vehicles`, `GET /user/vehicles/{id}`).

    Attributes:
        id: by which the API knows it.
        vin: its serial number.
        motorization: what it runs on.
        brand: a name, or a letter such as C.
        label: the model as its brand calls it.
        pictures: links.
        capabilities: what it can tell and be told; None where that was not asked for.
        call_center: whom to call.
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
    def normalize(cls, members: JsonObject) -> JsonObject:
        shaped = dict(members)
        for name, expected_type in (("brand", str), ("label", str), ("pictures", list), ("onboardCapabilities", dict)):
            shaped[name] = next(
                (found for found in _iter_candidates(members, name) if type(found) is expected_type), None
            )
        return shaped


def _iter_candidates(members: JsonObject, name: str) -> Iterator[Any]:
    """Where a member may be: the described place, the flat one of old, and one that was seen once."""
    extension, undocumented = get_nested(members, "_embedded", "extension"), members.get("vehicleExtension")
    yield get_nested(extension, "branding", name)
    yield get_nested(extension, name)
    yield get_nested(extension, name, name)
    yield members.get(name)
    yield get_nested(undocumented, "vehicleBranding", name)
    yield get_nested(undocumented, f"vehicle{name.capitalize()}", name)
    yield get_nested(undocumented, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class User(UpdatedModel):
    """The user who gave consent (`GET /user`).

    Attributes:
        email: address.
        first_name: given name.
        last_name: family name.
        vehicles: those of the user, without extensions.
    """

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    vehicles: tuple[Vehicle, ...] = ()

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        found = (get_nested(members, "_embedded", name) for name in ("Vehicles", "vehicles"))
        return {**members, "vehicles": next((vehicles for vehicles in found if type(vehicles) is list), None)}
