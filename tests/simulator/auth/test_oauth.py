"""Consent, codes, tokens and revocation."""

from base64 import urlsafe_b64decode
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from simulator.config import DEMO_CLIENT

if TYPE_CHECKING:
    from ..conftest import Caller


REDIRECT = "https://app.example.com/callback?kept=1"


REALM = "clientsB2CPeugeot"


type Form = list[tuple[str, str]]


type Query = dict[str, str]


async def authorize(caller: Caller, form: Form | None = None, query: Query | None = None) -> tuple[int, str, str]:
    """Open the consent page or post its form; return the status, the text and the URL of the redirect."""
    params = {
        "client_id": "demo-client",
        "response_type": "code",
        "scope": "openid data:telemetry data:position",
        "redirect_uri": REDIRECT,
        "state": "s&1",
        "realm": REALM,
    } | (query or {})
    url = f"{caller.simulator.url}/am/oauth2/authorize"
    async with caller.session.request(
        "POST" if form is not None else "GET",
        url,
        params={name: value for name, value in params.items() if value},
        data=form,
        allow_redirects=False,
    ) as response:
        return response.status, await response.text(), response.headers.get("Location", "")


def redirect_params(location: str) -> dict[str, str]:
    """Return the query parameters of a redirect to the application."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def code(caller: Caller) -> str:
    """Grant all requested scopes and return the authorization code."""
    _, _, location = await authorize(caller, query={"auto": "allow"})
    return redirect_params(location)["code"]


async def exchange(caller: Caller, text: str, client: str = "demo", redirect_uri: str = REDIRECT) -> Any:
    """Exchange an authorization code for tokens."""
    return await caller.oauth(
        "access_token", client, grant_type="authorization_code", code=text, redirect_uri=redirect_uri
    )


async def refresh(caller: Caller, token: str, realm: str | None = REALM, client: str = "demo") -> Any:
    """Exchange a refresh token for new tokens."""
    return await caller.oauth("access_token", client, realm=realm, grant_type="refresh_token", refresh_token=token)


async def test_consent_page_shows_brand_account_and_scopes(caller: Caller) -> None:
    status, page, _ = await authorize(caller)
    assert status == 200
    assert "Peugeot" in page
    assert "camille.moreau@example.com" in page
    assert "lucie" not in page
    assert re.findall(r'name="scope" value="([^"]+)" checked', page) == ["openid", "data:telemetry", "data:position"]
    assert "Read the location of the car" in page


async def test_all_accounts_are_offered_without_a_realm(caller: Caller) -> None:
    _, page, _ = await authorize(caller, query={"realm": ""})
    assert re.findall(r'<option value="(\w+)"', page) == ["peugeot", "citroen", "ds", "opel", "vauxhall"]
    form = [("account", "opel"), ("scope", "openid"), ("decision", "allow")]
    _, _, location = await authorize(caller, form, {"realm": ""})
    tokens = (await exchange(caller, redirect_params(location)["code"])).body
    caller.tokens, caller.realm = tokens, "clientsB2COpel"
    assert (await caller.get("/user")).body["email"] == "jonas.becker@example.com"


async def test_unchecked_scope_is_not_granted(caller: Caller) -> None:
    form = [("account", "peugeot"), ("scope", "openid"), ("scope", "data:telemetry"), ("decision", "allow")]
    status, _, location = await authorize(caller, form)
    assert status == 302
    back = redirect_params(location)
    assert (back["state"], back["scope"], back["kept"]) == ("s&1", "openid data:telemetry", "1")
    assert (await exchange(caller, back["code"])).body["scope"] == "openid data:telemetry"


@pytest.mark.parametrize(
    "form",
    [
        [("account", "peugeot"), ("scope", "openid"), ("decision", "deny")],
        [("account", "peugeot"), ("decision", "allow")],
    ],
    ids=["denied", "nothing ticked"],
)
async def test_denied_consent_redirects_with_an_error(caller: Caller, form: Form) -> None:
    status, _, location = await authorize(caller, form)
    assert status == 302
    back = redirect_params(location)
    assert (back["error"], back["state"]) == ("access_denied", "s&1")
    assert back["error_description"]
    assert "code" not in back


async def test_redirect_to_a_custom_scheme(caller: Caller) -> None:
    _, _, location = await authorize(caller, query={"auto": "allow", "redirect_uri": "mymap://oauth2redirect/gb"})
    assert location.startswith("mymap://oauth2redirect/gb?code=")
    text = redirect_params(location)["code"]
    assert (await exchange(caller, text, redirect_uri="mymap://oauth2redirect/gb")).status == 200


async def test_scopes_may_be_separated_by_commas(caller: Caller) -> None:
    _, page, _ = await authorize(caller, query={"scope": "openid,data:trip"})
    assert re.findall(r'name="scope" value="([^"]+)"', page) == ["openid", "data:trip"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "data:everything"}, "invalid_scope"),
        ({"realm": "clientsB2CNobody"}, "invalid_request"),
    ],
)
async def test_invalid_request_redirects_with_an_error(caller: Caller, query: dict[str, str], error: str) -> None:
    _, _, location = await authorize(caller, query=query)
    assert redirect_params(location)["error"] == error


@pytest.mark.parametrize("query", [{"client_id": "nobody"}, {"redirect_uri": ""}, {"redirect_uri": "/relative"}])
@pytest.mark.parametrize("form", [None, [("account", "peugeot"), ("scope", "openid"), ("decision", "allow")]])
async def test_unknown_application_is_not_redirected(caller: Caller, query: dict[str, str], form: Form | None) -> None:
    status, page, location = await authorize(caller, form, query)
    assert (status, location) == (400, "")
    assert "<h1>" in page


async def test_token_set_is_complete(caller: Caller) -> None:
    answer = await exchange(caller, await code(caller))
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.body["token_type"] == "Bearer"
    assert answer.body["expires_in"] == 3599
    claims = answer.body["id_token"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert claims["sub"] == caller.simulator.world.accounts["peugeot"].id
    assert claims["realm"] == REALM


async def test_second_use_of_a_code_revokes_its_grant(caller: Caller) -> None:
    text = await code(caller)
    tokens = (await exchange(caller, text)).body
    again = await exchange(caller, text)
    assert (again.status, again.body["error"]) == (400, "invalid_grant")
    assert (await refresh(caller, tokens["refresh_token"])).body["error"] == "invalid_grant"
    caller.tokens, caller.realm = tokens, REALM
    assert (await caller.get("/user")).status == 401


async def test_code_is_bound_to_client_and_redirect_uri_and_expires(caller: Caller) -> None:
    text = await code(caller)
    assert (await exchange(caller, text, client="other")).body["error"] == "invalid_grant"
    assert (await exchange(caller, text, redirect_uri="https://else.example.com")).body["error"] == "invalid_grant"
    assert (await exchange(caller, text)).status == 200
    await caller.control("PUT", "/oauth", {"code_lifetime": 0})
    assert (await exchange(caller, await code(caller))).body["error"] == "invalid_grant"


async def test_unknown_client_or_secret_is_rejected(caller: Caller) -> None:
    for header in (None, "Basic !", "Basic ZGVtby1jbGllbnQ6d3Jvbmc=", "Bearer x"):
        url = f"{caller.simulator.url}/am/oauth2/access_token"
        headers = {"Authorization": header} if header else {}
        async with caller.session.post(url, data={"grant_type": "refresh_token"}, headers=headers) as response:
            assert response.status == 401
            assert (await response.json())["error"] == "invalid_client"
            assert response.headers["WWW-Authenticate"].startswith("Basic")


async def test_refresh_token_rotates(caller: Caller) -> None:
    first = (await exchange(caller, await code(caller))).body
    second = (await refresh(caller, first["refresh_token"])).body
    assert second["refresh_token"] != first["refresh_token"]
    reused = await refresh(caller, first["refresh_token"])
    assert (reused.status, reused.body["error"]) == (400, "invalid_grant")
    assert (await refresh(caller, second["refresh_token"])).status == 200


async def test_refresh_is_bound_to_client_and_realm(caller: Caller) -> None:
    token = (await exchange(caller, await code(caller))).body["refresh_token"]
    assert (await refresh(caller, token, realm="clientsB2COpel")).body["error"] == "invalid_grant"
    assert (await refresh(caller, token, client="other")).body["error"] == "invalid_grant"
    assert (await refresh(caller, token)).status == 200
    assert (await caller.oauth("access_token", grant_type="password")).body["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("which", ["refresh_token", "access_token"])
async def test_revocation_invalidates_all_tokens_of_a_grant(caller: Caller, which: str) -> None:
    tokens = (await exchange(caller, await code(caller))).body
    caller.tokens, caller.realm = tokens, REALM
    assert (await caller.get("/user")).status == 200
    await caller.oauth("token/revoke", "other", realm=REALM, token=tokens[which])
    assert (await caller.get("/user")).status == 200, "the revocation of another client has no effect"
    assert (await caller.oauth("token/revoke", realm=REALM, token=tokens[which])).status == 200
    assert (await caller.get("/user")).status == 401
    assert (await refresh(caller, tokens["refresh_token"])).body["error"] == "invalid_grant"


async def test_control_can_expire_and_revoke_tokens(caller: Caller) -> None:
    await caller.control("PUT", "/oauth", {"expires_in": 0})
    await caller.sign_in("ds")
    assert caller.tokens["expires_in"] == 0
    assert (await caller.get("/user")).status == 401
    await caller.control("PUT", "/oauth", {"expires_in": 600})
    await caller.sign_in("ds")
    assert (await caller.get("/user")).status == 200
    await caller.control("PUT", "/oauth", {"expire": True})
    assert (await caller.get("/user")).status == 401
    assert (await refresh(caller, caller.tokens["refresh_token"], "clientsB2CDS")).status == 200
    assert (await caller.control("PUT", "/oauth", {"revoke": "ds"})).body["revoked"] == 2


async def test_tokens_of_one_application_expire(caller: Caller) -> None:
    tokens = caller.simulator.tokens
    texts = {
        client_id: (await caller.control("POST", "/token", {"brand": "ds", "client_id": client_id})).body[
            "access_token"
        ]
        for client_id in ("demo-client", "brand-app")
    }
    tokens.expire(DEMO_CLIENT)
    assert {client_id for client_id, text in texts.items() if tokens.check(text)} == {"brand-app"}
    tokens.expire()
    assert tokens.check(texts["brand-app"]) is None
