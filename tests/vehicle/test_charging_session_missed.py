"""Charging sessions whose start or end nobody saw, that are interrupted, or that are none."""

from typing import Any

import pytest

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.vehicle.charging_reading import BatterySample
from custom_components.stellantis.vehicle.charging_session import ActiveSession, update_session
from custom_components.stellantis.vehicle.state import VehicleState
from tests.support.charging import CHARGING, START, UNPLUGGED, state_at, time, update_all

# --- starts and ends that nobody saw


def sessions_of(*states: VehicleState, **options: Any) -> list[tuple[float, float]]:
    """Return the levels at the start and at the end of each session that has ended."""
    return [(session.start_level, session.end_level) for session in update_all(*states, **options)[1]]


@pytest.mark.parametrize(
    ("states", "levels"),
    [
        # The first states of charging were missed
        ([state_at(0, 30, "Stopped"), state_at(50, 40), state_at(120, 80, "Finished")], [(30, 80)]),
        ([state_at(0, 30, **UNPLUGGED), state_at(50, 40), state_at(120, 80, "Finished")], [(30, 80)]),
        # All were missed
        ([state_at(0, 20, **UNPLUGGED), state_at(600, 80, **UNPLUGGED)], [(20, 80)]),
        ([state_at(0, 40, "Stopped"), state_at(700, 100, "Finished")], [(40, 100)]),
        ([state_at(0, 40, "Stopped"), state_at(300, 60, "Stopped"), state_at(700, 100, "Finished")], [(40, 100)]),
        ([state_at(0, 20, **UNPLUGGED), state_at(600, 90, **UNPLUGGED, km=1012)], [(20, 90)]),
        ([state_at(0, 20, **UNPLUGGED, km=None), state_at(600, 90, **UNPLUGGED)], [(20, 90)]),
        # The last ones were missed
        ([state_at(0, 55), state_at(600, 78, **UNPLUGGED, km=1003)], [(55, 78)]),
        ([state_at(0, 55), state_at(600, 78, **UNPLUGGED, km=1000.6)], [(55, 78)]),
        ([state_at(0, 55), state_at(600, 78, "Stopped"), state_at(900, 70, **UNPLUGGED, km=1030)], [(55, 78)]),
        # Driven, by a car that does not report its odometer
        ([state_at(0, 40, km=None), state_at(60, 80, "Stopped", km=None), state_at(200, 50, km=None),
          state_at(300, 60, "Finished", km=None)], [(40, 80), (50, 60)]),
        # Charged elsewhere, and now again
        ([state_at(0, 20, **UNPLUGGED), state_at(600, 80, km=1040), state_at(700, 90, "Finished", km=1040)],
         [(20, 80), (80, 90)]),
        # Neither warmth, nor braking, nor the engine of a hybrid is a charge
        ([state_at(0, 50, **UNPLUGGED), state_at(600, 52, **UNPLUGGED)], []),
        ([state_at(0, 50, **UNPLUGGED), state_at(60, 62, **UNPLUGGED, km=1010)], []),
        # Downhill, with an odometer that is rounded, follows after the drive, or is not reported
        ([state_at(0, 50, **UNPLUGGED), state_at(5, 53, **UNPLUGGED)], []),
        ([state_at(0, 50, **UNPLUGGED), state_at(5, 54, **UNPLUGGED, km=1000.4)], []),
        ([state_at(0, 50, **UNPLUGGED), state_at(20, 58, **UNPLUGGED, is_driving=True)], []),
        ([state_at(0, 50, **UNPLUGGED, km=None), state_at(20, 58, **UNPLUGGED, km=None)], []),
        # More than that was charged
        ([state_at(0, 50, **UNPLUGGED), state_at(60, 56, **UNPLUGGED)], [(50, 56)]),
        ([state_at(0, 50, **UNPLUGGED), state_at(60, 75, **UNPLUGGED, is_driving=True)], [(50, 75)]),
        ([state_at(0, 10, **UNPLUGGED, motorization="Hybrid"),
          state_at(90, 80, **UNPLUGGED, km=1100, motorization="Hybrid")], []),
        # A hybrid that was driven less than its engine could have charged
        ([state_at(0, 10, **UNPLUGGED, motorization="Hybrid"),
          state_at(90, 80, **UNPLUGGED, km=1004, motorization="Hybrid")], [(10, 80)]),
        # Consumption between two sessions
        ([state_at(0, 80, "Finished"), state_at(60, 40, **UNPLUGGED, km=1050), state_at(90, 40, km=1050),
          state_at(150, 60, "Finished", km=1050)], [(40, 60)]),
    ],
)  # fmt: skip
def test_charging_that_was_missed(states: list[VehicleState], levels: list[tuple[float, float]]) -> None:
    assert sessions_of(*states) == levels


def test_missed_start_and_end_are_bounds() -> None:
    _, (session,) = update_all(state_at(0, 20, **UNPLUGGED), state_at(600, 80, **UNPLUGGED))
    assert (session.start, session.started_before) == (START, time(600))
    assert (session.ended_after, session.end) == (START, time(600))
    assert session.minutes is None
    _, (session,) = update_all(state_at(0, 20, "Stopped"), state_at(200, 40), state_at(240, 60, "Finished"))
    assert (session.start, session.started_before) == (START, time(200))
    assert (session.ended_after, session.end) == (None, time(240))
    _, (session,) = update_all(state_at(0, 20), state_at(30, 30), state_at(240, 60, "Finished"))
    assert (session.started_before, session.ended_after, session.end) == (None, time(30), time(240))
    # Two polls of a sleeping car are not too far apart
    _, (session,) = update_all(state_at(0, 20, "Stopped"), state_at(60, 25), state_at(120, 60, "Finished"))
    assert (session.started_before, session.ended_after, session.minutes) == (None, None, 120)


# --- states that must not split a session, and sessions that are none


@pytest.mark.parametrize(
    ("states", "levels"),
    [
        # Wake-ups
        ([state_at(0, 50), state_at(10, 52, "Disconnected"), state_at(12, 53), state_at(20, 54, "Disconnected"),
          state_at(22, 55), state_at(40, 60, "Finished")], [(50, 60)]),
        # Solar power
        ([state_at(60 * hour, 30 + 2 * hour, CHARGING if hour % 3 else "Stopped") for hour in range(1, 10)]
         + [state_at(700, 51, **UNPLUGGED)], [(32, 51)]),
        # Solar power that is on only while nobody looks
        ([*(state_at(60 * hour, 30 + 2 * hour, "Stopped") for hour in range(4)), state_at(200, 36, **UNPLUGGED)],
         [(30, 36)]),
        # An odometer that tells of the drive home when the car already charges
        ([state_at(0, 30), state_at(10, 33, km=1025), state_at(20, 36, km=1025), state_at(60, 50, "Finished", km=1025)],
         [(30, 50)]),
        # An end that is reported again and again
        ([state_at(0, 80), *(state_at(60 + 15 * poll, 100, "Finished") for poll in range(5))], [(80, 100)]),
        # A level that stands still and then jumps
        ([*(state_at(poll, 40) for poll in range(3)), state_at(300, 100, "Finished")], [(40, 100)]),
        # The same after the end
        ([state_at(0, 40), state_at(200, 40, "Finished"), state_at(230, 100, "Finished")], [(40, 100)]),
        ([state_at(0, 40), state_at(200, 40, **UNPLUGGED), state_at(230, 100, **UNPLUGGED)], [(40, 100)]),
        ([state_at(0, 40), state_at(50, 99, "Finished"), state_at(55, 100, "Finished")], [(40, 99)]),
        # A level that wavers while the car waits on its cable
        ([*(state_at(60 * hour, 50 + hour % 3, "Stopped") for hour in range(9)), state_at(600, 51, **UNPLUGGED)], []),
        # Balancing, and preconditioning on the cable
        ([state_at(minute, 100, CHARGING if minute % 10 else "Finished") for minute in range(0, 60, 5)], []),
        ([state_at(0, 100, "Finished"), state_at(5, 100), state_at(9, 99), state_at(20, 99, "Finished")], []),
        # No charging at all
        ([state_at(0, 50), state_at(10, 50, "Stopped"), state_at(900, 50, **UNPLUGGED)], []),
    ],
)  # fmt: skip
def test_sessions_that_are_one_or_none(states: list[VehicleState], levels: list[tuple[float, float]]) -> None:
    assert sessions_of(*states) == levels


@pytest.mark.parametrize(("level", "autonomy"), [(100, 0), (0, 180)])
def test_level_that_contradicts_the_range_is_no_start(level: float, autonomy: float) -> None:
    wrong = {"level": level, "autonomy": autonomy, "charging": {"plugged": True, "status": CHARGING}}
    status = Status.from_dict({"energies": [{**wrong, "type": "Electric", "createdAt": time(-30).isoformat()}]})
    state = VehicleState.from_status(time(-30), Vehicle(), status)
    assert sessions_of(state, state_at(0, 12), state_at(200, 100, "Finished")) == [(12, 100)]


def test_level_that_follows_after_the_end_belongs_to_the_session() -> None:
    _, (session,) = update_all(state_at(0, 40), state_at(200, 40, "Finished"), state_at(230, 100, "Finished"))
    assert (session.start, session.started_before, session.end) == (START, None, time(230))


# --- capacity and marks


def test_known_capacity_counts_instead_of_the_reported_one() -> None:
    states = [state_at(0, 57, capacity=34_016, residual=19_389), state_at(300, 93, "Finished", capacity=34_720)]
    _, (session,) = update_all(*states, capacity=46, price=0.5, currency="EUR")
    assert (session.energy, session.cost) == (pytest.approx(16.56), pytest.approx(8.28))
    assert session.currency == "EUR"
    _, (session,) = update_all(state_at(0, 57, capacity=None), state_at(9, 93, "Finished", capacity=None), capacity=46)
    assert (session.energy, session.cost, session.currency) == (pytest.approx(16.56), None, None)


def test_state_from_the_future_blocks_nothing() -> None:
    """What an older version stored from one does not, either."""
    now = time(60)
    course = [state_at(0, 20), state_at(500_000, 90, "Finished"), state_at(30, 40, "Finished")]
    assert sessions_of(*course, now=now) == [(20, 40)]
    last = BatterySample(measured_at=time(500_000), level=90)
    update = update_session(None, last, state_at(30, 40), now=now)
    assert update.active
    assert update.sample
    assert (update.active.start_level, update.sample.measured_at) == (40, time(30))


def test_session_of_an_older_version_goes_on() -> None:
    begun = ActiveSession(start=START, start_level=20, last_seen=time(30), level=35, mileage=1000)
    update = update_session(begun, None, state_at(60, 60, "Finished"))
    assert [(session.start_level, session.end_level) for session in update.ended] == [(20, 60)]
