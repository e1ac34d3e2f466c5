"""The files of a client certificate that are uploaded in a flow."""

from collections.abc import Mapping
from typing import Final

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant

from ..const import CONF_CA, CONF_CERTIFICATE, CONF_KEY
from .certificate import CertificateError, ClientCertificate, check_certificate, parse_certificate
from .registration import Registration
from .signing_request import parse_signed_certificate

# Form field of a certificate that is pasted
CONF_CERTIFICATE_TEXT: Final = "certificate_text"
UPLOAD_FIELDS: Final = (CONF_CERTIFICATE, CONF_KEY, CONF_CA)


def has_uploads(user_input: Mapping[str, str]) -> bool:
    """Return whether a file was uploaded in the form."""
    return any(user_input.get(field) for field in UPLOAD_FIELDS)


class CertificateUploads:
    """The uploaded files of a flow.

    An upload can be read only once, but is submitted again if another field had an error.
    """

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def read(self, hass: HomeAssistant, user_input: Mapping[str, str]) -> ClientCertificate:
        """Return the certificate in the uploaded files. This blocks: run it in the executor.

        Args:
            hass: Home Assistant.
            user_input: ids of the uploads by form field, and the password of the key.

        Raises:
            CertificateError: a file is missing or invalid.
        """
        certificate, key, ca = (self._read(hass, user_input.get(field)) for field in UPLOAD_FIELDS)
        parsed = parse_certificate(certificate, key, ca, user_input.get(CONF_PASSWORD))
        check_certificate(parsed)
        return parsed

    def read_signed(
        self, hass: HomeAssistant, user_input: Mapping[str, str], registration: Registration
    ) -> ClientCertificate:
        """Return the certificate that was signed for a registration, with its key. Run this in the executor, too.

        Args:
            hass: Home Assistant.
            user_input: the pasted certificate, and ids of the uploads by form field.
            registration: the registration with the key.

        Raises:
            CertificateError: the certificate is missing or invalid.
        """
        content = self._read(hass, user_input.get(CONF_CERTIFICATE))
        content = content or user_input.get(CONF_CERTIFICATE_TEXT, "").strip().encode()
        if not content:
            raise CertificateError(CONF_CERTIFICATE, "certificate_missing")
        certificate = parse_signed_certificate(content, registration.key)
        ca = self._read(hass, user_input.get(CONF_CA))
        parsed_ca = parse_certificate(None, None, ca, None).ca if ca else None
        signed = ClientCertificate(certificate=certificate, key=registration.key, ca=parsed_ca)
        check_certificate(signed)
        return signed

    def _read(self, hass: HomeAssistant, upload_id: str | None) -> bytes | None:
        if not upload_id:
            return None
        if upload_id not in self._contents:
            with process_uploaded_file(hass, upload_id) as path:
                self._contents[upload_id] = path.read_bytes()
        return self._contents[upload_id]
