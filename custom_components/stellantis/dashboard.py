"""The dashboard: its strategy for the frontend, and adding and removing it on request."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from html import escape
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.components import frontend, websocket_api
from homeassistant.components.http import StaticPathConfig
from homeassistant.components.lovelace import LOVELACE_DATA
from homeassistant.components.lovelace.const import ConfigNotFound
from homeassistant.components.recorder import DOMAIN as RECORDER
from homeassistant.components.recorder.statistics import async_list_statistic_ids
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.json import json_loads_object

from .const import DOMAIN
from .statistics import statistic_id

_LOGGER = logging.getLogger(__name__)

FRONTEND_FOLDER: Final = Path(__file__).parent / "frontend"
STRATEGY: Final = {"strategy": {"type": f"custom:{DOMAIN}"}}
DASHBOARD_PATH: Final = f"{DOMAIN}-cars"
# The statistics that the dashboard shows
STATISTIC_KEYS: Final = ("distance", "electricity", "charged", "fuel")


class DashboardRefused(Exception):
    """Home Assistant did not add or delete a dashboard; the message is its own."""


class NoAdministrator(DashboardRefused):
    """Home Assistant has no active user who may change dashboards."""


@dataclass(frozen=True)
class Dashboard:
    """A dashboard in the sidebar."""

    title: str
    path: str

    @property
    def link(self) -> str:
        """A link that loads the page anew: a page from before the integration was set up lacks the strategy."""
        return f'<a href="/{self.path}" target="_self">{escape(self.title)}</a>'


async def async_setup_strategy(hass: HomeAssistant) -> None:
    """Serve the dashboard strategy to the frontend, if there is one.

    Browsers keep the files for a month, so their URL changes with their content.
    """
    if "frontend" not in hass.config.components:
        return
    websocket_api.async_register_command(hass, websocket_statistic_ids)
    url = f"/{DOMAIN}_static/{await hass.async_add_executor_job(hash_files, FRONTEND_FOLDER)}"
    await hass.http.async_register_static_paths([StaticPathConfig(url, str(FRONTEND_FOLDER))])
    frontend.add_extra_js_url(hass, f"{url}/strategy.js")


def hash_files(folder: Path) -> str:
    """Return a hash of the names and contents of the files in a folder."""
    content = sha256()
    for path in sorted(folder.iterdir()):
        content.update(path.name.encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:12]


@websocket_api.websocket_command({"type": f"{DOMAIN}/statistic_ids"})
@websocket_api.async_response
async def websocket_statistic_ids(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the ids of the cars' statistics by device id; the frontend cannot know them otherwise.

    A statistic that has no data yet would only be an empty card.
    """
    ids = {
        device.id: {key: statistic_id(entry, vin, key) for key in STATISTIC_KEYS}
        for entry, device in _list_cars(hass)
        for domain, vin in device.identifiers
        if domain == DOMAIN
    }
    existing = await _async_find_statistics(hass, {name for names in ids.values() for name in names.values()})
    connection.send_result(
        msg["id"],
        {device: {key: name for key, name in names.items() if name in existing} for device, names in ids.items()},
    )


async def _async_find_statistics(hass: HomeAssistant, statistic_ids: set[str]) -> set[str]:
    """Return those of some statistics that the recorder has."""
    if RECORDER not in hass.config.components:
        return set()
    return {found["statistic_id"] for found in await async_list_statistic_ids(hass, statistic_ids)}


def _list_cars(hass: HomeAssistant) -> list[tuple[ConfigEntry[Any], dr.DeviceEntry]]:
    """Return the cars of all accounts; the accounts and monitors themselves are services."""
    return [
        (entry, device)
        for entry in hass.config_entries.async_entries(DOMAIN)
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if device.entry_type is None
    ]


async def async_add_dashboard(hass: HomeAssistant) -> Dashboard | None:
    """Add the dashboard to the sidebar, unless it exists; return it, None without a frontend.

    Raises:
        DashboardRefused: Home Assistant did not add it.
    """
    if LOVELACE_DATA not in hass.data:
        return None
    dashboards = hass.data[LOVELACE_DATA].dashboards
    path = next(iter(await _async_find_dashboards(hass)), DASHBOARD_PATH)
    # If only the path exists, the user has taken control of the dashboard
    if path not in dashboards:
        await _async_send(
            hass,
            "lovelace/dashboards/create",
            url_path=path,
            title=await _async_get_title(hass),
            icon="mdi:car",
        )
        await dashboards[path].async_save(dict(STRATEGY))
    return Dashboard((dashboards[path].config or {}).get("title", path), path)


async def async_remove_dashboards(hass: HomeAssistant) -> None:
    """Delete the dashboards that cannot be shown without the integration; those that the user changed remain."""
    if LOVELACE_DATA not in hass.data:
        return
    for path in await _async_find_dashboards(hass):
        try:
            config = hass.data[LOVELACE_DATA].dashboards[path].config or {}
            await _async_send(hass, "lovelace/dashboards/delete", dashboard_id=config.get("id", path))
        except DashboardRefused as err:
            _LOGGER.warning("The dashboard %s could not be deleted: %s", path, err)


async def _async_find_dashboards(hass: HomeAssistant) -> list[str]:
    """Return the paths of the dashboards that consist of the strategy."""
    found: list[str] = []
    for path, dashboard in hass.data[LOVELACE_DATA].dashboards.items():
        try:
            config = await dashboard.async_load(force=False)
        except ConfigNotFound, HomeAssistantError:
            continue
        if path and config.get("strategy", {}).get("type") == STRATEGY["strategy"]["type"]:
            found.append(path)
    return found


async def _async_get_title(hass: HomeAssistant) -> str:
    """Return the name of the only car, or a word for several."""
    names = {frozenset(device.identifiers): device.name_by_user or device.name for _, device in _list_cars(hass)}
    if len(names) == 1 and (name := next(iter(names.values()))):
        return name
    translations = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return translations[f"component.{DOMAIN}.common.dashboard_cars"]


async def _async_send(hass: HomeAssistant, command: str, **data: Any) -> None:
    """Send a command of the websocket API, as the frontend does: only it changes the collection of dashboards.

    Raises:
        DashboardRefused: the command failed.
        NoAdministrator: there is no administrator.
    """
    users = await hass.auth.async_get_users()
    admin = next((user for user in users if user.is_active and user.is_admin and not user.system_generated), None)
    if admin is None:
        raise NoAdministrator("no administrator")
    response: asyncio.Future[dict[str, Any]] = hass.loop.create_future()

    def receive(message: bytes | str | dict[str, Any]) -> None:
        response.set_result(message if isinstance(message, dict) else json_loads_object(message))

    async def send() -> None:
        # In a task, because a connection becomes the current one of its context
        connection = websocket_api.ActiveConnection(_LOGGER, hass, receive, admin, None, None)  # type: ignore[arg-type]
        connection.async_handle({"id": 1, "type": command, **data})
        await response

    await hass.async_create_task(send())
    if not (result := response.result())["success"]:
        raise DashboardRefused(result["error"]["message"])
