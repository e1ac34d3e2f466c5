"""When a charge begins and ends, and what it brought, from reading to reading."""

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

BEGIN: Final = datetime(2026, 3, 2, 22, 5, tzinfo=UTC)
BATTERY: Final = 50_000
CHARGES: Final = "InProgress"
MISSING: Final = object()


def at(minutes: float) -> datetime:
    """Return the time so many minutes after the first reading."""
    return BEGIN + timedelta(minutes=minutes)


def seen(
    minutes: float,
    level: float | None,
    status: object = CHARGES,
    *,
    km: float | None = 1000,
    residual: float | None = None,
    holds: float | None = BATTERY,
    motorization: str | None = "Electric",
    plugged: bool = True,
) -> VehicleState:
    """Return a reading of a car; what its battery holds follows its level unless it is told."""
    time = at(minutes).isoformat()
    load: dict[str, Any] = {"createdAt": time, "capacity": holds}
    if residual is not None:
        load["residual"] = residual
    charging = {"plugged": plugged} | ({} if status is MISSING else {"status": status})
    energy: dict[str, Any] = {
        "type": "Electric",
        "createdAt": time,
        "level": level,
        "extension": {"electric": {"charging": charging, "battery": {"load": load}}},
    }
    odometer = {"createdAt": time, "mileage": km}
    status_of_car = Status.from_dict({"createdAt": time, "energies": [energy], "odometer": odometer})
    return VehicleState.from_status(at(minutes), Vehicle(motorization=motorization), status_of_car)


def told(*readings: VehicleState, **more: Any) -> tuple[ActiveSession | None, list[ChargingSession]]:
    """Return what is under way after readings, and what has ended by them; Home Assistant restarts after each."""
    under_way: ActiveSession | None = None
    ended: list[ChargingSession] = []
    for reading in readings:
        under_way, record = update_session(under_way, reading, **{"last_end": ended[-1].end if ended else None, **more})
        under_way = under_way and ActiveSession.from_dict(under_way.to_dict())
        if record:
            ended.append(ChargingSession.from_dict(record.to_dict()))
    return under_way, ended


def test_charge() -> None:
    under_way, ended = told(seen(-60, 20, "Disconnected"), seen(0, 20), seen(30, 35), zone="Home", price=0.3)
    assert under_way
    assert (under_way.start, under_way.start_level, under_way.last_seen, under_way.level) == (BEGIN, 20, at(30), 35)
    assert ended == []
    under_way, ended = told(seen(0, 20), seen(30, 35), seen(90, 60, "Finished"), zone="Home", price=0.3)
    assert under_way is None
    (charge,) = ended
    assert (charge.start, charge.end, charge.minutes) == (BEGIN, at(90), 90)
    assert (charge.start_level, charge.end_level, charge.zone) == (20, 60, "Home")
    assert (charge.energy, charge.cost) == (pytest.approx(20), pytest.approx(6))


@pytest.mark.parametrize("status", ["Finished", "Stopped", "Failure", "Disconnected", "Resting"])
def test_what_ends_a_charge(status: str) -> None:
    under_way, ended = told(seen(0, 20), seen(30, 35, status))
    assert (under_way, [charge.end_level for charge in ended]) == (None, [35])


@pytest.mark.parametrize("status", ["Disconnected", "Stopped", "Finished", "Failure", None, MISSING])
def test_plugged_in_is_not_charged(status: object) -> None:
    assert told(seen(0, 20, status), seen(30, 20, status)) == (None, [])


@pytest.mark.parametrize(
    "odd",
    [
        seen(20, None),
        seen(20, 30, MISSING),
        seen(20, 30, None),
        seen(20, 30, 7),
        # Servers alternate newer and older bodies
        seen(-5, 19, "Disconnected"),
        seen(-5, 19),
        VehicleState.from_status(at(20), Vehicle(), Status()),
    ],
)
def test_reading_that_does_not_tell_changes_nothing(odd: VehicleState) -> None:
    course = (seen(0, 20), seen(10, 25))
    assert told(*course, odd) == told(*course)
    assert told(*course, odd, seen(30, 35, "Finished")) == told(*course, seen(30, 35, "Finished"))


def test_interrupted_charge_is_two() -> None:
    _, ended = told(seen(0, 20), seen(30, 35, "Stopped"), seen(60, 35), seen(90, 50, "Finished"))
    assert [(charge.start_level, charge.end_level) for charge in ended] == [(20, 35), (35, 50)]
    assert [(charge.start, charge.end) for charge in ended] == [(BEGIN, at(30)), (at(60), at(90))]


def test_driven_in_between() -> None:
    """Two charges, of which nobody saw the end of the first: what it had brought when it was last seen counts."""
    under_way, ended = told(seen(0, 20), seen(30, 35), seen(300, 30, km=1040), zone="Home")
    assert under_way
    assert (under_way.start, under_way.start_level) == (at(300), 30)
    assert [(charge.end, charge.end_level) for charge in ended] == [(at(30), 35)]
    # Nor is what another charge brought counted twice
    under_way, ended = told(seen(0, 20), seen(30, 35), seen(300, 90, "Disconnected", km=1040))
    assert under_way is None
    assert [(charge.end, charge.end_level) for charge in ended] == [(at(30), 35)]


@pytest.mark.parametrize("km", [1000.4, 999, None])
def test_odometer_that_wavers_is_no_drive(km: float | None) -> None:
    under_way, ended = told(seen(0, 20), seen(30, 35, km=km))
    assert under_way
    assert (under_way.start, ended) == (BEGIN, [])


def test_odometer_that_comes_later_counts_from_then_on() -> None:
    _, ended = told(seen(0, 20, km=None), seen(30, 35), seen(300, 30, km=1040))
    assert [charge.end for charge in ended] == [at(30)]


def test_level_that_falls() -> None:
    """Warming the car takes more than the socket gives; what is used after the end is not taken from the charge."""
    _, ended = told(seen(0, 20), seen(30, 19), seen(60, 25), seen(90, 23, "Disconnected"))
    assert [(charge.start_level, charge.end_level, charge.end) for charge in ended] == [(20, 25, at(90))]
    _, ended = told(seen(0, 20), seen(30, 19, "Stopped"))
    assert [(charge.end_level, charge.energy) for charge in ended] == [(20, 0)]


def test_in_progress_while_full() -> None:
    under_way, ended = told(seen(0, 98), seen(30, 100), seen(600, 100))
    assert under_way
    assert ended == []
    _, ended = told(seen(0, 98), seen(30, 100), seen(600, 100), seen(700, 100, "Disconnected", plugged=False))
    assert [(charge.end_level, charge.energy) for charge in ended] == [(100, pytest.approx(1))]


def test_older_reading_after_the_end_begins_no_charge() -> None:
    """After a restart nothing is known of the car, and the server may send an older body first."""
    assert update_session(None, seen(20, 30), last_end=at(30)) == (None, None)
    begun, _ = update_session(None, seen(30, 30), last_end=at(30))
    assert begun


def test_car_without_a_traction_battery() -> None:
    assert told(seen(0, 20, motorization="Thermic"), seen(30, 30, motorization="Thermic")) == (None, [])


@pytest.mark.parametrize(
    ("level", "holds", "residual", "kwh"),
    [
        (40, 50_000, None, 50),
        (40, 50_000, 20_000, 50),
        (40, 50_000, 27_000, 50),
        (None, 50_000, 20_000, 50),
        # A tenth of what the level says
        (40, 50_000, 2_000, None),
        (40, 50_000, 30_000, None),
        # No traction battery
        (40, 3_999, None, None),
        (40, 200_001, None, None),
        (40, 0, None, None),
        (40, None, 20_000, None),
    ],
)
def test_capacity_that_is_credible(
    level: float | None, holds: float | None, residual: float | None, kwh: float | None
) -> None:
    assert battery_capacity(seen(0, level, holds=holds, residual=residual)) == kwh


def test_capacity_where_older_cars_tell_it() -> None:
    body = {"energy": [{"type": "Electric", "level": 40, "battery": {"capacity": 48_000}}]}
    assert battery_capacity(VehicleState.from_status(BEGIN, Vehicle(), Status.from_dict(body))) == 48
    assert battery_capacity(VehicleState.from_status(BEGIN, Vehicle(), Status())) is None


@pytest.mark.parametrize(
    ("first", "last", "kwh"),
    [
        # Finer than the level
        ((20, 10_200), (60, 30_500), 20.3),
        # Not told at one end, told of long ago, or of another battery
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
    _, (charge,) = told(seen(0, first[0], residual=first[1]), seen(60, last[0], "Finished", residual=last[1]), price=1)
    assert charge.energy == pytest.approx(kwh)
    assert charge.cost == pytest.approx(kwh)


def test_energy_of_a_car_that_says_nothing_credible() -> None:
    _, (charge,) = told(seen(0, 20, holds=None), seen(60, 60, "Finished", holds=None), price=1)
    assert (charge.energy, charge.cost) == (None, None)
    # One credible word in between is enough
    _, (charge,) = told(seen(0, 20, holds=None), seen(30, 40), seen(60, 60, "Finished", holds=None))
    assert (charge.energy, charge.cost) == (pytest.approx(20), None)


_STEPS: Final = st.lists(st.tuples(st.floats(0.5, 60), st.floats(0, 5)), min_size=1, max_size=15)


@given(steps=_STEPS, looks=st.sets(st.integers(0, 14)), again=st.booleans())
def test_however_often_it_is_looked_at_the_charge_is_the_same(
    steps: list[tuple[float, float]], looks: set[int], again: bool
) -> None:
    """Its beginning and its end make the record, and all that is gained is in it, once."""
    minutes, level = 0.0, 20.0
    course = [seen(0, level)]
    for time, gain in steps:
        minutes, level = minutes + time, level + gain
        course.append(seen(minutes, level))
    first, *between, last = [*course, seen(minutes + 1, level, "Finished")]
    looked = [reading for number, reading in enumerate(between) if number in looks]
    twice = [reading for reading in looked for _ in range(2 if again else 1)]
    _, charges = told(first, *twice, last, last)
    (charge,) = charges
    assert (charge.start, charge.end) == (BEGIN, at(minutes + 1))
    assert (charge.start_level, charge.end_level) == (20, level)
    assert charge.energy == pytest.approx((level - 20) / 100 * 50)


@given(
    st.lists(
        st.tuples(
            st.integers(-30, 300),
            st.one_of(st.none(), st.integers(0, 100)),
            st.sampled_from([CHARGES, CHARGES, "Finished", "Disconnected", None]),
            st.one_of(st.none(), st.integers(1000, 1100)),
            st.one_of(st.none(), st.integers(0, 60_000)),
        ),
        max_size=12,
    )
)
def test_no_order_of_readings_makes_an_impossible_charge(course: list[tuple[Any, ...]]) -> None:
    readings = [seen(time, level, status, km=km, residual=held) for time, level, status, km, held in course]
    under_way, ended = told(*readings)
    for charge in ended:
        assert charge.start <= charge.end
        assert charge.energy is None or 0 <= charge.energy <= 1.05 * BATTERY / 1000
    assert sorted(ended, key=lambda charge: charge.end) == ended
    assert under_way is None or under_way.start <= under_way.last_seen
