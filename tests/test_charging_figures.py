"""Sensors of charging and driving that are calculated: power, totals, the last charge; and the day of the service."""

from datetime import date, timedelta
from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, drive, get_state

CAR = "peugeot_e_208"
POLL = 3601


def state(hass: HomeAssistant, name: str) -> str | None:
    """Return the state of a sensor of the car."""
    return get_state(hass, f"sensor.{CAR}_{name}")


@pytest.mark.simulator(brand="peugeot", fleet=1)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_figures(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    vin = await control.vin("e-208")
    await link()
    assert state(hass, "charging_power_estimated") == "0.0"
    assert state(hass, "charged_energy_estimated") == "0.0"
    await control.patch(vin, level=40, charge=True)
    await advance_time(hass, POLL)
    assert state(hass, "charging_status") == "charging"
    simulator.world.clock.advance(3600)
    await advance_time(hass, POLL)
    assert 4 < float(state(hass, "charging_power_estimated") or 0) < 8
    await control.patch(vin, charge="Finished")
    await advance_time(hass, POLL)
    assert state(hass, "charging_status") == "complete"
    assert state(hass, "charging_power_estimated") == "0.0"
    energy = state(hass, "last_charge_energy_estimated")
    assert energy
    assert float(energy) > 4
    assert state(hass, "charged_energy_estimated") == energy
    assert float(state(hass, "last_charge_power_estimated") or 0) == pytest.approx(float(energy), rel=0.1)
    assert float(state(hass, "last_charge_gain") or 0) > 8
    assert state(hass, "last_charge_end") == "2026-11-20T13:00:00+00:00"
    assert state(hass, "last_charge_place") == "not_home"
    await control.patch(vin, drive={"distance": 18, "minutes": 20})
    simulator.world.clock.advance(1800)
    await advance_time(hass, POLL)
    await advance_time(hass, POLL)
    assert state(hass, "electricity_used_for_driving") == state(hass, "last_trip_electricity")


@pytest.mark.simulator(brand="peugeot", fleet=1)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_place_of_the_last_charge(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    vin = await control.vin("e-208")
    place = (await control.get(f"vehicles/{vin}"))["state"]["place"]
    await hass.config.async_update(latitude=place["latitude"], longitude=place["longitude"])
    assert await async_setup_component(hass, "zone", {})
    entry = await link()
    assert state(hass, "last_charge_place") is None
    await control.patch(vin, level=40, charge=True)
    await advance_time(hass, POLL)
    simulator.world.clock.advance(3600)
    await control.patch(vin, charge="Finished")
    await advance_time(hass, POLL)
    assert state(hass, "last_charge_place") == "home"
    hass.states.async_set("zone.home", "0", {**hass.states.get("zone.home").attributes, "friendly_name": "Our house"})  # type: ignore[union-attr]
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, "last_charge_place") == "home"
    simulator.world.clock.advance(60)
    await control.patch(vin, privacy="Geolocation", level=51)
    await advance_time(hass, POLL)
    assert state(hass, "last_charge_place") == STATE_UNKNOWN


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_electric_share_of_the_last_trip(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """It is that of a hybrid; of other cars everybody knows it."""
    vin = await control.vin("308 Hybrid")
    await control.patch(vin, level=60)
    await link()
    await drive(control, simulator, vin, 18)
    await advance_time(hass, POLL)
    assert get_state(hass, "sensor.peugeot_308_hybrid_last_trip_electric_share") == "100.0"
    assert state(hass, "last_trip_electric_share") is None


async def test_service_is_in_the_calendar(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    due = date.fromisoformat(get_state(hass, "sensor.ds_3_e_tense_service_due") or "")
    midnight = dt_util.start_of_local_day(due)
    calendar = "calendar.ds_3_e_tense_calendar"
    services = []
    for days in (-1, 0, 1):
        start, end = (midnight + timedelta(days=day) for day in (days, days + 1))
        response: Any = await hass.services.async_call(
            "calendar",
            "get_events",
            {"entity_id": calendar, "start_date_time": start.isoformat(), "end_date_time": end.isoformat()},
            blocking=True,
            return_response=True,
        )
        summaries = [event["summary"] for event in response[calendar]["events"]]
        services.append([summary for summary in summaries if summary == "Service due"])
    assert services == [[], ["Service due"], []]
