"""Actions: whom they ask, what they refuse, and what they say when something fails."""

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
    "rate_limited": {"status": 429, "retry_after": 3600},  # the last one: it is kept to
}


async def failure(hass: HomeAssistant, action: str, target: dict[str, Any], **said: Any) -> HomeAssistantError:
    """Return the error of an action, which has a text for people."""
    with pytest.raises(HomeAssistantError) as raised:
        await call_action(hass, action, target, **said)
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key
    assert raised.value.translation_key not in str(raised.value), "there is no text"
    return raised.value


# --- whether they are there


async def test_actions_are_there_without_an_account(hass: HomeAssistant, credentials: None) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert set(registered) == {action.name for action in ACTIONS}
    answering = {name for name, one in registered.items() if one.supports_response is SupportsResponse.ONLY}
    assert answering == set(registered) - set(COMMAND_ACTIONS), "what only reads is called for its answer"
    assert {registered[name].supports_response for name in COMMAND_ACTIONS} == {SupportsResponse.OPTIONAL}
    error = await failure(hass, "get_pictures", {"entity_id": BATTERY})
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "no_car"


async def test_form_shows_what_can_be_said(hass: HomeAssistant, credentials: None) -> None:
    """The form has a field for all that an action takes, and offers targets of this integration only."""
    assert await async_setup_component(hass, DOMAIN, {})
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    for action in ACTIONS:
        form = described[action.name]
        assert form["target"] == {"entity": [{"integration": DOMAIN}]}
        assert set(form["fields"]) == {str(name) for name in action.schema}
        required = {name for name, field in form["fields"].items() if field.get("required")}
        assert required == {str(marker) for marker in action.schema if isinstance(marker, vol.Required)}
        # What the form fills in is what counts where nothing is said
        filled = {name: field["default"] for name, field in form["fields"].items() if "default" in field}
        said = {"trip_id": "any", "slot": 1, "start": "07:00"}
        assert filled.items() <= vol.Schema(action.schema)({name: said[name] for name in required}).items()


# --- whom they ask


async def test_car_by_device_entity_area_floor_and_label(
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
        answer = await call_action(hass, "get_pictures", target)
        assert list(answer) == [car.id], target
        assert answer[car.id]["name"] == "Our car"
        assert len(answer[car.id]["pictures"]) == 3


async def test_car_without_visible_entities(
    hass: HomeAssistant, link: Link, entity_registry: er.EntityRegistry
) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    for entity in er.async_entries_for_device(entity_registry, car.id):
        entity_registry.async_update_entity(entity.entity_id, hidden_by=er.RegistryEntryHider.USER)
    assert list(await call_action(hass, "get_pictures", {"device_id": car.id})) == [car.id]


async def test_several_cars_answer_each(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Also of different accounts."""
    first, second = await link("peugeot"), await link("ds")
    devices = [*car_devices(hass, first.entry_id), *car_devices(hass, second.entry_id)]
    answer = await call_action(hass, "get_alerts", {"device_id": [device.id for device in devices]})
    assert {key: told["name"] for key, told in answer.items()} == {device.id: device.name for device in devices}
    assert len(answer) == 4
    assert all(told["alerts"] == [] for told in answer.values())


async def test_one_of_several_that_fails_says_so(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link()
    devices = {device.serial_number: device for device in car_devices(hass, entry.entry_id)}
    broken, *others = await control.vehicles("peugeot")
    await control.fault(f"/user/vehicles/{broken['id']}/alerts", status=500)
    answer = await call_action(hass, "get_alerts", {"device_id": [device.id for device in devices.values()]})
    failed = devices[broken["vin"]]
    assert answer[failed.id] == {"name": failed.name, "error": "The server has a problem. Try again later"}
    assert [answer[devices[other["vin"]].id]["alerts"] for other in others] == [[], []]


@pytest.mark.parametrize("target", [{"device_id": "gone"}, {"entity_id": "sensor.other"}, {"area_id": "kitchen"}])
async def test_target_that_is_no_car(hass: HomeAssistant, link: Link, target: dict[str, str]) -> None:
    await link("ds")
    error = await failure(hass, "get_pictures", target)
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "no_car"


async def test_other_devices_and_the_account_are_no_cars(
    hass: HomeAssistant, link: Link, device_registry: dr.DeviceRegistry
) -> None:
    entry = await link("ds")
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    lamp = device_registry.async_get_or_create(config_entry_id=other.entry_id, identifiers={("other", "lamp")})
    account = device_registry.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    assert account
    error = await failure(hass, "get_pictures", {"device_id": [lamp.id, account.id]})
    assert error.translation_key == "no_car"
    (car,) = car_devices(hass, entry.entry_id)
    assert list(await call_action(hass, "get_pictures", {"device_id": [lamp.id, account.id, car.id]})) == [car.id]


async def test_account_that_is_not_loaded(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
    error = await failure(hass, "get_pictures", {"device_id": car.id})
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "not_loaded"
    assert "Ds" in str(error)
    (other,) = car_devices(hass, (await link("vauxhall")).entry_id)
    assert list(await call_action(hass, "get_pictures", {"device_id": other.id})) == [other.id]


async def test_account_that_is_turned_off_is_no_target(hass: HomeAssistant, link: Link) -> None:
    """An area may hold a car that is in use, and one that is not."""
    entry, off = await link("ds"), await link("opel")
    devices = [device.id for one in (entry, off) for device in car_devices(hass, one.entry_id)]
    assert len(devices) == 3
    assert await hass.config_entries.async_set_disabled_by(off.entry_id, ConfigEntryDisabler.USER)
    assert off.state is ConfigEntryState.NOT_LOADED
    assert list(await call_action(hass, "get_pictures", {"device_id": devices})) == devices[:1]


# --- what fails


@pytest.mark.parametrize("action", ["get_trips", "get_trip", "get_alerts", "get_alarms", "get_consumption"])
async def test_server_fails(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, action: str
) -> None:
    """What is raised where the person acted says what went wrong, and nothing about who and where."""
    await drive(control, simulator, await control.vin("3 E-Tense"), 10)
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    said = {"trip_id": "any"} if action == "get_trip" else {"end": (START + timedelta(days=1)).isoformat()}
    for key, fault in FAULTS.items():
        if (action, key) == ("get_consumption", "forbidden"):
            continue  # who may not read what was measured is told the consumption all the same
        await control.fault("/user/vehicles/{id}/*", **fault)
        error = await failure(hass, action, {"device_id": car.id}, **said)
        assert not isinstance(error, ServiceValidationError)
        assert error.translation_key == key
        assert not [word for word in private_strings(simulator) if word in str(error)]


async def test_rights_that_were_not_granted(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds", scopes=["openid", "data:position"])
    (car,) = car_devices(hass, entry.entry_id)
    before = await control.request_counts()
    for action, right in (
        ("get_trips", "data:trip"),
        ("get_trip", "data:trip"),
        ("get_consumption", "data:trip"),
        ("get_alerts", "data:alert"),
        ("get_alarms", "data:telemetry"),
        ("get_charging_sessions", "data:telemetry"),
    ):
        said = {"trip_id": "any"} if action == "get_trip" else {}
        error = await failure(hass, action, {"device_id": car.id}, **said)
        assert error.translation_key == "right_missing"
        assert right in str(error)
        assert "Ds" in str(error)
    assert await control.request_counts() == before, "it was clear without asking"


async def test_dead_grant_asks_for_consent(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    await control.put("oauth", {"revoke": "ds"})
    error = await failure(hass, "get_alerts", {"device_id": car.id})
    assert error.translation_key == "grant_expired"
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


@pytest.mark.parametrize("trip_id", ["unknown", "../../somebody", "a/b?c"])
async def test_trip_that_there_is_not(hass: HomeAssistant, link: Link, simulator: Simulator, trip_id: str) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    error = await failure(hass, "get_trip", {"device_id": car.id}, trip_id=trip_id)
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "unknown_trip"
    assert not [word for word in private_strings(simulator) if word in str(error)]


async def test_what_contradicts_itself(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    before = await control.request_counts()
    backwards = {"start": "2026-11-02T00:00:00+01:00", "end": "2026-11-01T23:00:00+00:00"}
    for action, said, key in (
        ("get_trips", backwards, "ends_before_it_begins"),
        ("get_alerts", backwards, "ends_before_it_begins"),
        ("get_alarms", backwards, "ends_before_it_begins"),
        ("get_charging_sessions", backwards, "ends_before_it_begins"),
        ("get_consumption", backwards, "ends_before_it_begins"),
        ("get_trips", {"min_distance": 10, "max_distance": 9.9}, "distances_reversed"),
    ):
        error = await failure(hass, action, {"device_id": car.id}, **said)
        assert isinstance(error, ServiceValidationError)
        assert error.translation_key == key
    assert await control.request_counts() == before


REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
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


async def test_schema_refuses(hass: HomeAssistant, link: Link) -> None:
    entry = await link("ds")
    (car,) = car_devices(hass, entry.entry_id)
    for action, said in REFUSED:
        with pytest.raises(vol.Invalid):
            await call_action(hass, action, {"device_id": car.id}, **said)


async def test_target_is_asked_for(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    with pytest.raises(vol.Invalid):
        await call_action(hass, "get_pictures", {})


async def test_frontend_is_told_what_went_wrong(
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
