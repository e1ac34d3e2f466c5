"""Trips and charges in the long-term statistics: once, in order, and gone with their entry."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
import logging
from threading import Event
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import async_add_external_statistics, list_statistic_ids
from homeassistant.components.recorder.tasks import RecorderTask
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.api import Trip
from custom_components.stellantis.const import CONF_ELECTRICITY_PRICE, CONF_FUEL_PRICE, DOMAIN
from custom_components.stellantis.history.store import CarStore
from custom_components.stellantis.vehicle.trip import build_trip_record
from tests.conftest import Link
from tests.support.helpers import Control, car_devices
from tests.support.statistics import (
    AFTERNOON,
    CHARGED,
    CHARGING_COST,
    DAY_START,
    DISTANCE,
    DRIVING_COST,
    DURATION,
    MODEL,
    MORNING,
    NAME,
    NOON,
    Scenario,
    build_trip,
    final_sum,
    hourly,
    hourly_sums,
    list_statistics,
    with_recorder,
)

# --- once


@with_recorder
async def test_trips_are_added_once(hass: HomeAssistant, link: Link, story: Scenario) -> None:
    entry = await link("ds")
    assert await list_statistics(hass) == {}
    await story.drive(MORNING)
    assert await hourly_sums(hass) == {DISTANCE: hourly(at_10=10), DURATION: hourly(at_10=0.5)}
    await story.drive(MORNING, AFTERNOON)
    expected = {
        DISTANCE: pytest.approx(hourly(at_10=10, at_14=30, at_15=40)),
        DURATION: pytest.approx(hourly(at_10=0.5, at_14=1.5, at_15=2)),
    }
    assert await hourly_sums(hass) == expected
    await hass.config_entries.async_reload(entry.entry_id)
    await story.drive(MORNING, AFTERNOON)
    assert await hourly_sums(hass) == expected


@with_recorder
async def test_late_trip_shifts_what_comes_after_it(hass: HomeAssistant, link: Link, story: Scenario) -> None:
    await link("ds")
    await story.drive(MORNING, AFTERNOON)
    await story.drive(MORNING, NOON, AFTERNOON)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))


@with_recorder
async def test_trip_told_anew_leaves_nothing_behind(hass: HomeAssistant, link: Link, story: Scenario) -> None:
    await link("ds")
    await story.drive(MORNING, AFTERNOON)
    await story.drive(MORNING, build_trip("afternoon", DAY_START + timedelta(hours=14), 30, 20))
    found = await hourly_sums(hass)
    assert found[DISTANCE] == pytest.approx(hourly(at_10=10, at_14=30, at_15=30))
    assert found[DURATION] == pytest.approx(hourly(at_10=0.5, at_14=1, at_15=1))


@with_recorder
async def test_trip_that_comes_amid_an_import(
    hass: HomeAssistant, link: Link, story: Scenario, control: Control
) -> None:
    entry = await link("ds")
    ledger = entry.runtime_data.cars[await control.vin(MODEL)].store
    late = build_trip_record(Trip.from_dict(NOON))
    assert late

    def add(*arguments: Any) -> None:
        ledger.add_trips([late])
        async_add_external_statistics(*arguments)

    with patch("custom_components.stellantis.statistics.async_add_external_statistics", add):
        await story.drive(MORNING, AFTERNOON)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))
    assert ledger.statistics_dirty_since is None


@with_recorder
async def test_import_that_is_broken_off_is_begun_again(
    hass: HomeAssistant, link: Link, story: Scenario, control: Control, hass_storage: dict[str, Any]
) -> None:
    """What the database did not confirm was not told."""
    entry = await link("ds")
    busy = Event()

    @dataclass(slots=True)
    class Work(RecorderTask):
        def run(self, _instance: Recorder) -> None:
            busy.wait(10)

    get_instance(hass).queue_task(Work())
    driving = hass.async_create_task(story.drive(MORNING))
    ledger = entry.runtime_data.cars[await control.vin(MODEL)].store
    while ledger.statistics_dirty_since is None:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.01)
    assert await hass.config_entries.async_unload(entry.entry_id)
    busy.set()
    await driving
    (kept,) = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"].values()
    assert kept["statistics_dirty_since"] == MORNING["startedAt"].replace("Z", "+00:00")
    assert await list_statistics(hass) == {}
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await hourly_sums(hass))[DISTANCE] == hourly(at_10=10)


# --- names


@with_recorder
async def test_statistics_are_named_after_the_car_and_keep_their_ids(
    hass: HomeAssistant, link: Link, story: Scenario, device_registry: dr.DeviceRegistry, control: Control
) -> None:
    entry = await link("ds")
    await story.drive(MORNING)
    before = await list_statistics(hass)
    assert set(before) == {DISTANCE, DURATION}
    (car,) = car_devices(hass, entry.entry_id)
    device_registry.async_update_device(car.id, name_by_user="Madame")
    await story.drive(MORNING, AFTERNOON)
    after = await list_statistics(hass)
    assert set(after) == {"Madame Distance driven", "Madame Time driven"}
    ids = {one["statistic_id"] for one in after.values()}
    assert ids == {one["statistic_id"] for one in before.values()}
    vin = (await control.vin(MODEL)).lower()
    assert not any(vin in one for one in ids)


# --- charging and cost


@with_recorder
async def test_charged_energy_can_be_chosen_in_the_energy_dashboard(
    hass: HomeAssistant, link: Link, story: Scenario, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "energy", {})
    await link("ds")
    await story.charge(30, 60, hours=3)
    rows = (await hourly_sums(hass))[CHARGED]
    # The simulator's batteries tell 68 % of what is in them
    assert final_sum(rows) == pytest.approx(50.8 * 0.30 * 0.68, abs=0.01)
    assert len(rows) == 4
    client = await hass_ws_client(hass)

    async def ask(command: str, **arguments: Any) -> Any:
        await client.send_json_auto_id({"type": command, **arguments})
        answer = await client.receive_json()
        assert answer["success"], answer
        return answer["result"]

    listed = await ask("recorder/list_statistic_ids", statistic_type="sum")
    (charged,) = [one for one in listed if one["name"] == CHARGED]
    assert (charged["unit_class"], charged["statistics_unit_of_measurement"]) == ("energy", "kWh")
    await ask("energy/save_prefs", device_consumption=[{"stat_consumption": charged["statistic_id"]}])
    assert (await ask("energy/validate"))["device_consumption"] == [[]]
    # It is the check that finds nothing amiss, not that nothing is checked
    await ask("energy/save_prefs", device_consumption=[{"stat_consumption": f"{charged['statistic_id']}_not"}])
    assert (await ask("energy/validate"))["device_consumption"] != [[]]


@with_recorder
async def test_charges_where_the_driver_did_not_grant_the_trips(
    hass: HomeAssistant, link: Link, story: Scenario
) -> None:
    await link("ds", scopes=["openid", "data:telemetry"])
    await story.charge(30, 60, hours=1)
    assert set(await list_statistics(hass)) == {CHARGED}


@with_recorder
@pytest.mark.parametrize("price", [0.25, None])
async def test_cost_where_there_is_a_price(
    hass: HomeAssistant, link: Link, story: Scenario, price: float | None
) -> None:
    entry = await link("ds", setup=False)
    options = {CONF_ELECTRICITY_PRICE: price, CONF_FUEL_PRICE: 1.8} if price else {}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    await story.charge(30, 60, hours=1)
    lately = dt_util.utcnow() - timedelta(hours=3)
    await story.drive(MORNING, build_trip("lately", lately, 20, 100, wh_per_100_km=16_000))
    found = await hourly_sums(hass)
    assert final_sum(found[f"{NAME} Electricity used"]) == pytest.approx(16)
    costs = {DRIVING_COST, CHARGING_COST}
    if price is None:
        assert costs.isdisjoint(found)
    else:
        assert final_sum(found[DRIVING_COST]) == pytest.approx(4)
        assert final_sum(found[CHARGING_COST]) == pytest.approx(final_sum(found[CHARGED]) * 0.25)
        units = {(await list_statistics(hass))[name]["statistics_unit_of_measurement"] for name in costs}
        assert units == {hass.config.currency}


# --- leaving, and no recorder


@with_recorder
async def test_removal_clears_the_statistics_of_the_entry(hass: HomeAssistant, link: Link, story: Scenario) -> None:
    async def ids() -> set[str]:
        found = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
        return {one["statistic_id"] for one in found if one["source"] == DOMAIN}

    entry = await link("ds")
    await story.drive(MORNING)
    ours = await ids()
    other = await link("ds", unique_id="another")
    theirs = await ids() - ours
    assert len(ours) == len(theirs) == 2
    await hass.config_entries.async_remove(entry.entry_id)
    await get_instance(hass).async_block_till_done()
    assert await ids() == theirs
    await hass.config_entries.async_remove(other.entry_id)
    await get_instance(hass).async_block_till_done()
    assert await ids() == set()
    # Linked again, it is the same car again, and all is told again
    await link("ds")
    assert await ids() == ours
    assert (await hourly_sums(hass))[DISTANCE] == hourly(at_10=10)


async def test_without_a_recorder_nothing_happens_and_nothing_is_lost(
    hass_storage: dict[str, Any], hass: HomeAssistant, link: Link, story: Scenario, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await link("ds")
    caplog.clear()
    await story.drive(MORNING)
    assert "recorder" not in hass.config.components
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    await hass.config_entries.async_unload(entry.entry_id)
    (kept,) = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"].values()
    assert CarStore.from_dict(kept).statistics_dirty_since == DAY_START + timedelta(hours=10)
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage


@with_recorder
async def test_what_was_learnt_without_a_recorder_is_caught_up(
    hass_storage: dict[str, Any], hass: HomeAssistant, link: Link, control: Control
) -> None:
    entry, ledger = await link("ds", setup=False), CarStore()
    learnt = build_trip_record(Trip.from_dict(MORNING))
    ledger.add_trips([learnt] if learnt else [])
    kept = {"version": 1, "data": {await control.vin(MODEL): ledger.to_dict()}}
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = kept
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await hourly_sums(hass))[DISTANCE] == hourly(at_10=10)
