"""The costs of charging in a running Home Assistant: prices, the wallbox, the action, sensors, and statistics."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from custom_components.stellantis.features.costs.record import KEY
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from tests.conftest import Link
from tests.support.commands import ONE_CAR
from tests.support.config_flow import submit_options, suggested_values
from tests.support.helpers import Control, advance_time, call_action_on_only_car, only_car
from tests.support.statistics import hourly_sums, with_recorder
from tests.support.vehicle_states import build_status, set_status

# The simulator's clock stands still, before the first report
START = datetime.now(UTC) - timedelta(hours=6)
pytestmark = pytest.mark.simulator(**{**ONE_CAR, "start": START})

PRICE, METER = "sensor.tariff", "sensor.wallbox"
POLL = 3601
COST_STATISTIC = "PEUGEOT e-208 Charging cost (estimated)"


def set_values(hass: HomeAssistant, entity_id: str, unit: str, *values: tuple[float, float | str]) -> None:
    """Give an entity values, each a number of minutes from now."""
    attributes = {"unit_of_measurement": unit, "device_class": "energy" if unit == "kWh" else None}
    for minutes, value in values:
        at = dt_util.utcnow() + timedelta(minutes=minutes)
        hass.states.async_set(entity_id, str(value), attributes, timestamp=at.timestamp())


async def report(hass: HomeAssistant, control: Control, *statuses: tuple[float, float, bool]) -> None:
    """Have the car report its level a number of minutes from now, and whether it charges."""
    (vehicle,) = await control.vehicles()
    for minutes, level, charging in statuses:
        body = build_status(seconds_ago=-60 * minutes, level=level, charging=charging)
        await set_status(control, vehicle["vin"], body)
        await advance_time(hass, POLL)


def fixed(price: float) -> dict[str, Any]:
    """Return the user input of a fixed price."""
    return {"active_choice": "fixed", "fixed": price}


def last_session(entry: MockConfigEntry) -> ChargingSession:
    """Return the session that ended last."""
    sessions: list[ChargingSession] = only_car(entry).store.charging_sessions
    return sessions[-1]


def sensors(hass: HomeAssistant) -> dict[str, float]:
    """Return the states of the sensors of costs that are known; at the start of a month, with those of the last one."""
    states: dict[str, float] = {}
    for key in ("home_charging_this_month", "public_charging_this_month", "last_charge_efficiency"):
        state = hass.states.get(f"sensor.peugeot_e_208_{key}")
        if state and state.state != "unknown":
            states[key] = float(state.state) + (state.attributes.get("last_month") or 0)
    return states


@pytest.fixture
async def entry(hass: HomeAssistant, link: Link, control: Control) -> MockConfigEntry:
    """An account with a car at home, whose prices have changed in the last hours."""
    # First of all: the recorder takes the first state for the oldest
    set_values(hass, PRICE, "EUR/kWh", (-240, 0.4), (-120, 0.1))
    set_values(hass, METER, "kWh", (-240, 100), (-150, 104), (-70, 124))
    (vehicle,) = await control.vehicles()
    place = (await control.get(f"vehicles/{vehicle['vin']}"))["state"]["place"]
    await hass.config.async_update(latitude=place["latitude"], longitude=place["longitude"])
    assert await async_setup_component(hass, "zone", {})
    entry = await link(setup=False)
    hass.config_entries.async_update_entry(
        entry,
        options={"electricity_price_entity": PRICE, "battery_capacities": {vehicle["vin"]: 50.0}},
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


@with_recorder
async def test_costs(hass: HomeAssistant, entry: MockConfigEntry, control: Control) -> None:
    """A charge that nobody saw, one with a restart in it, and costs by hand."""
    await async_wait_recording_done(hass)
    # The price of that time is in the recorder. Half of 20 kWh was charged before the price fell
    await report(hass, control, (-180, 20, False), (-60, 60, False))
    await async_wait_recording_done(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    session = last_session(entry)
    assert (session.energy, session.zone) == (pytest.approx(20), "test home")
    assert (session.cost, session.cost_source, session.is_cost_partial) == (pytest.approx(5, abs=0.01), "price", False)
    five = pytest.approx(5, abs=0.01)
    assert sensors(hass) == {"home_charging_this_month": five, "public_charging_this_month": 0}
    # The price is followed while it charges, across a restart
    await report(hass, control, (-1, 60, False), (0, 60, True), (0.1, 61, True))
    set_values(hass, PRICE, "EUR/kWh", (2.1, 0.4))
    assert only_car(entry).store.feature_records[KEY]["logs"][PRICE]
    await hass.config_entries.async_reload(entry.entry_id)
    await report(hass, control, (4.1, 81, False))
    session = last_session(entry)
    assert (session.energy, session.is_cost_partial) == (pytest.approx(10.5), False)
    assert session.cost == pytest.approx(0.5 * 0.1 + 10 * 0.25, rel=0.02)
    assert only_car(entry).store.feature_records == {}
    total = sum(session.cost or 0 for session in only_car(entry).store.charging_sessions)
    assert sensors(hass)["home_charging_this_month"] == pytest.approx(total)
    assert (await hourly_sums(hass))[COST_STATISTIC].popitem()[1] == pytest.approx(total)
    # By hand, of the first session, and back
    first = only_car(entry).store.charging_sessions[0]
    for data, cost, source in (
        ({"cost": 7.5}, 7.5, "manual"),
        ({"price": 0.2, "session": first.start.isoformat()}, 4, "manual"),
        ({"clear": True}, five, "price"),
        ({"clear": True}, five, "price"),
    ):
        moment = (first.start + timedelta(minutes=5)).isoformat()
        content = await call_action_on_only_car(hass, "set_session_cost", entry.entry_id, **{"session": moment, **data})
        assert (content["cost"], content["cost_source"]) == (cost, source)
        expected = pytest.approx(total - 5 + content["cost"], abs=0.02)
        assert sensors(hass)["home_charging_this_month"] == expected
        assert (await hourly_sums(hass))[COST_STATISTIC].popitem()[1] == expected
    response = await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id)
    months = {month["month"]: month["cost_at_home"] for month in response["totals"]["months"]}
    assert sum(months.values()) == pytest.approx(total, abs=0.02)
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"session": "2020-01-01 12:00:00", "cost": 1}, "no charging session at this time"),
        ({}, "Enter a cost or a price"),
        ({"cost": 1, "clear": True}, "Enter a cost or a price"),
    )
    for fields, message in wrong:
        with pytest.raises(HomeAssistantError, match=message):
            await call_action_on_only_car(hass, "set_session_cost", entry.entry_id, **fields)


@with_recorder
async def test_wallbox_and_places(hass: HomeAssistant, entry: MockConfigEntry, control: Control) -> None:
    await async_wait_recording_done(hass)
    hass.states.async_set("zone.work", "0", {"latitude": 1, "longitude": 1, "radius": 100, "friendly_name": "Work"})
    car = only_car(entry).device.id
    assert (await submit_options(hass, entry, "wallbox", {"car": car, "meter": METER}))["type"] is (
        FlowResultType.CREATE_ENTRY
    )
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert only_car(entry).vin not in str(diagnostics), "the meter is kept by VIN"
    await report(hass, control, (-180, 20, False), (-60, 60, False))
    await async_wait_recording_done(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    # 4 kWh in the first half hour, 20 kWh in the next 80 minutes, of which 30 are at the first price
    session = last_session(entry)
    assert (session.supplied_energy, session.cost_source) == (pytest.approx(24), "measured")
    assert session.cost == pytest.approx(0.4 * (4 + 20 * 30 / 80) + 0.1 * 20 * 50 / 80, rel=0.02)
    assert sensors(hass)["last_charge_efficiency"] == pytest.approx(83.3, abs=0.1)
    (content,) = (await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id))["sessions"]
    assert (content["energy_supplied"], content["energy_lost"], content["efficiency"]) == (24, 4, 83.3)
    # Prices by place: the one at home stays; that of another zone does not apply to the road
    for user_input, errors in (
        ({"zone_price": fixed(0.2)}, {"zone": "no_zone"}),
        ({"public_ac_price": {"active_choice": "entity", "entity": METER}}, {"public_ac_price": "price_unit"}),
    ):
        assert (await submit_options(hass, entry, "places", user_input))["errors"] == errors
    await submit_options(hass, entry, "places", {"zone": "zone.work", "zone_price": fixed(0.2)})
    await submit_options(hass, entry, "places", {"public_ac_price": fixed(0.5)})
    assert entry.options["place_prices"] == {"zone.work": 0.2}
    assert entry.options["public_ac_price"] == 0.5
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    form = await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": "places"})
    assert suggested_values(form)["public_ac_price"] == 0.5
    hass.config_entries.options.async_abort(menu["flow_id"])
    await hass.config.async_update(latitude=1, longitude=30)
    await report(hass, control, (-50, 60, False), (-49, 62, True), (-20, 70, False))
    session = last_session(entry)
    assert (session.zone, session.cost, session.supplied_energy) == ("not_home", pytest.approx(2.5), None)
    assert session.position is None, "kept only to name the place"
    assert sensors(hass)["public_charging_this_month"] == 2.5
    await submit_options(hass, entry, "places", {"zone": "zone.work"})
    await submit_options(hass, entry, "wallbox", {"car": car})
    assert not {"place_prices", "public_ac_price", "wallboxes"} & entry.options.keys()
    assert "last_charge_efficiency" not in sensors(hass)
