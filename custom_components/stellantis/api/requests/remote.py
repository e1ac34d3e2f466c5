"""Commands to send: one at a time, since a request holds one action."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from types import MappingProxyType
from typing import Any, override

from mashumaro import field_options

from ..models.callback import AttributeType
from ..models.energy import ChargingPowerLevel, ChargingType
from ..models.program import Day, Recurrence
from ..models.remote import DoorTargetState, HornState, ProgramAction
from ..wire import format_timestamp
from .attribute import CallbackAttributes, NewAttribute, check_attribute_types
from .body import RequestBody, check, check_has_time_zone

_SLOTS = range(1, 5)
_MAX_PLACES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock(RequestBody):
    """Lock the doors.

    Attributes:
        forced: even if the key is inside. Deprecated: not every vehicle can.
    """

    state: DoorTargetState = field(default=DoorTargetState.LOCKED, init=False)
    forced: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock(RequestBody):
    """Unlock the doors."""

    state: DoorTargetState = field(default=DoorTargetState.UNLOCKED, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundHorn(RequestBody):
    """Sound the horn, or stop it."""

    state: HornState = HornState.ACTIVATED


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLights(RequestBody):
    """Switch the lights on or off."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp(RequestBody):
    """Wake the vehicle, so that it tells how it is. Takes from the 12 V battery and from a monthly allowance."""

    action: str = field(default="WakeUp", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(RequestBody):
    """A place to drive to.

    Attributes:
        longitude: degrees east, WGS 84.
        latitude: degrees north, WGS 84.
    """

    longitude: float
    latitude: float

    def __post_init__(self) -> None:
        check("longitude", "it is -180 to 180", is_valid=-180 <= self.longitude <= 180)  # noqa: PLR2004
        check("latitude", "it is -90 to 90", is_valid=-90 <= self.latitude <= 90)  # noqa: PLR2004

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """As GeoJSON."""
        return {"type": "Point", "coordinates": [members["longitude"], members["latitude"]]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigate(RequestBody):
    """Send one to ten places to the navigation: the last is the destination, the others lie on the way.

    Attributes:
        positions: the places.
        driver_approval: whether the driver is asked first. Deprecated.
    """

    positions: tuple[Place, ...]
    driver_approval: bool | None = None

    def __post_init__(self) -> None:
        check("positions", f"there are 1 to {_MAX_PLACES}", is_valid=1 <= len(self.positions) <= _MAX_PLACES)

    class Config(RequestBody.Config):
        """The API's names."""

        aliases = {"driver_approval": "driverApproval"}  # noqa: RUF012 - mashumaro declares it so


def _serialize_days(days: tuple[Day, ...]) -> dict[str, Any]:
    return {"day": [day.value for day in days]}


_OCCURRENCE_OPTIONS: Mapping[str, Any] = MappingProxyType(field_options(alias="occurence", serialize=_serialize_days))
_ACTION_OPTIONS: Mapping[str, Any] = MappingProxyType(field_options(alias="actionsType"))


def _check_days(days: tuple[Day, ...]) -> None:
    check("days", "there is at least one, and each once", is_valid=0 < len(days) == len(set(days)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProgram(RequestBody):
    """Make or change a program of preconditioning.

    Attributes:
        slot: its number, 1 to 4.
        enabled: whether it will run.
        start: local time of day.
        days: on which it runs.
        recurrence: whether it repeats.
    """

    slot: int
    enabled: bool
    start: time
    days: tuple[Day, ...] = field(metadata=_OCCURRENCE_OPTIONS)
    recurrence: Recurrence = Recurrence.DAILY
    action: ProgramAction = field(default=ProgramAction.SET, init=False, metadata=_ACTION_OPTIONS)

    def __post_init__(self) -> None:
        check("slot", "it is 1 to 4", is_valid=self.slot in _SLOTS)
        _check_days(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteProgram(RequestBody):
    """Delete a program of preconditioning.

    Attributes:
        slot: its number, 1 to 4.
    """

    slot: int
    # Means nothing here, but the description demands it of every program
    start: time = field(default=time(), init=False)
    action: ProgramAction = field(default=ProgramAction.DELETE, init=False, metadata=_ACTION_OPTIONS)

    def __post_init__(self) -> None:
        check("slot", "it is 1 to 4", is_valid=self.slot in _SLOTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditionCommand(RequestBody):
    """Start or stop preconditioning, change its programs, or both.

    Attributes:
        immediate: start or stop at once; neither where it is None.
        programs: what to do to the programs, each slot once.
    """

    immediate: bool | None = None
    programs: tuple[SetProgram | DeleteProgram, ...] = ()

    def __post_init__(self) -> None:
        check("immediate", "it or a program is there", is_valid=self.immediate is not None or bool(self.programs))
        slots = {program.slot for program in self.programs}
        check("programs", "each slot comes once", is_valid=len(slots) == len(self.programs))

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Wrapped, as the API has it."""
        return {"airConditioning": {name: value for name, value in members.items() if value != []}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCommand(RequestBody):
    """Start charging at once, or stop it.

    Attributes:
        immediate: True starts.
    """

    immediate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChargingProgram(RequestBody):
    """When to charge.

    Attributes:
        start: local time of day.
        end: local time of day.
        days: on which it begins.
        enabled: whether it will run.
    """

    start: time
    end: time | None = None
    days: tuple[Day, ...] = field(metadata=_OCCURRENCE_OPTIONS)
    enabled: bool = True

    def __post_init__(self) -> None:
        _check_days(self.days)


def _serialize_schedule(schedule: datetime | tuple[NewChargingProgram, ...]) -> dict[str, Any]:
    if isinstance(schedule, datetime):
        return {"nextDelayedTime": format_timestamp(schedule)}
    return {"programs": [program.to_dict() for program in schedule]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCharging(RequestBody):
    """Say when to charge.

    Attributes:
        schedule: when the next charge begins, or programs for all of them.
        immediate: start or stop at once too.
    """

    schedule: datetime | tuple[NewChargingProgram, ...] = field(metadata=field_options(serialize=_serialize_schedule))
    immediate: bool | None = None

    def __post_init__(self) -> None:
        if isinstance(self.schedule, datetime):
            check_has_time_zone("schedule", self.schedule)
        else:
            check("schedule", "there is at least one program", is_valid=bool(self.schedule))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChargingPreferences(RequestBody):
    """Say how to charge: with how much power, and whether to the full. At least one of them."""

    level: ChargingPowerLevel | None = None
    type: ChargingType | None = None

    def __post_init__(self) -> None:
        check("level", "it or the type is there", is_valid=self.level is not None or self.type is not None)

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Wrapped, as the API has it."""
        return {"preferences": members}


type RemoteCommand = (
    Lock
    | Unlock
    | SoundHorn
    | SwitchLights
    | WakeUp
    | Navigate
    | PreconditionCommand
    | ChargeCommand
    | ScheduleCharging
    | SetChargingPreferences
)

_COMMAND_KEYS: Mapping[type[RequestBody], str] = MappingProxyType(
    {
        Lock: "door",
        Unlock: "door",
        SoundHorn: "horn",
        SwitchLights: "lights",
        WakeUp: "wakeUp",
        Navigate: "navigation",
        PreconditionCommand: "preconditioning",
        ChargeCommand: "charging",
        ScheduleCharging: "charging",
        SetChargingPreferences: "charging",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRequest:
    """A command to send.

    Attributes:
        action: what the vehicle shall do.
        label: a name for it.
        attributes: what is added to its notifications: headers and body.
        callback_attributes: what is added to the attributes of the callback.
    """

    command: RemoteCommand
    label: str | None = None
    attributes: tuple[NewAttribute, ...] = ()
    callback_attributes: CallbackAttributes | None = None

    def __post_init__(self) -> None:
        check_attribute_types(self.attributes, AttributeType.HEADER, AttributeType.BODY)

    def to_dict(self) -> dict[str, Any]:
        """Its members."""
        optional = {
            "label": self.label,
            "attributes": [attribute.to_dict() for attribute in self.attributes] or None,
            "callbackAttributes": self.callback_attributes and self.callback_attributes.to_dict(),
        }
        return {
            **{name: value for name, value in optional.items() if value is not None},
            _COMMAND_KEYS[type(self.command)]: self.command.to_dict(),
        }
