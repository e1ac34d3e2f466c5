"""Events: they fire once and in order, also for what happened during downtime."""

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
from tests.support.helpers import Control, advance_time, get_state

from .support.source import COMPONENT, ROOT, load_json

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

# Polling intervals in seconds, for cars that have not reported for days
STATUS_POLL = 3601
ALERTS_POLL = 6 * 3600 + 1
ALERT, ALARM, TRIP, CHARGE = (
    f"event.peugeot_{name}"
    for name in ("e_208_alert", "308_hybrid_alarm_system", "e_208_trip", "e_208_charging_session")
)
COMMON_ATTRIBUTES = {"event_types", "friendly_name"}
README = (ROOT / "README.md").read_text(encoding="utf-8")
STRINGS = load_json(COMPONENT / "strings.json")["entity"]

type RecordEvents = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def record_events(hass: HomeAssistant) -> RecordEvents:
    """Return a function that starts to record the events of an entity as automations see them."""

    def start_recording(entity_id: str) -> list[dict[str, Any]]:
        recorded: list[dict[str, Any]] = []

        @callback
        def record(event: Event[EventStateChangedData]) -> None:
            old, new = event.data["old_state"], event.data["new_state"]
            if event.data["entity_id"] == entity_id and _is_new_event(old, new):
                assert new
                recorded.append(
                    {name: value for name, value in new.attributes.items() if name not in COMMON_ATTRIBUTES}
                )

        hass.bus.async_listen(EVENT_STATE_CHANGED, record)
        return recorded

    return start_recording


def _is_new_event(old: State | None, new: State | None) -> bool:
    """Return whether a state change is an event for automations."""
    if not old or not new or old.state == STATE_UNAVAILABLE:
        return False
    return new.state not in (old.state, STATE_UNAVAILABLE, STATE_UNKNOWN)


async def test_alert_is_raised_and_cleared(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, record_events: RecordEvents
) -> None:
    vin = await control.vin("e-208")
    await link()
    events = record_events(ALERT)
    await control.patch(vin, alerts=["AddWasherFluid"])
    await advance_time(hass, ALERTS_POLL)
    simulator.world.clock.advance(600)
    await control.patch(vin, alerts=[])
    await advance_time(hass, ALERTS_POLL)
    place = (await control.get(f"vehicles/{vin}"))["state"]["place"]
    position = pytest.approx([place["longitude"], place["latitude"]], abs=1e-5)
    alert = {"alert": "add_washer_fluid", "severity": "information", "position": position}
    assert events == [
        {"event_type": "raised", **alert, "time": "2026-11-20T12:00:00+00:00"},
        {"event_type": "cleared", **alert, "time": "2026-11-20T12:10:00+00:00"},
    ]
    assert events[0].keys() <= STRINGS["event"]["alert"]["state_attributes"].keys()


async def test_alerts_fire_in_order(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, record_events: RecordEvents
) -> None:
    """Each change since the last poll fires its own event."""
    vin = await control.vin("e-208")
    await link()
    events = record_events(ALERT)
    for alerts in (["AddWasherFluid"], ["AddWasherFluid", "RiskOfIce"], ["RiskOfIce"]):
        await control.patch(vin, alerts=alerts)
        simulator.world.clock.advance(600)
    await advance_time(hass, ALERTS_POLL)
    assert [(event["event_type"], event["alert"]) for event in events] == [
        ("raised", "add_washer_fluid"),
        ("raised", "risk_of_ice"),
        ("cleared", "add_washer_fluid"),
    ]
    entity_state = hass.states.get(ALERT)
    assert entity_state
    assert entity_state.attributes["event_types"] == ["raised", "cleared"]


async def test_alerts_at_first_update_fire_no_event(
    hass: HomeAssistant, link: Link, control: Control, record_events: RecordEvents
) -> None:
    vin = await control.vin("e-208")
    await control.patch(vin, alerts=["AddWasherFluid"])
    events = record_events(ALERT)
    await link()
    await advance_time(hass, ALERTS_POLL)
    assert get_state(hass, ALERT) == STATE_UNKNOWN
    assert get_state(hass, "sensor.peugeot_e_208_warning") == "add_washer_fluid"
    assert events == []


async def test_event_during_downtime_fires_once(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, record_events: RecordEvents
) -> None:
    vin = await control.vin("e-208")
    entry = await link()
    await control.patch(vin, alerts=["RiskOfIce"])
    await advance_time(hass, ALERTS_POLL)
    events = record_events(ALERT)
    assert await hass.config_entries.async_unload(entry.entry_id)
    simulator.world.clock.advance(600)
    await control.patch(vin, alerts=["RiskOfIce", "FuelLevelLow"])
    for _ in range(2):
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert [(event["event_type"], event["alert"]) for event in events] == [("raised", "fuel_level_low")]
        last = get_state(hass, ALERT)
        assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(events) == 1
    assert get_state(hass, ALERT) == last  # the last event is restored


async def test_event_before_entity_is_added_fires(
    hass: HomeAssistant, link: Link, control: Control, entity_registry: er.EntityRegistry, record_events: RecordEvents
) -> None:
    vin = await control.vin("e-208")
    entry = await link()
    assert await hass.config_entries.async_unload(entry.entry_id)
    entity_registry.async_remove(ALERT)
    await control.patch(vin, alerts=["RiskOfIce"])
    events = record_events(ALERT)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [(event["event_type"], event["alert"]) for event in events] == [("raised", "risk_of_ice")]


async def test_failures_repeat_no_event(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, record_events: RecordEvents
) -> None:
    vin = await control.vin("e-208")
    await link()
    await control.patch(vin, alerts=["RiskOfIce"])
    await advance_time(hass, ALERTS_POLL)
    last = get_state(hass, ALERT)
    events = record_events(ALERT)
    await control.fault("/user/vehicles/{id}/alerts", status=400)
    await advance_time(hass, ALERTS_POLL)
    assert get_state(hass, ALERT) == last
    for _ in range(4):
        await advance_time(hass, ALERTS_POLL)
    assert get_state(hass, ALERT) == STATE_UNAVAILABLE
    await control.put("faults", [])
    await advance_time(hass, ALERTS_POLL)
    assert get_state(hass, ALERT) == last
    # Changes while the entity was unavailable fire events
    await control.fault("/user/vehicles/{id}/alerts", status=400)
    for _ in range(5):
        await advance_time(hass, ALERTS_POLL)
    simulator.world.clock.advance(600)
    await control.patch(vin, alerts=[])
    await control.put("faults", [])
    await advance_time(hass, ALERTS_POLL)
    assert [(event["event_type"], event["alert"]) for event in events] == [("cleared", "risk_of_ice")]


async def test_renamed_entity_repeats_no_event(
    hass: HomeAssistant, link: Link, control: Control, entity_registry: er.EntityRegistry, record_events: RecordEvents
) -> None:
    vin = await control.vin("e-208")
    await link()
    await control.patch(vin, alerts=["RiskOfIce"])
    await advance_time(hass, ALERTS_POLL)
    events = record_events("event.warning")
    entity_registry.async_update_entity(ALERT, new_entity_id="event.warning")
    await hass.async_block_till_done()
    assert get_state(hass, "event.warning") not in (None, STATE_UNKNOWN)
    assert events == []


async def test_readme_automation_announces_alerts(hass: HomeAssistant, link: Link, control: Control) -> None:
    """The example in README.md also announces alerts that were raised during downtime."""
    examples = re.findall("```yaml\n(.*?)```", README, re.DOTALL)
    (example,) = [example for example in examples if "stellantis.warning_raised" in example]
    messages = async_mock_service(hass, "persistent_notification", "create")
    vin = await control.vin("e-208")
    entry = await link()
    config = yaml.parse_yaml(example)
    assert isinstance(config, dict)
    assert await async_setup_component(hass, "automation", config)
    await control.patch(vin, alerts=["RiskOfIce"])
    await advance_time(hass, ALERTS_POLL)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await control.patch(vin, alerts=["LeftFrontTireUnderInflated"])
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [call.data["message"] for call in messages] == ["Risk of ice", "Front left tire underinflated"]


@pytest.mark.simulator(fleet=None, brand=None)
async def test_alarm(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, record_events: RecordEvents
) -> None:
    vin = await control.vin("308 Hybrid")
    await link()
    events = record_events(ALARM)
    for alarm in (False, True, "RoofBreakIn"):
        simulator.world.clock.advance(60)
        await control.patch(vin, alarm=alarm)
        await advance_time(hass, STATUS_POLL)
    assert [(event["event_type"], event.get("cause"), event["time"][11:16]) for event in events] == [
        ("disarmed", None, "12:01"),
        ("armed", None, "12:02"),
        ("triggered", "roof", "12:03"),
    ]
    assert len(events[2]["position"]) == 2
    assert events[2].keys() <= STRINGS["event"]["alarm"]["state_attributes"].keys()


async def test_finished_trip(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, record_events: RecordEvents
) -> None:
    vin = await control.vin("e-208")
    await link()
    events = record_events(TRIP)
    await control.patch(vin, drive={"distance": 18, "minutes": 20})
    simulator.world.clock.advance(600)
    await advance_time(hass, STATUS_POLL)
    assert events == []
    simulator.world.clock.advance(1200)
    await advance_time(hass, STATUS_POLL)
    await advance_time(hass, STATUS_POLL)
    (trip,) = events
    assert trip["event_type"] == "finished"
    assert (trip["distance"], trip["duration"], trip["average_speed"]) == (18.0, 20.0, 54.0)
    assert (trip["start"], trip["end"]) == ("2026-11-20T12:00:00+00:00", "2026-11-20T12:20:00+00:00")
    assert trip["electricity"] > 1
    assert trip.keys() <= STRINGS["event"]["trip"]["state_attributes"].keys()
    assert len(trip["origin"]) == len(trip["destination"]) == 2


async def test_ended_charge(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, record_events: RecordEvents
) -> None:
    vin = await control.vin("e-208")
    place = (await control.get(f"vehicles/{vin}"))["state"]["place"]
    zone = {"name": "Office", "radius": 200, "latitude": place["latitude"], "longitude": place["longitude"]}
    assert await async_setup_component(hass, "zone", {"zone": zone})
    await link()
    events = record_events(CHARGE)
    await control.patch(vin, level=40, charge=True)
    await advance_time(hass, STATUS_POLL)
    simulator.world.clock.advance(3600)
    await advance_time(hass, STATUS_POLL)
    await control.patch(vin, charge="Finished")
    await advance_time(hass, STATUS_POLL)
    await advance_time(hass, STATUS_POLL)
    started, charge = events
    assert started == {
        "event_type": "started",
        "start": "2026-11-20T12:00:00+00:00",
        "start_level": 40,
        "place": "Office",
    }
    assert charge["event_type"] == "ended"
    assert charge["start_level"] == 40
    assert charge["end_level"] > 50
    assert charge["duration"] == 60
    assert charge["energy_estimate"] > 4
    assert charge["place"] == "Office"
    assert charge.keys() <= STRINGS["event"]["charging_session"]["state_attributes"].keys()


@pytest.mark.simulator(fleet=None, brand=None)
async def test_hidden_position_is_in_no_event(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, record_events: RecordEvents
) -> None:
    vin = await control.vin("308 Hybrid")
    await control.patch(vin, privacy="Geolocation")
    await link()
    names = ("alert", "alarm_system", "trip", "charging_session")
    recordings = [record_events(f"event.peugeot_308_hybrid_{name}") for name in names]
    await control.patch(vin, alerts=["AddWasherFluid"], alarm="RoofBreakIn", charge=True)
    await advance_time(hass, ALERTS_POLL)
    simulator.world.clock.advance(600)
    await control.patch(vin, charge="Stopped", drive={"distance": 18, "minutes": 20})
    await advance_time(hass, STATUS_POLL)
    simulator.world.clock.advance(1200)
    await advance_time(hass, STATUS_POLL)
    assert all(recordings)
    for event in chain(*recordings):
        assert not event.keys() & {"position", "origin", "destination", "place"}


@pytest.mark.simulator(fleet=None, brand=None)
async def test_only_supported_events_are_added(hass: HomeAssistant, link: Link) -> None:
    await link("citroen")
    names = {entity_id.removeprefix("event.citroen_") for entity_id in hass.states.async_entity_ids("event")}
    assert names == {"c3_alert", "c3_trip", "e_c4_alert", "e_c4_charging_session", "e_c4_command", "e_c4_trip"}


async def test_missing_scope_adds_no_event(hass: HomeAssistant, link: Link) -> None:
    await link(scopes=["openid", "data:telemetry", "data:trip"])
    assert get_state(hass, TRIP) == STATE_UNKNOWN
    assert get_state(hass, ALERT) is None


def test_event_types_are_translated() -> None:
    for description in EVENTS:
        event_types = STRINGS["event"][description.key]["state_attributes"]["event_type"]["state"]
        assert set(event_types) == set(description.event_types or ())
    alert = STRINGS["event"]["alert"]["state_attributes"]
    assert set(alert["alert"]["state"]) == {*(message.name.lower() for message in AlertMessage), "unknown"}
    warnings = STRINGS["sensor"]["warning"]["state"]
    alerts = {"other" if key == "unknown" else key: text for key, text in alert["alert"]["state"].items()}
    assert STRINGS["sensor"]["warning"]["state_attributes"]["alerts"]["state"] == alerts
    assert warnings == {"none": warnings["none"], **alerts}
    assert set(alert["severity"]["state"]) == {severity.name.lower() for severity in AlertSeverity}
    causes = {cause.name.lower() for cause in BreakIn if cause is not BreakIn.NO_BREAK_IN}
    assert set(STRINGS["event"]["alarm"]["state_attributes"]["cause"]["state"]) == causes
