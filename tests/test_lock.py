"""Lock: the doors are locked and unlocked, with and without a code."""

from datetime import timedelta
import logging
from typing import Any

from homeassistant.components.lock import DOMAIN as LOCK, SERVICE_LOCK, SERVICE_UNLOCK, LockState
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er, intent
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.auth import lock_code
from custom_components.stellantis.const import CONF_LOCK_CODE, DOMAIN
from custom_components.stellantis.vehicle.command import CommandType
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

DOORS = "lock.peugeot_e_208_central_locking"
CODE = "4711"


async def run_action(tester: CommandTester, service: str, **data: Any) -> None:
    """Call a lock action and advance the clock until it ends."""
    task = tester.hass.async_create_task(call_action(tester, service, **data))
    await tester.wait_until(lambda: task.done() or tester.has_remote_id())
    await tester.advance_clock(60)
    await task


async def call_action(tester: CommandTester, service: str, **data: Any) -> None:
    """Call a lock action and wait until it ends."""
    await tester.hass.services.async_call(LOCK, service, {"entity_id": DOORS, **data}, blocking=True)


async def unlock_error(tester: CommandTester, **data: Any) -> str | None:
    """Return the key of the error with which unlocking fails."""
    with pytest.raises(ServiceValidationError) as raised:
        await call_action(tester, SERVICE_UNLOCK, **data)
    return raised.value.translation_key


async def set_code(tester: CommandTester, code: str) -> None:
    """Set the code and reload the entry, as the options flow does."""
    tester.hass.config_entries.async_update_entry(tester.entry, options={CONF_LOCK_CODE: code})
    await tester.reload()
    await tester.hass.async_block_till_done(wait_background_tasks=True)


def doors(tester: CommandTester) -> str | None:
    """Return the state of the doors."""
    return get_state(tester.hass, DOORS)


@pytest.fixture
async def locked_tester(tester: CommandTester) -> CommandTester:
    """A locked car that requires the code to unlock."""
    await tester.prepare(CommandType.UNLOCK)
    await set_code(tester, CODE)
    return tester


@pytest.mark.parametrize(
    ("service", "command_type", "before", "during", "after"),
    [
        (SERVICE_LOCK, CommandType.LOCK, LockState.UNLOCKED, LockState.LOCKING, LockState.LOCKED),
        (SERVICE_UNLOCK, CommandType.UNLOCK, LockState.LOCKED, LockState.UNLOCKING, LockState.UNLOCKED),
    ],
)
async def test_lock_and_unlock(
    any_tester: CommandTester,
    service: str,
    command_type: CommandType,
    before: LockState,
    during: LockState,
    after: LockState,
) -> None:
    await any_tester.prepare(command_type)
    assert doors(any_tester) == before
    await any_tester.script("Accepted", "CheckingVehicle", "Success")
    task = any_tester.hass.async_create_task(call_action(any_tester, service))
    await any_tester.wait_until(any_tester.has_remote_id)
    assert doors(any_tester) == during
    await any_tester.wait_for_status("Accepted")
    await any_tester.advance_clock(1)
    await any_tester.wait_for_status("CheckingVehicle")
    assert doors(any_tester) == during
    await any_tester.advance_clock(1)
    await task
    assert doors(any_tester) == after
    assert await any_tester.actual_value(command_type) is (command_type is CommandType.LOCK)
    await any_tester.car.status.async_refresh()
    assert doors(any_tester) == after


@pytest.mark.parametrize("service", [SERVICE_LOCK, SERVICE_UNLOCK])
@pytest.mark.parametrize(
    ("cause", "error_key", "is_jammed"),
    [
        ("DoorsOpen", "doors_open", True),
        ("CidInside", "key_inside", True),
        ("VehicleInUse", "vehicle_in_use", False),
        ("VehicleConnectionTimeout", "vehicle_connection_timeout", False),
    ],
)
async def test_failure(tester: CommandTester, service: str, cause: str, error_key: str, is_jammed: bool) -> None:
    """A failed command restores the previous state or shows a jam, until the next command succeeds."""
    await tester.prepare(CommandType(service))
    before = doors(tester)
    await tester.script("Accepted", {"status": "Failed", "failureCause": cause})
    with pytest.raises(HomeAssistantError) as failed:
        await run_action(tester, service)
    assert failed.value.translation_key == error_key
    assert doors(tester) == (LockState.JAMMED if is_jammed else before)
    # Results that say nothing about the doors do not clear the jam
    await tester.run_to_end(CommandType.HORN)
    await tester.script({"status": "Failed", "failureCause": "VehicleInUse"})
    with pytest.raises(HomeAssistantError):
        await run_action(tester, service)
    assert doors(tester) == (LockState.JAMMED if is_jammed else before)
    await tester.script("Accepted", "Success")
    task = tester.hass.async_create_task(call_action(tester, service))
    await tester.wait_for_status("Accepted")
    assert doors(tester) == f"{service}ing"
    await tester.advance_clock(1)
    await task
    assert doors(tester) == f"{service}ed"


@pytest.mark.parametrize(
    ("changes", "state"), [({"lock": True}, LockState.LOCKED), ({"doors": ["Trunk"]}, LockState.UNLOCKED)]
)
async def test_jammed_until_newer_door_data(tester: CommandTester, changes: dict[str, Any], state: LockState) -> None:
    await tester.prepare(CommandType.LOCK)
    await tester.script({"status": "Failed", "failureCause": "DoorsOpen"})
    with pytest.raises(HomeAssistantError):
        await run_action(tester, SERVICE_LOCK)
    await tester.control.patch(tester.vin, temperature=11)
    await tester.car.status.async_refresh()
    assert doors(tester) == LockState.JAMMED
    await tester.advance_clock(3600)
    await tester.control.patch(tester.vin, **changes)
    await tester.car.status.async_refresh()
    assert doors(tester) == state


async def test_locking_is_shown_after_reload(tester: CommandTester) -> None:
    await tester.prepare(CommandType.LOCK)
    await tester.script("Accepted", {"status": "Success", "delay": 60})
    task = tester.hass.async_create_task(call_action(tester, SERVICE_LOCK))
    await tester.wait_for_status("Accepted")
    await tester.reload()
    with pytest.raises(HomeAssistantError) as interrupted:
        await task
    assert interrupted.value.translation_key == "command_interrupted"
    assert doors(tester) == LockState.LOCKING
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    assert doors(tester) == LockState.LOCKED
    assert await tester.post_count() == 1


async def test_code_is_required_to_unlock_only(locked_tester: CommandTester) -> None:
    assert doors(locked_tester) == LockState.LOCKED
    assert locked_tester.hass.states.get(DOORS).attributes["code_format"] == r"^\d*$"  # type: ignore[union-attr]
    assert await unlock_error(locked_tester) == "wrong_code"
    assert await unlock_error(locked_tester, code="4712") == "wrong_code"
    assert await unlock_error(locked_tester, code="") == "wrong_code"
    assert await locked_tester.post_count() == 0
    assert doors(locked_tester) == LockState.LOCKED
    await run_action(locked_tester, SERVICE_LOCK)  # already locked: needs no code either
    await run_action(locked_tester, SERVICE_UNLOCK, code=CODE)
    assert doors(locked_tester) == LockState.UNLOCKED
    assert "code_format" not in locked_tester.hass.states.get(DOORS).attributes  # type: ignore[union-attr]
    assert await unlock_error(locked_tester) == "wrong_code"
    await run_action(locked_tester, SERVICE_LOCK)
    assert doors(locked_tester) == LockState.LOCKED
    assert await locked_tester.post_count() == 3


async def test_code_of_letters(tester: CommandTester) -> None:
    await tester.prepare(CommandType.UNLOCK)
    await set_code(tester, "Säße 9")
    assert tester.hass.states.get(DOORS).attributes["code_format"] == "^.*$"  # type: ignore[union-attr]
    assert await unlock_error(tester, code="sässe 9") == "wrong_code"
    await run_action(tester, SERVICE_UNLOCK, code="Säße 9")
    assert doors(tester) == LockState.UNLOCKED


async def test_code_that_an_earlier_version_stored(tester: CommandTester) -> None:
    """It is replaced by its hash, also in an account that is not loaded, and keeps working."""
    await tester.prepare(CommandType.UNLOCK)
    disabled = MockConfigEntry(domain=DOMAIN, data={}, options={CONF_LOCK_CODE: "kept for later"})
    disabled.add_to_hass(tester.hass)
    await set_code(tester, "open sesame")
    for entry, code in ((tester.entry, "open sesame"), (disabled, "kept for later")):
        assert set(entry.options[CONF_LOCK_CODE]) == {"salt", "hash", "is_numeric"}
        assert lock_code.matches(entry.options[CONF_LOCK_CODE], code)
    assert await unlock_error(tester, code="open barley") == "wrong_code"
    await run_action(tester, SERVICE_UNLOCK, code="open sesame")
    assert doors(tester) == LockState.UNLOCKED


async def test_code_in_wrong_format(locked_tester: CommandTester) -> None:
    assert await unlock_error(locked_tester, code="abcd") == "add_default_code"


async def test_too_many_wrong_codes(locked_tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("1111", "2222", "3333", "4444"):
        assert await unlock_error(locked_tester, code=code) == "wrong_code"
        assert await unlock_error(locked_tester) == "wrong_code", "no code at all is not a guess"
    await run_action(locked_tester, SERVICE_UNLOCK, code=CODE)  # the right code resets the attempts
    await run_action(locked_tester, SERVICE_LOCK)
    for _ in range(5):
        assert await unlock_error(locked_tester, code="5555") == "wrong_code"
    assert await unlock_error(locked_tester, code="6666") == "too_many_codes"
    assert await unlock_error(locked_tester, code=CODE) == "too_many_codes"
    await run_action(locked_tester, SERVICE_LOCK)  # locking still works
    assert lock_code.ATTEMPT_WINDOW.total_seconds() == 15 * 60
    monkeypatch.setattr(lock_code, "ATTEMPT_WINDOW", timedelta(0))  # the wrong attempts have expired
    await run_action(locked_tester, SERVICE_UNLOCK, code=CODE)
    assert doors(locked_tester) == LockState.UNLOCKED


async def test_default_code(locked_tester: CommandTester) -> None:
    """The default code of the entity is used."""
    er.async_get(locked_tester.hass).async_update_entity_options(DOORS, LOCK, {"default_code": CODE})
    await locked_tester.hass.async_block_till_done()
    await run_action(locked_tester, SERVICE_UNLOCK)
    assert doors(locked_tester) == LockState.UNLOCKED


async def test_default_code_that_is_set_while_the_car_is_open(locked_tester: CommandTester) -> None:
    """Google Assistant and Alexa unlock with the default code, whenever it was set."""
    await run_action(locked_tester, SERVICE_UNLOCK, code=CODE)
    er.async_get(locked_tester.hass).async_update_entity_options(DOORS, LOCK, {"default_code": CODE})
    await locked_tester.hass.async_block_till_done()
    await run_action(locked_tester, SERVICE_LOCK)
    await run_action(locked_tester, SERVICE_UNLOCK)
    assert doors(locked_tester) == LockState.UNLOCKED


async def test_by_voice(locked_tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locking by voice needs no code; unlocking is impossible, because an intent has no code."""
    # An intent that takes longer than this goes on in the background, and its error is not raised
    monkeypatch.setattr(intent.DynamicServiceIntentHandler, "service_timeout", 60)
    hass = locked_tester.hass
    assert await async_setup_component(hass, "intent", {})
    slots = {"name": {"value": "Peugeot e-208 Central locking"}}

    async def handle_intent(intent_type: str) -> None:
        await intent.async_handle(hass, "test", intent_type, slots, context=Context())

    with pytest.raises(intent.IntentHandleError):
        await handle_intent(intent.INTENT_TURN_OFF)
    assert doors(locked_tester) == LockState.LOCKED
    assert await locked_tester.post_count() == 0
    await run_action(locked_tester, SERVICE_UNLOCK, code=CODE)
    task = hass.async_create_task(handle_intent(intent.INTENT_TURN_ON))
    await locked_tester.wait_until(locked_tester.has_remote_id)
    await locked_tester.advance_clock(60)
    await task
    assert doors(locked_tester) == LockState.LOCKED


async def test_code_is_never_exposed(
    locked_tester: CommandTester, hass_client: ClientSessionGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await set_code(locked_tester, "0815-secret")
    assert await unlock_error(locked_tester, code="0816-guess") == "wrong_code"
    await run_action(locked_tester, SERVICE_UNLOCK, code="0815-secret")
    assert "0815-secret" not in str(
        await get_diagnostics_for_config_entry(locked_tester.hass, hass_client, locked_tester.entry)
    )
    messages = "\n".join(record.getMessage() for record in caplog.records if "stellantis" in record.name)
    assert messages
    assert "0815-secret" not in messages
    assert "0816-guess" not in messages
    assert "0815" not in str(locked_tester.hass.states.get(DOORS))


async def test_missing_scope_removes_lock(tester: CommandTester) -> None:
    """The entity is removed when the scope is no longer granted."""
    assert doors(tester) is not None
    token = dict(tester.entry.data["token"])
    token["scope"] = " ".join(scope for scope in token["scope"].split() if scope != "remote:door:write")
    tester.hass.config_entries.async_update_entry(tester.entry, data={**tester.entry.data, "token": token})
    await tester.reload()
    assert doors(tester) is None
    assert er.async_get(tester.hass).async_get(DOORS) is None


async def test_attempts_survive_reload_and_restart(locked_tester: CommandTester) -> None:
    for _ in range(5):
        assert await unlock_error(locked_tester, code="5555") == "wrong_code"
    locked_tester.hass.data.pop(lock_code.CODE_CHECKER)  # as after a restart
    await locked_tester.reload()
    await locked_tester.hass.async_block_till_done(wait_background_tasks=True)
    assert await unlock_error(locked_tester, code=CODE) == "too_many_codes"


async def test_partners_account_needs_the_code(locked_tester: CommandTester, link: Link) -> None:
    """The same car in another account, whose options contain no code, is not open to everyone."""
    partner = await link(unique_id="partner")
    await locked_tester.hass.async_block_till_done(wait_background_tasks=True)
    registry = er.async_get(locked_tester.hass)
    (lock_id,) = [
        entity.entity_id
        for entity in er.async_entries_for_config_entry(registry, partner.entry_id)
        if entity.domain == LOCK
    ]
    assert locked_tester.hass.states.get(lock_id).attributes["code_format"] == r"^\d*$"  # type: ignore[union-attr]
    for code in ("", "1111"):
        with pytest.raises(ServiceValidationError) as refused:
            await locked_tester.hass.services.async_call(
                LOCK, SERVICE_UNLOCK, {"entity_id": lock_id, "code": code}, blocking=True
            )
        assert refused.value.translation_key == "wrong_code"
    assert await locked_tester.post_count() == 0


async def test_jammed_lock_asks_for_the_code(locked_tester: CommandTester) -> None:
    await locked_tester.prepare(CommandType.LOCK)
    assert "code_format" not in locked_tester.hass.states.get(DOORS).attributes  # type: ignore[union-attr]
    await locked_tester.script({"status": "Failed", "failureCause": "DoorsOpen"})
    with pytest.raises(HomeAssistantError):
        await run_action(locked_tester, SERVICE_LOCK)
    assert doors(locked_tester) == LockState.JAMMED
    assert locked_tester.hass.states.get(DOORS).attributes["code_format"] == r"^\d*$"  # type: ignore[union-attr]


async def test_car_that_does_not_report_its_lock(tester: CommandTester) -> None:
    """It can be locked, so it has a lock, of unknown state."""
    await tester.control.patch(tester.vin, lock=True)
    body = (await tester.control.get(f"vehicles/{tester.vin}"))["status"]
    body["doorsState"].pop("lockedStates")
    registry = er.async_get(tester.hass)
    assert await tester.hass.config_entries.async_unload(tester.entry.entry_id)
    registry.async_remove(DOORS)
    await tester.control.put(f"vehicles/{tester.vin}/status", body)
    assert await tester.hass.config_entries.async_setup(tester.entry.entry_id)
    await tester.hass.async_block_till_done()
    assert doors(tester) == "unknown"
    lock = tester.hass.states.get("lock.peugeot_e_208_central_locking")
    assert lock
    assert lock.attributes["assumed_state"] is True
    await run_action(tester, SERVICE_UNLOCK)
    assert doors(tester) == "unknown"
    assert await tester.actual_value(CommandType.UNLOCK) is False
