"""Selects: charging preferences."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import (
    actual_car,
    assert_fails,
    call_entity_action,
    sent_commands,
    start_entity_action,
)
from tests.support.helpers import get_state

pytestmark = [pytest.mark.simulator(**ONE_CAR), pytest.mark.usefixtures("entity_registry_enabled_by_default")]

# Entity, option before, member of the simulated car, option after, API preferences, values of the member
CHOICES = [
    ("charging_power_level", "level_5", "charge_power", "level_2", {"level": "Level2"}, ("Level5", "Level2")),
    ("charge_to", "full", "charge_limit", "partial", {"type": "Partial"}, ("Full", "Partial")),
]


@pytest.mark.parametrize(("name", "before", "member", "after", "preferences", "actual"), CHOICES)
async def test_choice(
    tester: CommandTester,
    name: str,
    before: str,
    member: str,
    after: str,
    preferences: dict[str, str],
    actual: tuple[str, str],
) -> None:
    entity_id = f"select.peugeot_e_208_{name}"
    assert get_state(tester.hass, entity_id) == before
    task = await start_entity_action(tester, "select.select_option", name, option=after)
    assert get_state(tester.hass, entity_id) == after
    assert (await actual_car(tester))["state"][member] == actual[0]
    await tester.advance_clock(60)
    await task
    assert (await actual_car(tester))["state"][member] == actual[1]
    for _ in range(2):
        assert get_state(tester.hass, entity_id) == after
        await tester.car.status.async_refresh()
    assert await sent_commands(tester) == [{"charging": {"preferences": preferences}}]


@pytest.mark.parametrize(("name", "before", "member", "after", "preferences", "actual"), CHOICES)
async def test_failed_choice(
    tester: CommandTester,
    name: str,
    before: str,
    member: str,
    after: str,
    preferences: dict[str, str],
    actual: tuple[str, str],
) -> None:
    entity_id = f"select.peugeot_e_208_{name}"
    await tester.script("Accepted", {"status": "Failed", "failureCause": "CanceledByDriver"})
    task = await start_entity_action(tester, "select.select_option", name, option=after)
    assert get_state(tester.hass, entity_id) == after
    await tester.advance_clock(60)
    await assert_fails(task, "canceled_by_driver")
    assert get_state(tester.hass, entity_id) == before
    assert (await actual_car(tester))["state"][member] == actual[0]
    assert preferences.keys() <= (await sent_commands(tester))[0]["charging"]["preferences"].keys()


async def test_invalid_option(tester: CommandTester) -> None:
    with pytest.raises(ServiceValidationError):
        await call_entity_action(tester, "select.select_option", "charge_to", option="half")
    assert await tester.post_count() == 0


@pytest.mark.simulator(fleet=9, brand=None)
@pytest.mark.parametrize("brand", ["citroen", "ds", "opel", "vauxhall"])
async def test_car_without_preferences(hass: HomeAssistant, link: Link, brand: str) -> None:
    await link(brand)
    assert hass.states.async_entity_ids("select") == []
