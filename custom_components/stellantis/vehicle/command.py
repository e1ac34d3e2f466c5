"""Commands that are sent to a car, and their results, as they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from ..api import RemoteAction, RemoteEventStatus, RemotePayload, RemoteStatus
from ..api.requests import (
    ChargeCommand,
    Lock,
    Navigate,
    PreconditionCommand,
    ScheduleCharging,
    SetChargingPreferences,
    SoundHorn,
    SwitchLights,
    Unlock,
    WakeUp,
)
from ..errors import failure_key
from .stored import StoredModel, stored_as

type RemoteUpdate = RemoteAction | RemoteEventStatus


class CommandType(StrEnum):
    """The type of a command, as entities and events show it."""

    LOCK = "lock"
    UNLOCK = "unlock"
    HORN = "horn"
    LIGHTS = "lights"
    WAKE_UP = "wake_up"
    NAVIGATION = "navigation"
    PRECONDITIONING = "preconditioning"
    CHARGING = "charging"
    CHARGING_SCHEDULE = "charging_schedule"
    CHARGING_PREFERENCES = "charging_preferences"


COMMAND_TYPES: Final[Mapping[type, CommandType]] = MappingProxyType(
    {
        Lock: CommandType.LOCK,
        Unlock: CommandType.UNLOCK,
        SoundHorn: CommandType.HORN,
        SwitchLights: CommandType.LIGHTS,
        WakeUp: CommandType.WAKE_UP,
        Navigate: CommandType.NAVIGATION,
        PreconditionCommand: CommandType.PRECONDITIONING,
        ChargeCommand: CommandType.CHARGING,
        ScheduleCharging: CommandType.CHARGING_SCHEDULE,
        SetChargingPreferences: CommandType.CHARGING_PREFERENCES,
    }
)


class CommandStatus(StrEnum):
    """How a command ended."""

    SUCCESS = "success"
    ALREADY_DONE = "already_done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(StoredModel):
    """A command that has not ended yet.

    Attributes:
        type: The type of the command.
        body: The request body of POST /user/vehicles/{id}/callbacks/{cbid}/remotes.
        label: A random name, by which the remote is found on the platform if the response to the POST was lost.
        started: When the command left the queue.
        callback_id: The callback through which it is sent.
        remote_action_id: The platform's ID of the remote; None until the platform has responded.
        remote_status: The latest status that the platform reported.
        woke_vehicle: Whether the car was woken up for it.
    """

    type: CommandType = field(metadata=stored_as("kind"))
    body: dict[str, Any]
    label: str
    started: datetime
    callback_id: str = ""
    remote_action_id: str | None = None
    remote_status: str | None = field(default=None, metadata=stored_as("status"))
    woke_vehicle: bool = field(default=False, metadata=stored_as("woke"))

    @property
    def remote(self) -> RemotePayload:
        """The decoded request body."""
        return RemotePayload.from_dict(self.body)

    def updated(self, update: RemoteUpdate) -> Command:
        """Return the command with an update from the platform applied."""
        remote_action_id = update.remote_action_id if isinstance(update, RemoteAction) else None
        return replace(
            self,
            remote_action_id=remote_action_id or self.remote_action_id,
            remote_status=update.status or self.remote_status,
            woke_vehicle=self.woke_vehicle or update.status == RemoteStatus.WAKING_UP,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult(StoredModel):
    """The result of a command.

    Attributes:
        type: The type of the command.
        status: How the command ended.
        cause: The translation key of the reason for a failure.
        started: When the command left the queue.
        duration: Seconds from then until the command ended.
        woke_vehicle: Whether the car was woken up for it.
    """

    type: CommandType = field(metadata=stored_as("kind"))
    status: CommandStatus = field(metadata=stored_as("result"))
    cause: str | None = None
    started: datetime
    duration: float
    woke_vehicle: bool = field(default=False, metadata=stored_as("woke"))

    @property
    def succeeded(self) -> bool:
        """Whether the car is now in the requested state."""
        return self.status in (CommandStatus.SUCCESS, CommandStatus.ALREADY_DONE)


def final_status(update: RemoteUpdate) -> tuple[CommandStatus, str | None]:
    """Return how a command ended, and the translation key of the reason for a failure, from its last update."""
    if update.has_succeeded:
        is_already_done = update.status == RemoteStatus.ALREADY_DONE
        return CommandStatus.ALREADY_DONE if is_already_done else CommandStatus.SUCCESS, None
    return CommandStatus.FAILED, failure_key(update.failure_cause or update.status)


def build_result(command: Command, status: CommandStatus, cause: str | None, now: datetime) -> CommandResult:
    """Build the result of a command that ends now."""
    has_woken = command.type == CommandType.WAKE_UP and status == CommandStatus.SUCCESS
    return CommandResult(
        type=command.type,
        status=status,
        cause=cause,
        started=command.started,
        duration=round((now - command.started).total_seconds(), 1),
        woke_vehicle=command.woke_vehicle or has_woken,
    )
