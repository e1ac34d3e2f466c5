"""The certificate signing request as a file that the browser downloads. Its private key is never sent."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from aiohttp.hdrs import CONTENT_DISPOSITION
from aiohttp.web import Request, Response
from homeassistant.components.http import KEY_HASS, HomeAssistantView, require_admin
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .registration import RegistrationStore

FILE_NAME: Final = "signing_request.csr"
FILE_URL: Final = f"/api/{DOMAIN}/{FILE_NAME}"
VALIDITY: Final = timedelta(days=1)
DATA_IS_SERVED: Final[HassKey[bool]] = HassKey(f"{DOMAIN}_signing_request_file")


@callback
def async_get_file_link(hass: HomeAssistant) -> str:
    """Return a link to the file, as HTML: the frontend opens links without a target itself."""
    if not hass.data.get(DATA_IS_SERVED):
        hass.http.register_view(SigningRequestFile())
        hass.data[DATA_IS_SERVED] = True
    return f'<a href="{async_sign_path(hass, FILE_URL, VALIDITY)}" target="_blank">{FILE_NAME}</a>'


class SigningRequestFile(HomeAssistantView):
    """The file."""

    url = FILE_URL
    name = f"api:{DOMAIN}:signing_request"

    @require_admin
    async def get(self, request: Request) -> Response:
        """Return the signing request of the registration that was started."""
        registration = await RegistrationStore(request.app[KEY_HASS]).async_load()
        if registration is None or not registration.signing_request:
            return Response(status=HTTPStatus.NOT_FOUND)
        return Response(
            text=registration.signing_request,
            content_type="application/pkcs10",
            headers={CONTENT_DISPOSITION: f'attachment; filename="{FILE_NAME}"'},
        )
