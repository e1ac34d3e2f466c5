"""Schemas of the config flow's forms."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from homeassistant.const import CONF_PASSWORD, CONF_URL
from homeassistant.helpers.selector import (
    BooleanSelector,
    FileSelector,
    FileSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio as vol

from ..api import Brand, Environment
from ..const import (
    CONF_BRAND,
    CONF_CA,
    CONF_CERTIFICATE,
    CONF_ENVIRONMENT,
    CONF_KEY,
    CONF_REDIRECT_URI,
    CONF_SCOPES,
)
from .scopes import OPTION_BY_SCOPE

# Form fields that are not stored in the config entry
CONF_REDIRECTED: Final = "redirected_url"
CONF_USE_CERTIFICATE: Final = "use_certificate"

# Keys of an entry's data that the flow asks for
SIGN_IN_KEYS: Final = (
    CONF_BRAND,
    CONF_ENVIRONMENT,
    CONF_URL,
    CONF_CERTIFICATE,
    CONF_KEY,
    CONF_CA,
    CONF_REDIRECT_URI,
    CONF_SCOPES,
)


def scopes_of_options(options: Collection[str]) -> list[str]:
    """Return the scopes of options of the form."""
    return [scope for scope, option in OPTION_BY_SCOPE.items() if option in options]


def sign_in_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an entry's data that the flow asks for."""
    return {name: data[name] for name in SIGN_IN_KEYS if name in data}


def _enum_selector(options: type[Brand | Environment], translation_key: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[option.value for option in options], mode=SelectSelectorMode.LIST, translation_key=translation_key
        )
    )


BRAND_SCHEMA: Final = vol.Schema({vol.Required(CONF_BRAND): _enum_selector(Brand, "brand")})
SERVER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_ENVIRONMENT, default=Environment.PRODUCTION.value): _enum_selector(
            Environment, "environment"
        ),
        vol.Optional(CONF_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL)),
        vol.Required(CONF_USE_CERTIFICATE, default=False): BooleanSelector(),
    }
)
CERTIFICATE_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_CERTIFICATE): FileSelector(FileSelectorConfig(accept=".pem,.crt,.cer,.der")),
        vol.Optional(CONF_KEY): FileSelector(FileSelectorConfig(accept=".pem,.key,.der,.pk8")),
        vol.Optional(CONF_PASSWORD): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD)),
        vol.Optional(CONF_CA): FileSelector(FileSelectorConfig(accept=".pem,.crt,.cer,.der")),
    }
)
REDIRECT_SCHEMA: Final = vol.Schema({vol.Required(CONF_REDIRECT_URI): TextSelector()})
PASTE_SCHEMA: Final = vol.Schema({vol.Required(CONF_REDIRECTED): TextSelector()})
SCOPES_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_SCOPES): SelectSelector(
            SelectSelectorConfig(
                options=list(OPTION_BY_SCOPE.values()),
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="scope",
            )
        )
    }
)
