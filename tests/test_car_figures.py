"""Figures that do not come from the last report alone: the level now, fuel in liters, the 12 V battery, wake-ups."""

from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import start_entity_action
from tests.support.helpers import Control, advance_time, get_state, only_car
from tests.support.statistics import with_recorder
from tests.support.vehicle_states import build_status, set_status, time_ago

pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")

POLL: Final = 3601
HOUR: Final = 3600
DAY: Final = 86_400
CAR: Final = "ds_3_e_tense"
LEVEL: Final = f"sensor.{CAR}_battery_level_estimated"
CAPACITY: Final = f"number.{CAR}_usable_battery_capacity"
TANK: Final = "number.peugeot_308_hybrid_tank_size"
FUEL: Final = "sensor.peugeot_308_hybrid_fuel_amount_estimated"
TIME_LEFT: Final = f"sensor.{CAR}_12_v_time_left_estimated"


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set an entry up again."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def set_number(hass: HomeAssistant, entity_id: str, value: float) -> None:
    """Set a number as a user does."""
    await hass.services.async_call("number", "set_value", {"entity_id": entity_id, "value": value}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


# --- battery level


async def test_level_between_reports(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(seconds_ago=9 * DAY, level=60))
    entry = await link("ds")
    assert get_state(hass, f"sensor.{CAR}_battery") == "60.0"
    assert get_state(hass, LEVEL) == STATE_UNKNOWN, "of last week"
    await set_status(control, vin, build_status(seconds_ago=6 * DAY, level=58))
    await advance_time(hass, POLL)
    assert get_state(hass, LEVEL) == "58.0", "a sleeping car stays as it is"
    await set_status(control, vin, build_status(seconds_ago=2 * HOUR, level=40, charging=True, remaining="PT6H"))
    await advance_time(hass, POLL)
    assert get_state(hass, f"sensor.{CAR}_battery") == "40.0"
    assert get_state(hass, LEVEL) == "60.0"
    await reload(hass, entry)
    assert get_state(hass, LEVEL) == "60.0"
    half_an_hour_later = dt_util.utcnow() + timedelta(minutes=30)
    with patch.object(dt_util, "utcnow", return_value=half_an_hour_later):
        async_fire_time_changed(hass, half_an_hour_later)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert get_state(hass, LEVEL) == "65.0", "the car reported nothing new"
    only_car(entry).charge_limit.async_set(level=55, enabled=True)
    await hass.async_block_till_done()
    assert get_state(hass, LEVEL) == "55.0", "not beyond the limit"


# --- capacity and tank


async def open_battery_form(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Open the form of the options that asks for the capacity."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": "battery"})


def suggested_capacity(form: ConfigFlowResult) -> float:
    """Return the capacity that the form suggests."""
    assert form["data_schema"]
    (field,) = [field for field in form["data_schema"].schema if field == "battery_capacity"]
    capacity: float = field.description["suggested_value"]
    return capacity


async def test_number_and_option_are_one(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry, vin = await link("ds"), await control.vin("3 E-Tense")
    car = only_car(entry)
    form = await open_battery_form(hass, entry)
    assert float(get_state(hass, CAPACITY) or 0) == suggested_capacity(form)
    hass.config_entries.options.async_abort(form["flow_id"])
    await set_number(hass, CAPACITY, 46.5)
    assert entry.options == {"battery_capacities": {vin: 46.5}}
    assert only_car(entry) is car, "without a reload"
    assert get_state(hass, CAPACITY) == "46.5"
    form = await open_battery_form(hass, entry)
    assert suggested_capacity(form) == 46.5
    await hass.config_entries.options.async_configure(form["flow_id"], {"car": car.device.id, "battery_capacity": 45})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert get_state(hass, CAPACITY) == "45.0"


async def test_fuel_in_liters(hass: HomeAssistant, link: Link, control: Control) -> None:
    """The sensor is there as long as the size of the tank is known; an electric car has neither."""
    entry, vin = await link(), await control.vin("308 Hybrid")
    assert get_state(hass, "number.peugeot_e_208_tank_size") is None
    assert (get_state(hass, TANK), get_state(hass, FUEL)) == (STATE_UNKNOWN, None)
    await set_number(hass, TANK, 40)
    level = float(get_state(hass, "sensor.peugeot_308_hybrid_fuel") or 0)
    assert float(get_state(hass, FUEL) or 0) == pytest.approx(level * 0.4, abs=0.05)
    await reload(hass, entry)
    assert get_state(hass, TANK) == "40.0"
    assert float(get_state(hass, FUEL) or 0) == pytest.approx(level * 0.4, abs=0.05)
    assert vin not in str(await async_get_config_entry_diagnostics(hass, entry))
    hass.config_entries.async_update_entry(entry, options={})
    await reload(hass, entry)
    assert (get_state(hass, TANK), get_state(hass, FUEL)) == (STATE_UNKNOWN, None)


# --- 12 V battery


async def test_auxiliary_battery(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("3 E-Tense")

    async def report(days_ago: float, level: float, **parts: Any) -> str | None:
        time = {"createdAt": time_ago(days_ago * DAY)}
        battery = {"battery": {**time, "voltage": level}}
        await set_status(control, vin, build_status(seconds_ago=days_ago * DAY) | battery | parts)
        await advance_time(hass, POLL)
        return get_state(hass, TIME_LEFT)

    await set_status(control, vin, build_status(seconds_ago=6 * DAY))
    entry = await link("ds")
    assert [await report(5 - day, 90 - 2 * day) for day in range(3)] == [STATE_UNKNOWN, STATE_UNKNOWN, "30.0"]
    await reload(hass, entry)
    assert await report(1, 82) == "30.0"
    assert await report(0.01, 95) == STATE_UNKNOWN, "it was charged"


# --- wake-ups


@pytest.mark.simulator(**ONE_CAR)
async def test_wake_ups(tester: CommandTester) -> None:
    sensor = "sensor.peugeot_e_208_wake_ups_this_month"
    assert get_state(tester.hass, sensor) == "0"
    await tester.control.patch(tester.vin, asleep=True)
    task = await start_entity_action(tester, "button.press", "wake_up")
    await tester.advance_clock(60)
    await task
    assert get_state(tester.hass, sensor) == "1"


# --- statistics


@with_recorder
async def test_statistics_are_valid(hass: HomeAssistant, link: Link, hass_ws_client: WebSocketGenerator) -> None:
    """Home Assistant finds no fault with the units and state classes of any sensor."""
    await link("citroen")
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "recorder/validate_statistics"})
    assert (await client.receive_json())["result"] == {}
