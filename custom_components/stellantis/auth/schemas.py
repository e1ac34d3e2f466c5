"""Schemas of the config flow's forms."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from homeassistant.const import (
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    CONF_COUNTRY,
    CONF_EMAIL,
    CONF_PASSWORD,
    CONF_STATE,
    CONF_URL,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    CountrySelector,
    FileSelector,
    FileSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
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
from .uploads import CONF_CERTIFICATE_TEXT

# Form fields that are not stored in the config entry
CONF_CARS: Final = "cars"
CONF_CHOOSE_REDIRECT: Final = "choose_redirect"
CONF_CITY: Final = "city"
CONF_LETTER: Final = "letter"
CONF_LOGIN: Final = "login"
CONF_ORGANIZATION: Final = "organization"
CONF_REDIRECTED: Final = "redirected_url"
CONF_SIGNING_REQUEST: Final = "signing_request"
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


SECRET_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_CLIENT_ID): TextSelector(),
        vol.Required(CONF_CLIENT_SECRET): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD)),
    }
)
SERVER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_ENVIRONMENT, default=Environment.PRODUCTION.value): _enum_selector(
            Environment, "environment"
        ),
        vol.Optional(CONF_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL)),
        vol.Required(CONF_USE_CERTIFICATE, default=False): BooleanSelector(),
        vol.Required(CONF_CHOOSE_REDIRECT, default=False): BooleanSelector(),
    }
)
BRAND_SCHEMA: Final = vol.Schema({vol.Required(CONF_BRAND): _enum_selector(Brand, "brand")})
NEW_ACCOUNT_SCHEMA: Final = BRAND_SCHEMA.extend(SERVER_SCHEMA.schema)
CREDENTIALS_SCHEMA: Final = BRAND_SCHEMA.extend(SECRET_SCHEMA.schema).extend(SERVER_SCHEMA.schema)
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
_SCOPES_SELECTOR: Final = SelectSelector(
    SelectSelectorConfig(
        options=list(OPTION_BY_SCOPE.values()),
        multiple=True,
        mode=SelectSelectorMode.LIST,
        translation_key="scope",
    )
)
SCOPES_SCHEMA: Final = vol.Schema({vol.Required(CONF_SCOPES): _SCOPES_SELECTOR})
_MULTILINE: Final = TextSelector(TextSelectorConfig(multiline=True))

APPLICATION_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_ORGANIZATION): TextSelector(),
        vol.Required(CONF_EMAIL): TextSelector(TextSelectorConfig(type=TextSelectorType.EMAIL)),
        vol.Required(CONF_CARS, default=1): NumberSelector(
            NumberSelectorConfig(min=1, max=99, mode=NumberSelectorMode.BOX)
        ),
        vol.Required(CONF_SCOPES, default=list(OPTION_BY_SCOPE.values())): _SCOPES_SELECTOR,
    }
)
LETTER_SCHEMA: Final = vol.Schema({vol.Optional(CONF_LETTER): _MULTILINE})
SUBJECT_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_LOGIN): TextSelector(),
        vol.Required(CONF_COUNTRY): CountrySelector(),
        vol.Required(CONF_STATE): TextSelector(),
        vol.Required(CONF_CITY): TextSelector(),
    }
)
SIGNING_REQUEST_SCHEMA: Final = vol.Schema({vol.Optional(CONF_SIGNING_REQUEST): _MULTILINE})
SIGNED_CERTIFICATE_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_CERTIFICATE_TEXT): _MULTILINE,
        vol.Optional(CONF_CERTIFICATE): FileSelector(FileSelectorConfig(accept=".pem,.crt,.cer,.der,.p7b,.p7c")),
        vol.Optional(CONF_CA): FileSelector(FileSelectorConfig(accept=".pem,.crt,.cer,.der")),
    }
)
