"""Missing scopes: the entities that remain, and the repair issue. And the refresh button, which needs no scope."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.auth.scopes import SCOPES
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, only_car
from tests.support.source import COMPONENT, load_json

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

NO_COMMANDS = [scope for scope in SCOPES if not scope.startswith("remote:")]
COMMAND_DOMAINS = ("climate", "lock", "number", "select", "switch", "time")
# What the user knows of a car, or has Home Assistant watch
SETTINGS = ("battery_capacity", "tank_size", "theft_tracking")
REFRESH_BUTTON = "button.peugeot_e_208_refresh"


def permission_issues(hass: HomeAssistant) -> list[dict[str, str]]:
    """Return the placeholders of the issues about missing permissions."""
    issues = ir.async_get(hass).issues.values()
    return [dict(issue.translation_placeholders or {}) for issue in issues if issue.translation_key == "missing_rights"]


def command_domains(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the domains of the entities of an entry that send commands."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    commands = {entity.domain for entity in entities if not entity.unique_id.endswith(SETTINGS)}
    return commands & set(COMMAND_DOMAINS)


async def link_again(hass: HomeAssistant, entry: MockConfigEntry, control: Control, scopes: Iterable[str]) -> None:
    """Link the account again with other scopes."""
    token = await control.post("token", {"brand": entry.data["brand"], "scopes": list(scopes)})
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": {**entry.data["token"], **token}})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.simulator(fleet=None, brand=None)
async def test_issue_follows_scopes(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("vauxhall")
    assert permission_issues(hass) == []
    all_domains = command_domains(hass, entry)
    assert {"climate", "lock", "number", "switch"} <= all_domains
    await link_again(hass, entry, control, [*NO_COMMANDS, "remote:charging:write", "remote:door:write"])
    (placeholders,) = permission_issues(hass)
    assert placeholders["account"] == "Vauxhall"
    assert placeholders["car"] == only_car(entry).device.name
    permissions = placeholders["permissions"].splitlines()
    assert "- Lock and unlock the doors" not in permissions
    assert "- Heat and cool the cabin" in permissions
    assert "lock" in command_domains(hass, entry)
    assert "climate" not in command_domains(hass, entry), "entities of missing scopes are removed"
    await link_again(hass, entry, control, NO_COMMANDS)
    assert len(permission_issues(hass)) == 1
    assert command_domains(hass, entry) == set()
    await link_again(hass, entry, control, SCOPES)
    assert permission_issues(hass) == []
    assert command_domains(hass, entry) == all_domains
    await link_again(hass, entry, control, [scope for scope in SCOPES if scope != "data:position"])
    assert permission_issues(hass)[0]["permissions"] == "- Read the location of the car"


@pytest.mark.simulator(fleet=None, brand=None)
async def test_issue_is_deleted_with_car_and_account(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("vauxhall", scopes=NO_COMMANDS)
    assert len(permission_issues(hass)) == 1
    (removed,) = await control.vehicles("vauxhall")
    await control.post("vehicles", {"brand": "vauxhall"})
    await control.delete(f"vehicles/{removed['vin']}")
    await advance_time(hass, 6 * 3600 + 1)
    assert [issue["car"] for issue in permission_issues(hass)] == [only_car(entry).device.name]
    await hass.config_entries.async_remove(entry.entry_id)
    assert permission_issues(hass) == []


async def test_issue_names_permissions_in_the_language_of_the_server(hass: HomeAssistant, link: Link) -> None:
    hass.config.language = "de"
    await link(scopes=NO_COMMANDS)
    names = load_json(COMPONENT / "translations" / "de.json")["selector"]["scope"]["options"]
    assert f"- {names['remote_door_write']}" in permission_issues(hass)[0]["permissions"].splitlines()


async def test_no_issue_for_car_without_commands(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds", scopes=NO_COMMANDS)
    assert permission_issues(hass) == []
    assert command_domains(hass, entry) == set()


@pytest.mark.simulator(fleet=1, brand="peugeot")
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_refresh_button(hass: HomeAssistant, link: Link, control: Control) -> None:
    """All endpoints are refreshed, those included whose polling is suspended."""
    await control.fault("/user/vehicles/{id}/maintenance", status=404)
    entry = await link(scopes=NO_COMMANDS)
    (maintenance,) = [
        coordinator for coordinator in only_car(entry).coordinators if coordinator.endpoint.key == "maintenance"
    ]
    assert maintenance.is_suspended
    await control.put("faults", [])
    await control.delete("requests")
    await control.patch(only_car(entry).vin, level=33)
    await hass.services.async_call("button", "press", {"entity_id": REFRESH_BUTTON}, blocking=True)
    electric = only_car(entry).status.data.electric
    assert electric
    assert electric.level == 33
    assert maintenance.has_data
    requests = await control.request_counts()
    assert requests["GET /user/vehicles/{id}/status"] == 1
    assert {"GET /user/vehicles/{id}/alerts", "GET /user/vehicles/{id}/trips"} <= requests.keys()


@pytest.mark.simulator(fleet=1, brand="peugeot")
@pytest.mark.parametrize(("status", "key"), [(500, "server_error"), (429, "rate_limited")])
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_refresh_button_error(hass: HomeAssistant, link: Link, control: Control, status: int, key: str) -> None:
    await link()
    await control.fault("/user/vehicles/{id}/status", status=status)
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call("button", "press", {"entity_id": REFRESH_BUTTON}, blocking=True)
    assert raised.value.translation_key == key
    await control.put("faults", [])
    await hass.services.async_call("button", "press", {"entity_id": REFRESH_BUTTON}, blocking=True)
