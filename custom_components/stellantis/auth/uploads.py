"""The files of a client certificate that are uploaded in a flow."""

from collections.abc import Mapping

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.core import HomeAssistant

from ..const import CONF_CA, CONF_CERTIFICATE, CONF_KEY
from .certificate import ClientCertificate, check_certificate, parse_certificate


class CertificateUploads:
    """The uploaded files of a flow.

    An upload can be read only once, but is submitted again if another field had an error.
    """

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def read(
        self, hass: HomeAssistant, upload_ids: Mapping[str, str | None], password: str | None
    ) -> ClientCertificate:
        """Return the certificate in the uploaded files. This blocks: run it in the executor.

        Args:
            hass: Home Assistant.
            upload_ids: ids of the uploads by form field.
            password: password of the key.

        Raises:
            CertificateError: a file is missing or invalid.
        """
        contents = {field: self._read(hass, upload_id) for field, upload_id in upload_ids.items()}
        certificate = parse_certificate(contents[CONF_CERTIFICATE], contents[CONF_KEY], contents[CONF_CA], password)
        check_certificate(certificate)
        return certificate

    def _read(self, hass: HomeAssistant, upload_id: str | None) -> bytes | None:
        if not upload_id:
            return None
        if upload_id not in self._contents:
            with process_uploaded_file(hass, upload_id) as path:
                self._contents[upload_id] = path.read_bytes()
        return self._contents[upload_id]
