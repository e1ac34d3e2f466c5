"""Statistics after the database or the store was lost, and after a long history was read."""

from datetime import timedelta
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.stellantis.const import CONF_BATTERY_CAPACITIES, CONF_ELECTRICITY_PRICE, DOMAIN
from custom_components.stellantis.history import store as store_module
from tests.conftest import Link
from tests.support.helpers import Control, only_car
from tests.support.statistics import (
    AFTERNOON,
    CHARGED,
    CHARGED_ELSEWHERE,
    DAY_START,
    DISTANCE,
    DRIVING_COST,
    DURATION,
    MODEL,
    MORNING,
    NOON,
    Scenario,
    build_page,
    build_trip,
    final_sum,
    hourly,
    hourly_sums,
    list_statistics,
    with_recorder,
)

TRIPS = "/user/vehicles/{id}/trips"


async def clear_database(hass: HomeAssistant) -> None:
    """Delete all statistics, as if the database were new."""
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait_recording_done(hass)
    ids = [statistic["statistic_id"] for statistic in (await list_statistics(hass)).values()]
    get_instance(hass).async_clear_statistics(ids)
    await async_wait_recording_done(hass)
    assert await list_statistics(hass) == {}


@with_recorder
async def test_new_database_is_filled_at_setup(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    entry = await link("ds")
    await scenario.drive(MORNING, NOON, AFTERNOON)
    await scenario.charge(30, 60, hours=3)
    before = await hourly_sums(hass)
    assert set(before) == {DISTANCE, DURATION, CHARGED, CHARGED_ELSEWHERE}
    await clear_database(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    after = await hourly_sums(hass)
    # All but the empty hour that makes the statistic selectable before the first charge
    del before[CHARGED][max(before[CHARGED])]
    assert after == before


@with_recorder
async def test_part_of_a_database_is_completed_at_setup(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    """A database that was new for a while has only the last trip, with the sum of all."""
    entry = await link("ds")
    await scenario.drive(MORNING, NOON)
    await clear_database(hass)
    await scenario.drive(MORNING, NOON, AFTERNOON)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))


@with_recorder
async def test_long_history_is_spread_over_its_hours(
    hass: HomeAssistant, link: Link, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More trips than are kept are in no single hour."""
    monkeypatch.setattr(store_module, "MAX_TRIPS", 1)
    await control.fault(TRIPS, body=build_page(MORNING, NOON, AFTERNOON))
    entry = await link("ds")
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))
    assert len(only_car(entry).store.trips) == 1
    assert only_car(entry).store.archived_totals["distance"] == 15


@with_recorder
async def test_late_trip_takes_nothing_from_an_archived_hour(
    hass: HomeAssistant, link: Link, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began in an hour whose trip is only part of the total any more, and overlaps a later one."""
    monkeypatch.setattr(store_module, "MAX_TRIPS", 1)
    await link("ds")
    await scenario.drive(MORNING, NOON)
    late = build_trip("late", DAY_START + timedelta(hours=10, minutes=45), 165, 18)
    await scenario.drive(MORNING, NOON, late)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_11=17.2, at_12=29.4, at_13=33))


@with_recorder
async def test_new_database_after_trips_were_archived(
    hass: HomeAssistant, link: Link, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their hours are not known any more; the sum goes on without a jump."""
    monkeypatch.setattr(store_module, "MAX_TRIPS", 1)
    entry = await link("ds")
    await scenario.drive(MORNING, NOON)
    await clear_database(hass)
    await scenario.drive(MORNING, NOON, AFTERNOON)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_14=20, at_15=30))


@with_recorder
async def test_lost_store_takes_nothing_from_the_statistics(
    hass: HomeAssistant, link: Link, scenario: Scenario, control: Control, hass_storage: dict[str, Any]
) -> None:
    entry = await link("ds")
    await scenario.drive(MORNING, NOON)
    await scenario.charge(30, 60, hours=3)
    before = await hourly_sums(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    for key in [key for key in hass_storage if key.startswith(DOMAIN)]:
        del hass_storage[key]
    # The platform has forgotten the first trip, too
    await control.fault(TRIPS, body=build_page(NOON))
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await hourly_sums(hass) == before
    await scenario.drive(NOON, AFTERNOON)
    sums = await hourly_sums(hass)
    assert sums[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))
    assert sums[CHARGED] == before[CHARGED]


@with_recorder
async def test_currency_that_changes(hass: HomeAssistant, link: Link, scenario: Scenario, control: Control) -> None:
    """Costs in another currency are another statistic, and the old one keeps its unit."""
    entry = await link("ds", setup=False)
    options = {CONF_ELECTRICITY_PRICE: 0.25, CONF_BATTERY_CAPACITIES: {await control.vin(MODEL): 50.0}}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await scenario.charge(30, 60, hours=1)
    old = hass.config.currency
    await hass.config.async_update(currency="CHF")
    await hass.config_entries.async_reload(entry.entry_id)
    await scenario.charge(20, 40, hours=1)
    found, units = await hourly_sums(hass), await list_statistics(hass)
    name = "DS 3 E-Tense Charging cost (estimated)"
    # The simulator's cars report their energy in steps
    assert final_sum(found[name]) == pytest.approx(50.8 * 0.30 * 0.25, abs=0.008)
    assert final_sum(found[f"{name} CHF"]) == pytest.approx(50.8 * 0.20 * 0.25, abs=0.008)
    unit = "statistics_unit_of_measurement"
    assert (units[name][unit], units[f"{name} CHF"][unit]) == (old, "CHF")
    assert DRIVING_COST not in found
    shown = hass.states.get("sensor.ds_3_e_tense_charging_cost_estimated")
    assert shown
    assert (float(shown.state), shown.attributes["unit_of_measurement"]) == (
        pytest.approx(50.8 * 0.20 * 0.25, abs=0.008),
        "CHF",
    )
