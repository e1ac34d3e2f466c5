"""Client certificates: each file that cannot be used is told by its cause."""

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
import pytest

from custom_components.stellantis.auth.certificate import (
    CertificateError,
    ClientCertificate,
    check_certificate,
    parse_certificate,
)
from tests.support.certificates import create_certificate, create_key, key_bytes

KEY = create_key()
CERTIFICATE = create_certificate(KEY)
PEM = CERTIFICATE.public_bytes(Encoding.PEM)
DER = CERTIFICATE.public_bytes(Encoding.DER)
KEY_DER = key_bytes(KEY, Encoding.DER)
WEAK_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose

# The object identifier of the curve P-256, and one that no curve has
CURVE = bytes.fromhex("06082a8648ce3d030107")
NO_CURVE = bytes.fromhex("06082a8648ce3d03017f")
VERSION_3 = bytes.fromhex("a003020102")
VERSION_6 = bytes.fromhex("a003020105")


@pytest.mark.parametrize(
    ("certificate", "key", "password", "error"),
    [
        (PEM, KEY_DER, None, None),
        (PEM, KEY_DER, "of another file", None),
        (PEM, key_bytes(KEY, Encoding.PEM, b"secret"), "secret", None),
        (DER.replace(VERSION_3, VERSION_6, 1), KEY_DER, None, ("certificate", "unsupported_certificate")),
        (DER.replace(CURVE, NO_CURVE), KEY_DER, None, ("certificate", "unsupported_certificate")),
        (DER[:-20], KEY_DER, None, ("certificate", "invalid_certificate")),
        (PEM, KEY_DER.replace(CURVE, NO_CURVE), None, ("key", "unsupported_key")),
        (PEM, KEY_DER.replace(CURVE, NO_CURVE), "secret", ("key", "unsupported_key")),
        (PEM, b"garbage", None, ("key", "invalid_key")),
        (PEM, b"garbage", "secret", ("key", "invalid_key")),
        (PEM, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "x", ("key", "invalid_key")),
        (PEM, key_bytes(KEY, Encoding.PEM, b"secret"), "wrong", ("password", "wrong_password")),
        (PEM, key_bytes(KEY, Encoding.DER, b"secret"), "wrong", ("password", "wrong_password")),
        (PEM, key_bytes(KEY, Encoding.DER, b"secret"), None, ("password", "password_missing")),
        (
            create_certificate(KEY, days=-1).public_bytes(Encoding.PEM),
            KEY_DER,
            None,
            ("certificate", "certificate_expired"),
        ),
        (
            create_certificate(WEAK_KEY).public_bytes(Encoding.PEM),
            key_bytes(WEAK_KEY, Encoding.PEM),
            None,
            ("certificate", "weak_certificate"),
        ),
    ],
)
def test_files(certificate: bytes, key: bytes, password: str | None, error: tuple[str, str] | None) -> None:
    found = None
    try:
        check_certificate(parse_certificate(certificate, key, None, password))
    except CertificateError as err:
        found = (err.field, err.error)
    assert found == error


@pytest.mark.parametrize("ca", [DER.replace(VERSION_3, VERSION_6, 1), PEM.replace(b"M", b"?", 3)])
def test_authority_that_cannot_be_used(ca: bytes) -> None:
    with pytest.raises(CertificateError) as raised:
        parse_certificate(None, None, ca, None)
    assert raised.value.field == "ca"


def test_authority_that_openssl_does_not_take() -> None:
    with pytest.raises(CertificateError) as raised:
        check_certificate(ClientCertificate(ca="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
    assert (raised.value.field, raised.value.error) == ("ca", "unsupported_certificate")


@pytest.mark.parametrize(("pem", "is_known"), [(PEM.decode(), True), ("garbage", False), (None, False)])
def test_end_of_a_stored_certificate(pem: str | None, *, is_known: bool) -> None:
    expires_at = CERTIFICATE.not_valid_after_utc if is_known else None
    assert ClientCertificate(certificate=pem).expires_at == expires_at
