"""What the system's page shows: accounts and cars, how many of them tell by themselves, and what is left of the day."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .data import StellantisConfigEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:  # noqa: ARG001
    """Have it shown."""
    register.async_register_info(async_info)


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return it, by the key of its text."""
    entries: list[StellantisConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    cars = [car for entry in entries for car in entry.runtime_data.cars.values()]
    left = [entry.runtime_data.account.client.rate_limit.day_remaining for entry in entries]
    known = [count for count in left if count is not None]
    return {
        "accounts": f"{len(entries)}/{len(hass.config_entries.async_entries(DOMAIN))}",
        "cars": f"{sum(car.status.last_update_success for car in cars)}/{len(cars)}",
        "pushed": f"{sum(car.status.is_pushed for car in cars)}/{len(cars)}",
        **({"requests_left": min(known)} if known else {}),
    }
