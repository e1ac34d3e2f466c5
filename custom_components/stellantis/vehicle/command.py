"""Commands that are sent to a car, and their results, as they are stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self

from ..api import RemoteAction, RemoteEventStatus, RemotePayload, RemoteStatus
from ..api.requests import (
    ChargeCommand,
    Lock,
    Navigate,
    PreconditionCommand,
    RemoteCommand,
    RemoteRequest,
    ScheduleCharging,
    SetChargingPreferences,
    SoundHorn,
    SwitchLights,
    Unlock,
    WakeUp,
)
from ..errors import failure_key
from .state import VehicleState
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRequest:
    """A command that somebody wants to be sent; its action is built when its turn comes.

    Attributes:
        type: The type of the command.
        target: What the command changes; a newer request for the same target replaces one that waits.
        value: What the target is changed to; an equal request is not sent twice.
        build_fn: Builds the action from the state of the car; returns None if there is nothing to change.
        needs_state: Whether the action contains parts of that state.
    """

    type: CommandType
    target: str
    value: object
    build_fn: Callable[[VehicleState | None], RemoteCommand | None]
    needs_state: bool = False

    @classmethod
    def from_action(cls, action: RemoteCommand) -> Self:
        """Return the request for an action that does not depend on the state of the car."""
        target, value = _parse_target(RemoteRequest(command=action).to_dict())
        return cls(type=COMMAND_TYPES[type(action)], target=target, value=value, build_fn=lambda _: action)

    @classmethod
    def from_command(cls, command: Command) -> Self:
        """Return the request for a command that was sent before a restart; it equals that of the same action."""
        target, value = _parse_target(command.body)
        return cls(type=command.type, target=target, value=value, build_fn=lambda _: None)

    def preview(self, state: VehicleState) -> RemotePayload | None:
        """Return the command as it would be sent now; None if there is nothing to change."""
        action = self.build_fn(state)
        return None if action is None else RemotePayload.from_dict(RemoteRequest(command=action).to_dict())


def _parse_target(body: Mapping[str, Any]) -> tuple[str, object]:
    """Return what a command changes, and to what, from its request body; the programs that it repeats do not count."""
    ((name, members),) = ((name, members) for name, members in body.items() if name in _BODY_NAMES)
    match name, members:
        case "preconditioning", {"airConditioning": {"immediate": bool(immediate)}}:
            return PRECONDITIONING_TARGET, immediate
        case "preconditioning", {"airConditioning": {"programs": programs}}:
            return f"programs {sorted(program['slot'] for program in programs)}", programs
        case "charging", {"immediate": bool(immediate), **others} if not others:
            return CHARGING_TARGET, immediate
        case "charging", {"schedule": schedule} | {"preferences": schedule}:
            return f"{name} {' '.join(sorted(schedule))}", members
    return name, members


# The targets of starting and stopping
CHARGING_TARGET: Final = "charging"
PRECONDITIONING_TARGET: Final = "preconditioning"
_BODY_NAMES: Final = frozenset(("charging", "door", "horn", "lights", "navigation", "preconditioning", "wakeUp"))
# A car that was not driven for a quarter of an hour in this time disconnects from the mobile network
OFFLINE_AFTER: Final = timedelta(days=7)
# Failures of a command that did not reach the car
UNREACHED_CAUSES: Final = frozenset(("general_error", "timed_out", "vehicle_connection_timeout"))


class CommandStatus(StrEnum):
    """How a command ended."""

    SUCCESS = "success"
    ALREADY_DONE = "already_done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOrigin(StoredModel):
    """Who sent a command; it is stored, so that a restart in the middle of the command does not lose it.

    Attributes:
        name: The name of the person, or of the automation; None if neither is known.
        user_id: The ID of the user.
        context_id: The ID of the context in Home Assistant.
        parent_id: The ID of the context from which that one came.
    """

    name: str | None = None
    user_id: str | None = None
    context_id: str
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(StoredModel):
    """A command that has not ended yet.

    Attributes:
        type: The type of the command.
        body: The request body of POST /user/vehicles/{id}/callbacks/{cbid}/remotes.
        label: A random name, by which the remote is found on the platform if the response to the POST was lost.
        started: When the command left the queue.
        known_at: When the last report of the car that was known when it was sent was measured.
        callback_id: The callback through which it is sent.
        remote_action_id: The platform's ID of the remote; None until the platform has responded.
        remote_status: The latest status that the platform reported.
        woke_vehicle: Whether the car was woken up for it.
        origin: Who sent it; None if the integration did.
    """

    type: CommandType = field(metadata=stored_as("kind"))
    body: dict[str, Any]
    label: str
    started: datetime
    known_at: datetime | None = None
    callback_id: str = ""
    remote_action_id: str | None = None
    remote_status: str | None = field(default=None, metadata=stored_as("status"))
    woke_vehicle: bool = field(default=False, metadata=stored_as("woke"))
    origin: CommandOrigin | None = None

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
        is_late: Whether it ended after it had been given up as timed out.
        origin: Who sent it; None if the integration did.
    """

    type: CommandType = field(metadata=stored_as("kind"))
    status: CommandStatus = field(metadata=stored_as("result"))
    cause: str | None = None
    started: datetime
    duration: float
    woke_vehicle: bool = field(default=False, metadata=stored_as("woke"))
    is_late: bool = field(default=False, metadata=stored_as("late"))
    origin: CommandOrigin | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the car is now in the requested state."""
        return self.status in (CommandStatus.SUCCESS, CommandStatus.ALREADY_DONE)

    @property
    def sent_by(self) -> str | None:
        """The name of the person or the automation that sent it; None if unknown."""
        return self.origin.name if self.origin else None


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
        duration=max(0.0, round((now - command.started).total_seconds(), 1)),
        woke_vehicle=command.woke_vehicle or has_woken,
        origin=command.origin,
    )


def build_late_result(
    given_up: Command, command: Command, status: CommandStatus, cause: str | None, now: datetime
) -> CommandResult:
    """Build the result of a command that ends after it was given up.

    Args:
        given_up: The command when it was given up; a wake-up of the car was counted then.
        command: The command as it is now.
        status: How it ended.
        cause: The translation key of the reason for a failure.
        now: When it ended.
    """
    result = build_result(command, status, cause, now)
    return replace(result, is_late=True, woke_vehicle=result.woke_vehicle and not given_up.woke_vehicle)


def explain_cause(cause: str | None, last_report: datetime | None, now: datetime) -> str | None:
    """Return the cause of a failure; of a car that was not reached and has been silent for a week, that it is offline.

    Args:
        cause: The translation key of the reason.
        last_report: When the car reported something last.
        now: The time of the failure.
    """
    is_silent = last_report is not None and now - last_report > OFFLINE_AFTER
    return "vehicle_offline" if is_silent and cause in UNREACHED_CAUSES else cause
