"""The event of a command: what came of what a car was told, whoever told it."""

from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import EVENT_STATE_CHANGED, HomeAssistant, callback
import pytest

from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.errors import CAUSES
from custom_components.stellantis.event import COMMAND_EVENTS
from custom_components.stellantis.vehicle.command import Kind, Result
from tests.conftest import Link
from tests.support.commands import CARS, Telling, failure
from tests.support.helpers import state

from .support.source import COMPONENT, json_of

pytestmark = pytest.mark.simulator(**CARS)

COMMAND = "event.peugeot_e_208_command"
TEXTS = json_of(COMPONENT / "strings.json")
STORY: dict[str, tuple[tuple[Any, ...], str | None]] = {
    "success": (("Accepted", "SentToVehicle", "Success"), None),
    "already_done": (("Accepted", "AlreadyDone"), None),
    "failed": (("Accepted", {"status": "Failed", "failureCause": "DoorsOpen"}), "doors_open"),
}


def told(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the entity tells last, without how long it took."""
    found = hass.states.get(COMMAND)
    assert found
    names = ("event_type", "kind", "cause", "duration")
    said = {name: found.attributes[name] for name in names if name in found.attributes}
    assert 0 <= said.pop("duration") < 10, "seconds"
    return said


@pytest.mark.parametrize(("result", "events", "cause"), [(name, *row) for name, row in STORY.items()])
async def test_each_result(telling: Telling, result: str, events: tuple[Any, ...], cause: str | None) -> None:
    assert state(telling.hass, COMMAND) == STATE_UNKNOWN
    await telling.script(*events)
    task = await telling.begin(Kind.LOCK)
    assert state(telling.hass, COMMAND) == STATE_UNKNOWN, "nothing came of it yet"
    await telling.pass_time(60)
    assert await failure(task) == cause
    assert told(telling.hass) == {"event_type": result, "kind": "lock"} | ({"cause": cause} if cause else {})


async def test_no_answer_in_time(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "LIMIT", commands.LIMIT / 6000)
    await telling.script("Accepted")
    assert await failure(telling.send(Kind.HORN)) == "timed_out"
    assert told(telling.hass) == {"event_type": "timed_out", "kind": "horn", "cause": "timed_out"}


async def test_refused_at_once(telling: Telling) -> None:
    await telling.script(refuse={"code": 40300})
    assert await failure(telling.send(Kind.LIGHTS)) == "forbidden"
    assert told(telling.hass) == {"event_type": "failed", "kind": "lights", "cause": "forbidden"}


async def test_each_command_is_told_once(telling: Telling) -> None:
    """Also two alike; and what was told before a restart is no event after it."""
    told_at: list[str] = []

    @callback
    def note(event: Any) -> None:
        if event.data["entity_id"] == COMMAND and event.data["new_state"]:
            told_at.append(event.data["new_state"].state)

    telling.hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    for kind in (Kind.HORN, Kind.HORN, Kind.WAKE_UP):
        await telling.finish(kind)
    assert len(set(told_at)) == len(told_at) == 3
    await telling.reload()
    await telling.hass.async_block_till_done()
    assert set(told_at[3:]) <= {"unavailable", told_at[2]}
    assert told(telling.hass) == {"event_type": "success", "kind": "wake_up"}


async def test_what_ends_after_a_restart_is_told(telling: Telling) -> None:
    task = await telling.begin(Kind.HORN)
    await telling.reload()
    assert await failure(task) == "command_interrupted"
    assert state(telling.hass, COMMAND) == STATE_UNKNOWN, "it goes on"
    await telling.pass_time(60)
    await telling.ended()
    assert told(telling.hass) == {"event_type": "success", "kind": "horn"}


@pytest.mark.simulator(fleet=9, brand=None)
async def test_car_that_cannot_be_told(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    await link("citroen")
    assert [one for one in hass.states.async_entity_ids("event") if one.endswith("_command")] == [
        "event.citroen_e_c4_command"
    ]


def test_texts() -> None:
    """Each result and each kind has a name; what a cause means is told by the text of its error."""
    (description,) = COMMAND_EVENTS
    attributes = TEXTS["entity"]["event"]["command"]["state_attributes"]
    assert description.event_types == list(attributes["event_type"]["state"]) == list(Result)
    assert list(attributes["kind"]["state"]) == list(Kind)
    assert set(attributes) == {"event_type", "kind", "cause", "duration"}
    assert set(TEXTS["exceptions"]) >= CAUSES
