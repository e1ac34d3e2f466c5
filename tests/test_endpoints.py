"""The endpoints of a car besides its status: when they are fetched, scopes, and failures."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.stellantis.const import CONF_ELECTRICITY_PRICE, CONF_FUEL_PRICE, DOMAIN
from custom_components.stellantis.coordinator import EndpointDescription
from custom_components.stellantis.endpoints import ALARMS, ALERTS, CHARGES, MAINTENANCE
from custom_components.stellantis.polling import NO_DATA_INTERVAL, RETRY_INTERVAL
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, car_devices, drive, get_state, only_car

POLL_SECONDS = 3601  # longer than the interval of a sleeping car
RETRY_SECONDS = RETRY_INTERVAL.total_seconds() + 1
CAR = "ds_3_e_tense"
BATTERY = f"sensor.{CAR}_battery"
LAST_TRIP = f"sensor.{CAR}_last_trip_distance"
PATHS = {key: f"/user/vehicles/{{id}}/{key}" for key in ("maintenance", "alerts", "alarms", "trips")}
EMPTY = {"_links": {}, "total": 0, "totalPage": 0, "currentPage": 1, "_embedded": {"trips": [], "alerts": []}}


async def count_new_requests(control: Control, key: str) -> int:
    """Return the number of requests of an endpoint since the last call."""
    count = (await control.request_counts()).get(f"GET {PATHS[key]}", 0)
    await control.delete("requests")
    return count


# --- failures and scopes


async def test_failing_endpoints_do_not_affect_others(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    await control.put("faults", [{"path": path, "status": 500} for path in PATHS.values()])
    entry = await link("ds")
    assert entry.state is ConfigEntryState.LOADED
    assert get_state(hass, BATTERY) is not None
    names = ("last_trip_distance", "warning", "service_due")
    assert [get_state(hass, f"sensor.{CAR}_{name}") for name in names] == [None] * 3
    await control.delete("faults")
    await drive(control, simulator, await control.vin("3 E-Tense"), 12)
    await advance_time(hass, RETRY_SECONDS)
    assert None not in [get_state(hass, f"sensor.{CAR}_{name}") for name in names]


async def test_missing_scopes_cause_no_requests(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds", scopes=["openid", "data:telemetry"])
    await advance_time(hass, 24 * POLL_SECONDS)
    requests = await control.request_counts()
    assert [requests.get(f"GET {PATHS[key]}", 0) for key in ("alerts", "trips")] == [0, 0]
    assert requests[f"GET {PATHS['maintenance']}"] > 0
    registry = er.async_get(hass)
    unique_ids = [entity.unique_id for entity in er.async_entries_for_config_entry(registry, entry.entry_id)]
    assert unique_ids
    assert not [key for key in unique_ids if "trip" in key or "alert" in key or "driving" in key]


async def test_alarms_are_fetched_when_status_changes(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    entry = await link("vauxhall")
    vin = await control.vin("Mokka Electric")
    alarms = only_car(entry).coordinator_for(ALARMS)
    assert alarms
    await control.delete("requests")
    # A new timestamp of an unchanged alarm is no change
    simulator.world.clock.advance(60)
    await control.patch(vin, level=50, alarm=True)
    await advance_time(hass, POLL_SECONDS)
    await count_new_requests(control, "alarms")
    simulator.world.clock.advance(60)
    await control.patch(vin, level=49, alarm=True)
    await advance_time(hass, POLL_SECONDS)
    assert await count_new_requests(control, "alarms") == 0
    simulator.world.clock.advance(60)
    await control.patch(vin, alarm="RoofBreakIn")
    await advance_time(hass, POLL_SECONDS)
    assert await count_new_requests(control, "alarms") == 1
    assert [event.type for event in alarms.data.new_events] == ["triggered"]


@pytest.mark.parametrize("is_missing", [False, True])
async def test_maintenance_is_fetched_once_after_drive(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, is_missing: bool
) -> None:
    """Maintenance data is never late, so there are no retries."""
    await link("ds")
    if is_missing:
        await control.fault(PATHS["maintenance"], status=404)
    await drive(control, simulator, await control.vin("3 E-Tense"), 10)
    await count_new_requests(control, "maintenance")
    await advance_time(hass, POLL_SECONDS)
    assert await count_new_requests(control, "maintenance") == 1
    await advance_time(hass, RETRY_SECONDS)
    assert await count_new_requests(control, "maintenance") == 0


@pytest.mark.parametrize(("key", "entity"), [("alerts", "warning"), ("maintenance", "service_due")])
async def test_data_that_disappears(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, key: str, entity: str
) -> None:
    """An endpoint that no longer has data is polled at the usual interval."""
    entry = await link("ds")
    endpoints: dict[str, EndpointDescription[Any]] = {"alerts": ALERTS, "maintenance": MAINTENANCE}
    coordinator = only_car(entry).coordinator_for(endpoints[key])
    assert coordinator
    before = get_state(hass, f"sensor.{CAR}_{entity}")
    await control.fault(PATHS[key], status=404)
    await coordinator.async_refresh()
    assert (coordinator.is_suspended, coordinator.last_update_success) == (False, True)
    assert coordinator.update_interval
    assert coordinator.update_interval < NO_DATA_INTERVAL
    assert get_state(hass, f"sensor.{CAR}_{entity}") == before


# --- combustion and electric cars


async def test_entities_of_combustion_and_electric_car(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    entry = await link("citroen", setup=False)
    prices = {CONF_ELECTRICITY_PRICE: 0.25, CONF_FUEL_PRICE: 1.8}
    hass.config_entries.async_update_entry(entry, options=prices)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    for model in ("C3", "ë-C4"):
        await drive(control, simulator, await control.vin(model), 10)
    await advance_time(hass, POLL_SECONDS)
    ids = set(hass.states.async_entity_ids())
    petrol = {entity_id.partition("_c3_")[2] for entity_id in ids if "_c3_" in entity_id}
    electric = {entity_id.partition("_c4_")[2] for entity_id in ids if "_c4_" in entity_id}
    assert {"last_trip_fuel", "last_trip_distance", "driving_cost", "fuel"} <= petrol
    assert not [name for name in petrol if any(word in name for word in ("charg", "electric", "battery_", "plug"))]
    # The status of the electric car lists an empty tank
    assert {"last_trip_electricity", "last_trip_distance", "charging_cost_estimated"} <= electric
    assert not [name for name in electric if "fuel" in name]


async def test_empty_fuel_consumption_in_trip(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    ghost = {"type": "Fuel", "subType": "FossilEnergy", "consumption": 0.0, "avgConsumption": 0.0}
    trip = {
        "id": "a",
        "startedAt": "2026-11-20T11:00:00Z",
        "stoppedAt": "2026-11-20T11:30:00Z",
        "distance": 20,
        "energyConsumptions": [ghost],
        "_links": {},
    }
    await control.fault(PATHS["trips"], body={**EMPTY, "_embedded": {"trips": [trip]}})
    await link("ds")
    assert get_state(hass, LAST_TRIP) == "20.0"
    assert get_state(hass, f"sensor.{CAR}_last_trip_fuel") is None


async def test_charging_is_tracked_without_requests(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    entry = await link("ds")
    vin = await control.vin("3 E-Tense")
    home = only_car(entry).status.data.position
    assert home
    await hass.config.async_update(latitude=home.latitude, longitude=home.longitude)
    await hass.async_block_till_done()
    simulator.world.clock.advance(60)
    await control.patch(vin, level=40, plug=True, charge=True)
    await advance_time(hass, POLL_SECONDS)
    assert only_car(entry).store.active_session
    await control.post("clock", {"advance": 3600})
    await control.patch(vin, charge="Finished")
    await control.delete("requests")
    await advance_time(hass, POLL_SECONDS)
    assert set(await control.request_counts()) == {"GET /user/vehicles/{id}/status"}
    assert float(get_state(hass, f"sensor.{CAR}_last_charge_energy_estimated") or 0) > 3
    charges = only_car(entry).coordinator_for(CHARGES)
    assert charges
    assert charges.data.last
    assert (charges.data.last.zone, charges.data.last.start_level) == (hass.config.location_name, 40)


# --- the account


async def test_account_device(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    registry = dr.async_get(hass)
    (account,) = (device for device in dr.async_entries_for_config_entry(registry, entry.entry_id) if device.entry_type)
    assert account.entry_type is dr.DeviceEntryType.SERVICE
    assert (account.name, account.manufacturer, account.identifiers) == ("Ds account", "DS", {(DOMAIN, entry.entry_id)})
    assert {car.via_device_id for car in car_devices(hass, entry.entry_id)} == {account.id}
    states = er.async_get(hass).async_get("sensor.ds_account_requests_left_today")
    assert states
    assert states.device_id == account.id
    before = int(get_state(hass, states.entity_id) or 0)
    await advance_time(hass, 15 * 60 + 1)
    assert 0 < int(get_state(hass, states.entity_id) or 0) < before
    # It remains when the list of cars is refreshed
    await advance_time(hass, 6 * POLL_SECONDS)
    assert registry.async_get(account.id)


async def test_car_removed_from_one_of_two_accounts(hass: HomeAssistant, link: Link, control: Control) -> None:
    """A car of two accounts stays in the other account."""
    first = await link("ds")
    second = await link("ds", unique_id="another")
    (vin,) = [vehicle["vin"] for vehicle in await control.vehicles("ds")]
    assert [car.serial_number for entry in (first, second) for car in car_devices(hass, entry.entry_id)] == [vin, vin]
    other = {"id": "other", "vin": "VR3UHZKXZPD499999", "_links": {}}
    await control.fault("/user/vehicles", body={**EMPTY, "_embedded": {"vehicles": [other]}}, times=1)
    await first.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [car.serial_number for car in car_devices(hass, first.entry_id)] == [other["vin"]]
    assert [car.serial_number for car in car_devices(hass, second.entry_id)] == [vin]
    states = [state for state in hass.states.async_all("sensor") if state.entity_id.startswith(f"sensor.{CAR}_battery")]
    assert len(states) == 1


async def test_car_is_sold_to_another_account(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Both accounts are linked here: the car leaves one and comes to the other, whichever is polled first."""
    other = {"id": "other", "vin": "VR3UHZKXZPD499999", "_links": {}}
    seller = await link("ds")
    await control.fault("/user/vehicles", body={**EMPTY, "_embedded": {"vehicles": [other]}}, times=1)
    buyer = await link("ds", unique_id="another")
    (vin,) = [vehicle["vin"] for vehicle in await control.vehicles("ds")]
    assert [car.serial_number for car in car_devices(hass, buyer.entry_id)] == [other["vin"]]
    await buyer.runtime_data.vehicles.async_refresh()
    await control.fault("/user/vehicles", body={**EMPTY, "_embedded": {"vehicles": [other]}}, times=1)
    await seller.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [car.serial_number for car in car_devices(hass, seller.entry_id)] == [other["vin"]]
    assert [car.serial_number for car in car_devices(hass, buyer.entry_id)] == [vin]
    assert vin not in seller.runtime_data.cars
    (battery,) = [
        state for state in hass.states.async_all("sensor") if state.entity_id.startswith(f"sensor.{CAR}_battery")
    ]
    assert battery.state not in ("unavailable", "unknown")
