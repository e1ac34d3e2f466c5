"""Client and server certificates in real TLS handshakes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
import socket
import ssl
from threading import Thread
from typing import override

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
import pytest
from yarl import URL

from custom_components.stellantis.api import (
    CertificateRejected,
    ConnectionFailed,
    Server,
    ServerUntrusted,
    Transport,
)
from tests.api.conftest import FakePlatform, FakeTokenProvider


class CertificateAuthority:
    """A certificate authority for tests."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = folder / f"{name}.pem"
        authority = x509.BasicConstraints(ca=True, path_length=None)
        self._write(self.certificate, self._sign(self._name, self._key.public_key(), authority))

    def issue(self, name: str, *, expired: bool = False) -> tuple[Path, Path]:
        """Return the paths of a new certificate for 127.0.0.1 and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        certificate, private = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        self._write(certificate, self._sign(subject, key.public_key(), address, expired=expired))
        encryption = serialization.NoEncryption()
        private.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        )
        return certificate, private

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        extension: x509.ExtensionType,
        *,
        expired: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=-1 if expired else 1))
            .add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _write(self, path: Path, certificate: x509.Certificate) -> None:
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path, "authority")


class _RequestHandler(BaseHTTPRequestHandler):
    """Returns the same response to all requests."""

    def do_GET(self) -> None:
        body = b'{"ok": true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


class _LingeringServer(HTTPServer):
    """Keeps a rejected connection open, like production servers, until the client has read the TLS alert."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _RequestHandler)
        self._context = context

    @override
    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        plain, peer = super().get_request()
        connection = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        try:
            connection.do_handshake()
        except ssl.SSLError:
            with socket.socket(fileno=connection.detach()) as refused:
                refused.shutdown(socket.SHUT_WR)
                refused.settimeout(5)
                while refused.recv(4096):
                    pass
            raise
        return connection, peer


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def address(request: pytest.FixtureRequest, authority: CertificateAuthority) -> Iterator[URL]:
    """The URL of a server that requires a client certificate of its authority.

    It runs in a thread, because asyncio's servers close the connection without a TLS alert.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.certificate)
    context.load_cert_chain(*authority.issue("server"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.maximum_version = request.param
    with _LingeringServer(context) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield URL(f"https://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


@pytest.fixture
def transport_with(address: URL, session: aiohttp.ClientSession, tokens: FakeTokenProvider) -> Callable[..., Transport]:
    def transport_with(context: ssl.SSLContext | None) -> Transport:
        server = Server(api=address, oauth=address)
        return Transport(
            session, server, realm="r", client_id="c", token_provider=tokens, ssl=context, retry_delays=(0,)
        )

    return transport_with


def _create_client_context(authority: CertificateAuthority) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority.certificate)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # it requires extensions that are irrelevant here
    return context


async def test_valid_client_certificate(
    transport_with: Callable[..., Transport], authority: CertificateAuthority
) -> None:
    context = _create_client_context(authority)
    context.load_cert_chain(*authority.issue("client"))
    assert await transport_with(context).get_json("user") == {"ok": True}


async def test_missing_client_certificate(
    transport_with: Callable[..., Transport], authority: CertificateAuthority
) -> None:
    with pytest.raises(CertificateRejected):
        await transport_with(_create_client_context(authority)).get_json("user")


@pytest.mark.parametrize("expired", [False, True])
async def test_invalid_client_certificate(
    transport_with: Callable[..., Transport], authority: CertificateAuthority, tmp_path: Path, expired: bool
) -> None:
    context = _create_client_context(authority)
    issuer = authority if expired else CertificateAuthority(tmp_path, "other-authority")
    context.load_cert_chain(*issuer.issue("client", expired=expired))
    with pytest.raises(CertificateRejected):
        await transport_with(context).get_json("user")


async def test_untrusted_server(transport_with: Callable[..., Transport]) -> None:
    with pytest.raises(ServerUntrusted) as failure:
        await transport_with(None).get_json("user")
    assert "127.0.0.1" not in str(failure.value)


async def test_tls_to_a_plain_http_server(
    platform: FakePlatform, session: aiohttp.ClientSession, tokens: FakeTokenProvider
) -> None:
    base = platform.url.with_scheme("https")
    transport = Transport(
        session, Server(api=base, oauth=base), realm="r", client_id="c", token_provider=tokens, retry_delays=()
    )
    with pytest.raises(ConnectionFailed, match="no secure connection"):
        await transport.get_json("user")
