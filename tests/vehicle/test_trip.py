"""What a trip comes to, however little or oddly the car tells of it."""

from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.api import Trip
from custom_components.stellantis.vehicle.trip import TripRecord, build_trip_record

BODY: Final[dict[str, Any]] = {
    "id": "one",
    "createdAt": "2026-03-02T08:00:00Z",
    "startedAt": "2026-03-02T07:30:00Z",
    "stoppedAt": "2026-03-02T08:00:00Z",
    "duration": 1800,
    "distance": 25.0,
    "done": True,
    "kinetic": {"avgSpeed": 13.9, "maxSpeed": 0.0},
    "startEnergies": [{"type": "Fuel", "level": 41}, {"type": "Electric", "level": 63}],
    "endEnergies": [{"type": "Electric", "level": 53}, {"type": "Fuel", "level": 40}],
    "energyConsumptions": [
        {"type": "Fuel", "subType": "FossilEnergy", "consumption": 125, "avgConsumption": 500},
        {"type": "Electric", "subType": "ElectricEnergy", "consumption": 4.5, "avgConsumption": 18000},
    ],
}
MISSING: Final = object()


def recorded(more: dict[str, Any] | None = None, **known: Any) -> TripRecord | None:
    """Return what is kept of a trip that is told like this; a member may be missing."""
    body = {name: value for name, value in {**BODY, **(more or {})}.items() if value is not MISSING}
    return build_trip_record(Trip.from_dict(body), **known)


def kept(more: dict[str, Any] | None = None, **known: Any) -> TripRecord:
    """Return what is kept of a trip of which something is kept."""
    record = recorded(more, **known)
    assert record
    return record


def consumption(kind: str, **told: Any) -> dict[str, Any]:
    """Return a trip that took one energy."""
    return {"energyConsumptions": [{"type": kind, **told}]}


def test_all_that_a_car_can_tell() -> None:
    places = {
        name: {"geometry": {"type": "Point", "coordinates": coordinates}}
        for name, coordinates in (("startPosition", [7.5, 48.25]), ("stopPosition", [7.75, 48.5, 140]))
    }
    record = kept(places, electricity_price=0.2, fuel_price=2)
    assert (record.id, record.distance) == ("one", 25)
    assert (record.end - record.start, record.hours, record.average_speed) == (timedelta(minutes=30), 0.5, 50)
    assert (record.electricity, record.fuel) == (4.5, 1.25)
    assert record.cost == pytest.approx(4.5 * 0.2 + 1.25 * 2)
    assert (record.per_100_km(record.electricity), record.per_100_km(record.fuel)) == (18, 5)
    assert (record.origin, record.destination) == ((7.5, 48.25), (7.75, 48.5))


@pytest.mark.parametrize(
    "odd",
    [
        {"id": MISSING},
        {"done": False},
        {"stoppedAt": MISSING},
        {"stoppedAt": None},
        {"stoppedAt": "yesterday"},
        {"startedAt": MISSING, "duration": MISSING},
        {"startedAt": MISSING, "stoppedAt": "0001-01-01T00:00:00Z"},
        {"startedAt": "2026-03-02T08:00:01Z"},
        {"distance": MISSING, "kinetic": MISSING},
        {"distance": MISSING, "kinetic": {"maxSpeed": 30.0}},
        {"distance": "far", "kinetic": []},
    ],
)
def test_trip_that_has_not_ended_or_of_which_too_little_is_known(odd: dict[str, Any]) -> None:
    assert recorded(odd) is None


@pytest.mark.parametrize(
    ("odd", "seen"),
    [
        # Not every car says whether it has arrived
        ({"done": MISSING}, {}),
        ({"done": None}, {}),
        ({"startedAt": MISSING}, {"hours": 0.5}),
        ({"startedAt": "never", "duration": 900}, {"hours": 0.25, "average_speed": 100}),
        # m/s
        ({"distance": MISSING, "kinetic": {"avgSpeed": 10}}, {"distance": 18, "average_speed": 36}),
        ({"distance": MISSING, "startedAt": MISSING, "kinetic": {"avgSpeed": 10}}, {"distance": 18}),
        ({"startPosition": {"geometry": {"coordinates": []}}}, {"origin": None, "destination": None}),
        # In one instant nothing has a speed
        ({"startedAt": BODY["stoppedAt"]}, {"hours": 0, "average_speed": None}),
    ],
)
def test_what_is_missing_costs_no_more_than_itself(odd: dict[str, Any], seen: dict[str, Any]) -> None:
    record = kept(odd)
    assert {name: getattr(record, name) for name in seen} == pytest.approx(seen)


@pytest.mark.parametrize(
    ("told", "known", "kwh"),
    [
        # Wh for 100 km, whatever the other member means
        (consumption("Electric", avgConsumption=18000, consumption=4500), {}, 4.5),
        (consumption("Electric", avgConsumption=18000), {"capacity": 50}, 4.5),
        (consumption("Electric", consumption=4.5), {"capacity": 50}, 4.5),
        (consumption("Electric", avgConsumption="much"), {"capacity": 50}, 5),
        # Nothing but levels
        ({"energyConsumptions": []}, {"capacity": 50}, 5),
        ({"energyConsumptions": MISSING}, {"capacity": 50}, 5),
        ({"energyConsumptions": []}, {}, None),
        (consumption("Fuel", avgConsumption=0, consumption=0), {"capacity": 12}, 1.2),
        # None at all, while the level fell by a tenth
        (consumption("Electric", avgConsumption=0, consumption=0), {"capacity": 50}, 5),
        (consumption("Electric", avgConsumption=0, consumption=0), {}, 0),
        # Charged under way, or downhill
        (
            {"energyConsumptions": [], "endEnergies": [{"type": "Electric", "level": 64}]},
            {"capacity": 50},
            None,
        ),
        (
            {**consumption("Electric", avgConsumption=0), "endEnergies": [{"type": "Electric", "level": 64}]},
            {"capacity": 50},
            0,
        ),
        ({"energyConsumptions": [], "endEnergies": [{"type": "Fuel", "level": 40}]}, {"capacity": 50}, None),
        ({"energyConsumptions": [], "startEnergies": [{"type": "Electric"}]}, {"capacity": 50}, None),
        # Standing with the heating on: there is no average
        ({"distance": 0, **consumption("Electric", avgConsumption=0, consumption=0.7)}, {}, 0.7),
        ({"distance": 0, **consumption("Electric", avgConsumption=0)}, {"capacity": 50}, 5),
    ],
)
def test_electricity(told: dict[str, Any], known: dict[str, Any], kwh: float | None) -> None:
    assert kept(told, **known).electricity == (None if kwh is None else pytest.approx(kwh))


@pytest.mark.parametrize(
    ("told", "burns", "litres"),
    [
        # cl for 100 km; the other member is cl too, while the description says l
        (consumption("Fuel", avgConsumption=500, consumption=1.25), True, 1.25),
        (consumption("Fuel", consumption=125), True, 1.25),
        ({"distance": 0, **consumption("Fuel", avgConsumption=0, consumption=40)}, True, 0.4),
        (consumption("Fuel", avgConsumption=0, consumption=0), True, 0),
        # The ghost of a tank
        (consumption("Fuel", avgConsumption=0, consumption=0), False, None),
        # kg of hydrogen are no litres of fuel
        (consumption("Fuel", subType="Hydrogen", avgConsumption=90, consumption=0.2), True, None),
        (consumption("Electric", avgConsumption=500), True, None),
        (consumption("Fuel"), True, None),
        ({"energyConsumptions": {"type": "Fuel"}}, True, None),
    ],
)
def test_fuel(told: dict[str, Any], burns: bool, litres: float | None) -> None:
    assert kept(told, has_combustion_engine=burns).fuel == (None if litres is None else pytest.approx(litres))


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ({}, None),
        ({"electricity_price": 0.5}, 2.25),
        ({"fuel_price": 2}, 2.5),
        ({"electricity_price": 0.5, "fuel_price": 2}, 4.75),
        # What is free costs nothing, which is known
        ({"electricity_price": 0}, 0),
    ],
)
def test_cost(prices: dict[str, Any], cost: float | None) -> None:
    assert kept(**prices).cost == cost
    assert kept({"energyConsumptions": []}, **prices).cost is None


def test_trip_to_nowhere() -> None:
    record = kept({"distance": 0})
    assert (record.distance, record.average_speed, record.per_100_km(1.0)) == (0, 0, None)
    assert record.per_100_km(None) is None


_AMOUNTS: Final = st.one_of(st.none(), st.floats(0, 1e9), st.just("?"))
_ENERGIES: Final = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["Fuel", "Electric", "Steam", None]),
            "subType": st.sampled_from(["FossilEnergy", "ElectricEnergy", "Hydrogen", None]),
            "level": _AMOUNTS,
            "consumption": _AMOUNTS,
            "avgConsumption": _AMOUNTS,
        },
    ),
    max_size=3,
)
_TIMES: Final = st.one_of(
    st.none(),
    st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "?"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda time: f"{time.isoformat()}Z"),  # noqa: DTZ001
)
_TRIPS: Final = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["one", None, 1]),
        "startedAt": _TIMES,
        "stoppedAt": _TIMES,
        "duration": _AMOUNTS,
        "distance": _AMOUNTS,
        "done": st.sampled_from([True, False, None]),
        "kinetic": st.fixed_dictionaries({}, optional={"avgSpeed": _AMOUNTS}),
        "startEnergies": _ENERGIES,
        "endEnergies": _ENERGIES,
        "energyConsumptions": _ENERGIES,
    },
)


@given(more=_TRIPS, capacity=st.one_of(st.none(), st.floats(4, 200)), price=st.one_of(st.none(), st.floats(0, 10)))
def test_whatever_is_told_no_figure_is_impossible(
    more: dict[str, Any], capacity: float | None, price: float | None
) -> None:
    record = recorded(more, capacity=capacity, electricity_price=price, fuel_price=price)
    if record is None:
        return
    amounts = (record.distance, record.hours, record.electricity, record.fuel, record.cost, record.average_speed)
    assert all(amount is None or amount >= 0 for amount in amounts)
    # As it is kept, so it comes back
    assert TripRecord.from_dict(record.to_dict()) == record
