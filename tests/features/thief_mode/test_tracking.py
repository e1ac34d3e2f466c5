"""When a tracked car is woken, what is recorded of it, and whether a car was towed. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.stellantis.api import Odometer, Position, Status, Vehicle
from custom_components.stellantis.features.thief_mode.tracking import (
    MAX_POINTS,
    MAX_WAKE_UPS,
    ParkedCar,
    Reason,
    Tracking,
    has_gone_off,
)
from custom_components.stellantis.history.events import EventItem
from custom_components.stellantis.vehicle.state import VehicleState

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TRACKING = Tracking(started=NOW, until=NOW + 120 * MINUTE, reason=Reason.PERSON)
PARKED = ParkedCar(longitude=2.0, latitude=48.0, mileage=1000)


@pytest.mark.parametrize(
    ("tracking", "minutes", "silence", "should_wake"),
    [
        pytest.param(TRACKING, 0, 60, True, id="asleep"),
        pytest.param(TRACKING, 0, None, True, id="nothing known"),
        pytest.param(TRACKING, 0, 4, False, id="awake"),
        pytest.param(TRACKING.with_wake_up(NOW), 9, 9, False, id="woken shortly before"),
        pytest.param(TRACKING.with_wake_up(NOW), 10, 7, True, id="asleep again"),
        pytest.param(replace(TRACKING, until=NOW + 24 * 60 * MINUTE).with_wake_up(NOW), 119, 60, False, id="spread"),
        pytest.param(replace(TRACKING, until=NOW + 24 * 60 * MINUTE).with_wake_up(NOW), 120, 60, True, id="a day"),
        pytest.param(replace(TRACKING, wake_ups=MAX_WAKE_UPS), 60, 60, False, id="used up"),
    ],
)
def test_wake_ups(tracking: Tracking, minutes: int, silence: int | None, *, should_wake: bool) -> None:
    now = NOW + minutes * MINUTE
    assert tracking.should_wake(now, None if silence is None else now - silence * MINUTE) is should_wake


def test_positions() -> None:
    tracking = TRACKING
    for position in (
        None,
        Position(created_at=NOW + MINUTE),
        Position(longitude=1, latitude=2),
        Position(longitude=1, latitude=2, created_at=NOW - MINUTE),
    ):
        assert tracking.with_position(position) is tracking
    for index in range(1, MAX_POINTS + 3):
        tracking = tracking.with_position(Position(longitude=1, latitude=2, created_at=NOW + index * MINUTE))
    assert len(tracking.points) == MAX_POINTS
    assert tracking.points[-1].time == NOW + (MAX_POINTS + 2) * MINUTE
    assert tracking.with_position(Position(longitude=1, latitude=2, created_at=tracking.points[-1].time)) is tracking
    assert Tracking.from_dict(tracking.to_dict()) == replace(tracking, points=list(tracking.points))


@pytest.mark.parametrize(
    ("latitude", "mileage", "was_towed"),
    [
        pytest.param(48.0, 1000, False, id="there"),
        pytest.param(48.008, 1000, False, id="too near to tell"),
        pytest.param(48.02, 1000, True, id="2 km away"),
        pytest.param(48.02, 1002, False, id="driven"),
        pytest.param(48.2, 1002, True, id="driven a little, and towed"),
    ],
)
def test_towed(latitude: float, mileage: float, *, was_towed: bool) -> None:
    assert PARKED.was_towed_to(ParkedCar(longitude=2.0, latitude=latitude, mileage=mileage)) is was_towed


@pytest.mark.parametrize(
    ("position_at", "odometer_at", "is_known"),
    [(NOW, NOW, True), (NOW, NOW - 6 * MINUTE, False), (NOW - 60 * MINUTE, NOW, True), (None, NOW, False)],
)
def test_parked_car(position_at: datetime | None, odometer_at: datetime, *, is_known: bool) -> None:
    """An older odometer reading may be from before the drive to this place."""
    status = Status(
        last_position=Position(longitude=2.0, latitude=48.0, created_at=position_at),
        odometer=Odometer(mileage=1000, created_at=odometer_at),
    )
    state = VehicleState.from_status(NOW, Vehicle(), status)
    assert ParkedCar.from_state(state) == (PARKED if is_known else None)
    assert ParkedCar.from_state(VehicleState.from_status(NOW, Vehicle(), Status())) is None


@pytest.mark.parametrize(
    ("hours_ago", "expected"),
    [
        ({}, False),
        ({"armed": 1}, False),
        ({"armed": 9, "triggered": 1}, True),
        ({"triggered": 5, "armed": 1}, True),
        ({"triggered": 2, "disarmed": 1}, False),
        ({"triggered": 25}, False),
    ],
)
def test_alarm(hours_ago: dict[str, int], expected: bool) -> None:
    """After an outage, an alarm may be old, and its owner may have turned it off."""
    events = [
        EventItem(type=kind, attributes={"time": (NOW - timedelta(hours=hours)).isoformat()})
        for kind, hours in hours_ago.items()
    ]
    assert has_gone_off(events, NOW) is expected
