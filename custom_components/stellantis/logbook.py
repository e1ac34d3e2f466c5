"""What the logbook tells of a command that failed: which one, and why."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
    LazyEventPartialState,
)
from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_translate_state_attr

from .const import DOMAIN, EVENT_COMMAND_FAILED


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[LazyEventPartialState], dict[str, Any]]], None],
) -> None:
    """Describe the events of the integration, in the language of Home Assistant."""

    def translate(attribute: str, value: str) -> str:
        return async_translate_state_attr(hass, value, Platform.EVENT, DOMAIN, "command", None, attribute)

    @callback
    def describe_failure(event: LazyEventPartialState) -> dict[str, Any]:
        """Describe a command that failed."""
        data = event.data
        message = f"{translate('kind', data['kind'])}: {translate('event_type', data['result'])}"
        if cause := data.get("cause"):
            message = f"{message}. {translate('cause', cause)}"
        return {
            LOGBOOK_ENTRY_NAME: data[ATTR_NAME],
            LOGBOOK_ENTRY_MESSAGE: message,
            LOGBOOK_ENTRY_ENTITY_ID: data[ATTR_ENTITY_ID],
        }

    async_describe_event(DOMAIN, EVENT_COMMAND_FAILED, describe_failure)
