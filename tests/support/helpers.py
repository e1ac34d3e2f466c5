"""Small things that tests call by name."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import json_dumps
from homeassistant.util import dt as dt_util
from homeassistant.util.json import json_loads_object
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellantis import data as models
from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from simulator.vehicle.car import Car

CLIENT_ID: Final = "demo-client"
CLIENT_SECRET: Final = "demo-secret"
START: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Control:
    """The simulator's control interface."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def _request(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"/_control/{path}", json=body) as response:
            answer = await response.json() if response.status != 204 else None
            assert response.ok, answer
            return answer

    async def get(self, path: str) -> Any:
        """Read."""
        return await self._request("GET", path)

    async def put(self, path: str, body: Any) -> Any:
        """Replace."""
        return await self._request("PUT", path, body)

    async def post(self, path: str, body: Any) -> Any:
        """Ask for something."""
        return await self._request("POST", path, body)

    async def patch(self, vin: str, **changes: Any) -> None:
        """Change a car."""
        await self._request("PATCH", f"vehicles/{vin}", changes)

    async def delete(self, path: str) -> None:
        """Take back."""
        await self._request("DELETE", path)

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

    async def request_counts(self) -> Mapping[str, int]:
        """Return how often each operation was asked."""
        return dict(await self.get("requests"))


async def advance_time(hass: HomeAssistant, seconds: float) -> None:
    """Let everything come due that Home Assistant has planned for the next seconds, and wait for what that sets going.

    The clock itself goes on as ever: with a frozen one the connections to the simulator would stand still too.
    """
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


def get_state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the state of an entity, None if there is no such entity."""
    found = hass.states.get(entity_id)
    return found.state if found else None


def car_devices(hass: HomeAssistant, entry_id: str) -> list[dr.DeviceEntry]:
    """Return the devices of an entry that are cars, not the account."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    return [device for device in devices if device.entry_type is None]


def private_strings(simulator: Simulator) -> set[str]:
    """Return what nobody may read in a log or in diagnostics: who drives, which car, and where it is."""
    words = {CLIENT_SECRET}
    for account in simulator.world.accounts.values():
        words.add(account.brand.email)
        for car in account.cars.values():
            place = car.state.place
            words |= {car.vin, car.id, f"{place.latitude:.4f}"[:-1], f"{place.longitude:.4f}"[:-1]}
    return words


async def call_action(hass: HomeAssistant, action: str, target: Mapping[str, Any], **data: Any) -> dict[str, Any]:
    """Call an action that answers, and return its answer, by device, as JSON has it."""
    answer = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, target=dict(target), return_response=True
    )
    assert json_loads_object(json_dumps(answer)) == answer
    return dict(answer or {})


async def call_action_on_only_car(hass: HomeAssistant, action: str, entry_id: str, **data: Any) -> dict[str, Any]:
    """Call an action for the only car of an entry, and return what it answers."""
    (device,) = car_devices(hass, entry_id)
    answer = await call_action(hass, action, {"device_id": device.id}, **data)
    assert list(answer) == [device.id]
    told: dict[str, Any] = answer[device.id]
    assert told.pop("name") == device.name
    return told


def simulated_car(simulator: Simulator, label: str) -> Car:
    """Return a simulated car, as it is now."""
    (car,) = [car for car in simulator.world.vehicles if label in car.model.label]
    car.advance_to(simulator.world.clock.now())
    return car


def to_iso(timestamp: float) -> str:
    """Return a time as the answers have it."""
    return datetime.fromtimestamp(int(timestamp), UTC).isoformat()


async def drive(control: Control, simulator: Simulator, vin: str, distance: float, **changes: Any) -> None:
    """Drive a car for twenty minutes, with a pause of forty."""
    await control.patch(vin, **changes, drive={"distance": distance, "minutes": 20})
    simulator.world.clock.advance(3600)


def only_car(entry: MockConfigEntry) -> models.Car:
    """Return the only car of an entry."""
    (car,) = entry.runtime_data.cars.values()
    assert isinstance(car, models.Car)
    return car
