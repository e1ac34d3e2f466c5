"""Actions: their targets, invalid data, and errors."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.commands.actions import COMMAND_ACTIONS
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.features import list_actions
from custom_components.stellantis.services import ACTIONS
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import START, Control, call_action, car_devices, drive, private_strings

BATTERY = "sensor.ds_3_e_tense_battery"
FAULTS: dict[str, dict[str, Any]] = {
    "forbidden": {"status": 403},
    "invalid_response": {"garbage": "html"},
    "request_failed": {"status": 400},
    "server_error": {"status": 500},
    "rate_limited": {"status": 429, "retry_after": 3600},  # last, because the client then waits
}


async def get_error(hass: HomeAssistant, action: str, target: dict[str, Any], **data: Any) -> HomeAssistantError:
    """Return the error of an action; assert that it is translated."""
    with pytest.raises(HomeAssistantError) as raised:
        await call_action(hass, action, target, **data)
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key
    assert raised.value.translation_key not in str(raised.value), "not translated"
    return raised.value


# --- registration


async def test_actions_exist_without_account(hass: HomeAssistant, credentials: None) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert set(registered) == {action.name for action in (*ACTIONS, *list_actions())}
    only_with_response = {
        name for name, service in registered.items() if service.supports_response is SupportsResponse.ONLY
    }
    controls = {action.name for action in (*ACTIONS, *list_actions()) if action.is_control}
    assert controls >= set(COMMAND_ACTIONS)
    assert only_with_response == set(registered) - controls, "actions that only read always respond"
    assert {registered[name].supports_response for name in COMMAND_ACTIONS} == {SupportsResponse.OPTIONAL}
    error = await get_error(hass, "get_pictures", {"entity_id": BATTERY})
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "no_car"


async def test_descriptions_match_schemas(hass: HomeAssistant, credentials: None) -> None:
    """Every action describes all fields of its schema, and offers only targets of this integration."""
    assert await async_setup_component(hass, DOMAIN, {})
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    for action in (*ACTIONS, *list_actions()):
        description = described[action.name]
        assert description["target"] == {"entity": [{"integration": DOMAIN}]}
        assert set(description["fields"]) == {str(name) for name in action.schema}
        required = {name for name, field in description["fields"].items() if field.get("required")}
        assert required == {str(marker) for marker in action.schema if isinstance(marker, vol.Required)}
        # The defaults of the form equal those of the schema
        defaults = {name: field["default"] for name, field in description["fields"].items() if "default" in field}
        data = {"trip_id": "any", "slot": 1, "start": "07:00", "time": "07:30"}
        assert defaults.items() <= vol.Schema(action.schema)({name: data[name] for name in required}).items()


# --- targets


async def test_target_by_device_entity_area_floor_and_label(
    hass: HomeAssistant, link: Link, device_registry: dr.DeviceRegistry, entity_registry: er.EntityRegistry
) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    floor = fr.async_get(hass).async_create("Ground floor").floor_id
    garage = ar.async_get(hass).async_create("Garage", floor_id=floor).id
    label = lr.async_get(hass).async_create("Ours").label_id
    device_registry.async_update_device(car.id, area_id=garage, name_by_user="Our car")
    entity_registry.async_update_entity(BATTERY, labels={label})
    for target in (
        {"device_id": car.id},
        {"device_id": [car.id], "entity_id": [BATTERY, "sensor.ds_3_e_tense_last_update"]},
        {"entity_id": BATTERY},
        {"area_id": garage},
        {"floor_id": floor},
        {"label_id": label},
    ):
        responses = await call_action(hass, "get_pictures", target)
        assert list(responses) == [car.id], target
        assert responses[car.id]["name"] == "Our car"
        assert len(responses[car.id]["pictures"]) == 3


async def test_car_without_visible_entities(
    hass: HomeAssistant, link: Link, entity_registry: er.EntityRegistry
) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    for entity in er.async_entries_for_device(entity_registry, car.id):
        entity_registry.async_update_entity(entity.entity_id, hidden_by=er.RegistryEntryHider.USER)
    assert list(await call_action(hass, "get_pictures", {"device_id": car.id})) == [car.id]


async def test_several_cars(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Cars of several accounts respond."""
    first, second = await link("peugeot"), await link("ds")
    devices = [*car_devices(hass, first.entry_id), *car_devices(hass, second.entry_id)]
    responses = await call_action(hass, "get_alerts", {"device_id": [device.id for device in devices]})
    assert {key: response["name"] for key, response in responses.items()} == {
        device.id: device.name for device in devices
    }
    assert len(responses) == 4
    assert all(response["alerts"] == [] for response in responses.values())


async def test_error_of_one_of_several_cars(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link()
    devices = {device.serial_number: device for device in car_devices(hass, entry.entry_id)}
    broken, *others = await control.vehicles("peugeot")
    await control.fault(f"/user/vehicles/{broken['id']}/alerts", status=500)
    responses = await call_action(hass, "get_alerts", {"device_id": [device.id for device in devices.values()]})
    failed = devices[broken["vin"]]
    assert responses[failed.id] == {"name": failed.name, "error": "The server returned an error. Try again later"}
    assert [responses[devices[other["vin"]].id]["alerts"] for other in others] == [[], []]


@pytest.mark.parametrize("target", [{"device_id": "gone"}, {"entity_id": "sensor.other"}, {"area_id": "kitchen"}])
async def test_invalid_target(hass: HomeAssistant, link: Link, target: dict[str, str]) -> None:
    await link("ds")
    error = await get_error(hass, "get_pictures", target)
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "no_car"


async def test_devices_that_are_not_cars(hass: HomeAssistant, link: Link, device_registry: dr.DeviceRegistry) -> None:
    entry = await link("ds")
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    lamp = device_registry.async_get_or_create(config_entry_id=other.entry_id, identifiers={("other", "lamp")})
    account = device_registry.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    assert account
    error = await get_error(hass, "get_pictures", {"device_id": [lamp.id, account.id]})
    assert error.translation_key == "no_car"
    (car,) = car_devices(hass, entry.entry_id)
    assert list(await call_action(hass, "get_pictures", {"device_id": [lamp.id, account.id, car.id]})) == [car.id]


async def test_account_not_loaded(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
    error = await get_error(hass, "get_pictures", {"device_id": car.id})
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "not_loaded"
    assert "Ds" in str(error)
    (other,) = car_devices(hass, (await link("vauxhall")).entry_id)
    assert list(await call_action(hass, "get_pictures", {"device_id": other.id})) == [other.id]


async def test_disabled_account_is_not_targeted(hass: HomeAssistant, link: Link) -> None:
    """An area may contain cars of an enabled and of a disabled account."""
    entry, disabled = await link("ds"), await link("opel")
    devices = [device.id for account in (entry, disabled) for device in car_devices(hass, account.entry_id)]
    assert len(devices) == 3
    assert await hass.config_entries.async_set_disabled_by(disabled.entry_id, ConfigEntryDisabler.USER)
    assert disabled.state is ConfigEntryState.NOT_LOADED
    assert list(await call_action(hass, "get_pictures", {"device_id": devices})) == devices[:1]


# --- errors


@pytest.mark.parametrize(
    "action", ["get_trips", "get_trip", "get_alerts", "get_alarms", "get_collisions", "get_consumption"]
)
async def test_server_errors(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, action: str
) -> None:
    """The error says what went wrong and contains nothing private."""
    await drive(control, simulator, await control.vin("3 E-Tense"), 10)
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    data = {"trip_id": "any"} if action == "get_trip" else {"end": (START + timedelta(days=1)).isoformat()}
    for key, fault in FAULTS.items():
        if (action, key) == ("get_consumption", "forbidden"):
            continue  # telemetry is optional for the consumption
        await control.fault("/user/vehicles/{id}/*", **fault)
        error = await get_error(hass, action, {"device_id": car.id}, **data)
        assert not isinstance(error, ServiceValidationError)
        assert error.translation_key == key
        assert not [secret for secret in private_strings(simulator) if secret in str(error)]


async def test_missing_scopes(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds", scopes=["openid", "data:position"])
    (car,) = car_devices(hass, entry.entry_id)
    before = await control.request_counts()
    for action, permission in (
        ("get_trips", "Read trips"),
        ("get_trip", "Read trips"),
        ("get_consumption", "Read trips"),
        ("get_alerts", "Read alerts"),
        ("get_alarms", "Read the state of the car: battery, fuel, doors, mileage"),
        ("get_collisions", "Read collisions"),
        ("get_charging_sessions", "Read the state of the car: battery, fuel, doors, mileage"),
    ):
        data = {"trip_id": "any"} if action == "get_trip" else {}
        error = await get_error(hass, action, {"device_id": car.id}, **data)
        assert error.translation_key == "permission_missing"
        assert permission in str(error)
        assert "Ds" in str(error)
    assert await control.request_counts() == before, "checked without a request"


async def test_expired_grant_starts_reauth(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    await control.put("oauth", {"revoke": "ds"})
    error = await get_error(hass, "get_alerts", {"device_id": car.id})
    assert error.translation_key == "grant_expired"
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


@pytest.mark.parametrize("trip_id", ["unknown", "../../somebody", "a/b?c"])
async def test_unknown_trip(hass: HomeAssistant, link: Link, simulator: Simulator, trip_id: str) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    error = await get_error(hass, "get_trip", {"device_id": car.id}, trip_id=trip_id)
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "unknown_trip"
    assert not [secret for secret in private_strings(simulator) if secret in str(error)]


async def test_contradictory_data(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    before = await control.request_counts()
    backwards = {"start": "2026-11-02T00:00:00+01:00", "end": "2026-11-01T23:00:00+00:00"}
    for action, data, key in (
        ("get_trips", backwards, "ends_before_it_begins"),
        ("get_alerts", backwards, "ends_before_it_begins"),
        ("get_alarms", backwards, "ends_before_it_begins"),
        ("get_collisions", backwards, "ends_before_it_begins"),
        ("get_charging_sessions", backwards, "ends_before_it_begins"),
        ("get_consumption", backwards, "ends_before_it_begins"),
        ("get_trips", {"min_distance": 10, "max_distance": 9.9}, "distances_reversed"),
    ):
        error = await get_error(hass, action, {"device_id": car.id}, **data)
        assert isinstance(error, ServiceValidationError)
        assert error.translation_key == key
    assert await control.request_counts() == before


INVALID_DATA: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_trips", {"start": "yesterday"}),
    ("get_trips", {"start": "0001-01-01T00:00:00+01:00"}),
    ("get_alerts", {"end": "9999-12-31T23:59:59-01:00"}),
    ("get_consumption", {"end": "0001-01-02T00:00:00Z"}),
    ("get_trips", {"limit": 0}),
    ("get_trips", {"limit": 501}),
    ("get_trips", {"limit": "many"}),
    ("get_trips", {"min_distance": -1}),
    ("get_trips", {"max_distance": "far"}),
    ("get_trips", {"max_distance": float("nan")}),
    ("get_trips", {"speed": 5}),
    ("get_trip", {}),
    ("get_trip", {"trip_id": ""}),
    ("get_trip", {"trip_id": ".."}),
    ("get_trip", {"trip_id": ". "}),
    ("get_trip", {"trip_id": "any", "tolerance": -1}),
    ("get_trip", {"trip_id": "any", "tolerance": float("inf")}),
    ("get_alerts", {"active_only": "perhaps"}),
    ("get_alarms", {"types": ["theft"]}),
    ("get_consumption", {"end": 5}),
    ("get_pictures", {"size": "large"}),
)


async def test_invalid_data(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    for action, data in INVALID_DATA:
        with pytest.raises(vol.Invalid):
            await call_action(hass, action, {"device_id": car.id}, **data)


async def test_target_is_required(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    with pytest.raises(vol.Invalid):
        await call_action(hass, "get_pictures", {})


async def test_error_in_frontend(
    hass: HomeAssistant, link: Link, control: Control, hass_ws_client: WebSocketGenerator
) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "call_service",
            "domain": DOMAIN,
            "service": "get_trip",
            "service_data": {"trip_id": "unknown"},
            "target": {"device_id": car.id},
            "return_response": True,
        }
    )
    error = (await client.receive_json())["error"]
    assert (error["code"], error["translation_key"]) == ("service_validation_error", "unknown_trip")
    assert error["translation_domain"] == DOMAIN
