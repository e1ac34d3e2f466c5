"""Which price a session has, and what the meter of a wallbox counted in it: pure functions."""

from typing import Any

import pytest

from custom_components.stellantis.features.costs.place_prices import PricePlan
from custom_components.stellantis.features.costs.wallbox import meter_samples, supplied_energy
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from tests.support.charging import time

from .test_session_cost import build_log, build_samples

PLACES: dict[str, Any] = {
    "electricity_price": 0.3,
    "place_prices": {"zone.work": 0.2, "zone.mall": "sensor.mall", "zone.gone": 9},
    "public_ac_price": 0.5,
    "public_dc_price": "sensor.dc",
}


def build_session(zone: str | None, minutes: float = 60, energy: float | None = 7) -> ChargingSession:
    return ChargingSession(start=time(0), end=time(minutes), start_level=20, end_level=60, energy=energy, zone=zone)


@pytest.mark.parametrize(
    ("options", "session", "price"),
    [
        # Without prices by place there is one price
        ({"electricity_price": 0.3}, build_session("Somewhere"), 0.3),
        ({"electricity_price_entity": "sensor.price", "electricity_price": 0.3}, build_session(None), "sensor.price"),
        ({}, build_session("Home"), None),
        (PLACES, build_session("Home"), 0.3),
        (PLACES, build_session("Old home"), 0.3),
        (PLACES, build_session("Work"), 0.2),
        (PLACES, build_session("Work", energy=50), 0.2),
        (PLACES, build_session("The mall"), "sensor.mall"),
        (PLACES, build_session("Elsewhere"), 0.5),
        (PLACES, build_session("not_home"), 0.5),
        (PLACES, build_session("not_home", energy=24), "sensor.dc"),
        (PLACES, build_session("not_home", minutes=0, energy=24), 0.5),
        (PLACES, build_session("not_home", energy=None), 0.5),
        # It is not known where the car was: at home it was not, if it charged that fast
        (PLACES, build_session(None), None),
        (PLACES, build_session(None, energy=24), "sensor.dc"),
        # The price at home is none of elsewhere
        ({"electricity_price": 0.3, "public_dc_price": 0.6}, build_session("not_home"), None),
        ({"electricity_price": 0.3, "place_prices": PLACES["place_prices"]}, build_session("not_home"), None),
    ],
)
def test_price_of_a_place(options: dict[str, Any], session: ChargingSession, price: float | str | None) -> None:
    names = {"zone.work": "Work", "zone.mall": "The mall", "zone.other": "Elsewhere"}
    plan = PricePlan.from_options(options)
    assert plan.price_of(session, home_names=["Old home", "Home"], zone_names=names) == price


def test_entities_with_prices() -> None:
    assert PricePlan.from_options(PLACES).entity_ids == {"sensor.mall", "sensor.dc"}
    assert PricePlan.from_options({"electricity_price_entity": "sensor.price"}).entity_ids == {"sensor.price"}


@pytest.mark.parametrize(
    ("readings", "arrived", "energy"),
    [
        ([(-60, 100), (30, 104), (60, 108)], 7.2, 8),
        ([(-60, 100), (30, 104), (63, 108)], 7.2, 8),  # read a little later
        ([(-60, 100), (30, 104), (70, 108)], 3.6, 4),  # of the next session
        ([(-60, 100), (30, 104), (60, 108)], None, 8),
        ([(30, 104), (60, 108)], 7.2, None),  # not read at the start
        ([(-60, 100), (30, None)], 7.2, None),
        ([(-60, 100), (30, 3)], 7.2, None),  # reset
        ([(-60, 100)], 7.2, None),
        ([(-60, 100), (30, 104), (60, 108)], 3, None),  # another car, too
        ([(-60, 100), (30, 104), (60, 108)], 12, None),  # not this car
        ([(-60, 100), (30, 100.6)], 0.9, 0.6),  # the level rises by whole %
    ],
)
def test_meter_of_a_wallbox(readings: list[tuple[float, float | None]], arrived: float, energy: float | None) -> None:
    assert supplied_energy(build_log(*readings), time(0), time(60), arrived) == (energy and pytest.approx(energy))


def test_readings_of_the_meter_tell_when_it_was_charged() -> None:
    log = build_log((-60, 100), (10, 101), (30, None), (40, 104), (62, 108))
    assert meter_samples(log, time(0), time(60)) == tuple(build_samples((0, 100), (10, 101), (40, 104), (60, 108)))


@pytest.mark.parametrize(
    ("supplied", "end_level", "efficiency"), [(8.0, 60, 87.5), (None, 60, None), (8.0, 29, None), (0.0, 60, None)]
)
def test_efficiency(supplied: float | None, end_level: float, efficiency: float | None) -> None:
    session = ChargingSession(
        start=time(0), end=time(60), start_level=20, end_level=end_level, energy=7, supplied_energy=supplied
    )
    assert session.efficiency == efficiency
