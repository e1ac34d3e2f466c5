"""Who sent a command, as its context in Home Assistant tells."""

from typing import Final

from homeassistant.core import Context, HomeAssistant

from ..vehicle.command import CommandOrigin

_PERSON: Final = "person"
_AUTOMATIONS: Final = ("automation", "script")


async def async_get_origin(hass: HomeAssistant, context: Context | None) -> CommandOrigin | None:
    """Return who sent a command in a context; None without a context."""
    if context is None:
        return None
    name = await _async_user_name(hass, context.user_id) if context.user_id else _automation_name(hass, context)
    return CommandOrigin(name=name, user_id=context.user_id, context_id=context.id, parent_id=context.parent_id)


def origin_context(origin: CommandOrigin) -> Context:
    """Return the context in which a command was sent, also after a restart."""
    return Context(user_id=origin.user_id, parent_id=origin.parent_id, id=origin.context_id)


async def _async_user_name(hass: HomeAssistant, user_id: str) -> str | None:
    """Return the name of the person of a user, or else that of the user."""
    for person in hass.states.async_all(_PERSON):
        if person.attributes.get("user_id") == user_id:
            return person.name
    user = await hass.auth.async_get_user(user_id)
    return user.name if user else None


def _automation_name(hass: HomeAssistant, context: Context) -> str | None:
    """Return the name of the automation or script that runs in a context."""
    running = (state for state in hass.states.async_all(_AUTOMATIONS) if state.context.id == context.id)
    return next((state.name for state in running), None)
