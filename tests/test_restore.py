"""What was told lasts: across restarts, while a car hides it, and whatever the first body after a restart lacks."""

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

POLL = 3601  # the cars of these tests have been silent for days
CAR = "peugeot_e_208"
BATTERY = f"sensor.{CAR}_battery"
TRACKER = f"device_tracker.{CAR}"
STATUS = "/user/vehicles/{id}/status"
# Newer than what was told before, and empty
NOTHING: dict[str, Any] = {"createdAt": "2026-11-20T18:00:00Z", "_links": {}}


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have Home Assistant forget all but what it keeps on disk."""
    await hass.config_entries.async_unload(entry.entry_id)
    await async_mock_restore_state_shutdown_restart(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED


def of_status(hass: HomeAssistant, entry: MockConfigEntry, vin: str) -> Iterator[tuple[bool, State]]:
    """Yield the entities that show a car's status, and whether they are fleeting."""
    registry = er.async_get(hass)
    tables: dict[str, tuple[CarEntityDescription[Any, Any], ...]] = {
        "sensor": SENSORS,
        "binary_sensor": BINARY_SENSORS,
        "device_tracker": TRACKERS,
    }
    for platform, descriptions in tables.items():
        for one in descriptions:
            entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{entry.unique_id}_{vin}_{one.key}")
            if entity_id and (shown := hass.states.get(entity_id)):
                yield one.skip_restore, shown


def at(tracker: State | None) -> tuple[Any, ...]:
    """Return all that a tracker tells of a place."""
    assert tracker
    names = ("latitude", "longitude", "gps_accuracy", "altitude", "heading", "fix_time")
    return tuple(str(tracker.attributes.get(name)) for name in names)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    "answer", [{"body": NOTHING}, {"status": 500}, {"status": 404}], ids=["nothing", "failure", "no data"]
)
async def test_values_last_across_a_restart(
    hass: HomeAssistant, link: Link, control: Control, answer: dict[str, Any]
) -> None:
    """What was there is there at once, with what it showed; only what is fleeting is not known any more."""
    vin = await control.vin("e-208")
    entry = await link()
    told = {shown.entity_id: (fleeting, shown) for fleeting, shown in of_status(hass, entry, vin)}
    assert len(told) > 30
    assert {fleeting for fleeting, _ in told.values()} == {True, False}
    await control.fault(STATUS, **answer)
    await restart(hass, entry)
    after = {shown.entity_id: shown for _, shown in of_status(hass, entry, vin)}
    assert after.keys() == told.keys()
    for entity_id, (fleeting, shown) in told.items():
        if not entity_id.endswith("_last_update"):
            assert after[entity_id].state == (STATE_UNKNOWN if fleeting else shown.state), entity_id
    assert at(after[TRACKER]) == at(told[TRACKER][1])
    # What is told anew is shown
    await control.delete("faults")
    await control.put(f"vehicles/{vin}/status", {**NOTHING, "battery": {"voltage": 71}})
    await advance_time(hass, 24 * 3600 + 1)
    assert get_state(hass, f"sensor.{CAR}_12_v_battery") == "71.0"
    assert get_state(hass, BATTERY) == told[BATTERY][1].state


async def test_nothing_comes_or_goes_with_a_restart(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("citroen")
    ids = set(hass.states.async_entity_ids())
    await restart(hass, entry)
    assert set(hass.states.async_entity_ids()) == ids


@pytest.mark.parametrize(
    ("entity_id", "shown", "extra"),
    [
        # Words that only another version knew
        (f"sensor.{CAR}_charging_status", "resting", {"native_value": "resting", "native_unit_of_measurement": None}),
        (BATTERY, "half", {"native_value": None, "native_unit_of_measurement": "%"}),
        (BATTERY, "half", {}),
        (f"binary_sensor.{CAR}_lock", "ajar", {}),
        (f"binary_sensor.{CAR}_lock", "unavailable", {}),
    ],
)
async def test_what_no_longer_makes_sense_is_not_shown(
    hass: HomeAssistant, link: Link, control: Control, entity_id: str, shown: str, extra: dict[str, Any]
) -> None:
    entry = await link()
    await hass.config_entries.async_unload(entry.entry_id)
    mock_restore_cache_with_extra_data(hass, [(State(entity_id, shown), extra)])
    await control.fault(STATUS, body=NOTHING)
    await hass.config_entries.async_setup(entry.entry_id)
    assert get_state(hass, entity_id) == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("fix", "metres"),
    [({"type": "Estimated"}, 250), ({"type": "Acquire"}, 25), ({"type": "Acquire", "fixStatus": "2D"}, 50)],
)
async def test_accuracy_of_a_place_lasts(
    hass: HomeAssistant, link: Link, control: Control, fix: dict[str, str], metres: float
) -> None:
    vin = await control.vin("e-208")
    place = {"geometry": {"coordinates": [2.5, 47.25]}, "properties": {**fix, "createdAt": "2026-11-20T12:00:00Z"}}
    await control.put(f"vehicles/{vin}/status", {**NOTHING, "lastPosition": place})
    entry = await link()
    for _ in range(2):
        assert at(hass.states.get(TRACKER))[:3] == ("47.25", "2.5", str(float(metres)))
        await control.put(f"vehicles/{vin}/status", NOTHING)
        await restart(hass, entry)


# --- what the driver hides


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
    assert (tracker.state, at(tracker)) == (STATE_UNKNOWN, ("None",) * 6)
    # All else is as it was told last, and why it stays so can be seen
    assert get_state(hass, BATTERY) == battery
    assert get_state(hass, f"sensor.{CAR}_privacy") == "full"
    assert get_state(hass, f"sensor.{CAR}_time_to_maintenance") not in (None, STATE_UNKNOWN)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("privacy", ["Geolocation", "Full"])
async def test_hidden_position_is_not_brought_back(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, privacy: str
) -> None:
    entry = await link()
    battery = get_state(hass, BATTERY)
    places = [TRACKER, *(f"sensor.{CAR}_{name}" for name in ("altitude", "heading", "position_measured"))]
    assert STATE_UNKNOWN not in {get_state(hass, place) for place in places}
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), privacy=privacy)
    await restart(hass, entry)
    assert {get_state(hass, place) for place in places} == {STATE_UNKNOWN}
    assert "latitude" not in (hass.states.get(TRACKER) or State(TRACKER, "")).attributes
    assert get_state(hass, BATTERY) == battery


async def test_position_is_hidden_as_soon_as_it_is_known_to_be(
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


async def test_right_that_was_withdrawn_shows_no_place(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link()
    scopes = ["openid", "data:telemetry"]
    token = {**await control.post("token", {"brand": "peugeot", "scopes": scopes}), "expires_at": 9e9}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await restart(hass, entry)
    assert get_state(hass, TRACKER) == STATE_UNKNOWN
    assert get_state(hass, BATTERY) != STATE_UNKNOWN
