"""The blueprint "Ask the car": each sentence of docs/voice.md is answered, and done, as it says there."""

from pathlib import Path
import re
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.util.yaml import parse_yaml
import pytest

from tests.support.commands import RECENT_START

from .conftest import MakeHousehold
from .household import BLUEPRINTS, Household

pytestmark = pytest.mark.simulator(start=RECENT_START, fleet=2, brand="peugeot")

VOICE: Final = Path(__file__).parents[2] / "docs" / "voice.md"
LANGUAGES: Final = {"en": "English", "fr": "French", "de": "German"}
FILES: Final = {"en": "ask_the_car", "fr": "ask_the_car_fr", "de": "ask_the_car_de"}
ROW: Final = re.compile(r"\| ([^|]+) \| ([^|]+) \| ([\w.]*) ?\|")

type Row = tuple[str | Any, ...]


def read_tables(language: str) -> list[list[Row]]:
    """Return the rows of a language's tables in docs/voice.md: those with one car, and those with two."""
    section = VOICE.read_text(encoding="utf-8").split(f"\n### In {LANGUAGES[language]}\n")[1].split("\n#")[0]
    tables = re.split(r"\n\| say .*\n\|---.*\n", section)[1:]
    return [[match.groups() for line in table.splitlines() if (match := ROW.fullmatch(line))] for table in tables]


async def say_all(household: Household, language: str, table: list[Row]) -> list[Row]:
    """Say the sentences of a table, and return its rows with the answers that came and the actions that were run."""
    rows: list[Row] = []
    for sentence, _, _ in table:
        reply = await household.async_say(sentence, language)
        rows.append((sentence, reply.speech, ", ".join(action for action, _ in reply.actions)))
    return rows


@pytest.mark.parametrize("language", LANGUAGES)
async def test_sentences(make_household: MakeHousehold, language: str) -> None:
    household = await make_household(language)
    entities: list[str] = []
    for vin, table in zip(household.vins, read_tables(language), strict=True):
        entities = entities + household.chosen_entities(vin)
        await household.async_add_automation(FILES[language], entities=entities)
        household.fix_states()
        assert len(table) > 10
        assert await say_all(household, language, table) == table


async def test_limits(make_household: MakeHousehold) -> None:
    """A command goes to the car that was named. What is said of other things, and what unlocks, is left alone."""
    household = await make_household("en")
    first, second = household.vins
    await household.async_add_automation(
        FILES["en"], entities=household.chosen_entities(first) + household.chosen_entities(second)
    )
    reply = await household.async_say("lock the Peugeot 308")
    assert reply.actions == (("lock.lock", household.find(second, "lock", "central_locking")),)
    others = ("is the carport locked", "lock the front door", "charge the phone", "where is the cat")
    unlocking = ("unlock the car", "unlock the Peugeot e-208", "open the car", "do not lock the car")
    for sentence in others + unlocking:
        assert not await household.async_is_answered(sentence), sentence
    # Without anything to tell or to command
    lock = household.find(first, "lock", "central_locking")
    await household.async_add_automation(FILES["en"], entities=[lock])
    assert (await household.async_say("how full is the car")).speech == "I do not know."
    assert (await household.async_say("where is the car")).speech == "I do not know."
    assert (await household.async_say("what does the car warn of")).speech == "I do not know."
    assert (await household.async_say("charge the car")).speech == "The car cannot do that."


async def test_switches(make_household: MakeHousehold) -> None:
    """Charging is switched, whatever other switches of the car are chosen, and in whichever order."""
    household = await make_household("en")
    first = household.vins[0]
    charging, limit, program = (
        household.find(first, "switch", key) for key in ("charging", "stop_at_limit", "preconditioning_program_1")
    )
    assert limit
    assert program
    await household.async_add_automation(FILES["en"], entities=[program, limit, charging])
    assert (await household.async_say("stop charging the car")).actions == (("switch.turn_off", charging),)
    await household.async_add_automation(FILES["en"], entities=[limit])
    reply = await household.async_say("stop charging the car")
    assert (reply.speech, reply.actions) == ("The car cannot do that.", ())


async def test_refused(make_household: MakeHousehold) -> None:
    household = await make_household("en")
    (first, _), hass = household.vins, household.hass
    await household.async_add_automation(FILES["en"], entities=household.chosen_entities(first))
    reply = await household.async_say("warm up the car", result={"status": "Failed", "failureCause": "DoorsOpen"})
    assert reply.speech == "I am telling the car."
    notifications = persistent_notification._async_get_or_create_notifications(hass)
    assert [notification["message"] for notification in notifications.values()] == [
        "PEUGEOT e-208: Preconditioning did not work. A door, the trunk, or the hood is open. Close it, then try again."
    ]


def test_blueprints_differ_in_texts_only() -> None:
    blueprints = {name: parse_yaml((BLUEPRINTS / "stellantis" / f"{name}.yaml").read_text()) for name in FILES.values()}
    structures: list[Any] = []
    for name, blueprint in blueprints.items():
        assert isinstance(blueprint, dict)
        head = blueprint["blueprint"]
        assert head["source_url"].endswith(f"/blueprints/automation/stellantis/{name}.yaml")
        inputs = head["input"]["sentences"].pop("input")
        for sentence in [sentence for field in inputs.values() for sentence in field.pop("default")]:
            # A sentence names the car, so that it does not match what is said of other things
            assert "Peugeot|" in sentence
            assert re.search(r"unlock the|[eé]verrouille |entriegl", sentence) is None
        words = blueprint["variables"].pop("words")
        structures.append((sorted(inputs), list(words), head["input"].keys(), {**blueprint, "blueprint": None}))
        assert "unlock" not in str({**blueprint, "blueprint": None}).replace("unlocked", "").replace("unknown_lock", "")
    assert structures[1:] == structures[:1] * 2
