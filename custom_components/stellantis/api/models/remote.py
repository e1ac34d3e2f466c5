"""Remotes: commands to a car, and what became of them."""

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
    """The kinds of commands, as notifications and lists name them."""

    PRECONDITIONING = "ThermalPreconditioning"
    CHARGING = "ElectricBatteryChargingRequest"
    CHARGING_STATE = "ChargingState"
    HORN = "Horn"
    DOORS = "Doors"
    LIGHTS = "Lights"
    WAKE_UP = "WakeUp"
    NAVIGATION = "Navigation"


class RemoteStatus(StrEnum):
    """What a command is at."""

    ACCEPTED = "Accepted"
    WAKING_UP = "WakingUpVehicle"
    CHECKING = "CheckingVehicle"
    SENT = "SentToVehicle"
    BATTERY_TOO_LOW = "VehicleBatteryChargeTooLow"
    TOO_MANY_WAKE_UPS = "TooManyWakeUpsOverMonth"
    SUCCESS = "Success"
    ALREADY_DONE = "AlreadyDone"
    FAILED = "Failed"


# Two of them are sent as pending, but nothing comes after them.
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
    """Why a command failed."""

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
    """Whether a forced locking also locked out the keys inside."""

    KEYS_NOT_LOCKED_OUT = "NoCIDBlacklisted"
    KEYS_LOCKED_OUT = "CIDBlacklisted"


def has_ended(status: RemoteStatus | str | None) -> bool:
    """Whether nothing comes after this status."""
    return status in _FINAL_STATUSES


def has_succeeded(status: RemoteStatus | str | None) -> bool:
    """Whether the car is as the command wanted it, by the command or before it."""
    return status in _SUCCESS_STATUSES


class DoorTargetState(StrEnum):
    """What the doors are commanded to be."""

    UNLOCKED = "Unlocked"
    LOCKED = "Locked"


class HornState(StrEnum):
    """What the horn is commanded to be."""

    ACTIVATED = "Activated"
    UNACTIVATED = "Unactivated"


class ProgramAction(StrEnum):
    """What is commanded of a program of preconditioning."""

    SET = "Set"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPayload(Model):
    """The doors as commanded; `forced` is deprecated."""

    state: DoorTargetState | str | None = None
    forced: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HornPayload(Model):
    """The horn as commanded."""

    state: HornState | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LightsPayload(Model):
    """The lights as commanded."""

    on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUpPayload(Model):
    """The wake-up as commanded; its action is always `WakeUp`."""

    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePayload(Model):
    """A place to drive to.

    Attributes:
        longitude: degrees east, WGS 84.
        latitude: degrees north, WGS 84.
    """

    longitude: Annotated[float, Bounds(-180, 180)] | None = None
    latitude: Annotated[float, Bounds(-90, 90)] | None = None

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        match members.get("coordinates"):
            case [longitude, latitude, *_]:
                return {"longitude": longitude, "latitude": latitude}
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationPayload(Model):
    """Places to drive to, one after the other; `driver_approval` is deprecated."""

    positions: tuple[PlacePayload, ...] = ()
    driver_approval: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPayload(Program):
    """A program of preconditioning as commanded.

    Attributes:
        actions_type: whether it is set or deleted; set where that is not said.
    """

    actions_type: ProgramAction | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditioningPayload(Model):
    """The preconditioning as commanded.

    Attributes:
        immediate: whether it begins at once.
        programs: what is done to the programs.
    """

    immediate: bool | None = None
    programs: tuple[ProgramPayload, ...] = ()

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        air_conditioning = members.get("airConditioning")
        return air_conditioning if type(air_conditioning) is dict else members


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSchedulePayload(Model):
    """When the car is commanded to charge.

    Attributes:
        next_delayed_time: when the next charge begins.
        programs: when charges begin and end.
    """

    next_delayed_time: datetime | None = None
    programs: tuple[ChargingProgram, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPreferencesPayload(Model):
    """How the car is commanded to charge."""

    level: ChargingPowerLevel | str | None = None
    type: ChargingType | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingPayload(Model):
    """The charging as commanded.

    Attributes:
        immediate: whether it begins at once.
        schedule: when it begins.
        preferences: how it goes.
        next_delayed_time: deprecated in favour of the schedule's.
    """

    immediate: bool | None = None
    schedule: ChargingSchedulePayload | None = None
    preferences: ChargingPreferencesPayload | None = None
    next_delayed_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePayload(Model):
    """A command as it was sent: one of its kinds is there.

    Attributes:
        label: its name.
        attributes: what is added to its notifications.
        callback_attributes: what is added to the attributes of the callback.
        preconditioning, door, horn, charging, lights, wake_up, navigation: the command.
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
    """A command that was accepted; its fate is told later.

    Attributes:
        remote_action_id: by which the API knows it.
        type: its kind.
    """

    remote_action_id: str | None = None
    type: RemoteType | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAction(RemoteReference):
    """A command and its fate (`GET /user/vehicles/{id}/callbacks/{cbid}/remotes`).

    Attributes:
        status: what it is at.
        remote: as it was sent.
        failure_cause: why it failed.
        feedback_detail: more on its success.
        callback_id: of the callback that it was sent through.
    """

    status: RemoteStatus | str | None = None
    remote: RemotePayload | None = None
    failure_cause: RemoteFailure | str | None = None
    feedback_detail: RemoteFeedback | str | None = None
    callback_id: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return has_ended(self.status)

    @property
    def has_succeeded(self) -> bool:
        """Whether the car is as the command wanted it."""
        return has_succeeded(self.status)

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        return {**members, "callbackId": get_linked_id(members, "callback", "callbacks")}
