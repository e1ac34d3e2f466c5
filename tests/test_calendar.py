"""Calendar: past trips and charging sessions, and scheduled activities in local time."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from freezegun import freeze_time
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state

from .support.programs import build_program, build_status

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

POLL: Final = 3601  # seconds, for cars that have not reported for days
CALENDAR: Final = "calendar.peugeot_e_208_calendar"
EVERY_DAY: Final = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"


async def get_events(hass: HomeAssistant, start: str, end: str) -> list[dict[str, Any]]:
    """Return the events of the calendar in a time range."""
    times = {"start_date_time": start, "end_date_time": end}
    response = await hass.services.async_call(
        "calendar", "get_events", {"entity_id": CALENDAR, **times}, blocking=True, return_response=True
    )
    assert response
    calendar: Any = response[CALENDAR]
    return list(calendar["events"])


@pytest.fixture
async def paris(hass: HomeAssistant) -> None:
    """Set Home Assistant's time zone to Paris."""
    await hass.config.async_set_time_zone("Europe/Paris")


# --- past events


async def test_trips_and_charges(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    paris: None,
) -> None:
    vin = await control.vin("e-208")
    place = (await control.get(f"vehicles/{vin}"))["state"]["place"]
    zone = {"name": "Office", "radius": 200, "latitude": place["latitude"], "longitude": place["longitude"]}
    assert await async_setup_component(hass, "zone", {"zone": zone})
    await link()
    await control.patch(vin, level=40, charge=True)
    await advance_time(hass, POLL)
    simulator.world.clock.advance(3600)
    await control.patch(vin, charge="Finished")
    await advance_time(hass, POLL)
    await control.patch(vin, drive={"distance": 18, "minutes": 20})
    simulator.world.clock.advance(1800)
    await advance_time(hass, POLL)
    destination = (await control.get(f"vehicles/{vin}"))["state"]["place"]
    requests = await control.request_counts()
    client = await hass_client()
    response = await client.get(f"/api/calendars/{CALENDAR}?start=2026-11-20T00:00:00Z&end=2026-11-21T00:00:00Z")
    assert response.status == HTTPStatus.OK
    charge, trip = await response.json()
    assert charge["start"] == {"dateTime": "2026-11-20T13:00:00+01:00"}
    assert charge["end"] == {"dateTime": "2026-11-20T14:00:00+01:00"}
    assert charge["summary"].startswith("Charge, 40 → 5")
    assert charge["description"].startswith("PEUGEOT e-208, 60 min, ")
    assert charge["description"].endswith(" kWh")
    assert charge["location"] == "Office"
    assert trip["start"] == {"dateTime": "2026-11-20T14:00:00+01:00"}
    assert trip["end"] == {"dateTime": "2026-11-20T14:20:00+01:00"}
    assert trip["summary"] == "Trip, 18 km"
    assert trip["description"].startswith("PEUGEOT e-208, 20 min, ")
    assert trip["location"] == f"{destination['latitude']:.5f}, {destination['longitude']:.5f}"
    assert await control.request_counts() == requests
    assert await get_events(hass, "2026-11-19T00:00:00Z", "2026-11-20T12:00:00Z") == []
    assert await get_events(hass, "2026-11-20T14:00:00+01:00", "2026-11-20T14:10:00+01:00") == [
        {
            "start": "2026-11-20T14:00:00+01:00",
            "end": "2026-11-20T14:20:00+01:00",
            "summary": trip["summary"],
            "description": trip["description"],
            "location": trip["location"],
        }
    ]


async def test_distances_use_the_configured_units(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    vin = await control.vin("e-208")
    await link()
    for distance in (8, 18):
        await control.patch(vin, drive={"distance": distance, "minutes": 20})
        simulator.world.clock.advance(1800)
        await advance_time(hass, POLL)
    events = await get_events(hass, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")
    assert [event["summary"] for event in events] == ["Trip, 5.0 mi", "Trip, 11 mi"]


async def test_hidden_position_leaves_trip_without_location(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    vin = await control.vin("e-208")
    await control.patch(vin, privacy="Geolocation")
    await link()
    await control.patch(vin, drive={"distance": 18, "minutes": 20})
    simulator.world.clock.advance(1800)
    await advance_time(hass, POLL)
    (trip,) = await get_events(hass, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")
    assert trip["summary"] == "Trip, 18 km"
    assert "location" not in trip


async def test_trip_in_repeated_hour(
    hass: HomeAssistant, link: Link, hass_storage: dict[str, Any], control: Control, paris: None
) -> None:
    """The trip from 2:50 to 2:10 is shown, although Home Assistant rejects events that end before they start."""
    vin = await control.vin("e-208")
    entry = await link(setup=False)
    trip = {"id": "1", "start": "2026-10-25T00:50:00+00:00", "end": "2026-10-25T01:10:00+00:00", "distance": 18.0}
    key = f"{DOMAIN}.{entry.entry_id}"
    hass_storage[key] = {"key": key, "version": 1, "minor_version": 1, "data": {vin: {"trips": [trip]}}}
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (event,) = await get_events(hass, "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z")
    assert (event["start"], event["description"]) == ("2026-10-25T02:50:00+02:00", "PEUGEOT e-208, 20 min")


async def test_subscribed_calendar_shows_new_trip(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, hass_ws_client: WebSocketGenerator
) -> None:
    vin = await control.vin("e-208")
    await link()
    client = await hass_ws_client(hass)
    times = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z"}
    await client.send_json_auto_id({"type": "calendar/event/subscribe", "entity_id": CALENDAR, **times})
    assert (await client.receive_json())["success"]
    assert (await client.receive_json())["event"]["events"] == []
    await control.patch(vin, drive={"distance": 18, "minutes": 20})
    simulator.world.clock.advance(1800)
    await advance_time(hass, POLL)
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        while not events:  # other updates send the events, too
            events = (await client.receive_json())["event"]["events"]
    assert [event["summary"] for event in events] == ["Trip, 18 km"]
    # The name of a zone is used as location
    destination = (await control.get(f"vehicles/{vin}"))["state"]["place"]
    zone = {"name": "Work", "radius": 200, "latitude": destination["latitude"], "longitude": destination["longitude"]}
    await client.send_json_auto_id({"type": "zone/create", **zone})
    assert (await client.receive_json())["success"]
    (trip,) = await get_events(hass, *times.values())
    assert trip["location"] == "Work"


async def test_activities_without_trip_scope(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("e-208")
    await control.put(f"vehicles/{vin}/status", build_status(build_program("PT7H")))
    await link(scopes=["openid", "data:telemetry"])
    calendar = hass.states.get(CALENDAR)
    assert calendar
    assert calendar.attributes["message"] == "Preconditioning"


# --- scheduled activities


async def test_programs_in_skipped_hour(hass: HomeAssistant, link: Link, control: Control, paris: None) -> None:
    vin = await control.vin("e-208")
    air = (build_program("PT2H30M"), build_program("PT7H", "Mon"), {**build_program("PT8H"), "enabled": False})
    charge = (
        build_program("PT22H", end="PT6H"),
        build_program("PT2H30M", "Sun", end="PT3H"),
        build_program("PT12H", "Sat"),
    )
    await control.put(f"vehicles/{vin}/status", build_status(*air, charge=charge))
    await link()
    with freeze_time("2027-03-27T11:30:00Z"):
        events = await get_events(hass, "2027-03-01T00:00:00Z", "2027-03-29T09:00:00+02:00")
    assert [(event["summary"], event["start"], event["end"]) for event in events] == [
        ("Charging", "2027-03-27T12:00:00+01:00", "2027-03-27T13:00:00+01:00"),
        ("Charging", "2027-03-27T22:00:00+01:00", "2027-03-28T06:00:00+02:00"),
        # There is no 2:30 in that night: an hour and a half after 1:00 is 3:30
        ("Preconditioning", "2027-03-28T03:30:00+02:00", "2027-03-28T03:40:00+02:00"),
        ("Charging", "2027-03-28T03:30:00+02:00", "2027-03-28T03:30:00+02:00"),
        ("Charging", "2027-03-28T22:00:00+02:00", "2027-03-29T06:00:00+02:00"),
        ("Preconditioning", "2027-03-29T02:30:00+02:00", "2027-03-29T02:40:00+02:00"),
        ("Preconditioning", "2027-03-29T07:00:00+02:00", "2027-03-29T07:10:00+02:00"),
    ]


async def test_programs_in_repeated_hour(hass: HomeAssistant, link: Link, control: Control, paris: None) -> None:
    vin = await control.vin("e-208")
    air, charge = (build_program("PT2H30M"),), (build_program("PT22H", end="PT6H"),)
    await control.put(f"vehicles/{vin}/status", build_status(*air, charge=charge))
    await link()
    with freeze_time("2027-10-31T00:00:00Z"):
        events = await get_events(hass, "2027-10-30T00:00:00Z", "2027-10-31T12:00:00Z")
    assert [(event["summary"], event["start"], event["end"]) for event in events] == [
        ("Charging", "2027-10-30T22:00:00+02:00", "2027-10-31T06:00:00+01:00"),
        ("Preconditioning", "2027-10-31T02:30:00+02:00", "2027-10-31T02:40:00+02:00"),
    ]


async def test_recurrence_rule(
    hass: HomeAssistant, link: Link, control: Control, hass_client: ClientSessionGenerator
) -> None:
    vin = await control.vin("e-208")
    await control.put(
        f"vehicles/{vin}/status", build_status(build_program("PT7H", "Tue", "Mon"), build_program("PT8H"))
    )
    await link()
    client = await hass_client()
    start = dt_util.utcnow()
    times = {"start": start.isoformat(), "end": (start + timedelta(days=7)).isoformat()}
    response = await client.get(f"/api/calendars/{CALENDAR}", params=times)
    assert {event["rrule"] for event in await response.json()} == {"FREQ=WEEKLY;BYDAY=MO,TU", EVERY_DAY}


async def test_state_follows_next_activity(hass: HomeAssistant, link: Link, control: Control) -> None:
    await hass.config.async_set_time_zone("UTC")
    vin = await control.vin("e-208")
    await control.put(f"vehicles/{vin}/status", build_status())
    await link()
    calendar = hass.states.get(CALENDAR)
    assert calendar
    assert (calendar.state, "start_time" in calendar.attributes) == (STATE_OFF, False)
    start = dt_util.utcnow().replace(second=0, microsecond=0) + timedelta(minutes=5)
    late, soon = (f"PT{time.hour}H{time.minute}M" for time in (start + timedelta(minutes=2), start))
    created_at = "2027-03-27T12:00:00Z"
    await control.put(
        f"vehicles/{vin}/status", build_status(build_program(late), build_program(soon), measured_at=created_at)
    )
    await advance_time(hass, POLL)
    calendar = hass.states.get(CALENDAR)
    assert calendar
    assert (calendar.state, calendar.attributes["message"]) == (STATE_OFF, "Preconditioning")
    assert calendar.attributes["start_time"] == f"{start:%Y-%m-%d %H:%M:%S}"
    assert calendar.attributes["end_time"] == f"{start + timedelta(minutes=10):%Y-%m-%d %H:%M:%S}"
    for minutes, expected in ((1, STATE_ON), (11, STATE_ON), (13, STATE_OFF)):
        with freeze_time(start + timedelta(minutes=minutes)):
            await advance_time(hass, 0)
            assert get_state(hass, CALENDAR) == expected


async def test_unchanged_activity_writes_no_state(hass: HomeAssistant, link: Link, control: Control) -> None:
    await hass.config.async_set_time_zone("UTC")
    vin = await control.vin("e-208")
    path = f"vehicles/{vin}/status"
    start = dt_util.utcnow() + timedelta(hours=12)
    first, second = (f"PT{start.hour}H", f"PT{start.hour}H30M")
    await control.put(path, build_status(build_program(first)))
    await link()
    written: list[Event[Any]] = []

    @callback
    def record(event: Event[Any]) -> None:
        written.append(event)

    is_calendar = callback(lambda data: data["entity_id"] == CALENDAR)
    hass.bus.async_listen(EVENT_STATE_CHANGED, record, event_filter=is_calendar)
    hass.bus.async_listen(EVENT_STATE_REPORTED, record, event_filter=is_calendar)
    await advance_time(hass, POLL)
    await control.put(path, build_status(build_program(first), measured_at="2027-03-27T12:00:00Z"))
    await advance_time(hass, POLL)
    assert written == []
    await control.put(path, build_status(build_program(second), measured_at="2027-03-28T12:00:00Z"))
    await advance_time(hass, POLL)
    assert len(written) == 1


async def test_far_future_has_no_events(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("e-208")
    await control.put(f"vehicles/{vin}/status", build_status(build_program("PT7H")))
    await link()
    assert await get_events(hass, "2999-01-01T00:00:00Z", "3000-01-01T00:00:00Z") == []


async def test_summary_is_translated(
    hass: HomeAssistant, link: Link, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The summary is translated by the integration, because the frontend does not translate it."""
    vin = await control.vin("e-208")
    await control.put(f"vehicles/{vin}/status", build_status(build_program("PT7H")))
    await link()
    texts = {f"component.{DOMAIN}.entity.calendar.calendar.state_attributes.message.state.preconditioning": "Vorheizen"}
    monkeypatch.setattr("homeassistant.helpers.translation.async_get_cached_translations", lambda *_: texts)
    start = dt_util.utcnow()
    (event,) = await get_events(hass, start.isoformat(), (start + timedelta(hours=24)).isoformat())
    assert event["summary"] == "Vorheizen"
