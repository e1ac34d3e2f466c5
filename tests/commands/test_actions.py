"""Actions that send commands: the payload, rejected data, and the response."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import probatio as vol
import pytest

from custom_components.stellantis.commands.actions import COMMAND_ACTIONS
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.vehicle.capabilities import CommandFeature
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester, Json
from tests.support.entity_actions import actual_car, assert_fails, sent_commands
from tests.support.helpers import Control, call_action_on_only_car, car_devices, get_state
from tests.support.source import COMPONENT, load_json

pytestmark = pytest.mark.simulator(**ONE_CAR)
with_two_cars = pytest.mark.simulator(**{**ONE_CAR, "fleet": 2})

WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
PARIS = {"latitude": 48.85, "longitude": 2.35}
EIFFEL = {"latitude": 48.8584, "longitude": 2.2945}
SCOPES = ("wakeup", "navigation", "preconditioning", "charging")
PERMISSIONS = load_json(COMPONENT / "strings.json")["selector"]["scope"]["options"]
ACTION_DATA: dict[str, Json] = {
    "wake_up": {},
    "send_navigation": {"points": [PARIS]},
    "set_preconditioning_program": {"slot": 2, "start": "06:30"},
    "delete_preconditioning_program": {"slot": 1},
    "set_charging_schedule": {"delayed_start": "23:00"},
    "set_charging_preferences": {"level": "level_1"},
}


def position_payload(longitude: float, latitude: float) -> Json:
    """Return the payload of a position."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def program_payload(slot: int, start: str, days: list[str], **options: Any) -> Json:
    """Return the payload that sets a preconditioning program."""
    program = {"slot": slot, "enabled": True, "start": start, "occurence": {"day": days}, "recurrence": "Daily"}
    return {"preconditioning": {"airConditioning": {"programs": [{**program, "actionsType": "Set", **options}]}}}


def charging_payload(**schedule: Any) -> Json:
    """Return the payload of a charging schedule."""
    return {"charging": {"schedule": schedule}}


def start_action(tester: CommandTester, action: str, *, response: bool = True, **data: Any) -> asyncio.Task[Any]:
    """Call an action for all cars of the account, in a task."""
    ids = [device.id for device in car_devices(tester.hass, tester.entry.entry_id)]
    return tester.hass.async_create_task(
        tester.hass.services.async_call(
            DOMAIN, action, data, blocking=True, target={"device_id": ids}, return_response=response
        )
    )


async def run_action(tester: CommandTester, action: str, **data: Any) -> Json:
    """Call an action for the only car, advance the clock until the command has ended, and return the response."""
    task = start_action(tester, action, **data)
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    (response,) = (await task).values()
    return dict(response)


async def assert_rejected(tester: CommandTester, action: str, key: str, **data: Any) -> None:
    """Assert that an action rejects its data and sends nothing."""
    task = start_action(tester, action, **data)
    await assert_fails(task, key)
    assert isinstance(task.exception(), ServiceValidationError)
    assert await tester.post_count() == 0


@pytest.mark.parametrize(
    ("action", "data", "body"),
    [
        ("wake_up", {}, {"wakeUp": {"action": "WakeUp"}}),
        ("send_navigation", {"points": PARIS}, {"navigation": {"positions": [position_payload(2.35, 48.85)]}}),
        (
            "send_navigation",
            {"points": [{**PARIS, "name": "Paris"}, EIFFEL]},
            {"navigation": {"positions": [position_payload(2.35, 48.85), position_payload(2.2945, 48.8584)]}},
        ),
        ("set_preconditioning_program", {"slot": 2, "start": "06:30:45"}, program_payload(2, "PT6H30M", WEEK)),
        (
            "set_preconditioning_program",
            {"slot": "4", "start": "00:00", "days": ["sun", "mon", "sun"], "enabled": False, "repeat": False},
            program_payload(4, "PT0S", ["Mon", "Sun"], enabled=False, recurrence="None"),
        ),
        (
            "set_preconditioning_program",
            {"slot": 1, "start": "23:59", "days": "wed"},
            program_payload(1, "PT23H59M", ["Wed"]),
        ),
        (
            "delete_preconditioning_program",
            {"slot": 1},
            {
                "preconditioning": {
                    "airConditioning": {"programs": [{"slot": 1, "start": "PT0S", "actionsType": "Delete"}]}
                }
            },
        ),
        (
            "set_charging_schedule",
            {"programs": [{"start": "22:30", "end": "06:00", "days": ["fri", "mon"]}, {"start": "13:00"}]},
            charging_payload(
                programs=[
                    {"start": "PT22H30M", "end": "PT6H", "occurence": {"day": ["Mon", "Fri"]}, "enabled": True},
                    {"start": "PT13H", "occurence": {"day": WEEK}, "enabled": True},
                ]
            ),
        ),
        (
            "set_charging_schedule",
            {"programs": {"start": "22:30", "enabled": False}},
            charging_payload(programs=[{"start": "PT22H30M", "occurence": {"day": WEEK}, "enabled": False}]),
        ),
        (
            "set_charging_preferences",
            {"level": "level_3", "type": "partial"},
            {"charging": {"preferences": {"level": "Level3", "type": "Partial"}}},
        ),
        ("set_charging_preferences", {"type": "partial"}, {"charging": {"preferences": {"type": "Partial"}}}),
    ],
)
async def test_payload(tester: CommandTester, action: str, data: Json, body: Json) -> None:
    response = await run_action(tester, action, **data)
    assert response.pop("duration") >= 0
    assert response == {"name": "PEUGEOT e-208", "result": "success"}
    assert await sent_commands(tester) == [body]


async def test_delayed_charge(tester: CommandTester) -> None:
    """A delayed charge is sent as the next occurrence of the time of day."""
    await tester.hass.config.async_set_time_zone("Etc/GMT-1")
    now = dt_util.utcnow()
    assert (await run_action(tester, "set_charging_schedule", delayed_start="00:10"))["result"] == "success"
    (body,) = await sent_commands(tester)
    at = datetime.fromisoformat(body["charging"]["schedule"]["nextDelayedTime"])
    assert now < at
    assert dt_util.as_local(at).time() == time(0, 10)
    assert (await actual_car(tester))["delayed_start"] == 600
    assert get_state(tester.hass, "time.peugeot_e_208_delayed_charge") == "00:10:00"


async def test_effect_on_car(tester: CommandTester) -> None:
    """Programs add and empty their entities; places reach the navigation."""
    await run_action(tester, "set_preconditioning_program", slot=3, start="06:30", days=["sat"])
    await tester.hass.async_block_till_done()
    assert (await actual_car(tester))["air_programs"]["3"]["days"] == ["Sat"]
    assert get_state(tester.hass, "switch.peugeot_e_208_program_3") == "on"
    assert get_state(tester.hass, "time.peugeot_e_208_program_3_start") == "06:30:00"
    await run_action(tester, "delete_preconditioning_program", slot=3)
    assert (await actual_car(tester))["air_programs"].keys() == {"1"}
    for _ in range(2):
        assert get_state(tester.hass, "switch.peugeot_e_208_program_3") == "unknown"
        await tester.car.status.async_refresh()
    await run_action(tester, "send_navigation", points=[PARIS, EIFFEL])
    assert (await actual_car(tester))["destinations"] == [[2.35, 48.85], [2.2945, 48.8584]]


async def test_places_from_entities(tester: CommandTester) -> None:
    """The positions of entities follow the given points."""
    tester.hass.states.async_set("zone.work", "0", {"latitude": 45.0, "longitude": 5.0})
    tester.hass.states.async_set("person.ann", "home", {"latitude": 46.0, "longitude": 6.0})
    await run_action(tester, "send_navigation", points=[PARIS], entities="zone.work, person.ann")
    assert (await actual_car(tester))["destinations"] == [[2.35, 48.85], [5.0, 45.0], [6.0, 46.0]]


async def test_entity_without_position(tester: CommandTester) -> None:
    tester.hass.states.async_set("person.ann", "not_home", {})
    for entity in ("person.ann", "zone.nowhere"):
        await assert_rejected(tester, "send_navigation", "no_place", points=[PARIS], entities=[entity])


async def test_number_of_places(tester: CommandTester) -> None:
    tester.hass.states.async_set("zone.work", "0", {"latitude": 45.0, "longitude": 5.0})
    await assert_rejected(tester, "send_navigation", "number_of_places")
    await assert_rejected(tester, "send_navigation", "number_of_places", points=[PARIS] * 10, entities=["zone.work"])
    await run_action(tester, "send_navigation", points=[PARIS] * 9, entities=["zone.work"])
    assert len((await actual_car(tester))["destinations"]) == 10


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("send_navigation", {"points": [PARIS] * 11}),
        ("send_navigation", {"points": [{"latitude": 48.85}]}),
        ("send_navigation", {"points": [{"latitude": 91, "longitude": 2}]}),
        ("send_navigation", {"entities": "Paris"}),
        ("set_preconditioning_program", {"slot": 5, "start": "06:30"}),
        ("set_preconditioning_program", {"slot": 1}),
        ("set_preconditioning_program", {"start": "06:30"}),
        ("set_preconditioning_program", {"slot": 1, "start": "25:00"}),
        ("set_preconditioning_program", {"slot": 1, "start": "06:30", "days": []}),
        ("set_preconditioning_program", {"slot": 1, "start": "06:30", "days": ["monday"]}),
        ("delete_preconditioning_program", {"slot": 0}),
        ("delete_preconditioning_program", {}),
        ("set_charging_schedule", {"programs": []}),
        ("set_charging_preferences", {"level": "level_6"}),
        ("set_charging_preferences", {"type": "half"}),
        ("wake_up", {"now": True}),
    ],
    ids=str,
)
async def test_invalid_data(tester: CommandTester, action: str, data: Json) -> None:
    with pytest.raises(vol.Invalid):
        await start_action(tester, action, **data)
    assert await tester.post_count() == 0


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("set_charging_schedule", {}, "delay_or_programs"),
        ("set_charging_schedule", {"delayed_start": "00:00", "programs": [{"start": "01:00"}]}, "delay_or_programs"),
        ("set_charging_preferences", {}, "level_or_type"),
    ],
)
async def test_exclusive_fields(tester: CommandTester, action: str, data: Json, key: str) -> None:
    await assert_rejected(tester, action, key, **data)


@pytest.mark.parametrize("response", [True, False])
async def test_failure(tester: CommandTester, response: bool) -> None:
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    task = start_action(tester, "wake_up", response=response)
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await assert_fails(task, "vehicle_in_use")
    assert not isinstance(task.exception(), ServiceValidationError), "the data was valid"


async def test_no_response_unless_requested(tester: CommandTester) -> None:
    task = start_action(tester, "wake_up", response=False)
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    assert await task is None


def test_required_features() -> None:
    needs = COMMAND_ACTIONS["set_charging_preferences"].required_fn
    assert needs({"level": "level_1", "type": "full"}) == {CommandFeature.CHARGING_LEVEL, CommandFeature.CHARGING_TYPE}
    assert needs({"type": "full"}) == {CommandFeature.CHARGING_TYPE}


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("set_preconditioning_program", {"slot": 3, "start": "07:00"}),
        ("delete_preconditioning_program", {"slot": 3}),
        ("set_charging_schedule", {"programs": [{"start": "22:00"}] * 3}),
    ],
)
async def test_more_programs_than_car_has_room_for(tester: CommandTester, action: str, data: Json) -> None:
    """They are rejected before anything is sent."""
    with patch(
        "custom_components.stellantis.vehicle.capabilities._sizes",
        return_value={CommandFeature.PRECONDITIONING_PROGRAMS: 2, CommandFeature.CHARGING_PROGRAMS: 2},
    ):
        tester.car.update_vehicle(replace(tester.car.vehicle))  # listed anew
        await assert_fails(start_action(tester, action, **data), "too_many_programs")
    assert await tester.remotes() == []


# --- several cars


@with_two_cars
async def test_one_of_two_cars_fails(two_cars: list[CommandTester]) -> None:
    """With a response, it contains the error; without one, the error is raised although the other car succeeded."""
    good, bad = two_cars
    for response in (True, False):
        await good.control.patch(bad.vin, battery_12v=40)
        for car in two_cars:
            await good.control.patch(car.vin, asleep=True)
        task = start_action(good, "wake_up", response=response)
        await wait_until_both_sent(two_cars)
        await good.advance_clock(60)
        if response:
            responses = await task
            by_vin = {car.vin: responses[car.car.device.id] for car in two_cars}
            assert (by_vin[good.vin]["name"], by_vin[good.vin]["result"]) == ("PEUGEOT e-208", "success")
            assert by_vin[bad.vin].keys() == {"name", "error"}
            assert "12 V" in by_vin[bad.vin]["error"]
        else:
            await assert_fails(task, "battery_too_low")
        assert not (await actual_car(good))["asleep"]
    vehicle_ids = [remote["vehicle"] for remote in await good.remotes()]
    assert [vehicle_ids.count(car.car.status.vehicle_id) for car in two_cars] == [2, 2]


@with_two_cars
async def test_two_cars_succeed(two_cars: list[CommandTester]) -> None:
    task = start_action(two_cars[0], "send_navigation", points=[PARIS])
    await wait_until_both_sent(two_cars)
    await two_cars[0].advance_clock(60)
    assert [response["result"] for response in (await task).values()] == ["success", "success"]
    for car in two_cars:
        assert (await actual_car(car))["destinations"] == [[2.35, 48.85]]


@with_two_cars
async def test_one_of_two_cars_lacks_feature(two_cars: list[CommandTester]) -> None:
    able, other = two_cars
    task = start_action(able, "set_charging_preferences", level="level_1", type="partial")
    await able.wait_until(able.has_remote_id)
    await able.advance_clock(60)
    responses = await task
    assert responses[able.car.device.id]["result"] == "success"
    assert responses[other.car.device.id] == {
        "name": "PEUGEOT 308 Hybrid",
        "error": "This car does not support this command",
    }
    assert len(await able.remotes()) == 1


async def wait_until_both_sent(two_cars: Iterable[CommandTester]) -> None:
    """Wait until the platform has created the command of each car."""
    for car in two_cars:
        await car.wait_until(car.has_remote_id)


@pytest.fixture
def two_cars(tester: CommandTester) -> list[CommandTester]:
    """Two cars of an account."""
    return [replace(tester, vin=car.vin) for car in tester.simulator.world.vehicles]


# --- missing scopes and features


@pytest.mark.parametrize("action", COMMAND_ACTIONS)
async def test_missing_scope(hass: HomeAssistant, link: Link, control: Control, action: str) -> None:
    entry = await link(scopes=["openid", "data:telemetry", "remote:horn:write"])
    with pytest.raises(HomeAssistantError) as raised:
        await call_action_on_only_car(hass, action, entry.entry_id, **ACTION_DATA[action])
    assert raised.value.translation_key == "permission_missing"
    placeholders = raised.value.translation_placeholders or {}
    assert placeholders["account"] == "Peugeot"
    assert placeholders["permission"] in str(raised.value)
    assert placeholders["permission"] in {PERMISSIONS[f"remote_{name}_write"] for name in SCOPES}
    assert await control.get("remotes") == []


@pytest.mark.simulator(fleet=1, brand="ds")
@pytest.mark.parametrize("action", COMMAND_ACTIONS)
async def test_unsupported_by_car(hass: HomeAssistant, link: Link, control: Control, action: str) -> None:
    entry = await link("ds")
    with pytest.raises(ServiceValidationError) as raised:
        await call_action_on_only_car(hass, action, entry.entry_id, **ACTION_DATA[action])
    assert raised.value.translation_key == "not_able"
    assert await control.get("remotes") == []


@pytest.mark.simulator(fleet=1, brand="vauxhall")
async def test_unsupported_outweighs_missing_scope(hass: HomeAssistant, link: Link) -> None:
    """A feature that the car lacks is not reported as a missing scope, whatever other scopes are missing."""
    entry = await link("vauxhall", scopes=["openid", "data:telemetry", "remote:charging:write"])
    with pytest.raises(ServiceValidationError) as raised:
        await call_action_on_only_car(hass, "set_charging_preferences", entry.entry_id, type="full")
    assert raised.value.translation_key == "not_able"


# --- results


async def test_history(tester: CommandTester) -> None:
    await tester.control.patch(tester.vin, asleep=True)
    await run_action(tester, "wake_up")
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    task = start_action(tester, "send_navigation", points=[PARIS])
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await assert_fails(task, "vehicle_in_use")
    response = await call_action_on_only_car(tester.hass, "get_commands", tester.entry.entry_id)
    assert response["wake_ups_this_month"] == 1
    last, first = response["commands"]
    for result in (first, last):
        assert result.pop("duration") >= 0
        assert dt_util.utcnow() >= datetime.fromisoformat(result.pop("started"))
    assert first == {"kind": "wake_up", "result": "success"}
    assert last == {"kind": "navigation", "result": "failed", "cause": "vehicle_in_use"}
    await tester.reload()
    assert len((await call_action_on_only_car(tester.hass, "get_commands", tester.entry.entry_id))["commands"]) == 2
