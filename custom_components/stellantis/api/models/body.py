"""The body of a car: doors, lights, belts, alarm."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import override

from .base import JsonObject, Model, ModelGroup, TimedModel, json_names
from .position import Position


class LockedState(StrEnum):
    """What is locked. A car reports several at a time, in no order."""

    UNLOCKED = "Unlocked"
    LOCKED = "Locked"
    SUPER_LOCKED = "SuperLocked"
    DRIVER_DOOR_UNLOCKED = "DriverDoorUnlocked"
    CABIN_DOORS_UNLOCKED = "CabinDoorsUnlocked"
    CARGO_DOORS_LOCKED = "CargoDoorsLocked"
    CARGO_DOORS_UNLOCKED = "CargoDoorsUnlocked"
    REAR_DOORS_UNLOCKED = "RearDoorsUnlocked"
    REAR_DOORS_LOCKED = "RearDoorsLocked"
    TRUNK_LOCKED = "TrunkLocked"
    TRUNK_UNLOCKED = "TrunkUnLocked"


class OpeningIdentifier(StrEnum):
    """What can be opened."""

    DRIVER = "Driver"
    PASSENGER = "Passenger"
    REAR_LEFT = "RearLeft"
    REAR_RIGHT = "RearRight"
    TRUNK = "Trunk"
    REAR_WINDOW = "RearWindow"
    ROOF_WINDOW = "RoofWindow"


class OpeningState(StrEnum):
    """Whether it is open. Cars without a roof window report it as open."""

    OPEN = "Open"
    CLOSED = "Closed"


class Seat(StrEnum):
    """A seat with a belt."""

    DRIVER = "Driver"
    PASSENGER = "Passenger"


class BeltState(StrEnum):
    """Whether the belt is worn as it should."""

    NORMAL = "Normal"
    OMISSION = "Omission"


class EmergencyCall(StrEnum):
    """Whether a shock has set off the emergency call."""

    NOT_DETECTED = "NotDetected"
    DETECTED = "Detected"
    SHOCK_DETECTION_UNABLED = "ShockDetectionUnabled"


class LightDirection(StrEnum):
    """The side of a light."""

    LEFT = "Left"
    RIGHT = "Right"


class LightPosition(StrEnum):
    """The end of the car at which a light is."""

    FRONT = "Front"
    REAR = "Rear"


class LightStatus(StrEnum):
    """Whether a light is on."""

    OFF = "Off"
    ON = "On"


class AlarmActivation(StrEnum):
    """Whether the alarm is armed. Cars without an alarm report it as active."""

    INACTIVE = "Inactive"
    ACTIVE = "Active"


class BreakIn(StrEnum):
    """What set off the alarm."""

    NO_BREAK_IN = "NoBreakIn"
    FRONT_RIGHT_DOOR = "FrontRightDoorBreakIn"
    FRONT_LEFT_DOOR = "FrontLeftDoorBreakIn"
    REAR_RIGHT_DOOR = "RearRightFrontDoorBreakIn"
    REAR_LEFT_DOOR = "RearLeftFrontDoorBreakIn"
    HOOD = "HoodDoorBreakIn"
    TRUNK = "TrunkDoorBreakIn"
    REAR_WINDOW = "BackliteDoorBreakIn"
    ROOF = "RoofBreakIn"
    VOLUMETRIC = "VolumetricBreakIn"
    LIFTING = "VehicleLifting"
    ELECTRICAL_SYSTEM = "ElectricalsystemBreakIn"
    KEY_LEARNING = "KeyLearning"
    UNAUTHENTICATED_STARTUP = "UnauthenticatedStartup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Model):
    """A door, window or trunk."""

    identifier: OpeningIdentifier | str | None = None
    state: OpeningState | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorsState(TimedModel):
    """Doors and locks. Many electric cars do not send it.

    Attributes:
        locked_states: all that is known of the locks; any word for unlocked means unlocked.
        opening: the doors, windows and trunk.
    """

    locked_states: tuple[LockedState | str, ...] = ()
    opening: tuple[Opening, ...] = ()

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        if "lockedState" in members and "lockedStates" not in members:  # before October 2023
            only = members["lockedState"]
            return {**members, "lockedStates": only if type(only) is list else [only]}
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class Belt(Model):
    """A seat belt.

    Attributes:
        id: the seat.
        belt: whether it is worn.
    """

    id: Seat | str | None = None
    belt: BeltState | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety(TimedModel):
    """Belts and emergency call."""

    belt_status: tuple[Belt, ...] = ()
    auto_ecall_triggering: EmergencyCall | str | None = field(default=None, metadata=json_names("autoECallTriggering"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Light(Model):
    """One light."""

    direction: LightDirection | str | None = None
    position: LightPosition | str | None = None
    status: LightStatus | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LightingSystem(TimedModel):
    """Indicators and fog lights."""

    turn: tuple[Light, ...] = ()
    fog: tuple[Light, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStatus(TimedModel):
    """Whether the alarm is armed."""

    activation: AlarmActivation | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTrigger(TimedModel):
    """What set off the alarm last.

    Attributes:
        type: what it was.
        position: the last known place then.
        start_at: when it began.
    """

    type: BreakIn | str | None = None
    position: Position | None = None
    start_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(ModelGroup):
    """The alarm system."""

    status: AlarmStatus | None = None
    trigger: AlarmTrigger | None = None
