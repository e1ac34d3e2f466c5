"""Entities: snapshots for each simulated car, and when they are added and written."""

from dataclasses import replace
from datetime import timedelta
import json
import re
from typing import Any

from homeassistant.components.image import ImageEntity
from homeassistant.const import STATE_UNKNOWN, Platform
from homeassistant.core import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from custom_components.stellantis.api.rate_limit import Budget, RateLimitWindow
from custom_components.stellantis.const import PLATFORMS
from simulator import Simulator
from tests.conftest import ROOT, Link
from tests.support.helpers import START, Control, advance_time, get_state, only_car
from tests.support.vehicle_states import time_ago

POLL = 3601  # seconds, for cars that have not reported for days
OLD_SCHEMA = ROOT / "tests" / "fixtures" / "status" / "bev_old_schema.json"
BRANDS = ("peugeot", "citroen", "ds", "opel", "vauxhall")
# Brands whose cars have no entities of a platform: the DS supports no commands, others report no preferences
EMPTY_PLATFORMS = {
    *((platform, "ds") for platform in ("climate", "lock", "select", "time")),
    *(("select", brand) for brand in ("citroen", "opel", "vauxhall")),
}

one_car = pytest.mark.simulator(fleet=1, brand="peugeot")


@pytest.fixture
def requests_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report a fixed number: the real one depends on how many requests are done before the state is read."""
    monkeypatch.setattr(Budget, "day", RateLimitWindow(limit=50000, remaining=49997, reset=1.728))


@pytest.fixture
def fixed_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reports of the simulated cars, whose clock stands still, be equally old whenever the test runs."""
    monkeypatch.setattr(dt_util, "utcnow", lambda: START + timedelta(days=6))


@pytest.mark.parametrize("brand", BRANDS)
@pytest.mark.parametrize("platform", sorted(set(PLATFORMS) - {Platform.CALENDAR}))
@pytest.mark.usefixtures("entity_registry_enabled_by_default", "requests_left", "fixed_age")
async def test_entities(
    hass: HomeAssistant,
    link: Link,
    brand: str,
    platform: str,
    monkeypatch: pytest.MonkeyPatch,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.setattr("custom_components.stellantis.PLATFORMS", [platform])
    monkeypatch.setattr(ImageEntity, "async_update_token", lambda image: image.access_tokens.append("token"))
    entry = await link(brand)
    if (platform, brand) in EMPTY_PLATFORMS:
        assert er.async_entries_for_config_entry(entity_registry, entry.entry_id) == []
        return
    await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


@pytest.mark.parametrize(
    ("platform", "car"),
    [(Platform.BINARY_SENSOR, "old_schema"), (Platform.SENSOR, "old_schema"), (Platform.SENSOR, "privacy_full")],
)
@pytest.mark.usefixtures("entity_registry_enabled_by_default", "requests_left", "fixed_age")
async def test_entities_of_odd_cars(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    car: str,
    platform: str,
    monkeypatch: pytest.MonkeyPatch,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """A status in the format before April 2023, and a driver with full privacy."""
    monkeypatch.setattr("custom_components.stellantis.PLATFORMS", [platform])
    vin = await control.vin("Mokka Electric")
    if car == "old_schema":
        await control.put(f"vehicles/{vin}/status", json.loads(OLD_SCHEMA.read_text(encoding="utf-8")))
    else:
        await control.patch(vin, privacy="Full")
    entry = await link("vauxhall")
    await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_unchanged_data_writes_no_state(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Unchanged data neither changes nor reports a state."""
    await link()
    written: list[Event[Any]] = []

    @callback
    def record(event: Event[Any]) -> None:
        written.append(event)

    # Except for entities that change with every request or with time
    is_relevant = callback(lambda data: not re.search("^image[.]|(_requests_left_today|_calendar)$", data["entity_id"]))
    hass.bus.async_listen(EVENT_STATE_CHANGED, record, event_filter=is_relevant)
    hass.bus.async_listen(EVENT_STATE_REPORTED, record, event_filter=is_relevant)
    request_count = (await control.request_counts())["GET /user/vehicles/{id}/status"]
    await advance_time(hass, POLL)
    assert (await control.request_counts())["GET /user/vehicles/{id}/status"] == request_count + 3
    assert written == []


@one_car
async def test_change_writes_affected_states(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    await link()
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), doors=["Trunk"])
    written: set[str] = set()
    hass.bus.async_listen(EVENT_STATE_CHANGED, callback(lambda event: written.add(event.data["entity_id"])))
    await advance_time(hass, POLL)
    assert get_state(hass, "binary_sensor.peugeot_e_208_trunk") == "on"
    changed = {
        entity_id
        for entity_id in written
        if not entity_id.endswith(("_last_update", "_requests_left_today", "_picture"))
    }
    assert changed - {"image.peugeot_e_208_picture"} == {
        "binary_sensor.peugeot_e_208_trunk",
        "lock.peugeot_e_208_central_locking",
    }


@pytest.mark.parametrize(
    ("change", "entity_id", "value"),
    [
        ({"plug": True, "charge": True}, "sensor.peugeot_e_208_charging_status", "charging"),
        ({"plug": True, "charge": True}, "binary_sensor.peugeot_e_208_battery_charging", "on"),
        ({"plug": True}, "binary_sensor.peugeot_e_208_charging_cable", "on"),
        ({"plug": False}, "binary_sensor.peugeot_e_208_charging_cable", "off"),
        ({"lock": True}, "lock.peugeot_e_208_central_locking", "locked"),
        ({"lock": False}, "lock.peugeot_e_208_central_locking", "unlocked"),
        ({"level": 42}, "sensor.peugeot_e_208_battery", "42.0"),
        ({"temperature": -7.5}, "sensor.peugeot_e_208_outside_temperature", "-7.5"),
        ({"privacy": "Geolocation"}, "device_tracker.peugeot_e_208", STATE_UNKNOWN),
    ],
)
@one_car
async def test_change_updates_state(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    simulator: Simulator,
    change: dict[str, object],
    entity_id: str,
    value: str,
) -> None:
    await link()
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("e-208"), **change)
    await advance_time(hass, POLL)
    assert get_state(hass, entity_id) == value


async def test_picture_on_the_map(hass: HomeAssistant, link: Link, control: Control) -> None:
    """It is the brand's, unless its URL tells which car it is, as that of the simulator does."""
    entry, tracker = await link("ds"), "device_tracker.ds_3_e_tense"
    state = hass.states.get(tracker)
    assert state
    assert "entity_picture" not in state.attributes
    car, url = only_car(entry), "https://pictures.example.com/V3D.ashx?version=1SD3"
    car.update_vehicle(replace(car.vehicle, pictures=(url,)))
    await control.patch(car.vin, privacy="Geolocation")
    await advance_time(hass, POLL)
    state = hass.states.get(tracker)
    assert state
    assert (state.state, state.attributes["entity_picture"]) == (STATE_UNKNOWN, url)


@one_car
async def test_missing_scope_removes_entities(hass: HomeAssistant, link: Link) -> None:
    await link(scopes=["openid", "data:telemetry"])
    assert hass.states.async_entity_ids("device_tracker") == []
    assert get_state(hass, "sensor.peugeot_e_208_battery") is not None


@one_car
async def test_entity_is_added_when_value_appears(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    vin = await control.vin("e-208")
    await control.put(f"vehicles/{vin}/status", {"createdAt": "2026-01-01T00:00:00Z", "_links": {}})
    await link()
    assert get_state(hass, "sensor.peugeot_e_208_last_update") is not None
    assert get_state(hass, "sensor.peugeot_e_208_battery") is None
    await control.delete(f"vehicles/{vin}/status")
    await advance_time(hass, POLL)
    assert get_state(hass, "sensor.peugeot_e_208_battery") is not None


@one_car
async def test_odometer_never_decreases(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Servers may alternate newer and older bodies, with a lower mileage in the older ones."""
    vin = await control.vin("e-208")

    async def serve(hours_ago: float, mileage: float) -> str | None:
        times = {"createdAt": time_ago(3600 * hours_ago)}
        await control.put(f"vehicles/{vin}/status", {**times, "_links": {}, "odometer": {**times, "mileage": mileage}})
        await advance_time(hass, POLL)
        return get_state(hass, "sensor.peugeot_e_208_odometer")

    await link()
    assert await serve(30, 40_000) == "40000.0"
    assert await serve(40, 39_900) == "40000.0"
    assert await serve(2, 39_950) == "40000.0"
    assert await serve(1, 40_001.5) == "40001.5"
