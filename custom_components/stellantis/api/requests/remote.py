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
from ..models.remote import DoorState, HornState, ProgramAction
from ..wire import timestamp
from .attribute import CallbackAttributes, NewAttribute, check_attributes
from .body import Body, check, check_time

_SLOTS = range(1, 5)
_MOST_PLACES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock(Body):
    """Lock the doors.

    Attributes:
        forced: even if the key is inside. Deprecated: not every vehicle can.
    """

    state: DoorState = field(default=DoorState.LOCKED, init=False)
    forced: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock(Body):
    """Unlock the doors."""

    state: DoorState = field(default=DoorState.UNLOCKED, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundHorn(Body):
    """Sound the horn, or stop it."""

    state: HornState = HornState.ACTIVATED


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLights(Body):
    """Switch the lights on or off."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp(Body):
    """Wake the vehicle, so that it tells how it is. Takes from the 12 V battery and from a monthly allowance."""

    action: str = field(default="WakeUp", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Body):
    """A place to drive to.

    Attributes:
        longitude: degrees east, WGS 84.
        latitude: degrees north, WGS 84.
    """

    longitude: float
    latitude: float

    def __post_init__(self) -> None:
        check("longitude", "it is -180 to 180", that=-180 <= self.longitude <= 180)  # noqa: PLR2004
        check("latitude", "it is -90 to 90", that=-90 <= self.latitude <= 90)  # noqa: PLR2004

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """As GeoJSON."""
        return {"type": "Point", "coordinates": [members["longitude"], members["latitude"]]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigate(Body):
    """Send one to ten places to the navigation: the last is the destination, the others lie on the way.

    Attributes:
        positions: the places.
        driver_approval: whether the driver is asked first. Deprecated.
    """

    positions: tuple[Place, ...]
    driver_approval: bool | None = None

    def __post_init__(self) -> None:
        check("positions", f"there are 1 to {_MOST_PLACES}", that=1 <= len(self.positions) <= _MOST_PLACES)

    class Config(Body.Config):
        """The API's names."""

        aliases = {"driver_approval": "driverApproval"}  # noqa: RUF012 - mashumaro declares it so


def _days(days: tuple[Day, ...]) -> dict[str, Any]:
    return {"day": [day.value for day in days]}


_OCCURRENCE: Mapping[str, Any] = MappingProxyType(field_options(alias="occurence", serialize=_days))
_ACTION: Mapping[str, Any] = MappingProxyType(field_options(alias="actionsType"))


def _check_days(days: tuple[Day, ...]) -> None:
    check("days", "there is at least one, and each once", that=0 < len(days) == len(set(days)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProgram(Body):
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
    days: tuple[Day, ...] = field(metadata=_OCCURRENCE)
    recurrence: Recurrence = Recurrence.DAILY
    action: ProgramAction = field(default=ProgramAction.SET, init=False, metadata=_ACTION)

    def __post_init__(self) -> None:
        check("slot", "it is 1 to 4", that=self.slot in _SLOTS)
        _check_days(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteProgram(Body):
    """Delete a program of preconditioning.

    Attributes:
        slot: its number, 1 to 4.
    """

    slot: int
    # Means nothing here, but the description demands it of every program
    start: time = field(default=time(), init=False)
    action: ProgramAction = field(default=ProgramAction.DELETE, init=False, metadata=_ACTION)

    def __post_init__(self) -> None:
        check("slot", "it is 1 to 4", that=self.slot in _SLOTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition(Body):
    """Start or stop preconditioning, change its programs, or both.

    Attributes:
        immediate: start or stop at once; neither where it is None.
        programs: what to do to the programs, each slot once.
    """

    immediate: bool | None = None
    programs: tuple[SetProgram | DeleteProgram, ...] = ()

    def __post_init__(self) -> None:
        check("immediate", "it or a program is there", that=self.immediate is not None or bool(self.programs))
        slots = {program.slot for program in self.programs}
        check("programs", "each slot comes once", that=len(slots) == len(self.programs))

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Wrapped, as the API has it."""
        return {"airConditioning": {name: value for name, value in members.items() if value != []}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge(Body):
    """Start charging at once, or stop it.

    Attributes:
        immediate: True starts.
    """

    immediate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProgram(Body):
    """When to charge.

    Attributes:
        start: local time of day.
        end: local time of day.
        days: on which it begins.
        enabled: whether it will run.
    """

    start: time
    end: time | None = None
    days: tuple[Day, ...] = field(metadata=_OCCURRENCE)
    enabled: bool = True

    def __post_init__(self) -> None:
        _check_days(self.days)


def _schedule(schedule: datetime | tuple[ChargingProgram, ...]) -> dict[str, Any]:
    if isinstance(schedule, datetime):
        return {"nextDelayedTime": timestamp(schedule)}
    return {"programs": [program.to_dict() for program in schedule]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCharging(Body):
    """Say when to charge.

    Attributes:
        schedule: when the next charge begins, or programs for all of them.
        immediate: start or stop at once too.
    """

    schedule: datetime | tuple[ChargingProgram, ...] = field(metadata=field_options(serialize=_schedule))
    immediate: bool | None = None

    def __post_init__(self) -> None:
        if isinstance(self.schedule, datetime):
            check_time("schedule", self.schedule)
        else:
            check("schedule", "there is at least one program", that=bool(self.schedule))


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferCharging(Body):
    """Say how to charge: with how much power, and whether to the full. At least one of them."""

    level: ChargingPowerLevel | None = None
    type: ChargingType | None = None

    def __post_init__(self) -> None:
        check("level", "it or the type is there", that=self.level is not None or self.type is not None)

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Wrapped, as the API has it."""
        return {"preferences": members}


type Action = (
    Lock
    | Unlock
    | SoundHorn
    | SwitchLights
    | WakeUp
    | Navigate
    | Precondition
    | Charge
    | ScheduleCharging
    | PreferCharging
)

_MEMBERS: Mapping[type[Body], str] = MappingProxyType(
    {
        Lock: "door",
        Unlock: "door",
        SoundHorn: "horn",
        SwitchLights: "lights",
        WakeUp: "wakeUp",
        Navigate: "navigation",
        Precondition: "preconditioning",
        Charge: "charging",
        ScheduleCharging: "charging",
        PreferCharging: "charging",
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

    action: Action
    label: str | None = None
    attributes: tuple[NewAttribute, ...] = ()
    callback_attributes: CallbackAttributes | None = None

    def __post_init__(self) -> None:
        check_attributes(self.attributes, AttributeType.HEADER, AttributeType.BODY)

    def to_dict(self) -> dict[str, Any]:
        """Its members."""
        optional = {
            "label": self.label,
            "attributes": [attribute.to_dict() for attribute in self.attributes] or None,
            "callbackAttributes": self.callback_attributes and self.callback_attributes.to_dict(),
        }
        return {
            **{name: value for name, value in optional.items() if value is not None},
            _MEMBERS[type(self.action)]: self.action.to_dict(),
        }
