"""The private key and the certificate signing request of an application, and the certificate that is signed for it.

All functions here block: run them in the executor.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
)
from cryptography.x509.oid import NameOID

from ..const import CONF_CERTIFICATE
from .certificate import (
    CERTIFICATE_MARKER,
    PRIVATE_KEY_MARKER,
    CertificateError,
    check_validity,
    public_bytes,
    to_pem,
)

# What the developer portal prescribes
KEY_SIZE: Final = 2048
PUBLIC_EXPONENT: Final = 65537
ORGANIZATIONAL_UNIT: Final = "Programs Partners"

REQUEST_MARKER: Final = b"CERTIFICATE REQUEST-----"
PKCS7_MARKER: Final = b"-----BEGIN PKCS7-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a certificate is issued for.

    Attributes:
        login: the login that Stellantis gives to an application, such as MZP123456.
        organization: name of the company or person.
        email: address of the contact.
        country: code of the country, two letters.
        state: state or province.
        city: city.
    """

    login: str
    organization: str
    email: str
    country: str
    state: str
    city: str

    def as_name(self) -> x509.Name:
        """Return the subject of the signing request.

        Raises:
            ValueError: a part is too long, or the country is no code of two letters.
        """
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, self.country.upper()),
                x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, self.state),
                x509.NameAttribute(NameOID.LOCALITY_NAME, self.city),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, ORGANIZATIONAL_UNIT),
                x509.NameAttribute(NameOID.COMMON_NAME, self.login),
                x509.NameAttribute(NameOID.EMAIL_ADDRESS, self.email),
            ]
        )


def create_key() -> str:
    """Return a new private key as PEM text."""
    key = rsa.generate_private_key(PUBLIC_EXPONENT, KEY_SIZE)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def create_signing_request(key: str, subject: Subject) -> str:
    """Return a certificate signing request for a private key, as PEM text.

    Raises:
        ValueError: the subject is invalid.
    """
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject.as_name())
    request = builder.sign(_load_key(key), hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()


def parse_signed_certificate(content: bytes, key: str) -> str:
    """Return the certificate that was signed for a key, followed by the rest of its chain, as PEM text.

    Its subject may differ from the request's: that is the choice of whoever signs it, and only the server judges it.

    Args:
        content: the certificate: PEM, DER or PKCS#7, with or without its chain in any order.
        key: the private key that the signing request was made with.

    Raises:
        CertificateError: the content is something else, or a certificate that cannot be used.
    """
    chain = _load_chain(content)
    own_bytes = public_bytes(_load_key(key).public_key())
    own = next((certificate for certificate in chain if _has_key(certificate, own_bytes)), None)
    if own is None:
        raise CertificateError(CONF_CERTIFICATE, "other_key")
    check_validity(own)
    return to_pem([own, *(certificate for certificate in chain if certificate != own)])


def _load_key(key: str) -> rsa.RSAPrivateKey:
    loaded = load_pem_private_key(key.encode(), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)  # noqa: S101 - created by create_key
    return loaded


def _has_key(certificate: x509.Certificate, key_bytes: bytes) -> bool:
    with suppress(UnsupportedAlgorithm, ValueError):
        return public_bytes(certificate.public_key()) == key_bytes
    return False


def _load_chain(content: bytes) -> list[x509.Certificate]:
    """Return the certificates of a file or a pasted text."""
    if PRIVATE_KEY_MARKER in content:
        raise CertificateError(CONF_CERTIFICATE, "is_private_key")
    if REQUEST_MARKER in content:
        raise CertificateError(CONF_CERTIFICATE, "is_signing_request")
    loaders: Iterable[Callable[[bytes], list[x509.Certificate]]]
    if CERTIFICATE_MARKER in content:
        loaders = (x509.load_pem_x509_certificates,)
    elif PKCS7_MARKER in content:
        loaders = (pkcs7.load_pem_pkcs7_certificates,)
    else:
        loaders = (lambda data: [x509.load_der_x509_certificate(data)], pkcs7.load_der_pkcs7_certificates)
    for load in loaders:
        with suppress(UnsupportedAlgorithm, ValueError, x509.InvalidVersion):
            return load(content)
    raise CertificateError(CONF_CERTIFICATE, "invalid_certificate")
