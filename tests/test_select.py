"""Selects: with how much power a car charges, and whether to the full."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from tests.conftest import Link
from tests.support.commands import CARS, Telling
from tests.support.entity_actions import call, fails, sent, start, truth
from tests.support.helpers import state

pytestmark = pytest.mark.simulator(**CARS)

# Which, what it is, the member of the simulator's car, what it is to be, how the API says that
CHOICES = [
    ("charging_power_level", "level_5", "charge_power", "level_2", {"level": "Level2"}, ("Level5", "Level2")),
    ("charging_type", "full", "charge_limit", "partial", {"type": "Partial"}, ("Full", "Partial")),
]


@pytest.mark.parametrize(("name", "before", "member", "after", "told", "true"), CHOICES)
async def test_choice(
    telling: Telling, name: str, before: str, member: str, after: str, told: dict[str, str], true: tuple[str, str]
) -> None:
    entity_id = f"select.peugeot_e_208_{name}"
    assert state(telling.hass, entity_id) == before
    task = await start(telling, "select.select_option", name, option=after)
    assert state(telling.hass, entity_id) == after
    assert (await truth(telling))["state"][member] == true[0]
    await telling.pass_time(60)
    await task
    assert (await truth(telling))["state"][member] == true[1]
    for _ in range(2):
        assert state(telling.hass, entity_id) == after
        await telling.car.status.async_refresh()
    assert await sent(telling) == [{"charging": {"preferences": told}}]


@pytest.mark.parametrize(("name", "before", "member", "after", "told", "true"), CHOICES)
async def test_choice_that_fails(
    telling: Telling, name: str, before: str, member: str, after: str, told: dict[str, str], true: tuple[str, str]
) -> None:
    entity_id = f"select.peugeot_e_208_{name}"
    await telling.script("Accepted", {"status": "Failed", "failureCause": "CanceledByDriver"})
    task = await start(telling, "select.select_option", name, option=after)
    assert state(telling.hass, entity_id) == after
    await telling.pass_time(60)
    await fails(task, "canceled_by_driver")
    assert state(telling.hass, entity_id) == before
    assert (await truth(telling))["state"][member] == true[0]
    assert told.keys() <= (await sent(telling))[0]["charging"]["preferences"].keys()


async def test_no_such_choice(telling: Telling) -> None:
    with pytest.raises(ServiceValidationError):
        await call(telling, "select.select_option", "charging_type", option="half")
    assert await telling.posted() == 0


@pytest.mark.simulator(fleet=9, brand=None)
@pytest.mark.parametrize("brand", ["citroen", "ds", "opel", "vauxhall"])
async def test_car_without_preferences(hass: HomeAssistant, link: Link, brand: str) -> None:
    await link(brand)
    assert hass.states.async_entity_ids("select") == []
