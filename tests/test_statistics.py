"""Long-term statistics of trips and charging sessions, up to the removal of the entry."""

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
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
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
    CHARGED_AT_HOME,
    CHARGED_ELSEWHERE,
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

# --- trips


@with_recorder
async def test_trips_are_counted_once(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    entry = await link("ds")
    assert set(await list_statistics(hass)) == {CHARGED, CHARGED_AT_HOME}
    await scenario.drive(MORNING)
    assert await hourly_sums(hass) == {DISTANCE: hourly(at_10=10), DURATION: hourly(at_10=0.5)}
    await scenario.drive(MORNING, AFTERNOON)
    expected = {
        DISTANCE: pytest.approx(hourly(at_10=10, at_14=30, at_15=40)),
        DURATION: pytest.approx(hourly(at_10=0.5, at_14=1.5, at_15=2)),
    }
    assert await hourly_sums(hass) == expected
    await hass.config_entries.async_reload(entry.entry_id)
    await scenario.drive(MORNING, AFTERNOON)
    assert await hourly_sums(hass) == expected


@with_recorder
async def test_late_trip_raises_later_sums(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    await link("ds")
    await scenario.drive(MORNING, AFTERNOON)
    await scenario.drive(MORNING, NOON, AFTERNOON)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))


@with_recorder
async def test_updated_trip_replaces_its_old_amounts(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    await link("ds")
    await scenario.drive(MORNING, AFTERNOON)
    await scenario.drive(MORNING, build_trip("afternoon", DAY_START + timedelta(hours=14), 30, 20))
    statistics = await hourly_sums(hass)
    assert statistics[DISTANCE] == pytest.approx(hourly(at_10=10, at_14=30, at_15=30))
    assert statistics[DURATION] == pytest.approx(hourly(at_10=0.5, at_14=1, at_15=1))


@with_recorder
async def test_trip_that_is_added_during_an_import(
    hass: HomeAssistant, link: Link, scenario: Scenario, control: Control
) -> None:
    entry = await link("ds")
    store = entry.runtime_data.cars[await control.vin(MODEL)].store
    late = build_trip_record(Trip.from_dict(NOON))
    assert late

    def add(*arguments: Any) -> None:
        store.add_trips([late])
        async_add_external_statistics(*arguments)

    with patch("custom_components.stellantis.statistics.async_add_external_statistics", add):
        await scenario.drive(MORNING, AFTERNOON)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))
    assert store.statistics_dirty_since is None


@with_recorder
async def test_interrupted_import_is_repeated(
    hass: HomeAssistant, link: Link, scenario: Scenario, control: Control, hass_storage: dict[str, Any]
) -> None:
    """Rows count as imported only when the database has confirmed them."""
    entry = await link("ds")
    busy = Event()

    @dataclass(slots=True)
    class Work(RecorderTask):
        def run(self, _instance: Recorder) -> None:
            busy.wait(10)

    get_instance(hass).queue_task(Work())
    driving = hass.async_create_task(scenario.drive(MORNING))
    store = entry.runtime_data.cars[await control.vin(MODEL)].store
    while store.statistics_dirty_since is None:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.01)
    assert await hass.config_entries.async_unload(entry.entry_id)
    busy.set()
    await driving
    (history,) = (stored["data"] for stored in hass_storage.values() if "changed_since" in stored["data"])
    assert history["changed_since"] == MORNING["startedAt"].replace("Z", "+00:00")
    assert set(await list_statistics(hass)) == {CHARGED, CHARGED_AT_HOME}
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await hourly_sums(hass))[DISTANCE] == hourly(at_10=10)


# --- names


@with_recorder
async def test_statistics_are_named_after_the_car_and_keep_their_ids(
    hass: HomeAssistant, link: Link, scenario: Scenario, device_registry: dr.DeviceRegistry, control: Control
) -> None:
    entry = await link("ds")
    await scenario.drive(MORNING)
    before = await list_statistics(hass)
    assert set(before) == {DISTANCE, DURATION, CHARGED, CHARGED_AT_HOME}
    (car,) = car_devices(hass, entry.entry_id)
    device_registry.async_update_device(car.id, name_by_user="Madame")
    await scenario.drive(MORNING, AFTERNOON)
    after = await list_statistics(hass)
    assert set(after) == {"Madame Distance driven", "Madame Driving time", CHARGED, CHARGED_AT_HOME}, (
        "named when rows are written"
    )
    ids = {metadata["statistic_id"] for metadata in after.values()}
    assert ids == {metadata["statistic_id"] for metadata in before.values()}
    vin = (await control.vin(MODEL)).lower()
    assert not any(vin in statistic_id for statistic_id in ids)


# --- charging and cost


@with_recorder
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_energy_dashboard_from_the_first_day(
    hass: HomeAssistant, link: Link, scenario: Scenario, hass_ws_client: WebSocketGenerator
) -> None:
    """Energy and power of the car are offered as soon as it is linked, before the first charge."""
    assert await async_setup_component(hass, "energy", {})
    assert await async_setup_component(hass, "frontend", {})
    await link("ds")
    client = await hass_ws_client(hass)

    async def ask(command: str, **arguments: Any) -> Any:
        await client.send_json_auto_id({"type": command, **arguments})
        answer = await client.receive_json()
        assert answer["success"], answer
        return answer["result"]

    async def validate(statistic_id: str) -> list[dict[str, Any]]:
        device = {"stat_consumption": statistic_id, "stat_rate": "sensor.ds_3_e_tense_charging_power_estimated"}
        await ask("energy/save_prefs", device_consumption=[device])
        (issues,) = (await ask("energy/validate"))["device_consumption"]
        return list(issues)

    await async_wait_recording_done(hass)
    sums = {one["statistic_id"]: one for one in await ask("recorder/list_statistic_ids", statistic_type="sum")}
    means = {one["statistic_id"]: one for one in await ask("recorder/list_statistic_ids", statistic_type="mean")}
    (charged,) = [one for one in sums.values() if one["name"] == CHARGED]
    # The dashboard leaves out cards of statistics that do not exist yet
    (dashboard_ids,) = (await ask("stellantis/statistic_ids")).values()
    assert dashboard_ids == {"charged": charged["statistic_id"]}
    energies = [charged, sums["sensor.ds_3_e_tense_charged_energy_estimated"]]
    for energy in energies:
        assert (energy["unit_class"], energy["statistics_unit_of_measurement"]) == ("energy", "kWh")
    power = means["sensor.ds_3_e_tense_charging_power_estimated"]
    assert (power["unit_class"], power["statistics_unit_of_measurement"]) == ("power", "kW")
    now = dt_util.utcnow()
    do_adhoc_statistics(hass, start=now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0))
    await async_wait_recording_done(hass)
    for energy in energies:
        assert await validate(energy["statistic_id"]) == []
    assert await validate(f"{charged['statistic_id']}_not") != [], "the validation does detect an unknown statistic"

    await scenario.charge(30, 60, hours=3)
    rows = (await hourly_sums(hass))[CHARGED]
    # The simulator's cars report their energy in steps
    assert final_sum(rows) == pytest.approx(50.8 * 0.30, abs=0.032)
    assert len(rows) == 4 + 1, "the hours of the charge, and that in which the car was linked"


@with_recorder
async def test_charged_at_home_and_elsewhere(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    """Sessions that an older version recorded, which has no such statistic, count, too."""
    entry = await link("ds")
    await scenario.charge(30, 60, hours=1)
    sums = await hourly_sums(hass)
    assert final_sum(sums[CHARGED_ELSEWHERE]) == pytest.approx(final_sum(sums[CHARGED]))
    assert CHARGED_AT_HOME not in sums
    get_instance(hass).async_clear_statistics([(await list_statistics(hass))[CHARGED_ELSEWHERE]["statistic_id"]])
    await async_wait_recording_done(hass)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert (await hourly_sums(hass))[CHARGED_ELSEWHERE] == sums[CHARGED_ELSEWHERE]


@with_recorder
async def test_home_under_another_name_is_the_same(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    place = (await scenario.control.get(f"vehicles/{await scenario.control.vin(MODEL)}"))["state"]["place"]
    await hass.config.async_update(latitude=place["latitude"], longitude=place["longitude"])
    assert await async_setup_component(hass, "zone", {})
    entry = await link("ds")
    await scenario.charge(30, 60, hours=1)
    sums = await hourly_sums(hass)
    assert final_sum(sums[CHARGED_AT_HOME]) == pytest.approx(final_sum(sums[CHARGED]))
    await hass.config.async_update(location_name="Our house")
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await hourly_sums(hass) == sums


@with_recorder
async def test_charging_without_permission_for_trips(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    await link("ds", scopes=["openid", "data:telemetry"])
    await scenario.charge(30, 60, hours=1)
    assert set(await list_statistics(hass)) == {CHARGED}


@with_recorder
@pytest.mark.parametrize("price", [0.25, None])
async def test_cost_requires_a_price(hass: HomeAssistant, link: Link, scenario: Scenario, price: float | None) -> None:
    entry = await link("ds", setup=False)
    options = {CONF_ELECTRICITY_PRICE: price, CONF_FUEL_PRICE: 1.8} if price else {}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    await scenario.charge(30, 60, hours=1)
    lately = dt_util.utcnow() - timedelta(hours=3)
    await scenario.drive(MORNING, build_trip("lately", lately, 20, 100, wh_per_100_km=16_000))
    statistics = await hourly_sums(hass)
    assert final_sum(statistics[f"{NAME} Electricity used for driving"]) == pytest.approx(16)
    costs = {DRIVING_COST, CHARGING_COST}
    if price is None:
        assert costs.isdisjoint(statistics)
    else:
        assert final_sum(statistics[DRIVING_COST]) == pytest.approx(4)
        assert final_sum(statistics[CHARGING_COST]) == pytest.approx(final_sum(statistics[CHARGED]) * 0.25)
        units = {(await list_statistics(hass))[name]["statistics_unit_of_measurement"] for name in costs}
        assert units == {hass.config.currency}


# --- removal, and no recorder


@with_recorder
async def test_removal_deletes_the_statistics_of_the_entry(hass: HomeAssistant, link: Link, scenario: Scenario) -> None:
    async def ids() -> set[str]:
        listed = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
        return {metadata["statistic_id"] for metadata in listed if metadata["source"] == DOMAIN}

    entry = await link("ds")
    await scenario.drive(MORNING)
    ours = await ids()
    other = await link("ds", unique_id="another")
    theirs = await ids() - ours
    assert len(ours) == len(theirs) == 4
    await hass.config_entries.async_remove(entry.entry_id)
    await async_wait_recording_done(hass)
    assert await ids() == theirs
    await hass.config_entries.async_remove(other.entry_id)
    await async_wait_recording_done(hass)
    assert await ids() == set()
    # If the account is added again, the statistics of the car are imported again
    await link("ds")
    assert await ids() == ours
    assert (await hourly_sums(hass))[DISTANCE] == hourly(at_10=10)


async def test_without_a_recorder_trips_are_stored(
    hass_storage: dict[str, Any], hass: HomeAssistant, link: Link, scenario: Scenario, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await link("ds")
    caplog.clear()
    await scenario.drive(MORNING)
    assert "recorder" not in hass.config.components
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    await hass.config_entries.async_unload(entry.entry_id)
    (history,) = (stored["data"] for stored in hass_storage.values() if "changed_since" in stored["data"])
    assert CarStore.from_dict(history).statistics_dirty_since == DAY_START + timedelta(hours=10)
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage


@with_recorder
async def test_trips_that_were_stored_without_a_recorder_are_imported_later(
    hass_storage: dict[str, Any], hass: HomeAssistant, link: Link, control: Control
) -> None:
    entry, store = await link("ds", setup=False), CarStore()
    record = build_trip_record(Trip.from_dict(MORNING))
    store.add_trips([record] if record else [])
    content = {"version": 1, "data": {await control.vin(MODEL): store.to_dict()}}
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = content
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await hourly_sums(hass))[DISTANCE] == hourly(at_10=10)
