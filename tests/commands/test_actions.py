"""Actions by which cars are told something: what the platform is sent, what is refused, and what is answered."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time
from typing import Any

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

pytestmark = pytest.mark.simulator(**ONE_CAR)
TWO = pytest.mark.simulator(**{**ONE_CAR, "fleet": 2})

WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
PARIS = {"latitude": 48.85, "longitude": 2.35}
EIFFEL = {"latitude": 48.8584, "longitude": 2.2945}
RIGHTS = ("wakeup", "navigation", "preconditioning", "charging")
SAID: dict[str, Json] = {
    "wake_up": {},
    "send_navigation": {"points": [PARIS]},
    "set_preconditioning_program": {"slot": 2, "start": "06:30"},
    "delete_preconditioning_program": {"slot": 1},
    "set_charging_schedule": {"delayed_start": "23:00"},
    "set_charging_preferences": {"level": "level_1"},
}


def point(longitude: float, latitude: float) -> Json:
    """Return a place as the API has it."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def program(slot: int, start: str, days: list[str], **more: Any) -> Json:
    """Return what sets a program of preconditioning."""
    one = {"slot": slot, "enabled": True, "start": start, "occurence": {"day": days}, "recurrence": "Daily"}
    return {"preconditioning": {"airConditioning": {"programs": [{**one, "actionsType": "Set", **more}]}}}


def charging(**schedule: Any) -> Json:
    """Return a schedule of charging."""
    return {"charging": {"schedule": schedule}}


def call(tester: CommandTester, action: str, *, response: bool = True, **said: Any) -> asyncio.Task[Any]:
    """Begin an action for all cars of the account."""
    ids = [device.id for device in car_devices(tester.hass, tester.entry.entry_id)]
    return tester.hass.async_create_task(
        tester.hass.services.async_call(
            DOMAIN, action, said, blocking=True, target={"device_id": ids}, return_response=response
        )
    )


async def answer(tester: CommandTester, action: str, **said: Any) -> Json:
    """Have the only car told something, let it have the time that it needs, and return what is answered."""
    task = call(tester, action, **said)
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    (told,) = (await task).values()
    return dict(told)


async def refuses(tester: CommandTester, action: str, key: str, **said: Any) -> None:
    """Hold that what is said is refused, and that nothing is sent."""
    task = call(tester, action, **said)
    await assert_fails(task, key)
    assert isinstance(task.exception(), ServiceValidationError)
    assert await tester.post_count() == 0


@pytest.mark.parametrize(
    ("action", "said", "body"),
    [
        ("wake_up", {}, {"wakeUp": {"action": "WakeUp"}}),
        ("send_navigation", {"points": PARIS}, {"navigation": {"positions": [point(2.35, 48.85)]}}),
        (
            "send_navigation",
            {"points": [{**PARIS, "name": "Paris"}, EIFFEL]},
            {"navigation": {"positions": [point(2.35, 48.85), point(2.2945, 48.8584)]}},
        ),
        ("set_preconditioning_program", {"slot": 2, "start": "06:30:45"}, program(2, "PT6H30M", WEEK)),
        (
            "set_preconditioning_program",
            {"slot": "4", "start": "00:00", "days": ["sun", "mon", "sun"], "enabled": False, "repeat": False},
            program(4, "PT0S", ["Mon", "Sun"], enabled=False, recurrence="None"),
        ),
        ("set_preconditioning_program", {"slot": 1, "start": "23:59", "days": "wed"}, program(1, "PT23H59M", ["Wed"])),
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
            charging(
                programs=[
                    {"start": "PT22H30M", "end": "PT6H", "occurence": {"day": ["Mon", "Fri"]}, "enabled": True},
                    {"start": "PT13H", "occurence": {"day": WEEK}, "enabled": True},
                ]
            ),
        ),
        (
            "set_charging_schedule",
            {"programs": {"start": "22:30", "enabled": False}},
            charging(programs=[{"start": "PT22H30M", "occurence": {"day": WEEK}, "enabled": False}]),
        ),
        (
            "set_charging_preferences",
            {"level": "level_3", "type": "partial"},
            {"charging": {"preferences": {"level": "Level3", "type": "Partial"}}},
        ),
        ("set_charging_preferences", {"type": "partial"}, {"charging": {"preferences": {"type": "Partial"}}}),
    ],
)
async def test_what_is_sent(tester: CommandTester, action: str, said: Json, body: Json) -> None:
    told = await answer(tester, action, **said)
    assert told.pop("duration") >= 0
    assert told == {"name": "PEUGEOT e-208", "result": "success"}
    assert await sent_commands(tester) == [body]


async def test_delayed_charge(tester: CommandTester) -> None:
    """It is sent as the next time at which a clock shows that."""
    await tester.hass.config.async_set_time_zone("Etc/GMT-1")
    now = dt_util.utcnow()
    assert (await answer(tester, "set_charging_schedule", delayed_start="00:10"))["result"] == "success"
    (body,) = await sent_commands(tester)
    at = datetime.fromisoformat(body["charging"]["schedule"]["nextDelayedTime"])
    assert now < at
    assert dt_util.as_local(at).time() == time(0, 10)
    assert (await actual_car(tester))["delayed_start"] == 600
    assert get_state(tester.hass, "time.peugeot_e_208_delayed_charge") == "00:10:00"


async def test_what_the_car_became(tester: CommandTester) -> None:
    """A program comes to be with its switch and its time, and goes; places are those of the navigation."""
    await answer(tester, "set_preconditioning_program", slot=3, start="06:30", days=["sat"])
    await tester.hass.async_block_till_done()
    assert (await actual_car(tester))["air_programs"]["3"]["days"] == ["Sat"]
    assert get_state(tester.hass, "switch.peugeot_e_208_preconditioning_program_3") == "on"
    assert get_state(tester.hass, "time.peugeot_e_208_preconditioning_program_3") == "06:30:00"
    await answer(tester, "delete_preconditioning_program", slot=3)
    assert (await actual_car(tester))["air_programs"].keys() == {"1"}
    for _ in range(2):
        assert get_state(tester.hass, "switch.peugeot_e_208_preconditioning_program_3") == "unknown"
        await tester.car.status.async_refresh()
    await answer(tester, "send_navigation", points=[PARIS, EIFFEL])
    assert (await actual_car(tester))["destinations"] == [[2.35, 48.85], [2.2945, 48.8584]]


async def test_places_of_entities(tester: CommandTester) -> None:
    """They follow the points: a zone, a person, the car itself."""
    tester.hass.states.async_set("zone.work", "0", {"latitude": 45.0, "longitude": 5.0})
    tester.hass.states.async_set("person.ann", "home", {"latitude": 46.0, "longitude": 6.0})
    await answer(tester, "send_navigation", points=[PARIS], entities="zone.work, person.ann")
    assert (await actual_car(tester))["destinations"] == [[2.35, 48.85], [5.0, 45.0], [6.0, 46.0]]


async def test_entity_without_a_place(tester: CommandTester) -> None:
    tester.hass.states.async_set("person.ann", "not_home", {})
    for entity in ("person.ann", "zone.nowhere"):
        await refuses(tester, "send_navigation", "no_place", points=[PARIS], entities=[entity])


async def test_number_of_places(tester: CommandTester) -> None:
    tester.hass.states.async_set("zone.work", "0", {"latitude": 45.0, "longitude": 5.0})
    await refuses(tester, "send_navigation", "number_of_places")
    await refuses(tester, "send_navigation", "number_of_places", points=[PARIS] * 10, entities=["zone.work"])
    await answer(tester, "send_navigation", points=[PARIS] * 9, entities=["zone.work"])
    assert len((await actual_car(tester))["destinations"]) == 10


@pytest.mark.parametrize(
    ("action", "said"),
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
        ("set_charging_schedule", {"programs": [{"end": "06:00"}]}),
        ("set_charging_schedule", {"programs": [{"start": "06:00", "level": 80}]}),
        ("set_charging_preferences", {"level": "level_6"}),
        ("set_charging_preferences", {"type": "half"}),
        ("wake_up", {"now": True}),
    ],
    ids=str,
)
async def test_what_makes_no_sense(tester: CommandTester, action: str, said: Json) -> None:
    with pytest.raises(vol.Invalid):
        await call(tester, action, **said)
    assert await tester.post_count() == 0


@pytest.mark.parametrize(
    ("action", "said", "key"),
    [
        ("set_charging_schedule", {}, "delay_or_programs"),
        ("set_charging_schedule", {"delayed_start": "00:00", "programs": [{"start": "01:00"}]}, "delay_or_programs"),
        ("set_charging_preferences", {}, "level_or_type"),
    ],
)
async def test_either_or(tester: CommandTester, action: str, said: Json, key: str) -> None:
    await refuses(tester, action, key, **said)


@pytest.mark.parametrize("response", [True, False])
async def test_failure(tester: CommandTester, response: bool) -> None:
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    task = call(tester, "wake_up", response=response)
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await assert_fails(task, "vehicle_in_use")
    assert not isinstance(task.exception(), ServiceValidationError), "nothing was wrong with what was said"


async def test_nothing_is_answered_unasked(tester: CommandTester) -> None:
    task = call(tester, "wake_up", response=False)
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    assert await task is None


def test_all_that_is_said_is_needed() -> None:
    needs = COMMAND_ACTIONS["set_charging_preferences"].required_fn
    assert needs({"level": "level_1", "type": "full"}) == {CommandFeature.CHARGING_LEVEL, CommandFeature.CHARGING_TYPE}
    assert needs({"type": "full"}) == {CommandFeature.CHARGING_TYPE}


# --- several cars


@TWO
async def test_only_one_of_two_does_it(two: list[CommandTester]) -> None:
    """With an answer each car has one; without, what failed is raised although the other did it."""
    good, bad = two
    for response in (True, False):
        await good.control.patch(bad.vin, battery_12v=40)
        for one in two:
            await good.control.patch(one.vin, asleep=True)
        task = call(good, "wake_up", response=response)
        await both_at(two)
        await good.advance_clock(60)
        if response:
            answers = await task
            told = {one.vin: answers[one.car.device.id] for one in two}
            assert (told[good.vin]["name"], told[good.vin]["result"]) == ("PEUGEOT e-208", "success")
            assert told[bad.vin].keys() == {"name", "error"}
            assert "12 V" in told[bad.vin]["error"]
        else:
            await assert_fails(task, "battery_too_low")
        assert not (await actual_car(good))["asleep"]
    sent_to = [one["vehicle"] for one in await good.remotes()]
    assert [sent_to.count(one.car.status.vehicle_id) for one in two] == [2, 2]


@TWO
async def test_both_do_it(two: list[CommandTester]) -> None:
    task = call(two[0], "send_navigation", points=[PARIS])
    await both_at(two)
    await two[0].advance_clock(60)
    assert [one["result"] for one in (await task).values()] == ["success", "success"]
    for one in two:
        assert (await actual_car(one))["destinations"] == [[2.35, 48.85]]


@TWO
async def test_one_is_not_able(two: list[CommandTester]) -> None:
    able, other = two
    task = call(able, "set_charging_preferences", level="level_1", type="partial")
    await able.wait_until(able.has_remote_id)
    await able.advance_clock(60)
    answers = await task
    assert answers[able.car.device.id]["result"] == "success"
    assert answers[other.car.device.id] == {
        "name": "PEUGEOT 308 Hybrid",
        "error": "This car cannot be told to do this",
    }
    assert len(await able.remotes()) == 1


async def both_at(two: Iterable[CommandTester]) -> None:
    """Wait until the platform has taken the command of each."""
    for one in two:
        await one.wait_until(one.has_remote_id)


@pytest.fixture
def two(tester: CommandTester) -> list[CommandTester]:
    """Two cars of an account."""
    return [replace(tester, vin=car.vin) for car in tester.simulator.world.vehicles]


# --- who may not


@pytest.mark.parametrize("action", COMMAND_ACTIONS)
async def test_right_that_was_not_granted(hass: HomeAssistant, link: Link, control: Control, action: str) -> None:
    entry = await link(scopes=["openid", "data:telemetry", "remote:horn:write"])
    with pytest.raises(HomeAssistantError) as raised:
        await call_action_on_only_car(hass, action, entry.entry_id, **SAID[action])
    assert raised.value.translation_key == "right_missing"
    placeholders = raised.value.translation_placeholders or {}
    assert placeholders["account"] == "Peugeot"
    assert placeholders["right"] in str(raised.value)
    assert placeholders["right"] in {f"remote:{name}:write" for name in RIGHTS}
    assert await control.get("remotes") == []


@pytest.mark.simulator(fleet=1, brand="ds")
@pytest.mark.parametrize("action", COMMAND_ACTIONS)
async def test_car_that_cannot_be_told(hass: HomeAssistant, link: Link, control: Control, action: str) -> None:
    entry = await link("ds")
    with pytest.raises(ServiceValidationError) as raised:
        await call_action_on_only_car(hass, action, entry.entry_id, **SAID[action])
    assert raised.value.translation_key == "not_able"
    assert await control.get("remotes") == []


@pytest.mark.simulator(fleet=1, brand="vauxhall")
async def test_right_is_not_what_is_missing(hass: HomeAssistant, link: Link) -> None:
    """A car without preferences has none either with all rights, whatever else was not granted."""
    entry = await link("vauxhall", scopes=["openid", "data:telemetry", "remote:charging:write"])
    with pytest.raises(ServiceValidationError) as raised:
        await call_action_on_only_car(hass, "set_charging_preferences", entry.entry_id, type="full")
    assert raised.value.translation_key == "not_able"


# --- what came of it


async def test_history(tester: CommandTester) -> None:
    await tester.control.patch(tester.vin, asleep=True)
    await answer(tester, "wake_up")
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    task = call(tester, "send_navigation", points=[PARIS])
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await assert_fails(task, "vehicle_in_use")
    told = await call_action_on_only_car(tester.hass, "get_commands", tester.entry.entry_id)
    assert told["wake_ups_this_month"] == 1
    last, first = told["commands"]
    for one in (first, last):
        assert one.pop("duration") >= 0
        assert dt_util.utcnow() >= datetime.fromisoformat(one.pop("started"))
    assert first == {"kind": "wake_up", "result": "success"}
    assert last == {"kind": "navigation", "result": "failed", "cause": "vehicle_in_use"}
    await tester.reload()
    assert len((await call_action_on_only_car(tester.hass, "get_commands", tester.entry.entry_id))["commands"]) == 2
