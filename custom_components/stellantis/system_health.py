"""System health: accounts, cars, cars with push, and remaining requests."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .data import StellantisConfigEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:  # noqa: ARG001
    """Register the system health information."""
    register.async_register_info(async_info)


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the information by translation key; the counts have the form "working/all"."""
    entries: list[StellantisConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    cars = [car for entry in entries for car in entry.runtime_data.cars.values()]
    remaining = [entry.runtime_data.account.client.rate_limit.day_remaining for entry in entries]
    known = [count for count in remaining if count is not None]
    return {
        "accounts": f"{len(entries)}/{len(hass.config_entries.async_entries(DOMAIN))}",
        "cars": f"{sum(car.status.last_update_success for car in cars)}/{len(cars)}",
        "pushed": f"{sum(car.status.is_pushed for car in cars)}/{len(cars)}",
        **({"requests_left": min(known)} if known else {}),
    }
