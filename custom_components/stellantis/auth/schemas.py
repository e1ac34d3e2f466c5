"""Schemas of the config flow's forms."""

from typing import Final

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
from ..const import CONF_BRAND, CONF_CA, CONF_CERTIFICATE, CONF_ENVIRONMENT, CONF_KEY, CONF_REDIRECT_URI

# Form fields that are not stored in the config entry
CONF_REDIRECTED: Final = "redirected_url"
CONF_USE_CERTIFICATE: Final = "use_certificate"


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
