"""What this Home Assistant wrote last to the user's monitors on the platform; kept in the entry's data."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_WRITTEN_MONITORS
from .reconcile import WrittenMonitor


def get_written(entry: ConfigEntry[Any], unique_id: str) -> WrittenMonitor | None:
    """Return what was written last to a monitor; None if not known."""
    record = entry.data.get(CONF_WRITTEN_MONITORS, {}).get(unique_id)
    return WrittenMonitor(digest=record["digest"], listed=record["listed"]) if record else None


@callback
def async_save_written(
    hass: HomeAssistant, entry: ConfigEntry[Any], changes: Mapping[str, WrittenMonitor | None]
) -> None:
    """Save what was written to monitors, by unique id; None forgets one."""
    known = entry.data.get(CONF_WRITTEN_MONITORS, {})
    records = {unique_id: record for unique_id, record in known.items() if unique_id not in changes} | {
        unique_id: {"digest": written.digest, "listed": written.listed}
        for unique_id, written in changes.items()
        if written
    }
    if records != known:
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_WRITTEN_MONITORS: records})
