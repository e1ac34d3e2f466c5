"""Client certificates with properties that tests need."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

type PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def create_certificate(key: PrivateKey | None = None, *, days: float = 365) -> x509.Certificate:
    """Return a certificate that its own key signed.

    Args:
        key: its key; None for a new one.
        days: days until it expires; negative if it has expired.
    """
    key = key or create_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test client")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1000))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


def create_key() -> ec.EllipticCurvePrivateKey:
    """Return a key of a usual kind."""
    return ec.generate_private_key(ec.SECP256R1())


def key_bytes(key: PrivateKey, encoding: serialization.Encoding, password: bytes | None = None) -> bytes:
    """Return a private key as the content of a file."""
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, encryption)


def entry_certificate(days: float) -> dict[str, str]:
    """Return the part of an entry's data that is a client certificate, which expires after some days."""
    key = create_key()
    pem = serialization.Encoding.PEM
    return {
        "certificate": create_certificate(key, days=days).public_bytes(pem).decode(),
        "key": key_bytes(key, pem).decode(),
    }
