"""Google Assistant, Alexa and HomeKit: what entities become, and that none unlocks a car without the code."""

from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
import re
from typing import Any, Final
from unittest.mock import patch

from homeassistant.components.alexa import entities as alexa_entities, smart_home as alexa
from homeassistant.components.google_assistant import (
    GOOGLE_ASSISTANT_SCHEMA,
    helpers as google_helpers,
    smart_home as google,
)
from homeassistant.components.google_assistant.http import GoogleConfig
from homeassistant.components.homekit.accessories import HomeAccessory, HomeDriver, get_accessory
from homeassistant.components.homekit.iidmanager import AccessoryIIDStorage
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entityfilter import FILTER_SCHEMA
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.const import CONF_LOCK_CODE
from tests.conftest import Link
from tests.support.commands import ONE_CAR, RECENT_START, CommandTester

VOICE: Final = Path(__file__).parents[2] / "docs" / "voice.md"
LOCK: Final = "lock.peugeot_e_208_central_locking"
CODE: Final = "4711"
PIN: Final = "0815"
NOTHING: Final = "nothing"
NO_CONTROLS: Final = "no controls"
# What Alexa adds to every entity
ALEXA_BASICS: Final = {"Alexa", "Alexa.EndpointHealth"}


def google_config(hass: HomeAssistant, **settings: Any) -> GoogleConfig:
    """Return the configuration of Google Assistant."""
    return GoogleConfig(hass, GOOGLE_ASSISTANT_SCHEMA({"project_id": "house", **settings}))  # type: ignore[no-untyped-call]


def alexa_config(hass: HomeAssistant) -> alexa.AlexaConfig:
    """Return the configuration of Alexa."""
    return alexa.AlexaConfig(hass, {"filter": FILTER_SCHEMA({}), "endpoint": None, "locale": "en-US"})


@pytest.fixture
async def homekit_driver(hass: HomeAssistant) -> AsyncGenerator[HomeDriver]:
    """A driver of HomeKit that opens no socket and writes no file."""
    storage = AccessoryIIDStorage(hass, "house")
    await storage.async_initialize()
    module = "pyhap.accessory_driver"
    with (
        patch(f"{module}.AsyncZeroconf"),
        patch(f"{module}.HAPServer"),
        patch(f"{module}.AccessoryDriver.persist"),
    ):
        yield HomeDriver(
            hass, "house", "Bridge", "House", storage, address="127.0.0.1", loop=hass.loop, pincode=b"123-45-678"
        )


def make_accessory(hass: HomeAssistant, driver: HomeDriver, state: State, **settings: Any) -> HomeAccessory | None:
    """Return what HomeKit makes of an entity."""
    return get_accessory(hass, driver, state, 2, settings)


def google_word(hass: HomeAssistant, state: State) -> str:
    """Return Google's type of an entity, and its traits."""
    entity = google_helpers.GoogleEntity(hass, google_config(hass), state)
    if not entity.is_supported():
        return NOTHING
    device = entity.sync_serialize("user", "house")  # type: ignore[no-untyped-call]
    traits = ", ".join(trait.rsplit(".", 1)[1] for trait in device["traits"])
    return f"{device['type'].rsplit('.', 1)[1]}: {traits}"


def alexa_word(hass: HomeAssistant, state: State) -> str:
    """Return Alexa's category of an entity, and its interfaces."""
    if not (adapter := alexa_entities.ENTITY_ADAPTERS.get(state.domain)):
        return NOTHING
    entity = adapter(hass, alexa_config(hass), state)
    names = [interface.name() for interface in entity.interfaces()]
    interfaces = ", ".join(name.removeprefix("Alexa.") for name in names if name not in ALEXA_BASICS)
    if not names:
        return NOTHING
    return f"{', '.join(entity.display_categories() or ())}: {interfaces}" if interfaces else NO_CONTROLS


def homekit_word(hass: HomeAssistant, driver: HomeDriver, state: State) -> str:
    """Return HomeKit's services for an entity."""
    if not (accessory := make_accessory(hass, driver, state)):
        return NOTHING
    names = [service.display_name for service in accessory.services]
    return ", ".join(dict.fromkeys(name for name in names if name != "AccessoryInformation"))


def group(rows: Iterable[tuple[str, tuple[str, ...]]]) -> dict[tuple[str, ...], set[str]]:
    """Return the entities by what becomes of them."""
    groups: dict[tuple[str, ...], set[str]] = {}
    for name, words in rows:
        groups.setdefault(words, set()).add(name)
    return groups


@pytest.mark.simulator(start=RECENT_START, fleet=2, brand="peugeot")
async def test_entities(hass: HomeAssistant, link: Link, homekit_driver: HomeDriver) -> None:
    """Entities become what docs/voice.md says; all others become nothing."""
    entry: MockConfigEntry = await link()
    entries = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    rows: list[tuple[str, tuple[str, ...]]] = []
    for entity in entries:
        if state := hass.states.get(entity.entity_id):
            words = google_word(hass, state), alexa_word(hass, state), homekit_word(hass, homekit_driver, state)
            rows.append((entity.original_name or "Position", words))
    become = group(rows)
    assert len(become.pop((NOTHING,) * 3)) > 15
    table = VOICE.read_text(encoding="utf-8").split(
        "| entities | Google Assistant | Alexa | HomeKit |\n|---|---|---|---|\n"
    )[1]
    documented = re.findall(r"^\| (.+) \| (.+) \| (.+) \| (.+) \|$", table, re.MULTILINE)
    assert become == {tuple(words): set(names.split(", ")) for names, *words in documented}


async def google_unlock(hass: HomeAssistant, pin: str | None, **settings: Any) -> str | None:
    """Tell Google Assistant to unlock the car; return the error."""
    execution = {"command": "action.devices.commands.LockUnlock", "params": {"lock": False}}
    if pin:
        execution["challenge"] = {"pin": pin}
    payload = {"commands": [{"devices": [{"id": LOCK}], "execution": [execution]}]}
    message = {"requestId": "1", "inputs": [{"intent": "action.devices.EXECUTE", "payload": payload}]}
    config = google_config(hass, **settings)
    response = await google.async_handle_message(hass, config, "user", None, message, "cloud")  # type: ignore[no-untyped-call]
    result = response["payload"]
    (command,) = result.get("commands", [result])
    error: str | None = command.get("challengeNeeded", {}).get("type") or command.get("errorCode")
    return error


async def alexa_unlock(hass: HomeAssistant) -> str:
    """Tell Alexa to unlock the car; return the name of the response."""
    header = {"namespace": "Alexa.LockController", "name": "Unlock", "messageId": "1", "payloadVersion": "3"}
    directive = {"header": header, "endpoint": {"endpointId": LOCK.replace(".", "#"), "scope": {}}, "payload": {}}
    config = alexa_config(hass)
    with patch.object(config, "set_authorized"):
        response = await alexa.async_handle_message(hass, config, {"directive": directive})
    return str(response["event"]["header"]["name"])


@pytest.mark.simulator(**ONE_CAR)
async def test_unlocking(tester: CommandTester, homekit_driver: HomeDriver) -> None:
    hass = tester.hass

    async def is_unlocked() -> bool:
        """Return whether the car was unlocked, and lock it again."""
        await hass.async_block_till_done(wait_background_tasks=True)
        await tester.car.status.async_refresh()
        is_unlocked = not (await tester.control.get(f"vehicles/{tester.vin}"))["state"]["locked"]
        await tester.control.patch(tester.vin, lock=True)
        await tester.car.status.async_refresh()
        await tester.script("Success")
        return is_unlocked

    async def homekit_unlock(**settings: Any) -> None:
        """Unlock the car in HomeKit."""
        state = hass.states.get(LOCK)
        accessory = state and make_accessory(hass, homekit_driver, state, **settings)
        assert accessory
        accessory.char_target_state.client_update_value(0)

    await tester.control.patch(tester.vin, doors="closed", lock=True)
    assert not await is_unlocked()
    # Without a code: Google wants its PIN, Alexa and HomeKit leave that to their apps
    assert await google_unlock(hass, None) == "challengeFailedNotSetup"
    assert await google_unlock(hass, None, secure_devices_pin=PIN) == "pinNeeded"
    assert await google_unlock(hass, "9999", secure_devices_pin=PIN) == "challengeFailedPinNeeded"
    assert not await is_unlocked()
    assert await google_unlock(hass, PIN, secure_devices_pin=PIN) is None
    assert await is_unlocked()
    assert await alexa_unlock(hass) == "Response"
    assert await is_unlocked()
    await homekit_unlock()
    assert await is_unlocked()

    # With the code: nothing unlocks that does not know it
    hass.config_entries.async_update_entry(tester.entry, options={CONF_LOCK_CODE: CODE})
    await tester.reload()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get(LOCK)
    assert await google_unlock(hass, PIN, secure_devices_pin=PIN) == "unknownError"
    assert not await is_unlocked()
    assert await alexa_unlock(hass) == "Response", "Alexa does not wait for the result"
    assert not await is_unlocked()
    await homekit_unlock()
    assert not await is_unlocked()
    await homekit_unlock(code=CODE)
    assert await is_unlocked()
