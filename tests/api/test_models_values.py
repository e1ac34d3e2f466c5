"""Invalid and unusual values, timestamps, durations and bodies."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import pytest

from custom_components.stellantis.api import (
    Charging,
    Energy,
    IgnitionType,
    InvalidResponse,
    LockedState,
    Model,
    Position,
    PrivacyState,
    Program,
    Status,
    User,
    Vehicle,
)
from tests.api.bodies import STATUS, T0

TIME0 = datetime.fromisoformat(T0)


@pytest.mark.parametrize("temp", [215, 215.0, -200, "20", True, None, float("nan"), float("inf"), 10**400])
def test_invalid_temperature(temp: object) -> None:
    status = Status.from_dict({"environment": {"air": {"createdAt": T0, "temp": temp}}})
    assert status.environment
    assert status.environment.air
    assert (status.environment.air.temp, status.environment.air.created_at) == (None, TIME0)


def test_schedule_is_a_list() -> None:
    energy = Energy.from_dict({"extension": {"electric": {"charging": {"plugged": True, "schedule": []}}}})
    assert energy.charging
    assert (energy.charging.plugged, energy.charging.schedule) == (True, None)


@pytest.mark.parametrize("value", [-1, 2001, 4095, 65535, 1e9, "200"])
def test_range_that_no_vehicle_has_is_no_value(value: object) -> None:
    charging = {"status": "InProgress", "chargingRate": value}
    body = {"level": 40, "autonomy": value, "extension": {"electric": {"charging": charging}}}
    energy = Energy.from_dict(body)
    assert energy.charging
    assert (energy.level, energy.autonomy, energy.charging.charging_rate) == (40, None, None)


@pytest.mark.parametrize(
    "coordinates",
    [
        None,
        [],
        [7.5],
        [0, 0],
        [-0.003, 0.0001, 5],
        ["7", "48"],
        [181, 48],
        [7, -91],
        [True, True],
        [float("nan"), 48],
        {"0": 7},
        "7,48",
        [[7, 48]],
    ],
)
def test_invalid_coordinates(coordinates: object) -> None:
    body = {"geometry": {"coordinates": coordinates}, "properties": {"createdAt": T0, "heading": 12}}
    assert Position.from_dict(body) == Position(created_at=TIME0, heading=12)


@pytest.mark.parametrize(("altitude", "expected"), [(12, 12), ("high", None), (1e9, None)])
def test_invalid_altitude_does_not_affect_coordinates(altitude: object, expected: float | None) -> None:
    position = Position.from_dict({"geometry": {"coordinates": [7, 48, altitude, "more"]}})
    assert (position.longitude, position.latitude, position.altitude) == (7, 48, expected)


def test_unknown_enum_values_are_kept() -> None:
    status = Status.from_dict({"privacy": {"state": "Half"}, "doorsState": {"lockedStates": ["Ajar", "Locked"]}})
    assert status.privacy
    assert status.privacy.state == "Half"
    assert not isinstance(status.privacy.state, PrivacyState)
    assert status.doors_state
    assert status.doors_state.locked_states == ("Ajar", LockedState.LOCKED)
    assert isinstance(status.doors_state.locked_states[1], LockedState)


def test_types_of_numbers() -> None:
    status = Status.from_dict({"odometer": {"mileage": 7}, "lastPosition": {"properties": {"signalQuality": 4.0}}})
    assert status.odometer
    assert isinstance(status.odometer.mileage, float)
    assert status.last_position
    assert isinstance(status.last_position.signal_quality, int)


@pytest.mark.parametrize("slot", [1.5, "1", True, 10**20, 1e300, float("nan")])
def test_invalid_whole_number(slot: object) -> None:
    assert Program.from_dict({"slot": slot, "enabled": True}) == Program(enabled=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T08:00:00Z", TIME0),
        ("2026-03-01T08:00:00.000Z", TIME0),
        ("2026-03-01T09:00:00+01:00", TIME0),
        ("2026-03-01T09:00:00+0100", TIME0),
        ("2026-03-01T08:00:00", TIME0),
        ("...", None),
        ("", None),
        ("0001-01-01T00:00:00+12:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("2026-03-01T08:00:00Z" * 9, None),
    ],
)
def test_timestamps(text: str, expected: datetime | None) -> None:
    timestamp = Status.from_dict({"createdAt": text}).created_at
    assert timestamp == expected
    assert timestamp is None or timestamp.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT0S", timedelta(0)),
        ("PT14H30M", timedelta(hours=14, minutes=30)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("P", None),
        ("PT", None),
        ("P1Y", None),
        ("PT999999999H", None),
        ("14:30", None),
    ],
)
def test_durations(text: str, expected: timedelta | None) -> None:
    assert Program.from_dict({"start": text}).start == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("PT22H5M", time(22, 5)), ("PT1M", time(0, 1)), ("PT24H", None), ("soon", None)]
)
def test_times_of_day(text: str, expected: time | None) -> None:
    charging = Energy.from_dict({"charging": {"nextDelayedTime": text}}).charging
    assert charging == Charging(next_delayed_time=expected)


@pytest.mark.parametrize("model", [Status, Vehicle, User])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"null", b'"x"', b"<html>", b"\xff\xfe", b"[" * 200_000])
def test_body_is_not_an_object(model: type[Model], body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        model.from_json(body)


def test_lenient_json() -> None:
    status = Status.from_json(
        '{"odometer": {"mileage": NaN, "createdAt": "2026-03-01T08:00:00Z"}, "battery": {"voltage": Infinity},'
        ' "privacy": {"state": "\\ud800"}, "kinetic": {"speed": 12, "acceleration": 1e999},'
        f' "ignition": {{"type": "Stop"}}, "environment": {{"air": {{"temp": {"9" * 5000}}}}}}}'
    )
    assert status.odometer
    assert (status.odometer.mileage, status.odometer.created_at) == (None, TIME0)
    assert status.battery
    assert status.battery.voltage is None
    assert status.privacy
    assert status.privacy.state == "?"
    assert status.kinetic
    assert (status.kinetic.speed, status.kinetic.acceleration) == (12, None)
    assert status.ignition
    assert status.ignition.type is IgnitionType.STOP
    assert status.environment
    assert status.environment.air
    assert status.environment.air.temp is None


def test_invalid_utf8() -> None:
    status = Status.from_json(b'{"privacy": {"state": "\xff"}, "odometer": {"mileage": 7}}')
    assert status.odometer
    assert status.odometer.mileage == 7


def test_models_are_frozen() -> None:
    status = Status.from_dict(STATUS)
    assert type(status) is Status
    with pytest.raises(FrozenInstanceError):
        cast("Any", status).created_at = None
    assert not hasattr(status, "__dict__")
    assert status == Status.from_dict(STATUS)
    assert hash(status) == hash(Status.from_dict(STATUS))


def test_empty_models_are_truthy() -> None:
    assert bool(Status()) is True
