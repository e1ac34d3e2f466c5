"""Commands and their results."""

from datetime import UTC, datetime, timedelta
from itertools import product
import json

from hypothesis import given, settings
import pytest

from custom_components.stellantis.api import (
    RemoteAction,
    RemoteEventStatus,
    RemoteFailure,
    RemotePayload,
    RemoteStatus,
)
from custom_components.stellantis.api.requests import RemoteCommand, RemoteRequest
from custom_components.stellantis.errors import COMMAND_ERROR_KEYS, FAILURE_KEYS
from custom_components.stellantis.history.store import CarStore
from custom_components.stellantis.vehicle.command import (
    COMMAND_TYPES,
    Command,
    CommandStatus,
    CommandType,
    build_result,
    explain_cause,
    final_status,
)
from tests.support.remote_commands import REMOTE_COMMANDS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@settings(max_examples=200)
@given(REMOTE_COMMANDS)
def test_commands_and_results_are_restored(remote_command: RemoteCommand) -> None:
    body = RemoteRequest(command=remote_command).to_dict()
    command = Command(
        type=COMMAND_TYPES[type(remote_command)],
        body=body,
        label="l",
        started=NOW,
        callback_id="c",
        remote_status="Accepted",
    )
    result = build_result(command, CommandStatus.FAILED, "doors_open", NOW + timedelta(seconds=3))
    store = CarStore(current_command=command, command_results=[result], wake_ups={"2026-11": 3})
    restored = CarStore.from_dict(json.loads(json.dumps(store.to_dict())))
    assert restored == store
    assert restored.current_command
    assert restored.current_command.remote == RemotePayload.from_dict(body)
    assert restored.current_command.body == RemoteRequest(command=remote_command).to_dict(), (
        "needed to recognize the remote again"
    )


def test_each_command_has_a_type() -> None:
    assert set(COMMAND_TYPES.values()) == set(CommandType)


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
def test_final_status(status: str | None, cause: str | None, result: tuple[CommandStatus, str | None]) -> None:
    for update in (
        RemoteAction(status=status, failure_cause=cause),
        RemoteEventStatus(status=status, failure_cause=cause),
    ):
        assert final_status(update) == result


def test_each_failure_has_its_own_key() -> None:
    assert set(FAILURE_KEYS) == {*RemoteFailure, RemoteStatus.BATTERY_TOO_LOW}
    assert len(set(FAILURE_KEYS.values())) == len(FAILURE_KEYS)
    assert set(FAILURE_KEYS.values()) < COMMAND_ERROR_KEYS


def test_woke_vehicle() -> None:
    for command_type, is_woken, status in product(
        (CommandType.HORN, CommandType.WAKE_UP), (False, True), CommandStatus
    ):
        command = Command(type=command_type, body={}, label="l", started=NOW)
        if is_woken:
            command = command.updated(RemoteEventStatus(status=RemoteStatus.WAKING_UP))
            command = command.updated(RemoteEventStatus(status="Later"))
            assert command.remote_status == "Later"
        result = build_result(command, status, None, NOW + timedelta(seconds=1.26))
        assert result.woke_vehicle is (
            is_woken or (command_type == CommandType.WAKE_UP and status == CommandStatus.SUCCESS)
        )
        assert (result.started, result.duration) == (NOW, 1.3)
        assert result.succeeded is (status in {CommandStatus.SUCCESS, CommandStatus.ALREADY_DONE})


@pytest.mark.parametrize(
    ("cause", "age", "expected"),
    [
        ("vehicle_connection_timeout", timedelta(days=8), "vehicle_offline"),
        ("timed_out", timedelta(days=8), "vehicle_offline"),
        ("vehicle_connection_timeout", timedelta(days=6), "vehicle_connection_timeout"),
        ("vehicle_connection_timeout", None, "vehicle_connection_timeout"),
        ("doors_open", timedelta(days=8), "doors_open"),
        (None, timedelta(days=8), None),
    ],
)
def test_car_that_was_not_driven_for_a_week(cause: str | None, age: timedelta | None, expected: str | None) -> None:
    assert explain_cause(cause, NOW - age if age else None, NOW) == expected
