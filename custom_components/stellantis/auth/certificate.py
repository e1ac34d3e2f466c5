"""Client certificates: parsing of uploaded files, storage in the config entry, and the TLS context.

Stellantis signs such a certificate for a registered application. All functions here block: run them in the executor.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from homeassistant.const import CONF_PASSWORD
from homeassistant.util.ssl import create_client_context

from ..const import CONF_CA, CONF_CERTIFICATE, CONF_KEY

PEM_MARKER = b"-----BEGIN"
CERTIFICATE_MARKER = b"-----BEGIN CERTIFICATE-----"
PRIVATE_KEY_MARKER = b"PRIVATE KEY-----"
# Reasons of OpenSSL for a certificate whose key or signature is too weak
WEAK_REASONS = frozenset({"CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK", "EE_KEY_TOO_SMALL"})


class CertificateError(Exception):
    """An uploaded file cannot be used.

    Attributes:
        field: form field of the file.
        error: translation key of the error.
    """

    def __init__(self, field: str, error: str) -> None:
        super().__init__(error)
        self.field = field
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """A client certificate, as PEM texts.

    Attributes:
        certificate: certificate chain.
        key: private key of the certificate.
        ca: certificate authority to trust in addition to the default ones.
    """

    certificate: str | None = None
    key: str | None = None
    ca: str | None = None

    @classmethod
    def from_entry_data(cls, data: Mapping[str, Any]) -> ClientCertificate | None:
        """Create a certificate from the data of a config entry; None if it has none."""
        texts = {name: data.get(name) for name in (CONF_CERTIFICATE, CONF_KEY, CONF_CA)}
        return cls(**texts) if any(texts.values()) else None

    @staticmethod
    def replace_in(data: dict[str, Any], certificate: ClientCertificate | None) -> None:
        """Replace the certificate in the data of a config entry; None removes it."""
        for name in (CONF_CERTIFICATE, CONF_KEY, CONF_CA):
            data.pop(name, None)
        data.update(certificate.as_entry_data() if certificate else {})

    @property
    def expires_at(self) -> datetime | None:
        """When the certificate expires; None if there is none, or it cannot be read."""
        with suppress(ValueError, x509.InvalidVersion):
            if self.certificate:
                return x509.load_pem_x509_certificate(self.certificate.encode()).not_valid_after_utc
        return None

    def merged_with(self, existing: ClientCertificate | None) -> ClientCertificate:
        """Return this certificate, completed from an existing one; certificate and key are taken as a pair."""
        if existing is None:
            return self
        pair = self if self.certificate else existing
        return ClientCertificate(certificate=pair.certificate, key=pair.key, ca=self.ca or existing.ca)

    def as_entry_data(self) -> dict[str, str]:
        """Return the data to store in a config entry."""
        texts = {CONF_CERTIFICATE: self.certificate, CONF_KEY: self.key, CONF_CA: self.ca}
        return {name: text for name, text in texts.items() if text}


def parse_certificate(
    certificate: bytes | None, key: bytes | None, ca: bytes | None, password: str | None
) -> ClientCertificate:
    """Parse and check uploaded files.

    Args:
        certificate: certificate chain, PEM or DER; a PEM file may also contain the key.
        key: private key, PEM or DER, possibly encrypted.
        ca: certificate authority, PEM or DER.
        password: password of the key.

    Raises:
        CertificateError: a file is missing or invalid.
    """
    ca_pem = to_pem(_load_certificates(ca, CONF_CA)) if ca else None
    if not certificate:
        if key or not ca:
            raise CertificateError(CONF_CERTIFICATE, "certificate_missing")
        return ClientCertificate(ca=ca_pem)
    chain = _load_certificates(certificate, CONF_CERTIFICATE)
    if not key and PRIVATE_KEY_MARKER not in certificate:
        raise CertificateError(CONF_KEY, "key_missing")
    private_key = _load_private_key(key or certificate, password)
    if public_bytes(private_key.public_key()) != public_bytes(_get_public_key(chain[0])):
        raise CertificateError(CONF_KEY, "key_mismatch")
    check_validity(chain[0])
    key_pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return ClientCertificate(certificate=to_pem(chain), key=key_pem, ca=ca_pem)


def check_validity(certificate: x509.Certificate) -> None:
    """Check that a certificate is valid now.

    Raises:
        CertificateError: it is not.
    """
    now = datetime.now(UTC)
    if now < certificate.not_valid_before_utc:
        raise CertificateError(CONF_CERTIFICATE, "certificate_not_yet_valid")
    if now > certificate.not_valid_after_utc:
        raise CertificateError(CONF_CERTIFICATE, "certificate_expired")


def check_certificate(certificate: ClientCertificate) -> None:
    """Check that OpenSSL accepts a certificate.

    Raises:
        CertificateError: it does not.
    """
    try:
        create_ssl_context(certificate)
    except ssl.SSLError as err:
        field = CONF_CERTIFICATE if certificate.certificate else CONF_CA
        is_weak = getattr(err, "reason", None) in WEAK_REASONS
        raise CertificateError(field, "weak_certificate" if is_weak else "unsupported_certificate") from None


def create_ssl_context(certificate: ClientCertificate) -> ssl.SSLContext:
    """Create a TLS context that uses the certificate and also trusts its authority.

    Raises:
        ssl.SSLError: OpenSSL rejects the certificate, although `parse_certificate` accepted it.
    """
    context = create_client_context()
    if certificate.ca:
        context.load_verify_locations(cadata=certificate.ca)
    if certificate.certificate and certificate.key:
        # OpenSSL loads certificate chains from files only
        with TemporaryDirectory() as directory:
            path = Path(directory, "client.pem")
            path.touch(mode=0o600)
            path.write_text(certificate.key + certificate.certificate, encoding="ascii")
            context.load_cert_chain(path)
    return context


def _load_certificates(data: bytes, field: str) -> list[x509.Certificate]:
    try:
        if CERTIFICATE_MARKER in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except UnsupportedAlgorithm, x509.InvalidVersion:
        raise CertificateError(field, "unsupported_certificate") from None
    except ValueError:
        raise CertificateError(field, "invalid_certificate") from None


def _get_public_key(certificate: x509.Certificate) -> Any:
    try:
        return certificate.public_key()
    except UnsupportedAlgorithm, ValueError:
        raise CertificateError(CONF_CERTIFICATE, "unsupported_certificate") from None


def public_bytes(public_key: Any) -> bytes:
    """Return the bytes that tell a public key from all others."""
    content: bytes = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return content


def _load_private_key(data: bytes, password: str | None) -> Any:
    load = load_pem_private_key if PEM_MARKER in data else load_der_private_key
    try:
        if not _is_encrypted(load, data):
            return load(data, None)
        if not password:
            raise CertificateError(CONF_PASSWORD, "password_missing")
        return load(data, password.encode())
    except UnsupportedAlgorithm:
        raise CertificateError(CONF_KEY, "unsupported_key") from None
    except ValueError:
        raise CertificateError(CONF_PASSWORD, "wrong_password") from None


def _is_encrypted(load: Callable[[bytes, bytes | None], Any], data: bytes) -> bool:
    """Return whether a key is encrypted.

    Raises:
        CertificateError: it is no key.
        UnsupportedAlgorithm: keys of its kind cannot be used.
    """
    try:
        load(data, None)
    except TypeError:
        return True
    except ValueError:
        raise CertificateError(CONF_KEY, "invalid_key") from None
    return False


def to_pem(chain: list[x509.Certificate]) -> str:
    """Return certificates as PEM text."""
    return "".join(part.public_bytes(Encoding.PEM).decode() for part in chain)
