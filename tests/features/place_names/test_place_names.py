"""Names of places in a running Home Assistant, from a server in the place of Nominatim."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import json
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from custom_components.stellantis.features.place_names import finder, geocoder
from custom_components.stellantis.features.place_names.options import CONF_NAME_PLACES, CONF_URL
from simulator import Simulator
from tests.conftest import Link
from tests.support.commands import ONE_CAR
from tests.support.config_flow import submit_options
from tests.support.helpers import Control, advance_time, call_action_on_only_car, drive, get_state, only_car

# The simulator's clock stands still until a test advances it, and then is not ahead of Home Assistant's
START: Final = datetime.now(UTC) - timedelta(hours=6)
pytestmark = pytest.mark.simulator(**{**ONE_CAR, "start": START})

NAME: Final = "Rue du Bac, Paris"
SENSOR: Final = "sensor.peugeot_e_208_last_trip_destination"


@dataclass
class Nominatim:
    """A server in the place of Nominatim.

    Attributes:
        url: Where it listens.
        requests: The queries and the user agents of the requests for a name.
        status: The status of its responses.
        on_request: Is called before each response.
        readiness: The status in its report; 0 if it is ready.
    """

    url: str = ""
    requests: list[tuple[dict[str, str], str]] = field(default_factory=list)
    status: int = 200
    on_request: Callable[[], None] | None = None
    readiness: int = 0

    async def reverse(self, request: web.Request) -> web.Response:
        """Return the same place each time."""
        self.requests.append((dict(request.query), request.headers["User-Agent"]))
        if self.on_request:
            self.on_request()
        place = {"name": "Rue du Bac", "address": {"road": "Rue du Bac", "city": "Paris"}}
        return web.json_response(place, status=self.status)

    async def report(self, _request: web.Request) -> web.Response:
        """Return whether it is ready."""
        return web.json_response({"status": self.readiness, "message": "OK"})


@pytest.fixture
async def nominatim(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Nominatim]:
    """A server that answers without a pause between requests."""
    monkeypatch.setattr(geocoder, "REQUEST_INTERVAL", 0)
    nominatim, app = Nominatim(), web.Application()
    app.router.add_get("/osm/reverse", nominatim.reverse)
    app.router.add_get("/osm/status", nominatim.report)
    async with TestServer(app) as server:
        nominatim.url = str(server.make_url("/osm"))
        yield nominatim


async def set_options(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> ConfigFlowResult:
    """Submit the form, and return the result."""
    return await submit_options(hass, entry, "place_names", options)


async def poll(entry: MockConfigEntry) -> None:
    """Poll the car, and wait until the names are found."""
    car = only_car(entry)
    await car.status.async_refresh()
    await car.async_refresh_secondary()
    await car.account.hass.async_block_till_done(wait_background_tasks=True)


def name_later_trips(entry: MockConfigEntry) -> None:
    """Have the trips of the simulator's clock named, which is behind Home Assistant's."""
    source = entry.runtime_data.account.place_names.source
    source._places.since = START
    source._async_ask_if_needed()


@pytest.fixture
async def entry(hass: HomeAssistant, link: Link, nominatim: Nominatim) -> MockConfigEntry:
    """An account whose driver allows the server."""
    linked = await link("peugeot")
    assert hass.states.get(SENSOR) is None
    result = await set_options(hass, linked, **{CONF_NAME_PLACES: True, CONF_URL: nominatim.url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    name_later_trips(linked)
    return linked


async def test_names(
    hass: HomeAssistant, entry: MockConfigEntry, nominatim: Nominatim, control: Control, simulator: Simulator
) -> None:
    vin = only_car(entry).vin
    assert await async_setup_component(hass, "zone", {})
    await drive(control, simulator, vin, 20)
    await poll(entry)
    ((query, user_agent), *_) = nominatim.requests
    assert {query["format"], query["accept-language"], query["zoom"]} == {"jsonv2", "en", "17"}
    assert user_agent.startswith("stellantis/0")
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    assert (trip["origin_name"], trip["destination_name"]) == (NAME, NAME)
    # The server does not learn where exactly the car is
    sent = {round(float(query[name]) / 0.0005, 6) for query, _ in nominatim.requests for name in ("lat", "lon")}
    assert all(number.is_integer() for number in sent)
    state = hass.states.get(SENSOR)
    assert state
    assert (state.state, state.attributes["attribution"]) == (NAME, "Place names © OpenStreetMap contributors")

    # Where it is charged is the same place
    count = len(nominatim.requests)
    await control.patch(vin, level=40, charge=True)
    await poll(entry)
    simulator.world.clock.advance(3600)
    await control.patch(vin, charge="Finished")
    await poll(entry)
    (session,) = (await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id))["sessions"]
    assert (session["place"], session["place_name"]) == ("not_home", NAME)
    response = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": "calendar.peugeot_e_208_calendar", "start_date_time": START, "duration": {"hours": 12}},
        blocking=True,
        return_response=True,
    )
    calendar: Any = next(iter((response or {}).values()))
    past = [event for event in calendar["events"] if event["summary"].startswith(("Trip", "Charge, "))]
    assert [event["location"] for event in past] == [NAME, NAME]

    # Each place is asked for once, also after restarts, and is in no diagnostics
    await hass.config_entries.async_reload(entry.entry_id)
    await poll(entry)
    assert len(nominatim.requests) == count
    assert get_state(hass, SENSOR) == NAME
    await control.patch(vin, privacy="Geolocation")
    await poll(entry)
    assert get_state(hass, SENSOR) == "unknown"
    await control.patch(vin, privacy="None")
    await poll(entry)
    assert get_state(hass, SENSOR) == NAME
    diagnostics = json.dumps(await async_get_config_entry_diagnostics(hass, entry), default=str)
    assert nominatim.url not in diagnostics
    assert NAME not in diagnostics


async def test_erased(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    nominatim: Nominatim,
    control: Control,
    simulator: Simulator,
    hass_storage: dict[str, Any],
) -> None:
    place_names = entry.runtime_data.account.place_names
    nominatim.on_request = lambda: place_names.async_erase((), None)
    await drive(control, simulator, only_car(entry).vin, 20)
    await poll(entry)
    assert (len(nominatim.requests), get_state(hass, SENSOR)) == (1, "unknown"), "erased while it was asked for"
    nominatim.on_request = None
    name_later_trips(entry)
    await poll(entry)
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    count = len(nominatim.requests)
    assert trip["destination_name"] == NAME

    # A place that is erased is not asked for again
    longitude, latitude = trip["destination"]
    location = {"latitude": latitude, "longitude": longitude}
    await call_action_on_only_car(hass, "erase_trip_paths", entry.entry_id, location=location)
    await poll(entry)
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    assert "destination_name" not in trip
    assert get_state(hass, SENSOR) == "unknown"
    assert len(nominatim.requests) == count

    # The names go with the option
    file = f"stellantis.{entry.entry_id}.places"
    await hass.config_entries.async_unload(entry.entry_id)
    assert file in hass_storage
    await hass.config_entries.async_setup(entry.entry_id)
    await set_options(hass, entry, **{CONF_NAME_PLACES: False})
    assert file not in hass_storage
    assert hass.states.get(SENSOR) is None


@pytest.mark.simulator(**{**ONE_CAR, "start": datetime.now(UTC) - timedelta(minutes=90)})
async def test_private_places(
    hass: HomeAssistant, entry: MockConfigEntry, nominatim: Nominatim, control: Control, simulator: Simulator
) -> None:
    """Nothing is asked for in zones and near the home, while the car is driven, or while the position is hidden."""
    car = only_car(entry)
    assert await async_setup_component(hass, "zone", {})

    async def park() -> tuple[float, float]:
        await drive(control, simulator, car.vin, 20)
        place = (await control.get(f"vehicles/{car.vin}"))["state"]["place"]
        return place["latitude"], place["longitude"]

    origin = (await control.get(f"vehicles/{car.vin}"))["state"]["place"]
    hass.states.async_set("zone.origin", "0", {**origin, "radius": 100})
    latitude, longitude = await park()
    hass.states.async_set("zone.home", "0", {"latitude": latitude + 0.003, "longitude": longitude, "radius": 100})
    await poll(entry)
    assert nominatim.requests == []  # 334 m away from the middle of the home
    hass.states.async_remove("zone.home")
    await control.patch(car.vin, privacy="Geolocation")
    await poll(entry)
    assert nominatim.requests == []
    await control.patch(car.vin, privacy="None", drive={"distance": 30, "minutes": 30})
    simulator.world.clock.advance(600)
    await poll(entry)
    assert car.status.data.is_driving
    assert nominatim.requests == []
    simulator.world.clock.advance(1500)
    await poll(entry)
    assert len(nominatim.requests) >= 1


async def test_server_is_down(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    nominatim: Nominatim,
    control: Control,
    simulator: Simulator,
) -> None:
    """There is no name, and after a while the server is asked again."""
    nominatim.status = 503
    await drive(control, simulator, only_car(entry).vin, 20)
    await poll(entry)
    await poll(entry)
    assert (len(nominatim.requests), get_state(hass, SENSOR)) == (1, "unknown")
    nominatim.status = 200
    await advance_time(hass, finder.FIRST_PAUSE.total_seconds() + 1)
    assert get_state(hass, SENSOR) == NAME


async def test_url(hass: HomeAssistant, link: Link, nominatim: Nominatim) -> None:
    """The URL is checked when it is entered."""
    entry = await link("peugeot")
    server, _, _ = nominatim.url.rpartition("/")
    for url in ("nominatim", "ftp://127.0.0.1", f"{nominatim.url}?a=b", "http://8.8.8.8", server):
        result = await set_options(hass, entry, **{CONF_NAME_PLACES: True, CONF_URL: url})
        assert result.get("errors") == {CONF_URL: "no_geocoder"}, url
    assert CONF_NAME_PLACES not in entry.options
    await set_options(hass, entry, **{CONF_NAME_PLACES: True, CONF_URL: f"{nominatim.url}/"})
    assert entry.options == {CONF_NAME_PLACES: True, CONF_URL: f"{nominatim.url}/"}


async def test_server_that_is_not_ready(
    hass: HomeAssistant, enable_custom_integrations: None, nominatim: Nominatim, unused_tcp_port: int
) -> None:
    """Neither one without its database nor one that is down is accepted."""
    nominatim.readiness = 700
    with pytest.raises(geocoder.GeocoderError) as unready:
        await geocoder.Geocoder(hass, URL(nominatim.url)).async_check()
    assert unready.value.status == HTTPStatus.OK
    with pytest.raises(geocoder.GeocoderError) as down:
        await geocoder.Geocoder(hass, URL.build(scheme="http", host="127.0.0.1", port=unused_tcp_port)).async_check()
    assert down.value.status is None
