"""The signing request, and the certificates that are accepted for it."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7
from cryptography.x509.oid import NameOID
import pytest

from custom_components.stellantis.auth.certificate import CertificateError
from custom_components.stellantis.auth.signing_request import (
    Subject,
    create_key,
    create_signing_request,
    parse_signed_certificate,
)
from tests.support.certificates import create_certificate, create_key as create_other_key

LOGIN: Final = "MZP123456"
SUBJECT: Final = Subject(
    login=LOGIN, organization="A. Driver", email="a@driver.example", country="fr", state="Ile de France", city="Paris"
)


@pytest.fixture(scope="module")
def key() -> str:
    """Return a key, which takes a moment to create."""
    return create_key()


def sign(key: str, login: str = LOGIN, *, start: int = -1, end: int = 365) -> x509.Certificate:
    """Return a certificate that another key signed.

    Args:
        key: the private key that belongs to the certificate.
        login: its common name.
        start: days until it becomes valid.
        end: days until it expires.
    """
    private_key: Any = load_pem_private_key(key.encode(), None)
    return sign_public_key(private_key.public_key(), login, start=start, end=end)


def sign_public_key(public_key: Any, login: str = LOGIN, *, start: int = -1, end: int = 365) -> x509.Certificate:
    """Do the same for who knows only the public key, such as the certificate authority."""
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, login)]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, public_key, x509.random_serial_number())
    builder = builder.not_valid_before(now + timedelta(days=start)).not_valid_after(now + timedelta(days=end))
    return builder.sign(create_other_key(), hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    """Return certificates as PEM text."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def test_signing_request(key: str) -> None:
    request = x509.load_pem_x509_csr(create_signing_request(key, SUBJECT).encode())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string({NameOID.EMAIL_ADDRESS: "email"}) == (
        "email=a@driver.example,CN=MZP123456,OU=Programs Partners,O=A. Driver,L=Paris,ST=Ile de France,C=FR"
    )
    public_key: Any = request.public_key()
    assert public_key.key_size == 2048


def test_forms_of_a_certificate(key: str) -> None:
    """The own certificate comes first, whatever the order of the chain."""
    own, authority = sign(key), create_certificate()
    for content, expected in (
        (pem(own), pem(own)),
        (own.public_bytes(Encoding.DER), pem(own)),
        (b"  Your certificate:\r\n" + pem(own).replace(b"\n", b"\r\n"), pem(own)),
        (pem(authority, own), pem(own, authority)),
        (pkcs7.serialize_certificates([own], Encoding.PEM), pem(own)),
        (pkcs7.serialize_certificates([own], Encoding.DER), pem(own)),
        (pem(named := sign(key, "Another name")), pem(named)),
    ):
        assert parse_signed_certificate(content, key).encode() == expected


def test_errors_of_a_certificate(key: str) -> None:
    for content, error in (
        (b"nonsense", "invalid_certificate"),
        (b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", "invalid_certificate"),
        (b"-----BEGIN PKCS7-----\nnonsense\n-----END PKCS7-----\n", "invalid_certificate"),
        (create_signing_request(key, SUBJECT).encode(), "is_signing_request"),
        (key.encode(), "is_private_key"),
        (pem(create_certificate()), "other_key"),
        (pem(sign(key, start=1)), "certificate_not_yet_valid"),
        (pem(sign(key, end=0, start=-2)), "certificate_expired"),
    ):
        with pytest.raises(CertificateError) as caught:
            parse_signed_certificate(content, key)
        assert (caught.value.field, caught.value.error) == ("certificate", error)
