"""What users of Home Assistant may do with cars, by action and by entity, with Home Assistant's groups and policies."""

from typing import Any, Final

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import Group
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.stellantis.commands.actions import COMMAND_ACTIONS
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.features import list_actions
from custom_components.stellantis.services import ACTIONS
from tests.conftest import Link
from tests.support.helpers import Control, car_devices

# What each action requires besides its target
DATA: Final[dict[str, dict[str, Any]]] = {
    "get_trip": {"trip_id": "1"},
    "plan_departure": {"time": "07:30"},
    "send_navigation": {"points": [{"latitude": 48.0, "longitude": 2.0}]},
    "set_preconditioning_program": {"slot": 1, "start": "07:00"},
    "delete_preconditioning_program": {"slot": 1},
    "set_charging_schedule": {"delayed_start": "22:00"},
    "set_charging_preferences": {"level": "level_1"},
}
# Entities that send a command: domain, end of the unique id, action, data
ENTITY_ACTIONS: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("button", "wake_up", "press", {}),
    ("climate", "preconditioning", "turn_on", {}),
    ("lock", "central_locking", "lock", {}),
    ("lock", "central_locking", "unlock", {}),
    ("switch", "charging", "turn_on", {}),
    ("number", "charge_limit", "set_value", {"value": 80}),
)


async def run(hass: HomeAssistant, action: str, target: dict[str, Any], user_id: str) -> Any:
    """Run an action of the integration as a user."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        DATA.get(action, {}),
        blocking=True,
        target=target,
        return_response=True,
        context=Context(user_id=user_id),
    )


@pytest.mark.simulator(fleet=1, brand="peugeot")
async def test_groups(hass: HomeAssistant, link: Link, control: Control, hass_owner_user: MockUser) -> None:
    """Readers may read, only users may change something, and without a group nothing is allowed."""
    entry = await link()
    (car,) = car_devices(hass, entry.entry_id)
    reader = await hass.auth.async_create_user("Reader", group_ids=[GROUP_ID_READ_ONLY])
    nobody = await hass.auth.async_create_user("Nobody", group_ids=[])
    target = {"device_id": car.id}
    for action in (*ACTIONS, *list_actions()):
        with pytest.raises(Unauthorized):
            await run(hass, action.name, target, nobody.id)
    controls = {action.name for action in (*ACTIONS, *list_actions()) if action.is_control}
    assert controls > set(COMMAND_ACTIONS)
    for name in controls:
        with pytest.raises(Unauthorized):
            await run(hass, name, target, reader.id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    for domain, key, action_name, data in ENTITY_ACTIONS:
        (entity_id,) = [
            entity.entity_id for entity in entities if entity.domain == domain and entity.unique_id.endswith(f"_{key}")
        ]
        for user in (reader, nobody):
            with pytest.raises(Unauthorized):
                await hass.services.async_call(
                    domain,
                    action_name,
                    {"entity_id": entity_id, **data},
                    blocking=True,
                    context=Context(user_id=user.id),
                )
    assert await control.get("remotes") == []
    assert await run(hass, "get_trips", target, reader.id)
    user = await hass.auth.async_create_user("User", group_ids=[GROUP_ID_USER])
    assert await run(hass, "get_commands", target, user.id)


async def test_every_way_to_target_a_car(
    hass: HomeAssistant, link: Link, control: Control, hass_owner_user: MockUser
) -> None:
    """Who may control one car reaches no other, however it is targeted; and an action for both does nothing."""
    (allowed,) = car_devices(hass, (await link("ds")).entry_id)
    (forbidden,) = car_devices(hass, (await link("vauxhall")).entry_id)
    area = ar.async_get(hass).async_create("Garage")
    devices = dr.async_get(hass)
    devices.async_update_device(forbidden.id, area_id=area.id, labels={"car"})
    policy = {"entities": {"device_ids": {allowed.id: {POLICY_CONTROL: True, POLICY_READ: True}}}}
    hass.auth._store._perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    hass.auth._store._groups["one_car"] = Group(id="one_car", name="One car", policy=policy)
    user = await hass.auth.async_create_user("User of one car", group_ids=["one_car"])
    (entity, *_) = er.async_entries_for_device(er.async_get(hass), forbidden.id)
    assert await run(hass, "get_commands", {"device_id": allowed.id}, user.id)
    for target in (
        {"device_id": forbidden.id},
        {"device_id": [allowed.id, forbidden.id]},
        {"entity_id": entity.entity_id},
        {"area_id": area.id},
        {"label_id": "car"},
    ):
        for action in ("get_trips", "wake_up"):
            with pytest.raises(Unauthorized):
                await run(hass, action, target, user.id)
    assert await control.get("remotes") == []
