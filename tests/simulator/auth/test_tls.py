"""Mutual TLS."""

from pathlib import Path
import ssl

import aiohttp
import pytest

from simulator import Simulator, SimulatorConfig
from simulator.auth.tls import KEY_PASSWORD, server_context

from ..conftest import BASE


class TestTls:
    """Only clients with a certificate of the simulator's own CA are accepted."""

    @pytest.fixture
    def config(self, tmp_path: Path) -> SimulatorConfig:
        return SimulatorConfig(tls=tmp_path)

    async def test_client_without_certificate_is_rejected(self, simulator: Simulator, tmp_path: Path) -> None:
        assert simulator.url.startswith("https://127.0.0.1:")
        bare = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        with_certificate = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        with_certificate.load_cert_chain(tmp_path / "client.pem", tmp_path / "client.key")
        sealed = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        sealed.load_cert_chain(tmp_path / "client.pem", tmp_path / "client-encrypted.key", KEY_PASSWORD)
        url = f"{simulator.url}{BASE}/user"
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                await session.get(url, ssl=bare)
            for context in (with_certificate, sealed):
                async with session.get(url, ssl=context) as response:
                    assert response.status == 401
                    assert (await response.json())["httpMessage"] == "Unauthorized"

    def test_key_of_the_certificate_authority(self, tmp_path: Path) -> None:
        """With it, users can sign certificates for clients of their own."""
        server_context(tmp_path)
        ssl.create_default_context().load_cert_chain(tmp_path / "ca.pem", tmp_path / "ca.key")

    def test_valid_certificates_are_reused(self, tmp_path: Path) -> None:
        server_context(tmp_path)
        first = (tmp_path / "ca.pem").read_bytes()
        server_context(tmp_path)
        assert (tmp_path / "ca.pem").read_bytes() == first
        (tmp_path / "client.der").unlink()
        server_context(tmp_path)
        assert (tmp_path / "ca.pem").read_bytes() != first
