"""Capabilities that the list of cars lacks at times: what is known holds, and what comes later makes entities."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.api import StellantisClient, Vehicle
from tests.conftest import Link
from tests.support.commands import ONE_CAR
from tests.support.helpers import get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

LOCK = "lock.peugeot_e_208_central_locking"


class Listing:
    """The list of cars, with or without their capabilities."""

    has_capabilities = True


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> Listing:
    """Return what decides whether cars are listed with their capabilities."""
    listing, list_vehicles = Listing(), StellantisClient.vehicles

    async def vehicles(client: StellantisClient, **options: Any) -> AsyncIterator[Vehicle]:
        async for vehicle in list_vehicles(client, **options):
            yield vehicle if listing.has_capabilities else replace(vehicle, capabilities=None)

    monkeypatch.setattr(StellantisClient, "vehicles", vehicles)
    return listing


async def test_capabilities_that_come_and_go(hass: HomeAssistant, link: Link, listing: Listing) -> None:
    listing.has_capabilities = False
    entry = await link()
    assert get_state(hass, LOCK) is None

    async def list_cars(*, has_capabilities: bool) -> None:
        listing.has_capabilities = has_capabilities
        await entry.runtime_data.vehicles.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)

    await list_cars(has_capabilities=True)
    assert get_state(hass, LOCK) not in (None, STATE_UNAVAILABLE)
    await list_cars(has_capabilities=False)
    assert get_state(hass, LOCK) not in (None, STATE_UNAVAILABLE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert get_state(hass, LOCK) not in (None, STATE_UNAVAILABLE)
