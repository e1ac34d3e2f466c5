"""Body of a vehicle: doors, lights, belts and alarm."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import override

from .base import JsonObject, Model, ModelGroup, TimedModel, json_names
from .position import Position


class LockedState(StrEnum):
    """State of the locks. A vehicle reports several at a time, unordered."""

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
    """Door, window or trunk that can be opened."""

    DRIVER = "Driver"
    PASSENGER = "Passenger"
    REAR_LEFT = "RearLeft"
    REAR_RIGHT = "RearRight"
    TRUNK = "Trunk"
    REAR_WINDOW = "RearWindow"
    ROOF_WINDOW = "RoofWindow"


class OpeningState(StrEnum):
    """State of an opening. Vehicles without a roof window report it as open."""

    OPEN = "Open"
    CLOSED = "Closed"


class Seat(StrEnum):
    """Seat with a belt."""

    DRIVER = "Driver"
    PASSENGER = "Passenger"


class BeltState(StrEnum):
    """State of a seat belt: `OMISSION` if it should be fastened."""

    NORMAL = "Normal"
    OMISSION = "Omission"


class EmergencyCall(StrEnum):
    """Whether a shock triggered the emergency call."""

    NOT_DETECTED = "NotDetected"
    DETECTED = "Detected"
    SHOCK_DETECTION_UNABLED = "ShockDetectionUnabled"


class LightDirection(StrEnum):
    """Side of a light."""

    LEFT = "Left"
    RIGHT = "Right"


class LightPosition(StrEnum):
    """End of the vehicle at which a light is."""

    FRONT = "Front"
    REAR = "Rear"


class LightStatus(StrEnum):
    """State of a light."""

    OFF = "Off"
    ON = "On"


class AlarmActivation(StrEnum):
    """Whether the alarm is armed. Vehicles without an alarm report it as active."""

    INACTIVE = "Inactive"
    ACTIVE = "Active"


class BreakIn(StrEnum):
    """Cause of an alarm."""

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
    """Doors and locks. Many electric vehicles do not send it.

    Attributes:
        locked_states: All states of the locks; the vehicle is unlocked if any of them is.
        opening: Doors, windows and trunk.
    """

    locked_states: tuple[LockedState | str, ...] = ()
    opening: tuple[Opening, ...] = ()

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        if "lockedState" in data and not data.get("lockedStates"):  # before October 2023
            state = data["lockedState"]
            return {**data, "lockedStates": state if type(state) is list else [state]}
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Belt(Model):
    """A seat belt.

    Attributes:
        id: Seat.
        belt: State of its belt.
    """

    id: Seat | str | None = None
    belt: BeltState | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety(TimedModel):
    """Seat belts and emergency call."""

    belt_status: tuple[Belt, ...] = ()
    auto_ecall_triggering: EmergencyCall | str | None = field(default=None, metadata=json_names("autoECallTriggering"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Light(Model):
    """A light."""

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
    """The last time the alarm was triggered.

    Attributes:
        type: Cause.
        position: Last known position at that time.
        start_at: Start time.
    """

    type: BreakIn | str | None = None
    position: Position | None = None
    start_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(ModelGroup):
    """The alarm system."""

    status: AlarmStatus | None = None
    trigger: AlarmTrigger | None = None
