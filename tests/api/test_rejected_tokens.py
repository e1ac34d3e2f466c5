"""A token that the server rejects: one new token, one more try, and no more."""

import aiohttp
import pytest

from custom_components.stellantis.api import NotRegistered, SecurityCheckFailed, Transport
from tests.api.conftest import FakePlatform, FakeTokenProvider

SECURITY_CHECKS = {"httpMessage": "Unauthorized", "moreInformation": "Cannot pass the security checks of this API."}


async def test_dead_token_is_replaced(platform: FakePlatform, transport: Transport, tokens: FakeTokenProvider) -> None:
    platform.add_response(SECURITY_CHECKS, status=401)
    platform.add_response({"ok": True})
    assert await transport.get_json("user") == {"ok": True}
    assert tokens.rejected == ["token-0"]
    assert [request.headers["Authorization"] for request in platform.requests] == ["Bearer token-0", "Bearer token-1"]


async def test_fresh_token_is_rejected_too(
    platform: FakePlatform, transport: Transport, tokens: FakeTokenProvider
) -> None:
    platform.add_response(SECURITY_CHECKS, status=401)
    with pytest.raises(SecurityCheckFailed):
        await transport.get_json("user")
    assert (len(platform.requests), tokens.rejected) == (2, ["token-0"])


async def test_no_second_try_without_a_new_token(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    async def same_token(rejected_token: str | None = None) -> str:
        return rejected_token or "token"

    transport = Transport(session, platform.server, realm="r", client_id="c", token_provider=same_token)
    platform.add_response(SECURITY_CHECKS, status=401)
    with pytest.raises(SecurityCheckFailed):
        await transport.request("POST", "user/callbacks", body={})
    assert len(platform.requests) == 1


async def test_unregistered_application_needs_no_new_token(
    platform: FakePlatform, transport: Transport, tokens: FakeTokenProvider
) -> None:
    platform.add_response({"httpMessage": "Unauthorized", "moreInformation": "Not registered to plan"}, status=401)
    with pytest.raises(NotRegistered):
        await transport.get_json("user")
    assert tokens.rejected == []
