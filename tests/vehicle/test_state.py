"""The derived state of a car: which levels, motions, delayed charges and positions are believed."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from custom_components.stellantis.api import Energy, Status, Vehicle, merge_newest
from custom_components.stellantis.vehicle.battery import battery_level
from custom_components.stellantis.vehicle.state import (
    Activity,
    VehicleState,
    is_position_hidden,
    visible_position,
)

NOW: Final = datetime(2026, 3, 10, 12, tzinfo=UTC)


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def build_state(minutes_ago: float = 0, **parts: Any) -> VehicleState:
    """Return the state of an electric car."""
    status = Status.from_dict({"updatedAt": ago(minutes_ago), **parts})
    return VehicleState.from_status(NOW, Vehicle(motorization="Electric"), merge_newest(None, status, NOW))


def build_energy(
    level: float | None, autonomy: float | None = None, load: tuple[float, float] | None = None, **members: Any
) -> dict[str, Any]:
    """Return an electric energy; `load` is capacity and residual energy in Wh, `load_at` its time."""
    charging, load_at = members.pop("charging", {"plugged": False}), members.pop("load_at", members.get("createdAt"))
    battery = {"load": {"createdAt": load_at, "capacity": load[0], "residual": load[1]}} if load else None
    extension = {"electric": {"charging": charging, "battery": battery}}
    return {"type": "Electric", "level": level, "autonomy": autonomy, "extension": extension, **members}


def test_an_unchanged_state_stays_the_same_object() -> None:
    last = build_state(kinetic={"createdAt": ago(5), "moving": True})
    vehicle = Vehicle(motorization="Electric")
    later = NOW + timedelta(minutes=10)
    assert VehicleState.from_status(later, vehicle, last.status, last) is last


@pytest.mark.parametrize(
    ("vehicle", "minutes", "is_motion_current"),
    [(Vehicle(motorization="Electric"), 40, False), (Vehicle(motorization="Hybrid"), 10, True)],
)
def test_a_state_changes_with_the_car_and_when_its_motion_becomes_outdated(
    vehicle: Vehicle, minutes: int, is_motion_current: bool
) -> None:
    last = build_state(kinetic={"createdAt": ago(5), "moving": True})
    state = VehicleState.from_status(NOW + timedelta(minutes=minutes), vehicle, last.status, last)
    assert state is not last
    assert (state.vehicle, state.is_motion_current) == (vehicle, is_motion_current)


@pytest.mark.parametrize(
    ("energy", "expected"),
    [
        (build_energy(None, 0), None),
        (build_energy(80), 80),
        (build_energy(80, 250), 80),
        # A range of 0
        (build_energy(100, 0), None),
        (build_energy(40, 0), None),
        (build_energy(15, 0), 15),
        (build_energy(3, 0), 3),
        (build_energy(100, 1), 100),
        # Mild hybrids
        (build_energy(57, 0, (432, 246)), 57),
        (build_energy(57, 0, charging=None), 57),
        (build_energy(90, 0, (800, 100), charging=None), 90),
        # Remaining energy
        (build_energy(60, None, (52_700, 12_150)), None),
        (build_energy(60, 150, (52_700, 12_150)), None),
        (build_energy(50, 150, (52_700, 12_150)), 50),
        (build_energy(20, 60, (52_700, 50_000)), 20),  # only a higher level is wrong
        (build_energy(93, 232, (34_720, 27_488)), 93),
        # Energies that are not credible
        (build_energy(43, 128, (33_280, 4_096)), 43),
        (build_energy(80, 250, (52_700, 0)), 80),
        (build_energy(80, 250, (0, 10_000)), 80),
        (build_energy(80, 250, (3_000, 1_000)), 80),
        (build_energy(80, 250, (900_000, 10_000)), 80),
        # A remaining energy of before the charge
        (build_energy(80, None, (52_700, 12_150), createdAt=ago(0), load_at=ago(31)), 80),
        (build_energy(80, None, (52_700, 12_150), createdAt=ago(0), load_at=ago(29)), None),
        (build_energy(80, None, (52_700, 12_150), createdAt=ago(600), load_at=ago(0)), None),
    ],
)
def test_battery_level(energy: dict[str, Any], expected: float | None) -> None:
    assert battery_level(Energy.from_dict(energy)) == expected
    assert build_state(energies=[energy]).battery_level == expected


def test_battery_level_at_the_end_of_a_trip() -> None:
    """Energies of trips do not say whether the car can be plugged in."""
    energy = Energy.from_dict({"type": "Electric", "level": 100, "autonomy": 0})
    assert battery_level(energy) == 100
    assert battery_level(energy, is_plug_in=True) is None


@pytest.mark.parametrize(
    ("parts", "is_driving", "activity"),
    [
        ({"ignition": (1, "StartUp")}, True, Activity.ACTIVE),
        ({"ignition": (29, "Start")}, True, Activity.ACTIVE),
        ({"ignition": (31, "StartUp")}, False, Activity.PARKED),
        ({"ignition": (900, "Start")}, False, Activity.PARKED),
        ({"ignition": (1, "Stop")}, False, Activity.PARKED),
        ({"ignition": (1, "Free")}, False, Activity.PARKED),
        ({"powertrain": (1, "Running")}, True, Activity.ACTIVE),
        ({"powertrain": (31, "Running")}, False, Activity.PARKED),
        ({"ignition": (31, "StartUp"), "moving": (1, True)}, True, Activity.ACTIVE),
        ({"ignition": (31, "StartUp"), "moving": (31, True)}, False, Activity.PARKED),
        # It was switched on before the charge
        ({"ignition": (20, "StartUp"), "charging": 5}, False, Activity.ACTIVE),
        ({"ignition": (5, "StartUp"), "charging": 20}, True, Activity.ACTIVE),
        ({"moving": (1, True), "charging": 0}, True, Activity.ACTIVE),
    ],
)
def test_driving(parts: dict[str, Any], *, is_driving: bool, activity: Activity) -> None:
    body: dict[str, Any] = {}
    for name in ("ignition", "powertrain"):
        if name in parts:
            minutes, word = parts[name]
            body[name] = {"createdAt": ago(minutes), "type": word, "status": word}
    if "moving" in parts:
        minutes, moving = parts["moving"]
        body["kinetic"] = {"createdAt": ago(minutes), "moving": moving}
    if "charging" in parts:
        charging = {"plugged": True, "status": "InProgress"}
        body["energies"] = [build_energy(50, charging=charging, createdAt=ago(parts["charging"]))]
    state = build_state(**body)
    assert state.is_driving is is_driving
    assert state.activity(NOW) is activity


@pytest.mark.parametrize(
    ("words", "is_hidden"),
    [
        ((), False),
        (("None",), False),
        (("Geolocation",), True),
        (("Full",), True),
        (("Partial",), True),
        ((None,), True),
        (("None", "None"), False),
        (("None", "Geolocation"), True),
        (("Nobody knows", "None"), True),
    ],
)
def test_position_is_hidden_unless_privacy_is_off(words: tuple[str | None, ...], *, is_hidden: bool) -> None:
    geometry = {"coordinates": [2.5, 47.25]}
    statuses = [
        Status.from_dict({"privacy": {"state": word}, "lastPosition": {"geometry": geometry}}) for word in words
    ]
    privacies = [status.privacy for status in statuses]
    assert is_position_hidden(None, *privacies) is is_hidden
    position = Status.from_dict({"lastPosition": {"geometry": geometry}}).last_position
    assert visible_position(position, None, *privacies) == (None if is_hidden else position)
    for status in statuses[:1]:
        assert build_state(privacy={"state": words[0]}).is_position_hidden is is_position_hidden(status.privacy)


def test_end_of_charging_is_reckoned_from_when_it_was_measured() -> None:
    """A newer body lacks the charging."""
    charging = {"plugged": True, "status": "InProgress", "remainingTime": "PT2H"}
    old = Status.from_dict({"energies": [build_energy(50, charging=charging, createdAt=ago(60))]})
    new = Status.from_dict({"energies": [{"type": "Electric", "createdAt": ago(0), "level": 60}]})
    state = VehicleState.from_status(NOW, Vehicle(), merge_newest(old, new, NOW))
    assert state.is_charging
    assert state.expected_charging_end == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("remaining", "hours"), [("PT0S", None), ("PT45M", 0.75), ("PT90H", 90), ("PT1092H15M", None), (None, None)]
)
def test_remaining_time_that_no_charge_takes_is_unknown(remaining: str | None, hours: float | None) -> None:
    charging = {"plugged": True, "status": "InProgress", "remainingTime": remaining}
    end = build_state(energies=[build_energy(40, charging=charging)]).expected_charging_end
    assert end == (None if hours is None else NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("words", "is_unlocked"),
    [
        (["Locked"], False),
        (["SuperLocked", "Locked"], False),
        (["Locked", "RearDoorsUnlocked"], True),
        (["OtherDoorsUnlocked", "Elsewhere"], True),
        # An unknown word may say that a door is not locked
        (["Locked", "Elsewhere"], None),
        (["Elsewhere"], None),
        ([], None),
    ],
)
def test_car_is_locked_only_if_nothing_else_is_reported(words: list[str], *, is_unlocked: bool | None) -> None:
    assert build_state(doorsState={"lockedStates": words}).is_unlocked is is_unlocked
