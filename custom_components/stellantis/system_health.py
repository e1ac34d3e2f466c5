"""System health: accounts, cars, cars with push, and remaining requests."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .data import Car, StellantisConfigEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:  # noqa: ARG001
    """Register the system health information."""
    register.async_register_info(async_info)


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the information by translation key; the counts have the form "working/all".

    A car that several accounts have is one car, and works if it does in one of them.
    """
    entries: list[StellantisConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    cars: dict[str, list[Car]] = defaultdict(list)
    for entry in entries:
        for vin, car in entry.runtime_data.cars.items():
            cars[vin].append(car)
    remaining = [entry.runtime_data.account.client.rate_limit.day_remaining for entry in entries]
    known = [count for count in remaining if count is not None]
    return {
        "accounts": f"{len(entries)}/{len(hass.config_entries.async_entries(DOMAIN))}",
        "cars": f"{_count(cars, lambda car: car.status.last_update_success)}/{len(cars)}",
        "pushed": f"{_count(cars, lambda car: car.status.is_pushed)}/{len(cars)}",
        **({"requests_left": min(known)} if known else {}),
    }


def _count(cars: Mapping[str, list[Car]], is_counted: Callable[[Car], bool]) -> int:
    """Return the number of cars to which something applies in one of their accounts."""
    return sum(any(map(is_counted, same)) for same in cars.values())
