"""Options flow, and the effect of the options after the reload of the entry."""

from collections.abc import AsyncGenerator, Mapping
import re
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.auth.lock_code import matches
from custom_components.stellantis.features import list_option_forms
from custom_components.stellantis.options_flow import CODE_NOT_CHANGED
from custom_components.stellantis.polling import INTERVAL_LIMITS
from tests.conftest import Link
from tests.support.config_flow import suggested_values
from tests.support.helpers import Control, get_state, only_car

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

INTERVALS = {"active_interval": 3, "parked_interval": 20, "asleep_interval": 120}
PRICE = "sensor.price"
COST = "sensor.ds_3_e_tense_driving_cost"


@pytest.fixture(autouse=True)
async def finish_reload(hass: HomeAssistant, link: Link) -> AsyncGenerator[None]:
    """Wait for the reload of the entry after its options changed."""
    yield
    await hass.async_block_till_done(wait_background_tasks=True)


async def open_form(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> ConfigFlowResult:
    """Open a form from the menu."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["type"] is FlowResultType.MENU
    forms = list_option_forms()
    features = [form.step_id for form in forms if form.is_offered_fn is None or form.is_offered_fn(entry)]
    assert menu["menu_options"] == ["dashboard", "rhythm", "costs", "battery", *features, "lock", "push"]
    form = await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": step})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, step)
    return form


async def submit(hass: HomeAssistant, form: ConfigFlowResult, user_input: Mapping[str, Any]) -> ConfigFlowResult:
    """Submit a form."""
    return await hass.config_entries.options.async_configure(form["flow_id"], dict(user_input))


def choose(value: float | str) -> dict[str, Any]:
    """Return a price or an entity as the frontend sends it."""
    choice = "entity" if isinstance(value, str) else "fixed"
    return {"active_choice": choice, choice: value}


@pytest.mark.simulator(fleet=None, brand=None)
async def test_intervals(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "rhythm")
    assert suggested_values(form) == {"active_interval": 5, "parked_interval": 15, "asleep_interval": 60}
    before = (await control.request_counts())["GET /user/vehicles"]
    result = await submit(hass, form, INTERVALS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == INTERVALS
    await hass.async_block_till_done(wait_background_tasks=True)
    # The entry is reloaded to apply the options
    assert (await control.request_counts())["GET /user/vehicles"] == before + 1
    assert entry.state is ConfigEntryState.LOADED
    assert suggested_values(await open_form(hass, entry, "rhythm")) == INTERVALS


async def test_push(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "push")
    for wrong in ("http://tunnel.example.com", "tunnel.example.com", "https://tunnel.example.com/?a=b"):
        form = await submit(hass, form, {"push_url": wrong})
        assert form["errors"] == {"push_url": "invalid_url"}
        assert suggested_values(form) == {"push_url": wrong}
    await submit(hass, form, {"push_url": " https://tunnel.example.com/way/"})
    assert entry.options == {"push_url": "https://tunnel.example.com/way"}
    await hass.async_block_till_done(wait_background_tasks=True)
    # An empty field removes the option
    await submit(hass, await open_form(hass, entry, "push"), {})
    assert entry.options == {}


@pytest.mark.parametrize("code", ["4711", "correct horse", "Säße!"])
async def test_lock(hass: HomeAssistant, link: Link, code: str) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "lock")
    assert suggested_values(form) == {}
    for wrong in ("", "123", " 4711", "4711 ", "    "):
        form = await submit(hass, form, {"lock_code": wrong})
        assert form["errors"] == {"lock_code": "code_too_short"}
        assert suggested_values(form) == {"lock_code": wrong}
        assert entry.options == {}
    await submit(hass, form, {"lock_code": code})
    stored = entry.options["lock_code"]
    assert set(stored) == {"salt", "hash", "is_numeric"}
    assert matches(stored, code)
    await hass.async_block_till_done(wait_background_tasks=True)
    # The code itself is not known anymore; the form sent as it is keeps it
    form = await open_form(hass, entry, "lock")
    assert suggested_values(form) == {"lock_code": CODE_NOT_CHANGED}
    await submit(hass, form, suggested_values(form))
    assert entry.options == {"lock_code": stored}
    form = await open_form(hass, entry, "lock")
    # An empty field removes the option
    await submit(hass, form, {})
    assert entry.options == {}


@pytest.mark.parametrize("name", INTERVAL_LIMITS)
async def test_interval_limits(hass: HomeAssistant, link: Link, name: str) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "rhythm")
    _, minimum, maximum = INTERVAL_LIMITS[name]
    for invalid in (minimum - 1, maximum + 1, "often", None):
        with pytest.raises(InvalidData):
            await submit(hass, form, {**INTERVALS, name: invalid})
    with pytest.raises(InvalidData):
        await submit(hass, form, {key: value for key, value in INTERVALS.items() if key != name})
    assert entry.options == {}


@pytest.mark.parametrize(
    ("intervals", "wrong"),
    [
        ((30, 20, 120), {"parked_interval"}),
        ((5, 90, 60), {"asleep_interval"}),
        ((60, 50, 40), {"parked_interval", "asleep_interval"}),
    ],
)
async def test_inactive_car_is_not_polled_more_often(
    hass: HomeAssistant, link: Link, intervals: tuple[int, int, int], wrong: set[str]
) -> None:
    entry = await link("ds")
    options = dict(zip(INTERVALS, intervals, strict=True))
    form = await submit(hass, await open_form(hass, entry, "rhythm"), options)
    assert form["errors"] == dict.fromkeys(wrong, "shorter_than_above")
    # The input stays in the form
    assert suggested_values(form) == options
    assert entry.options == {}
    result = await submit(hass, form, {"active_interval": 60, "parked_interval": 60, "asleep_interval": 60})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "options",
    [
        {"electricity_price": 0.25},
        {"electricity_price": 0, "fuel_price": 1.799},
        {"electricity_price_entity": PRICE},
        {"electricity_price_entity": PRICE, "fuel_price_entity": "input_number.fuel"},
        {"electricity_price": 0.25, "fuel_price_entity": "number.fuel"},
    ],
)
async def test_costs(hass: HomeAssistant, link: Link, options: dict[str, Any]) -> None:
    """One field has a fixed price or an entity; they are stored under the names that they always had."""
    for entity_id in (PRICE, "input_number.fuel", "number.fuel"):
        hass.states.async_set(entity_id, "1.5")
    entry = await link("ds")
    form = await open_form(hass, entry, "costs")
    assert suggested_values(form) == {"electricity_price": None, "fuel_price": None}
    assert form["description_placeholders"] == {"currency": hass.config.currency}
    entered = {name.removesuffix("_entity"): choose(value) for name, value in options.items()}
    result = await submit(hass, form, entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == options
    await hass.async_block_till_done(wait_background_tasks=True)
    form = await open_form(hass, entry, "costs")
    # The frontend finds the choice by the type of the value
    assert {name: value for name, value in suggested_values(form).items() if value is not None} == {
        name.removesuffix("_entity"): value for name, value in options.items()
    }
    # A form that is sent as it is changes nothing
    await submit(hass, form, {name: value for name, value in suggested_values(form).items() if value is not None})
    assert entry.options == options


@pytest.mark.parametrize(
    "options",
    [
        {"electricity_price": -0.01},
        {"fuel_price": "cheap"},
        {"electricity_price": "light.price"},
        {"fuel_price": {"active_choice": "entity", "entity": "price"}},
        {"fuel_price": {"active_choice": "another"}},
        {"fuel_price": {"fixed": 1.8}},
    ],
)
async def test_invalid_prices(hass: HomeAssistant, link: Link, options: dict[str, Any]) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "costs")
    with pytest.raises(InvalidData):
        await submit(hass, form, options)
    assert entry.options == {}


@pytest.mark.parametrize(
    "empty",
    [{}, {"electricity_price": {"active_choice": "fixed"}}, {"electricity_price": {"active_choice": "entity"}}],
    ids=["field", "price", "entity"],
)
async def test_empty_choice_removes_the_price(hass: HomeAssistant, link: Link, empty: dict[str, Any]) -> None:
    entry = await link("ds")
    hass.config_entries.async_update_entry(entry, options={"electricity_price": 0.25})
    await submit(hass, await open_form(hass, entry, "costs"), empty)
    assert entry.options == {}


async def test_other_choice_replaces_the_price(hass: HomeAssistant, link: Link) -> None:
    """The frontend also sends what was entered for the choice that is not active."""
    hass.states.async_set(PRICE, "0.3")
    entry = await link("ds")
    hass.config_entries.async_update_entry(entry, options={"electricity_price": 0.25})
    both = {"active_choice": "entity", "fixed": 0.25, "entity": PRICE}
    await submit(hass, await open_form(hass, entry, "costs"), {"electricity_price": both})
    assert entry.options == {"electricity_price_entity": PRICE}


@pytest.mark.parametrize(
    ("price", "error"),
    [
        (None, "unknown_entity"),
        ("sunny", "no_number"),
        ("nan", "no_number"),
        # The entity may have a value later
        (STATE_UNAVAILABLE, None),
        (STATE_UNKNOWN, None),
        # Prices may be negative
        ("-0.02", None),
    ],
)
@pytest.mark.parametrize("field", ["electricity_price", "fuel_price"])
async def test_invalid_price_entity(
    hass: HomeAssistant, link: Link, field: str, price: str | None, error: str | None
) -> None:
    entry = await link("ds")
    if price is not None:
        hass.states.async_set(PRICE, price)
    result = await submit(hass, await open_form(hass, entry, "costs"), {field: choose(PRICE)})
    if error is None:
        assert entry.options == {f"{field}_entity": PRICE}
    else:
        assert result["errors"] == {field: error}
        assert suggested_values(result)[field] == PRICE
        assert entry.options == {}


async def test_forms_keep_options_of_other_forms(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    hass.config_entries.async_update_entry(entry, options={"of_another_form": 1})
    await submit(hass, await open_form(hass, entry, "rhythm"), INTERVALS)
    await submit(hass, await open_form(hass, entry, "costs"), {"electricity_price": 0.25})
    assert entry.options == {"of_another_form": 1, "electricity_price": 0.25, **INTERVALS}
    # An empty field removes its price only
    await submit(hass, await open_form(hass, entry, "costs"), {})
    assert entry.options == {"of_another_form": 1, **INTERVALS}
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.simulator(fleet=None, brand=None)
async def test_price_adds_cost_sensors(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    assert get_state(hass, COST) is None
    for options, exists in (({"electricity_price": 0.25}, True), ({}, False), ({"fuel_price": 1.8}, False)):
        await submit(hass, await open_form(hass, entry, "costs"), options)
        await hass.async_block_till_done(wait_background_tasks=True)
        # The car uses no fuel: its price adds no sensor
        assert (get_state(hass, COST) is not None) is exists, options


async def test_unchanged_options_do_not_reload(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    await submit(hass, await open_form(hass, entry, "rhythm"), INTERVALS)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = (await control.request_counts())["GET /user/vehicles"]
    await submit(hass, await open_form(hass, entry, "rhythm"), INTERVALS)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await control.request_counts())["GET /user/vehicles"] == before


@pytest.mark.parametrize(
    ("unit", "error"),
    [
        ("EUR/kWh", None),
        ("€/MWh", None),
        ("ct/kWh", None),
        ("EUR", None),
        (None, None),
        ("USD/kWh", "price_unit"),
        ("EUR/L", "price_unit"),
        ("EUR/d", "price_unit"),
        ("%", "price_unit"),
        ("kWh", "price_unit"),
    ],
)
async def test_unit_of_a_price(hass: HomeAssistant, link: Link, unit: str | None, error: str | None) -> None:
    await hass.config.async_update(currency="EUR")
    hass.states.async_set(PRICE, "30", {"unit_of_measurement": unit} if unit else {})
    entry = await link("ds")
    result = await submit(hass, await open_form(hass, entry, "costs"), {"electricity_price": choose(PRICE)})
    assert result.get("errors") == ({"electricity_price": error} if error else None)


@pytest.mark.simulator(fleet=None, brand=None)
async def test_battery_capacity(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry, vin = await link("ds"), await control.vin("3 E-Tense")
    device_id = only_car(entry).device.id
    form = await open_form(hass, entry, "battery")
    # What the car reports is suggested
    assert suggested_values(form) == {"car": device_id, "battery_capacity": pytest.approx(50.8, abs=0.032)}
    await submit(hass, form, {"car": device_id, "battery_capacity": 46.5})
    assert entry.options == {"battery_capacities": {vin: 46.5}}
    await hass.async_block_till_done(wait_background_tasks=True)
    form = await open_form(hass, entry, "battery")
    assert suggested_values(form) == {"car": device_id, "battery_capacity": 46.5}
    await submit(hass, form, {"car": device_id})
    assert entry.options == {"battery_capacities": {}}


@pytest.mark.simulator(fleet=None, brand=None)
async def test_battery_capacity_of_several_cars(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("peugeot")
    form = await open_form(hass, entry, "battery")
    assert set(suggested_values(form)) == {"car"}
    # The car comes first, and its name tells the capacity that it reports
    schema = form["data_schema"]
    assert schema is not None
    car_field, *others = schema.schema.items()
    assert (car_field[0], [field for field, _ in others]) == ("car", ["battery_capacity"])
    assert all(
        re.fullmatch(r"PEUGEOT .* \(\d\d\.\d kWh\)", option["label"]) for option in car_field[1].config["options"]
    )
    car = next(car for car in entry.runtime_data.cars.values() if "e-208" in (car.device.name or ""))
    await submit(hass, form, {"car": car.device.id, "battery_capacity": 46})
    assert entry.options == {"battery_capacities": {car.vin: 46}}


@pytest.mark.simulator(fleet=2, brand="peugeot")
async def test_car_that_leaves_while_a_form_is_open(hass: HomeAssistant, link: Link, control: Control) -> None:
    """The form says so, and nothing is saved."""
    entry = await link("peugeot")
    gone, *_ = entry.runtime_data.cars.values()
    forms = [await open_form(hass, entry, step) for step in ("battery", "wallbox", "abrp")]
    await control.delete(f"vehicles/{gone.vin}")
    await entry.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert gone.vin not in entry.runtime_data.cars
    for form in forms:
        result = await submit(hass, form, {"car": gone.device.id})
        assert (result["type"], result["errors"]) == (FlowResultType.FORM, {"car": "unknown_car"})
    assert not entry.options


async def test_no_battery(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    await hass.config_entries.async_unload(entry.entry_id)
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": "battery"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_battery")
