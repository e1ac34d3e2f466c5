"""Restored states, hidden positions, and withdrawn permissions."""

from collections.abc import Iterator
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_restore_state_shutdown_restart,
    mock_restore_cache_with_extra_data,
)

from custom_components.stellantis.binary_sensor import BINARY_SENSORS
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.device_tracker import TRACKERS
from custom_components.stellantis.entity import CarEntityDescription
from custom_components.stellantis.sensor import SENSORS
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state

POLL = 3601  # these cars have not reported for days, and are polled hourly
CAR = "peugeot_e_208"
BATTERY = f"sensor.{CAR}_battery"
TRACKER = f"device_tracker.{CAR}"
STATUS = "/user/vehicles/{id}/status"
# Newer than the status before the restart
EMPTY_STATUS: dict[str, Any] = {"createdAt": "2026-11-20T18:00:00Z", "_links": {}}
pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Restart Home Assistant, which loses everything that is not on disk."""
    await hass.config_entries.async_unload(entry.entry_id)
    await async_mock_restore_state_shutdown_restart(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED


def status_entities(hass: HomeAssistant, entry: MockConfigEntry, vin: str) -> Iterator[tuple[bool, State]]:
    """Yield the entities of a car's status, and whether their states are not restored."""
    registry = er.async_get(hass)
    tables: dict[str, tuple[CarEntityDescription[Any, Any], ...]] = {
        "sensor": SENSORS,
        "binary_sensor": BINARY_SENSORS,
        "device_tracker": TRACKERS,
    }
    for platform, descriptions in tables.items():
        for description in descriptions:
            entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{entry.unique_id}_{vin}_{description.key}")
            if entity_id and (entity_state := hass.states.get(entity_id)):
                yield description.skip_restore, entity_state


def position_attributes(tracker: State | None) -> tuple[Any, ...]:
    """Return the attributes of a tracker's position."""
    assert tracker
    names = ("latitude", "longitude", "gps_accuracy", "altitude", "heading", "fix_time")
    return tuple(str(tracker.attributes.get(name)) for name in names)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    "fault", [{"body": EMPTY_STATUS}, {"status": 500}, {"status": 404}], ids=["nothing", "failure", "no data"]
)
async def test_values_are_restored(hass: HomeAssistant, link: Link, control: Control, fault: dict[str, Any]) -> None:
    """All entities exist at once with their previous states, except for temporary values until the first status."""
    vin = await control.vin("e-208")
    entry = await link()
    before = {
        entity_state.entity_id: (is_temporary, entity_state)
        for is_temporary, entity_state in status_entities(hass, entry, vin)
    }
    assert len(before) > 30
    assert {is_temporary for is_temporary, _ in before.values()} == {True, False}
    await control.fault(STATUS, **fault)
    await restart(hass, entry)
    after = {entity_state.entity_id: entity_state for _, entity_state in status_entities(hass, entry, vin)}
    assert after.keys() == before.keys()
    for entity_id, (is_temporary, entity_state) in before.items():
        if not entity_id.endswith("_last_update"):
            is_unknown = is_temporary and "body" not in fault
            assert after[entity_id].state == (STATE_UNKNOWN if is_unknown else entity_state.state), entity_id
    assert position_attributes(after[TRACKER]) == position_attributes(before[TRACKER][1])
    # A newly reported value is shown
    await control.delete("faults")
    await control.put(f"vehicles/{vin}/status", {**EMPTY_STATUS, "battery": {"voltage": 71}})
    await advance_time(hass, 24 * 3600 + 1)
    assert get_state(hass, f"sensor.{CAR}_12_v_battery") == "71.0"
    assert get_state(hass, BATTERY) == before[BATTERY][1].state


@pytest.mark.simulator(fleet=None, brand=None)
async def test_restart_adds_and_removes_no_entities(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("citroen")
    ids = set(hass.states.async_entity_ids())
    await restart(hass, entry)
    assert set(hass.states.async_entity_ids()) == ids


@pytest.mark.parametrize(
    ("entity_id", "entity_state", "extra"),
    [
        # States of another version
        (f"sensor.{CAR}_charging_status", "resting", {"native_value": "resting", "native_unit_of_measurement": None}),
        (BATTERY, "half", {"native_value": None, "native_unit_of_measurement": "%"}),
        (BATTERY, "half", {}),
        (f"binary_sensor.{CAR}_moving", "ajar", {}),
        (f"binary_sensor.{CAR}_moving", "unavailable", {}),
    ],
)
async def test_invalid_states_are_not_restored(
    hass: HomeAssistant, link: Link, control: Control, entity_id: str, entity_state: str, extra: dict[str, Any]
) -> None:
    entry = await link()
    await hass.config_entries.async_unload(entry.entry_id)
    mock_restore_cache_with_extra_data(hass, [(State(entity_id, entity_state), extra)])
    await control.fault(STATUS, status=500)
    await hass.config_entries.async_setup(entry.entry_id)
    assert get_state(hass, entity_id) == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("fix", "meters"),
    [({"type": "Estimated"}, 250), ({"type": "Acquire"}, 25), ({"type": "Acquire", "fixStatus": "2D"}, 50)],
)
async def test_position_accuracy_is_restored(
    hass: HomeAssistant, link: Link, control: Control, fix: dict[str, str], meters: float
) -> None:
    vin = await control.vin("e-208")
    position = {"geometry": {"coordinates": [2.5, 47.25]}, "properties": {**fix, "createdAt": "2026-11-20T12:00:00Z"}}
    await control.put(f"vehicles/{vin}/status", {**EMPTY_STATUS, "lastPosition": position})
    entry = await link()
    for _ in range(2):
        assert position_attributes(hass.states.get(TRACKER))[:3] == ("47.25", "2.5", str(float(meters)))
        await control.put(f"vehicles/{vin}/status", EMPTY_STATUS)
        await restart(hass, entry)


# --- hidden positions


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_hidden_position_is_hidden_at_once(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    await link()
    assert get_state(hass, TRACKER) != STATE_UNKNOWN
    battery = get_state(hass, BATTERY)
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), privacy="Full")
    await advance_time(hass, POLL)
    tracker = hass.states.get(TRACKER)
    assert tracker
    assert (tracker.state, position_attributes(tracker)) == (STATE_UNKNOWN, ("None",) * 6)
    # Other values stay, and the privacy is visible
    assert get_state(hass, BATTERY) == battery
    assert get_state(hass, f"sensor.{CAR}_privacy") == "full"
    assert get_state(hass, f"sensor.{CAR}_service_due") not in (None, STATE_UNKNOWN)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("privacy", ["Geolocation", "Full"])
async def test_hidden_position_is_not_restored(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, privacy: str
) -> None:
    entry = await link()
    battery = get_state(hass, BATTERY)
    entity_ids = [TRACKER, *(f"sensor.{CAR}_{name}" for name in ("altitude", "heading", "last_position_fix"))]
    assert STATE_UNKNOWN not in {get_state(hass, entity_id) for entity_id in entity_ids}
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), privacy=privacy)
    await restart(hass, entry)
    assert {get_state(hass, entity_id) for entity_id in entity_ids} == {STATE_UNKNOWN}
    assert "latitude" not in (hass.states.get(TRACKER) or State(TRACKER, "")).attributes
    assert get_state(hass, BATTERY) == battery


async def test_restored_position_is_hidden_after_the_next_poll(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    entry = await link()
    await control.fault(STATUS, status=500)
    await restart(hass, entry)
    assert get_state(hass, TRACKER) != STATE_UNKNOWN
    await control.delete("faults")
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), privacy="Geolocation")
    await advance_time(hass, POLL)
    assert get_state(hass, TRACKER) == STATE_UNKNOWN


async def test_withdrawn_permission_removes_the_position(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link()
    scopes = ["openid", "data:telemetry"]
    token = {**await control.post("token", {"brand": "peugeot", "scopes": scopes}), "expires_at": 9e9}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await restart(hass, entry)
    assert get_state(hass, TRACKER) is None
    assert get_state(hass, BATTERY) != STATE_UNKNOWN
