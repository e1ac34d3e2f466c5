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
    if CONF_URL not in options or not options[CONF_NAME_PLACES]:
        return {}
    try:
        url = parse_base_url(options[CONF_URL])
        is_allowed = url.scheme == "https" or (url.scheme == "http" and await is_local_host(url.host or ""))
        if is_allowed:
            await Geocoder(hass, url).async_check()
    except InvalidServerUrl, StellantisError, GeocoderError:
        is_allowed = False
    return {} if is_allowed else {CONF_URL: "no_geocoder"}


FORM: Final = OptionForm(
    step_id="place_names",
    option_names=frozenset((CONF_NAME_PLACES, CONF_URL)),
    private_options=frozenset((CONF_URL,)),
    schema_fn=lambda _hass, _entry: OPTIONS_SCHEMA,
    async_check=_async_check,
    is_offered_fn=lambda entry: grants_scope(entry.data["token"], SCOPE),
)
