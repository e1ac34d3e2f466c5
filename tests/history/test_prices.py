"""What energy costs: the prices that a person chose, and what charging and driving come to by them."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.history.prices import Prices
from custom_components.stellantis.vehicle.state import VehicleState
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state
from tests.support.vehicle_states import build_status, build_trip, set_status, set_trips

POLL = 3601
PRICE, FUEL = "sensor.tariff", "input_number.petrol"
CHARGING = ("charging_cost", "last_charge_cost")
DRIVING = ("driving_cost", "last_trip_cost")
ELECTRIC = {"type": "Electric", "subType": "ElectricEnergy", "avgConsumption": 15000}
PETROL = {"type": "Fuel", "subType": "FossilEnergy", "avgConsumption": 500}


# --- the prices


@pytest.mark.parametrize(
    ("options", "electricity", "fuel"),
    [
        ({}, None, None),
        ({"electricity_price": 0.25}, 0.25, None),
        ({"fuel_price": 1.8}, None, 1.8),
        ({"electricity_price": 0, "fuel_price": 1.8}, 0, 1.8),
        ({"electricity_price_entity": PRICE, "fuel_price_entity": FUEL}, 0.3, 1.75),
        ({"electricity_price_entity": PRICE, "fuel_price": 1.8}, 0.3, 1.8),
    ],
)
async def test_prices(hass: HomeAssistant, options: dict[str, Any], electricity: float, fuel: float) -> None:
    hass.states.async_set(PRICE, "0.3")
    hass.states.async_set(FUEL, "1.75")
    prices = Prices(hass, options)
    assert (prices.electricity, prices.fuel) == (electricity, fuel)


async def test_price_is_that_of_the_moment(hass: HomeAssistant) -> None:
    """An entity may come later than the cars, and go."""
    prices = Prices(hass, {"electricity_price_entity": PRICE})
    assert prices.electricity is None
    for shown, price in (("0.25", 0.25), ("-0.02", -0.02), (STATE_UNAVAILABLE, None), ("0", 0.0)):
        hass.states.async_set(PRICE, shown)
        assert prices.electricity == price
    hass.states.async_remove(PRICE)
    assert prices.electricity is None


@pytest.mark.parametrize("shown", [STATE_UNKNOWN, STATE_UNAVAILABLE, "", "cheap", "0,25", "nan", "inf", "on"])
async def test_entity_that_shows_no_price(hass: HomeAssistant, shown: str) -> None:
    hass.states.async_set(PRICE, shown)
    prices = Prices(hass, {"electricity_price_entity": PRICE, "fuel_price_entity": PRICE})
    assert (prices.electricity, prices.fuel) == (None, None)


@pytest.mark.parametrize(
    ("unit", "electricity", "fuel"),
    [
        (None, 90, 90),
        ("EUR", 90, 90),
        ("EUR/kWh", 90, 90),
        ("€/MWh", 0.09, 90),
        ("EUR/Wh", 90_000, 90),
        ("EUR/L", 90, 90),
        ("EUR/m³", 90, 0.09),
        ("GBP/mL", 90, 90_000),
        ("a/b/kWh", 90, 90),
        ("kWh/", 90, 90),
    ],
)
async def test_price_of_another_amount(hass: HomeAssistant, unit: str | None, electricity: float, fuel: float) -> None:
    hass.states.async_set(PRICE, "90", {"unit_of_measurement": unit} if unit else {})
    prices = Prices(hass, {"electricity_price_entity": PRICE, "fuel_price_entity": PRICE})
    assert prices.electricity == pytest.approx(electricity)
    assert prices.fuel == pytest.approx(fuel)


@pytest.mark.parametrize(
    ("energies", "options", "charging", "driving"),
    [
        (("Electric",), {}, False, False),
        (("Electric",), {"electricity_price": 0}, True, True),
        (("Electric",), {"electricity_price_entity": PRICE}, True, True),
        (("Electric",), {"fuel_price": 1.8}, False, False),
        (("Fuel",), {"electricity_price": 0.25}, False, False),
        (("Fuel",), {"fuel_price_entity": FUEL}, False, True),
        (("Electric", "Fuel"), {"fuel_price": 1.8}, False, True),
        (("Electric", "Fuel"), {"electricity_price": 0.25}, True, True),
        ((), {"electricity_price": 0.25, "fuel_price": 1.8}, False, False),
        (None, {"electricity_price": 0.25}, True, True),
        (None, {"fuel_price": 1.8}, False, True),
        (None, {}, False, False),
    ],
)
async def test_price_of_what_the_car_takes(
    hass: HomeAssistant,
    energies: tuple[str, ...] | None,
    options: dict[str, Any],
    charging: bool,
    driving: bool,
) -> None:
    reading = None
    if energies is not None:
        status = Status.from_dict({"energies": [{"type": energy, "level": 50} for energy in energies]})
        reading = VehicleState.from_status(dt_util.utcnow(), Vehicle(), status)
    prices = Prices(hass, options)
    assert (prices.has_charging_price(reading), prices.has_driving_price(reading)) == (charging, driving)


# --- what charging and driving cost


async def set_up(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Load an entry, again if it is loaded already, with other options."""
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def charge(hass: HomeAssistant, control: Control, vin: str) -> None:
    """Charge 20 % of 50 kWh."""
    for level, charging in ((40, True), (60, False)):
        await set_status(control, vin, build_status(level=level, charging=charging, capacity=50_000))
        await advance_time(hass, POLL)


async def drive(hass: HomeAssistant, control: Control, vin: str, *trips: dict[str, Any]) -> None:
    """Drive, and find these trips listed."""
    await set_trips(control, trips)
    for ignition in ("Start", "Stop"):
        await set_status(control, vin, build_status(level=50, ignition=ignition))
        await advance_time(hass, POLL)


def costs(hass: HomeAssistant, *keys: str) -> list[float | None]:
    """Return what the sensors of costs show; None for one that is not there."""
    shown = [get_state(hass, f"sensor.ds_3_e_tense_{key}") for key in keys]
    return [None if value is None else float(value) for value in shown]


@pytest.mark.parametrize("options", [{"electricity_price": 0.25}, {"electricity_price_entity": PRICE}])
async def test_cost_of_charging(hass: HomeAssistant, link: Link, control: Control, options: dict[str, Any]) -> None:
    hass.states.async_set(PRICE, "0.25")
    vin = await control.vin("3 E-Tense")
    await set_up(hass, await link("ds", setup=False), **options)
    assert costs(hass, *CHARGING) == [0, None]
    await charge(hass, control, vin)
    assert costs(hass, *CHARGING) == [2.5, 2.5]
    await charge(hass, control, vin)
    assert costs(hass, *CHARGING) == [5, 2.5]
    shown = hass.states.get("sensor.ds_3_e_tense_charging_cost")
    assert shown is not None
    assert shown.attributes["unit_of_measurement"] == hass.config.currency
    assert shown.attributes["state_class"] == "total"


async def test_charge_that_nobody_knows_the_price_of(hass: HomeAssistant, link: Link, control: Control) -> None:
    """What was charged while the price was not known is not counted; what comes later is."""
    vin = await control.vin("3 E-Tense")
    await set_up(hass, await link("ds", setup=False), electricity_price_entity=PRICE)
    await charge(hass, control, vin)
    assert costs(hass, *CHARGING) == [0, None]
    hass.states.async_set(PRICE, "0.5")
    await charge(hass, control, vin)
    assert costs(hass, *CHARGING) == [5, 5]


async def test_cost_of_driving(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("3 E-Tense")
    await set_up(hass, await link("ds", setup=False), electricity_price=0.2)
    assert costs(hass, *DRIVING) == [0, None]
    first = build_trip("one", ended_ago=7200, distance=20, energyConsumptions=[ELECTRIC])
    await drive(hass, control, vin, first)
    assert costs(hass, *DRIVING) == [pytest.approx(0.6)] * 2
    await drive(hass, control, vin, first, build_trip("two", distance=10, energyConsumptions=[ELECTRIC]))
    assert costs(hass, *DRIVING) == [pytest.approx(0.9), pytest.approx(0.3)]


async def test_cost_of_both_energies(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link()
    (entry,) = hass.config_entries.async_entries("stellantis")
    assert isinstance(entry, MockConfigEntry)
    for options, cost in (
        ({"electricity_price": 0.2}, 3.0),
        ({"fuel_price": 2}, 10.0),
        ({"electricity_price": 0.2, "fuel_price": 2}, 13.0),
    ):
        await set_trips(control, [build_trip(f"{cost}", distance=100, energyConsumptions=[ELECTRIC, PETROL])])
        await set_up(hass, entry, **options)
        assert get_state(hass, "sensor.peugeot_308_hybrid_last_trip_cost") == f"{cost}"


async def test_old_trips_cost_nothing(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Nobody knows what energy cost when they were made."""
    await set_trips(control, [build_trip("one", ended_ago=2 * 24 * 3600, energyConsumptions=[ELECTRIC])])
    await set_up(hass, await link("ds", setup=False), electricity_price=0.2)
    assert get_state(hass, "sensor.ds_3_e_tense_last_trip_electricity") == "3.0"
    assert costs(hass, *DRIVING) == [0, None]


async def test_price_that_comes_after_the_trip(hass: HomeAssistant, link: Link, control: Control) -> None:
    """A trip that was read before its price was known has its cost a little later; then it stays."""
    vin = await control.vin("3 E-Tense")
    first = build_trip("one", ended_ago=7200, distance=20, energyConsumptions=[ELECTRIC])
    await set_trips(control, [first])
    await set_up(hass, await link("ds", setup=False), electricity_price_entity=PRICE)
    assert costs(hass, *DRIVING) == [0, None]
    hass.states.async_set(PRICE, "0.2")
    await drive(hass, control, vin, first)
    assert costs(hass, *DRIVING) == [pytest.approx(0.6)] * 2
    hass.states.async_set(PRICE, "0.9")
    await drive(hass, control, vin, first)
    assert costs(hass, *DRIVING) == [pytest.approx(0.6)] * 2


async def test_no_price_no_cost(
    hass: HomeAssistant, link: Link, control: Control, entity_registry: er.EntityRegistry
) -> None:
    """Costs go with the price, whatever is known of earlier ones, and come back with it."""
    vin = await control.vin("3 E-Tense")
    entry = await link("ds", setup=False)
    await set_up(hass, entry, electricity_price=0.2)
    await charge(hass, control, vin)
    one = build_trip("one", distance=20, energyConsumptions=[ELECTRIC])
    await drive(hass, control, vin, one)
    assert costs(hass, *CHARGING, *DRIVING) == [2, 2, pytest.approx(0.6), pytest.approx(0.6)]
    for options in ({}, {"fuel_price": 1.8}):
        await set_up(hass, entry, **options)
        await charge(hass, control, vin)
        await drive(hass, control, vin, one)
        assert costs(hass, *CHARGING, *DRIVING) == [None] * 4
        registered = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        assert not [one.entity_id for one in registered if one.entity_id.endswith("_cost")]
    await set_up(hass, entry, electricity_price=0.3)
    assert costs(hass, *DRIVING) == [pytest.approx(0.6), pytest.approx(0.6)]
    assert costs(hass, "charging_cost") == [2]


async def test_car_that_takes_no_such_energy_has_no_such_cost(hass: HomeAssistant, link: Link) -> None:
    entry = await link("citroen", setup=False)
    await set_up(hass, entry, electricity_price=0.2)
    assert get_state(hass, "sensor.citroen_e_c4_charging_cost") == "0.0"
    there = [entity_id for entity_id in hass.states.async_entity_ids("sensor") if entity_id.endswith("_cost")]
    assert sorted(there) == ["sensor.citroen_e_c4_charging_cost", "sensor.citroen_e_c4_driving_cost"]
