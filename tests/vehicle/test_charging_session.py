"""Start, end and energy of charging sessions."""

from itertools import pairwise
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.vehicle.battery import battery_capacity
from custom_components.stellantis.vehicle.charging_session import SessionUpdate, update_session
from custom_components.stellantis.vehicle.state import VehicleState
from tests.support.charging import BATTERY, CHARGING, MISSING, START, UNPLUGGED, state_at, time, update_all


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


@pytest.mark.parametrize(
    ("status", "plugged"),
    [("Finished", True), ("Finished", False), ("Stopped", False), ("Disconnected", False), ("Disconnected", None)],
)
def test_status_that_ends_a_session(status: str, plugged: bool | None) -> None:
    active, ended = update_all(state_at(0, 20), state_at(30, 35, status, plugged=plugged))
    assert (active, [session.end_level for session in ended]) == (None, [35])


@pytest.mark.parametrize("status", ["Stopped", "Failure", "Disconnected", "Resting"])
def test_status_of_a_car_that_stays_plugged_in_is_a_pause(status: str) -> None:
    """It ends the session if it lasts, at the time at which it began."""
    course = (state_at(0, 20), state_at(30, 35, status))
    active, ended = update_all(*course)
    assert active
    assert (active.paused_at, ended) == (time(30), [])
    active, ended = update_all(*course, state_at(300, 35, status), state_at(391, 34, status))
    assert (active, [(session.end, session.end_level) for session in ended]) == (None, [(time(30), 35)])


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


def test_interrupted_charging_is_one_session() -> None:
    _, ended = update_all(state_at(0, 20), state_at(30, 35, "Stopped"), state_at(60, 35), state_at(90, 50, "Finished"))
    assert [(session.start_level, session.end_level) for session in ended] == [(20, 50)]
    assert [(session.start, session.end) for session in ended] == [(START, time(90))]


def test_long_interruption_makes_two_sessions() -> None:
    _, ended = update_all(
        state_at(0, 20), state_at(30, 35, "Stopped"), state_at(395, 34, "Stopped"), state_at(400, 34), state_at(430, 50)
    )
    assert [(session.start, session.end, session.end_level) for session in ended] == [(START, time(30), 35)]
    active, _ = update_all(
        state_at(0, 20), state_at(30, 35, "Stopped"), state_at(395, 34, "Stopped"), state_at(400, 34), state_at(430, 50)
    )
    assert active
    assert (active.start, active.start_level) == (time(400), 34)


def test_drive_between_two_sessions() -> None:
    """If the end of the first session was missed, its last state counts."""
    active, ended = update_all(state_at(0, 20), state_at(30, 35), state_at(300, 30, km=1040), zone="Home")
    assert active
    assert (active.start, active.start_level) == (time(300), 30)
    assert [(session.end, session.end_level) for session in ended] == [(time(30), 35)]
    # The level has risen by more than driving explains: the car was charged on after its last state
    active, ended = update_all(state_at(0, 20), state_at(30, 35), state_at(300, 90, "Disconnected", km=1040))
    assert active is None
    assert [(session.end, session.ended_after, session.end_level) for session in ended] == [(time(300), time(30), 90)]


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
    _, ended = update_all(state_at(0, 20), state_at(30, 19), state_at(60, 25), state_at(90, 23, **UNPLUGGED))
    assert [(session.start_level, session.end_level, session.end) for session in ended] == [(20, 25, time(90))]
    assert update_all(state_at(0, 20), state_at(30, 19, "Finished")) == (None, [])


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
    assert update_session(None, None, state_at(20, 30), last_end=time(30)) == SessionUpdate()
    assert update_session(None, None, state_at(30, 30), last_end=time(30)).active


def test_car_without_a_traction_battery() -> None:
    assert update_all(state_at(0, 20, motorization="Thermic"), state_at(30, 30, motorization="Thermic")) == (None, [])


@pytest.mark.parametrize(
    ("level", "capacity", "residual", "kwh"),
    [
        (40, 50_000, None, 50),
        (40, 50_000, 20_000, 50),
        (40, 50_000, 21_500, 50),
        (3, 50_000, 2_000, 50),
        (None, 50_000, 20_000, 50),
        # A tenth of the energy at that level
        (40, 50_000, 2_000, None),
        (40, 50_000, 30_000, None),
        # Two thirds of the capacity, with a residual energy that falls below the level
        (93, 34_720, 27_488, None),
        (78, 31_104, 21_376, None),
        (21, 34_304, 5_344, None),
        (100, 46_000, 45_500, 46),
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
    assert battery_capacity(state_at(0, level, capacity=capacity, residual=residual).electric) == kwh


def test_capacity_of_older_cars() -> None:
    body = {"energy": [{"type": "Electric", "level": 40, "battery": {"capacity": 48_000}}]}
    assert battery_capacity(Status.from_dict(body).electric) == 48
    assert battery_capacity(None) is None


@pytest.mark.parametrize(
    ("first", "last", "kwh"),
    [
        # More precise than the level
        ((20, 10_200), (60, 30_500), 20.3),
        # Not reported at one end, outdated, or of another battery
        ((20, None), (60, 30_500), 20),
        ((20, 10_200), (60, None), 20),
        ((20, 10_500), (30, 10_500), 5),
        ((20, 10_000), (60, 36_000), 20),
        ((59, 30_100), (60, 30_400), 0.3),
        ((59, 30_100), (60, 30_000), 0.5),
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
    # Nothing was charged
    if level == 20:
        assert update_all(first, *between, last)[1] == []
        return
    received = [state for number, state in enumerate(between) if number in polled]
    repeated = [state for state in received for _ in range(2 if polled_twice else 1)]
    _, (session,) = update_all(first, *repeated, last, last)
    assert (session.start, session.end) == (START, time(minutes + 1))
    assert (session.start_level, session.end_level) == (20, level)
    assert session.energy == pytest.approx((level - 20) / 100 * 50)
    assert session.minutes is None or session.minutes == pytest.approx(minutes + 1)


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
        assert session.start <= (session.started_before or session.start) <= session.end
        assert session.start <= (session.ended_after or session.end) <= session.end
        assert session.start_level < session.end_level
        assert session.energy is None or 0 <= session.energy <= 1.05 * BATTERY / 1000
    assert sorted(ended, key=lambda session: session.end) == ended
    assert active is None or active.start <= active.last_seen
    # No energy counts twice: the sessions do not overlap
    for earlier, later in pairwise(ended):
        assert earlier.end <= later.start
