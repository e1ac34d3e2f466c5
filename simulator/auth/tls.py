"""Mutual TLS: a certificate authority, a server certificate and a client certificate."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# The validity of certificates in days.
DAYS = 397
KEY_PASSWORD = b"simulator"
# Certificates whose validity is checked
_CERTIFICATES = ("ca.pem", "server.pem")
_FILES = (
    *_CERTIFICATES,
    "ca.key",
    "server.key",
    "client.pem",
    "client.key",
    "client.der",
    "client-encrypted.key",
)


def server_context(directory: Path) -> ssl.SSLContext:
    """Return an SSL context that requires a client certificate of the directory's certificate authority.

    If a file is missing or about to expire, all are created: `ca.pem`, `server.pem` and `.key`, `client.pem` and
    `.key`, the client again as `client.der` and `client-encrypted.key` (password: simulator), and `ca.key`.
    """
    if not _are_usable(directory):
        _create_files(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(directory / "server.pem", directory / "server.key")
    context.load_verify_locations(directory / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _are_usable(directory: Path) -> bool:
    if not all((directory / name).is_file() for name in _FILES):
        return False
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    certificates = (x509.load_pem_x509_certificate((directory / name).read_bytes()) for name in _CERTIFICATES)
    return all(certificate.not_valid_after_utc > tomorrow for certificate in certificates)


def _create_files(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("Simulator CA", ca_key, ca_key, None)
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = _certificate("localhost", server_key, ca_key, ca, server=True)
    client_key = ec.generate_private_key(ec.SECP256R1())
    client = _certificate("Simulator client", client_key, ca_key, ca)
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    encryption = serialization.BestAvailableEncryption(KEY_PASSWORD)
    contents = {
        "ca.pem": ca.public_bytes(pem),
        "ca.key": _key_bytes(ca_key),
        "server.pem": server.public_bytes(pem),
        "server.key": _key_bytes(server_key),
        "client.pem": client.public_bytes(pem),
        "client.key": _key_bytes(client_key),
        "client.der": client.public_bytes(der),
        "client-encrypted.key": _key_bytes(client_key, encryption),
    }
    for name, content in contents.items():
        path = directory / name
        path.touch(mode=0o600)
        path.write_bytes(content)


def _key_bytes(
    key: ec.EllipticCurvePrivateKey, encryption: serialization.KeySerializationEncryption | None = None
) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        encryption or serialization.NoEncryption(),
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate | None,
    *,
    server: bool = False,
) -> x509.Certificate:
    """Create a certificate; without `ca` it is that of the certificate authority."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.subject if ca else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .add_extension(_key_usage(ca=ca is None), critical=True)
    )
    if ca:
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if server:
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(ca_key, hashes.SHA256())


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
