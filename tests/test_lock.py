"""The doors, locked and unlocked as a person would, with a code and without."""

from datetime import timedelta
import logging
from typing import Any

from homeassistant.components.lock import DOMAIN as LOCK, SERVICE_LOCK, SERVICE_UNLOCK, LockState
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er, intent
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis import lock
from custom_components.stellantis.const import CONF_LOCK_CODE
from custom_components.stellantis.vehicle.command import Kind
from tests.support.commands import CARS, Telling
from tests.support.helpers import state

pytestmark = pytest.mark.simulator(**CARS)

DOORS = "lock.peugeot_e_208_doors"
CODE = "4711"


async def act(telling: Telling, service: str, **said: Any) -> None:
    """Lock or unlock, and give the car the time that it needs once it was told."""
    task = telling.hass.async_create_task(call(telling, service, **said))
    await telling.until(lambda: task.done() or telling.remotes_seen())
    await telling.pass_time(60)
    await task


async def call(telling: Telling, service: str, **said: Any) -> None:
    """Lock or unlock."""
    await telling.hass.services.async_call(LOCK, service, {"entity_id": DOORS, **said}, blocking=True)


async def refusal(telling: Telling, **said: Any) -> str | None:
    """Return why the doors are not unlocked."""
    with pytest.raises(ServiceValidationError) as refused:
        await call(telling, SERVICE_UNLOCK, **said)
    return refused.value.translation_key


async def set_code(telling: Telling, code: str) -> None:
    """Choose a code, and load the account anew, as the options do."""
    telling.hass.config_entries.async_update_entry(telling.entry, options={CONF_LOCK_CODE: code})
    await telling.reload()
    await telling.hass.async_block_till_done(wait_background_tasks=True)


def doors(telling: Telling) -> str | None:
    """Return the state of the doors."""
    return state(telling.hass, DOORS)


@pytest.fixture
async def coded(telling: Telling) -> Telling:
    """A car that is locked, and unlocked by who knows the code."""
    await telling.prepare(Kind.UNLOCK)
    await set_code(telling, CODE)
    return telling


@pytest.mark.parametrize(
    ("service", "kind", "before", "during", "after"),
    [
        (SERVICE_LOCK, Kind.LOCK, LockState.UNLOCKED, LockState.LOCKING, LockState.LOCKED),
        (SERVICE_UNLOCK, Kind.UNLOCK, LockState.LOCKED, LockState.UNLOCKING, LockState.UNLOCKED),
    ],
)
async def test_lock_and_unlock(
    both: Telling, service: str, kind: Kind, before: LockState, during: LockState, after: LockState
) -> None:
    await both.prepare(kind)
    assert doors(both) == before
    await both.script("Accepted", "CheckingVehicle", "Success")
    task = both.hass.async_create_task(call(both, service))
    await both.until(both.remotes_seen)
    assert doors(both) == during
    await both.until_at("Accepted")
    await both.pass_time(1)
    await both.until_at("CheckingVehicle")
    assert doors(both) == during
    await both.pass_time(1)
    await task
    assert doors(both) == after
    assert await both.true(kind) is (kind is Kind.LOCK)
    await both.car.status.async_refresh()
    assert doors(both) == after


@pytest.mark.parametrize("service", [SERVICE_LOCK, SERVICE_UNLOCK])
@pytest.mark.parametrize(
    ("cause", "key", "jams"),
    [
        ("DoorsOpen", "doors_open", True),
        ("CidInside", "key_inside", True),
        ("VehicleInUse", "vehicle_in_use", False),
        ("VehicleConnectionTimeout", "vehicle_connection_timeout", False),
    ],
)
async def test_failure(telling: Telling, service: str, cause: str, key: str, jams: bool) -> None:
    """What was before is back, or it says that the car tried; that is over with the next that succeeds."""
    await telling.prepare(Kind(service))
    before = doors(telling)
    await telling.script("Accepted", {"status": "Failed", "failureCause": cause})
    with pytest.raises(HomeAssistantError) as failed:
        await act(telling, service)
    assert failed.value.translation_key == key
    assert doors(telling) == (LockState.JAMMED if jams else before)
    # What tells nothing of the doors leaves it so
    await telling.finish(Kind.HORN)
    await telling.script({"status": "Failed", "failureCause": "VehicleInUse"})
    with pytest.raises(HomeAssistantError):
        await act(telling, service)
    assert doors(telling) == (LockState.JAMMED if jams else before)
    await telling.script("Accepted", "Success")
    task = telling.hass.async_create_task(call(telling, service))
    await telling.until_at("Accepted")
    assert doors(telling) == f"{service}ing"
    await telling.pass_time(1)
    await task
    assert doors(telling) == f"{service}ed"


async def test_jammed_until_the_doors_tell_something_newer(telling: Telling) -> None:
    await telling.prepare(Kind.LOCK)
    await telling.script({"status": "Failed", "failureCause": "DoorsOpen"})
    with pytest.raises(HomeAssistantError):
        await act(telling, SERVICE_LOCK)
    await telling.control.patch(telling.vin, temperature=11)
    await telling.car.status.async_refresh()
    assert doors(telling) == LockState.JAMMED
    await telling.pass_time(3600)
    await telling.control.patch(telling.vin, lock=True)
    await telling.car.status.async_refresh()
    assert doors(telling) == LockState.LOCKED


async def test_locking_that_a_restart_cuts_is_shown_again(telling: Telling) -> None:
    await telling.prepare(Kind.LOCK)
    await telling.script("Accepted", {"status": "Success", "delay": 60})
    task = telling.hass.async_create_task(call(telling, SERVICE_LOCK))
    await telling.until_at("Accepted")
    await telling.reload()
    with pytest.raises(HomeAssistantError) as cut:
        await task
    assert cut.value.translation_key == "command_interrupted"
    assert doors(telling) == LockState.LOCKING
    await telling.pass_time(60)
    await telling.ended()
    assert doors(telling) == LockState.LOCKED
    assert await telling.posted() == 1


async def test_code_is_asked_for_unlocking_only(coded: Telling) -> None:
    assert doors(coded) == LockState.LOCKED
    assert coded.hass.states.get(DOORS).attributes["code_format"] == r"^\d*$"  # type: ignore[union-attr]
    assert await refusal(coded) == "wrong_code"
    assert await refusal(coded, code="4712") == "wrong_code"
    assert await refusal(coded, code="") == "wrong_code"
    assert await coded.posted() == 0
    assert doors(coded) == LockState.LOCKED
    await act(coded, SERVICE_LOCK)  # it is locked already: that needs no code either
    await act(coded, SERVICE_UNLOCK, code=CODE)
    assert doors(coded) == LockState.UNLOCKED
    assert "code_format" not in coded.hass.states.get(DOORS).attributes  # type: ignore[union-attr]
    assert await refusal(coded) == "wrong_code"
    await act(coded, SERVICE_LOCK)
    assert doors(coded) == LockState.LOCKED
    assert await coded.posted() == 3


async def test_code_of_letters(telling: Telling) -> None:
    await telling.prepare(Kind.UNLOCK)
    await set_code(telling, "Säße 9")
    assert telling.hass.states.get(DOORS).attributes["code_format"] == "^.*$"  # type: ignore[union-attr]
    assert await refusal(telling, code="sässe 9") == "wrong_code"
    await act(telling, SERVICE_UNLOCK, code="Säße 9")
    assert doors(telling) == LockState.UNLOCKED


async def test_no_format_is_taken_that_is_not_the_codes(coded: Telling) -> None:
    assert await refusal(coded, code="abcd") == "add_default_code"


async def test_too_many_wrong_codes(coded: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("1111", "2222", "3333", "4444"):
        assert await refusal(coded, code=code) == "wrong_code"
        assert await refusal(coded) == "wrong_code", "who gives none does not guess"
    await act(coded, SERVICE_UNLOCK, code=CODE)  # the right one wipes the slate
    await act(coded, SERVICE_LOCK)
    for _ in range(5):
        assert await refusal(coded, code="5555") == "wrong_code"
    assert await refusal(coded, code="6666") == "too_many_codes"
    assert await refusal(coded, code=CODE) == "too_many_codes"
    await act(coded, SERVICE_LOCK)  # locking goes on
    assert lock.WHILE.total_seconds() == 15 * 60
    monkeypatch.setattr(lock, "WHILE", timedelta(0))  # they are over
    await act(coded, SERVICE_UNLOCK, code=CODE)
    assert doors(coded) == LockState.UNLOCKED


async def test_code_that_home_assistant_gives(coded: Telling) -> None:
    """Who keeps the code with the entity is not asked for it."""
    er.async_get(coded.hass).async_update_entity_options(DOORS, LOCK, {"default_code": CODE})
    await coded.hass.async_block_till_done()
    await act(coded, SERVICE_UNLOCK)
    assert doors(coded) == LockState.UNLOCKED


async def test_by_voice(coded: Telling) -> None:
    """Locking by voice needs no code; unlocking does, and none can be said."""
    hass = coded.hass
    assert await async_setup_component(hass, "intent", {})
    slots = {"name": {"value": "Peugeot e-208 Doors"}}

    async def say(what: str) -> None:
        await intent.async_handle(hass, "test", what, slots, context=Context())

    with pytest.raises(intent.IntentHandleError):
        await say(intent.INTENT_TURN_OFF)
    assert doors(coded) == LockState.LOCKED
    assert await coded.posted() == 0
    await act(coded, SERVICE_UNLOCK, code=CODE)
    task = hass.async_create_task(say(intent.INTENT_TURN_ON))
    await coded.until(coded.remotes_seen)
    await coded.pass_time(60)
    await task
    assert doors(coded) == LockState.LOCKED


async def test_code_is_never_told(
    coded: Telling, hass_client: ClientSessionGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await set_code(coded, "0815-secret")
    assert await refusal(coded, code="0816-guess") == "wrong_code"
    await act(coded, SERVICE_UNLOCK, code="0815-secret")
    assert "0815-secret" not in str(await get_diagnostics_for_config_entry(coded.hass, hass_client, coded.entry))
    said = "\n".join(one.getMessage() for one in caplog.records if "stellantis" in one.name)
    assert said
    assert "0815-secret" not in said
    assert "0816-guess" not in said
    assert "0815" not in str(coded.hass.states.get(DOORS))


async def test_car_that_may_not_be_told_has_none(telling: Telling) -> None:
    """When the right is gone, so is the entity."""
    assert doors(telling) is not None
    token = dict(telling.entry.data["token"])
    token["scope"] = " ".join(one for one in token["scope"].split() if one != "remote:door:write")
    telling.hass.config_entries.async_update_entry(telling.entry, data={**telling.entry.data, "token": token})
    await telling.reload()
    assert doors(telling) is None
    assert er.async_get(telling.hass).async_get(DOORS) is None
