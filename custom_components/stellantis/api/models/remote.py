"""Remotes: commands to a vehicle and their results."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, override

from .base import Bounds, JsonObject, Model
from .callback import AdditionalAttributes, Attribute
from .energy import ChargingPowerLevel, ChargingType
from .links import get_linked_id
from .program import ChargingProgram, Program


class RemoteType(StrEnum):
    """Type of command, as in notifications and lists of commands."""

    PRECONDITIONING = "ThermalPreconditioning"
    CHARGING = "ElectricBatteryChargingRequest"
    CHARGING_STATE = "ChargingState"
    HORN = "Horn"
    DOORS = "Doors"
    LIGHTS = "Lights"
    WAKE_UP = "WakeUp"
    NAVIGATION = "Navigation"


class RemoteStatus(StrEnum):
    """Status of a command."""

    ACCEPTED = "Accepted"
    WAKING_UP = "WakingUpVehicle"
    CHECKING = "CheckingVehicle"
    SENT = "SentToVehicle"
    BATTERY_TOO_LOW = "VehicleBatteryChargeTooLow"
    TOO_MANY_WAKE_UPS = "TooManyWakeUpsOverMonth"
    SUCCESS = "Success"
    ALREADY_DONE = "AlreadyDone"
    FAILED = "Failed"


# The platform sends two of them as pending, but they are final.
_FINAL_STATUSES = frozenset(
    (
        RemoteStatus.SUCCESS,
        RemoteStatus.ALREADY_DONE,
        RemoteStatus.FAILED,
        RemoteStatus.BATTERY_TOO_LOW,
        RemoteStatus.TOO_MANY_WAKE_UPS,
    )
)
_SUCCESS_STATUSES = frozenset((RemoteStatus.SUCCESS, RemoteStatus.ALREADY_DONE))


class RemoteFailure(StrEnum):
    """Cause of the failure of a command."""

    GENERAL_ERROR = "GeneralError"
    VEHICLE_ERROR = "VehicleError"
    WRONG_COMMAND = "WrongCommand"
    VEHICLE_CONNECTION_TIMEOUT = "VehicleConnectionTimeout"
    MISSING_RIGHTS = "MissingRights"
    BATTERY_LEVEL = "NotPossibleDueToVehicleBatteryLevel"
    PRIVACY_LEVEL = "NotPossibleDueToVehiclePrivacyLevel"
    TOO_MANY_WAKE_UPS = "TooManyWakeUpsOverMonth"
    TOO_MANY_REQUESTS_IN_SHORT_TIME = "TooManyRequestInShortTime"
    SAME_ACTION_IN_PROGRESS = "SameActionInProgress"
    STOLEN_STATE = "NotPossibleDueToVehicleStolenState"
    VEHICLE_IN_USE = "VehicleInUse"
    TOO_MANY_REQUESTS_SENT = "TooManyRequestSent"
    DOORS_OPEN = "DoorsOpen"
    VEHICLE_ERROR_OR_KEY_INSIDE = "VehicleErrorOrCidInside"
    KEY_INSIDE = "CidInside"
    EXTERNAL_CHARGING_SYSTEM_ERROR = "ExternalChargingSystemError"
    VEHICLE_CHARGING_SYSTEM_ERROR = "VehicleChargingSystemError"
    VEHICLE_IS_NOT_LOCKED = "VehicleIsNotLocked"
    CANCELED_BY_DRIVER = "CanceledByDriver"


class RemoteFeedback(StrEnum):
    """Whether forced locking also disabled the keys inside the vehicle."""

    KEYS_NOT_LOCKED_OUT = "NoCIDBlacklisted"
    KEYS_LOCKED_OUT = "CIDBlacklisted"


def has_ended(status: RemoteStatus | str | None) -> bool:
    """Return whether a status is final."""
    return status in _FINAL_STATUSES


def has_succeeded(status: RemoteStatus | str | None) -> bool:
    """Return whether a status means success: the vehicle executed the command, or did not need to."""
    return status in _SUCCESS_STATUSES


class DoorTargetState(StrEnum):
    """Requested state of the doors."""

    UNLOCKED = "Unlocked"
    LOCKED = "Locked"


class HornState(StrEnum):
    """Requested state of the horn."""

    ACTIVATED = "Activated"
    UNACTIVATED = "Unactivated"


class ProgramAction(StrEnum):
    """Requested change of a preconditioning program."""

    SET = "Set"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPayload(Model):
    """Payload of a command to the doors; `forced` is deprecated."""

    state: DoorTargetState | str | None = None
    forced: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HornPayload(Model):
    """Payload of a command to the horn."""

    state: HornState | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LightsPayload(Model):
    """Payload of a command to the lights."""

    on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpPayload(Model):
    """Payload of a wake-up command; `action` is always `WakeUp`."""

    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePayload(Model):
    """A destination or waypoint.

    Attributes:
        longitude: Degrees east, WGS 84.
        latitude: Degrees north, WGS 84.
    """

    longitude: Annotated[float, Bounds(-180, 180)] | None = None
    latitude: Annotated[float, Bounds(-90, 90)] | None = None

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        match data.get("coordinates"):
            case [longitude, latitude, *_]:
                return {"longitude": longitude, "latitude": latitude}
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationPayload(Model):
    """Payload of a navigation command; `driver_approval` is deprecated."""

    positions: tuple[PlacePayload, ...] = ()
    driver_approval: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPayload(Program):
    """A preconditioning program in a command.

    Attributes:
        actions_type: Whether to set or delete the program; set if missing.
    """

    actions_type: ProgramAction | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditioningPayload(Model):
    """Payload of a preconditioning command.

    Attributes:
        immediate: Whether to start or stop immediately.
        programs: Programs to set or delete.
    """

    immediate: bool | None = None
    programs: tuple[ProgramPayload, ...] = ()

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        air_conditioning = data.get("airConditioning")
        return air_conditioning if type(air_conditioning) is dict else data


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSchedulePayload(Model):
    """Charging schedule in a command.

    Attributes:
        next_delayed_time: Start of the next charge.
        programs: Charging programs.
    """

    next_delayed_time: datetime | None = None
    programs: tuple[ChargingProgram, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPreferencesPayload(Model):
    """Charging preferences in a command."""

    level: ChargingPowerLevel | str | None = None
    type: ChargingType | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPayload(Model):
    """Payload of a charging command.

    Attributes:
        immediate: Whether to start or stop immediately.
        schedule: Charging schedule.
        preferences: Charging preferences.
        next_delayed_time: Start of the next charge; deprecated in favor of the one in `schedule`.
    """

    immediate: bool | None = None
    schedule: ChargingSchedulePayload | None = None
    preferences: ChargingPreferencesPayload | None = None
    next_delayed_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePayload(Model):
    """Payload of a command as it was sent. Exactly one of the payloads by type is set.

    Attributes:
        label: Name.
        attributes: Attributes added to its notifications.
        callback_attributes: Attributes added to those of the callback.
        preconditioning: Payload of a preconditioning command.
        door: Payload of a command to the doors.
        horn: Payload of a command to the horn.
        charging: Payload of a charging command.
        lights: Payload of a command to the lights.
        wake_up: Payload of a wake-up command.
        navigation: Payload of a navigation command.
    """

    label: str | None = None
    attributes: tuple[Attribute, ...] = ()
    callback_attributes: AdditionalAttributes | None = None
    preconditioning: PreconditioningPayload | None = None
    door: DoorPayload | None = None
    horn: HornPayload | None = None
    charging: ChargingPayload | None = None
    lights: LightsPayload | None = None
    wake_up: WakeUpPayload | None = None
    navigation: NavigationPayload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteReference(Model):
    """Reference to an accepted command; its result follows later.

    Attributes:
        remote_action_id: Identifier in the API.
        type: Type.
    """

    remote_action_id: str | None = None
    type: RemoteType | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAction(RemoteReference):
    """A command with its status (GET /user/vehicles/{id}/callbacks/{cbid}/remotes).

    Attributes:
        status: Status.
        remote: Payload as it was sent.
        failure_cause: Cause of the failure.
        feedback_detail: Details of the success.
        callback_id: Identifier of the callback through which it was sent.
    """

    status: RemoteStatus | str | None = None
    remote: RemotePayload | None = None
    failure_cause: RemoteFailure | str | None = None
    feedback_detail: RemoteFeedback | str | None = None
    callback_id: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the command has ended: no further status will follow."""
        return has_ended(self.status)

    @property
    def has_succeeded(self) -> bool:
        """Whether the command has succeeded, or was not necessary."""
        return has_succeeded(self.status)

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        return {**data, "callbackId": get_linked_id(data, "callback", "callbacks")}
