"""The archive of a running Home Assistant: what is kept, exported, and erased."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.auth.scopes import SCOPES
from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from custom_components.stellantis.endpoints import TRIPS
from custom_components.stellantis.features.archive import CONF_KEEP_PATHS, CONF_PATHS_SINCE
from custom_components.stellantis.features.archive.data import PATH_STORE
from custom_components.stellantis.features.archive.path import TripPath
from custom_components.stellantis.features.archive.store import PathStore
from simulator import Simulator
from tests.conftest import Link
from tests.support.commands import ONE_CAR
from tests.support.helpers import Control, call_action_on_only_car, drive, only_car

# The simulator's clock stands still until a test advances it, and then is not ahead of Home Assistant's
START = datetime.now(UTC) - timedelta(hours=6)
pytestmark = pytest.mark.simulator(**{**ONE_CAR, "start": START})

WAY_POINTS = "GET /user/vehicles/{id}/trips/{tid}/wayPoints"


async def keep_paths(hass: HomeAssistant, entry: MockConfigEntry, *, keep: bool) -> None:
    """Set the option in its form."""
    flows = hass.config_entries.options
    menu = await flows.async_init(entry.entry_id)
    form = await flows.async_configure(menu["flow_id"], {"next_step_id": "archive"})
    result = await flows.async_configure(form["flow_id"], {CONF_KEEP_PATHS: keep})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


async def keep_paths_from_now(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> None:
    """Have paths kept from now on, by the simulator's clock."""
    now = datetime.fromtimestamp(simulator.world.clock.now(), UTC)
    hass.config_entries.async_update_entry(entry, options={CONF_PATHS_SINCE: now.isoformat()})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def poll(entry: MockConfigEntry) -> None:
    """Poll the trips, and wait until their paths are fetched."""
    trips = only_car(entry).coordinator_for(TRIPS)
    assert trips
    await trips.async_refresh()
    await trips.hass.async_block_till_done(wait_background_tasks=True)


async def read_paths(hass: HomeAssistant, entry: MockConfigEntry) -> Mapping[str, TripPath]:
    """Return the paths as they are in the file."""
    await hass.config_entries.async_reload(entry.entry_id)  # writes it
    await hass.async_block_till_done(wait_background_tasks=True)
    return (await PathStore(hass, entry.entry_id).async_get_car(only_car(entry).vin)).paths


@pytest.fixture
async def entry(hass: HomeAssistant, link: Link, simulator: Simulator) -> MockConfigEntry:
    """An account whose driver has paths kept."""
    linked = await link("peugeot")
    await keep_paths_from_now(hass, linked, simulator)
    return linked


async def test_paths_are_kept_and_erased(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    simulator: Simulator,
) -> None:
    entry = await link("peugeot")
    vin = only_car(entry).vin
    # Nothing is kept unless the driver wants it, and not of the time before
    await drive(control, simulator, vin, 20)
    await poll(entry)
    await keep_paths_from_now(hass, entry, simulator)
    await poll(entry)
    assert await read_paths(hass, entry) == {}
    assert WAY_POINTS not in await control.request_counts()

    await drive(control, simulator, vin, 15)
    await poll(entry)
    paths = await read_paths(hass, entry)
    trips = [trip for trip in only_car(entry).store.trips if trip.is_drive]
    assert [*paths] == [trips[-1].id]
    assert len(paths[trips[-1].id].points) > 2
    assert (await control.request_counts())[WAY_POINTS] == 1, "once, also after restarts"

    # The path is in no diagnostics, and can be erased, for ever
    points = paths[trips[-1].id].points
    diagnostics = json.dumps(await async_get_config_entry_diagnostics(hass, entry), default=str)
    assert not [point for point in points if str(point.longitude) in diagnostics or str(point.latitude) in diagnostics]
    assert await async_setup_component(hass, "zone", {})
    middle, elsewhere = points[len(points) // 2], {"latitude": 1, "longitude": 2}
    hass.states.async_set("zone.work", "0", {"latitude": middle.latitude, "longitude": middle.longitude, "radius": 50})
    for data, erased in (
        ({"trip_id": "other"}, 0),
        ({"zone": "zone.work", "location": elsewhere}, 0),
        ({"zone": "zone.work", "before": trips[-1].start}, 0),
        ({"zone": "zone.work", "trip_id": trips[-1].id}, 1),
    ):
        response = await call_action_on_only_car(hass, "erase_trip_paths", entry.entry_id, **data)
        assert response == {"erased": erased}
    for data, error in (({}, "no_paths_selected"), ({"zone": "zone.none"}, "no_zone")):
        with pytest.raises(HomeAssistantError) as raised:
            await call_action_on_only_car(hass, "erase_trip_paths", entry.entry_id, **data)
        assert raised.value.translation_key == error
    await poll(entry)
    assert await read_paths(hass, entry) == {}
    assert (await control.request_counts())[WAY_POINTS] == 1


async def test_without_the_permission_for_trips(hass: HomeAssistant, link: Link, control: Control) -> None:
    """No position is recorded, as there is no trip that it could belong to."""
    entry = await link("peugeot", setup=False, scopes=[scope for scope in SCOPES if scope != TRIPS.scope])
    hass.config_entries.async_update_entry(entry, options={CONF_PATHS_SINCE: START.isoformat()})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await control.patch(only_car(entry).vin, position=[2.3, 48.9])
    await only_car(entry).status.async_refresh()
    paths = await entry.runtime_data.feature_data[PATH_STORE].async_get_car(only_car(entry).vin)
    assert paths.positions == ()


async def test_option(hass: HomeAssistant, link: Link, hass_storage: Mapping[str, Any]) -> None:
    """The option tells since when; turned off and on again, it tells a later time. The file goes with the entry."""
    entry = await link("peugeot")
    await keep_paths(hass, entry, keep=True)
    since = entry.options[CONF_PATHS_SINCE]
    await keep_paths(hass, entry, keep=True)
    assert entry.options[CONF_PATHS_SINCE] == since
    await keep_paths(hass, entry, keep=False)
    assert CONF_PATHS_SINCE not in entry.options
    await keep_paths(hass, entry, keep=True)
    assert entry.options[CONF_PATHS_SINCE] > since

    entry.runtime_data.feature_data[PATH_STORE].async_schedule_save()
    await hass.config_entries.async_unload(entry.entry_id)
    file = f"stellantis.{entry.entry_id}.paths"
    assert file in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    assert file not in hass_storage


async def test_export(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, tmp_path: Path) -> None:
    hass.config.media_dirs = {"local": str(tmp_path)}
    entry = await link("peugeot")
    vin = only_car(entry).vin
    await drive(control, simulator, vin, 20)
    await keep_paths_from_now(hass, entry, simulator)
    await drive(control, simulator, vin, 15)
    await poll(entry)
    for file_format in ("gpx", "csv", "geojson"):
        response = await call_action_on_only_car(hass, "export_trips", entry.entry_id, format=file_format)
        file = Path(response["path"])
        assert (response["trips"], response["trips_with_path"]) == (2, 1)
        assert file.parent == tmp_path / "stellantis"
        assert file.suffix == f".{file_format}"
        text = await hass.async_add_executor_job(file.read_text)
        assert vin not in f"{file} {text}"
    features = json.loads(text)["features"]
    assert [feature["geometry"]["type"] for feature in features][-2:] == ["MultiPoint", "LineString"]
    (tmp_path / "file").write_text("")
    hass.config.media_dirs = {"local": str(tmp_path / "file")}
    with pytest.raises(HomeAssistantError) as raised:
        await call_action_on_only_car(hass, "export_trips", entry.entry_id)
    assert raised.value.translation_key == "file_not_written"


async def test_positions_count_if_there_is_no_path(
    hass: HomeAssistant, entry: MockConfigEntry, control: Control, simulator: Simulator
) -> None:
    """Stellantis has deprecated the paths. What a car reports while it is driven is nearly as good, over a restart."""
    vin, status = only_car(entry).vin, only_car(entry).status
    await control.fault("/user/vehicles/{id}/trips/{tid}/wayPoints", status=404, body={"httpCode": 404})
    simulator.world.clock.advance(3600)
    await control.patch(vin, drive={"distance": 20, "minutes": 20})
    for _ in range(6):
        simulator.world.clock.advance(180)
        await status.async_refresh()
    await hass.config_entries.async_reload(entry.entry_id)
    simulator.world.clock.advance(3600)
    await poll(entry)
    (path,) = (await read_paths(hass, entry)).values()
    assert len(path.points) >= 3


async def test_hidden_positions(
    hass: HomeAssistant, entry: MockConfigEntry, control: Control, simulator: Simulator
) -> None:
    """Nothing is asked for, or kept, while the driver hides the position, and not of the time before."""
    vin, status = only_car(entry).vin, only_car(entry).status
    simulator.world.clock.advance(3600)
    await control.patch(vin, drive={"distance": 20, "minutes": 20})
    for _ in range(3):
        simulator.world.clock.advance(180)
        await status.async_refresh()
    await control.patch(vin, privacy="Geolocation")
    simulator.world.clock.advance(3600)
    await status.async_refresh()
    await poll(entry)
    await control.patch(vin, privacy="None")
    await status.async_refresh()
    await poll(entry)
    assert await read_paths(hass, entry) == {}
    assert WAY_POINTS not in await control.request_counts()
