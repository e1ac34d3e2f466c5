"""Events: what happens to a car is told once, in its order, also when it happened while nobody looked."""

from collections.abc import Callable
from itertools import chain
import re
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import EVENT_STATE_CHANGED, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.stellantis.api import AlertMessage, AlertSeverity, BreakIn
from custom_components.stellantis.event import EVENTS
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, pass_time, state

from .support.source import COMPONENT, ROOT, json_of

# These cars have been silent for days: so often each endpoint is read, in seconds
STATUS = 3601
ALERTS = 6 * 3600 + 1
ALERT, ALARM, TRIP, CHARGE = (
    f"event.peugeot_{name}" for name in ("e_208_alert", "308_hybrid_alarm", "e_208_trip", "e_208_charge")
)
GENERAL = {"event_types", "friendly_name"}
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXTS = json_of(COMPONENT / "strings.json")["entity"]

type Listen = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def listen(hass: HomeAssistant) -> Listen:
    """Return a function that begins to listen to an entity as automations do, and returns what it has heard."""

    def follow(entity_id: str) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            old, new = event.data["old_state"], event.data["new_state"]
            if event.data["entity_id"] == entity_id and _is_event(old, new):
                assert new
                heard.append({name: value for name, value in new.attributes.items() if name not in GENERAL})

        hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        return heard

    return follow


def _is_event(old: State | None, new: State | None) -> bool:
    if not old or not new or old.state == STATE_UNAVAILABLE:
        return False
    return new.state not in (old.state, STATE_UNAVAILABLE, STATE_UNKNOWN)


async def test_alert_is_raised_and_cleared(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, listen: Listen
) -> None:
    vin = await control.vin("e-208")
    await link()
    heard = listen(ALERT)
    await control.patch(vin, alerts=["AddWasherFluid"])
    await pass_time(hass, ALERTS)
    simulator.world.clock.advance(600)
    await control.patch(vin, alerts=[])
    await pass_time(hass, ALERTS)
    place = (await control.get(f"vehicles/{vin}"))["state"]["place"]
    position = pytest.approx([place["longitude"], place["latitude"]], abs=1e-5)
    alert = {"alert": "add_washer_fluid", "severity": "information", "position": position}
    assert heard == [
        {"event_type": "raised", **alert, "time": "2026-11-20T12:00:00+00:00"},
        {"event_type": "cleared", **alert, "time": "2026-11-20T12:10:00+00:00"},
    ]
    assert heard[0].keys() <= TEXTS["event"]["alert"]["state_attributes"].keys()


async def test_alerts_are_told_in_their_order(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, listen: Listen
) -> None:
    """One look finds all that happened since the last: each is an event of its own."""
    vin = await control.vin("e-208")
    await link()
    heard = listen(ALERT)
    for alerts in (["AddWasherFluid"], ["AddWasherFluid", "RiskOfIce"], ["RiskOfIce"]):
        await control.patch(vin, alerts=alerts)
        simulator.world.clock.advance(600)
    await pass_time(hass, ALERTS)
    assert [(one["event_type"], one["alert"]) for one in heard] == [
        ("raised", "add_washer_fluid"),
        ("raised", "risk_of_ice"),
        ("cleared", "add_washer_fluid"),
    ]
    found = hass.states.get(ALERT)
    assert found
    assert found.attributes["event_types"] == ["raised", "cleared"]


async def test_what_was_there_at_first_is_no_event(
    hass: HomeAssistant, link: Link, control: Control, listen: Listen
) -> None:
    vin = await control.vin("e-208")
    await control.patch(vin, alerts=["AddWasherFluid"])
    heard = listen(ALERT)
    await link()
    await pass_time(hass, ALERTS)
    assert state(hass, ALERT) == STATE_UNKNOWN
    assert state(hass, "sensor.peugeot_e_208_alerts") == "1"
    assert heard == []


async def test_what_happened_while_home_assistant_was_away_is_told_once(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, listen: Listen
) -> None:
    vin = await control.vin("e-208")
    entry = await link()
    await control.patch(vin, alerts=["RiskOfIce"])
    await pass_time(hass, ALERTS)
    heard = listen(ALERT)
    assert await hass.config_entries.async_unload(entry.entry_id)
    simulator.world.clock.advance(600)
    await control.patch(vin, alerts=["RiskOfIce", "FuelLevelLow"])
    for _ in range(2):
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert [(one["event_type"], one["alert"]) for one in heard] == [("raised", "fuel_level_low")]
        last = state(hass, ALERT)
        assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(heard) == 1
    assert state(hass, ALERT) == last  # the last event is remembered


async def test_what_was_read_before_the_entity_came_is_told(
    hass: HomeAssistant, link: Link, control: Control, entity_registry: er.EntityRegistry, listen: Listen
) -> None:
    vin = await control.vin("e-208")
    entry = await link()
    assert await hass.config_entries.async_unload(entry.entry_id)
    entity_registry.async_remove(ALERT)
    await control.patch(vin, alerts=["RiskOfIce"])
    heard = listen(ALERT)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [(one["event_type"], one["alert"]) for one in heard] == [("raised", "risk_of_ice")]


async def test_failures_tell_nothing_again(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, listen: Listen
) -> None:
    vin = await control.vin("e-208")
    await link()
    await control.patch(vin, alerts=["RiskOfIce"])
    await pass_time(hass, ALERTS)
    last = state(hass, ALERT)
    heard = listen(ALERT)
    await control.fault("/user/vehicles/{id}/alerts", status=400)
    await pass_time(hass, ALERTS)
    assert state(hass, ALERT) == last
    for _ in range(4):
        await pass_time(hass, ALERTS)
    assert state(hass, ALERT) == STATE_UNAVAILABLE
    await control.put("faults", [])
    await pass_time(hass, ALERTS)
    assert state(hass, ALERT) == last
    # What happened meanwhile is an event, though the entity was away
    await control.fault("/user/vehicles/{id}/alerts", status=400)
    for _ in range(5):
        await pass_time(hass, ALERTS)
    simulator.world.clock.advance(600)
    await control.patch(vin, alerts=[])
    await control.put("faults", [])
    await pass_time(hass, ALERTS)
    assert [(one["event_type"], one["alert"]) for one in heard] == [("cleared", "risk_of_ice")]


async def test_renamed_entity_tells_nothing_again(
    hass: HomeAssistant, link: Link, control: Control, entity_registry: er.EntityRegistry, listen: Listen
) -> None:
    vin = await control.vin("e-208")
    await link()
    await control.patch(vin, alerts=["RiskOfIce"])
    await pass_time(hass, ALERTS)
    heard = listen("event.warning")
    entity_registry.async_update_entity(ALERT, new_entity_id="event.warning")
    await hass.async_block_till_done()
    assert state(hass, "event.warning") not in (None, STATE_UNKNOWN)
    assert heard == []


async def test_automation_of_the_manual_speaks_of_what_the_car_warns(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    """It is found in README.md, and hears also of what happened while Home Assistant was away."""
    examples = re.findall("```yaml\n(.*?)```", README, re.DOTALL)
    (example,) = [one for one in examples if "event.peugeot_e_208_alert" in one]
    messages = async_mock_service(hass, "notify", "notify")
    vin = await control.vin("e-208")
    entry = await link()
    config = yaml.parse_yaml(example)
    assert isinstance(config, dict)
    assert await async_setup_component(hass, "automation", config)
    await control.patch(vin, alerts=["RiskOfIce"])
    await pass_time(hass, ALERTS)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await control.patch(vin, alerts=["LeftFrontTireUnderInflated"])
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [call.data["message"] for call in messages] == ["Risk of ice", "Front left tyre under-inflated"]


async def test_alarm(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, listen: Listen) -> None:
    vin = await control.vin("308 Hybrid")
    await link()
    heard = listen(ALARM)
    for alarm in (False, True, "RoofBreakIn"):
        simulator.world.clock.advance(60)
        await control.patch(vin, alarm=alarm)
        await pass_time(hass, STATUS)
    assert [(one["event_type"], one.get("cause"), one["time"][11:16]) for one in heard] == [
        ("disarmed", None, "12:01"),
        ("armed", None, "12:02"),
        ("triggered", "roof", "12:03"),
    ]
    assert len(heard[2]["position"]) == 2
    assert heard[2].keys() <= TEXTS["event"]["alarm"]["state_attributes"].keys()


async def test_trip_that_has_ended(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, listen: Listen
) -> None:
    vin = await control.vin("e-208")
    await link()
    heard = listen(TRIP)
    await control.patch(vin, drive={"distance": 18, "minutes": 20})
    simulator.world.clock.advance(600)
    await pass_time(hass, STATUS)
    assert heard == []
    simulator.world.clock.advance(1200)
    await pass_time(hass, STATUS)
    await pass_time(hass, STATUS)
    (trip,) = heard
    assert trip["event_type"] == "finished"
    assert (trip["distance"], trip["duration"], trip["average_speed"]) == (18.0, 20.0, 54.0)
    assert (trip["start"], trip["end"]) == ("2026-11-20T12:00:00+00:00", "2026-11-20T12:20:00+00:00")
    assert trip["electricity"] > 1
    assert trip.keys() <= TEXTS["event"]["trip"]["state_attributes"].keys()
    assert len(trip["origin"]) == len(trip["destination"]) == 2


async def test_charge_that_has_ended(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, listen: Listen
) -> None:
    vin = await control.vin("e-208")
    place = (await control.get(f"vehicles/{vin}"))["state"]["place"]
    zone = {"name": "Office", "radius": 200, "latitude": place["latitude"], "longitude": place["longitude"]}
    assert await async_setup_component(hass, "zone", {"zone": zone})
    await link()
    heard = listen(CHARGE)
    await control.patch(vin, level=40, charge=True)
    await pass_time(hass, STATUS)
    simulator.world.clock.advance(3600)
    await pass_time(hass, STATUS)
    assert heard == []
    await control.patch(vin, charge="Stopped")
    await pass_time(hass, STATUS)
    await pass_time(hass, STATUS)
    (charge,) = heard
    assert charge["event_type"] == "ended"
    assert charge["start_level"] == 40
    assert charge["end_level"] > 50
    assert charge["duration"] == 60
    assert charge["energy_estimate"] > 4
    assert charge["place"] == "Office"
    assert charge.keys() <= TEXTS["event"]["charge"]["state_attributes"].keys()


async def test_nothing_tells_where_while_the_driver_hides_it(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, listen: Listen
) -> None:
    vin = await control.vin("308 Hybrid")
    await control.patch(vin, privacy="Geolocation")
    await link()
    heard = [listen(f"event.peugeot_308_hybrid_{name}") for name in ("alert", "alarm", "trip", "charge")]
    await control.patch(vin, alerts=["AddWasherFluid"], alarm="RoofBreakIn", charge=True)
    await pass_time(hass, ALERTS)
    simulator.world.clock.advance(600)
    await control.patch(vin, charge="Stopped", drive={"distance": 18, "minutes": 20})
    await pass_time(hass, STATUS)
    simulator.world.clock.advance(1200)
    await pass_time(hass, STATUS)
    assert all(heard)
    for one in chain(*heard):
        assert not one.keys() & {"position", "origin", "destination", "place"}


async def test_only_what_can_happen_to_a_car_is_there(hass: HomeAssistant, link: Link) -> None:
    await link("citroen")
    names = {entity_id.removeprefix("event.citroen_") for entity_id in hass.states.async_entity_ids("event")}
    assert names == {"c3_alert", "c3_trip", "e_c4_alarm", "e_c4_alert", "e_c4_charge", "e_c4_command", "e_c4_trip"}


async def test_without_the_right_there_is_no_event(hass: HomeAssistant, link: Link) -> None:
    await link(scopes=["openid", "data:telemetry", "data:trip"])
    assert state(hass, TRIP) == STATE_UNKNOWN
    assert state(hass, ALERT) is None


def test_each_kind_has_a_text() -> None:
    for description in EVENTS:
        kinds = TEXTS["event"][description.key]["state_attributes"]["event_type"]["state"]
        assert set(kinds) == set(description.event_types or ())
    alert = TEXTS["event"]["alert"]["state_attributes"]
    assert set(alert["alert"]["state"]) == {*(message.name.lower() for message in AlertMessage), "unknown"}
    assert alert["alert"]["state"] == TEXTS["sensor"]["active_alerts"]["state_attributes"]["alerts"]["state"]
    assert set(alert["severity"]["state"]) == {severity.name.lower() for severity in AlertSeverity}
    causes = {cause.name.lower() for cause in BreakIn if cause is not BreakIn.NO_BREAK_IN}
    assert set(TEXTS["event"]["alarm"]["state_attributes"]["cause"]["state"]) == causes
