"""Merging keeps the more recent version of each part."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import AuxiliaryBattery, ModelGroup, Odometer, Status, TimedModel, merge_newest
from tests.api.bodies import OLD_STATUS, STATUS, T0, T1, T2, with_members

FULL = Status.from_dict(STATUS)


def _status(**members: Any) -> Status:
    return Status.from_dict({"updatedAt": T1, **members})


def test_first_status() -> None:
    assert merge_newest(None, FULL) is FULL


def test_no_changes() -> None:
    assert merge_newest(FULL, Status.from_dict(STATUS)) is FULL
    assert merge_newest(FULL, Status()) is FULL
    assert merge_newest(FULL, Status.from_dict({"createdAt": T0, "updatedAt": T0})) is FULL


def test_only_the_timestamp_of_the_body_changes() -> None:
    later = merge_newest(FULL, Status.from_dict(with_members(STATUS, updatedAt="2026-03-02T00:00:00Z")))
    assert later is not FULL
    assert later.updated_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert later.energies == FULL.energies


def test_older_parts_of_a_newer_body_are_ignored() -> None:
    old = _status(kinetic={"createdAt": T1, "moving": False}, ignition={"createdAt": T0, "type": "Stop"})
    new = Status.from_dict(
        {
            "updatedAt": T2,
            "kinetic": {"createdAt": T0, "moving": True},
            "ignition": {"createdAt": T1, "type": "Start"},
        }
    )
    merged = merge_newest(old, new)
    assert (merged.kinetic, merged.ignition, merged.updated_at) == (old.kinetic, new.ignition, new.updated_at)


def test_newer_parts_of_an_older_body_are_kept() -> None:
    old = Status.from_dict({"updatedAt": T2, "kinetic": {"createdAt": T0, "moving": True}})
    merged = merge_newest(old, _status(kinetic={"createdAt": T1, "moving": False}))
    assert merged.kinetic
    assert merged.kinetic.moving is False
    assert merged.updated_at == old.updated_at


def test_missing_parts_are_kept_but_missing_members_are_not() -> None:
    old = _status(kinetic={"createdAt": T0, "speed": 30}, battery={"createdAt": T0, "voltage": 80})
    merged = merge_newest(old, _status(kinetic={"createdAt": T1, "moving": False}))
    assert merged.battery == old.battery
    assert merged.kinetic
    assert merged.kinetic.speed is None


def test_equal_timestamps_keep_the_part_of_the_newer_body_unless_empty() -> None:
    old = _status(battery={"createdAt": T0, "voltage": 80})
    same = Status.from_dict({"updatedAt": T2, "battery": {"createdAt": T0, "voltage": 79}})
    assert merge_newest(old, same).battery == same.battery
    assert merge_newest(same, old).battery == same.battery
    empty = Status.from_dict({"updatedAt": T2, "battery": {"createdAt": T0}})
    assert merge_newest(old, empty).battery == old.battery


def test_part_without_timestamp_inherits_that_of_its_body() -> None:
    old = Status.from_dict({"updatedAt": T1, "battery": {"createdAt": T0, "voltage": 80}})
    later = merge_newest(old, Status.from_dict({"updatedAt": T2, "battery": {"voltage": 70}}))
    assert later.battery == AuxiliaryBattery(created_at=later.updated_at, voltage=70)
    earlier = Status.from_dict({"updatedAt": "2026-02-28T00:00:00Z", "battery": {"voltage": 90}})
    assert merge_newest(old, earlier).battery == old.battery


def test_part_without_timestamp_inherits_that_of_its_parent() -> None:
    first = merge_newest(None, Status.from_dict(OLD_STATUS))
    assert first.odometer == Odometer(created_at=first.updated_at, mileage=1234)
    assert first.electric
    assert first.electric.battery
    assert first.electric.battery.health
    assert first.electric.battery.health.measured_at == first.electric.measured_at
    assert merge_newest(first, Status.from_dict(OLD_STATUS)) is first


def test_bodies_without_timestamps() -> None:
    old, new = Status.from_dict({"battery": {"voltage": 1}}), Status.from_dict({"battery": {"voltage": 2}})
    assert merge_newest(old, new).battery == new.battery


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_odometer_never_decreases(order: tuple[int, ...]) -> None:
    bodies = [
        _status(odometer={"createdAt": T0, "mileage": 100.5}),
        _status(odometer={"createdAt": T1, "mileage": 99}),
        _status(odometer={"createdAt": T2}),
    ]
    merged = None
    for index in order:
        merged = merge_newest(merged, bodies[index])
    assert merged
    assert merged.odometer
    assert merged.odometer.mileage == 100.5
    assert merged.odometer.measured_at == bodies[2].odometer.measured_at  # type: ignore[union-attr]


def test_odometer_without_timestamps() -> None:
    old = Status.from_dict(OLD_STATUS)
    lower = with_members(OLD_STATUS, updatedAt="2026-04-01T00:00:00Z") | {"timed.odometer": {"mileage": 1000}}
    merged = merge_newest(old, Status.from_dict(lower))
    assert merged.odometer == Odometer(created_at=datetime(2026, 4, 1, tzinfo=UTC), mileage=1234)


def test_energies_are_matched_by_type() -> None:
    old = _status(energies=[{"type": "Electric", "createdAt": T1, "level": 50}, {"type": "Fuel", "createdAt": T0}])
    new = _status(
        energies=[
            {"type": "Fuel", "subType": "FossilEnergy", "createdAt": T1, "level": 9},
            {"type": "Electric", "subType": "ElectricEnergy", "createdAt": T0, "level": 60},
            {"type": "Electric", "subType": "Hydrogen", "createdAt": T0, "level": 70},
        ]
    )
    merged = merge_newest(old, new)
    assert len(merged.energies) == 3
    assert merged.electric == old.electric
    assert merged.fuel == new.fuel
    assert merged.hydrogen == new.hydrogen


def test_energy_with_frozen_timestamp_and_deprecated_member() -> None:
    frozen = {"type": "Electric", "createdAt": "2025-06-30T00:00:00Z"}
    old = _status(energies=[{**frozen, "level": 50}], energy=[{**frozen, "updatedAt": T1}])
    new = _status(energies=[{**frozen, "level": 49}], energy=[{**frozen, "updatedAt": T2}])
    assert merge_newest(old, new).electric == new.electric
    assert merge_newest(new, old) is new


def test_energy_with_frozen_timestamp_without_deprecated_member() -> None:
    old = Status.from_dict({"updatedAt": T1, "energies": [{"type": "Electric", "createdAt": T0, "level": 50}]})
    new = Status.from_dict({"updatedAt": T2, "energies": [{"type": "Electric", "createdAt": T0, "level": 49}]})
    assert merge_newest(old, new).electric == new.electric
    assert merge_newest(new, old) is new


def _battery(created_at: str, load_created_at: str, health: dict[str, Any] | None, capacity: int) -> dict[str, Any]:
    battery = {"capacity": capacity, "load": {"createdAt": load_created_at, "residual": capacity}, "health": health}
    return {"type": "Electric", "createdAt": created_at, "extension": {"electric": {"battery": battery}}}


def test_load_and_health_have_their_own_timestamps() -> None:
    old = _status(energies=[_battery(T1, T0, {"createdAt": T0, "resistance": 90}, 1)])
    new = _status(energies=[_battery(T0, T1, None, 2)])
    merged = merge_newest(old, new).electric
    assert merged
    assert merged.battery
    assert old.electric
    assert old.electric.battery
    assert new.electric
    assert new.electric.battery
    assert merged.created_at == old.electric.created_at
    assert merged.battery.load == new.electric.battery.load
    assert merged.battery.health == old.electric.battery.health
    assert merged.battery.capacity == 1


def test_charging_is_replaced_with_its_energy() -> None:
    def charging(created_at: str, **members: Any) -> dict[str, Any]:
        return {"type": "Electric", "createdAt": created_at, "extension": {"electric": {"charging": members}}}

    old = _status(energies=[charging(T0, plugged=True, remainingTime="PT1H")])
    new = _status(energies=[charging(T1, plugged=False)])
    merged = merge_newest(old, new).electric
    assert merged
    assert merged == new.electric


def test_two_electric_engines() -> None:
    engines = [{"type": "Electric", "createdAt": T0, "speed": 1}, {"type": "Electric", "createdAt": T1, "speed": 2}]
    old = _status(engines=engines)
    new = _status(engines=[{**engines[0], "createdAt": T1, "speed": 3}, {**engines[1], "createdAt": T0, "speed": 4}])
    assert [engine.speed for engine in merge_newest(old, new).engines] == [3, 2]


@pytest.mark.parametrize("change", [{}, {"kinetic": {"createdAt": T2, "moving": True}}])
def test_parts_that_have_not_changed_stay_the_same_objects(change: dict[str, Any]) -> None:
    later = "2026-03-02T00:00:00Z"
    known = merge_newest(merge_newest(None, FULL), _status(updatedAt=later))
    merged = merge_newest(known, Status.from_dict({**with_members(STATUS, updatedAt=later), **change}))
    changed = {field.name for field in fields(Status) if getattr(merged, field.name) is not getattr(known, field.name)}
    assert changed - {"odometer"} == change.keys()


# --- properties ---

_START = datetime(2026, 3, 1, tzinfo=UTC)
_SEEDS = st.integers(0, 2**32)


def _with_random_times(value: object, next_time: Any, is_kept: Any) -> object:
    """Return the body with a new timestamp in each part, and without some of the parts."""
    if isinstance(value, dict):
        return {
            key: next_time() if key in {"createdAt", "updatedAt"} else _with_random_times(item, next_time, is_kept)
            for key, item in value.items()
            if key in {"createdAt", "updatedAt", "type", "subType", "mileage"} or is_kept()
        }
    return [_with_random_times(item, next_time, is_kept) for item in value] if isinstance(value, list) else value


def _minutes_since_start(time: str) -> float:
    return (datetime.fromisoformat(time) - _START) / timedelta(minutes=1)


def _random_statuses(seed: int, count: int) -> list[Status]:
    """Return statuses without equal timestamps."""
    random = Random(seed)  # noqa: S311
    minutes = random.sample(range(2000), 1000)

    def next_time() -> str:
        return (_START + timedelta(minutes=minutes.pop())).isoformat()

    statuses = []
    for _ in range(count):
        body = _with_random_times(STATUS, next_time, lambda: random.random() < 0.9)
        assert isinstance(body, dict)
        driven_at = next_time()
        body["odometer"] = {"createdAt": driven_at, "mileage": 1 + _minutes_since_start(driven_at)}
        statuses.append(Status.from_dict(body))
    return statuses


def _part_times(status: object, path: str = "") -> dict[str, datetime]:
    """Return the timestamp of each part of a status, by path."""
    times: dict[str, datetime] = {}
    if isinstance(status, TimedModel) and status.measured_at and not status.is_empty:
        times[path] = status.measured_at
    if is_dataclass(status):
        for field in fields(status):
            value = getattr(status, field.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, TimedModel | ModelGroup):
                    times |= _part_times(part, f"{path}/{field.name}/{getattr(part, 'merge_key', '')}")
    return times


@settings(max_examples=100)
@given(_SEEDS)
def test_order_does_not_matter(seed: int) -> None:
    bodies = _random_statuses(seed, 3)
    results = []
    for order in permutations(bodies):
        merged = None
        for body in order:
            merged = merge_newest(merged, body)
        results.append(merged)
    assert all(result == results[0] for result in results)


@settings(max_examples=120)
@given(_SEEDS)
def test_merging_is_idempotent(seed: int) -> None:
    bodies = _random_statuses(seed, 2)
    merged = merge_newest(bodies[0], bodies[1])
    assert merge_newest(merged, bodies[0]) is merged
    assert merge_newest(merged, bodies[1]) is merged
    assert merge_newest(merged, merged) is merged


@settings(max_examples=120)
@given(_SEEDS)
def test_no_part_gets_older(seed: int) -> None:
    old, new = _random_statuses(seed, 2)
    before, after = _part_times(old), _part_times(merge_newest(old, new))
    # The position of the alarm trigger is replaced together with the trigger.
    before.pop("/alarm//trigger//position/", None)
    assert {path: time for path, time in before.items() if after[path] < time} == {}
