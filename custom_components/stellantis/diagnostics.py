"""Diagnostics of an entry: what was read and how it goes, without who and where."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant

from .const import CONF_CA, CONF_CERTIFICATE, CONF_KEY, CONF_REDIRECT_URI
from .models import Car, StellantisConfigEntry

SECRETS: Final = {"auth_implementation", "token", "url", CONF_CA, CONF_CERTIFICATE, CONF_KEY, CONF_REDIRECT_URI}
PERSONAL: Final = {"id", "vin", "pictures", "latitude", "longitude", "altitude", "email", "first_name", "last_name"}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: StellantisConfigEntry) -> dict[str, Any]:  # noqa: ARG001
    """Return what helps to find a fault."""
    data = entry.runtime_data
    return {
        "entry": async_redact_data(dict(entry.data), SECRETS),
        "granted": sorted(str(entry.data["token"].get("scope", "")).replace(",", " ").split()),
        "rate_limit": data.client.rate_limit,
        "vehicles": {"last_update_success": data.vehicles.last_update_success},
        "cars": [_car(car) for car in data.cars.values()],
    }


def _car(car: Car) -> dict[str, Any]:
    status = car.status
    return {
        "vehicle": async_redact_data(asdict(car.vehicle), PERSONAL),
        "status": async_redact_data(asdict(status.data), PERSONAL) if status.told else None,
        "last_update_success": status.last_update_success,
        "last_failure": getattr(status.last_exception, "translation_key", None),
        "update_interval": status.update_interval.total_seconds() if status.update_interval else None,
    }
