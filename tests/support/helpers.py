"""Helpers for tests."""

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

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.data import Car
from simulator import Simulator
from simulator.vehicle.car import Car as SimulatedCar

CLIENT_ID: Final = "demo-client"
CLIENT_SECRET: Final = "demo-secret"
START: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Control:
    """The simulator's control interface."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def _request(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"/_control/{path}", json=body) as response:
            content = await response.json() if response.status != 204 else None
            assert response.ok, content
            return content

    async def get(self, path: str) -> Any:
        """Send a GET request."""
        return await self._request("GET", path)

    async def put(self, path: str, body: Any) -> Any:
        """Send a PUT request."""
        return await self._request("PUT", path, body)

    async def post(self, path: str, body: Any) -> Any:
        """Send a POST request."""
        return await self._request("POST", path, body)

    async def patch(self, vin: str, **changes: Any) -> None:
        """Change a simulated car."""
        await self._request("PATCH", f"vehicles/{vin}", changes)

    async def delete(self, path: str) -> None:
        """Send a DELETE request."""
        await self._request("DELETE", path)

    async def vehicles(self, brand: str | None = None) -> list[dict[str, Any]]:
        """Return the simulated cars, of all brands or of one."""
        return [vehicle for vehicle in await self.get("vehicles") if brand in (None, vehicle["brand"])]

    async def vin(self, model: str) -> str:
        """Return the VIN of the only car of a model."""
        (vin,) = [vehicle["vin"] for vehicle in await self.vehicles() if vehicle["model"] == model]
        return str(vin)

    async def fault(self, path: str = "*", **fault: Any) -> None:
        """Inject a fault, replacing earlier ones."""
        await self.put("faults", [{"path": path, **fault}])

    async def scenario(self, name: str, **parameters: Any) -> None:
        """Start a scenario; those of a car take its `vin`."""
        await self.post(f"scenarios/{name}", parameters)

    async def request_counts(self) -> Mapping[str, int]:
        """Return the number of requests of each operation."""
        return dict(await self.get("requests"))


async def advance_time(hass: HomeAssistant, seconds: float) -> None:
    """Fire all timers of Home Assistant that are due within some seconds, and wait for the tasks that they start.

    The clock itself is not moved: with a frozen clock the connections to the simulator would stand still, too.
    """
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


def get_state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the state of an entity; None if there is no such entity."""
    state = hass.states.get(entity_id)
    return state.state if state else None


def car_devices(hass: HomeAssistant, entry_id: str) -> list[dr.DeviceEntry]:
    """Return the devices of an entry's cars."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    return [device for device in devices if device.entry_type is None]


def private_strings(simulator: Simulator) -> set[str]:
    """Return strings that must not be in a log or in diagnostics: e-mail addresses, VINs, ids and positions."""
    coordinates = {coordinate for position in _private_positions(simulator) for coordinate in position}
    return _private_names(simulator) | coordinates


def find_private(simulator: Simulator, text: str) -> list[str]:
    """Return what is private in a text with many numbers, of which one may look like a coordinate by chance."""
    positions = [position for position in _private_positions(simulator) if all(word in text for word in position)]
    return [*(name for name in _private_names(simulator) if name in text), *map(str, positions)]


def _private_names(simulator: Simulator) -> set[str]:
    names = {CLIENT_SECRET}
    for account in simulator.world.accounts.values():
        names.add(account.brand.email)
        names |= {name for car in account.cars.values() for name in (car.vin, car.id)}
    return names


def _private_positions(simulator: Simulator) -> set[tuple[str, str]]:
    places = [car.state.place for account in simulator.world.accounts.values() for car in account.cars.values()]
    return {(f"{place.latitude:.4f}"[:-1], f"{place.longitude:.4f}"[:-1]) for place in places}


async def call_action(hass: HomeAssistant, action: str, target: Mapping[str, Any], **data: Any) -> dict[str, Any]:
    """Call an action and return its response by device id; assert that it survives a round trip through JSON."""
    response = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, target=dict(target), return_response=True
    )
    assert json_loads_object(json_dumps(response)) == response
    return dict(response or {})


async def call_action_on_only_car(hass: HomeAssistant, action: str, entry_id: str, **data: Any) -> dict[str, Any]:
    """Call an action for the only car of an entry, and return the car's part of the response."""
    (device,) = car_devices(hass, entry_id)
    response = await call_action(hass, action, {"device_id": device.id}, **data)
    assert list(response) == [device.id]
    content: dict[str, Any] = response[device.id]
    assert content.pop("name") == device.name
    return content


def simulated_car(simulator: Simulator, label: str) -> SimulatedCar:
    """Return a simulated car, advanced to the present time."""
    (car,) = [car for car in simulator.world.vehicles if label in car.model.label]
    car.advance_to(simulator.world.clock.now())
    return car


def to_iso(timestamp: float) -> str:
    """Return a timestamp in the format of responses."""
    return datetime.fromtimestamp(int(timestamp), UTC).isoformat()


async def drive(control: Control, simulator: Simulator, vin: str, distance: float, **changes: Any) -> None:
    """Drive a car for twenty minutes, and park it for forty."""
    await control.patch(vin, **changes, drive={"distance": distance, "minutes": 20})
    simulator.world.clock.advance(3600)


def only_car(entry: MockConfigEntry) -> Car:
    """Return the only car of an entry."""
    (car,) = entry.runtime_data.cars.values()
    assert isinstance(car, Car)
    return car
