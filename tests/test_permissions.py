"""What a car may not be told: what is left of it, and what is said of it. And reading at once, which anyone may."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.auth.oauth import SCOPES
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, only_car

NO_COMMANDS = [scope for scope in SCOPES if not scope.startswith("remote:")]
COMMANDED = ("climate", "lock", "number", "select", "switch", "time")
READ_NOW = "button.peugeot_e_208_read_now"


def missing(hass: HomeAssistant) -> list[dict[str, str]]:
    """Return what is said of rights that were not granted."""
    issues = ir.async_get(hass).issues.values()
    return [dict(one.translation_placeholders or {}) for one in issues if one.translation_key == "missing_rights"]


def commanded(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the domains of the entities by which the cars of an entry are told something."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {one.domain for one in entities} & set(COMMANDED)


async def grant(hass: HomeAssistant, entry: MockConfigEntry, control: Control, scopes: Iterable[str]) -> None:
    """Have the account linked again with other rights."""
    token = await control.post("token", {"brand": entry.data["brand"], "scopes": list(scopes)})
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": {**entry.data["token"], **token}})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_repair_comes_and_goes_with_the_rights(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("vauxhall")
    assert missing(hass) == []
    everything = commanded(hass, entry)
    assert {"climate", "lock", "number", "switch"} <= everything
    await grant(hass, entry, control, [*NO_COMMANDS, "remote:charging:write", "remote:door:write"])
    (told,) = missing(hass)
    assert told["account"] == "Vauxhall"
    assert told["car"] == only_car(entry).device.name
    assert "remote:door:write" not in told["rights"]
    assert "remote:preconditioning:write" in told["rights"].split(", ")
    assert told["rights"].split(", ") == sorted(told["rights"].split(", "))
    assert "lock" in commanded(hass, entry)
    assert "climate" not in commanded(hass, entry), "what it may be told no more, it has no more"
    await grant(hass, entry, control, NO_COMMANDS)
    assert len(missing(hass)) == 1
    assert commanded(hass, entry) == set()
    await grant(hass, entry, control, SCOPES)
    assert missing(hass) == []
    assert commanded(hass, entry) == everything


async def test_repair_goes_with_the_car_and_with_the_account(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("vauxhall", scopes=NO_COMMANDS)
    assert len(missing(hass)) == 1
    (gone,) = await control.vehicles("vauxhall")
    await control.post("vehicles", {"brand": "vauxhall"})
    await control.delete(f"vehicles/{gone['vin']}")
    await advance_time(hass, 6 * 3600 + 1)
    assert [one["car"] for one in missing(hass)] == [only_car(entry).device.name]
    await hass.config_entries.async_remove(entry.entry_id)
    assert missing(hass) == []


async def test_no_repair_where_a_car_is_able_to_do_nothing(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds", scopes=NO_COMMANDS)
    assert missing(hass) == []
    assert commanded(hass, entry) == set()


@pytest.mark.simulator(fleet=1, brand="peugeot")
async def test_read_now(hass: HomeAssistant, link: Link, control: Control) -> None:
    """All is read, also what the car had nothing of the last time."""
    await control.fault("/user/vehicles/{id}/maintenance", status=404)
    entry = await link(scopes=NO_COMMANDS)
    (gone,) = [one for one in only_car(entry).coordinators if one.endpoint.key == "maintenance"]
    assert gone.is_suspended
    await control.put("faults", [])
    await control.delete("requests")
    await control.patch(only_car(entry).vin, level=33)
    await hass.services.async_call("button", "press", {"entity_id": READ_NOW}, blocking=True)
    electric = only_car(entry).status.data.electric
    assert electric
    assert electric.level == 33
    assert gone.has_data
    asked = await control.request_counts()
    assert asked["GET /user/vehicles/{id}/status"] == 1
    assert {"GET /user/vehicles/{id}/alerts", "GET /user/vehicles/{id}/trips"} <= asked.keys()


@pytest.mark.simulator(fleet=1, brand="peugeot")
@pytest.mark.parametrize(("status", "key"), [(500, "server_error"), (429, "rate_limited")])
async def test_read_now_says_why_not(hass: HomeAssistant, link: Link, control: Control, status: int, key: str) -> None:
    await link()
    await control.fault("/user/vehicles/{id}/status", status=status)
    with pytest.raises(HomeAssistantError) as failed:
        await hass.services.async_call("button", "press", {"entity_id": READ_NOW}, blocking=True)
    assert failed.value.translation_key == key
    await control.put("faults", [])
    await hass.services.async_call("button", "press", {"entity_id": READ_NOW}, blocking=True)
