"""Records of trips, also from incomplete and odd data."""

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


def build_record(changes: dict[str, Any] | None = None, **options: Any) -> TripRecord | None:
    """Build a record with changes to the body of the trip; members that are MISSING are left out."""
    body = {name: value for name, value in {**BODY, **(changes or {})}.items() if value is not MISSING}
    return build_trip_record(Trip.from_dict(body), **options)


def build_complete_record(changes: dict[str, Any] | None = None, **options: Any) -> TripRecord:
    """Build a record, and check that there is one."""
    record = build_record(changes, **options)
    assert record
    return record


def consumption(energy_type: str, **members: Any) -> dict[str, Any]:
    """Return the members of a trip that consumed one energy."""
    return {"energyConsumptions": [{"type": energy_type, **members}]}


def test_complete_trip() -> None:
    positions = {
        name: {"geometry": {"type": "Point", "coordinates": coordinates}}
        for name, coordinates in (("startPosition", [7.5, 48.25]), ("stopPosition", [7.75, 48.5, 140]))
    }
    record = build_complete_record(positions, electricity_price=0.2, fuel_price=2)
    assert (record.id, record.distance) == ("one", 25)
    assert (record.end - record.start, record.hours, record.average_speed) == (timedelta(minutes=30), 0.5, 50)
    assert (record.electricity, record.fuel) == (4.5, 1.25)
    assert record.cost == pytest.approx(4.5 * 0.2 + 1.25 * 2)
    assert (record.per_100_km(record.electricity), record.per_100_km(record.fuel)) == (18, 5)
    assert (record.origin, record.destination) == ((7.5, 48.25), (7.75, 48.5))


@pytest.mark.parametrize(
    "incomplete",
    [
        {"id": MISSING},
        {"done": False},
        {"stoppedAt": MISSING},
        {"stoppedAt": None},
        {"stoppedAt": "yesterday"},
        {"startedAt": MISSING, "duration": MISSING},
        {"startedAt": MISSING, "stoppedAt": "0001-01-01T00:00:00Z"},
        {"distance": MISSING, "kinetic": MISSING},
        {"distance": MISSING, "kinetic": {"maxSpeed": 30.0}},
        {"distance": "far", "kinetic": []},
    ],
)
def test_trip_without_a_record(incomplete: dict[str, Any]) -> None:
    assert build_record(incomplete) is None


@pytest.mark.parametrize(
    ("incomplete", "expected"),
    [
        # Some cars do not report whether a trip is done
        ({"done": MISSING}, {}),
        ({"done": None}, {}),
        ({"startedAt": MISSING}, {"hours": 0.5}),
        ({"startedAt": "never", "duration": 900}, {"hours": 0.25, "average_speed": 100}),
        # m/s
        ({"distance": MISSING, "kinetic": {"avgSpeed": 10}}, {"distance": 18, "average_speed": 36}),
        ({"distance": MISSING, "startedAt": MISSING, "kinetic": {"avgSpeed": 10}}, {"distance": 18}),
        ({"startPosition": {"geometry": {"coordinates": []}}}, {"origin": None, "destination": None}),
        # The duration is measured; the clock may be wrong at one end
        ({"startedAt": BODY["stoppedAt"]}, {"hours": 0.5, "average_speed": 50}),
        ({"startedAt": "2026-03-02T08:29:00Z"}, {"hours": 0.5, "distance": 25}),
        ({"startedAt": "2025-03-02T08:00:00Z"}, {"hours": 0.5}),
        ({"duration": 0}, {"hours": 0.5}),
        ({"duration": 3e8}, {"hours": 0.5}),
        # A trip without a duration has no speed
        ({"startedAt": BODY["stoppedAt"], "duration": MISSING}, {"hours": 0, "average_speed": None}),
        ({"startedAt": "2026-03-02T08:29:00Z", "duration": MISSING}, {"hours": 0, "distance": 25}),
    ],
)
def test_missing_members(incomplete: dict[str, Any], expected: dict[str, Any]) -> None:
    record = build_complete_record(incomplete)
    assert {name: getattr(record, name) for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("trip", "options", "kwh"),
    [
        # Wh per 100 km, regardless of the total
        (consumption("Electric", avgConsumption=18000, consumption=4500), {}, 4.5),
        (consumption("Electric", avgConsumption=18000), {"capacity": 50}, 4.5),
        # The total is in Wh too, although the API's description says kWh
        (consumption("Electric", consumption=4500), {"capacity": 50}, 4.5),
        (consumption("Electric", consumption=700), {}, 0.7),
        # More than the battery holds
        (consumption("Electric", avgConsumption=700_000), {"capacity": 50}, 5),
        (consumption("Electric", consumption=700_000), {}, None),
        (consumption("Electric", avgConsumption=400_000), {"capacity": 50, "has_combustion_engine": False}, 5),
        (consumption("Electric", avgConsumption="much"), {"capacity": 50}, 5),
        # Nothing but levels
        ({"energyConsumptions": []}, {"capacity": 50}, 5),
        ({"energyConsumptions": MISSING}, {"capacity": 50}, 5),
        ({"energyConsumptions": []}, {}, None),
        (consumption("Fuel", avgConsumption=0, consumption=0), {"capacity": 12}, 1.2),
        # None at all, while the level fell by a tenth
        (consumption("Electric", avgConsumption=0, consumption=0), {"capacity": 50}, 5),
        (consumption("Electric", avgConsumption=0, consumption=0), {}, 0),
        (consumption("Electric", avgConsumption=0), {"has_combustion_engine": False}, None),
        # Shorter than a percent
        ({"energyConsumptions": [], "endEnergies": [{"type": "Electric", "level": 63}]}, {"capacity": 50}, None),
        (
            {**consumption("Electric", avgConsumption=0), "endEnergies": [{"type": "Electric", "level": 63}]},
            {"capacity": 50, "has_combustion_engine": False},
            None,
        ),
        # A hybrid that is empty may report any level
        (
            {"energyConsumptions": [], "endEnergies": [{"type": "Electric", "level": 40, "autonomy": 0}]},
            {"capacity": 10},
            None,
        ),
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
        # There is no average while standing with the heating on
        ({"distance": 0, **consumption("Electric", avgConsumption=0, consumption=700)}, {}, 0.7),
        ({"distance": 0, **consumption("Electric", avgConsumption=0)}, {"capacity": 50}, 5),
    ],
)
def test_electricity(trip: dict[str, Any], options: dict[str, Any], kwh: float | None) -> None:
    assert build_complete_record(trip, **options).electricity == (None if kwh is None else pytest.approx(kwh))


@pytest.mark.parametrize(
    ("trip", "has_combustion_engine", "liters"),
    [
        # cl per 100 km; the total is in cl too, although the API's description says l
        (consumption("Fuel", avgConsumption=500, consumption=1.25), True, 1.25),
        (consumption("Fuel", consumption=125), True, 1.25),
        ({"distance": 0, **consumption("Fuel", avgConsumption=0, consumption=40)}, True, 0.4),
        (consumption("Fuel", avgConsumption=0, consumption=0), True, 0),
        # An electric car that reports fuel
        (consumption("Fuel", avgConsumption=0, consumption=0), False, None),
        # kg of hydrogen are not liters of fuel
        (consumption("Fuel", subType="Hydrogen", avgConsumption=90, consumption=0.2), True, None),
        (consumption("Electric", avgConsumption=500), True, None),
        (consumption("Fuel"), True, None),
        ({"energyConsumptions": {"type": "Fuel"}}, True, None),
    ],
)
def test_fuel(trip: dict[str, Any], has_combustion_engine: bool, liters: float | None) -> None:
    assert build_complete_record(trip, has_combustion_engine=has_combustion_engine).fuel == (
        None if liters is None else pytest.approx(liters)
    )


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ({}, None),
        ({"electricity_price": 0.5}, 2.25),
        ({"fuel_price": 2}, 2.5),
        ({"electricity_price": 0.5, "fuel_price": 2}, 4.75),
        # The cost of free energy is known
        ({"electricity_price": 0}, 0),
    ],
)
def test_cost(prices: dict[str, Any], cost: float | None) -> None:
    assert build_complete_record(**prices).cost == cost
    assert build_complete_record({"energyConsumptions": []}, **prices).cost is None


def test_trip_without_a_distance() -> None:
    record = build_complete_record({"distance": 0})
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


@given(changes=_TRIPS, capacity=st.one_of(st.none(), st.floats(4, 200)), price=st.one_of(st.none(), st.floats(0, 10)))
def test_figures_are_never_impossible(changes: dict[str, Any], capacity: float | None, price: float | None) -> None:
    record = build_record(changes, capacity=capacity, electricity_price=price, fuel_price=price)
    if record is None:
        return
    amounts = (record.distance, record.hours, record.electricity, record.fuel, record.cost, record.average_speed)
    assert all(amount is None or amount >= 0 for amount in amounts)
    # It can be stored
    assert TripRecord.from_dict(record.to_dict()) == record


@pytest.mark.parametrize("stopped_at", ["2000-01-01T00:30:00Z", "1999-12-31T23:59:00Z", "2036-05-05T00:00:00Z"])
@pytest.mark.parametrize("duration", [1800, None])
def test_wrong_clock_is_corrected_by_when_the_trip_was_recorded(stopped_at: str, duration: int | None) -> None:
    """Or else the trip would be the last one for years, or be in the statistics of long ago."""
    started_at = (datetime.fromisoformat(stopped_at) - timedelta(minutes=30)).isoformat()
    now = datetime.fromisoformat("2026-03-02T09:00:00Z")
    changes = {"startedAt": started_at, "stoppedAt": stopped_at, "duration": duration}
    record = build_complete_record(changes, now=now)
    assert (record.start.isoformat(), record.end.isoformat()) == (
        "2026-03-02T07:30:00+00:00",
        "2026-03-02T08:00:00+00:00",
    )
    assert build_record({**changes, "createdAt": stopped_at}, now=now) is None


@pytest.mark.parametrize(
    ("changes", "distance", "speed"),
    [
        ({"distance": 65535.0, "kinetic": {"avgSpeed": 10}}, 18, 36),
        ({"distance": 2999, "duration": 100_000}, 2999, pytest.approx(107.964)),
        ({"distance": 600, "duration": 1800}, 600, None),
    ],
)
def test_figures_that_no_trip_has(changes: dict[str, Any], distance: float, speed: float | None) -> None:
    record = build_complete_record(changes)
    assert (record.distance, record.average_speed) == (distance, speed)


def test_trip_of_an_impossible_distance_is_none() -> None:
    assert build_record({"distance": 65535.0, "kinetic": MISSING}) is None


def _segments(**percents: float | None) -> dict[str, Any]:
    """Return the segments of a trip with their shares."""
    segments = [{"propulsion": name.capitalize(), "percent": percent} for name, percent in percents.items()]
    return {"segments": segments}


@pytest.mark.parametrize(
    ("changes", "options", "share"),
    [
        (_segments(electric=70.0, thermal=30.0), {}, 70),
        (_segments(electric=33.3, hybrid=33.3, thermal=33.3), {}, 33.3),
        (_segments(thermal=100.0), {}, 0),
        (_segments(electric=20.0, thermal=30.0), {}, None),  # the rest is not known
        (_segments(electric=70.0, thermal=None), {}, None),
        ({}, {}, None),
        (consumption("Fuel", avgConsumption=0.0), {}, 100),
        ({"distance": 0, **_segments(electric=100.0)}, {}, None),
        (_segments(electric=100.0), {"has_combustion_engine": False}, None),
        (_segments(thermal=100.0), {"is_electric": False}, None),
    ],
)
def test_electric_share(changes: dict[str, Any], options: dict[str, Any], share: float | None) -> None:
    record = build_complete_record(changes, **{"is_electric": True, **options})
    assert record.electric_share == (share and pytest.approx(share))
