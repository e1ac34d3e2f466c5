"""Merging believes no time ahead, forgets no member that a car leaves out, and no odometer that jumps."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from custom_components.stellantis.api import Status, has_better_time, merge_newest

NOW: Final = datetime(2026, 3, 10, 12, tzinfo=UTC)


def ago(minutes: float) -> str:
    """Return the time some minutes before now."""
    return (NOW - timedelta(minutes=minutes)).isoformat()


def merge(*steps: tuple[float, dict[str, Any]]) -> Status:
    """Merge bodies that are received so many minutes before now."""
    merged: Status | None = None
    for minutes, body in steps:
        merged = merge_newest(merged, Status.from_dict(body), NOW - timedelta(minutes=minutes))
    assert merged
    return merged


def body(minutes: float, **parts: Any) -> dict[str, Any]:
    """Return a body that was measured some minutes before now."""
    return {"updatedAt": ago(minutes), **parts}


def electric(minutes: float, *, charging: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return the energies of an electric car."""
    extension = {"extension": {"electric": {"charging": charging}}} if charging else {}
    return {"energies": [{"type": "Electric", "createdAt": ago(minutes), **members, **extension}]}


@pytest.mark.parametrize(
    ("received_at", "checked_at", "expected"),
    [
        (0, 0, False),  # the clock was right, and is right
        (600, 600, False),  # it is behind, or the clock of the car is ahead
        (600, 30, False),  # it is less behind
        (600, 5, True),  # it was behind
        (0, 600, False),  # it was right, and is behind
    ],
)
def test_time_that_was_replaced_while_the_clock_was_behind(
    received_at: float, checked_at: float, expected: bool
) -> None:
    """The times are the minutes that the clock of Home Assistant was behind."""
    received = body(20, **electric(20, level=50))
    merged = merge((received_at, received))
    now = NOW - timedelta(minutes=checked_at)
    assert has_better_time(merged, Status.from_dict(received), now) is expected
    if expected:
        assert merge((received_at, received), (checked_at, received)).measured_at == NOW - timedelta(minutes=20)


def locked(minutes: float, word: str) -> dict[str, Any]:
    return {"doorsState": {"createdAt": ago(minutes), "lockedStates": [word]}}


# --- times ahead of now


@pytest.mark.parametrize("ahead", [20, 120, 60 * 24 * 3650])
def test_part_ahead_of_its_body_is_replaced_by_the_next(ahead: float) -> None:
    merged = merge((30, body(30, **locked(-ahead, "Unlocked"))), (1, body(1, **locked(1, "Locked"))))
    assert merged.doors_state
    assert merged.doors_state.locked_states == ("Locked",)


def test_part_is_as_old_as_its_body_at_least() -> None:
    merged = merge((5, body(40, **electric(10, level=80))))
    assert merged.electric
    assert merged.electric.measured_at == merged.measured_at == NOW - timedelta(minutes=40)


@pytest.mark.parametrize("ahead", [10, 120, 60 * 24 * 400])
def test_body_ahead_of_now_is_replaced_by_the_next(ahead: float) -> None:
    parked = body(-ahead, kinetic={"createdAt": ago(-ahead), "moving": False})
    merged = merge((1, parked), (0, body(2, kinetic={"createdAt": ago(2), "moving": True})))
    assert merged.kinetic
    assert merged.kinetic.moving
    assert merged.measured_at == NOW - timedelta(minutes=1)
    # But not by one of an hour ago
    merged = merge((1, parked), (0, body(60, kinetic={"createdAt": ago(60), "moving": True})))
    assert merged.kinetic
    assert not merged.kinetic.moving


def test_bodies_of_a_clock_that_is_ahead_replace_one_another() -> None:
    merged = merge((9, body(-120, **locked(-120, "Locked"))), (0, body(-129, **locked(-129, "Unlocked"))))
    assert merged.doors_state
    assert (merged.doors_state.locked_states, merged.doors_state.measured_at) == (("Unlocked",), NOW)


def test_honest_parts_of_a_body_ahead_keep_their_time() -> None:
    merged = merge((0, body(-600, battery={"createdAt": ago(300), "voltage": 80})))
    assert merged.battery
    assert merged.battery.measured_at == NOW - timedelta(minutes=300)


def test_small_difference_of_clocks_is_no_error() -> None:
    merged = merge((0, body(-2, **electric(-2, level=80))))
    assert merged.measured_at == NOW + timedelta(minutes=2)


def test_known_status_ahead_of_now_is_replaced_when_the_clock_is_set_right() -> None:
    """The clock of Home Assistant was ahead when the first body came."""
    merged = merge((-600, body(-590, **locked(-590, "Locked"))), (0, body(1, **locked(1, "Unlocked"))))
    assert merged.doors_state
    assert merged.doors_state.locked_states == ("Unlocked",)
    assert merged.measured_at == NOW - timedelta(minutes=1)


# --- what newer bodies lack


def test_energy_keeps_what_a_newer_body_lacks_with_its_time() -> None:
    plugged = {"plugged": True, "status": "Stopped"}
    merged = merge(
        (60, body(60, **electric(60, level=40, autonomy=120, charging=plugged))),
        (30, body(30, **electric(30, level=44))),
        (0, body(0, **electric(0, autonomy=140))),
    ).electric
    assert merged
    assert merged.charging
    assert (merged.level, merged.autonomy, merged.charging.plugged) == (44, 140, True)
    assert merged.measured_at == merged.time_of("autonomy") == NOW
    assert merged.time_of("level") == NOW - timedelta(minutes=30)
    assert merged.time_of("charging") == NOW - timedelta(minutes=60)


def test_energy_keeps_no_member_that_an_older_body_has_too() -> None:
    merged = merge(
        (60, body(60, **electric(60, level=40))), (5, body(5, **electric(5))), (0, body(20, **electric(20, level=50)))
    ).electric
    assert merged
    assert (merged.level, merged.time_of("level")) == (50, NOW - timedelta(minutes=20))


@pytest.mark.parametrize(("days", "is_kept"), [(6, True), (8, False)])
def test_what_newer_bodies_lack_is_forgotten_in_the_end(days: float, *, is_kept: bool) -> None:
    minutes = days * 24 * 60
    environment = {"environment": {"air": {"createdAt": ago(minutes), "temp": 21}}}
    old = body(minutes, battery={"createdAt": ago(minutes), "voltage": 80}, **environment)
    merged = merge((minutes, {**old, **electric(minutes, autonomy=99)}), (0, body(0, **electric(0, level=50))))
    assert merged.electric
    assert merged.environment
    known = (merged.battery, merged.environment.air, merged.electric.autonomy)
    assert [value is not None for value in known] == [is_kept] * 3


def test_old_part_stays_as_long_as_bodies_contain_it() -> None:
    parked_long_ago = {"kinetic": {"createdAt": ago(60 * 24 * 300), "moving": False}}
    merged = merge((60, body(60, **parked_long_ago)), (0, body(0, **parked_long_ago)))
    assert merged.kinetic


@pytest.mark.parametrize("empty", [{}, {"voltage": None}, {"voltage": "low"}, {"voltage": 250}])
def test_empty_part_replaces_nothing(empty: dict[str, Any]) -> None:
    old = body(60, battery={"createdAt": ago(60), "voltage": 80})
    merged = merge((60, old), (0, body(0, battery={"createdAt": ago(0), **empty})))
    assert merged.battery
    assert merged.battery.voltage == 80


@pytest.mark.parametrize("coordinates", [[0, 0], [0.0, 0.0, 12], [None, None, None], [], [2.5], ["2.5", "48"], None])
def test_position_without_coordinates_replaces_nothing(coordinates: Any) -> None:
    def position(minutes: float, coordinates: Any) -> dict[str, Any]:
        geometry = {"type": "Point", "coordinates": coordinates}
        return {"lastPosition": {"geometry": geometry, "properties": {"createdAt": ago(minutes), "heading": 90}}}

    merged = merge((60, body(60, **position(60, [2.5, 47.25]))), (0, body(0, **position(0, coordinates))))
    assert merged.last_position
    assert (merged.last_position.longitude, merged.last_position.latitude) == (2.5, 47.25)
    assert merged.last_position.measured_at == NOW - timedelta(minutes=60)
    again = merge((60, body(60, **position(60, coordinates))), (0, body(0, **position(0, [2.5, 47.25]))))
    assert again.last_position
    assert again.last_position.latitude == 47.25


# --- deprecated twins


@pytest.mark.parametrize(
    ("current", "deprecated", "expected"),
    [
        # Members, and objects
        ([{"type": "Electric"}], [{"type": "Electric", "level": 71, "autonomy": 33}], (71, 33, None, None)),
        ([], [{"type": "Electric", "level": 71, "charging": {"plugged": True}}], (71, None, True, None)),
        (None, [{"type": "Electric", "level": 71}], (71, None, None, None)),
        ([{"type": "Fuel", "level": 5}], [{"type": "Electric", "level": 71}], (71, None, None, None)),
        (
            [{"type": "Electric", "level": 70, "extension": {"electric": {"charging": {"plugged": True}}}}],
            [{"type": "Electric", "level": 9, "charging": {"plugged": False, "status": "InProgress"}}],
            (70, None, True, "InProgress"),
        ),
        (
            [{"type": "Electric", "level": None, "extension": {"electric": {"charging": None}}}],
            [{"type": "Electric", "level": 9, "charging": {"plugged": False}}],
            (9, None, False, None),
        ),
        ([{"type": "Electric", "level": 70}], "nothing", (70, None, None, None)),
        ([{"type": "Electric", "level": 70}, 5], [5, {"type": ["Electric"]}], (70, None, None, None)),
    ],
)
def test_deprecated_energy_completes_the_current_one(
    current: Any, deprecated: Any, expected: tuple[float | None, float | None, bool | None, str | None]
) -> None:
    energy = Status.from_dict(body(0, energies=current, energy=deprecated)).electric
    assert energy
    charging = energy.charging
    shown = (energy.level, energy.autonomy, charging and charging.plugged, charging and charging.status)
    assert shown == expected


def test_deprecated_member_has_its_own_time() -> None:
    """A range in a twin that stands still for months is older than the last one."""
    twin = {"energy": [{"type": "Electric", "createdAt": ago(90000), "autonomy": 41}]}
    merged = merge(
        (60, body(60, **electric(60, level=40, autonomy=120))), (0, body(0, **electric(0, level=41), **twin))
    ).electric
    assert merged
    assert (merged.level, merged.autonomy, merged.time_of("autonomy")) == (41, 120, NOW - timedelta(minutes=60))


def test_other_parts_fall_back_to_their_deprecated_names() -> None:
    twins = {
        "preconditioning": {"airConditioning": {"createdAt": ago(0)}},
        "preconditionning": {"airConditioning": {"createdAt": ago(9), "status": "Enabled"}},
        "odometer": {"createdAt": ago(0)},
        "timed.odometer": {"mileage": 1234.5},
        "doorsState": {"createdAt": ago(0), "lockedStates": None, "lockedState": "Locked"},
    }
    status = Status.from_dict(body(0, **twins))
    assert status.preconditioning
    assert status.preconditioning.air_conditioning
    assert status.preconditioning.air_conditioning.status == "Enabled"
    assert status.odometer
    assert status.odometer.mileage == 1234.5
    assert status.doors_state
    assert status.doors_state.locked_states == ("Locked",)


# --- odometer

HOUR = 60
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        # A reading that is far too high is not believed
        ([(9, 12345.6), (5, 1677721.5), (0, 12350)], 12350),
        ([(9, 12345.6), (5, 1677721.5)], 12345.6),
        ([(9, 50010), (5, 999999), (3, 999999), (0, 50020)], 50020),
        # But a car that was silent may have been driven far
        ([(30 * DAY, 50010), (0, 58000)], 58000),
        ([(5, 50010), (0, 52000)], 52000),
        # A wrong first reading is replaced as soon as lower ones are repeated
        ([(5 * HOUR, 999999), (4 * HOUR, 50020), (4 * HOUR - 5, 50021), (2 * HOUR, 50060)], 50060),
        ([(5 * HOUR, 999999), (4 * HOUR, 50020)], 999999),
        ([(5 * HOUR, 999999), (4 * HOUR, 50020), (3 * HOUR + 30, 50021)], 999999),
        # 0 is no reading
        ([(5, 50010), (0, 0.0)], 50010),
        ([(5, 0), (0, 50010)], 50010),
        ([(9 * HOUR, 50010), (8 * HOUR, 0), (5 * HOUR, 0), (0, 0)], 50010),
        # A lower reading between higher ones is wrong
        ([(9 * HOUR, 50010), (8 * HOUR, 40), (7 * HOUR, 50012), (6 * HOUR, 41)], 50012),
        ([(9 * HOUR, 50010), (8 * HOUR, 40), (7 * HOUR, 50010), (6 * HOUR, 41)], 50010),
        # Older bodies change nothing
        ([(0, 50010), (HOUR, 49000), (0, 50010), (HOUR, 49000), (3 * HOUR, 48000)], 50010),
        ([(0, 50010), (9 * HOUR, 999999)], 50010),
    ],
)
def test_odometer(readings: list[tuple[float, float]], expected: float) -> None:
    steps = [
        (0 if minutes == 0 else minutes, body(minutes, odometer={"createdAt": ago(minutes), "mileage": mileage}))
        for minutes, mileage in readings
    ]
    merged: Status | None = None
    for _, step in steps:
        merged = merge_newest(merged, Status.from_dict(step), NOW)
    assert merged
    assert merged.odometer
    assert merged.odometer.mileage == expected


def test_silence_does_not_shrink_the_bound_of_a_rise() -> None:
    """Bodies without a mileage come first after a month."""
    month = 30 * DAY
    merged = merge(
        (month, body(month, odometer={"createdAt": ago(month), "mileage": 50010})),
        (9, body(9, odometer={"createdAt": ago(9), "mileage": 0})),
        (0, body(0, odometer={"createdAt": ago(0), "mileage": 58000})),
    )
    assert merged.odometer
    assert merged.odometer.mileage == 58000
