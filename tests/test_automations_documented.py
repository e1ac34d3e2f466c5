"""The examples of docs/automations.md are valid, and do what they say with a simulated car."""

from typing import Final

import pytest

from custom_components.stellantis.condition import CONDITIONS
from custom_components.stellantis.endpoints import ALERTS
from custom_components.stellantis.trigger import TRIGGERS
from custom_components.stellantis.vehicle.command import CommandType
from tests.support.automations import NewMessages, documented_automations, set_up_automations
from tests.support.commands import ONE_CAR, CommandTester, get_error_key
from tests.support.helpers import advance_time

from .support.source import ROOT

DOCUMENT: Final = "docs/automations.md"
AUTOMATIONS: Final = documented_automations(DOCUMENT)
CONDITIONAL: Final = [automation for automation in AUTOMATIONS if "conditions" in automation]

pytestmark = pytest.mark.simulator(**ONE_CAR)


def test_each_trigger_and_condition_has_an_example() -> None:
    text = (ROOT / DOCUMENT).read_text(encoding="utf-8")
    used = {item.get("trigger") for automation in AUTOMATIONS for item in automation["triggers"]}
    used |= {item.get("condition") for automation in AUTOMATIONS for item in automation.get("conditions", [])}
    keys = {f"stellantis.{key}" for key in (*TRIGGERS, *CONDITIONS)}
    assert {key for key in used if key and key.startswith("stellantis.")} == keys
    assert all(f"`{key}`" in text for key in keys)


async def test_triggers(tester: CommandTester, new_messages: NewMessages) -> None:
    await set_up_automations(tester.hass, [automation for automation in AUTOMATIONS if automation not in CONDITIONAL])
    hass, car = tester.hass, tester.car

    async def change(**changes: object) -> list[str]:
        await tester.control.patch(tester.vin, **changes)
        await car.status.async_refresh()
        await hass.async_block_till_done()
        return new_messages()

    await change(plug=False, level=40)
    assert await change(plug=True) == ["Plugged in at 40 %"]
    assert await change(charge=True) == ["Charging from 40 to 100 %"]
    # A pause is no end of the session
    assert await change(charge="Stopped") == ["Charging stopped at 40 %: stopped"]
    assert await change(charge=True, level=50) == []
    assert await change(charge="Finished", level=60) == ["Charged to 60 %"]
    # Some cars report Disconnected on the cable at the end of a charge, others when they wake up during it
    assert await change(charge=True, level=61) == ["Charging from 61 to 100 %"]
    assert await change(charge="Disconnected") == []
    assert await change(charge=True) == []
    assert await change(charge="Disconnected", level=100) == ["Charged to 100 %"]
    await change(level=40)
    assert await change(plug=False) == ["Unplugged at 40 %"]

    alerts = car.coordinator_for(ALERTS)
    assert alerts
    await tester.control.patch(tester.vin, alerts=["LeftFrontTireUnderInflated", "RiskOfIce"])
    await alerts.async_refresh()
    await hass.async_block_till_done()
    assert new_messages() == ["PEUGEOT e-208 warns: Front left tire underinflated"]
    await tester.control.patch(tester.vin, alerts=[])
    await alerts.async_refresh()
    await hass.async_block_till_done()
    assert new_messages() == ["Over: Front left tire underinflated", "Over: Risk of ice"]

    for command_type in (CommandType.LOCK, CommandType.UNLOCK):
        await tester.script("Accepted", {"status": "Failed", "failureCause": "DoorsOpen"})
        task = await tester.start(command_type)
        await tester.advance_clock(60)
        assert await get_error_key(task) == "doors_open"
    await hass.async_block_till_done()
    (message,) = new_messages()
    assert message.startswith("Lock failed. ")
    assert "door" in message

    await advance_time(hass, 1800 + 600)
    assert new_messages() == ["The car is asleep."]
    await advance_time(hass, 2 * 86400 + 600)
    assert [message for message in new_messages() if message.startswith("Silent since ")]


async def test_conditions(tester: CommandTester, new_messages: NewMessages) -> None:
    hass = tester.hass
    await set_up_automations(hass, CONDITIONAL)
    automations = [state.entity_id for state in hass.states.async_all("automation")]

    async def passing(**changes: object) -> set[str]:
        """Change the car, and return the messages of the automations whose conditions then pass."""
        await tester.control.patch(tester.vin, **changes)
        await tester.car.status.async_refresh()
        alerts = tester.car.coordinator_for(ALERTS)
        assert alerts
        await alerts.async_refresh()
        await hass.async_block_till_done()
        for entity_id in automations:
            data = {"entity_id": entity_id, "skip_condition": False}
            await hass.services.async_call("automation", "trigger", data, blocking=True)
        return set(new_messages())

    recent = {"40.0 %", "Something keeps the car awake."}
    assert await passing(plug=False, level=40) == recent | {"Plug in the car.", "The car is fine."}
    assert await passing(plug=True, alerts=["RiskOfIce"]) == recent
    assert await passing(alerts=["RiskOfIce", "AddWasherFluid"]) == recent | {"Refill the washer fluid."}
