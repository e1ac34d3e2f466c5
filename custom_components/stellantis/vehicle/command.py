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
    ChargingSchedule,
    ChargingStatus,
    DoorState,
    LockedState,
    PreconditioningStatus,
    Program,
    ProgramAction,
    RemoteAction,
    RemoteEventStatus,
    RemoteStatus,
    SentCharging,
    SentPreconditioning,
    SentRemote,
    StartingCause,
    Status,
    Timed,
)
from ..api.requests import (
    Charge,
    Lock,
    Navigate,
    Precondition,
    PreferCharging,
    ScheduleCharging,
    SoundHorn,
    SwitchLights,
    Unlock,
    WakeUp,
)
from ..errors import failure

type Told = RemoteAction | RemoteEventStatus


class Kind(StrEnum):
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


KINDS: Final[Mapping[type, Kind]] = MappingProxyType(
    {
        Lock: Kind.LOCK,
        Unlock: Kind.UNLOCK,
        SoundHorn: Kind.HORN,
        SwitchLights: Kind.LIGHTS,
        WakeUp: Kind.WAKE_UP,
        Navigate: Kind.NAVIGATION,
        Precondition: Kind.PRECONDITIONING,
        Charge: Kind.CHARGING,
        ScheduleCharging: Kind.CHARGING_SCHEDULE,
        PreferCharging: Kind.CHARGING_PREFERENCES,
    }
)


class Result(StrEnum):
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

    kind: Kind
    body: dict[str, Any]
    label: str
    started: datetime
    callback_id: str = ""
    remote_action_id: str | None = None
    status: str | None = None
    woke: bool = False

    @property
    def sent(self) -> SentRemote:
        """What the car is told."""
        return SentRemote.from_dict(self.body)

    def at(self, told: Told) -> Command:
        """Return the command with what is told of it."""
        known = told.remote_action_id if isinstance(told, RemoteAction) else None
        return replace(
            self,
            remote_action_id=known or self.remote_action_id,
            status=told.status or self.status,
            woke=self.woke or told.status == RemoteStatus.WAKING_UP,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(DataClassDictMixin):
    """What came of a command.

    Attributes:
        kind: what the car was told.
        result: how it ended.
        cause: why it failed: the key of a text.
        started: when its turn came.
        duration: seconds until its end.
        woke: whether the car was woken for it.
    """

    kind: Kind
    result: Result
    cause: str | None = None
    started: datetime
    duration: float
    woke: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the car is as the command wanted it."""
        return self.result in (Result.SUCCESS, Result.ALREADY_DONE)


def result_of(told: Told) -> tuple[Result, str | None]:
    """Return how a command ended, and why if it failed, by the last that is told of it."""
    if told.has_succeeded:
        return Result.ALREADY_DONE if told.status == RemoteStatus.ALREADY_DONE else Result.SUCCESS, None
    return Result.FAILED, failure(told.failure_cause or told.status)


def outcome_of(command: Command, result: Result, cause: str | None, now: datetime) -> Outcome:
    """Return what came of a command that ends now."""
    woke = command.woke or (command.kind == Kind.WAKE_UP and result == Result.SUCCESS)
    duration = round((now - command.started).total_seconds(), 1)
    return Outcome(kind=command.kind, result=result, cause=cause, started=command.started, duration=duration, woke=woke)


def expected(sent: SentRemote, status: Status, now: datetime) -> Status:
    """Return the status of a car that has done what it was told, as the car will tell it.

    What is changed dates from now, and stands until the car tells something newer. What the car never told is not made
    up.
    """
    if sent.door and status.doors_state:
        state = LockedState.LOCKED if sent.door.state == DoorState.LOCKED else LockedState.UNLOCKED
        doors = replace(status.doors_state, locked_states=(state,), created_at=_after(status.doors_state, now))
        status = replace(status, doors_state=doors)
    air = status.preconditioning.air_conditioning if status.preconditioning else None
    if sent.preconditioning and status.preconditioning and air:
        air = replace(_conditioned(sent.preconditioning, air), created_at=_after(air, now))
        status = replace(status, preconditioning=replace(status.preconditioning, air_conditioning=air))
    electric = status.electric
    if sent.charging and electric and electric.charging:
        charging = _charged(sent.charging, electric.charging)
        charged = replace(electric, charging=charging, created_at=_after(electric, now))
        energies = tuple(charged if energy is electric else energy for energy in status.energies)
        status = replace(status, energies=energies)
    return status


def _after(part: Timed, now: datetime) -> datetime:
    """Return now, or just after the car measured a part, where that is later by its clock."""
    last = part.measured_at
    return max(now, last + timedelta(microseconds=1)) if last else now


def _conditioned(sent: SentPreconditioning, air: AirConditioning) -> AirConditioning:
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


def _charged(sent: SentCharging, charging: Charging) -> Charging:
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
