"""Tests of the system health information."""

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.stellantis.const import DOMAIN
from tests.conftest import Link

from .support.helpers import Control
from .support.push import SetUpPush


async def test_info(hass: HomeAssistant, set_up_push: SetUpPush, control: Control) -> None:
    here = await set_up_push(own_monitors=True)
    await here.prove_push()
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    assert 0 < info.pop("requests_left") < 50_000
    assert info == {"accounts": "1/1", "cars": "1/1", "pushed": "1/1"}
    await control.fault("/user/vehicles/{id}/status", status=500)
    await here.car.status.async_refresh()
    here.car.push.async_set_active(frozenset(), complete=False)
    info = await get_system_health_info(hass, DOMAIN)
    assert (info["cars"], info["pushed"]) == ("0/1", "0/1")
    assert await hass.config_entries.async_unload(here.entry.entry_id)
    assert await get_system_health_info(hass, DOMAIN) == {"accounts": "0/1", "cars": "0/0", "pushed": "0/0"}


async def test_car_of_two_accounts_counts_once(hass: HomeAssistant, link: Link) -> None:
    first, _ = await link("ds"), await link("ds", unique_id="partner")
    assert await async_setup_component(hass, "system_health", {})
    assert (await get_system_health_info(hass, DOMAIN))["cars"] == "1/1"
    # It works if it does in one of the accounts
    (car,) = first.runtime_data.cars.values()
    car.status.last_update_success = False
    info = await get_system_health_info(hass, DOMAIN)
    assert (info["accounts"], info["cars"], info["pushed"]) == ("2/2", "1/1", "0/1")
