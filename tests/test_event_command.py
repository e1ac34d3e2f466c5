"""Command events: the results of commands, from any source."""

from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import EVENT_STATE_CHANGED, HomeAssistant, callback
import pytest

from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.errors import COMMAND_ERROR_KEYS
from custom_components.stellantis.event import COMMAND_EVENTS
from custom_components.stellantis.vehicle.command import CommandStatus, CommandType
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester, get_error_key
from tests.support.helpers import get_state

from .support.source import COMPONENT, load_json

pytestmark = pytest.mark.simulator(**ONE_CAR)

ENTITY_ID = "event.peugeot_e_208_command"
STRINGS = load_json(COMPONENT / "strings.json")
RESULTS: dict[str, tuple[tuple[Any, ...], str | None]] = {
    "success": (("Accepted", "SentToVehicle", "Success"), None),
    "already_done": (("Accepted", "AlreadyDone"), None),
    "failed": (("Accepted", {"status": "Failed", "failureCause": "DoorsOpen"}), "doors_open"),
}


def last_event(hass: HomeAssistant) -> dict[str, Any]:
    """Return the attributes of the last event, without the duration."""
    entity_state = hass.states.get(ENTITY_ID)
    assert entity_state
    names = ("event_type", "kind", "cause", "duration")
    attributes = {name: entity_state.attributes[name] for name in names if name in entity_state.attributes}
    assert 0 <= attributes.pop("duration") < 10, "seconds"
    return attributes


@pytest.mark.parametrize(("result", "events", "cause"), [(name, *row) for name, row in RESULTS.items()])
async def test_each_result(tester: CommandTester, result: str, events: tuple[Any, ...], cause: str | None) -> None:
    assert get_state(tester.hass, ENTITY_ID) == STATE_UNKNOWN
    await tester.script(*events)
    task = await tester.start(CommandType.LOCK)
    assert get_state(tester.hass, ENTITY_ID) == STATE_UNKNOWN, "no result yet"
    await tester.advance_clock(60)
    assert await get_error_key(task) == cause
    assert last_event(tester.hass) == {"event_type": result, "kind": "lock"} | ({"cause": cause} if cause else {})


async def test_timeout(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "COMMAND_TIMEOUT", commands.COMMAND_TIMEOUT / 6000)
    await tester.script("Accepted")
    assert await get_error_key(tester.send(CommandType.HORN)) == "timed_out"
    assert last_event(tester.hass) == {"event_type": "timed_out", "kind": "horn", "cause": "timed_out"}


async def test_rejected_command(tester: CommandTester) -> None:
    await tester.script(refuse={"code": 40300})
    assert await get_error_key(tester.send(CommandType.LIGHTS)) == "forbidden"
    assert last_event(tester.hass) == {"event_type": "failed", "kind": "lights", "cause": "forbidden"}


async def test_each_command_fires_once(tester: CommandTester) -> None:
    """Equal commands fire one event each; an event before a restart does not fire again."""
    states: list[str] = []

    @callback
    def record(event: Any) -> None:
        if event.data["entity_id"] == ENTITY_ID and event.data["new_state"]:
            states.append(event.data["new_state"].state)

    tester.hass.bus.async_listen(EVENT_STATE_CHANGED, record)
    for command_type in (CommandType.HORN, CommandType.HORN, CommandType.WAKE_UP):
        await tester.run_to_end(command_type)
    assert len(set(states)) == len(states) == 3
    await tester.reload()
    await tester.hass.async_block_till_done()
    assert set(states[3:]) <= {"unavailable", states[2]}
    assert last_event(tester.hass) == {"event_type": "success", "kind": "wake_up"}


async def test_command_finished_after_restart(tester: CommandTester) -> None:
    task = await tester.start(CommandType.HORN)
    await tester.reload()
    assert await get_error_key(task) == "command_interrupted"
    assert get_state(tester.hass, ENTITY_ID) == STATE_UNKNOWN, "the command is still running"
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    assert last_event(tester.hass) == {"event_type": "success", "kind": "horn"}


@pytest.mark.simulator(fleet=9, brand=None)
async def test_car_without_remote_commands(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    await link("citroen")
    assert [entity_id for entity_id in hass.states.async_entity_ids("event") if entity_id.endswith("_command")] == [
        "event.citroen_e_c4_command"
    ]


def test_results_are_translated() -> None:
    """Results and command types have a translation; causes use the texts of the errors."""
    (description,) = COMMAND_EVENTS
    attributes = STRINGS["entity"]["event"]["command"]["state_attributes"]
    assert description.event_types == list(attributes["event_type"]["state"]) == list(CommandStatus)
    assert list(attributes["kind"]["state"]) == list(CommandType)
    assert set(attributes) == {"event_type", "kind", "cause", "duration", "late", "sent_by"}
    assert set(STRINGS["exceptions"]) >= COMMAND_ERROR_KEYS
