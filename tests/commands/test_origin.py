"""Who sent a command: the person, or the automation, that the context of an action tells."""

from datetime import UTC, datetime

from homeassistant.core import Context, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.stellantis.commands.origin import async_get_origin, origin_context
from custom_components.stellantis.vehicle.command import Command, CommandOrigin, CommandResult, CommandType


@pytest.fixture
def user(hass: HomeAssistant) -> MockUser:
    """Return a user of Home Assistant."""
    return MockUser(id="alice", name="Alice's account").add_to_hass(hass)


async def test_nobody(hass: HomeAssistant) -> None:
    assert await async_get_origin(hass, None) is None
    origin = await async_get_origin(hass, Context())
    assert origin
    assert origin.name is None


@pytest.mark.parametrize(
    ("user_id", "person", "name"),
    [
        ("alice", "Alice", "Alice"),
        ("alice", None, "Alice's account"),
        ("bob", "Alice", None),
    ],
)
async def test_person(hass: HomeAssistant, user: MockUser, user_id: str, person: str | None, name: str | None) -> None:
    if person:
        hass.states.async_set("person.alice", "home", {"user_id": user.id, "friendly_name": person})
    origin = await async_get_origin(hass, Context(user_id=user_id))
    assert origin
    assert origin.name == name


@pytest.mark.parametrize("entity_id", ["automation.night", "script.night"])
async def test_automation(hass: HomeAssistant, entity_id: str) -> None:
    """The automation runs in a context of its own; the one that triggered it is its parent."""
    context = Context(parent_id="who opened the door")
    hass.states.async_set("automation.other", "on", {"friendly_name": "Other"})
    hass.states.async_set(entity_id, "on", {"friendly_name": "Lock at night"}, context=context)
    origin = await async_get_origin(hass, context)
    assert origin
    assert origin.name == "Lock at night"
    assert origin_context(origin) == context
    unknown = await async_get_origin(hass, Context(parent_id="who opened the door"))
    assert unknown
    assert unknown.name is None


def test_survives_a_restart() -> None:
    origin = CommandOrigin(name="Alice", user_id="alice", context_id="1")
    command = Command(
        type=CommandType.LOCK, body={}, label="a", started=datetime(2026, 11, 27, tzinfo=UTC), origin=origin
    )
    assert Command.from_dict(command.to_dict()) == command
    old = {name: value for name, value in command.to_dict().items() if name != "origin"}
    assert Command.from_dict(old).origin is None


def test_result_of_an_older_version_has_no_author() -> None:
    stored = {"kind": "lock", "result": "success", "started": "2026-11-27T00:00:00+00:00", "duration": 5.0}
    assert CommandResult.from_dict(stored).sent_by is None
