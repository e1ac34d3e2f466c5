"""What a car is like after a command, and what is kept of one: pure functions, for all kinds and all cars."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import (
    ChargingPowerLevel,
    ChargingStatus,
    ChargingType,
    PreconditioningStatus,
    RemoteAction,
    RemoteEventStatus,
    RemoteFailure,
    RemotePayload,
    RemoteStatus,
    Status,
    merge_newest,
)
from custom_components.stellantis.api.requests import (
    ChargeCommand,
    Day,
    DeleteProgram,
    Lock,
    Navigate,
    NewChargingProgram,
    Place,
    PreconditionCommand,
    Recurrence,
    RemoteCommand,
    RemoteRequest,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    SoundHorn,
    SwitchLights,
    Unlock,
    WakeUp,
)
from custom_components.stellantis.errors import COMMAND_ERROR_KEYS, FAILURE_KEYS
from custom_components.stellantis.history.store import CarStore
from custom_components.stellantis.vehicle.command import (
    COMMAND_TYPES,
    Command,
    CommandResult,
    CommandStatus,
    CommandType,
    apply_remote,
    build_result,
    final_status,
)
from tests.api.bodies import STATUS, with_members

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FULL = Status.from_dict(STATUS)
FILES = sorted((Path(__file__).parents[1] / "fixtures" / "status").glob("*.json"))
STATUSES = [FULL, Status(), *(Status.from_json(path.read_bytes()) for path in FILES)]

DAYS = st.lists(st.sampled_from(Day), min_size=1, unique=True).map(tuple)
TIMES = st.times().map(lambda clock: clock.replace(microsecond=0))
PROGRAMS = st.builds(
    SetProgram,
    slot=st.integers(1, 4),
    enabled=st.booleans(),
    start=TIMES,
    days=DAYS,
    recurrence=st.sampled_from(Recurrence),
) | st.builds(DeleteProgram, slot=st.integers(1, 4))
CHARGING_PROGRAMS = st.builds(NewChargingProgram, start=TIMES, end=TIMES | st.none(), days=DAYS, enabled=st.booleans())
PLACES = st.builds(Place, longitude=st.floats(-180, 180), latitude=st.floats(-90, 90))
ACTIONS: st.SearchStrategy[RemoteCommand] = st.one_of(
    st.builds(Lock, forced=st.booleans() | st.none()),
    st.builds(Unlock),
    st.builds(SoundHorn),
    st.builds(SwitchLights, on=st.booleans()),
    st.builds(WakeUp),
    st.builds(Navigate, positions=st.lists(PLACES, min_size=1, max_size=10).map(tuple)),
    st.builds(
        PreconditionCommand,
        immediate=st.booleans(),
        programs=st.lists(PROGRAMS, max_size=4, unique_by=lambda program: program.slot).map(tuple),
    ),
    st.builds(ChargeCommand, immediate=st.booleans()),
    st.builds(
        ScheduleCharging,
        schedule=st.datetimes(timezones=st.just(UTC)) | st.lists(CHARGING_PROGRAMS, min_size=1, max_size=3).map(tuple),
        immediate=st.booleans() | st.none(),
    ),
    st.builds(
        SetChargingPreferences,
        level=st.sampled_from(ChargingPowerLevel),
        type=st.sampled_from(ChargingType) | st.none(),
    ),
)


def sent(action: RemoteCommand) -> RemotePayload:
    """Return an action as the platform tells it."""
    return RemotePayload.from_dict(RemoteRequest(command=action).to_dict())


def after(action: RemoteCommand, status: Status = FULL) -> Status:
    """Return a status after an action."""
    return apply_remote(sent(action), status, NOW)


def air(status: Status) -> Any:
    """Return the preconditioning."""
    assert status.preconditioning
    return status.preconditioning.air_conditioning


def charging(status: Status) -> Any:
    """Return the charging."""
    assert status.electric
    return status.electric.charging


@settings(max_examples=300, deadline=None)
@given(ACTIONS, st.sampled_from(STATUSES), st.timedeltas(timedelta(days=-3000), timedelta(days=3000)))
def test_what_is_expected_stands_until_there_is_something_newer(
    action: RemoteCommand, status: Status, since: timedelta
) -> None:
    told = merge_newest(None, status)
    now = NOW + since
    seen = apply_remote(sent(action), told, now)
    assert merge_newest(seen, status) == seen, "an older word does not undo it"
    assert merge_newest(told, seen) == seen, "it is newer than all that was told"
    # What is there stays there, and nothing else comes
    assert (seen.doors_state is None, len(seen.energies)) == (told.doors_state is None, len(told.energies))
    if {CommandType.HORN, CommandType.LIGHTS, CommandType.WAKE_UP, CommandType.NAVIGATION} & {
        COMMAND_TYPES[type(action)]
    }:
        assert seen is told


@settings(max_examples=200, deadline=None)
@given(ACTIONS)
def test_a_command_outlives_a_restart(action: RemoteCommand) -> None:
    body = RemoteRequest(command=action).to_dict()
    command = Command(
        type=COMMAND_TYPES[type(action)], body=body, label="l", started=NOW, callback_id="c", remote_status="Accepted"
    )
    outcome = build_result(command, CommandStatus.FAILED, "doors_open", NOW + timedelta(seconds=3))
    ledger = CarStore(current_command=command, command_results=[outcome], wake_ups={"2026-11": 3})
    kept = CarStore.from_dict(json.loads(json.dumps(ledger.to_dict())))
    assert kept == ledger
    assert kept.current_command
    assert kept.current_command.remote == RemotePayload.from_dict(body)
    assert kept.current_command.body == RemoteRequest(command=action).to_dict(), "so the same is known again"


def test_each_action_is_of_a_kind() -> None:
    assert set(COMMAND_TYPES.values()) == set(CommandType)


def test_locks() -> None:
    for action, words in ((Lock(), ("Locked",)), (Unlock(), ("Unlocked",))):
        doors = after(action).doors_state
        assert doors
        assert FULL.doors_state
        assert (doors.locked_states, doors.created_at) == (words, NOW)
        assert doors.opening == FULL.doors_state.opening


def test_preconditioning() -> None:
    on = air(after(PreconditionCommand(immediate=True)))
    assert (on.status, on.starting_cause, on.failure_cause) == ("Enabled", "Immediate", None)
    assert on.programs == air(FULL).programs
    off = air(after(PreconditionCommand(immediate=False), after(PreconditionCommand(immediate=True))))
    assert (off.status, off.starting_cause) == (PreconditioningStatus.DISABLED, None)
    assert air(after(PreconditionCommand(immediate=False))).status == air(FULL).status, "it did not run"


def test_programs_of_preconditioning() -> None:
    new = SetProgram(slot=3, enabled=True, start=time(6, 45), days=(Day.MONDAY,), recurrence=Recurrence.NONE)
    told = air(after(PreconditionCommand(programs=(new, DeleteProgram(slot=1)))))
    assert told.status == air(FULL).status
    first, second, third = told.programs
    assert (first.slot, first.enabled, first.days) == (1, False, ())
    assert second == air(FULL).programs[1]
    assert (third.slot, third.enabled, third.start) == (3, True, timedelta(hours=6, minutes=45))
    assert (third.days, third.recurrence) == ((Day.MONDAY,), "None")
    assert type(third) is type(second), "as the car tells it, so that both can be equal"


@pytest.mark.parametrize(
    ("before", "immediate", "status"),
    [
        ("Stopped", True, "InProgress"),
        ("Failure", True, "InProgress"),
        ("InProgress", False, "Stopped"),
        ("Finished", False, "Finished"),
        ("Disconnected", False, "Disconnected"),
    ],
)
def test_charging_at_once(before: str, immediate: bool, status: str) -> None:
    full = FULL.electric
    assert full
    assert full.charging
    changed = replace(full, charging=replace(full.charging, status=ChargingStatus(before)))
    known = replace(FULL, energies=tuple(changed if one is full else one for one in FULL.energies))
    seen = charging(after(ChargeCommand(immediate=immediate), known))
    assert seen.status == status
    assert seen == replace(charging(known), status=ChargingStatus(status))


def test_charging_later_and_how(hass: Any) -> None:
    at = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    delayed = charging(after(ScheduleCharging(schedule=at)))
    assert delayed.next_delayed_time == time(14, 30), "the tests live in California"
    assert delayed.status == charging(FULL).status
    program = NewChargingProgram(start=time(22), end=time(6), days=(Day.MONDAY, Day.FRIDAY))
    (one,) = charging(after(ScheduleCharging(schedule=(program,)))).schedule.programs
    assert (one.start, one.end, one.days) == (timedelta(hours=22), timedelta(hours=6), (Day.MONDAY, Day.FRIDAY))
    level = charging(after(SetChargingPreferences(level=ChargingPowerLevel.LEVEL_5)))
    assert (level.charging_power_level, level.type) == ("Level5", charging(FULL).type)
    kind = charging(after(SetChargingPreferences(type=ChargingType.PARTIAL)))
    assert (kind.charging_power_level, kind.type) == (charging(FULL).charging_power_level, "Partial")


def test_what_a_car_does_not_tell_is_not_made_up() -> None:
    without = with_members(STATUS, doorsState=None, preconditioning=None, energies=[])
    bare = Status.from_dict({**without, "energy": None})
    for action in (Lock(), PreconditionCommand(immediate=True), ChargeCommand()):
        assert after(action, bare) is bare


@pytest.mark.parametrize(
    ("status", "cause", "result"),
    [
        ("Success", None, (CommandStatus.SUCCESS, None)),
        ("AlreadyDone", None, (CommandStatus.ALREADY_DONE, None)),
        ("VehicleBatteryChargeTooLow", None, (CommandStatus.FAILED, "battery_too_low")),
        ("TooManyWakeUpsOverMonth", None, (CommandStatus.FAILED, "too_many_wake_ups")),
        ("Failed", "DoorsOpen", (CommandStatus.FAILED, "doors_open")),
        ("Failed", None, (CommandStatus.FAILED, "command_failed")),
        ("Failed", "TheMoonIsFull", (CommandStatus.FAILED, "command_failed")),
        ("Abandoned", None, (CommandStatus.FAILED, "command_failed")),
        (None, None, (CommandStatus.FAILED, "command_failed")),
    ],
)
def test_results(status: str | None, cause: str | None, result: tuple[CommandStatus, str | None]) -> None:
    for told in (
        RemoteAction(status=status, failure_cause=cause),
        RemoteEventStatus(status=status, failure_cause=cause),
    ):
        assert final_status(told) == result


def test_each_cause_has_a_key_of_its_own() -> None:
    assert set(FAILURE_KEYS) == {*RemoteFailure, RemoteStatus.BATTERY_TOO_LOW}
    assert len(set(FAILURE_KEYS.values())) == len(FAILURE_KEYS)
    assert set(FAILURE_KEYS.values()) < COMMAND_ERROR_KEYS


def test_who_was_woken() -> None:
    for kind, woke, result in product((CommandType.HORN, CommandType.WAKE_UP), (False, True), CommandStatus):
        command = Command(type=kind, body={}, label="l", started=NOW)
        if woke:
            command = command.updated(RemoteEventStatus(status=RemoteStatus.WAKING_UP)).updated(
                RemoteEventStatus(status="Later")
            )
            assert command.remote_status == "Later"
        outcome: CommandResult = build_result(command, result, None, NOW + timedelta(seconds=1.26))
        assert outcome.woke_vehicle is (woke or (kind == CommandType.WAKE_UP and result == CommandStatus.SUCCESS))
        assert (outcome.started, outcome.duration) == (NOW, 1.3)
        assert outcome.succeeded is (result in {CommandStatus.SUCCESS, CommandStatus.ALREADY_DONE})
