"""Permissions as a person reads them: the names of OAuth scopes."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from .scopes import OPTION_BY_SCOPE


@callback
def async_permission_name(hass: HomeAssistant, scope: str) -> str:
    """Return the name of a scope in the language of the server, as the config flow and the consent page call it."""
    texts = async_get_cached_translations(hass, hass.config.language, "selector", DOMAIN)
    # After a change of the language, the texts are loaded a moment later
    return texts.get(f"component.{DOMAIN}.selector.scope.options.{OPTION_BY_SCOPE[scope]}", scope)


@callback
def missing_permission(hass: HomeAssistant, entry: ConfigEntry[Any], scope: str) -> HomeAssistantError:
    """Return the exception of an action for which an account was not granted a scope."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="permission_missing",
        translation_placeholders={"account": entry.title, "permission": async_permission_name(hass, scope)},
    )
