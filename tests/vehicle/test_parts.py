"""A value changes only when the part of the state that it is read from has changed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from custom_components.stellantis.api import Status, Vehicle, merge_newest
from custom_components.stellantis.endpoints import SECONDARY_ENDPOINTS, get_refresh_parts
from custom_components.stellantis.features.archive.path import get_point
from custom_components.stellantis.features.archive.recorder import get_path_parts
from custom_components.stellantis.features.thief_mode.tracking import ParkedCar, get_place_parts
from custom_components.stellantis.vehicle.auxiliary_battery import get_sample_parts, next_samples
from custom_components.stellantis.vehicle.charge_limit import ChargeReport, get_report_parts
from custom_components.stellantis.vehicle.drive import Drive, get_drive_parts, next_drive
from custom_components.stellantis.vehicle.parts import LastParts
from custom_components.stellantis.vehicle.state import DERIVED, VehicleState
from tests.support.status_bodies import BODIES, NOW
from tests.support.status_entities import status_descriptions


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
    descriptions = status_descriptions()
    part_fns = {part_fn for description in descriptions.values() if (part_fn := description.part_fn)}
    changes = dict.fromkeys(descriptions, 0)
    last: dict[str, Any] = {}
    last_parts = LastParts()
    for state in _states(motorization):
        changed = last_parts.update(state, part_fns)
        for name, description in descriptions.items():
            value = description.value_fn(replace(state))  # nothing is derived yet
            is_changed = value != last.get(name)
            assert not is_changed or description.part_fn is None or description.part_fn in changed, name
            changes[name] += is_changed
            last[name] = value
    assert len(descriptions) > 90
    assert len(part_fns) > 30
    assert sum(map(bool, changes.values())) > 40


@pytest.mark.parametrize("motorization", ["Electric", "Hybrid", "Thermic"])
def test_what_is_taken_over_from_the_last_state_is_as_derived_anew(motorization: str) -> None:
    last: VehicleState | None = None
    names = [name for _, derived in DERIVED for name in derived]
    taken_over = set[str]()
    for fresh in _states(motorization):
        state = VehicleState.from_status(NOW, fresh.vehicle, fresh.status, last)
        taken_over |= vars(state).keys()
        for name in names:
            assert getattr(state, name) == getattr(fresh, name), name
        last = state
    assert taken_over >= {*names}


def test_a_part_has_changed_if_it_differs() -> None:
    last_parts, found, status = LastParts(), list[bool](), None
    kinetic, battery = {"createdAt": NOW.isoformat(), "moving": True, "speed": 30}, {"voltage": 80}

    def kinetic_of(state: VehicleState) -> object:
        return state.status.kinetic

    for body in ({}, {"kinetic": kinetic}, {"battery": battery}, {"kinetic": {**kinetic, "speed": 50}}, {}):
        now = NOW + timedelta(minutes=len(found))
        status = merge_newest(status, Status.from_dict({"updatedAt": now.isoformat(), **body}), now)
        state = VehicleState.from_status(now, Vehicle(), status)
        found.append(bool(last_parts.update(state, [kinetic_of])))
    assert found == [True, True, False, True, False]


def test_several_parts_have_changed_if_one_of_them_has() -> None:
    last_parts, first, second = LastParts(), object(), object()

    def parts_of(parts: tuple[object, ...]) -> object:
        return (*parts,)

    sequence = [(first, second), (first, second), (first, None), (first, None)]
    assert [bool(last_parts.update(parts, [parts_of])) for parts in sequence] == [True, False, True, False]


@pytest.mark.parametrize("motorization", ["Electric", "Hybrid", "Thermic"])
def test_nothing_needs_a_refresh_unless_a_cause_has_changed(motorization: str) -> None:
    last, needed = next(states := _states(motorization)), 0
    for state in states:
        is_needed = any(endpoint.needs_refresh_fn(last, state) for endpoint in SECONDARY_ENDPOINTS)
        assert not is_needed or get_refresh_parts(last) != get_refresh_parts(state)
        last, needed = state, needed + is_needed
    assert needed > 5


@pytest.mark.parametrize(
    ("get_parts", "read"),
    [
        (get_report_parts, ChargeReport.from_state),
        (get_place_parts, ParkedCar.from_state),
        (get_drive_parts, lambda state: next_drive(Drive(is_under_way=False), state, None)),
        (get_drive_parts, lambda state: next_drive(Drive(is_under_way=True), state, None)),
        (get_path_parts, lambda state: (state.is_position_hidden, get_point(state.position))),
        (get_sample_parts, partial(next_samples, [])),
    ],
)
def test_what_a_listener_reads_changes_only_with_its_parts(
    get_parts: Callable[[VehicleState], object], read: Callable[[VehicleState], object]
) -> None:
    last, changes = next(states := _states("Electric")), 0
    for state in states:
        is_changed = read(last) != read(state)
        assert not is_changed or get_parts(last) != get_parts(state)
        last, changes = state, changes + is_changed
    assert changes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"odometer": {"mileage": 100}}, {"odometer": {"mileage": 110}}),
        ({"kinetic": {"moving": True}}, {"kinetic": {"moving": False}}),
        ({"safety": {"autoECallTriggering": "NoCall"}}, {"safety": {"autoECallTriggering": "CallRequested"}}),
        ({"alarm": {"status": {"activation": "Active"}}}, {"alarm": {"status": {"activation": "Inactive"}}}),
    ],
    ids=["driven", "parked", "called", "disarmed"],
)
def test_what_makes_an_endpoint_refresh_is_among_its_parts(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = (
        VehicleState.from_status(NOW, Vehicle(), Status.from_dict({"updatedAt": NOW.isoformat(), **body}))
        for body in (before, after)
    )
    assert any(endpoint.needs_refresh_fn(old, new) for endpoint in SECONDARY_ENDPOINTS)
    assert get_refresh_parts(old) != get_refresh_parts(new)
