"""Application credentials: client ID and secret of an application registered with Stellantis."""

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import AUTH_CALLBACK_PATH, MY_AUTH_CALLBACK_PATH
from homeassistant.helpers.network import NoURLAvailableError, get_url

from .auth.oauth import StellantisImplementation
from .auth.registration import CONTACT_URL


async def async_get_auth_implementation(
    hass: HomeAssistant, auth_domain: str, credential: ClientCredential
) -> StellantisImplementation:
    """Return an implementation that has no brand and server yet."""
    return StellantisImplementation(hass, auth_domain, credential)


async def async_get_description_placeholders(hass: HomeAssistant) -> dict[str, str]:
    """Return the placeholders of the dialog's text."""
    try:
        base_url = get_url(hass, prefer_external=True)
    except NoURLAvailableError:
        base_url = "https://YOUR-HOME-ASSISTANT"
    redirect_url = MY_AUTH_CALLBACK_PATH if "my" in hass.config.components else f"{base_url}{AUTH_CALLBACK_PATH}"
    return {"portal_url": CONTACT_URL, "redirect_url": redirect_url}
