"""Small things that tests call by name."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellantis.models import Car
from simulator import Simulator

CLIENT_ID: Final = "demo-client"
CLIENT_SECRET: Final = "demo-secret"
START: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Control:
    """The simulator's control interface."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"/_control/{path}", json=body) as response:
            answer = await response.json() if response.status != 204 else None
            assert response.ok, answer
            return answer

    async def get(self, path: str) -> Any:
        """Read."""
        return await self._ask("GET", path)

    async def put(self, path: str, body: Any) -> Any:
        """Replace."""
        return await self._ask("PUT", path, body)

    async def post(self, path: str, body: Any) -> Any:
        """Ask for something."""
        return await self._ask("POST", path, body)

    async def patch(self, vin: str, **changes: Any) -> None:
        """Change a car."""
        await self._ask("PATCH", f"vehicles/{vin}", changes)

    async def delete(self, path: str) -> None:
        """Take back."""
        await self._ask("DELETE", path)

    async def vehicles(self, brand: str | None = None) -> list[dict[str, Any]]:
        """Return the cars, or those of a brand."""
        return [vehicle for vehicle in await self.get("vehicles") if brand in (None, vehicle["brand"])]

    async def vin(self, model: str) -> str:
        """Return the VIN of the only car of a model."""
        (vin,) = [vehicle["vin"] for vehicle in await self.vehicles() if vehicle["model"] == model]
        return str(vin)

    async def fault(self, path: str = "*", **fault: Any) -> None:
        """Inject a fault."""
        await self.put("faults", [{"path": path, **fault}])

    async def requests(self) -> Mapping[str, int]:
        """Return how often each operation was asked."""
        return dict(await self.get("requests"))


async def pass_time(hass: HomeAssistant, seconds: float) -> None:
    """Let everything come due that Home Assistant has planned for the next seconds, and wait for what that sets going.

    The clock itself goes on as ever: with a frozen one the connections to the simulator would stand still too.
    """
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the state of an entity, None if there is no such entity."""
    found = hass.states.get(entity_id)
    return found.state if found else None


def cars(hass: HomeAssistant, entry_id: str) -> list[dr.DeviceEntry]:
    """Return the devices of an entry that are cars, not the account."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    return [device for device in devices if device.entry_type is None]


def private_words(simulator: Simulator) -> set[str]:
    """Return what nobody may read in a log or in diagnostics: who drives, which car, and where it is."""
    words = {CLIENT_SECRET}
    for account in simulator.world.accounts.values():
        words.add(account.brand.email)
        for car in account.cars.values():
            place = car.state.place
            words |= {car.vin, car.id, f"{place.latitude:.4f}"[:-1], f"{place.longitude:.4f}"[:-1]}
    return words


def only(entry: MockConfigEntry) -> Car:
    """Return the only car of an entry."""
    (car,) = entry.runtime_data.cars.values()
    assert isinstance(car, Car)
    return car


async def drive(control: Control, vin: str, *, km: float = 10) -> None:
    """Have a car driven after an hour, and left again."""
    await control.post("clock", {"advance": 3600})
    await control.patch(vin, drive={"distance": km, "minutes": 20})
    await control.post("clock", {"advance": 1300})
