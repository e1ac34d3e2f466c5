"""Fixtures of a household with two cars."""

from collections.abc import Awaitable, Callable, Generator
from unittest.mock import PropertyMock, patch

from homeassistant.components import conversation, persistent_notification
from homeassistant.core import DOMAIN as HOMEASSISTANT, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.support.commands import MakeCommandTester

from .household import BLUEPRINTS, Household

type MakeHousehold = Callable[[str], Awaitable[Household]]

HOME = (45.764, 4.8357)


@pytest.fixture(autouse=True)
def _blueprints_of_repository() -> Generator[None]:
    """Read blueprints from the repository, instead of the folder of the configuration."""
    folder = "homeassistant.components.blueprint.models.DomainBlueprints.blueprint_folder"
    with patch(folder, new_callable=PropertyMock, return_value=BLUEPRINTS):
        yield


@pytest.fixture
def make_household(hass: HomeAssistant, make_tester: MakeCommandTester) -> MakeHousehold:
    """Return a function that sets up the cars of an account, in a language, with what they show in docs/voice.md."""

    async def make(language: str) -> Household:
        hass.config.language = language
        hass.config.latitude, hass.config.longitude = HOME
        await hass.config.async_set_time_zone("Europe/Paris")
        for integration in (HOMEASSISTANT, conversation.DOMAIN, persistent_notification.DOMAIN, "zone"):
            assert await async_setup_component(hass, integration, {})
        household = Household(hass, await make_tester(has_monitors=False))
        first, second = household.vins
        control = household.tester.control
        await control.patch(first, position=[*reversed(HOME)], doors="closed", lock=True, plug=True, charge=True)
        await control.patch(first, alerts=["AddWasherFluid"])
        await control.patch(second, doors=["Trunk"], alerts=["AddWasherFluid", "BrakingSystemFailure"])
        for car in household.tester.entry.runtime_data.cars.values():
            await car.async_refresh_all()
        await hass.async_block_till_done(wait_background_tasks=True)
        return household

    return make
