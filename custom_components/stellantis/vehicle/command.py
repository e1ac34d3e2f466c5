"""Commands as they are kept: what was sent, what came of it, and what a car is like after it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from homeassistant.util import dt as dt_util
from mashumaro import DataClassDictMixin

from ..api import (
    AirConditioning,
    Charging,
    ChargingPayload,
    ChargingSchedule,
    ChargingStatus,
    DoorTargetState,
    LockedState,
    PreconditioningPayload,
    PreconditioningStatus,
    Program,
    ProgramAction,
    RemoteAction,
    RemoteEventStatus,
    RemotePayload,
    RemoteStatus,
    StartingCause,
    Status,
    TimedModel,
)
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

type RemoteUpdate = RemoteAction | RemoteEventStatus


class CommandType(StrEnum):
    """The kinds of commands, as they are shown."""

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
class Command(DataClassDictMixin):
    """A command that is under way.

    Attributes:
        kind: what the car is told.
        body: the command as it is sent.
        label: its name among all commands, which nobody can guess: by it one is found whose answer was lost.
        started: when its turn came.
        callback_id: through which it is sent.
        remote_action_id: by which the platform knows it; None until it has answered.
        status: what it is at, by the platform's word.
        woke: whether the car was woken for it.
    """

    type: CommandType
    body: dict[str, Any]
    label: str
    started: datetime
    callback_id: str = ""
    remote_action_id: str | None = None
    remote_status: str | None = None
    woke_vehicle: bool = False

    @property
    def remote(self) -> RemotePayload:
        """What the car is told."""
        return RemotePayload.from_dict(self.body)

    def updated(self, update: RemoteUpdate) -> Command:
        """Return the command with what is told of it."""
        known = update.remote_action_id if isinstance(update, RemoteAction) else None
        return replace(
            self,
            remote_action_id=known or self.remote_action_id,
            remote_status=update.status or self.remote_status,
            woke_vehicle=self.woke_vehicle or update.status == RemoteStatus.WAKING_UP,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult(DataClassDictMixin):
    """What came of a command.

    Attributes:
        kind: what the car was told.
        result: how it ended.
        cause: why it failed: the key of a text.
        started: when its turn came.
        duration: seconds until its end.
        woke: whether the car was woken for it.
    """

    type: CommandType
    status: CommandStatus
    cause: str | None = None
    started: datetime
    duration: float
    woke_vehicle: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the car is as the command wanted it."""
        return self.status in (CommandStatus.SUCCESS, CommandStatus.ALREADY_DONE)


def final_status(update: RemoteUpdate) -> tuple[CommandStatus, str | None]:
    """Return how a command ended, and why if it failed, by the last that is told of it."""
    if update.has_succeeded:
        return CommandStatus.ALREADY_DONE if update.status == RemoteStatus.ALREADY_DONE else CommandStatus.SUCCESS, None
    return CommandStatus.FAILED, failure_key(update.failure_cause or update.status)


def build_result(command: Command, status: CommandStatus, cause: str | None, now: datetime) -> CommandResult:
    """Return what came of a command that ends now."""
    woke = command.woke_vehicle or (command.type == CommandType.WAKE_UP and status == CommandStatus.SUCCESS)
    duration = round((now - command.started).total_seconds(), 1)
    return CommandResult(
        type=command.type, status=status, cause=cause, started=command.started, duration=duration, woke_vehicle=woke
    )


def apply_remote(remote: RemotePayload, status: Status, now: datetime) -> Status:
    """Return the status of a car that has done what it was told, as the car will tell it.

    What is changed dates from now, and stands until the car tells something newer. What the car never told is not made
    up.
    """
    if remote.door and status.doors_state:
        state = LockedState.LOCKED if remote.door.state == DoorTargetState.LOCKED else LockedState.UNLOCKED
        doors = replace(
            status.doors_state, locked_states=(state,), created_at=_timestamp_after(status.doors_state, now)
        )
        status = replace(status, doors_state=doors)
    air = status.preconditioning.air_conditioning if status.preconditioning else None
    if remote.preconditioning and status.preconditioning and air:
        air = replace(_apply_preconditioning(remote.preconditioning, air), created_at=_timestamp_after(air, now))
        status = replace(status, preconditioning=replace(status.preconditioning, air_conditioning=air))
    electric = status.electric
    if remote.charging and electric and electric.charging:
        charging = _apply_charging(remote.charging, electric.charging)
        charged = replace(electric, charging=charging, created_at=_timestamp_after(electric, now))
        energies = tuple(charged if energy is electric else energy for energy in status.energies)
        status = replace(status, energies=energies)
    return status


def _timestamp_after(part: TimedModel, now: datetime) -> datetime:
    """Return now, or just after the car measured a part, where that is later by its clock."""
    last = part.measured_at
    return max(now, last + timedelta(microseconds=1)) if last else now


def _apply_preconditioning(sent: PreconditioningPayload, air: AirConditioning) -> AirConditioning:
    if sent.immediate:
        status, cause = PreconditioningStatus.ENABLED, StartingCause.IMMEDIATE
        air = replace(air, status=status, starting_cause=cause, failure_cause=None)
    elif sent.immediate is False and air.status == PreconditioningStatus.ENABLED:
        air = replace(air, status=PreconditioningStatus.DISABLED, starting_cause=None)
    programs = {program.slot or 0: program for program in air.programs}
    for one in sent.programs:
        programs[one.slot or 0] = (
            Program(slot=one.slot, enabled=False)
            if one.actions_type == ProgramAction.DELETE
            else Program(
                slot=one.slot,
                enabled=one.enabled,
                recurrence=one.recurrence,
                start=one.start,
                occurrence=one.occurrence,
            )
        )
    return replace(air, programs=tuple(programs[slot] for slot in sorted(programs))) if sent.programs else air


def _apply_charging(sent: ChargingPayload, charging: Charging) -> Charging:
    changes: dict[str, Any] = {}
    if sent.immediate:
        changes["status"] = ChargingStatus.IN_PROGRESS
    elif sent.immediate is False and charging.status == ChargingStatus.IN_PROGRESS:
        changes["status"] = ChargingStatus.STOPPED
    if sent.schedule and sent.schedule.next_delayed_time:
        changes["next_delayed_time"] = dt_util.as_local(sent.schedule.next_delayed_time).time()
    if sent.schedule and sent.schedule.programs:
        changes["schedule"] = ChargingSchedule(programs=sent.schedule.programs)
    if sent.preferences and sent.preferences.level:
        changes["charging_power_level"] = sent.preferences.level
    if sent.preferences and sent.preferences.type:
        changes["type"] = sent.preferences.type
    return replace(charging, **changes)
