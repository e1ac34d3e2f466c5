"""Application credentials: the client id and secret that Stellantis gave to whoever registered an application."""

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant

from .oauth import StellantisImplementation

DEVELOPER_PORTAL = "https://developer.groupe-psa.io"


async def async_get_auth_implementation(
    hass: HomeAssistant, auth_domain: str, credential: ClientCredential
) -> StellantisImplementation:
    """Return an implementation that waits to be told its brand and server."""
    return StellantisImplementation(hass, auth_domain, credential)


async def async_get_description_placeholders(hass: HomeAssistant) -> dict[str, str]:  # noqa: ARG001
    """Return what the dialog's text names."""
    return {"portal_url": DEVELOPER_PORTAL}
