"""Energy prices, and the cost of charging and driving."""

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

POLL = 3601  # seconds
PRICE_ENTITY, FUEL_PRICE_ENTITY = "sensor.tariff", "input_number.petrol"
CHARGING = ("charging_cost_estimated", "last_charge_cost_estimated")
DRIVING = ("driving_cost", "last_trip_cost")
ELECTRIC = {"type": "Electric", "subType": "ElectricEnergy", "avgConsumption": 15000}
PETROL = {"type": "Fuel", "subType": "FossilEnergy", "avgConsumption": 500}


# --- prices


@pytest.mark.parametrize(
    ("options", "electricity", "fuel"),
    [
        ({}, None, None),
        ({"electricity_price": 0.25}, 0.25, None),
        ({"fuel_price": 1.8}, None, 1.8),
        ({"electricity_price": 0, "fuel_price": 1.8}, 0, 1.8),
        ({"electricity_price_entity": PRICE_ENTITY, "fuel_price_entity": FUEL_PRICE_ENTITY}, 0.3, 1.75),
        ({"electricity_price_entity": PRICE_ENTITY, "fuel_price": 1.8}, 0.3, 1.8),
    ],
)
async def test_prices(hass: HomeAssistant, options: dict[str, Any], electricity: float, fuel: float) -> None:
    hass.states.async_set(PRICE_ENTITY, "0.3")
    hass.states.async_set(FUEL_PRICE_ENTITY, "1.75")
    prices = Prices(hass, options)
    assert (prices.electricity, prices.fuel) == (electricity, fuel)


async def test_price_follows_the_entity(hass: HomeAssistant) -> None:
    """The entity may be added after the cars, and removed."""
    prices = Prices(hass, {"electricity_price_entity": PRICE_ENTITY})
    assert prices.electricity is None
    for value, price in (("0.25", 0.25), ("-0.02", -0.02), (STATE_UNAVAILABLE, None), ("0", 0.0)):
        hass.states.async_set(PRICE_ENTITY, value)
        assert prices.electricity == price
    hass.states.async_remove(PRICE_ENTITY)
    assert prices.electricity is None


@pytest.mark.parametrize("value", [STATE_UNKNOWN, STATE_UNAVAILABLE, "", "cheap", "0,25", "nan", "inf", "on"])
async def test_entity_without_a_price(hass: HomeAssistant, value: str) -> None:
    hass.states.async_set(PRICE_ENTITY, value)
    prices = Prices(hass, {"electricity_price_entity": PRICE_ENTITY, "fuel_price_entity": PRICE_ENTITY})
    assert (prices.electricity, prices.fuel) == (None, None)


@pytest.mark.parametrize(
    ("unit", "electricity", "fuel"),
    [
        (None, 90, 90),
        ("EUR", 90, 90),
        ("EUR/kWh", 90, None),
        ("eur / kwh", 90, None),
        ("€/MWh", 0.09, None),
        ("EUR/Wh", 90_000, None),
        ("EUR/L", None, 90),
        ("€/l", None, 90),
        ("EUR/m³", None, 0.09),
        # A hundredth
        ("ct/kWh", 0.9, None),
        ("Cent/kWh", 0.9, None),
        ("p/kWh", 0.9, None),
        ("ct/L", None, 0.9),
        ("ct", 0.9, 0.9),
        # Another currency, or no price
        ("GBP/mL", None, None),
        ("£/kWh", None, None),
        ("a/b/kWh", None, None),
        ("kWh/", None, None),
        ("EUR/d", None, None),
        ("%", None, None),
    ],
)
async def test_price_per_other_units(
    hass: HomeAssistant, unit: str | None, electricity: float | None, fuel: float | None
) -> None:
    hass.states.async_set(PRICE_ENTITY, "90", {"unit_of_measurement": unit} if unit else {})
    prices = Prices(hass, {"electricity_price_entity": PRICE_ENTITY, "fuel_price_entity": PRICE_ENTITY})
    expected = [None if price is None else pytest.approx(price) for price in (electricity, fuel)]
    assert [prices.electricity, prices.fuel] == expected


@pytest.mark.parametrize(
    ("energies", "options", "charging", "driving"),
    [
        (("Electric",), {}, False, False),
        (("Electric",), {"electricity_price": 0}, True, True),
        (("Electric",), {"electricity_price_entity": PRICE_ENTITY}, True, True),
        (("Electric",), {"fuel_price": 1.8}, False, False),
        (("Fuel",), {"electricity_price": 0.25}, False, False),
        (("Fuel",), {"fuel_price_entity": FUEL_PRICE_ENTITY}, False, True),
        (("Electric", "Fuel"), {"fuel_price": 1.8}, False, True),
        (("Electric", "Fuel"), {"electricity_price": 0.25}, True, True),
        ((), {"electricity_price": 0.25, "fuel_price": 1.8}, False, False),
        (None, {"electricity_price": 0.25}, True, True),
        (None, {"fuel_price": 1.8}, False, True),
        (None, {}, False, False),
    ],
)
async def test_configured_prices_of_the_energies_of_a_car(
    hass: HomeAssistant,
    energies: tuple[str, ...] | None,
    options: dict[str, Any],
    charging: bool,
    driving: bool,
) -> None:
    vehicle_state = None
    if energies is not None:
        status = Status.from_dict({"energies": [{"type": energy, "level": 50} for energy in energies]})
        vehicle_state = VehicleState.from_status(dt_util.utcnow(), Vehicle(), status)
    prices = Prices(hass, options)
    assert (prices.has_charging_price(vehicle_state), prices.has_driving_price(vehicle_state)) == (charging, driving)


# --- cost of charging and driving


async def set_up(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Set an entry up, or reload it, with options."""
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def charge(hass: HomeAssistant, control: Control, vin: str) -> None:
    """Charge 20 % of a battery of 50 kWh."""
    for level, charging in ((40, True), (60, False)):
        await set_status(control, vin, build_status(level=level, charging=charging, capacity=50_000))
        await advance_time(hass, POLL)


async def drive(hass: HomeAssistant, control: Control, vin: str, *trips: dict[str, Any]) -> None:
    """Drive, and make the server list these trips."""
    await set_trips(control, trips)
    for ignition in ("Start", "Stop"):
        await set_status(control, vin, build_status(level=50, ignition=ignition))
        await advance_time(hass, POLL)


def costs(hass: HomeAssistant, *keys: str) -> list[float | None]:
    """Return the states of sensors; None for one that does not exist."""
    values = [get_state(hass, f"sensor.ds_3_e_tense_{key}") for key in keys]
    return [None if value in (None, "unknown") else float(value) for value in values]


@pytest.mark.parametrize("options", [{"electricity_price": 0.25}, {"electricity_price_entity": PRICE_ENTITY}])
async def test_cost_of_charging(hass: HomeAssistant, link: Link, control: Control, options: dict[str, Any]) -> None:
    hass.states.async_set(PRICE_ENTITY, "0.25")
    vin = await control.vin("3 E-Tense")
    await set_up(hass, await link("ds", setup=False), **options)
    assert costs(hass, *CHARGING) == [0, None]
    await charge(hass, control, vin)
    assert costs(hass, *CHARGING) == [2.5, 2.5]
    await charge(hass, control, vin)
    assert costs(hass, *CHARGING) == [5, 2.5]
    sensor = hass.states.get("sensor.ds_3_e_tense_charging_cost_estimated")
    assert sensor is not None
    assert sensor.attributes["unit_of_measurement"] == hass.config.currency
    assert sensor.attributes["state_class"] == "total"


async def test_charging_while_the_price_is_unknown(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Energy that was charged while the price was unknown does not count."""
    vin = await control.vin("3 E-Tense")
    await set_up(hass, await link("ds", setup=False), electricity_price_entity=PRICE_ENTITY)
    await charge(hass, control, vin)
    assert costs(hass, *CHARGING) == [None, None]
    hass.states.async_set(PRICE_ENTITY, "0.5")
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
        await set_trips(
            control,
            [build_trip(f"{cost}", ended_ago=3600 - 100 * cost, distance=100, energyConsumptions=[ELECTRIC, PETROL])],
        )
        await set_up(hass, entry, **options)
        assert get_state(hass, "sensor.peugeot_308_hybrid_last_trip_cost") == f"{cost}"


async def test_old_trips_have_no_cost(hass: HomeAssistant, link: Link, control: Control) -> None:
    """The prices at that time are unknown."""
    await set_trips(control, [build_trip("one", ended_ago=2 * 24 * 3600, energyConsumptions=[ELECTRIC])])
    await set_up(hass, await link("ds", setup=False), electricity_price=0.2)
    assert get_state(hass, "sensor.ds_3_e_tense_last_trip_electricity") == "3.0"
    assert costs(hass, *DRIVING) == [None, None]


async def test_price_that_is_known_after_the_trip(hass: HomeAssistant, link: Link, control: Control) -> None:
    """A trip that was read before the price was known gets a cost later, which does not change any more."""
    vin = await control.vin("3 E-Tense")
    first = build_trip("one", ended_ago=7200, distance=20, energyConsumptions=[ELECTRIC])
    await set_trips(control, [first])
    await set_up(hass, await link("ds", setup=False), electricity_price_entity=PRICE_ENTITY)
    assert costs(hass, *DRIVING) == [None, None]
    hass.states.async_set(PRICE_ENTITY, "0.2")
    await drive(hass, control, vin, first)
    assert costs(hass, *DRIVING) == [pytest.approx(0.6)] * 2
    hass.states.async_set(PRICE_ENTITY, "0.9")
    await drive(hass, control, vin, first)
    assert costs(hass, *DRIVING) == [pytest.approx(0.6)] * 2


async def test_costs_are_removed_without_a_price(
    hass: HomeAssistant, link: Link, control: Control, entity_registry: er.EntityRegistry
) -> None:
    """Earlier costs reappear when a price is configured again."""
    vin = await control.vin("3 E-Tense")
    entry = await link("ds", setup=False)
    await set_up(hass, entry, electricity_price=0.2)
    await charge(hass, control, vin)
    first = build_trip("one", distance=20, energyConsumptions=[ELECTRIC])
    await drive(hass, control, vin, first)
    assert costs(hass, *CHARGING, *DRIVING) == [2, 2, pytest.approx(0.6), pytest.approx(0.6)]
    for options in ({}, {"fuel_price": 1.8}):
        await set_up(hass, entry, **options)
        await charge(hass, control, vin)
        await drive(hass, control, vin, first)
        assert costs(hass, *CHARGING, *DRIVING) == [None] * 4
        registered = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        assert not [entity.entity_id for entity in registered if "_cost" in entity.entity_id]
    await set_up(hass, entry, electricity_price=0.3)
    assert costs(hass, *DRIVING) == [pytest.approx(0.6), pytest.approx(0.6)]
    assert costs(hass, "charging_cost_estimated") == [2]


async def test_no_cost_of_an_energy_that_the_car_does_not_use(hass: HomeAssistant, link: Link) -> None:
    entry = await link("citroen", setup=False)
    await set_up(hass, entry, electricity_price=0.2)
    assert get_state(hass, "sensor.citroen_e_c4_charging_cost_estimated") == "0.0"
    entity_ids = [entity_id for entity_id in hass.states.async_entity_ids("sensor") if "_cost" in entity_id]
    assert sorted(entity_ids) == ["sensor.citroen_e_c4_charging_cost_estimated", "sensor.citroen_e_c4_driving_cost"]
