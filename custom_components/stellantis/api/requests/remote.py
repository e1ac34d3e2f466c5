"""Commands to vehicles. A request contains exactly one."""

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
from .base import RequestBody, check, check_has_time_zone

_SLOTS = range(1, 5)
_MAX_PLACES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock(RequestBody):
    """Lock the doors.

    Attributes:
        forced: Whether to lock even if the key is inside. Deprecated: not supported by every vehicle.
    """

    state: DoorTargetState = field(default=DoorTargetState.LOCKED, init=False)
    forced: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock(RequestBody):
    """Unlock the doors."""

    state: DoorTargetState = field(default=DoorTargetState.UNLOCKED, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundHorn(RequestBody):
    """Sound the horn or stop it."""

    state: HornState = HornState.ACTIVATED


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLights(RequestBody):
    """Switch the lights on or off."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp(RequestBody):
    """Wake the vehicle so that it sends its status. Uses the 12 V battery and counts toward a monthly quota."""

    action: str = field(default="WakeUp", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(RequestBody):
    """A destination or waypoint.

    Attributes:
        longitude: Degrees east, WGS 84.
        latitude: Degrees north, WGS 84.
    """

    longitude: float
    latitude: float

    def __post_init__(self) -> None:
        check("longitude", "must be -180 to 180", is_valid=-180 <= self.longitude <= 180)  # noqa: PLR2004
        check("latitude", "must be -90 to 90", is_valid=-90 <= self.latitude <= 90)  # noqa: PLR2004

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Convert to GeoJSON."""
        return {"type": "Point", "coordinates": [members["longitude"], members["latitude"]]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigate(RequestBody):
    """Send one to ten places to the navigation system.

    Attributes:
        positions: Waypoints, followed by the destination.
        driver_approval: Whether the driver is asked first. Deprecated.
    """

    positions: tuple[Place, ...]
    driver_approval: bool | None = None

    def __post_init__(self) -> None:
        check("positions", f"must be 1 to {_MAX_PLACES}", is_valid=1 <= len(self.positions) <= _MAX_PLACES)

    class Config(RequestBody.Config):
        """Names in the API."""

        aliases = {"driver_approval": "driverApproval"}  # noqa: RUF012 - as declared by mashumaro


def _serialize_days(days: tuple[Day, ...]) -> dict[str, Any]:
    return {"day": [day.value for day in days]}


_OCCURRENCE_OPTIONS: Mapping[str, Any] = MappingProxyType(field_options(alias="occurence", serialize=_serialize_days))
_ACTION_OPTIONS: Mapping[str, Any] = MappingProxyType(field_options(alias="actionsType"))


def _check_days(days: tuple[Day, ...]) -> None:
    check("days", "must not be empty and must be unique", is_valid=0 < len(days) == len(set(days)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProgram(RequestBody):
    """Create or update a preconditioning program.

    Attributes:
        slot: Number, 1 to 4.
        enabled: Whether to enable it.
        start: Local time of day.
        days: Days on which it runs.
        recurrence: Whether it repeats.
    """

    slot: int
    enabled: bool
    start: time
    days: tuple[Day, ...] = field(metadata=_OCCURRENCE_OPTIONS)
    recurrence: Recurrence = Recurrence.DAILY
    action: ProgramAction = field(default=ProgramAction.SET, init=False, metadata=_ACTION_OPTIONS)

    def __post_init__(self) -> None:
        check("slot", "must be 1 to 4", is_valid=self.slot in _SLOTS)
        _check_days(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteProgram(RequestBody):
    """Delete a preconditioning program.

    Attributes:
        slot: Number, 1 to 4.
    """

    slot: int
    # Meaningless here, but required by the API for every program
    start: time = field(default=time(), init=False)
    action: ProgramAction = field(default=ProgramAction.DELETE, init=False, metadata=_ACTION_OPTIONS)

    def __post_init__(self) -> None:
        check("slot", "must be 1 to 4", is_valid=self.slot in _SLOTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditionCommand(RequestBody):
    """Start or stop preconditioning, change its programs, or both.

    Attributes:
        immediate: True to start, False to stop, None for neither.
        programs: Programs to set or delete, each slot at most once.
    """

    immediate: bool | None = None
    programs: tuple[SetProgram | DeleteProgram, ...] = ()

    def __post_init__(self) -> None:
        check(
            "immediate",
            "must be set if there is no program",
            is_valid=self.immediate is not None or bool(self.programs),
        )
        slots = {program.slot for program in self.programs}
        check("programs", "must have unique slots", is_valid=len(slots) == len(self.programs))

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Nest the members as in the API."""
        return {"airConditioning": {name: value for name, value in members.items() if value != []}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCommand(RequestBody):
    """Start or stop charging.

    Attributes:
        immediate: True to start, False to stop.
    """

    immediate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChargingProgram(RequestBody):
    """A charging program to set.

    Attributes:
        start: Local time of day.
        end: Local time of day.
        days: Days on which it starts.
        enabled: Whether to enable it.
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
    """Set the charging schedule.

    Attributes:
        schedule: Start of the next charge, or charging programs.
        immediate: True to start charging as well, False to stop it.
    """

    schedule: datetime | tuple[NewChargingProgram, ...] = field(metadata=field_options(serialize=_serialize_schedule))
    immediate: bool | None = None

    def __post_init__(self) -> None:
        if isinstance(self.schedule, datetime):
            check_has_time_zone("schedule", self.schedule)
        else:
            check("schedule", "must contain at least one program", is_valid=bool(self.schedule))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChargingPreferences(RequestBody):
    """Set the charging power level, the charging type, or both."""

    level: ChargingPowerLevel | None = None
    type: ChargingType | None = None

    def __post_init__(self) -> None:
        check("level", "must be set if there is no type", is_valid=self.level is not None or self.type is not None)

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Nest the members as in the API."""
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
    """A request to send a command.

    Attributes:
        action: Command to the vehicle.
        label: Name.
        attributes: Header and body attributes added to its notifications.
        callback_attributes: Attributes added to those of the callback.
    """

    command: RemoteCommand
    label: str | None = None
    attributes: tuple[NewAttribute, ...] = ()
    callback_attributes: CallbackAttributes | None = None

    def __post_init__(self) -> None:
        check_attribute_types(self.attributes, AttributeType.HEADER, AttributeType.BODY)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON body."""
        optional = {
            "label": self.label,
            "attributes": [attribute.to_dict() for attribute in self.attributes] or None,
            "callbackAttributes": self.callback_attributes and self.callback_attributes.to_dict(),
        }
        return {
            **{name: value for name, value in optional.items() if value is not None},
            _COMMAND_KEYS[type(self.command)]: self.command.to_dict(),
        }
