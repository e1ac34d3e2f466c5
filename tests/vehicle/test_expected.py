"""The expected status of a car after a command."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import (
    ChargingPowerLevel,
    ChargingStatus,
    ChargingType,
    DoorsState,
    PreconditioningStatus,
    RemotePayload,
    Status,
    merge_newest,
)
from custom_components.stellantis.api.requests import (
    ChargeCommand,
    Day,
    DeleteProgram,
    Lock,
    NewChargingProgram,
    PreconditionCommand,
    Recurrence,
    RemoteCommand,
    RemoteRequest,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    Unlock,
)
from custom_components.stellantis.vehicle.command import COMMAND_TYPES, CommandType
from custom_components.stellantis.vehicle.expected import (
    Expectation,
    apply_expectations,
    is_contradicted,
    unreported_parts,
)
from tests.api.bodies import STATUS, with_members
from tests.support.remote_commands import REMOTE_COMMANDS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FULL = Status.from_dict(STATUS)
FILES = sorted((Path(__file__).parents[1] / "fixtures" / "status").glob("*.json"))
STATUSES = [FULL, Status(), *(Status.from_json(path.read_bytes()) for path in FILES)]
WITHOUT_EFFECT = {CommandType.HORN, CommandType.LIGHTS, CommandType.WAKE_UP, CommandType.NAVIGATION}


def payload(command: RemoteCommand) -> RemotePayload:
    """Return the request body of a command."""
    return RemotePayload.from_dict(RemoteRequest(command=command).to_dict())


def after(command: RemoteCommand, status: Status = FULL) -> Status:
    """Return the expected status after a command."""
    return apply_expectations(status, [Expectation(remote=payload(command))])


def air_conditioning(status: Status) -> Any:
    """Return the air conditioning of a status."""
    assert status.preconditioning
    return status.preconditioning.air_conditioning


def charging(status: Status) -> Any:
    """Return the charging of a status."""
    assert status.electric
    return status.electric.charging


@settings(max_examples=300)
@given(REMOTE_COMMANDS, st.sampled_from(STATUSES))
def test_only_values_are_expected(command: RemoteCommand, status: Status) -> None:
    """No part gets another time, none is added, and none is lost."""
    reported = merge_newest(None, status)
    expected = after(command, reported)
    for name in ("doors_state", "electric", "preconditioning"):
        old, new = getattr(reported, name), getattr(expected, name)
        assert (old is None) is (new is None)
        assert getattr(old, "measured_at", None) == getattr(new, "measured_at", None)
    assert len(expected.energies) == len(reported.energies)
    if COMMAND_TYPES[type(command)] in WITHOUT_EFFECT:
        assert expected is reported


def doors_at(minutes: float, *states: str, body: float | None = None) -> Status:
    """Return a status whose doors and body were measured some minutes after NOW."""
    part = DoorsState(created_at=NOW + timedelta(minutes=minutes), locked_states=states)
    return Status(created_at=NOW + timedelta(minutes=minutes if body is None else body), doors_state=part)


OLD = doors_at(-60, "Unlocked")
AHEAD = doors_at(30, "Unlocked")


@pytest.mark.parametrize(
    ("baseline", "status", "is_read", "locked"),
    [
        (OLD, OLD, False, True),  # nothing was reported since
        (OLD, OLD, True, True),  # a poll brought the same old body
        (OLD, doors_at(1, "Unlocked"), False, False),  # the driver unlocked the car
        (OLD, doors_at(-1, "Unlocked"), False, True),  # measured before the command
        (OLD, doors_at(-1, "Unlocked"), True, False),  # the clock of the car is behind ours
        (OLD, doors_at(-60, "Unlocked", body=2), False, True),  # the command has not ended
        (OLD, doors_at(-60, "Unlocked", body=2), True, False),  # the car was read, and did not do it
        (AHEAD, AHEAD, True, True),  # the clock of the car is ahead of ours
        (AHEAD, doors_at(31, "Unlocked"), False, False),
        # A time further ahead is replaced by that of reception, and says nothing
        (OLD, replace(doors_at(2, "Unlocked"), redated_at=NOW + timedelta(minutes=2)), False, True),
        (OLD, replace(doors_at(2, "Unlocked"), redated_at=NOW + timedelta(minutes=2)), True, False),
        (None, OLD, False, True),  # the car was never read before
        (OLD, doors_at(-60), False, None),  # it does not report its locks
    ],
)
def test_expectation_never_outlives_report(
    baseline: Status | None, status: Status, is_read: bool, locked: bool | None
) -> None:
    expectation = Expectation(remote=payload(Lock()), sent_at=NOW, baseline=baseline, is_read=is_read)
    shown = apply_expectations(status, [expectation]).doors_state
    assert shown
    assert shown.locked_states == {True: ("Locked",), False: ("Unlocked",), None: ()}[locked]
    assert expectation.is_standing(status) is bool(locked)


def test_report_after_a_later_command_is_after_earlier_ones() -> None:
    """The clock was set back by an hour between two commands."""
    lock = Expectation(remote=payload(Lock()), sent_at=NOW + timedelta(hours=1), baseline=OLD)
    unlock = Expectation(remote=payload(Unlock()), sent_at=NOW, baseline=OLD)
    assert unreported_parts([lock, unlock], OLD) == [{"doors"}, {"doors"}]
    status = doors_at(1, "Unlocked")
    assert unreported_parts([lock, unlock], status) == [frozenset(), frozenset()]
    assert apply_expectations(status, [lock, unlock]) == status


def test_waiting_commands_are_expected_in_their_order() -> None:
    waiting = [Expectation(remote=payload(action)) for action in (Lock(), Unlock())]
    assert apply_expectations(OLD, waiting[:1]).doors_state == replace(OLD.doors_state, locked_states=("Locked",))  # type: ignore[type-var]
    assert apply_expectations(OLD, waiting) == OLD


@pytest.mark.parametrize(
    ("status", "contradicted"),
    [(OLD, False), (doors_at(1, "Locked", "TrunkLocked"), False), (doors_at(1, "Locked", "TrunkUnLocked"), True)],
)
def test_contradiction(status: Status, contradicted: bool) -> None:
    assert is_contradicted(payload(Lock()), status, NOW) is contradicted


def test_locks() -> None:
    for command, states in ((Lock(), ("Locked",)), (Unlock(), ("Unlocked",))):
        doors = after(command).doors_state
        assert doors
        assert FULL.doors_state
        assert (doors.locked_states, doors.created_at) == (states, FULL.doors_state.created_at)
        assert doors.opening == FULL.doors_state.opening


def test_preconditioning() -> None:
    on = air_conditioning(after(PreconditionCommand(immediate=True)))
    assert (on.status, on.starting_cause, on.failure_cause) == ("Enabled", "Immediate", None)
    assert on.programs == air_conditioning(FULL).programs
    off = air_conditioning(after(PreconditionCommand(immediate=False), after(PreconditionCommand(immediate=True))))
    assert (off.status, off.starting_cause) == (PreconditioningStatus.DISABLED, None)
    assert air_conditioning(after(PreconditionCommand(immediate=False))).status == air_conditioning(FULL).status, (
        "it did not run"
    )


def test_preconditioning_programs() -> None:
    new = SetProgram(slot=3, enabled=True, start=time(6, 45), days=(Day.MONDAY,), recurrence=Recurrence.NONE)
    air = air_conditioning(after(PreconditionCommand(programs=(new, DeleteProgram(slot=1)))))
    assert air.status == air_conditioning(FULL).status
    first, second, third = air.programs
    assert (first.slot, first.enabled, first.days) == (1, False, ())
    assert second == air_conditioning(FULL).programs[1]
    assert (third.slot, third.enabled, third.start) == (3, True, timedelta(hours=6, minutes=45))
    assert (third.days, third.recurrence) == ((Day.MONDAY,), "None")
    assert type(third) is type(second), "the type that the car reports, so that both can be equal"


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
def test_start_and_stop_of_charging(before: str, immediate: bool, status: str) -> None:
    electric = FULL.electric
    assert electric
    assert electric.charging
    changed = replace(electric, charging=replace(electric.charging, status=ChargingStatus(before)))
    reported = replace(FULL, energies=tuple(changed if energy is electric else energy for energy in FULL.energies))
    expected = charging(after(ChargeCommand(immediate=immediate), reported))
    assert expected.status == status
    assert expected == replace(charging(reported), status=ChargingStatus(status))


def test_schedule_and_preferences_of_charging(hass: Any) -> None:
    start = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    delayed = charging(after(ScheduleCharging(schedule=start)))
    assert delayed.next_delayed_time == time(14, 30), "the time zone of tests is that of California"
    assert delayed.status == charging(FULL).status
    program = NewChargingProgram(start=time(22), end=time(6), days=(Day.MONDAY, Day.FRIDAY))
    (expected,) = charging(after(ScheduleCharging(schedule=(program,)))).schedule.programs
    assert (expected.start, expected.end, expected.days) == (
        timedelta(hours=22),
        timedelta(hours=6),
        (Day.MONDAY, Day.FRIDAY),
    )
    level = charging(after(SetChargingPreferences(level=ChargingPowerLevel.LEVEL_5)))
    assert (level.charging_power_level, level.type) == ("Level5", charging(FULL).type)
    preferences = charging(after(SetChargingPreferences(type=ChargingType.PARTIAL)))
    assert (preferences.charging_power_level, preferences.type) == (charging(FULL).charging_power_level, "Partial")


def test_parts_that_were_never_reported_are_not_added() -> None:
    without = with_members(STATUS, doorsState=None, preconditioning=None, energies=[])
    bare = Status.from_dict({**without, "energy": None})
    for command in (Lock(), PreconditionCommand(immediate=True), ChargeCommand()):
        assert after(command, bare) is bare
