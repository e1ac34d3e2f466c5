"""Triggers and conditions are offered for the cars that can have them, in the editor's words."""

from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.api import AlertMessage
from custom_components.stellantis.condition import CONDITIONS
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.trigger import TRIGGERS
from custom_components.stellantis.vehicle.command import CommandType
from tests.conftest import Link
from tests.support.helpers import Control, only_car
from tests.support.offered import OFFERED

from .support.source import COMPONENT, load_json

# Home Assistant offers these for a car, so that there are none of our own
CORE_CONDITIONS: Final = {"battery.is_charging", "battery.is_level", "door.is_open", "lock.is_locked", "zone.in_zone"}


async def offered(client: Any, kind: str, device_id: str) -> set[str]:
    """Return the triggers or conditions that are offered for a device."""
    await client.send_json_auto_id({"type": f"get_{kind}_for_target", "target": {"device_id": [device_id]}})
    response = await client.receive_json()
    assert response["success"], response
    return set(response["result"])


@pytest.mark.simulator(fleet=1, brand="peugeot")
async def test_failed_commands_of_a_car_that_can_only_be_charged(
    hass: HomeAssistant, link: Link, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "automation", {})
    entry = await link(scopes=["openid", "data:telemetry", "remote:charging:write"])
    found = await offered(await hass_ws_client(hass), "triggers", only_car(entry).device.id)
    assert "stellantis.command_failed" in found


async def test_offered_for_the_device_of_a_car(
    hass: HomeAssistant, link: Link, control: Control, hass_ws_client: WebSocketGenerator
) -> None:
    for domain in ("automation", "battery", "door"):
        assert await async_setup_component(hass, domain, {})
    entries = {brand: await link(brand) for brand in ("peugeot", "citroen")}
    client = await hass_ws_client(hass)

    for (brand, model), (triggers, conditions) in OFFERED.items():
        device = entries[brand].runtime_data.cars[await control.vin(model)].device
        for kind, expected in (("triggers", triggers), ("conditions", conditions)):
            found = await offered(client, kind, device.id)
            assert {key.removeprefix(f"{DOMAIN}.") for key in found if key.startswith(DOMAIN)} == expected, model
            if model == "e-208" and kind == "conditions":
                assert found >= CORE_CONDITIONS
    account = entries["peugeot"].runtime_data.device_id
    assert not {key for key in await offered(client, "triggers", account) if key.startswith(DOMAIN)}


def test_descriptions_are_complete() -> None:
    texts, icons = load_json(COMPONENT / "strings.json"), load_json(COMPONENT / "icons.json")
    for kind, table in (("triggers", TRIGGERS), ("conditions", CONDITIONS)):
        described = load_yaml_dict(str(COMPONENT / f"{kind}.yaml"))
        keys = [key for key in described if not str(key).startswith(".")]
        assert keys == sorted(table)
        assert texts[kind].keys() == icons[kind].keys() == table.keys()
        for key in keys:
            fields = set((described[key] or {}).get("fields", {}))
            assert fields == texts[kind][key].get("fields", {}).keys(), key


def test_options_are_those_of_the_api() -> None:
    warnings = [message.name.lower() for message in AlertMessage]
    for kind in ("triggers", "conditions"):
        described: Any = load_yaml_dict(str(COMPONENT / f"{kind}.yaml"))
        assert described[".warning"]["selector"]["select"]["options"] == warnings
    triggers: Any = load_yaml_dict(str(COMPONENT / "triggers.yaml"))
    commands = triggers["command_failed"]["fields"]["command"]["selector"]["select"]["options"]
    assert (
        commands == list(CommandType) == list(load_json(COMPONENT / "strings.json")["selector"]["command"]["options"])
    )
