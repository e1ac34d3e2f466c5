"""The client certificate that Stellantis signed for a registered application: checked, kept, turned into a TLS context.

All functions here block and run in the executor.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from homeassistant.util.ssl import create_client_context

from ..const import CONF_CA, CONF_CERTIFICATE, CONF_KEY

PEM_MARK = b"-----BEGIN"
CERTIFICATE_MARK = b"-----BEGIN CERTIFICATE-----"
PRIVATE_KEY_MARK = b"PRIVATE KEY-----"


class CertificateError(Exception):
    """An uploaded file is not what it should be; `field` is where, `reason` is the key of the text that says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """A certificate chain and its private key, and a certificate authority to trust beside the usual ones; all PEM."""

    certificate: str | None = None
    key: str | None = None
    ca: str | None = None

    @classmethod
    def from_entry(cls, data: Mapping[str, Any]) -> ClientCertificate | None:
        """Return what an entry keeps, or None if it keeps nothing."""
        kept = {name: data.get(name) for name in (CONF_CERTIFICATE, CONF_KEY, CONF_CA)}
        return cls(**kept) if any(kept.values()) else None

    def over(self, kept: ClientCertificate | None) -> ClientCertificate:
        """Return this with what is kept where this has nothing; certificate and key belong together."""
        if kept is None:
            return self
        pair = self if self.certificate else kept
        return ClientCertificate(certificate=pair.certificate, key=pair.key, ca=self.ca or kept.ca)

    def as_entry(self) -> dict[str, str]:
        """Return what an entry has to keep."""
        kept = {CONF_CERTIFICATE: self.certificate, CONF_KEY: self.key, CONF_CA: self.ca}
        return {name: text for name, text in kept.items() if text}


def read_certificate(
    certificate: bytes | None, key: bytes | None, ca: bytes | None, password: str | None
) -> ClientCertificate:
    """Check uploaded files (PEM or DER, the key possibly under a password or beside its certificate in one file).

    Raises CertificateError naming the field at fault.
    """
    authority = _pem(_certificates(ca, CONF_CA)) if ca else None
    if not certificate:
        if key or not ca:
            raise CertificateError(CONF_CERTIFICATE, "certificate_missing")
        return ClientCertificate(ca=authority)
    chain = _certificates(certificate, CONF_CERTIFICATE)
    if not key and PRIVATE_KEY_MARK not in certificate:
        raise CertificateError(CONF_KEY, "key_missing")
    private_key = _private_key(key or certificate, password)
    if private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != chain[
        0
    ].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise CertificateError(CONF_KEY, "key_mismatch")
    if not chain[0].not_valid_before_utc <= datetime.now(UTC) <= chain[0].not_valid_after_utc:
        raise CertificateError(CONF_CERTIFICATE, "certificate_expired")
    text = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return ClientCertificate(certificate=_pem(chain), key=text, ca=authority)


def create_ssl_context(certificate: ClientCertificate) -> ssl.SSLContext:
    """Return a context that shows the certificate and trusts its authority beside the usual ones.

    Raises ssl.SSLError when OpenSSL refuses what `read_certificate` let pass.
    """
    context = create_client_context()
    if certificate.ca:
        context.load_verify_locations(cadata=certificate.ca)
    if certificate.certificate and certificate.key:
        # OpenSSL reads a chain from files only
        with TemporaryDirectory() as folder:
            path = Path(folder, "client.pem")
            path.touch(mode=0o600)
            path.write_text(certificate.key + certificate.certificate, encoding="ascii")
            context.load_cert_chain(path)
    return context


def _certificates(data: bytes, field: str) -> list[x509.Certificate]:
    with suppress(ValueError):
        if CERTIFICATE_MARK in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    raise CertificateError(field, "invalid_certificate")


def _private_key(data: bytes, password: str | None) -> Any:
    load = load_pem_private_key if PEM_MARK in data else load_der_private_key
    try:
        try:
            return load(data, password.encode() if password else None)
        except TypeError:
            if not password:
                raise CertificateError("password", "password_missing") from None
            # The key has no password: the one typed is not needed
            return load(data, None)
    except ValueError:
        if password:
            raise CertificateError("password", "wrong_password") from None
        raise CertificateError(CONF_KEY, "invalid_key") from None


def _pem(chain: list[x509.Certificate]) -> str:
    return "".join(part.public_bytes(Encoding.PEM).decode() for part in chain)
