"""Brands and their servers."""

import pytest
from yarl import URL

from custom_components.stellantis.api import (
    Brand,
    Environment,
    InvalidServerUrl,
    Server,
    parse_server_url,
    server_for,
)


@pytest.mark.parametrize(
    ("brand", "label", "realm", "host"),
    [
        (Brand.PEUGEOT, "Peugeot", "clientsB2CPeugeot", "idpcvs.peugeot.com"),
        (Brand.CITROEN, "Citroën", "clientsB2CCitroen", "idpcvs.citroen.com"),
        (Brand.DS, "DS", "clientsB2CDS", "idpcvs.driveds.com"),
        (Brand.OPEL, "Opel", "clientsB2COpel", "idpcvs.opel.com"),
        (Brand.VAUXHALL, "Vauxhall", "clientsB2CVauxhall", "idpcvs.vauxhall.co.uk"),
    ],
)
def test_brand(brand: Brand, label: str, realm: str, host: str) -> None:
    assert (brand.label, brand.realm, brand.oauth_host) == (label, realm, host)


def test_production() -> None:
    server = server_for(Brand.DS, Environment.PRODUCTION)
    assert str(server.api) == "https://api.groupe-psa.com/connectedcar/v4"
    assert str(server.authorize_url) == "https://idpcvs.driveds.com/am/oauth2/authorize"
    assert str(server.token_url) == "https://idpcvs.driveds.com/am/oauth2/access_token"
    assert str(server.revoke_url) == "https://idpcvs.driveds.com/am/oauth2/token/revoke"
    assert not server.is_shared


def test_pre_production() -> None:
    server = server_for(Brand.OPEL, Environment.PRE_PRODUCTION)
    assert str(server.api) == "https://api-cert.groupe-psa.com/connectedcar/v4"
    assert server.oauth.host == "idpcvs.opel.com"


@pytest.mark.parametrize("text", ["http://127.0.0.1:8080/sim/", " http://127.0.0.1:8080/sim "])
def test_custom_server(text: str) -> None:
    assert server_for(Brand.PEUGEOT, Environment.CUSTOM, text) == Server(
        api=URL("http://127.0.0.1:8080/sim/connectedcar/v4"),
        oauth=URL("http://127.0.0.1:8080/sim/am/oauth2"),
        is_shared=True,
    )


def test_custom_server_requires_a_url() -> None:
    with pytest.raises(InvalidServerUrl):
        server_for(Brand.PEUGEOT, Environment.CUSTOM)


@pytest.mark.parametrize(
    "text",
    [
        "https://proxy.example",
        "https://proxy.example:8443/a/b",
        "http://localhost:1",
        "http://127.0.0.2",
        "http://[::1]:9",
    ],
)
def test_valid_server_urls(text: str) -> None:
    assert parse_server_url(text) == URL(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "proxy.example",
        "/only/a/path",
        "ftp://127.0.0.1",
        "http://proxy.example",
        "http://10.0.0.1",
        "http://localhost.evil.example",
        "https://",
        "https://user:secret@proxy.example",
        "https://user@proxy.example",
        "https://proxy.example?x=1",
        "https://proxy.example?",
        "https://proxy.example#x",
        "https://proxy.example:port",
        "https://[::1",
    ],
)
def test_invalid_server_urls(text: str) -> None:
    with pytest.raises(InvalidServerUrl):
        parse_server_url(text)


def test_server_is_hashable() -> None:
    assert len({server_for(Brand.DS, Environment.PRODUCTION), server_for(Brand.DS, Environment.PRODUCTION)}) == 1
