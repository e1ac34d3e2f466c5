"""The options, chosen as a person would, and what comes of them once the entry is loaded again."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.polling import INTERVAL_LIMITS
from tests.conftest import Link
from tests.support.helpers import Control, get_state

RHYTHM = {"active_interval": 3, "parked_interval": 20, "asleep_interval": 120}
PRICE = "sensor.price"
COST = "sensor.ds_3_e_tense_driving_cost"


@pytest.fixture(autouse=True)
async def loaded(hass: HomeAssistant, link: Link) -> AsyncGenerator[None]:
    """Let an entry whose options were chosen be loaded again to its end."""
    yield
    await hass.async_block_till_done(wait_background_tasks=True)


async def open_form(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> ConfigFlowResult:
    """Go through the menu to a form."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["rhythm", "costs", "lock", "push"]
    form = await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": step})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, step)
    return form


async def fill(hass: HomeAssistant, form: ConfigFlowResult, answer: Mapping[str, Any]) -> ConfigFlowResult:
    """Fill a form."""
    return await hass.config_entries.options.async_configure(form["flow_id"], dict(answer))


def suggested(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what stands in the fields of a form."""
    schema = form["data_schema"]
    assert schema is not None
    return {str(key): key.description["suggested_value"] for key in schema.schema if key.description}


async def test_rhythm(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "rhythm")
    assert suggested(form) == {"active_interval": 5, "parked_interval": 15, "asleep_interval": 60}
    before = (await control.request_counts())["GET /user/vehicles"]
    done = await fill(hass, form, RHYTHM)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == RHYTHM
    await hass.async_block_till_done(wait_background_tasks=True)
    # It is loaded again, so that what was chosen counts from now on
    assert (await control.request_counts())["GET /user/vehicles"] == before + 1
    assert entry.state is ConfigEntryState.LOADED
    assert suggested(await open_form(hass, entry, "rhythm")) == RHYTHM


async def test_push(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "push")
    for wrong in ("http://tunnel.example.com", "tunnel.example.com", "https://tunnel.example.com/?a=b"):
        form = await fill(hass, form, {"push_url": wrong})
        assert form["errors"] == {"push_url": "invalid_url"}
        assert suggested(form) == {"push_url": wrong}
    await fill(hass, form, {"push_url": " https://tunnel.example.com/way/"})
    assert entry.options == {"push_url": "https://tunnel.example.com/way"}
    await hass.async_block_till_done(wait_background_tasks=True)
    # Left empty, it is taken back
    await fill(hass, await open_form(hass, entry, "push"), {})
    assert entry.options == {}


@pytest.mark.parametrize("code", ["4711", "correct horse", "Säße!"])
async def test_lock(hass: HomeAssistant, link: Link, code: str) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "lock")
    assert suggested(form) == {}
    for wrong in ("", "123", " 4711", "4711 ", "    "):
        form = await fill(hass, form, {"lock_code": wrong})
        assert form["errors"] == {"lock_code": "code_too_short"}
        assert suggested(form) == {"lock_code": wrong}
        assert entry.options == {}
    await fill(hass, form, {"lock_code": code})
    assert entry.options == {"lock_code": code}
    await hass.async_block_till_done(wait_background_tasks=True)
    form = await open_form(hass, entry, "lock")
    assert suggested(form) == {"lock_code": code}
    # Left empty, it is taken back
    await fill(hass, form, {})
    assert entry.options == {}


@pytest.mark.parametrize("name", INTERVAL_LIMITS)
async def test_rhythm_has_bounds(hass: HomeAssistant, link: Link, name: str) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "rhythm")
    _, least, most = INTERVAL_LIMITS[name]
    for outside in (least - 1, most + 1, "often", None):
        with pytest.raises(InvalidData):
            await fill(hass, form, {**RHYTHM, name: outside})
    with pytest.raises(InvalidData):
        await fill(hass, form, {key: value for key, value in RHYTHM.items() if key != name})
    assert entry.options == {}


@pytest.mark.parametrize(
    ("intervals", "wrong"),
    [
        ((30, 20, 120), {"parked_interval"}),
        ((5, 90, 60), {"asleep_interval"}),
        ((60, 50, 40), {"parked_interval", "asleep_interval"}),
    ],
)
async def test_rest_is_not_read_more_often_than_use(
    hass: HomeAssistant, link: Link, intervals: tuple[int, int, int], wrong: set[str]
) -> None:
    entry = await link("ds")
    chosen = dict(zip(RHYTHM, intervals, strict=True))
    form = await fill(hass, await open_form(hass, entry, "rhythm"), chosen)
    assert form["errors"] == dict.fromkeys(wrong, "shorter_than_above")
    # What was typed stays in the form
    assert suggested(form) == chosen
    assert entry.options == {}
    done = await fill(hass, form, {"active_interval": 60, "parked_interval": 60, "asleep_interval": 60})
    assert done["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "chosen",
    [
        {"electricity_price": 0.25},
        {"electricity_price": 0, "fuel_price": 1.799},
        {"electricity_price_entity": PRICE},
        {"electricity_price_entity": PRICE, "fuel_price_entity": "input_number.fuel"},
        {"electricity_price": 0.25, "fuel_price_entity": "number.fuel"},
    ],
)
async def test_costs(hass: HomeAssistant, link: Link, chosen: dict[str, Any]) -> None:
    for entity_id in (PRICE, "input_number.fuel", "number.fuel"):
        hass.states.async_set(entity_id, "1.5")
    entry = await link("ds")
    form = await open_form(hass, entry, "costs")
    assert suggested(form) == {}
    assert form["description_placeholders"] == {"currency": hass.config.currency}
    done = await fill(hass, form, chosen)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == chosen
    await hass.async_block_till_done(wait_background_tasks=True)
    assert suggested(await open_form(hass, entry, "costs")) == chosen


@pytest.mark.parametrize(
    "nonsense",
    [
        {"electricity_price": -0.01},
        {"fuel_price": "cheap"},
        {"electricity_price_entity": "light.price"},
        {"fuel_price_entity": "price"},
    ],
)
async def test_prices_that_are_none(hass: HomeAssistant, link: Link, nonsense: dict[str, Any]) -> None:
    entry = await link("ds")
    form = await open_form(hass, entry, "costs")
    with pytest.raises(InvalidData):
        await fill(hass, form, nonsense)
    assert entry.options == {}


async def test_price_and_entity_of_one_energy(hass: HomeAssistant, link: Link) -> None:
    hass.states.async_set(PRICE, "0.3")
    entry = await link("ds")
    both = {"electricity_price": 0.25, "electricity_price_entity": PRICE}
    fuel = {"fuel_price": 1.8, "fuel_price_entity": PRICE}
    form = await fill(hass, await open_form(hass, entry, "costs"), both | fuel)
    assert form["errors"] == dict.fromkeys(("electricity_price_entity", "fuel_price_entity"), "two_prices")
    assert suggested(form) == both | fuel
    done = await fill(hass, form, {"electricity_price_entity": PRICE, "fuel_price": 1.8})
    assert done["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("shown", "error"),
    [
        (None, "unknown_entity"),
        ("sunny", "no_number"),
        ("nan", "no_number"),
        # It was chosen well, and will say it when it knows
        (STATE_UNAVAILABLE, None),
        (STATE_UNKNOWN, None),
        # At times they pay for taking it
        ("-0.02", None),
    ],
)
@pytest.mark.parametrize("field", ["electricity_price_entity", "fuel_price_entity"])
async def test_entity_that_is_no_price(
    hass: HomeAssistant, link: Link, field: str, shown: str | None, error: str | None
) -> None:
    entry = await link("ds")
    if shown is not None:
        hass.states.async_set(PRICE, shown)
    result = await fill(hass, await open_form(hass, entry, "costs"), {field: PRICE})
    if error is None:
        assert entry.options == {field: PRICE}
    else:
        assert result["errors"] == {field: error}
        assert entry.options == {}


async def test_each_form_leaves_the_others_options_alone(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    hass.config_entries.async_update_entry(entry, options={"of_another_form": 1})
    await fill(hass, await open_form(hass, entry, "rhythm"), RHYTHM)
    await fill(hass, await open_form(hass, entry, "costs"), {"electricity_price": 0.25})
    assert entry.options == {"of_another_form": 1, "electricity_price": 0.25, **RHYTHM}
    # A field that is left empty takes its price away, and nothing else
    await fill(hass, await open_form(hass, entry, "costs"), {})
    assert entry.options == {"of_another_form": 1, **RHYTHM}
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_price_makes_sensors_of_costs(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    assert get_state(hass, COST) is None
    for chosen, there in (({"electricity_price": 0.25}, True), ({}, False), ({"fuel_price": 1.8}, False)):
        await fill(hass, await open_form(hass, entry, "costs"), chosen)
        await hass.async_block_till_done(wait_background_tasks=True)
        # The car takes no fuel: what that costs is nothing to it
        assert (get_state(hass, COST) is not None) is there, chosen


async def test_nothing_changed_is_nothing_loaded_again(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    await fill(hass, await open_form(hass, entry, "rhythm"), RHYTHM)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = (await control.request_counts())["GET /user/vehicles"]
    await fill(hass, await open_form(hass, entry, "rhythm"), RHYTHM)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await control.request_counts())["GET /user/vehicles"] == before
