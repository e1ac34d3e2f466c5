"""Home Assistant's own sentences: what they do with a car, by default and with what was exposed."""

from pathlib import Path
from typing import Final
from unittest.mock import patch

from homeassistant.components.conversation import DOMAIN as CONVERSATION
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.helpers import device_registry as dr, entity_registry as er, intent
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.stellantis.const import CONF_LOCK_CODE
from tests.support.commands import RECENT_START

from .conftest import MakeHousehold
from .household import Household

VOICE: Final = Path(__file__).parents[2] / "docs" / "voice.md"
TWO_CARS: Final = pytest.mark.simulator(start=RECENT_START, fleet=2, brand="peugeot")
TICKED: Final = (("lock", "central_locking"), ("sensor", "battery_level"), ("sensor", "electric_range"))
# Sentences of docs/voice.md, with the answer and the action
SENTENCES: Final = {
    "en": (
        ("Is Peugeot e-208 central locking locked?", "Yes", None),
        ("Is the Peugeot e-208 trunk open?", "No, off", None),
        ("What is the Peugeot e-208 battery?", "Peugeot e-208 battery is 52 %", None),
        ("What is the Peugeot e-208 electric range?", "Peugeot e-208 electric range is 160 km", None),
        ("Is the Peugeot e-208 charging?", "Peugeot e-208 charging is on", None),
        ("Lock the Peugeot e-208 central locking", "Locking", "lock.lock"),
        ("Turn on Peugeot e-208 preconditioning", "Turned on the thermostat", "climate.turn_on"),
        ("Turn off Peugeot e-208 charging", "Turned off the switch", "switch.turn_off"),
    ),
    "fr": (
        ("Est-ce que Peugeot e-208 verrouillage est verrouillé ?", "Oui", None),
        ("Quel est l'état de Peugeot e-208 batterie ?", "Peugeot e-208 batterie est 52 %", None),
        (
            "Quel est l'état de Peugeot e-208 autonomie électrique ?",
            "Peugeot e-208 autonomie électrique est 160 km",
            None,
        ),
        ("Verrouille Peugeot e-208 verrouillage", "Verrouillé", "lock.lock"),
        ("Allume Peugeot e-208 préconditionnement", "Allumé", "climate.turn_on"),
        ("Éteins Peugeot e-208 charge", "Éteint", "switch.turn_off"),
    ),
    "de": (
        ("Ist Peugeot e-208 Zentralverriegelung verriegelt?", "Ja", None),
        ("Wie ist Peugeot e-208 Batterie?", "Peugeot e-208 batterie ist 52 %", None),
        ("Wie ist Peugeot e-208 elektrische Reichweite?", "Peugeot e-208 elektrische reichweite ist 160 km", None),
        ("Verriegle Peugeot e-208 Zentralverriegelung", "abgeschlossen", "lock.lock"),
        (
            "Schalte Peugeot e-208 Vorklimatisierung ein",
            "Peugeot e-208 Vorklimatisierung eingeschaltet",
            "climate.turn_on",
        ),
        ("Schalte Peugeot e-208 Laden aus", "Peugeot e-208 Laden ausgeschaltet", "switch.turn_off"),
    ),
}
# Home Assistant guesses which device is meant: "turn off the … doors" unlocks a car whose lock is called "Doors"
NOT_UNLOCKING: Final = ("alarm", "horn", "windows", "heating", "doors", "lock")
FEW: Final = (("lock", "central_locking"), ("climate", "preconditioning"), ("switch", "charging"))
NAMES: Final = ("PEUGEOT e-208", "Opel Corsa-e", "Car")
DEFAULT_KEYS: Final = {
    "binary_sensor": {"driver_door", "passenger_door", "rear_left_door", "rear_right_door", "trunk"},
    "climate": {"preconditioning"},
    "sensor": {"outside_temperature"},
    "switch": {"charging", "preconditioning_program_1", "stop_at_limit"},
}


async def expose_ticked(household: Household) -> None:
    """Expose to Assist what docs/voice.md says to tick."""
    household.expose(entity_id for key in TICKED if (entity_id := household.find(household.vins[0], *key)))


@TWO_CARS
@pytest.mark.parametrize("language", SENTENCES)
async def test_sentences(make_household: MakeHousehold, language: str) -> None:
    household = await make_household(language)
    await expose_ticked(household)
    household.fix_states()
    text = VOICE.read_text(encoding="utf-8")
    for sentence, speech, action in SENTENCES[language]:
        assert f" {sentence} |" in text, "not in docs/voice.md"
        reply = await household.async_say(sentence, language)
        assert (reply.speech, [name for name, _ in reply.actions]) == (speech, [action] if action else [])


@TWO_CARS
async def test_exposed_by_default(make_household: MakeHousehold) -> None:
    """What docs/voice.md says to be exposed without a tick; the lock is not."""
    household = await make_household("en")
    vin = household.vins[0]
    exposed: dict[str, set[str]] = {}
    registry = er.async_get(household.hass)
    for entity_id in household.hass.states.async_entity_ids():
        entry = registry.async_get(entity_id)
        if entry and vin in entry.unique_id and async_should_expose(household.hass, CONVERSATION, entity_id):
            exposed.setdefault(entry.domain, set()).add(entry.unique_id.rsplit(f"{vin}_", 1)[1])
    assert exposed == DEFAULT_KEYS


@TWO_CARS
async def test_nothing_else_unlocks(make_household: MakeHousehold) -> None:
    """No sentence but one that says so unlocks a car, whatever it is called; and that one not without the code."""
    household = await make_household("en")
    hass, entry = household.hass, household.tester.entry
    await expose_ticked(household)
    lock = household.find(household.vins[0], "lock", "central_locking")
    registry = dr.async_get(hass)
    device = household.tester.car.device
    for domain in ("climate", "switch"):
        async_mock_service(hass, domain, "turn_off")
    few = [household.find(household.vins[0], *key) for key in FEW]
    others = [entity_id for entity_id in hass.states.async_entity_ids() if entity_id not in few]
    for name in (NAMES[0], *NAMES):
        registry.async_update_device(device.id, name_by_user=name)
        await hass.async_block_till_done()
        sentences = [f"turn off the {name} {noun}" for noun in NOT_UNLOCKING]
        for sentence in (*sentences, f"turn off the {name}", f"open the {name}"):
            reply = await household.async_say(sentence)
            assert "lock.unlock" not in dict(reply.actions), sentence
        # The fewer entities there are to choose from, the likelier is the lock
        household.expose(others, should_expose=False)
    hass.config_entries.async_update_entry(entry, options={CONF_LOCK_CODE: "4711"})
    await household.tester.reload()
    await hass.async_block_till_done(wait_background_tasks=True)
    # Assist waits for the result, however long the code is checked
    with patch.object(intent.DynamicServiceIntentHandler, "service_timeout", None):
        reply = await household.async_say("unlock the car central locking")
    assert reply.actions == (("lock.unlock", lock),)
    assert reply.error == "failed_to_handle"
    assert lock
    assert hass.states.is_state(lock, "locked")
