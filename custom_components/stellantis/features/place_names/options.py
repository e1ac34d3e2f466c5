"""The form of the options: whether a geocoder may be asked, and which."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import BooleanSelector, TextSelector, TextSelectorConfig, TextSelectorType
import probatio as vol

from ...api import InvalidServerUrl, StellantisError, parse_base_url
from ...api.local_hosts import is_local_host
from ...auth.scopes import grants_scope
from ..feature import OptionForm
from .geocoder import Geocoder, GeocoderError

SCOPE: Final = "data:position"
CONF_NAME_PLACES: Final = "name_places"
CONF_URL: Final = "geocoder_url"
OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME_PLACES, default=False): BooleanSelector(),
        vol.Optional(CONF_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL)),
    }
)


async def _async_check(hass: HomeAssistant, options: Mapping[str, Any]) -> dict[str, str]:
    """Return an error if there is no geocoder at the URL that the user entered."""
    errors: dict[str, str] = {}
    if options[CONF_NAME_PLACES] and CONF_URL in options and not await _async_is_geocoder(hass, options[CONF_URL]):
        errors[CONF_URL] = "no_geocoder"
    return errors


async def _async_is_geocoder(hass: HomeAssistant, text: str) -> bool:
    """Return whether there is a geocoder at a URL to which positions may be sent."""
    try:
        url = parse_base_url(text)
        if url.scheme != "https" and not (url.scheme == "http" and await is_local_host(url.host or "")):
            return False
        await Geocoder(hass, url).async_check()
    except InvalidServerUrl, StellantisError, GeocoderError:
        return False
    return True


FORM: Final = OptionForm(
    step_id="place_names",
    option_names=frozenset((CONF_NAME_PLACES, CONF_URL)),
    private_options=frozenset((CONF_URL,)),
    schema_fn=lambda _hass, _entry: OPTIONS_SCHEMA,
    async_check=_async_check,
    is_offered_fn=lambda entry: grants_scope(entry.data["token"], SCOPE),
)
