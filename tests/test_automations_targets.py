"""Triggers follow the targeted cars, and neither a restart nor an outage triggers anything twice or for nothing."""

from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.components.websocket_api.automation import async_get_triggers_for_target
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.condition import async_from_config, async_validate_condition_config
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.data import Car
from custom_components.stellantis.endpoints import ALARMS, TRIPS
from simulator import Simulator
from tests.conftest import Link
from tests.support.automations import NewMessages, notify, set_up_automations
from tests.support.commands import RECENT_START
from tests.support.helpers import Control
from tests.support.monitors import NAME, add_monitor, wait_until_done
from tests.support.push import PushHarness, SetUpPush

E_208: Final = "device_tracker.peugeot_e_208"
HYBRID: Final = "device_tracker.peugeot_308_hybrid"

peugeots = pytest.mark.simulator(start=RECENT_START, brand="peugeot")


def trip_trigger(target: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return a trigger for trips."""
    return {"trigger": "stellantis.trip_finished", "target": target, "options": options}


async def car_of(entry: MockConfigEntry, control: Control, model: str) -> Car:
    """Return a car of an entry."""
    car: Car = entry.runtime_data.cars[await control.vin(model)]
    return car


async def drive(hass: HomeAssistant, control: Control, simulator: Simulator, *cars: Car) -> None:
    """Drive cars for 18 km in 10 minutes, and poll their trips."""
    for car in cars:
        await control.patch(car.vin, drive={"distance": 18, "minutes": 10})
    simulator.world.clock.advance(660)
    for car in cars:
        await poll_trips(hass, car)


async def poll_trips(hass: HomeAssistant, car: Car) -> None:
    """Poll the trips of a car."""
    trips = car.coordinator_for(TRIPS)
    assert trips
    await trips.async_refresh()
    await hass.async_block_till_done()


@peugeots
async def test_trips_of_the_targeted_cars(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, new_messages: NewMessages
) -> None:
    place = (await control.get(f"vehicles/{await control.vin('e-208')}"))["state"]["place"]
    start = {"name": "Start", "radius": 200, "latitude": place["latitude"], "longitude": place["longitude"]}
    assert await async_setup_component(hass, "zone", {"zone": [start, {**start, "name": "Elsewhere", "latitude": 1}]})
    entry = await link()
    car, hybrid = await car_of(entry, control, "e-208"), await car_of(entry, control, "308 Hybrid")
    garage = ar.async_get(hass).async_create("Garage")
    devices = dr.async_get(hass)
    devices.async_update_device(car.device.id, area_id=garage.id, labels={"family"})
    devices.async_update_device(hybrid.device.id, labels={"family"})
    device = {"device_id": car.device.id}
    triggers = {
        "device": trip_trigger(device),
        "area": trip_trigger({"area_id": garage.id}),
        "label": trip_trigger({"label_id": "family"}),
        "sensor of the car": trip_trigger({"entity_id": "sensor.peugeot_e_208_last_update"}),
        "other car": trip_trigger({"entity_id": HYBRID}),
        "account": trip_trigger({"device_id": entry.runtime_data.device_id}),
        "long enough": trip_trigger(device, min_distance=18, min_duration="00:10:00"),
        "too short": trip_trigger(device, min_distance=19),
        "too fast": trip_trigger(device, min_duration="00:11:00"),
        "from the zone": trip_trigger(device, from_zone="zone.start"),
        "to the zone": trip_trigger(device, to_zone="zone.start"),
        "from elsewhere": trip_trigger(device, from_zone="zone.elsewhere"),
        "from nowhere": trip_trigger(device, from_zone="zone.nowhere"),
    }
    await set_up_automations(hass, [notify(trigger, name) for name, trigger in triggers.items()])
    await drive(hass, control, simulator, car)
    one_car = {"device", "area", "label", "sensor of the car", "long enough", "from the zone"}
    assert new_messages() == sorted(one_car)
    await poll_trips(hass, car)
    assert new_messages() == [], "the same trip"

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert new_messages() == [], "a restart"

    car, hybrid = await car_of(entry, control, "e-208"), await car_of(entry, control, "308 Hybrid")
    await drive(hass, control, simulator, car, hybrid)
    assert new_messages() == sorted([*(one_car - {"from the zone"}), "label", "other car"])

    # A trip while Home Assistant is off triggers once, after the start
    assert await hass.config_entries.async_unload(entry.entry_id)
    await control.patch(car.vin, drive={"distance": 18, "minutes": 10})
    simulator.world.clock.advance(660)
    assert new_messages() == []
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert new_messages() == sorted(one_car - {"from the zone"})

    er.async_get(hass).async_update_entity("event.peugeot_e_208_trip", disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await drive(hass, control, simulator, await car_of(entry, control, "e-208"))
    assert new_messages() == [], "the event is disabled"


@peugeots
@pytest.mark.usefixtures("immediate_retries")
async def test_states_after_an_outage_or_a_restart(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, new_messages: NewMessages
) -> None:
    keys = (
        "plugged_in",
        "unplugged",
        "charging_started",
        "charging_ended",
        "charging_interrupted",
        "woke_up",
        "fell_asleep",
    )
    target = {"entity_id": [E_208, HYBRID]}
    await set_up_automations(
        hass, [notify({"trigger": f"stellantis.{key}", "target": target}) for key in (*keys, "alarm_set_off")]
    )
    vin = await control.vin("e-208")
    await control.patch(vin, plug=True, charge=True, level=40)
    entry = await link()
    assert new_messages() == [], "the first states of the entities"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert new_messages() == [], "a restart"

    car = await car_of(entry, control, "e-208")
    await control.fault("/user/vehicles/{id}/status", status=503)
    for _ in range(4):
        await car.status.async_refresh()
    await hass.async_block_till_done()
    await control.put("faults", [])
    await car.status.async_refresh()
    await hass.async_block_till_done()
    assert new_messages() == [], "an outage"

    simulator.world.clock.advance(datetime.now(UTC).timestamp() - simulator.world.clock.now())
    await control.patch(vin, charge="Stopped")
    await car.status.async_refresh()
    await hass.async_block_till_done()
    assert new_messages() == ["charging_interrupted", "woke_up"]
    await control.patch(vin, charge=True)
    await car.status.async_refresh()
    await hass.async_block_till_done()
    assert new_messages() == [], "a pause is over"

    # The e-208 has no entity of its alarm before the first one
    for model in ("308 Hybrid", "e-208"):
        alarms = (await car_of(entry, control, model)).coordinator_for(ALARMS)
        assert alarms
        await control.patch(await control.vin(model), alarm="RoofBreakIn")
        await alarms.async_refresh()
        await hass.async_block_till_done()
        assert new_messages() == ["alarm_set_off"], model


async def test_monitors_of_the_targeted_car(
    set_up_push: SetUpPush, control: Control, new_messages: NewMessages
) -> None:
    harness: PushHarness = await set_up_push()
    await add_monitor(harness)
    message = "{{ trigger.monitor.name }} {{ trigger.monitor['values'] }}"
    targets = {"car": harness.car.device.id, "account": harness.data.device_id}
    automations = [
        notify({"trigger": "stellantis.monitor_triggered", "target": {"device_id": device}}, f"{name}: {message}")
        for name, device in targets.items()
    ]
    monitor = {"trigger": "stellantis.monitor_triggered", "target": {"entity_id": f"event.{NAME}"}}
    await set_up_automations(harness.hass, [*automations, notify(monitor, f"monitor: {message}")])
    entity = er.async_get(harness.hass).async_get(f"event.{NAME}")
    assert entity
    offered = await async_get_triggers_for_target(harness.hass, {"device_id": [entity.device_id]}, expand_group=True)
    assert {key for key in offered if key.startswith("stellantis.")} == {"stellantis.monitor_triggered"}
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    told = "Plugged in {'plugged': True}"
    assert new_messages() == [f"car: {told}", f"monitor: {told}"]


CAR_CONDITIONS: Final[dict[str, dict[str, Any]]] = {
    "is_locked": {},
    "is_unlocked": {},
    "is_plugged_in": {},
    "is_unplugged": {},
    "has_warning": {},
    "has_no_warning": {"warning": ["risk_of_ice"]},
    "is_asleep": {},
    "is_awake": {},
    "is_data_older_than": {"age": "00:10:00"},
    "is_data_newer_than": {"age": "03:00:00"},
}


@peugeots
async def test_conditions_of_several_cars(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, enable_custom_integrations: None
) -> None:
    """Without the permission to lock, a car has the binary sensor of which the conditions are."""
    vin = await control.vin("e-208")
    hybrid = await control.vin("308 Hybrid")
    await control.patch(vin, plug=True, lock=True)
    await control.patch(hybrid, plug=False, lock=False)
    entry = await link(scopes=["openid", "data:telemetry", "data:alert"])
    devices = [entry.runtime_data.cars[name].device.id for name in (vin, hybrid)]

    async def passing(behavior: str, *targets: str) -> set[str]:
        """Return the conditions that pass for cars."""
        passed = set()
        for key, options in CAR_CONDITIONS.items():
            config = {
                "condition": f"stellantis.{key}",
                "target": {"device_id": list(targets)},
                "options": {"behavior": behavior, **options},
            }
            checker = await async_from_config(hass, await async_validate_condition_config(hass, config))
            if checker.async_check():
                passed.add(key)
            checker.async_unload()
        return passed

    both = {"has_no_warning", "is_asleep", "is_data_older_than", "is_data_newer_than"}
    assert await passing("any", devices[0]) == both | {"is_locked", "is_plugged_in"}
    assert await passing("any", devices[1]) == both | {"is_unlocked", "is_unplugged"}
    assert await passing("all", *devices) == both
    assert await passing("any", *devices) == both | {"is_locked", "is_unlocked", "is_plugged_in", "is_unplugged"}
    assert await passing("any", entry.runtime_data.device_id) == set()

    # The automation editor follows a condition; any entity stands for its car
    config = {"condition": "stellantis.is_plugged_in", "target": {"entity_id": "sensor.peugeot_e_208_battery"}}
    checker = await async_from_config(hass, await async_validate_condition_config(hass, config))
    results: list[bool | None] = []
    stop = await checker.async_track_changes(lambda: results.append(checker.async_check()))
    simulator.world.clock.advance(60)
    await control.patch(vin, plug=False)
    await entry.runtime_data.cars[vin].status.async_refresh()
    await hass.async_block_till_done()
    assert results == [False]
    stop()
    checker.async_unload()

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await passing("any", *devices) == set(), "nothing is known while the account is not loaded"
