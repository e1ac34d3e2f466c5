"""Migration of the entity registry: entities that got another key, and those that are gone."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.recorder import DOMAIN as RECORDER, get_instance
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

# Platform and key of an entity before minor version 2 → its present key; None if another entity shows its value
MIGRATED_KEYS: Final[Mapping[tuple[str, str], str | None]] = {
    (Platform.BINARY_SENSOR, "critical_alert"): None,
    (Platform.BUTTON, "read_now"): "refresh",
    (Platform.EVENT, "charge"): "charging_session",
    (Platform.LOCK, "doors"): "central_locking",
    (Platform.SENSOR, "active_alerts"): None,
    (Platform.SENSOR, "alarm_trigger"): None,
    (Platform.SENSOR, "alarm_trigger_time"): None,
    (Platform.SENSOR, "alert_severity"): None,
    (Platform.SENSOR, "battery_residual"): "stored_energy",
    (Platform.SENSOR, "emergency_call"): None,
    (Platform.SENSOR, "residual_energy"): None,
    (Platform.SWITCH, "charge_limit"): "stop_at_limit",
}


@callback
def async_migrate_entities(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Change the unique ids of an entry's entities whose keys have changed, and remove those that are gone.

    An entity that goes on keeps its entity id, its history and what the user set.
    """
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.unique_id == f"{entry.unique_id}_requests_left" and RECORDER in hass.config.components:
            # It no longer has the unit "requests"
            get_instance(hass).async_update_statistics_metadata(
                entity.entity_id, new_unit_class=None, new_unit_of_measurement=None
            )
        vin, _, key = entity.unique_id.removeprefix(f"{entry.unique_id}_").partition("_")
        if (entity.domain, key) not in MIGRATED_KEYS:
            continue
        if new_key := MIGRATED_KEYS[entity.domain, key]:
            registry.async_update_entity(entity.entity_id, new_unique_id=f"{entry.unique_id}_{vin}_{new_key}")
        else:
            registry.async_remove(entity.entity_id)
