"""Who locked and unlocked the car, and who sent a command: never the last user for what somebody else did."""

import asyncio
from typing import Any

from homeassistant.components.lock import DOMAIN as LOCK_DOMAIN, LockState
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.const import DOMAIN, EVENT_COMMAND_FAILED
from custom_components.stellantis.vehicle.command import CommandType
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

LOCK = "lock.peugeot_e_208_central_locking"
COMMAND = "event.peugeot_e_208_command"
NAME = "Alice"


@pytest.fixture
def context(hass: HomeAssistant, hass_admin_user: MockUser) -> Context:
    """Return the context of an action of a person."""
    hass.states.async_set("person.alice", "home", {"user_id": hass_admin_user.id, "friendly_name": NAME})
    return Context(user_id=hass_admin_user.id)


def call(tester: CommandTester, domain: str, service: str, context: Context | None, **data: Any) -> asyncio.Task[Any]:
    """Call an action in a task."""
    return tester.hass.async_create_task(
        tester.hass.services.async_call(domain, service, data, blocking=True, context=context)
    )


async def finish(tester: CommandTester, task: asyncio.Task[Any]) -> None:
    """Let the car carry out the command of an action."""
    await tester.wait_until(lambda: task.done() or tester.has_remote_id())
    await tester.advance_clock(60)
    await task


def author(hass: HomeAssistant) -> str | None:
    """Return who changed the lock last."""
    state = hass.states.get(LOCK)
    assert state
    name: str | None = state.attributes.get("changed_by")
    return name


def sent_by(hass: HomeAssistant) -> tuple[str, str | None, str | None]:
    """Return the kind of the last command, who sent it, and the user in its context."""
    state = hass.states.get(COMMAND)
    assert state
    return state.attributes["kind"], state.attributes.get("sent_by"), state.context.user_id


async def test_lock(
    tester: CommandTester, context: Context, hass_client: ClientSessionGenerator, hass_admin_user: MockUser
) -> None:
    hass = tester.hass
    await tester.prepare(CommandType.UNLOCK)
    assert author(hass) is None
    await finish(tester, call(tester, LOCK_DOMAIN, "unlock", context, entity_id=LOCK))
    assert (get_state(hass, LOCK), author(hass)) == (LockState.UNLOCKED, NAME)
    assert sent_by(hass) == ("unlock", NAME, hass_admin_user.id)
    await tester.car.status.async_refresh()
    assert author(hass) == NAME, "the car reports the same"
    # With the key
    await tester.control.patch(tester.vin, lock=True)
    await tester.car.status.async_refresh()
    assert (get_state(hass, LOCK), author(hass)) == (LockState.LOCKED, None)
    state = hass.states.get(LOCK)
    assert state
    assert state.context.user_id is None
    # An action without a user
    await finish(tester, call(tester, LOCK_DOMAIN, "unlock", None, entity_id=LOCK))
    assert (get_state(hass, LOCK), author(hass)) == (LockState.UNLOCKED, None)
    # A failure changes nothing
    await finish(tester, call(tester, LOCK_DOMAIN, "lock", context, entity_id=LOCK))
    await tester.script("Accepted", {"status": "Failed", "failureCause": "DoorsOpen"})
    failures: list[Event[dict[str, Any]]] = async_capture_events(hass, EVENT_COMMAND_FAILED)
    with pytest.raises(HomeAssistantError):
        await finish(tester, call(tester, LOCK_DOMAIN, "unlock", Context(), entity_id=LOCK))
    assert (get_state(hass, LOCK), author(hass)) == (LockState.LOCKED, NAME)
    (failure,) = failures
    assert failure.context.user_id is None
    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, tester.entry)
    assert NAME not in str(diagnostics)
    assert hass_admin_user.id not in str(diagnostics)


async def test_across_a_restart(tester: CommandTester, context: Context) -> None:
    await tester.prepare(CommandType.UNLOCK)
    task = call(tester, LOCK_DOMAIN, "unlock", context, entity_id=LOCK)
    await tester.wait_until(tester.has_remote_id)
    assert author(tester.hass) is None, "unlocking"
    await tester.reload()
    with pytest.raises(HomeAssistantError):
        await task
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    assert (get_state(tester.hass, LOCK), author(tester.hass)) == (LockState.UNLOCKED, NAME)
    assert sent_by(tester.hass)[1] == NAME


async def test_other_commands(tester: CommandTester, context: Context, hass_admin_user: MockUser) -> None:
    actions = {
        "charging": ("switch", "turn_on", {"entity_id": "switch.peugeot_e_208_charging"}),
        "horn": ("button", "press", {"entity_id": "button.peugeot_e_208_sound_horn"}),
        "wake_up": (DOMAIN, "wake_up", {"device_id": tester.car.device.id}),
    }
    for kind, (domain, service, data) in actions.items():
        await tester.prepare(CommandType(kind))
        await finish(tester, call(tester, domain, service, context, **data))
        assert sent_by(tester.hass) == (kind, NAME, hass_admin_user.id)
