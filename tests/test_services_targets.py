"""Which cars an action runs for: what the user may access, each car once, and none refused because of another."""

from datetime import timedelta
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.features.departure.departures import Departure
from custom_components.stellantis.features.departure.manager import DepartureRecord, get_manager
from custom_components.stellantis.features.thief_mode.data import get_tracker
from custom_components.stellantis.features.thief_mode.tracking import Reason, Tracking
from tests.conftest import Link
from tests.support.helpers import Control, call_action, car_devices

READ_ONLY = {"entities": {"all": {POLICY_READ: True}}}
CONTROL_BATTERY = {
    "entities": {"entity_ids": {"sensor.ds_3_e_tense_battery": {POLICY_CONTROL: True, POLICY_READ: True}}}
}


async def run(hass: HomeAssistant, action: str, target: dict[str, Any], user_id: str, **data: Any) -> Any:
    """Run an action as a user."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, target=target, return_response=True, context=Context(user_id=user_id)
    )


async def test_permissions(hass: HomeAssistant, link: Link, control: Control, hass_admin_user: MockUser) -> None:
    (car,) = car_devices(hass, (await link("ds")).entry_id)
    target = {"device_id": car.id}
    reader, nobody, battery = (MockUser().add_to_hass(hass) for _ in range(3))
    reader.mock_policy(READ_ONLY)
    nobody.mock_policy({})
    battery.mock_policy(CONTROL_BATTERY)
    assert await run(hass, "get_pictures", target, reader.id)
    assert await run(hass, "get_pictures", target, hass_admin_user.id)
    for user, action, chosen in (
        (reader, "wake_up", target),
        (reader, "wake_up", {"entity_id": "sensor.ds_3_e_tense_battery"}),
        (nobody, "get_pictures", target),
        (nobody, "get_trips", {"entity_id": "sensor.ds_3_e_tense_battery"}),
        (battery, "get_pictures", target),
    ):
        with pytest.raises(Unauthorized):
            await run(hass, action, chosen, user.id)
    assert await run(hass, "get_pictures", {"entity_id": "sensor.ds_3_e_tense_battery"}, battery.id)
    with pytest.raises(UnknownUser):
        await run(hass, "get_pictures", target, "nobody")
    assert await control.get("remotes") == []


async def test_places_of_other_entities_need_permission(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link("ds")
    hass.states.async_set("person.somebody", "home", {"latitude": 48.0, "longitude": 2.0})
    user = MockUser().add_to_hass(hass)
    user.mock_policy(CONTROL_BATTERY)
    with pytest.raises(Unauthorized):
        await run(
            hass, "send_navigation", {"entity_id": "sensor.ds_3_e_tense_battery"}, user.id, entities=["person.somebody"]
        )
    assert await control.get("remotes") == []


async def test_car_in_two_accounts_is_targeted_once(hass: HomeAssistant, link: Link) -> None:
    entries = [await link("ds"), await link("ds", unique_id="partner")]
    devices = {device.id for entry in entries for device in car_devices(hass, entry.entry_id)}
    responses = await call_action(hass, "get_pictures", {"device_id": list(devices)})
    assert len(responses) == 1

    # The account that knows more is asked
    now = dt_util.utcnow()
    (partners,) = entries[1].runtime_data.cars.values()
    get_tracker(partners).tracking = Tracking(started=now, until=now, reason=Reason.PERSON, is_active=False)
    (track,) = (await call_action(hass, "get_theft_track", {"device_id": list(devices)})).values()
    assert track["reason"] == "person"

    # What is deleted is deleted in all accounts
    departure = Departure(uid="a", at=now + timedelta(days=1))
    for entry in entries:
        (car,) = entry.runtime_data.cars.values()
        get_manager(car).record = DepartureRecord(departures=(departure,))
    (deleted,) = (await call_action(hass, "delete_departures", {"device_id": list(devices)})).values()
    assert deleted["deleted"] == 2
    with pytest.raises(ServiceValidationError, match="Provide a trip ID"):
        await call_action(hass, "erase_trip_paths", {"device_id": list(devices)})
    assert await hass.config_entries.async_unload(entries[0].entry_id)
    responses = await call_action(hass, "get_pictures", {"device_id": list(devices)})
    assert [list(response) for response in responses.values()] == [["name", "pictures"]]


async def test_account_that_is_not_loaded_does_not_refuse_others(hass: HomeAssistant, link: Link) -> None:
    unloaded, loaded = await link("ds"), await link("vauxhall")
    (first,), (second,) = (car_devices(hass, entry.entry_id) for entry in (unloaded, loaded))
    assert await hass.config_entries.async_unload(unloaded.entry_id)
    responses = await call_action(hass, "get_pictures", {"device_id": [first.id, second.id]})
    assert "not loaded" in responses[first.id]["error"]
    assert "pictures" in responses[second.id]
    with pytest.raises(ServiceValidationError):
        await call_action(hass, "get_pictures", {"device_id": first.id})
