"""The flow that follows the config flow of a new entry."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, FlowType
from homeassistant.core import HomeAssistant

from .auth.scopes import parse_scopes

# Scopes with which a car has costs
COST_SCOPES: Final = frozenset(("data:telemetry", "data:trip"))


async def async_start_next_flow(hass: HomeAssistant, entry: ConfigEntry[Any]) -> tuple[FlowType, str] | None:
    """Start the options flow of a new entry; return its type and id, or None if its cars have no costs."""
    if COST_SCOPES.isdisjoint(parse_scopes(entry.data["token"].get("scope"))):
        return None
    flow = await hass.config_entries.options.async_init(entry.entry_id, data={"is_new": True})
    return FlowType.OPTIONS_FLOW, flow["flow_id"]
