"""Diagnostics of an entry: what was read and how it goes, without who and where."""

from dataclasses import asdict
from typing import Any, Final, cast

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import async_get_platforms

from .api import Model
from .const import (
    CONF_CA,
    CONF_CALLBACK_ID,
    CONF_CERTIFICATE,
    CONF_CLOUDHOOK_URL,
    CONF_KEY,
    CONF_LOCK_CODE,
    CONF_PUSH_KEY,
    CONF_PUSH_URL,
    CONF_REDIRECT_URI,
    DOMAIN,
)
from .coordinator import EndpointCoordinator
from .data import Car, StellantisConfigEntry
from .entity import StellantisEntity
from .monitors.user import Watch

SECRETS: Final = {
    *("auth_implementation", "token", CONF_URL, CONF_WEBHOOK_ID),
    *(CONF_CA, CONF_CALLBACK_ID, CONF_CERTIFICATE, CONF_CLOUDHOOK_URL, CONF_KEY),
    *(CONF_LOCK_CODE, CONF_PUSH_KEY, CONF_PUSH_URL, CONF_REDIRECT_URI),
}
PERSONAL: Final = {"id", "vin", "pictures", "latitude", "longitude", "altitude", "email", "first_name", "last_name"}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: StellantisConfigEntry) -> dict[str, Any]:
    """Return what helps to find a fault, also of an entry that cannot be set up."""
    found: dict[str, Any] = {
        "entry": async_redact_data(dict(entry.data), SECRETS),
        "granted": sorted(str(entry.data["token"].get("scope", "")).replace(",", " ").split()),
        "state": entry.state.value,
    }
    if entry.state is not ConfigEntryState.LOADED:
        return found
    data = entry.runtime_data
    return {
        **found,
        "rate_limit": asdict(data.account.client.rate_limit),
        "options": async_redact_data(dict(entry.options), SECRETS),
        "push": {
            "listens": data.push.listens,
            "has_address": data.push.is_reached,
            "found": data.push.status,
            "has_callback": CONF_CALLBACK_ID in entry.data,
            "waiting": data.push.inbox.waiting,
            **asdict(data.push.inbox.counts),
        },
        "vehicles": {"last_update_success": data.vehicles.last_update_success},
        "cars": [_car(car) for car in data.cars.values()],
        "monitors": {
            "people": [_watch(watch) for watch in data.monitors.watches.values()],
            "nobodys": sum(map(len, data.monitors.nobodys.values())),
        },
        "entities": _entities(hass, entry),
    }


def _watch(watch: Watch) -> dict[str, Any]:
    """Return how a person's monitor is. Its name and its places are nobody's business."""
    told = watch.theirs.monitor if watch.theirs else None
    triggers = told.triggers if told else ()
    return {
        "status": watch.status,
        "is_paused": watch.is_paused,
        "is_there": watch.monitor_id is not None,
        "expression": told and told.expression,
        "triggers": [one.data.data if one.data else "zone" if one.zone else "time" for one in triggers],
    }


def _entities(hass: HomeAssistant, entry: StellantisConfigEntry) -> dict[str, Any]:
    """Return where the value of each entity comes from, and how and when it came."""
    return {
        entity.entity_id: {
            "endpoint": entity.coordinator.endpoint.key,
            "source": entity.entity_description.source,
            "came_by": update.source if (update := entity.coordinator.last_update) else None,
            "at": update.received_at if update else None,
        }
        for platform in async_get_platforms(hass, DOMAIN)
        if platform.config_entry is entry
        for entity in platform.entities.values()
        if isinstance(entity, StellantisEntity)
    }


def _car(car: Car) -> dict[str, Any]:
    return {
        "vehicle": _redacted(car.vehicle),
        "status": _redacted(car.status.data.status) if car.status.told else None,
        "read": {coordinator.endpoint.key: _reading(coordinator) for coordinator in car.coordinators},
        "push": {
            "is_pushed": car.status.is_pushed,
            "monitors": list(car.feed.monitors),
            "last": car.feed.last,
            "doubted": car.feed.doubted,
        },
        "kept": {"trips": len(car.ledger.trips), "charges": len(car.ledger.charges)},
        "commands": {
            "under_way": car.commands.under_way and car.commands.under_way.kind,
            "wake_ups": car.commands.wake_ups,
            "history": [outcome.to_dict() for outcome in car.commands.history],
        },
    }


def _reading(coordinator: EndpointCoordinator[Any]) -> dict[str, Any]:
    """Return how the reading of an endpoint goes."""
    interval = coordinator.update_interval
    return {
        "told": coordinator.told,
        "resting": coordinator.is_suspended,
        "last_update_success": coordinator.last_update_success,
        "last_failure": getattr(coordinator.last_exception, "translation_key", None),
        "update_interval": interval.total_seconds() if interval else None,
    }


def _redacted(model: Model) -> Any:
    return async_redact_data(_plain(asdict(cast("Any", model))), PERSONAL)


def _plain(value: Any) -> Any:
    """Return lists for tuples and sorted lists for sets, which is what the redaction looks into and JSON knows."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    return sorted(value) if isinstance(value, frozenset) else value
