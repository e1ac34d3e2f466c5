"""Diagnostics of a config entry and of a device, without secrets, personal data and positions."""

from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import partial
from typing import Any, Final, cast

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.entity_platform import async_get_platforms

from .api import Model
from .auth.scopes import parse_scopes
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
from .data import Car, StellantisConfigEntry, monitor_device_id
from .entity import StellantisEntity
from .features import list_option_forms
from .monitors.user_sync import UserMonitor
from .vehicle.settings import CAR_SETTINGS

SECRET_KEYS: Final = {
    *("auth_implementation", "token", CONF_URL, CONF_WEBHOOK_ID),
    *(CONF_CA, CONF_CALLBACK_ID, CONF_CERTIFICATE, CONF_CLOUDHOOK_URL, CONF_KEY),
    *(CONF_LOCK_CODE, CONF_PUSH_KEY, CONF_PUSH_URL, CONF_REDIRECT_URI),
}
PERSONAL_KEYS: Final = {
    "id",
    "vin",
    "pictures",
    "latitude",
    "longitude",
    "altitude",
    "email",
    "first_name",
    "last_name",
}


type Parts = dict[str, Callable[[], Any]]


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: StellantisConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of an entry; only its basics if it is not loaded."""
    basics: Parts = {
        "entry": lambda: async_redact_data(dict(entry.data), SECRET_KEYS),
        "granted": lambda: sorted(parse_scopes(entry.data["token"].get("scope"))),
        "state": lambda: entry.state.value,
    }
    if entry.state is not ConfigEntryState.LOADED:
        return _collect(basics)
    data = entry.runtime_data
    return _collect(
        {
            **basics,
            "rate_limit": lambda: asdict(data.account.client.rate_limit),
            "options": lambda: _option_diagnostics(entry),
            "push": lambda: _push_diagnostics(entry),
            "vehicles": lambda: {"last_update_success": data.vehicles.last_update_success},
            "cars": lambda: [_car_diagnostics(car) for car in data.cars.values()],
            "monitors": lambda: {
                "people": [_monitor_diagnostics(user_monitor) for user_monitor in data.monitors.user_monitors.values()],
                "nobodys": len(data.monitors.orphans),
            },
            "entities": lambda: _entity_diagnostics(hass, entry),
        }
    )


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: StellantisConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of a car, a monitor or the account; only the state of an entry that is not loaded."""
    parts: Parts = {"state": lambda: entry.state.value}
    if entry.state is not ConfigEntryState.LOADED:
        return _collect(parts)
    data, registry = entry.runtime_data, er.async_get(hass)
    for car in data.cars.values():
        if car.device.id == device.id:
            parts["car"] = partial(_car_diagnostics, car)
    for monitor in data.monitors.user_monitors.values():
        if (DOMAIN, monitor_device_id(entry, monitor.unique_id)) in device.identifiers:
            parts["monitor"] = partial(_monitor_diagnostics, monitor)
    own = {entity.entity_id for entity in er.async_entries_for_device(registry, device.id)}
    parts["entities"] = partial(_entity_diagnostics, hass, entry, own)
    return _collect(parts)


def _collect(parts: Parts) -> dict[str, Any]:
    """Return the parts of the diagnostics; of one that fails, the kind of the error. Its message may be private."""
    collected: dict[str, Any] = {}
    for name, part_fn in parts.items():
        try:
            collected[name] = part_fn()
        except Exception as err:  # noqa: BLE001 - what has failed is what diagnostics are for
            collected[name] = {"error": type(err).__name__}
    return collected


def _option_diagnostics(entry: StellantisConfigEntry) -> dict[str, Any]:
    """Return the options of an entry. The settings of cars are keyed by VIN."""
    private = {name for form in list_option_forms() for name in form.private_options}
    return {
        **async_redact_data(dict(entry.options), SECRET_KEYS | private),
        **{setting.option: [*entry.options.get(setting.option, {}).values()] for setting in CAR_SETTINGS},
    }


def _push_diagnostics(entry: StellantisConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of the account's callback and webhook."""
    push, stats = entry.runtime_data.push, entry.runtime_data.push.queue.stats
    return {
        "listens": push.is_receiving,
        "has_address": push.is_reachable,
        "found": push.callback_status,
        "has_callback": CONF_CALLBACK_ID in entry.data,
        "waiting": push.queue.size,
        "accepted": stats.accepted,
        "duplicates": stats.duplicates,
        "refused": dict(stats.rejected),
        "last": stats.last_accepted,
    }


def _monitor_diagnostics(user_monitor: UserMonitor) -> dict[str, Any]:
    """Return the diagnostics of a user's monitor, without its name and its zones."""
    parameter = user_monitor.remote.monitor if user_monitor.remote else None
    triggers = parameter.triggers if parameter else ()
    return {
        "status": user_monitor.status,
        "is_paused": user_monitor.is_paused,
        "is_there": user_monitor.monitor_id is not None,
        "expression": parameter and parameter.expression,
        "triggers": [trigger.data.data if trigger.data else "zone" if trigger.zone else "time" for trigger in triggers],
    }


def _entity_diagnostics(
    hass: HomeAssistant, entry: StellantisConfigEntry, entity_ids: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the source of the value of entities, by default of all, and how and when it was last updated."""
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
        if isinstance(entity, StellantisEntity) and (entity_ids is None or entity.entity_id in entity_ids)
    }


def _car_diagnostics(car: Car) -> dict[str, Any]:
    return _collect(
        {
            "vehicle": lambda: _redact(car.vehicle),
            "status": lambda: _redact(car.status.data.status) if car.status.has_data else None,
            "read": lambda: {
                coordinator.endpoint.key: _coordinator_diagnostics(coordinator) for coordinator in car.coordinators
            },
            "push": lambda: {
                "is_pushed": car.status.is_pushed,
                "monitors": list(car.push.active_monitors),
                "last": car.push.last_received,
                "doubted": car.push.missed_at,
                "trust": car.push.reliance.trust.name.lower(),
            },
            "kept": lambda: {"trips": len(car.store.trips), "charges": len(car.store.charging_sessions)},
            "commands": lambda: {
                "under_way": car.commands.current and car.commands.current.type,
                "wake_ups": car.commands.wake_ups_this_month,
                "history": [async_redact_data(result.to_dict(), {"origin"}) for result in car.commands.history],
            },
        }
    )


def _coordinator_diagnostics(coordinator: EndpointCoordinator[Any]) -> dict[str, Any]:
    """Return the diagnostics of an endpoint's coordinator."""
    interval = coordinator.update_interval
    return {
        "told": coordinator.has_data,
        "resting": coordinator.is_suspended,
        "last_update_success": coordinator.last_update_success,
        "last_failure": getattr(coordinator.last_exception, "translation_key", None),
        "update_interval": interval.total_seconds() if interval else None,
    }


def _redact(model: Model) -> Any:
    return async_redact_data(_to_json(asdict(cast("Any", model))), PERSONAL_KEYS)


def _to_json(value: Any) -> Any:
    """Convert tuples and sets to lists, as JSON and `async_redact_data` require."""
    if isinstance(value, dict):
        return {name: _to_json(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [_to_json(member) for member in value]
    return sorted(value) if isinstance(value, frozenset) else value
