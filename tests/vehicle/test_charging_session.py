"""Start, end and energy of charging sessions."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.vehicle.charging_session import (
    ActiveSession,
    ChargingSession,
    battery_capacity,
    update_session,
)
from custom_components.stellantis.vehicle.state import VehicleState

START: Final = datetime(2026, 3, 2, 22, 5, tzinfo=UTC)
BATTERY: Final = 50_000
CHARGING: Final = "InProgress"
MISSING: Final = object()


def time(minutes: float) -> datetime:
    """Return the time a number of minutes after the first state."""
    return START + timedelta(minutes=minutes)


def state_at(
    minutes: float,
    level: float | None,
    status: object = CHARGING,
    *,
    km: float | None = 1000,
    residual: float | None = None,
    capacity: float | None = BATTERY,
    motorization: str | None = "Electric",
    plugged: bool = True,
) -> VehicleState:
    """Return the state of a car."""
    measured_at = time(minutes).isoformat()
    load: dict[str, Any] = {"createdAt": measured_at, "capacity": capacity}
    if residual is not None:
        load["residual"] = residual
    charging = {"plugged": plugged} | ({} if status is MISSING else {"status": status})
    energy: dict[str, Any] = {
        "type": "Electric",
        "createdAt": measured_at,
        "level": level,
        "extension": {"electric": {"charging": charging, "battery": {"load": load}}},
    }
    odometer = {"createdAt": measured_at, "mileage": km}
    status_of_car = Status.from_dict({"createdAt": measured_at, "energies": [energy], "odometer": odometer})
    return VehicleState.from_status(time(minutes), Vehicle(motorization=motorization), status_of_car)


def update_all(*states: VehicleState, **options: Any) -> tuple[ActiveSession | None, list[ChargingSession]]:
    """Return the active session after all states, and the sessions that have ended, with a restart after each state."""
    active: ActiveSession | None = None
    ended: list[ChargingSession] = []
    for state in states:
        active, session = update_session(active, state, **{"last_end": ended[-1].end if ended else None, **options})
        active = active and ActiveSession.from_dict(active.to_dict())
        if session:
            ended.append(ChargingSession.from_dict(session.to_dict()))
    return active, ended


def test_session() -> None:
    active, ended = update_all(
        state_at(-60, 20, "Disconnected"), state_at(0, 20), state_at(30, 35), zone="Home", price=0.3
    )
    assert active
    assert (active.start, active.start_level, active.last_seen, active.level) == (START, 20, time(30), 35)
    assert ended == []
    active, ended = update_all(state_at(0, 20), state_at(30, 35), state_at(90, 60, "Finished"), zone="Home", price=0.3)
    assert active is None
    (session,) = ended
    assert (session.start, session.end, session.minutes) == (START, time(90), 90)
    assert (session.start_level, session.end_level, session.zone) == (20, 60, "Home")
    assert (session.energy, session.cost) == (pytest.approx(20), pytest.approx(6))


@pytest.mark.parametrize("status", ["Finished", "Stopped", "Failure", "Disconnected", "Resting"])
def test_status_that_ends_a_session(status: str) -> None:
    active, ended = update_all(state_at(0, 20), state_at(30, 35, status))
    assert (active, [session.end_level for session in ended]) == (None, [35])


@pytest.mark.parametrize("status", ["Disconnected", "Stopped", "Finished", "Failure", None, MISSING])
def test_plugged_in_without_charging(status: object) -> None:
    assert update_all(state_at(0, 20, status), state_at(30, 20, status)) == (None, [])


@pytest.mark.parametrize(
    "incomplete",
    [
        state_at(20, None),
        state_at(20, 30, MISSING),
        state_at(20, 30, None),
        state_at(20, 30, 7),
        # Servers may alternate between newer and older bodies
        state_at(-5, 19, "Disconnected"),
        state_at(-5, 19),
        VehicleState.from_status(time(20), Vehicle(), Status()),
    ],
)
def test_incomplete_state_changes_nothing(incomplete: VehicleState) -> None:
    course = (state_at(0, 20), state_at(10, 25))
    assert update_all(*course, incomplete) == update_all(*course)
    assert update_all(*course, incomplete, state_at(30, 35, "Finished")) == update_all(
        *course, state_at(30, 35, "Finished")
    )


def test_interrupted_charging_makes_two_sessions() -> None:
    _, ended = update_all(state_at(0, 20), state_at(30, 35, "Stopped"), state_at(60, 35), state_at(90, 50, "Finished"))
    assert [(session.start_level, session.end_level) for session in ended] == [(20, 35), (35, 50)]
    assert [(session.start, session.end) for session in ended] == [(START, time(30)), (time(60), time(90))]


def test_drive_between_two_sessions() -> None:
    """If the end of the first session was missed, its last state counts."""
    active, ended = update_all(state_at(0, 20), state_at(30, 35), state_at(300, 30, km=1040), zone="Home")
    assert active
    assert (active.start, active.start_level) == (time(300), 30)
    assert [(session.end, session.end_level) for session in ended] == [(time(30), 35)]
    # Energy of a session that was missed is not counted
    active, ended = update_all(state_at(0, 20), state_at(30, 35), state_at(300, 90, "Disconnected", km=1040))
    assert active is None
    assert [(session.end, session.end_level) for session in ended] == [(time(30), 35)]


@pytest.mark.parametrize("km", [1000.4, 999, None])
def test_odometer_noise_is_not_a_drive(km: float | None) -> None:
    active, ended = update_all(state_at(0, 20), state_at(30, 35, km=km))
    assert active
    assert (active.start, ended) == (START, [])


def test_odometer_that_is_reported_later_counts_from_then_on() -> None:
    _, ended = update_all(state_at(0, 20, km=None), state_at(30, 35), state_at(300, 30, km=1040))
    assert [session.end for session in ended] == [time(30)]


def test_falling_level() -> None:
    """Preconditioning may use more power than the socket supplies; consumption after the end does not count."""
    _, ended = update_all(state_at(0, 20), state_at(30, 19), state_at(60, 25), state_at(90, 23, "Disconnected"))
    assert [(session.start_level, session.end_level, session.end) for session in ended] == [(20, 25, time(90))]
    _, ended = update_all(state_at(0, 20), state_at(30, 19, "Stopped"))
    assert [(session.end_level, session.energy) for session in ended] == [(20, 0)]


def test_charging_while_full() -> None:
    active, ended = update_all(state_at(0, 98), state_at(30, 100), state_at(600, 100))
    assert active
    assert ended == []
    _, ended = update_all(
        state_at(0, 98), state_at(30, 100), state_at(600, 100), state_at(700, 100, "Disconnected", plugged=False)
    )
    assert [(session.end_level, session.energy) for session in ended] == [(100, pytest.approx(1))]


def test_older_state_after_the_end_starts_no_session() -> None:
    """After a restart the state is unknown, and the server may send an older body first."""
    assert update_session(None, state_at(20, 30), last_end=time(30)) == (None, None)
    started, _ = update_session(None, state_at(30, 30), last_end=time(30))
    assert started


def test_car_without_a_traction_battery() -> None:
    assert update_all(state_at(0, 20, motorization="Thermic"), state_at(30, 30, motorization="Thermic")) == (None, [])


@pytest.mark.parametrize(
    ("level", "capacity", "residual", "kwh"),
    [
        (40, 50_000, None, 50),
        (40, 50_000, 20_000, 50),
        (40, 50_000, 27_000, 50),
        (None, 50_000, 20_000, 50),
        # A tenth of the energy at that level
        (40, 50_000, 2_000, None),
        (40, 50_000, 30_000, None),
        # Not the capacity of a traction battery
        (40, 3_999, None, None),
        (40, 200_001, None, None),
        (40, 0, None, None),
        (40, None, 20_000, None),
    ],
)
def test_credible_capacity(
    level: float | None, capacity: float | None, residual: float | None, kwh: float | None
) -> None:
    assert battery_capacity(state_at(0, level, capacity=capacity, residual=residual)) == kwh


def test_capacity_of_older_cars() -> None:
    body = {"energy": [{"type": "Electric", "level": 40, "battery": {"capacity": 48_000}}]}
    assert battery_capacity(VehicleState.from_status(START, Vehicle(), Status.from_dict(body))) == 48
    assert battery_capacity(VehicleState.from_status(START, Vehicle(), Status())) is None


@pytest.mark.parametrize(
    ("first", "last", "kwh"),
    [
        # More precise than the level
        ((20, 10_200), (60, 30_500), 20.3),
        # Not reported at one end, outdated, or of another battery
        ((20, None), (60, 30_500), 20),
        ((20, 10_200), (60, None), 20),
        ((20, 13_000), (30, 13_000), 5),
        ((20, 10_000), (60, 36_000), 20),
        ((60, 30_100), (60, 30_400), 0.3),
        ((60, 30_100), (60, 30_100), 0),
        ((60, 30_100), (60, 30_000), 0),
    ],
)
def test_energy(first: tuple[float, float | None], last: tuple[float, float | None], kwh: float) -> None:
    _, (session,) = update_all(
        state_at(0, first[0], residual=first[1]), state_at(60, last[0], "Finished", residual=last[1]), price=1
    )
    assert session.energy == pytest.approx(kwh)
    assert session.cost == pytest.approx(kwh)


def test_energy_without_a_credible_capacity() -> None:
    _, (session,) = update_all(state_at(0, 20, capacity=None), state_at(60, 60, "Finished", capacity=None), price=1)
    assert (session.energy, session.cost) == (None, None)
    # One credible capacity in between is enough
    _, (session,) = update_all(
        state_at(0, 20, capacity=None), state_at(30, 40), state_at(60, 60, "Finished", capacity=None)
    )
    assert (session.energy, session.cost) == (pytest.approx(20), None)


_STEPS: Final = st.lists(st.tuples(st.floats(0.5, 60), st.floats(0, 5)), min_size=1, max_size=15)


@given(steps=_STEPS, polled=st.sets(st.integers(0, 14)), polled_twice=st.booleans())
def test_number_of_polls_does_not_change_the_session(
    steps: list[tuple[float, float]], polled: set[int], polled_twice: bool
) -> None:
    """Start and end determine the session, and each increase in level counts once."""
    minutes, level = 0.0, 20.0
    course = [state_at(0, level)]
    for duration, gain in steps:
        minutes, level = minutes + duration, level + gain
        course.append(state_at(minutes, level))
    first, *between, last = [*course, state_at(minutes + 1, level, "Finished")]
    received = [state for number, state in enumerate(between) if number in polled]
    repeated = [state for state in received for _ in range(2 if polled_twice else 1)]
    _, (session,) = update_all(first, *repeated, last, last)
    assert (session.start, session.end) == (START, time(minutes + 1))
    assert (session.start_level, session.end_level) == (20, level)
    assert session.energy == pytest.approx((level - 20) / 100 * 50)


@given(
    st.lists(
        st.tuples(
            st.integers(-30, 300),
            st.one_of(st.none(), st.integers(0, 100)),
            st.sampled_from([CHARGING, CHARGING, "Finished", "Disconnected", None]),
            st.one_of(st.none(), st.integers(1000, 1100)),
            st.one_of(st.none(), st.integers(0, 60_000)),
        ),
        max_size=12,
    )
)
def test_no_order_of_states_makes_an_impossible_session(course: list[tuple[Any, ...]]) -> None:
    states = [
        state_at(minutes, level, status, km=km, residual=residual) for minutes, level, status, km, residual in course
    ]
    active, ended = update_all(*states)
    for session in ended:
        assert session.start <= session.end
        assert session.energy is None or 0 <= session.energy <= 1.05 * BATTERY / 1000
    assert sorted(ended, key=lambda session: session.end) == ended
    assert active is None or active.start <= active.last_seen
