"""Values are read again only when their part of the state has changed, and are always those of the present state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from custom_components.stellantis.api import Status, Vehicle, merge_newest
from custom_components.stellantis.const import PLATFORMS
from custom_components.stellantis.entity import CarEntityDescription
from custom_components.stellantis.vehicle.state import LastReading, VehicleState, optional
from tests.api.bodies import OLD_STATUS, STATUS
from tests.support.source import PACKAGE

FIXTURES: Final = Path(__file__).resolve().parents[1] / "fixtures" / "status"
NOW: Final = datetime(2026, 3, 10, 12, tzinfo=UTC)
BODIES: Final = (STATUS, OLD_STATUS, *(orjson.loads(path.read_bytes()) for path in sorted(FIXTURES.glob("*.json"))))


def _descriptions() -> dict[str, CarEntityDescription[VehicleState, Any]]:
    """Return the descriptions of entities that show a value of the status."""
    return {
        f"{platform}.{description.key}": description
        for platform in PLATFORMS
        for table in vars(import_module(f"{PACKAGE}.{platform}")).values()
        if isinstance(table, tuple)
        for description in table
        if isinstance(description, CarEntityDescription) and description.endpoint.key == "status"
    }


def _states(motorization: str) -> Iterator[VehicleState]:
    """Yield states of a car in which parts come, change and go, and in which only time passes."""
    vehicle, status = Vehicle(motorization=motorization), None
    for number, body in enumerate(BODIES):
        now = NOW + timedelta(days=30 * number)
        time = {"createdAt": now.isoformat(), "updatedAt": now.isoformat()}
        for name, part in body.items():
            dated = {**part, **time} if isinstance(part, dict) else part
            without = {other: value for other, value in body.items() if other != name}
            for changed in ({**without, **time, name: dated}, {**without, **time}):
                status = merge_newest(status, Status.from_dict(changed), now)
                yield VehicleState.from_status(now, vehicle, status)
        assert status
        yield VehicleState.from_status(now + timedelta(days=2), vehicle, status)
        yield VehicleState.from_status(now, vehicle, Status.from_dict(body))


@pytest.mark.parametrize("motorization", ["Electric", "Hybrid", "Thermic"])
def test_each_value_is_that_of_the_present_state(motorization: str) -> None:
    descriptions = _descriptions()
    readings = {name: LastReading(description.value_fn) for name, description in descriptions.items()}
    changes = dict.fromkeys(descriptions, 0)
    last: dict[str, Any] = {}
    for state in _states(motorization):
        for name, description in descriptions.items():
            value = description.value_fn(replace(state))  # nothing is derived yet
            assert readings[name].read(state) == value, name
            changes[name] += value != last.setdefault(name, value)
            last[name] = value
    assert len(descriptions) > 90
    assert sum(map(bool, changes.values())) > 40


def test_a_value_is_read_only_when_its_part_has_changed() -> None:
    read: list[float | None] = []

    def read_speed(kinetic: Any) -> float | None:
        read.append(kinetic.speed)
        return read[-1]

    reading = LastReading[VehicleState, float](optional(lambda state: state.status.kinetic, read_speed))
    moving = {"createdAt": NOW.isoformat(), "moving": True, "speed": 30}
    status = None
    for body in ({}, {"kinetic": moving}, {"battery": {"voltage": 80}}, {"kinetic": {**moving, "speed": 50}}):
        now = NOW + timedelta(minutes=len(read))
        received = Status.from_dict({"updatedAt": now.isoformat(), **body})
        status = merge_newest(status, received, now)
        state = VehicleState.from_status(now, Vehicle(), status)
        is_outdated = reading.is_outdated(state)
        count = len(read)
        assert reading.read(state) == (status.kinetic.speed if status.kinetic else None)
        assert is_outdated is (len(read) > count)
    assert read == [30, 50]
